#!/usr/bin/env python3
"""Installs the SDK, builds a program with it, and lets that send to a hub.

package_test.py BUILD_FOLDER EXAMPLE_FOLDER HUB COMMAND COMPILER SANITIZERS
"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
from programs import Command, Program, clean_environment  # noqa: E402

BUILD, EXAMPLE, HUB, COMMAND, COMPILER, SANITIZERS = sys.argv[1:7]
FLAGS = [f"-fsanitize={SANITIZERS}"] if SANITIZERS else []  # as the libraries have them
PATIENCE = 300


def run(*arguments, **more):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False, **more)
    if result.returncode != 0:
        raise AssertionError(" ".join(arguments) + "\n" + result.stdout + result.stderr)
    return result.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", cls.prefix)
        cls.include = os.path.join(cls.prefix, "include", "webpubsub")
        cls.headers = sorted(os.path.relpath(os.path.join(parent, name), cls.include)
                             for parent, _, names in os.walk(cls.include) for name in names)

    def sends(self, program):
        """Whether what `program` sends arrives at a listener."""
        with Program([HUB, "--listen", "127.0.0.1:0", "--no-dashboard"]) as hub:
            connection_string = hub.output("connection string: ").split(": ", 1)[1]
            environment = {"WEBPUBSUB_CONNECTION_STRING": connection_string, "WEBPUBSUB_HUB": "chat"}
            with Command(COMMAND, **environment).listen("-g", "site-7") as listener:
                run(program, "chat", "site-7", "from outside", env=clean_environment(environment))
                self.assertEqual(listener.output(), "from outside")

    def test_a_program_outside_the_tree_sends_a_message(self):
        build = os.path.join(self.folder, "build")
        run("cmake", "-S", EXAMPLE, "-B", build, "-DCMAKE_PREFIX_PATH=" + self.prefix,
            "-DCMAKE_CXX_COMPILER=" + COMPILER, "-DCMAKE_CXX_FLAGS=" + " ".join(FLAGS))
        run("cmake", "--build", build)
        self.sends(os.path.join(build, "send-message"))

    def test_one_that_uses_pkg_config_does_too(self):
        config = next(parent for parent, _, names in os.walk(self.prefix) if "webpubsub.pc" in names)
        words = run("pkg-config", "--cflags", "--libs", "webpubsub",
                    env={**os.environ, "PKG_CONFIG_PATH": config}).split()
        program = os.path.join(self.folder, "by-pkg-config")
        run(COMPILER, "-std=c++20", *FLAGS, os.path.join(EXAMPLE, "main.cpp"), "-o", program, *words)
        self.sends(program)

    def test_public_headers_need_no_others(self):
        self.assertIn("webpubsub/client/client.h", self.headers)
        self.assertFalse([name for name in self.headers if "impl" in name or "lws" in name])
        source = "".join(f'#include "{header}"\n' for header in self.headers)
        run(COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", self.include,
            "-x", "c++", "-", input=source)

    def test_nothing_names_where_it_was_built(self):
        for parent, _, names in os.walk(self.prefix):
            for name in names:
                if name.endswith((".h", ".cmake", ".pc")):
                    with open(os.path.join(parent, name), encoding="utf-8") as file:
                        self.assertNotIn(BUILD, file.read(), name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
