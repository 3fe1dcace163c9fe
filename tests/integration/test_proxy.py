"""The gateway behind a real HAProxy with the configuration that the manual prints."""

import os
import re
import socket
import ssl
import subprocess
import time
import unittest

import harness
import telnet
from telnet import PATIENCE, Policy
from test_resume import TelnetInWebSocket, reset_unread, resume_on

MANUAL = os.path.join(harness.ROOT, "docs", "operations.md")
NAME = "play.example.org"


def printed_configuration():
    with open(MANUAL, encoding="utf-8") as manual:
        return re.search(r"^```\n(global\n.*?)^```", manual.read(), re.S | re.M).group(1)


def certificate(folder):
    """Certificate and key in one file, as HAProxy reads them."""
    path = os.path.join(folder, "play.pem")
    key = os.path.join(folder, "play.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=" + NAME, "-keyout", key, "-out", path],
                   check=True, stderr=subprocess.DEVNULL)
    with open(key, encoding="ascii") as source, open(path, "a", encoding="ascii") as out:
        out.write(source.read())
    return path


class Relayed(harness.Case):
    """A proxy confirms what it has taken, and loses it when its player drops."""

    COUNT = 75

    def relay(self, port):
        """An HAProxy in TCP mode in front of `port`; returns its own."""
        folder, front = self.folder(), harness.free_port()
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w", encoding="utf-8") as out:
            out.write("defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 10m\n    timeout server 10m\n"
                      "listen relay\n    bind 127.0.0.1:%d\n    server gateway 127.0.0.1:%d\n" % (front, port))
        program = harness.Program([harness.program("/usr/sbin/haproxy", "haproxy"), "-db", "-f", path], folder, name="haproxy")
        self.track(program)
        wait_for_port(front, program)
        return front

    def enter(self, player, line):
        player.expect("name: ")
        line("Ada")
        code = player.expect("resume ([0-9A-Z-]{14})").group(1)
        return code if isinstance(code, str) else code.decode()

    def drop_with_output_in_the_proxy(self, gw, player, code):
        """What the player has got before and after, and which lines of Bob's are in neither."""
        bob = self.enter_demo(gw, "Bob")
        player.expect("Bob")
        for i in range(self.COUNT):
            bob.line("say number %03d %s" % (i, "x" * 380))
        bob.expect('You say, "number %03d' % (self.COUNT - 1))
        arrived = reset_unread(player.sock)
        self.assertLess(arrived.count(b"number"), self.COUNT)  # or nothing was lost on the way
        bob.expect("lost")
        back = resume_on(gw, code)
        back.expect(r"You are back[^\n]*\n")
        back.line("say here again")
        back.expect("You say, .here again")
        seen = arrived + bytes(back.text)
        return back, [i for i in range(self.COUNT) if b"number %03d" % i not in seen]

    def test_in_a_websocket_nothing_is_lost(self):
        gw = self.gateway(config={"world": {"accounts": False}})
        ada = TelnetInWebSocket(self.relay(gw.http_port), 0)
        code = self.enter(ada, lambda text: ada.frame(2, text.encode() + b"\r\n"))
        back, missing = self.drop_with_output_in_the_proxy(gw, ada, code)
        self.assertEqual(missing, [])
        self.assertNotIn(b"missing", back.text)

    def test_a_telnet_client_that_answers_timing_marks_loses_nothing(self):
        gw = self.gateway(config={"world": {"accounts": False}, "telnet": {"proxy_in_front": True}})
        ada = telnet.connect(self.relay(gw.telnet_port), Policy(), "Ada", receive_bytes=4096)
        code = self.enter(ada, ada.line)
        ada.expect_event("do", 6)
        back, missing = self.drop_with_output_in_the_proxy(gw, ada, code)
        self.assertEqual(missing, [])
        self.assertNotIn(b"missing", back.text)

    def test_one_that_does_not_is_told_that_output_may_be_missing(self):
        gw = self.gateway(config={"world": {"accounts": False}, "telnet": {"proxy_in_front": True}})
        ada = telnet.connect(self.relay(gw.telnet_port), Policy(silent=True), "Ada", receive_bytes=4096)
        code = self.enter(ada, ada.line)
        back, missing = self.drop_with_output_in_the_proxy(gw, ada, code)
        self.assertNotEqual(missing, [])
        self.assertRegex(bytes(back.text), rb"Some output shortly before \d\d:\d\d UTC may be missing\.")


def wait_for_port(port, program):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if program.ended or time.monotonic() > end:
                raise AssertionError("haproxy does not listen; it said:\n" + program.output)
            time.sleep(0.05)


class Proxy(harness.Case):
    def proxy(self, gateway, extra=""):
        folder = self.folder()
        port = harness.free_port()
        text = printed_configuration()
        for pattern, replacement in ((r"bind :443 ssl crt \S+", "bind 127.0.0.1:%d ssl crt %s" % (port, certificate(folder))),
                                     (r"server gateway \S+", "server gateway 127.0.0.1:%d" % gateway.http_port)):
            text, count = re.subn(pattern, replacement, text)
            self.assertEqual(count, 1, text)
        text = text.replace("default_backend wyldgate", extra + "    default_backend wyldgate")
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        program = harness.Program([harness.program("/usr/sbin/haproxy", "haproxy"), "-db", "-f", path], folder, name="haproxy")
        self.track(program)
        wait_for_port(port, program)
        return port

    def ask(self, port, path, headers=(), name=NAME):
        """Head and body of one request over TLS."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname=name) as sock:
                lines = ["GET %s HTTP/1.1" % path, "Host: " + name, *headers]
                sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
                answer = b""
                while b"\r\n\r\n" not in answer:
                    data = sock.recv(65536)
                    if not data:
                        break
                    answer += data
                head, _, body = answer.partition(b"\r\n\r\n")
                length = re.search(rb"(?im)^content-length: (\d+)", head)
                while length and len(body) < int(length.group(1)):
                    body += sock.recv(65536) or self.fail("%s ended early" % path)
        return head.decode(), body

    def open_websocket(self, port, path="/ws", origin="https://" + NAME):
        return self.ask(port, path, ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: " + origin))[0]

    def test_the_printed_configuration_plays_once_the_name_is_known(self):
        gateway = self.gateway(config={"web": {"hosts": [NAME]}})
        port = self.proxy(gateway)
        for path in ("/", "/livez", "/readyz"):
            self.assertTrue(self.ask(port, path)[0].startswith("HTTP/1.1 200"), path)
        self.assertIn("content-encoding: br", self.ask(port, "/", ("Accept-Encoding: gzip, br",))[0].lower())
        self.assertTrue(self.open_websocket(port).startswith("HTTP/1.1 101"))
        self.assertTrue(self.open_websocket(port, origin="https://evil.example").startswith("HTTP/1.1 403"))

    def test_a_name_that_is_not_known_is_told_what_to_set(self):
        port = self.proxy(self.gateway())
        head, body = self.ask(port, "/")
        self.assertTrue(head.startswith("HTTP/1.1 421"), head)
        self.assertIn('hosts = ["%s"]' % NAME, body.decode())
        self.assertTrue(self.open_websocket(port).startswith("HTTP/1.1 421"))
        self.assertTrue(self.ask(port, "/livez")[0].startswith("HTTP/1.1 200"))

    def test_the_page_may_lie_under_a_path_that_is_kept_or_taken_away(self):
        gateway = self.gateway(config={"web": {"hosts": [NAME]}})
        taken_away = r"    http-request replace-path /play(/.*) \1" + "\n"
        for extra in ("", taken_away):
            port = self.proxy(gateway, extra)
            head, body = self.ask(port, "/play/")
            self.assertTrue(head.startswith("HTTP/1.1 200"), head)
            script = re.search(r'src="([^"]+\.js)"', body.decode()).group(1)
            self.assertTrue(self.ask(port, "/play/" + script)[0].startswith("HTTP/1.1 200"), script)
            self.assertTrue(self.open_websocket(port, "/play/ws").startswith("HTTP/1.1 101"))


if __name__ == "__main__":
    unittest.main()
