"""Every test that a table of the SDK names exists: check_tables.py SOURCE_FOLDER."""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
pages = [root / "webpubsub/README.md", *sorted((root / "docs/sdk").glob("*.md"))]

known = set()
for source in (root / "tests").rglob("*_test.cpp"):
    text = source.read_text(encoding="utf-8")
    known.update(f"{a}.{b}" for a, b in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", text, re.M))
suites = {name.split(".")[0] for name in known}

problems = []
named = 0
for page in pages:
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("|"):
            continue
        suite = ""
        for cell in re.findall(r"`([^`\s]+)`", line):
            match = re.fullmatch(r"([A-Z]\w+)?\.(\w+|\*)", cell)
            # A name such as `WebPubSubGroup.addUser` is no test; those of tests are CamelCase.
            if not match or not (match[2] == "*" or match[2][0].isupper()):
                continue
            suite = match[1] or suite
            named += 1
            exists = suite in suites if match[2] == "*" else f"{suite}.{match[2]}" in known
            if not exists:
                problems.append(f"{page.name}:{number}: there is no test {suite}.{match[2]}")
        for file, title in re.findall(r"`([\w-]+\.test\.mjs)`: \*([^*]+)\*", line):
            named += 1
            script = root / "tests/conformance" / file
            if not script.exists() or title not in script.read_text(encoding="utf-8"):
                problems.append(f"{page.name}:{number}: {file} has no test '{title}'")

if named < 150:
    problems.append(f"only {named} tests are named: the tables are no longer read as they are written")
print("\n".join(problems) or f"all {named} tests that are named exist")
sys.exit(1 if problems else 0)
