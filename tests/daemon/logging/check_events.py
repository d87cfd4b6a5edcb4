#!/usr/bin/env python3
"""Holds the events that the sources log, their message ids, the journal's catalog and
docs/journal.md to one another: check_events.py SOURCE_FOLDER"""

import pathlib
import re
import subprocess
import sys
import tempfile
import uuid

ROOT = pathlib.Path(sys.argv[1])
FOLDERS = ('base', 'net', 'webpubsub', 'hub', 'bridge', 'config', 'daemon')
TABLE = 'daemon/logging/message_ids.cpp'
CATALOG = 'systemd/webpubsub-gateway.catalog'
FIELDS = 'docs/journal.md'

# What logs, and which of its arguments is the event.
CALL = re.compile(r'\blog(?:_|\(\))?(?:\.|->)(write|burst|over)\(|\bLogRecord\s+\w+(\{)')
EVENT_ARGUMENT = {'write': 1, 'burst': 2, 'over': 0, 'record': 1}
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|[()\[\]{},]|[^"/()\[\]{},]+|/')

problems = []


def arguments(text, start):
    """The top-level arguments of the call whose opening bracket ends at `start`."""
    depth, current, found = 0, '', []
    for token in TOKEN.findall(text[start:]):
        if token.startswith('//'):
            continue
        if token in ')]}':
            if depth == 0:
                return found + [current]
            depth -= 1
        elif token in '([{':
            depth += 1
        if token == ',' and depth == 0:
            found.append(current)
            current = ''
        else:
            current += token
    return found


def read_sources():
    """Events and field keys, each with the first place that has it."""
    events, keys = {}, {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob('*')):
            name = str(file.relative_to(ROOT))
            if file.suffix not in ('.cpp', '.h') or name.startswith('base/log.'):
                continue
            text = file.read_text()
            for call in CALL.finditer(text):
                place = f'{name}:{text.count(chr(10), 0, call.start()) + 1}'
                found = arguments(text, call.end())
                index = EVENT_ARGUMENT[call.group(1) or 'record']
                literals = re.findall(r'"([^"]*)"', found[index]) if len(found) > index else []
                if not literals and found[index].strip().endswith('.event'):
                    literals = re.findall(r'"([a-z_]+\.[a-z_]+)"', text)  # of a table beside it
                if not literals:
                    problems.append(f'{place}: spell the event out where it is logged')
                for event in literals:
                    events.setdefault(event, place)
                for key in re.findall(r'\{"(\w+)",', ','.join(found[index + 1:])):
                    keys.setdefault(key, place)
    return events, keys


def read_catalog():
    """Entries by event, each with its id and text. A comment above an entry names its event."""
    entries = {}
    parts = re.split(r'^# ([a-z_.]+)\n-- ([0-9a-f]{32})\n', (ROOT / CATALOG).read_text(), flags=re.M)
    for event, number, text in zip(parts[1::3], parts[2::3], parts[3::3]):
        if event in entries:
            problems.append(f'{CATALOG}: {event} is there twice')
        entries[event] = (number, text)
    return entries


def check_table(events, table):
    for event, place in events.items():
        if not re.fullmatch(r'[a-z_]+(\.[a-z_]+)+', event):
            problems.append(f'{place}: "{event}" is no name of the form component.what')
        elif event not in table:
            problems.append(f'{place}: {event} has no message id; for {TABLE}: '
                            f'{{"{event}", "{uuid.uuid4().hex}"}},')
    for event in table.keys() - events.keys():
        problems.append(f'{TABLE}: nothing logs {event}')
    if len(set(table.values())) != len(table):
        problems.append(f'{TABLE}: an id is there twice')


def check_catalog(table, entries):
    for event, number in table.items():
        if event not in entries:
            problems.append(f'{CATALOG}: no entry for {event}')
        elif entries[event][0] != number:
            problems.append(f'{CATALOG}: {event} has another id than in {TABLE}')
    for event, (_, text) in entries.items():
        if event not in table:
            problems.append(f'{CATALOG}: {event} is not in {TABLE}')
        if not re.match(r'Subject: \S.*\n(\w[\w-]*: .*\n)*\n\S(.|\n)+\n\n\S', text):
            problems.append(f'{CATALOG}: {event} lacks a subject, what it means or what to do')


def check_by_journalctl(entries):
    """The journal's own tools must read as many entries as we do, with the same ids."""
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root, 'usr/lib/systemd/catalog')
        folder.mkdir(parents=True)
        (folder / 'webpubsub-gateway.catalog').write_bytes((ROOT / CATALOG).read_bytes())
        run = lambda *verb: subprocess.run(('journalctl', f'--root={root}', *verb), check=True,
                                           capture_output=True, text=True)
        said = run('--update-catalog').stderr
        if said.strip():
            problems.append(f'{CATALOG}: journalctl says: {said.strip()}')
        listed = {line.split(' ', 1)[0] for line in run('--list-catalog').stdout.splitlines()}
        if listed != {number for number, _ in entries.values()}:
            problems.append(f'{CATALOG}: journalctl reads {len(listed)} of {len(entries)} entries')


def main():
    events, keys = read_sources()
    rows = re.findall(r'\{"([^"]+)",\s*"([^"]+)"\}', (ROOT / TABLE).read_text())
    table, entries = dict(rows), read_catalog()
    if not events or len(table) != len(rows):
        problems.append(f'{TABLE}: an event is there twice, or the sources are not where they were')
    check_table(events, table)
    check_catalog(table, entries)
    check_by_journalctl(entries)
    documented = set(re.findall(r'`WPSGW_([A-Z0-9_]+)`', (ROOT / FIELDS).read_text()))
    for key, place in keys.items():
        if key.upper() not in documented:
            problems.append(f'{place}: the field {key} is not in {FIELDS}, as `WPSGW_{key.upper()}`')
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f'{len(events)} events, {len(entries)} catalog entries, {len(keys)} fields')
    return 1 if problems else 0


sys.exit(main())
