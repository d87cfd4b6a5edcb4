#!/usr/bin/env python3
"""`run` with a configuration that is wrong: start_test.py GATEWAY"""
import json
import os
import sys
import tempfile
import unittest

from running import run


class Start(unittest.TestCase):
    def start(self, text, *arguments, **more):
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "gateway.yaml")
            with open(config, "w", encoding="utf-8") as out:
                out.write(text)
            return run("run", "--config", config, *arguments, **more)

    def test_each_problem_is_an_entry_of_the_log(self):
        result = self.start("mqtt: {brokr: x}\nlog: {level: loud}\n", "--log-format", "json")
        self.assertEqual(result.returncode, 78)
        entries = [json.loads(line) for line in result.stderr.splitlines()]
        self.assertEqual([entry["event"] for entry in entries],
                         ["config.invalid", "config.invalid", "gateway.start_failed"])
        self.assertEqual({entry["level"] for entry in entries}, {"error"})
        self.assertRegex(entries[0]["message"], r"gateway\.yaml:1:8: mqtt\.brokr")
        self.assertRegex(entries[2]["message"], "^2 problems in the configuration$")

    def test_there_is_an_end_to_problems(self):
        result = self.start("".join("unknown%d: 1\n" % i for i in range(500)), "--log-format", "json")
        self.assertEqual(result.stderr.count('"event":"config.invalid"'), 50)
        self.assertIn("500 problems in the configuration, of which the first 50 were told", result.stderr)

    def test_people_get_text(self):
        result = self.start("mqtt: {brokr: x}\n", "--log-format", "text")
        self.assertRegex(result.stderr, r"^/.*gateway\.yaml:1:8: mqtt\.brokr.*\n1 problem in the configuration\n$")

    def test_no_configuration_at_all_is_66(self):
        for verb in ("run", "check"):
            result = run(verb, "--config", "/nonexistent/gateway.yaml")
            self.assertEqual(result.returncode, 66)
            self.assertIn("/nonexistent/gateway.yaml", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
