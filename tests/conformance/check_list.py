"""Every scenario of docs/hub/conformance.md names tests that exist: check_list.py SOURCE_FOLDER."""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
page = root / "docs/hub/conformance.md"

known = set()
for source in (root / "tests").rglob("*_test.cpp"):
    known.update(f"{a}.{b}" for a, b in re.findall(
        r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", source.read_text(encoding="utf-8"), re.M))

problems = []
numbers = set()
for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
    row = re.match(r"\| (T?\d+) \|", line)
    if not row:
        continue
    numbers.add(row[1])
    shown_by = line.rsplit(" | ", 1)[1]
    tests = re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", shown_by)
    titles = re.findall(r"`([\w-]+\.test\.mjs)`: \*(.+?)\*(?:;| \||$)", shown_by)
    if not tests and not titles:
        problems.append(f"{page.name}:{number}: names no test")
    problems += [f"{page.name}:{number}: there is no test {test}" for test in tests if test not in known]
    for file, title in titles:
        script = root / "tests/conformance" / file
        text = script.read_text(encoding="utf-8") if script.exists() else ""
        # Titles in backquotes and with parts that are filled in stand in the script in pieces.
        if title not in text:
            problems.append(f"{page.name}:{number}: {file} has no test '{title}'")

problems += [f"{page.name}: scenario {n} is missing" for n in range(1, 49) if str(n) not in numbers]
print("\n".join(problems) or f"all {len(numbers)} scenarios and traps have tests that exist")
sys.exit(1 if problems else 0)
