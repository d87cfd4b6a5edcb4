#!/usr/bin/env python3
"""Completions, tried in the shells: completion_test.py COMPLETIONS_FOLDER PROGRAMS_FOLDER"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

FOLDER, PROGRAMS = sys.argv[1:3]
PATIENCE = 30
ENVIRONMENT = {"PATH": PROGRAMS + os.pathsep + os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def options_of(*command):
    text = subprocess.run([os.path.join(PROGRAMS, command[0]), *command[1:], "--help"],
                          capture_output=True, text=True, check=True).stdout
    return {option for names in re.findall(r"^  (-[^\s{]+)", text, re.M) for option in names.split(",")}


def verbs():
    text = subprocess.run([os.path.join(PROGRAMS, "webpubsub-gateway"), "--help"],
                          capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ([a-z][a-z-]*) ", text.split("Subcommands:")[1], re.M))


class Bash(unittest.TestCase):
    def candidates(self, line, program="webpubsub-gateway"):
        words = line.split(" ")
        script = f"""
          . {FOLDER}/{program}.bash
          compopt() {{ :; }}
          COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
          _{program.replace('-', '_')}; printf '%s\\n' "${{COMPREPLY[@]}}" """
        result = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True,
                                check=True, env=ENVIRONMENT, timeout=PATIENCE)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    def test_verbs(self):
        self.assertEqual(self.candidates("webpubsub-gateway "), verbs() | {"--help"})
        self.assertEqual(self.candidates("webpubsub-gateway log"), {"log-level"})

    def test_every_option_of_every_verb(self):
        for verb in verbs():
            self.assertEqual(self.candidates(f"webpubsub-gateway {verb} -"),
                             options_of("webpubsub-gateway", verb), verb)

    def test_values(self):
        self.assertEqual(self.candidates("webpubsub-gateway log-level "),
                         {"error", "warning", "notice", "info", "debug"})
        self.assertEqual(self.candidates("webpubsub-gateway queue p"), {"peek", "purge"})
        self.assertEqual(self.candidates("webpubsub-gateway queue d"), {"drain"})
        self.assertEqual(self.candidates("webpubsub-gateway run --log-format j"), {"journal", "json"})
        with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
            start = file.name[:-6]
            self.assertEqual(self.candidates(f"webpubsub-gateway check {start}"), {file.name})
            self.assertEqual(self.candidates(f"webpubsub-gateway run --config {start}"), {file.name})

    def test_hub(self):
        self.assertEqual(self.candidates("webpubsub-hub -", "webpubsub-hub"),
                         options_of("webpubsub-hub"))

    def test_a_person_at_a_terminal_gets_there_with_the_tab_key(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       {**ENVIRONMENT, "PS1": "ready> ", "INPUTRC": "/dev/null"})
        shown = b""

        def wait_for(words):
            nonlocal shown
            end = time.monotonic() + PATIENCE
            while words not in shown and time.monotonic() < end:
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 65536)
            self.assertIn(words, shown)
            shown = shown.split(words, 1)[1]

        wait_for(b"ready> ")
        os.write(terminal, f". {FOLDER}/webpubsub-gateway.bash\n".encode())
        wait_for(b"ready> ")
        os.write(terminal, b"webpubsub-gateway vers\t--js\t\n")
        wait_for(b'{"program":"webpubsub-gateway"')
        wait_for(b"ready> ")
        os.write(terminal, b"exit\n")
        os.waitpid(pid, 0)
        os.close(terminal)


class Fish(unittest.TestCase):
    def candidates(self, line, program="webpubsub-gateway"):
        with tempfile.TemporaryDirectory() as home:
            result = subprocess.run(
                ["fish", "--no-config", "-c", f"source {FOLDER}/{program}.fish; complete -C '{line}'"],
                capture_output=True, text=True, check=True, timeout=PATIENCE,
                env={**ENVIRONMENT, "HOME": home})
        self.assertEqual(result.stderr, "")
        return {one.split("\t")[0] for one in result.stdout.splitlines()}

    def test_verbs_and_options(self):
        self.assertEqual(self.candidates("webpubsub-gateway "), verbs())
        for verb in verbs():
            self.assertLessEqual(options_of("webpubsub-gateway", verb),
                                 self.candidates(f"webpubsub-gateway {verb} -"), verb)
        self.assertEqual(self.candidates("webpubsub-gateway log-level "),
                         {"error", "warning", "notice", "info", "debug"})
        self.assertLessEqual(options_of("webpubsub-hub"),
                             self.candidates("webpubsub-hub -", "webpubsub-hub"))


class Zsh(unittest.TestCase):
    def test_syntax(self):
        for program in ("webpubsub-gateway", "webpubsub-hub"):
            result = subprocess.run(["zsh", "-n", f"{FOLDER}/{program}.zsh"], capture_output=True,
                                    text=True, check=False, timeout=PATIENCE)
            self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_person_at_a_terminal_gets_there_with_the_tab_key(self):
        with tempfile.TemporaryDirectory() as home:
            os.symlink(os.path.join(os.path.abspath(FOLDER), "webpubsub-gateway.zsh"),
                       os.path.join(home, "_webpubsub-gateway"))
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvpe("zsh", ["zsh", "-f", "-i"],
                           {**ENVIRONMENT, "PS1": "ready> ", "HOME": home, "ZDOTDIR": home})
            shown = b""

            def wait_for(words):
                nonlocal shown
                end = time.monotonic() + PATIENCE
                while words not in shown and time.monotonic() < end:
                    if select.select([terminal], [], [], 1)[0]:
                        shown += os.read(terminal, 65536)
                self.assertIn(words, shown)
                shown = shown.split(words, 1)[1]

            wait_for(b"ready> ")
            os.write(terminal, f"fpath=({home} $fpath); autoload -U compinit; compinit -u -D; "
                     "echo set''up\n".encode())
            wait_for(b"setup")
            wait_for(b"ready> ")
            os.write(terminal, b"webpubsub-gateway vers\t--js\t\n")
            wait_for(b'{"program":"webpubsub-gateway"')
            os.write(terminal, b"exit\n")
            os.waitpid(pid, 0)
            os.close(terminal)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
