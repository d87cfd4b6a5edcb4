#!/usr/bin/env python3
"""`run` with a configuration that is wrong: start_test.py GATEWAY"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from running import GATEWAY, PATIENCE, run


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

    @unittest.skipUnless(os.geteuid() == 0, "root gives its rights up for it")
    def test_what_is_forbidden_is_77(self):
        def become_somebody():
            os.setgroups([])
            os.setgid(12345)
            os.setuid(12345)

        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            config = os.path.join(folder, "gateway.yaml")
            with open(config, "w", encoding="utf-8") as out:
                out.write("mqtt: {broker: 'mqtt://127.0.0.1:1'}\n")
            os.chmod(config, 0o600)
            for verb in ("run", "check"):
                result = run(verb, "--config", config, preexec_fn=become_somebody)
                self.assertEqual(result.returncode, 77, result.stderr)
                self.assertIn("Permission denied", result.stderr)
            os.chmod(config, 0o644)
            shut = os.path.join(folder, "shut")
            os.mkdir(shut, 0o755)
            result = run("run", "--config", config, "--control-socket", os.path.join(shut, "socket"),
                         preexec_fn=become_somebody, env={"STATE_DIRECTORY": folder})
            self.assertEqual(result.returncode, 77, result.stderr)
            # The hub has no socket of its own; a port below 1024 is root's.
            hub = os.path.join(os.path.dirname(GATEWAY), "webpubsub-hub")
            refused = subprocess.run([hub, "--listen", "127.0.0.1:81"], preexec_fn=become_somebody,
                                     capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(refused.returncode, 77, refused.stderr)

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
