"""The web side under load and in trouble: who still gets an answer, and what the health checks say."""

import socket
import unittest
import urllib.error
import urllib.request

import harness
from test_store import get, wait_until


def ask(port, path="/", source="127.0.0.1", host="localhost"):
    """Status and body of one request from one of this machine's addresses."""
    with socket.create_connection(("127.0.0.1", port), harness.PATIENCE, (source, 0)) as sock:
        sock.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path.encode(), host.encode()))
        answer = b""
        while True:
            data = sock.recv(65536)
            if not data:
                break
            answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body.decode()


class Hosts(harness.Case):
    def test_a_name_that_is_not_configured_is_told_what_to_configure(self):
        gateway = self.gateway(config={"web": {"hosts": ["play.example.org"]}})
        self.assertEqual(ask(gateway.http_port, host="play.example.org")[0], 200)
        status, words = ask(gateway.http_port, host="other.example.org")
        self.assertEqual(status, 421)
        self.assertIn('hosts = ["other.example.org"]', words)
        gateway.expect(r"warning host_unknown host=other\.example\.org")


class World(harness.Case):
    def test_ready_and_the_start_say_whether_a_telnet_game_answers(self):
        port = harness.free_port()
        gateway = self.gateway(world="telnet://127.0.0.1:%d" % port, config={"world": {"name": "The Isles"}})
        gateway.expect(r"World   telnet://127\.0\.0\.1:%d\n +does not answer \(Connection refused\)" % port)
        gateway.expect(r"warning world_unreachable world=127\.0\.0\.1:%d" % port)
        status, words = get(gateway, "/readyz")
        self.assertEqual(status, 503)
        self.assertRegex(words, r"^degraded: the game has not answered since \S+Z \(Connection refused\)$")
        self.assertEqual(get(gateway, "/livez"), (200, "ok"))
        with socket.create_server(("127.0.0.1", port)) as game:
            wait_until(lambda: get(gateway, "/readyz") == (200, "ok"), "/readyz ok")
            game.settimeout(0)
            self.assertRaises(BlockingIOError, game.accept)  # it has seen nobody
        wait_until(lambda: get(gateway, "/readyz")[0] == 503, "/readyz without the game")

    def test_ready_and_the_start_say_whether_a_grpc_world_is_connected(self):
        gateway = self.gateway(world="grpc://127.0.0.1:%d" % harness.free_port())
        gateway.expect(r"World   grpc://\S+\n +does not answer")
        self.assertEqual(get(gateway, "/readyz"), (503, "degraded: the world is not connected"))

    def test_the_demo_world_is_always_there(self):
        gateway = self.gateway()
        self.assertEqual(get(gateway, "/readyz"), (200, "ok"))
        self.assertNotIn("does not answer", gateway.output)


if __name__ == "__main__":
    unittest.main()
