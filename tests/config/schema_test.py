#!/usr/bin/env python3
"""The JSON Schema accepts every sample and refuses what is wrong, as the loader does.

usage: schema_test.py SOURCE_FOLDER      (Debian: python3-jsonschema python3-yaml)
"""

import json
import pathlib
import sys

import jsonschema
import yaml


def main() -> int:
    source = pathlib.Path(sys.argv[1])
    schema = json.loads((source / "config/schema/webpubsub-gateway.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    failures = []
    good = [source / "config/gateway.yaml", *sorted((source / "config/examples").glob("*.yaml"))]
    good += sorted((source / "tests/config/good").glob("*.yaml"))
    for file in good:
        for error in validator.iter_errors(yaml.safe_load(file.read_text())):
            failures.append(f"{file.name}: refused: {error.json_path}: {error.message}")

    bad = sorted((source / "tests/config/bad").glob("*.yaml"))
    for file in bad:
        if validator.is_valid(yaml.safe_load(file.read_text())):
            failures.append(f"bad/{file.name}: accepted")

    print(f"{len(good)} good files, {len(bad)} bad ones, {len(failures)} failures")
    for failure in failures:
        print(failure)
    return 1 if failures or len(good) < 6 or len(bad) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
