"""The programs as their users start them: a hub, the command, and one that listens."""
import contextlib
import json
import os
import select
import subprocess
import time
import unittest

PATIENCE = 60


def clean_environment(more):
    """What the tests say of the service, and nothing that the machine does."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("WEBPUBSUB_", "AZURE_", "IDENTITY_"))}
    return {**kept, **{name: value for name, value in more.items() if value is not None}}


class Program(contextlib.AbstractContextManager):
    """Lines of its two outputs, each awaited with a deadline. Killed at the end."""

    def __init__(self, arguments, stdout=subprocess.PIPE, **more):
        self.process = subprocess.Popen(arguments, stdout=stdout, stderr=subprocess.PIPE, **more)
        self.texts = {self.process.stdout: b"", self.process.stderr: b""}

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def line_with(self, words, pipe):
        """The next line that holds `words`; those before it are passed over."""
        end = time.monotonic() + PATIENCE
        while True:
            while b"\n" in self.texts[pipe]:
                line, self.texts[pipe] = self.texts[pipe].split(b"\n", 1)
                if words in line.decode("utf-8", "replace"):
                    return line.decode("utf-8", "replace")
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise AssertionError(f"waited in vain for {words!r}")
            bytes_read = os.read(pipe.fileno(), 65536)
            if not bytes_read:
                raise AssertionError(f"ended without {words!r}: {self.process.stderr.read()!r}")
            self.texts[pipe] += bytes_read

    def output(self, words=""):
        return self.line_with(words, self.process.stdout)

    def note(self, words):
        return self.line_with(words, self.process.stderr)

    def exit_code(self):
        return self.process.wait(PATIENCE)


class Hub(Program):
    def __init__(self, program, *arguments):
        super().__init__([program, *arguments], stdin=subprocess.PIPE)
        self.facts = json.loads(self.output("endpoint"))
        self.endpoint = self.facts["endpoint"]
        self.connection_string = self.facts["connectionString"]


class Command:
    """The program webpubsub, told of a service."""

    def __init__(self, program, **environment):
        self.program = program
        self.environment = environment

    def run(self, *arguments, stdin="", **environment):
        return subprocess.run([self.program, *arguments], capture_output=True, text=isinstance(stdin, str),
                              input=stdin, timeout=PATIENCE, check=False,
                              env=clean_environment({**self.environment, **environment}))

    def start(self, *arguments, **more):
        return Program([self.program, *arguments], env=clean_environment(self.environment), **more)

    def listen(self, *arguments, **more):
        """A listener that has joined its groups, and its connection id."""
        listener = self.start("listen", *arguments, **more)
        listener.connection = listener.note("connected as").split()[-1]
        listener.note("listening")
        return listener


class WithHub(unittest.TestCase):
    """Tests of the command against a hub; its module sets `program` and `hub_server`."""

    @classmethod
    def setUpClass(cls):
        cls.hub = Hub(cls.hub_server)
        cls.hub.__enter__()
        cls.addClassCleanup(cls.hub.__exit__, None, None, None)
        cls.command = Command(cls.program, WEBPUBSUB_CONNECTION_STRING=cls.hub.connection_string,
                              WEBPUBSUB_HUB="chat")

    def ok(self, *arguments, **more):
        result = self.command.run(*arguments, **more)
        self.assertEqual((result.returncode, result.stderr or ""), (0, ""), arguments)
        return result.stdout

    def refused(self, code, words, *arguments, **more):
        result = self.command.run(*arguments, **more)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(words, result.stderr)
        self.assertEqual(result.stdout, "")
