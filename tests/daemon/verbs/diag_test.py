#!/usr/bin/env python3
"""`diag` and the secrets it must not show: diag_test.py GATEWAY"""
import os
import sys
import tempfile
import unittest

from running import BASE, Gateway, RULES, run

SECRETS = {
    "mqtt password": "planted-mqtt-pass",
    "service key": "plantedServiceKeyAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "proxy password": "planted-proxy-pass",
    "token": "planted.access.token",
    "hub key": "plantedHubKeyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


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

    def test_it_looks_at_the_configuration_as_the_service_does(self):
        config = BASE.replace("'mqtt://127.0.0.1:1'", "'mqtt://127.0.0.1:1', username: me, "
                              "password: '${PLANTED}'") + RULES
        secret = "planted-without-a-mark"
        with Gateway(config, {"PLANTED": secret}) as gateway:
            tools = gateway.file("tools")
            os.mkdir(tools)
            for tool, words in (("systemctl", gateway.process.pid), ("journalctl", "said " + secret)):
                with open(os.path.join(tools, tool), "w", encoding="utf-8") as out:
                    out.write(f"#!/bin/sh\necho {words}\n")
                os.chmod(os.path.join(tools, tool), 0o755)
            env = {"PATH": tools + os.pathsep + os.environ["PATH"]}
            result = gateway.ask("diag", "--config", gateway.config, env=env)
            self.assertIn("right; it amounts to:", result.stdout)
            self.assertIn("said ***", result.stdout)
            self.assertNotIn(secret, result.stdout)
            checked = run("check", "--unit", "webpubsub-gateway", gateway.config, env=env)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertEqual(run("check", gateway.config).returncode, 78)

    def test_it_looks_into_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "gateway.yaml")
            with open(os.path.join(folder, "ca.pem"), "w", encoding="utf-8") as out:
                out.write("nothing")
            with open(config, "w", encoding="utf-8") as out:
                out.write("mqtt: {broker: 'mqtts://127.0.0.1:1', tls: {ca_file: ca.pem}}\n")
            result = run("diag", "--config", config, "--journal-lines", "0")
        self.assertIn("ca.pem: holds no certificate to trust", result.stdout)
        self.assertNotIn("right; it amounts to", result.stdout)

    def test_an_instance_has_a_configuration_of_its_own(self):
        result = run("diag", "--instance", "north", "--journal-lines", "0")
        self.assertIn("==== check of /etc/webpubsub-gateway/north.yaml", result.stdout)
        self.assertIn("disk of /var/lib/webpubsub-gateway@north", result.stdout)

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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
