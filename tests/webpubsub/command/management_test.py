#!/usr/bin/env python3
"""webpubsub as the application's server, and where it finds the service: management_test.py PROGRAM HUB_SERVER"""
import contextlib
import http.server
import json
import select
import socket
import socketserver
import sys
import tempfile
import threading
import unittest

from programs import Command, WithHub

PROGRAM, HUB_SERVER = WithHub.program, WithHub.hub_server = sys.argv[1:3]
PLANTED = "plantedKeyThatNobodyMayEverSeeAAAAAAAAAAAAAA"


class Groups(WithHub):
    def test_list_all_their_pages(self):
        with contextlib.ExitStack() as stack:
            users = ["ada", "bob", "cleo"]
            ids = [stack.enter_context(self.command.listen("-g", "pages", "--user", user)).connection for user in users]
            told = self.ok("group", "list", "pages", "--page-size", "1").splitlines()
            self.assertEqual(sorted(told), sorted(f"{one}\t{user}" for one, user in zip(ids, users)))
            self.assertEqual(len(self.ok("group", "list", "pages", "--top", "2", "--page-size", "1").splitlines()), 2)
            members = [json.loads(line) for line in self.ok("group", "list", "pages", "--json").splitlines()]
            self.assertEqual({(one["connectionId"], one["userId"]) for one in members}, set(zip(ids, users)))
        self.assertEqual(self.ok("group", "list", "nobody"), "")

    def test_are_filled_and_emptied_by_a_filter(self):
        with self.command.listen("--user", "ada") as ada, self.command.listen("--user", "bob"):
            self.ok("group", "add", "g1", "g2", "--filter", "userId eq 'ada'")
            for group in ("g1", "g2"):
                self.assertEqual(self.ok("group", "list", group), f"{ada.connection}\tada\n")
            self.ok("group", "remove", "g1", "--all")
            self.assertEqual(self.command.run("group", "exists", "g1").stdout, "no\n")
            self.assertEqual(json.loads(self.ok("group", "exists", "g2", "--json")), {"exists": True})
        self.refused(64, "--filter ODATA, or --all", "group", "add", "g1")

    def test_are_closed_with_a_reason(self):
        with self.command.listen("-g", "shut") as first, self.command.listen("-g", "shut") as spared:
            self.ok("group", "close", "shut", "--reason", "site is closed", "--excluded", spared.connection)
            first.note("site is closed")
            self.assertEqual(self.ok("connection", "exists", spared.connection), "yes\n")


class UsersAndConnections(WithHub):
    def test_users_are_asked_about_and_grouped(self):
        with self.command.listen("--user", "eve") as eve:
            self.assertEqual(self.ok("user", "exists", "eve"), "yes\n")
            self.ok("user", "add", "eve", "u1")
            self.ok("user", "add", "eve", "u2")
            self.ok("user", "remove", "eve", "u1")
            self.assertEqual(self.command.run("group", "exists", "u1").returncode, 1)
            self.ok("user", "remove", "eve", "--all-groups")
            self.assertEqual(self.command.run("group", "exists", "u2").returncode, 1)
            self.ok("user", "close", "eve", "--reason", "new password")
            eve.note("new password")
        gone = self.command.run("user", "exists", "nobody", "--json")
        self.assertEqual((gone.returncode, json.loads(gone.stdout)), (1, {"exists": False}))
        self.refused(1, "Error.User.NotExisted", "user", "add", "nobody", "g")
        self.refused(64, "--all-groups", "user", "remove", "eve")

    def test_connections_are_asked_about_and_grouped(self):
        with self.command.listen() as listener:
            self.ok("connection", "add", listener.connection, "c1")
            self.assertEqual(self.ok("group", "list", "c1"), listener.connection + "\n")
            self.ok("connection", "remove", listener.connection, "c1")
            self.ok("connection", "add", listener.connection, "c2")
            self.ok("connection", "remove", listener.connection, "--all-groups")
            for group in ("c1", "c2"):
                self.assertEqual(self.command.run("group", "exists", group).returncode, 1)
            self.ok("connection", "close", listener.connection, "--reason", "because")
            listener.note("because")
        self.assertEqual(self.command.run("connection", "exists", "none").stdout, "no\n")
        self.refused(64, "--all", "connection", "close")

    def test_all_connections_are_closed_at_once(self):
        with self.command.listen() as first, self.command.listen() as spared:
            self.ok("connection", "close", "--all", "--excluded", spared.connection, "--reason", "night")
            first.note("night")
            self.assertEqual(self.ok("connection", "exists", spared.connection), "yes\n")

    def test_permissions_come_and_go(self):
        with self.command.listen() as listener:
            for permission in ("sendToGroup", "joinLeaveGroup"):
                words = (permission, listener.connection, "p")
                self.assertEqual(self.command.run("permission", "check", *words).stdout, "not granted\n")
                self.ok("permission", "grant", *words)
                self.assertEqual(json.loads(self.ok("permission", "check", *words, "--json")), {"granted": True})
                self.ok("permission", "revoke", *words)
                self.assertEqual(self.command.run("permission", "check", *words).returncode, 1)
        self.refused(64, "sendToGroup", "permission", "grant", "everything", "ID", "g")


class ReverseProxy(socketserver.ThreadingTCPServer):
    """Passes bytes on to the hub, and counts the connections."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), None)
        self.port, self.taken = port, 0
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def finish_request(self, request, client_address):
        self.taken += 1
        with socket.create_connection(("127.0.0.1", self.port)) as hub:
            other = {request: hub, hub: request}
            while True:
                for one in select.select(list(other), [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    other[one].sendall(data)

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Places(WithHub):
    def test_health_needs_no_hub(self):
        self.assertEqual(self.ok("health", WEBPUBSUB_HUB=None), "healthy\n")
        self.assertEqual(json.loads(self.ok("health", "--json")), {"healthy": True})
        self.refused(69, "webpubsub health", "health", "--endpoint", "http://127.0.0.1:1")

    def test_the_connection_string_may_stand_in_a_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.hub.connection_string + "\n")
            file.flush()
            self.ok("send", "--all", "hi", "--connection-string-file", file.name, WEBPUBSUB_CONNECTION_STRING=None)

    def test_what_is_missing_is_told_with_its_remedy(self):
        self.refused(78, "set WEBPUBSUB_CONNECTION_STRING", "send", "--all", "hi", WEBPUBSUB_CONNECTION_STRING=None)
        self.refused(78, "WEBPUBSUB_HUB", "send", "--all", "hi", WEBPUBSUB_HUB=None)
        self.refused(78, "/nonexistent", "send", "--all", "hi", "--connection-string-file", "/nonexistent")
        self.refused(78, "AccessKey is missing", "listen", WEBPUBSUB_CONNECTION_STRING="Endpoint=http://localhost")
        self.refused(78, "AZURE_TENANT_ID", "listen", "--endpoint", "https://localhost", WEBPUBSUB_CONNECTION_STRING=None)
        self.refused(78, "--endpoint", "listen", "--managed-identity")
        self.refused(64, "--group", "send", "hi")
        self.refused(64, "--as-client", "send", "--all", "--as-client", "hi")

    def test_no_answer_shows_a_secret(self):
        wrong_key = f"Endpoint={self.hub.endpoint};AccessKey={PLANTED};Version=1.0;"
        away = f"Endpoint=http://127.0.0.1:1;AccessKey={PLANTED};Version=1.0;"
        url = f"{self.hub.endpoint.replace('http', 'ws')}/client/hubs/chat?access_token={PLANTED}"
        for environment, code in (({"WEBPUBSUB_CONNECTION_STRING": wrong_key}, 77),
                                  ({"WEBPUBSUB_CONNECTION_STRING": away}, 69),
                                  ({"WEBPUBSUB_CONNECTION_STRING": f"AccessKey={PLANTED}"}, 78),
                                  ({"WEBPUBSUB_CLIENT_ACCESS_URL": url}, 77)):
            verbs = [["listen", "-g", "a"], ["event", "ask", "hi"], ["send", "-g", "a", "--as-client", "hi"]]
            if "WEBPUBSUB_CLIENT_ACCESS_URL" not in environment:
                verbs += [["send", "--all", "hi"], ["group", "list", "a"]]
            for verb in verbs:
                result = self.command.run(*verb, "--debug", **environment)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertNotIn("planted", result.stdout + result.stderr)

    def test_a_reverse_proxy_takes_everything(self):
        with ReverseProxy(self.hub.facts["port"]) as proxy:
            with self.command.listen("-g", "far", "--endpoint", proxy.endpoint) as listener:
                self.assertEqual(proxy.taken, 1)
                self.ok("send", "-g", "far", "hello", "--endpoint", proxy.endpoint)
                self.assertEqual(proxy.taken, 2)
                self.assertEqual(listener.output(), "hello")
            url = self.ok("token", "--endpoint", proxy.endpoint)
            self.assertTrue(url.startswith(proxy.endpoint.replace("http", "ws") + "/client/hubs/chat?"))


class Answers(http.server.BaseHTTPRequestHandler):
    """An application's negotiate endpoint, and what Microsoft Entra ID and a service would be asked."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization"), body))
        text = json.dumps({"url": self.server.url, "token_type": "Bearer", "expires_in": 3600, "access_token": PLANTED})
        self.send_response(202 if self.path.startswith("/api/") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Elsewhere(WithHub):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.asked = []
        self.server.url = self.ok("token", "--role", "joinLeaveGroup").strip()
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.here = f"http://127.0.0.1:{self.server.server_port}"

    def test_a_client_gets_its_url_from_the_application(self):
        negotiating = Command(PROGRAM)
        with negotiating.listen("-g", "n", "--negotiate", self.here + "/negotiate?user=ada") as listener:
            self.ok("send", "-g", "n", "hello")
            self.assertEqual(listener.output(), "hello")
        self.assertEqual(self.server.asked[0][:2], ("GET", "/negotiate?user=ada"))

    def send_as(self, *options, **environment):
        result = Command(PROGRAM, WEBPUBSUB_HUB="chat", **environment).run(
            "send", "--all", "hi", "--endpoint", self.here, "--debug", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("planted", result.stderr)
        token, send = self.server.asked
        self.assertTrue(send[1].startswith("/api/hubs/chat/:send?"))
        self.assertEqual((send[2], send[3]), ("Bearer " + PLANTED, "hi"))
        return token

    def test_an_application_of_entra_sends_with_its_token(self):
        token = self.send_as(AZURE_TENANT_ID="contoso", AZURE_CLIENT_ID="app", AZURE_CLIENT_SECRET="planted-secret",
                             AZURE_AUTHORITY_HOST=self.here)
        self.assertEqual(token[1], "/contoso/oauth2/v2.0/token")
        self.assertIn("client_secret=planted-secret", token[3])

    def test_a_workload_identity_does(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("planted-assertion")
            file.flush()
            token = self.send_as(AZURE_TENANT_ID="contoso", AZURE_CLIENT_ID="app", AZURE_FEDERATED_TOKEN_FILE=file.name,
                                 AZURE_AUTHORITY_HOST=self.here)
        self.assertTrue(token[3].endswith("client_assertion=planted-assertion"))

    def test_the_identity_of_the_machine_does(self):
        token = self.send_as("--managed-identity", IDENTITY_ENDPOINT=self.here + "/msi", IDENTITY_HEADER="header")
        self.assertTrue(token[1].startswith("/msi?"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
