"""The web side under load and in trouble: who still gets an answer, and what the health checks say."""

import socket
import unittest
import urllib.error
import urllib.request

import harness
from test_store import get, wait_until

STRICT = {"exempt_networks": []}


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


class Admission(harness.Case):
    def silent(self, port, count, source="127.0.0.1"):
        socks = []
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", port), harness.PATIENCE, (source, 0))
            self.addCleanup(sock.close)
            sock.sendall(b"GET / HTTP/1.1\r\nX: ")
            socks.append(sock)
        return socks

    def test_one_address_that_takes_all_it_can_takes_nothing_from_others(self):
        gateway = self.gateway(config={"limits": {**STRICT, "connections_per_address": 10, "http_head_deadline": "5m"}})
        self.silent(gateway.http_port, 300)
        status, words = ask(gateway.http_port)
        self.assertEqual(status, 429)
        self.assertIn("our address", words)
        self.assertEqual(ask(gateway.http_port, "/livez"), (200, "ok\n"), "health has a place of its own")
        self.assertEqual(ask(gateway.http_port, source="127.0.0.9")[0], 200)
        self.assertEqual(ask(gateway.http_port, "/livez", source="127.0.0.9")[0], 200)
        # 10 of them, 4 in the reserve, and what the gateway needs itself.
        self.assertLess(gateway.descriptor_count(), 100)
        with socket.create_connection(("127.0.0.1", gateway.telnet_port), harness.PATIENCE, ("127.0.0.9", 0)) as player:
            self.assertTrue(player.recv(100))

    def test_a_full_gateway_still_tells_its_health(self):
        gateway = self.gateway(config={"limits": {"connections": 10, "login_deadline": "10m"}})
        for i in range(10):
            gateway.client(name="player %d" % i).expect("name")
        self.assertEqual(ask(gateway.http_port, "/livez"), (200, "ok\n"))
        self.assertEqual(ask(gateway.http_port, "/readyz"), (200, "ok\n"))
        status, words = ask(gateway.http_port)
        self.assertEqual((status, words), (503, "The gateway is full. Please try again in a few minutes.\n"))


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
