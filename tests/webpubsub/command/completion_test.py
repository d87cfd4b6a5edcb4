#!/usr/bin/env python3
"""Completions and manual page of webpubsub, held against its help.

completion_test.py COMPLETIONS_FOLDER PAGE PROGRAM
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER, PAGE, PROGRAM = sys.argv[1:4]
PATIENCE = 60
ENVIRONMENT = {"PATH": os.path.dirname(PROGRAM) + os.pathsep + os.environ["PATH"], "TERM": "dumb",
               "LC_ALL": "C.UTF-8"}


def help_of(*verbs):
    return subprocess.run([PROGRAM, *verbs, "--help"], capture_output=True, text=True, check=True,
                          timeout=PATIENCE).stdout


def verbs_in(text):
    return set(re.findall(r"^  ([a-z][a-z-]*) ", text.split("Subcommands:")[1], re.M))


def options_in(text):
    return {option for names in re.findall(r"^  (-[^\s{]+)", text, re.M) for option in names.split(",")}


def commands():
    """Every verb with the words that lead to it, and its help."""
    for verb in sorted(verbs_in(help_of())):
        text = help_of(verb)
        if "Subcommands:" not in text:
            yield (verb,), text
            continue
        for one in sorted(verbs_in(text)):
            yield (verb, one), help_of(verb, one)


COMMANDS = list(commands())
with open(os.path.join(FOLDER, "webpubsub.zsh"), encoding="utf-8") as zsh_file:
    ZSH = zsh_file.read()


class Bash(unittest.TestCase):
    def candidates(self, line):
        words = line.split(" ")
        script = f"""
          . {FOLDER}/webpubsub.bash
          compopt() {{ :; }}
          COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
          _webpubsub; printf '%s\\n' "${{COMPREPLY[@]}}" """
        result = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True,
                                check=True, env=ENVIRONMENT, timeout=PATIENCE)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    def test_verbs(self):
        self.assertEqual(self.candidates("webpubsub "), verbs_in(help_of()) | {"--help"})
        self.assertEqual(self.candidates("webpubsub per"), {"permission"})
        self.assertEqual(self.candidates("webpubsub group "), verbs_in(help_of("group")) | {"--help"})

    def test_every_option_of_every_verb(self):
        for verbs, text in COMMANDS:
            self.assertEqual(self.candidates(f"webpubsub {' '.join(verbs)} -"), options_in(text), verbs)

    def test_values(self):
        self.assertEqual(self.candidates("webpubsub send --type "), {"text", "json", "binary"})
        self.assertEqual(self.candidates("webpubsub permission grant s"), {"sendToGroup"})
        with tempfile.NamedTemporaryFile(suffix=".key") as file:
            line = f"webpubsub send --connection-string-file {file.name[:-4]}"
            self.assertEqual(self.candidates(line), {file.name})


class Fish(unittest.TestCase):
    def candidates(self, line):
        with tempfile.TemporaryDirectory() as home:
            result = subprocess.run(
                ["fish", "--no-config", "-c", f"source {FOLDER}/webpubsub.fish; complete -C '{line}'"],
                capture_output=True, text=True, check=True, timeout=PATIENCE,
                env={**ENVIRONMENT, "HOME": home})
        self.assertEqual(result.stderr, "")
        return {one.split("\t")[0] for one in result.stdout.splitlines()}

    def test_verbs(self):
        self.assertEqual(self.candidates("webpubsub "), verbs_in(help_of()))
        self.assertEqual(self.candidates("webpubsub user "), verbs_in(help_of("user")))

    def test_every_option_of_every_verb(self):
        for verbs, text in COMMANDS:
            self.assertLessEqual(options_in(text), self.candidates(f"webpubsub {' '.join(verbs)} -"), verbs)

    def test_values(self):
        self.assertEqual(self.candidates("webpubsub send --type j"), {"json"})
        self.assertEqual(self.candidates("webpubsub permission revoke j"), {"joinLeaveGroup"})


class Zsh(unittest.TestCase):
    # The completion system itself needs a terminal; here its functions tell what they are given.
    def candidates(self, line):
        words = line.split(" ")
        script = f"""
          _call_program() {{ shift; "$@" }}
          _describe() {{ print -l -- ${{(P)@[-1]}} }}
          _values() {{ shift; print -l -- "$@" }}
          _files() {{ print FILES }}
          words=({' '.join(repr(word) for word in words)}); CURRENT={len(words)}
          complete_it() {{ {ZSH}
          }}
          complete_it"""
        result = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=False,
                                env=ENVIRONMENT, timeout=PATIENCE)
        self.assertEqual(result.stderr, "")
        return {one.split(":")[0] for one in result.stdout.splitlines()}

    def test_verbs(self):
        self.assertEqual(self.candidates("webpubsub "), verbs_in(help_of()))
        self.assertEqual(self.candidates("webpubsub connection "), verbs_in(help_of("connection")))

    def test_every_option_of_every_verb(self):
        for verbs, text in COMMANDS:
            self.assertEqual(self.candidates(f"webpubsub {' '.join(verbs)} -"), options_in(text), verbs)

    def test_values(self):
        self.assertEqual(self.candidates("webpubsub send --type "), {"text", "json", "binary"})
        self.assertEqual(self.candidates("webpubsub permission check "), {"sendToGroup", "joinLeaveGroup"})
        self.assertEqual(self.candidates("webpubsub listen --ca-file "), {"FILES"})


class Page(unittest.TestCase):
    def test_every_verb_and_option_is_told(self):
        plain = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=1000", PAGE], capture_output=True,
                               text=True, check=True).stdout
        text = re.sub(r".\x08", "", plain)
        for verbs, help_text in COMMANDS:
            self.assertRegex(text, rf"(?m)^ +webpubsub {' '.join(verbs)}( |$)", verbs)
            for option in options_in(help_text):
                self.assertRegex(text, re.escape(option) + r"\b", f"{verbs} {option}")
        told = {tuple(words.split()) for words in re.findall(
            r"^ +webpubsub ([a-z]+(?: [a-z]+)?)(?: |$)", text.split("DESCRIPTION")[0], re.M)}
        self.assertEqual(told, {verbs for verbs, _ in COMMANDS})

    def test_every_help_has_an_example_and_fits_a_screen(self):
        for verbs, text in COMMANDS:
            self.assertIn("Example: webpubsub " + " ".join(verbs), text)
            self.assertLess(len(text.splitlines()), 60, verbs)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
