#!/usr/bin/env python3
"""`queue` and what waits in a running gateway: queue_test.py GATEWAY"""
import contextlib
import json
import sys
import tempfile
import unittest

from running import Broker, Gateway, wait_for


class Queues(unittest.TestCase):
    """With a service that is away, so that everything waits."""

    CONFIG = """
mqtt: {{broker: 'mqtt://127.0.0.1:{port}'}}
webpubsub: {{connection_string: 'Endpoint=http://127.0.0.1:1;AccessKey={key}'}}
status: {{listen: off}}
store: {{directory: '{store}'}}
rules:
  - {{name: meters, topic: 'm/#', group: meters, store: disk}}
  - {{name: climate, topic: 's/#', group: climate, offline: {{keep: oldest_first}}}}
"""

    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        broker = stack.enter_context(Broker())
        store = stack.enter_context(tempfile.TemporaryDirectory())
        self.gateway = stack.enter_context(Gateway(self.CONFIG.format(
            port=broker.port, store=store, key="c2VydmljZSBrZXk=")))
        wait_for(lambda: any(link["up"] for link in self.status()["links"]), "the broker")
        broker.publish([(b"m/a", b"%d" % i) for i in range(2500)] +
                       [(b"s/a", b"one"), (b"s/a", b"two\x00"), (b"m/b", b"\xff")])
        wait_for(lambda: sum(rule["pending"] for rule in self.status()["rules"]) == 2503, "messages")

    def status(self):
        return json.loads(self.gateway.ask("status", "--json").stdout)

    def lines(self, *arguments):
        result = self.gateway.ask("queue", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_what_waits_is_listed_shown_exported_and_purged(self):
        text = self.gateway.ask("queue", "list").stdout
        self.assertRegex(text, r"meters +- +2501 \(")
        self.assertRegex(text, r"climate +2 \(")
        self.assertIn("Quarantine: -", text)
        listed = json.loads(self.gateway.ask("queue", "list", "--json").stdout)
        self.assertEqual([rule["rule"] for rule in listed["rules"]], ["meters", "climate"])
        self.assertEqual(listed["rules"][0]["disk"]["messages"], 2501)

        first = self.lines("peek", "meters", "--limit", "2")
        self.assertEqual([one["payload"] for one in first], ["0", "1"])
        self.assertEqual({key: first[0][key] for key in ("rule", "topic", "qos", "retained", "number")},
                         {"rule": "meters", "topic": "m/a", "qos": 1, "retained": False, "number": 1})
        every = self.lines("export")
        self.assertEqual([one["payload"] for one in every[:2500]], [str(i) for i in range(2500)])
        self.assertEqual(every[2500]["payload_base64"], "/w==")
        self.assertEqual([one.get("payload") for one in every[2501:]], ["one", None])
        self.assertEqual(self.lines("export", "climate"), every[2501:])
        self.assertEqual(self.lines("export", "--quarantine"), [])

        away = self.gateway.ask("queue", "drain", "meters")
        self.assertEqual((away.returncode, away.stdout), (75, ""))
        self.assertEqual(away.stderr, "webpubsub-gateway: the service is away: 0 readings sent, 2501 still wait\n")
        wait_for(lambda: "uplink.drained" in self.gateway.log(), "the drain's end in the log")

        self.assertEqual(self.gateway.ask("queue", "purge", "meters").stdout, "2501 readings thrown away\n")
        self.assertEqual(self.gateway.ask("queue", "purge", "--quarantine").stdout, "0 batches thrown away\n")
        rule = self.status()["rules"][0]
        self.assertEqual((rule["pending"], rule["dropped_by"]["purged"], rule["adds_up"]), (0, 2501, True))
        self.assertIn("uplink.purged", self.gateway.log())

    def test_what_makes_no_sense_is_refused(self):
        for arguments, code in ((("peek",), 64), (("purge",), 64), (("purge", "meters", "--quarantine"), 64),
                                (("list", "meters"), 64), (("drain",), 64), (("empty", "meters"), 64),
                                (("drain", "meters", "--quarantine"), 64), (("peek", "nobody"), 1),
                                (("purge", "nobody"), 1), (("drain", "nobody"), 1)):
            result = self.gateway.ask("queue", *arguments)
            self.assertEqual(result.returncode, code, (arguments, result.stderr))
            self.assertNotEqual(result.stderr, "")
        self.assertEqual(self.lines("peek", "climate", "--limit", "1")[0]["payload"], "one")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
