#!/usr/bin/env python3
"""The operator's verbs against a running gateway: verbs_test.py GATEWAY SCHEMA_FILE"""
import contextlib
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

GATEWAY, SCHEMA = sys.argv[1:3]
PATIENCE = 30
SECRETS = {
    "mqtt password": "planted-mqtt-pass",
    "service key": "plantedServiceKeyAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "proxy password": "planted-proxy-pass",
    "token": "planted.access.token",
    "hub key": "plantedHubKeyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}
RULES = "rules: [{name: climate, topic: 'sensors/{site}/telemetry', group: 'site-{site}'}]\n"


def run(*arguments, env=None, **more):
    return subprocess.run([GATEWAY, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **(env or {})}, check=False, **more)


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


class Gateway(contextlib.AbstractContextManager):
    """A gateway whose broker is away, with its control socket where systemd would have it."""

    def __init__(self, text):
        self.folder = tempfile.TemporaryDirectory()
        self.config = self.file("gateway.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(text)
        self.socket = self.file("control.sock")

    def file(self, name):
        return os.path.join(self.folder.name, name)

    def log(self):
        with open(self.file("log"), encoding="utf-8") as text:
            return text.read()

    def __enter__(self):
        with open(self.file("log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [GATEWAY, "run", "--config", self.config, "--log-format", "json"], stderr=log,
                env={**os.environ, "RUNTIME_DIRECTORY": self.folder.name})
        wait_for(lambda: os.path.exists(self.socket) or self.process.poll() is not None, "a socket")
        assert self.process.poll() is None, self.log()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()

    def ask(self, verb, *arguments, **more):
        return run(verb, *arguments, "--socket", self.socket, **more)


BASE = "mqtt: {broker: 'mqtt://127.0.0.1:1'}\nhub: {listen: '127.0.0.1:0'}\nstatus: {listen: '127.0.0.1:0'}\n"


class Broker(contextlib.AbstractContextManager):
    """A mosquitto, and a device that publishes to it."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "mosquitto.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
                      "persistence false\nmax_queued_messages 0\n")
        self.process = subprocess.Popen([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", config],
                                        stderr=subprocess.DEVNULL)
        wait_for(self.answers, "the broker")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            return True
        except OSError:
            return False

    def publish(self, messages):
        """Each a topic and a payload, with QoS 1; the broker has them all when this returns."""
        def packet(kind, body):
            size = len(body)
            return bytes([kind, size]) + body if size < 128 else bytes(
                [kind, size % 128 | 128, size // 128]) + body

        def text(value):
            return len(value).to_bytes(2, "big") + value

        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as link:
            link.sendall(packet(0x10, text(b"MQTT") + bytes([4, 2, 0, 60]) + text(b"device")))
            for number, (topic, payload) in enumerate(messages, 1):
                link.sendall(packet(0x32, text(topic) + number.to_bytes(2, "big") + payload))
            left = 4 + 4 * len(messages)
            while left > 0:
                left -= len(link.recv(left))


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


class Start(unittest.TestCase):
    """`run` with a configuration that is wrong."""

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


class Diag(unittest.TestCase):
    """Secrets are planted everywhere; none may come out."""

    def bundle_of(self, config, files=None):
        gateway = Gateway(BASE + RULES)
        for name, text in (files or {}).items():
            with open(gateway.file(name), "w", encoding="utf-8") as out:
                out.write(text + "\n")
        with open(gateway.config, "w", encoding="utf-8") as out:
            out.write(config)
        # A journal as it must not be: somebody else's software wrote secrets into it.
        tools = gateway.file("tools")
        os.mkdir(tools)
        with open(os.path.join(tools, "journalctl"), "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\necho \"asked for: $*\"\ncat <<'END'\n")
            for name, secret in SECRETS.items():
                out.write(f"{name}: AccessKey={secret};\npassword={secret}\n"
                          f"Authorization: Bearer {secret}\nhttp://me:{secret}@host/\n"
                          f"wss://h/client?access_token={secret}\n")
            out.write("the end of the journal\nEND\n")
        os.chmod(os.path.join(tools, "journalctl"), 0o755)
        path = tools + os.pathsep + os.environ["PATH"]
        with gateway:
            result = gateway.ask("diag", "--config", gateway.config, env={"PATH": path})
            self.assertEqual(result.returncode, 0, result.stderr)
            saved = gateway.file("bundle.txt")
            self.assertEqual(gateway.ask("diag", "-o", saved, "--config", gateway.config,
                                         env={"PATH": path}).returncode, 0)
            self.assertEqual(os.stat(saved).st_mode & 0o777, 0o600)
            self.assertEqual(gateway.ask("diag", "-o", saved).returncode, 73)  # not written over
            with open(saved, encoding="utf-8") as file:
                both = result.stdout + file.read()
        for name, secret in SECRETS.items():
            self.assertNotIn(secret, both, name)
            self.assertNotIn(secret.rstrip("="), both, name)
        for title in ("version", "system", "status", "configuration in effect", "metrics", "journal"):
            self.assertIn("\n==== " + title, result.stdout)
        self.assertIn("the end of the journal", result.stdout)
        self.assertIn("--lines=500", result.stdout)
        self.assertIn("wpsgw_build_info", result.stdout)
        return result.stdout

    def test_connection_string_and_passwords(self):
        bundle = self.bundle_of(
            "mqtt: {broker: 'mqtt://127.0.0.1:1', username: me, password: '%s'}\n"
            "webpubsub: {connection_string: 'Endpoint=http://127.0.0.1:1;AccessKey=%s;Version=1.0;',"
            " proxy: 'http://me:%s@127.0.0.1:1'}\nstatus: {listen: 'off'}\n%s" %
            (SECRETS["mqtt password"], SECRETS["service key"], SECRETS["proxy password"], RULES))
        self.assertIn("Endpoint=http://127.0.0.1:1", bundle)

    def test_access_url(self):
        self.bundle_of(
            "mqtt: {broker: 'mqtt://127.0.0.1:1', password_file: pass}\nstatus: {listen: 'off'}\n"
            "webpubsub: {client_access_url: 'ws://127.0.0.1:1/client/hubs/h?access_token=%s'}\n%s" %
            (SECRETS["token"], RULES), {"pass": SECRETS["mqtt password"]})

    def test_keys_in_files(self):
        self.bundle_of(BASE.replace("'127.0.0.1:0'}\nstatus", "'127.0.0.1:0', access_key_file: key}\nstatus")
                       + RULES, {"key": SECRETS["hub key"]})

    def test_a_gateway_that_does_not_start_gets_a_bundle_too(self):
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "gateway.yaml")
            with open(config, "w", encoding="utf-8") as out:
                out.write("mqtt: {pasword: '%s'}\n" % SECRETS["mqtt password"])
            result = run("diag", "--config", config, "--socket", os.path.join(folder, "c.sock"))
        self.assertEqual(result.returncode, 0)
        self.assertIn("no answer: no gateway runs here", result.stdout)
        self.assertIn("gateway.yaml:1:", result.stdout)
        self.assertNotIn(SECRETS["mqtt password"], result.stdout)



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
            port=broker.port, store=store, key=SECRETS["service key"])))
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
