#!/usr/bin/env python3
"""webpubsub against a hub: command_test.py PROGRAM HUB_SERVER"""
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

from programs import PATIENCE, Command, Hub, WithHub

PROGRAM, HUB_SERVER = WithHub.program, WithHub.hub_server = sys.argv[1:3]


class Token(WithHub):
    def claims_of(self, token):
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))

    def test_says_who_and_what_and_for_how_long(self):
        made = json.loads(self.ok("token", "--user", "edge-01", "--role", "sendToGroup.a", "--role",
                                  "webpubsub.joinLeaveGroup", "-g", "a", "-g", "b", "--ttl", "10m", "--json"))
        claims = self.claims_of(made["token"])
        self.assertEqual(claims["sub"], "edge-01")
        self.assertEqual(claims["role"], ["webpubsub.sendToGroup.a", "webpubsub.joinLeaveGroup"])
        self.assertEqual(claims["webpubsub.group"], ["a", "b"])
        self.assertEqual(claims["exp"] - claims["iat"], 600)
        self.assertEqual(claims["aud"], self.hub.endpoint + "/client/hubs/chat")
        self.assertEqual(made["url"], made["baseUrl"] + "?access_token=" + made["token"])

    def test_prints_what_a_client_connects_with(self):
        url = self.ok("token", "-g", "a").strip()
        with tempfile.NamedTemporaryFile("w", suffix=".url") as file:
            file.write(url + "\n")
            file.flush()
            with self.command.listen("--client-access-url-file", file.name):
                self.assertEqual(self.ok("group", "exists", "a"), "yes\n")
        self.assertEqual(self.ok("token", "--token-only").count("."), 2)

    def test_refuses_times_that_are_no_minutes(self):
        for ttl in ("90s", "0", "soon"):
            self.refused(64, "--ttl", "token", "--ttl", ttl)


class Messages(WithHub):
    def test_go_to_a_group_in_every_type(self):
        with self.command.listen("-g", "types", "--json", "-n", "3") as listener:
            self.ok("send", "-g", "types", "hé\n")
            self.ok("send", "-g", "types", "--type", "json", '{"t":21.50,\n"n":12345678901234567890}')
            self.ok("send", "-g", "types", "--type", "binary", stdin=b"\x00\xff")
            text, number, raw = (listener.output() for _ in range(3))
            self.assertEqual(listener.exit_code(), 0)
        message = json.loads(text)
        self.assertEqual((message["from"], message["group"], message["dataType"], message["data"]),
                         ("group", "types", "text", "hé\n"))
        self.assertIsInstance(message["time"], int)
        self.assertIn('"data":{"t":21.50, "n":12345678901234567890}', number)
        self.assertEqual(json.loads(raw)["data"], "AP8=")

    def test_are_printed_as_they_are(self):
        with self.command.listen("-g", "plain", "-v") as listener:
            self.ok("send", "-g", "plain", "hello")
            self.assertEqual(listener.output(), "plain hello")

    def test_go_to_all_a_user_and_a_connection(self):
        with self.command.listen("--user", "ada", "--json") as ada, self.command.listen("--json") as other:
            self.ok("send", "--to-user", "ada", "one")
            self.ok("send", "--connection", ada.connection, "two")
            self.ok("send", "--all", "--excluded", other.connection, "three")
            self.ok("send", "--all", "--filter", "userId eq null", "four")
            self.ok("send", "--all", "end")
            got = [json.loads(ada.output()) for _ in range(4)]
            self.assertEqual([message["data"] for message in got], ["one", "two", "three", "end"])
            self.assertEqual({message["from"] for message in got}, {"server"})
            self.assertEqual([json.loads(other.output())["data"] for _ in range(2)], ["four", "end"])

    def test_server_messages_are_kept_apart_unless_asked_for(self):
        with self.command.listen("-g", "apart") as group, self.command.listen("-g", "apart", "--server") as both:
            self.ok("send", "--all", "server")
            self.ok("send", "-g", "apart", "group")
            self.assertEqual(group.output(), "group")
            self.assertEqual([both.output(), both.output()], ["server", "group"])

    def test_lines_keep_their_order_on_both_ways(self):
        lines = [f"line {n}" for n in range(300)]
        for way, name in (([], "rest"), (["--as-client"], "client")):
            with self.command.listen("-g", name, "-n", "300") as listener:
                sent = self.ok("send", "-g", name, "--lines", "--json", *way,
                               stdin="\n".join(lines) + "\n\n")
                self.assertEqual(json.loads(sent), {"sent": 300})
                self.assertEqual([listener.output() for _ in lines], lines)
                self.assertEqual(listener.exit_code(), 0)

    def test_lines_come_from_a_file_too(self):
        with tempfile.TemporaryFile("w+") as file, self.command.listen("-g", "file") as listener:
            file.write("one\ntwo")  # the last line need not end
            file.seek(0)
            with self.command.start("send", "-g", "file", "--lines", "--as-client", stdin=file) as sender:
                self.assertEqual(sender.exit_code(), 0)
            self.assertEqual([listener.output(), listener.output()], ["one", "two"])

    def test_lines_leave_as_they_come(self):
        for way in ([], ["--as-client"]):
            with self.command.listen("-g", "live") as listener, \
                    self.command.start("send", "-g", "live", "--lines", *way, stdin=subprocess.PIPE) as sender:
                for line in ("one", "two"):
                    sender.process.stdin.write(line.encode() + b"\n")
                    sender.process.stdin.flush()
                    self.assertEqual(listener.output(), line)
                sender.process.stdin.close()
                self.assertEqual(sender.exit_code(), 0)

    def test_a_client_may_do_without_its_echo(self):
        with self.command.listen("-g", "echo") as listener:
            self.ok("send", "-g", "echo", "--as-client", "--no-echo", "--subprotocol", "protobuf", "hello")
            self.assertEqual(listener.output(), "hello")

    def test_a_bad_line_is_told_by_its_number(self):
        for way in ([], ["--as-client"]):
            self.refused(65, "line 2 is not JSON", "send", "-g", "bad", "-t", "json", "--lines", *way,
                         stdin="{}\n{\n{}\n")
        self.refused(65, "not UTF-8", "send", "-g", "bad", "\udcff")
        self.refused(65, "larger than 1 MiB", "send", "-g", "bad", stdin="x" * (1024 * 1024 + 1))


class Listening(WithHub):
    def test_ends_when_it_is_told(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.command.listen("-g", "a") as listener:
                listener.process.send_signal(number)
                self.assertEqual(listener.exit_code(), 0)

    def test_ends_when_its_time_is_up(self):
        with self.command.start("listen", "-g", "a", "--for", "50ms") as listener:
            self.assertEqual(listener.exit_code(), 0)
        with self.command.start("listen", "-g", "a", "--for", "50ms", "-n", "1") as listener:
            listener.note("time is up after 0 of 1 messages")
            self.assertEqual(listener.exit_code(), 75)

    def test_ends_when_nobody_reads(self):
        with self.command.listen("-g", "unread") as listener:
            listener.process.stdout.close()
            self.ok("send", "-g", "unread", "hello")
            self.assertEqual(listener.exit_code(), 74)

    def test_says_nothing_when_asked_to(self):
        with self.command.start("listen", "-q", "-n", "1", "--negotiate", "http://127.0.0.1:1/") as listener:
            self.assertEqual(listener.exit_code(), 69)
        with self.command.start("listen", "-q", "--for", "1s") as listener:
            self.assertEqual(listener.exit_code(), 0)
            self.assertEqual(listener.process.stderr.read(), b"")

    def test_outlives_the_service(self):
        with Hub(HUB_SERVER) as first:
            command = Command(PROGRAM, WEBPUBSUB_CONNECTION_STRING=first.connection_string, WEBPUBSUB_HUB="chat")
            with command.listen("-g", "a") as listener:
                first.process.kill()
                first.process.wait(PATIENCE)
                listener.note("connection lost")
                with Hub(HUB_SERVER, "--port", str(first.facts["port"])):
                    listener.note("connected anew")
                    # Joined again when the hub says so: it is asked until then.
                    while command.run("group", "exists", "a").returncode != 0:
                        self.assertIsNone(listener.process.poll())
                    self.assertEqual(command.run("send", "-g", "a", "again").returncode, 0)
                    self.assertEqual(listener.output(), "again")

    def test_a_terminal_gets_no_commands_of_others(self):
        terminal, end = os.openpty()
        with self.command.listen("-g", "tty", "-n", "1", stdout=end) as listener:
            self.ok("send", "-g", "tty", "\x1b[2Jhello\ttab")
            self.assertEqual(listener.exit_code(), 0)
        self.assertEqual(os.read(terminal, 1000).decode().strip().expandtabs(1), "\\x1b[2Jhello tab")
        os.close(terminal)
        os.close(end)


class Events(WithHub):
    def test_print_what_the_handler_replies(self):
        self.assertEqual(self.ok("event", "ask", "hello"), "hello\n")
        self.assertEqual(self.ok("event", "ask", "-t", "json", "--json", '{"a":1}'), '{"dataType":"json","data":{"a":1}}\n')
        self.assertEqual(self.ok("event", "ask", "--invoke", stdin="from a pipe"), "from a pipe\n")
        self.assertEqual(self.ok("event", "silent", "hello"), "")

    def test_that_nobody_answers_are_failures(self):
        self.refused(1, "event handler for 'fail'", "event", "fail", "hello")
        self.refused(65, "", "event", "no such name", "hello")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
