#!/usr/bin/env python3
"""The manual pages: well-formed, and complete. man_test.py PAGES SOURCES GATEWAY HUB SCHEMA_FILE

PAGES is the folder of those that the build made, SOURCES that of the others.
"""
import glob
import json
import os
import re
import subprocess
import sys
import unittest

PAGES, SOURCES, GATEWAY, HUB, SCHEMA = sys.argv[1:6]
MADE = {"webpubsub-gateway.1", "webpubsub-hub.8", "webpubsub-gateway.yaml.5", "webpubsub-gateway.8"}
ALL = sorted(glob.glob(os.path.join(PAGES, "*.[1-8]")) + glob.glob(os.path.join(SOURCES, "*.[1-8]")))


def page(name):
    return os.path.join(PAGES, name)


def text_of(name):
    """As a reader sees it, on one line: no markup, no line breaks."""
    plain = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=1000", page(name)],
                           capture_output=True, text=True, check=True).stdout
    return re.sub(r".\x08", "", plain)


def help_of(*command):
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout


def options_in(help_text):
    return {option for names in re.findall(r"^  (-[^\s{]+)", help_text, re.M) for option in names.split(",")}


def verbs_in(help_text):
    return re.findall(r"^  ([a-z][a-z-]*) ", help_text.split("Subcommands:")[1], re.M)


def keys_of(node, path, schema):
    """Every path that the schema gives a meaning to."""
    if "$ref" in node:
        node = {**schema["$defs"][node["$ref"].rsplit("/", 1)[1]], **node}
    for name, key in node.get("properties", {}).items():
        yield path + name
        yield from keys_of(key, path + name + ".", schema)
    if isinstance(node.get("items"), dict):
        yield from keys_of(node["items"], path.removesuffix(".") + "[].", schema)
    for alternative in node.get("anyOf", []):
        yield from keys_of(alternative, path, schema)


class Pages(unittest.TestCase):
    def test_all_are_there(self):
        self.assertLessEqual(MADE, {os.path.basename(name) for name in ALL})

    def test_mandoc_has_no_complaint(self):
        for name in ALL:
            result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", name],
                                    capture_output=True, text=True, check=False)
            self.assertEqual((result.stdout + result.stderr, result.returncode), ("", 0))

    def test_groff_has_no_complaint(self):
        for name in ALL:
            result = subprocess.run(
                ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", name],
                capture_output=True, text=True, check=False,
                env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"})
            self.assertEqual((result.stderr, result.returncode), ("", 0), name)

    def test_every_verb_and_option_of_the_gateway_is_told(self):
        text = text_of("webpubsub-gateway.1")
        main = help_of(GATEWAY)
        verbs = verbs_in(main)
        self.assertIn("run", verbs)
        for verb in verbs:
            self.assertRegex(text, rf"(?m)^ +{verb}( |$)", verb)
            for option in options_in(help_of(GATEWAY, verb)):
                self.assertRegex(text, re.escape(option) + r"\b", f"{verb} {option}")

    def test_no_verb_is_told_that_is_not_there(self):
        told = re.findall(r"^ +webpubsub-gateway ([a-z][a-z-]*)",
                          text_of("webpubsub-gateway.1").split("DESCRIPTION")[0], re.M)
        self.assertEqual(set(told), set(verbs_in(help_of(GATEWAY))))

    def test_every_option_of_the_hub_is_told(self):
        text = text_of("webpubsub-hub.8")
        options = options_in(help_of(HUB))
        self.assertIn("--listen", options)
        for option in options:
            self.assertRegex(text, re.escape(option) + r"\b", option)

    def test_every_key_of_the_configuration_is_told(self):
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        keys = set(keys_of(schema, "", schema))
        self.assertIn("rules[].batch.max_delay", keys)
        text = text_of("webpubsub-gateway.yaml.5")
        for key in keys:
            self.assertRegex(text, r"(?m)^ +" + re.escape(key) + r"( |$)")

    def test_every_exit_code_that_the_program_has_is_told(self):
        text = text_of("webpubsub-gateway.1").split("EXIT STATUS")[1]
        for code in ("0", "1", "64", "69", "70", "73", "74", "75", "77", "78"):
            self.assertRegex(text, rf"(?m)^ +{code} ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
