#!/usr/bin/env python3
"""The operator's verbs against a running gateway: verbs_test.py GATEWAY SCHEMA_FILE"""
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from running import BASE, GATEWAY, Gateway, PATIENCE, RULES, run, wait_for

SCHEMA = sys.argv[2]


class Verbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = cls.enterClassContext(Gateway(BASE + RULES)) if hasattr(
            cls, "enterClassContext") else Gateway(BASE + RULES).__enter__()
        if not hasattr(cls, "enterClassContext"):
            cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def status_port(self):
        line = wait_for(lambda: [one for one in self.gateway.log().splitlines()
                                 if "status.listening" in one], "the status port")[0]
        return json.loads(line)["fields"]["port"]

    def test_status_tells_links_rules_and_queues(self):
        result = self.gateway.ask("status")
        self.assertEqual(result.returncode, 0, result.stderr)
        for words in ("running for", "mqtt    down", "climate", "outbox", "Reload:"):
            self.assertIn(words, result.stdout)
        self.assertNotIn("\x1b", result.stdout)
        self.assertTrue(all(len(line) <= 80 for line in result.stdout.splitlines()))

    def test_status_as_json_is_what_the_status_port_shows(self):
        verb = json.loads(self.gateway.ask("status", "--json").stdout)
        url = f"http://127.0.0.1:{self.status_port()}/status.json"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            page = json.load(answer)
        self.assertEqual(list(verb), list(page))
        self.assertEqual(verb["rules"][0]["name"], "climate")
        self.assertTrue(verb["rules"][0]["adds_up"])

    def test_status_page_may_load_nothing(self):
        url = f"http://127.0.0.1:{self.status_port()}/"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            self.assertTrue(answer.headers["Content-Security-Policy"].startswith("default-src 'none'"))
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def watch(self, env):
        """What `status --watch` draws on a terminal until its second picture, and its exit code."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.pop("NO_COLOR", None)
            os.environ.update({"TERM": "xterm", **env})
            os.execv(GATEWAY, [GATEWAY, "status", "--watch", "--socket", self.gateway.socket])
        drawn = b""
        end = time.monotonic() + PATIENCE
        while drawn.count(b"Reload:") < 2 and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                drawn += os.read(terminal, 65536)
        os.kill(pid, signal.SIGINT)
        while True:
            try:
                if not os.read(terminal, 65536):
                    break
            except OSError:  # its side of the terminal is closed
                break
        os.close(terminal)
        return drawn, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_watch_redraws_in_colour_until_interrupted(self):
        drawn, code = self.watch({})
        self.assertEqual(code, 0)
        self.assertGreaterEqual(drawn.count(b"\x1b[H"), 2)
        self.assertIn(b"\x1b[31mdown", drawn)

    def test_watch_has_no_colour_where_it_is_not_wanted(self):
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            drawn, code = self.watch(env)
            self.assertEqual(code, 0)
            self.assertNotIn(b"\x1b[31m", drawn)
            self.assertIn(b"down", drawn)

    def test_log_level_changes_for_a_time(self):
        result = self.gateway.ask("log-level", "debug", "--for", "300ms")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("debug for 300ms", result.stdout)
        wait_for(lambda: self.gateway.log().count('"event":"log.level"') >= 2, "the usual level")
        self.assertIn('"event":"control.request"', self.gateway.log())

    def test_exit_codes(self):
        with tempfile.TemporaryDirectory() as folder:
            nobody = os.path.join(folder, "control.sock")
            self.assertEqual(run("status", "--socket", nobody).returncode, 69)
            self.assertEqual(run("log-level", "info", "--socket", nobody).returncode, 69)
            self.assertIn("no gateway runs here", run("status", "--socket", nobody).stderr)
            self.assertEqual(run("diag", "-o", os.path.join(folder, "no", "file")).returncode, 73)
        self.assertEqual(run("status", "--no-such-option").returncode, 64)
        self.assertEqual(run("log-level", "loud").returncode, 64)
        self.assertEqual(run("log-level", "debug", "--for", "never").returncode, 64)

    def ask_as_somebody(self, mode):
        """`status` as an account that is not root, the socket having that mode."""
        def become_somebody():
            os.setgroups([])
            os.setgid(12345)
            os.setuid(12345)

        os.chmod(self.gateway.folder.name, 0o755)
        os.chmod(self.gateway.socket, mode)
        try:
            return self.gateway.ask("status", preexec_fn=become_somebody if os.geteuid() == 0 else None)
        finally:
            os.chmod(self.gateway.socket, 0o660)

    def test_one_who_may_not_is_told_so_with_77(self):
        closed = self.ask_as_somebody(0)
        self.assertEqual((closed.returncode, closed.stdout), (77, ""))
        self.assertIn("no permission to use", closed.stderr)
        if os.geteuid() == 0:  # else that somebody is us, who may
            refused = self.ask_as_somebody(0o666)
            self.assertEqual((refused.returncode, refused.stdout), (77, ""))
            self.assertIn("forbidden: only root", refused.stderr)

    def test_a_second_gateway_on_the_same_socket_does_not_start(self):
        result = subprocess.run([GATEWAY, "run", "--config", self.gateway.config,
                                 "--control-socket", self.gateway.socket, "--log-format", "json"],
                                capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(result.returncode, 73)
        self.assertIn("another gateway serves here", result.stderr)

    def test_schema_is_the_one_that_is_installed(self):
        result = run("schema")
        self.assertEqual(result.returncode, 0)
        with open(SCHEMA, encoding="utf-8") as file:
            self.assertEqual(json.loads(result.stdout), json.load(file))

    def test_version_as_json(self):
        version = json.loads(run("version", "--json").stdout)
        self.assertEqual(version["program"], "webpubsub-gateway")
        self.assertRegex(version["version"], r"^\d+\.\d+\.\d+")

    def test_every_help_fits_a_screen_and_has_an_example(self):
        main = run("--help").stdout
        verbs = [line.split()[0] for line in main.split("Subcommands:")[1].splitlines()
                 if line.startswith("  ") and not line.startswith("   ")]
        self.assertIn("status", verbs)
        for text in [main] + [run(verb, "--help").stdout for verb in verbs]:
            self.assertLessEqual(len(text.splitlines()), 25, text)
            self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)
            self.assertIn("Example: webpubsub-gateway ", text)


class Reload(unittest.TestCase):
    def test_reload_reports_what_changed_and_refuses_what_is_wrong(self):
        with Gateway(BASE + RULES) as gateway:
            def write(text):
                with open(gateway.config, "w", encoding="utf-8") as out:
                    out.write(text)

            same = gateway.ask("reload")
            self.assertEqual((same.returncode, same.stdout[:9]), (0, "unchanged"), same.stderr)

            write(BASE + RULES.replace("'site-{site}'", "'place-{site}'"))
            changed = gateway.ask("reload", "--json")
            self.assertEqual(changed.returncode, 0, changed.stderr)
            self.assertEqual(json.loads(changed.stdout)["outcome"], "applied")

            write(BASE + "rulez: []\n")
            wrong = gateway.ask("reload")
            self.assertEqual((wrong.returncode, wrong.stdout), (78, ""))
            self.assertIn("gateway.yaml:4:1: ", wrong.stderr)
            self.assertIn("invalid", wrong.stderr)

            status = json.loads(gateway.ask("status", "--json").stdout)
            self.assertEqual((status["config"]["failed_reloads"], status["rules"][0]["name"]), (1, "climate"))
            self.assertIn("Reload:   the latest failed", gateway.ask("status").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
