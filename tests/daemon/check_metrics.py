"""Reads a metrics page with the parser of the Prometheus project and holds it to its naming rules
(https://prometheus.io/docs/practices/naming/), as `promtool check metrics` does. With the word
openmetrics after the file: with the parser of that format."""

import re
import sys

if sys.argv[2:] == ["openmetrics"]:
    from prometheus_client.openmetrics.parser import text_fd_to_metric_families
else:
    from prometheus_client.parser import text_fd_to_metric_families

problems = []
names = set()
with open(sys.argv[1], encoding="utf-8") as page:
    for family in text_fd_to_metric_families(page):
        name = family.name + ("_total" if family.type == "counter" else "")
        if name in names:
            problems.append(f"{name}: stands twice")
        names.add(name)
        if not family.documentation:
            problems.append(f"{name}: no help")
        if family.type not in ("counter", "gauge", "histogram"):
            problems.append(f"{name}: type {family.type}")
        if family.type != "counter" and name.endswith("_total"):
            problems.append(f"{name}: only counters end in _total")
        if not re.fullmatch(r"(wpsgw|process)_[a-z0-9_]+", name):
            problems.append(f"{name}: not a name of ours")
        if re.search(r"_(ms|milliseconds|minutes|kilobytes|kb|mb|percent)(_|$)", name):
            problems.append(f"{name}: not a base unit")
        if not family.samples:
            problems.append(f"{name}: no series")
        labels = [(sample.name, *sorted(sample.labels.items())) for sample in family.samples]
        if len(set(labels)) != len(labels):
            problems.append(f"{name}: a series stands twice")
        for sample in family.samples:
            for label in set(sample.labels) & {"topic", "group", "device", "user"}:
                problems.append(f"{name}: label {label} has no bound")

if not names:
    problems.append("no metrics at all")
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
