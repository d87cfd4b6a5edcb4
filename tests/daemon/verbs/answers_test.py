#!/usr/bin/env python3
"""What the operator's verbs make of answers: answers_test.py GATEWAY. In the gateway's place sits one that
answers what a test says, or hangs."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

GATEWAY = sys.argv[1]
PATIENCE = 60


class Stand(contextlib.AbstractContextManager):
    """Answers one request after the other with the given data; to those after that it says nothing."""

    def __init__(self, *answers):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "control.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.asked = []
        self.answers = list(answers)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for data in self.answers:
            try:
                link, _ = self.listener.accept()
            except OSError:  # the verb ended before it had asked for all of them
                return
            with link:
                self.asked.append(json.loads(link.makefile().readline()))
                link.sendall(json.dumps({"v": 1, "code": "ok", "data": data}).encode() + b"\n")

    def run(self, *words):
        return subprocess.run([GATEWAY, *words, "--socket", self.path], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        self.folder.cleanup()


def traced(last, unseen, entries=0, **more):
    entry = {"time": 0, "topic": "t", "outcome": "batched", "group": "g", "readings": 1}
    return {"entries": [{"number": last, **entry}] * entries, "last": last, "missed": 0, "unseen": unseen, **more}


def drained(state, number=1, sent=0, waiting=0):
    return {"drain": number, "state": state, "sent": sent, "waiting": waiting, "online": True}


class Answers(unittest.TestCase):
    def test_a_trace_that_ended_meanwhile_is_told_and_counted_anew(self):
        with Stand(traced(1, {}), traced(2, {"too_large": 5}), traced(9, {"too_large": 3}, begun=True),
                   traced(10, {"too_large": 4}, 1)) as stand:
            ended = stand.run("trace", "--rule", "climate", "--count", "1")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual([each["after"] for each in stand.asked], [0, 1, 2, 9])
        dropped = "webpubsub-gateway: %d dropped before their rule saw them: too_large\n"
        self.assertEqual(ended.stderr, dropped % 5 + "webpubsub-gateway: the gateway had stopped watching;"
                         " what came meanwhile is not known\n" + dropped % 3 + dropped % 1)

    def test_a_drain_that_another_one_replaced_keeps_its_figures(self):
        with Stand(drained("running", sent=10, waiting=20), drained("replaced")) as stand:
            ended = stand.run("queue", "drain", "meters")
        self.assertEqual(ended.returncode, 75, ended.stderr)
        self.assertEqual(ended.stderr, "webpubsub-gateway: another drain of this rule began:"
                         " 10 readings sent, 20 still wait\n")

    def test_a_gateway_that_hangs_does_not_keep_a_drain_longer_than_it_may_take(self):
        with Stand() as stand:
            began = time.monotonic()
            ended = stand.run("queue", "drain", "meters", "--timeout", "1s")
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(ended.returncode, 69, ended.stderr)
        self.assertIn("no answer from the gateway", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
