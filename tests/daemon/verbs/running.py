"""A running gateway, and a broker, for the tests of the operator's verbs. The gateway is the first argument."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

GATEWAY = sys.argv[1]
PATIENCE = 30
RULES = "rules: [{name: climate, topic: 'sensors/{site}/telemetry', group: 'site-{site}'}]\n"
BASE = "mqtt: {broker: 'mqtt://127.0.0.1:1'}\nhub: {listen: '127.0.0.1:0'}\nstatus: {listen: '127.0.0.1:0'}\n"


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

    def __init__(self, text, env=None):
        self.env = env or {}
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
                env={**os.environ, **self.env, "RUNTIME_DIRECTORY": self.folder.name})
        wait_for(lambda: os.path.exists(self.socket) or self.process.poll() is not None, "a socket")
        assert self.process.poll() is None, self.log()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()

    def ask(self, verb, *arguments, **more):
        return run(verb, *arguments, "--socket", self.socket, **more)


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
