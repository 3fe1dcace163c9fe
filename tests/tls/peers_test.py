#!/usr/bin/env python3
"""src/codec/tls against other implementations of TLS: Python's ssl, openssl s_client, gnutls-cli and curl.

    peers_test.py PATH_OF_tls_echo_server
"""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

SERVER = None
TIMEOUT = 60
LINES = [f"line {i} of the conversation\n" for i in range(50)]


def run(command, text=""):
    return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=TIMEOUT, check=False).stdout.decode(errors="replace")


class Server:
    """One tls_echo_server, with a certificate of its own."""

    def __init__(self, mode, key=("EC", "ec_paramgen_curve:P-256")):
        self.folder = tempfile.TemporaryDirectory()
        self.certificate = str(pathlib.Path(self.folder.name, "chain.pem"))
        key_file = str(pathlib.Path(self.folder.name, "key.pem"))
        run(["openssl", "req", "-x509", "-newkey", key[0], "-pkeyopt", key[1], "-nodes", "-days", "2", "-keyout", key_file,
             "-out", self.certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        self.process = subprocess.Popen([SERVER, self.certificate, key_file, mode], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def said(self):
        return self.process.stdout.readline().strip()

    def python(self, version=None, suites=None, session=None, alpn=None):
        context = ssl.create_default_context(cafile=self.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        if suites:
            context.set_ciphers(suites)
        if alpn:
            context.set_alpn_protocols(alpn)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
        return context.wrap_socket(plain, server_hostname="localhost", session=session), context


def converse(connection):
    stream = connection.makefile("rb")
    heard = [stream.readline()]
    for line in LINES:
        connection.sendall(line.encode())
        heard.append(stream.readline())
    return b"".join(heard).decode()


class Peers(unittest.TestCase):
    def test_python_talks_with_every_suite_and_ends_in_order(self):
        suites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
        for mode in ("savable", "moving", "openssl"):
            with Server(mode) as server:
                rows = [(ssl.TLSVersion.TLSv1_3, None, "1.3 TLS_AES_128_GCM_SHA256")]
                rows += [(ssl.TLSVersion.TLSv1_2, suite, f"1.2 {suite}") for suite in suites]
                for version, suite, said in rows:
                    with self.subTest(mode=mode, suite=said):
                        connection, _ = server.python(version, suite)
                        self.assertEqual(server.said(), "done: " + said)
                        self.assertEqual(converse(connection), "welcome\n" + "".join(LINES))
                        # Sends close_notify and waits for ours: an error if the end is not in order.
                        connection.unwrap().close()
                        self.assertEqual(server.said(), "ended: close_notify")

    def test_much_text_arrives_whole(self):
        text = bytes(range(256)) * 2000
        for mode in ("savable", "moving"):
            with Server(mode) as server:
                connection, _ = server.python()
                connection.recv(100)
                heard = b""
                for start in range(0, len(text), 16000):
                    connection.sendall(text[start:start + 16000])
                    while len(heard) < min(start + 16000, len(text)):
                        heard += connection.recv(65536)
                self.assertEqual(heard, text)
                connection.unwrap().close()

    def test_python_resumes_with_a_ticket(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with Server("savable") as server:
                connection, context = server.python(version)
                converse(connection)
                session = connection.session
                connection.unwrap().close()
                plain = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT)
                again = context.wrap_socket(plain, server_hostname="localhost", session=session)
                self.assertTrue(again.session_reused)
                self.assertEqual(converse(again), "welcome\n" + "".join(LINES))
                again.unwrap().close()

    def test_only_http_1_1_is_agreed_on(self):
        with Server("savable") as server:
            for offered, agreed in ((["h2", "http/1.1"], "http/1.1"), (["h2"], None), (None, None)):
                connection, _ = server.python(alpn=offered)
                self.assertEqual(connection.selected_alpn_protocol(), agreed)
                converse(connection)
                connection.unwrap().close()

    def test_s_client_updates_its_keys(self):
        for mode in ("savable", "moving"):
            with self.subTest(mode=mode), Server(mode) as server:
                client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_3",
                                           "-CAfile", server.certificate], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, bufsize=0)

                def hear(word):
                    heard = b""
                    while word not in heard:
                        part = os.read(client.stdout.fileno(), 65536)
                        self.assertTrue(part, f"the end came instead of {word}: {heard}")
                        heard += part

                hear(b"welcome")
                # At the beginning of a read "K" asks for our update too, "k" does not; "Q" ends with close_notify.
                for said, heard in ((b"first\n", b"first"), (b"K\n", b"KEYUPDATE"), (b"second\n", b"second"),
                                    (b"k\n", b"KEYUPDATE"), (b"third\n", b"third")):
                    client.stdin.write(said)
                    hear(heard)
                client.stdin.write(b"Q\n")
                client.communicate(timeout=TIMEOUT)
                self.assertTrue(server.said().startswith("done: 1.3 "))
                self.assertEqual(server.said(), "ended: close_notify")

    def test_s_client_is_refused_renegotiation(self):
        with Server("savable") as server:
            out = run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2", "-legacy_renegotiation"], "R\n")
            self.assertTrue(server.said().startswith("done: 1.2 "))
            self.assertEqual(server.said(), "ended: the peer wants to renegotiate", out)

    def test_s_client_talks_with_rsa(self):
        with Server("savable", key=("RSA", "rsa_keygen_bits:2048")) as server:
            for options, said in ((["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "1.3 TLS_CHACHA20_POLY1305_SHA256"),
                                  (["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"], "1.3 TLS_AES_256_GCM_SHA384"),
                                  (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "1.2 ECDHE-RSA-AES128-GCM-SHA256"),
                                  (["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"], "1.2 DHE-RSA-AES256-GCM-SHA384")):
                run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}"] + options, "hello\nQ\n")
                self.assertEqual(server.said(), "done: " + said)
                self.assertEqual(server.said(), "ended: close_notify")

    def test_s_client_is_refused_old_versions(self):
        with Server("savable") as server:
            run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "Q\n")
            self.assertEqual(server.said(), "failed: unsupported protocol")

    def test_gnutls_talks(self):
        for priority, said in (("NORMAL:-VERS-ALL:+VERS-TLS1.3", "done: 1.3 "), ("NORMAL:-VERS-ALL:+VERS-TLS1.2", "done: 1.2 ")):
            with self.subTest(priority=priority), Server("moving") as server:
                out = run(["gnutls-cli", "--x509cafile", server.certificate, "--port", str(server.port), "--priority", priority,
                           "localhost"], "".join(LINES))
                self.assertTrue(server.said().startswith(said), out)
                self.assertIn("welcome", out)
                self.assertIn("The certificate is trusted", out)
                self.assertEqual(server.said(), "ended: close_notify", out)

    def test_curl_fetches(self):
        for version in ("--tls-max 1.2", "--tlsv1.3"):
            with Server("savable") as server:
                out = run(["curl", "-sS", "--cacert", server.certificate, "--http0.9", *version.split(),
                           f"https://localhost:{server.port}/"])
                self.assertTrue(out.endswith("fine"), out)
                self.assertTrue(server.said().endswith(" http/1.1"))

    def test_what_is_no_tls_ends(self):
        with Server("savable") as server:
            for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"look\r\n\r\n\r\n", b"\x16\x03\x01\x00\x05hello"):
                with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as plain:
                    plain.sendall(garbage)
                    plain.shutdown(socket.SHUT_WR)
                    while plain.recv(1000):
                        pass
                self.assertTrue(server.said().startswith("failed: "))


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main()
