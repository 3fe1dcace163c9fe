"""The JSON form on a WebSocket, spoken by a client of our own."""

import unittest

import harness
from telnet import Policy
from websocket import frame_bytes


class JsonForm(harness.Case):
    def enter(self, gateway, name):
        client = gateway.websocket()
        client.expect("Your name: ")
        client.line(name)
        client.expect("Exits:")
        return client

    def test_a_web_player_and_a_telnet_player_meet(self):
        gw = self.gateway()
        webster = self.enter(gw, "Webster")
        tess = self.enter_demo(gw, "Tess")
        webster.expect("Tess hangs a lamp")
        tess.line("say hello web")
        webster.expect('says, "hello web"')
        webster.line("say hello telnet")
        tess.expect('says, "hello telnet"')

    def test_text_gmcp_and_prompt_come_as_messages(self):
        gw = self.gateway()
        client = self.enter(gw, "Webster")
        self.assertEqual(client.messages[0]["type"], "hello")
        self.assertTrue(client.messages[0]["session"] if "session" in client.messages[0] else True)
        room = client.expect_message(type="gmcp", package="Room.Info")
        self.assertEqual(room["data"]["name"], "The Lamplit Court")
        vitals = client.expect_message(type="gmcp", package="Char.Vitals")
        self.assertEqual(vitals["data"]["maxhp"], 100)
        client.expect_message(type="prompt")
        before = len(client.messages)
        client.line("n")
        moved = client.expect_message(after=before, type="gmcp", package="Room.Info")
        self.assertEqual(moved["data"]["name"], "The Standing Gate")

    def test_a_line_may_come_in_fragments_with_a_ping_between(self):
        gw = self.gateway()
        client = self.enter(gw, "Webster")
        message = '{"type":"line","text":"say h\u00e9llo in pieces"}'.encode()
        split = message.index("\u00e9".encode()) + 1  # inside a character
        client.frame(1, message[:split], fin=False)
        client.frame(9, b"ping")
        client.frame(0, message[split:])
        client.expect('You say, "h\u00e9llo in pieces"')

    def test_what_is_not_a_websocket_message_closes_with_its_code(self):
        gw = self.gateway(config={"limits": {"hold": "100ms"}})
        for bad, code in ((b"\x81\x02hi", 1002), (frame_bytes(1, b"\xff\xfe"), 1007), (frame_bytes(3, b""), 1002),
                          (frame_bytes(2, b"\x00"), 1003), (frame_bytes(0, b"x"), 1002)):
            client = self.enter(gw, "Webster")
            client.sock.sendall(bad)
            client.expect_close()
            self.assertEqual(client.close_code, code, bad)
            gw.wait_for_sessions(0)

    def test_quit_is_a_bye_and_a_clean_close(self):
        gw = self.gateway()
        client = self.enter(gw, "Webster")
        client.line("quit")
        bye = client.expect_message(type="bye")
        self.assertIn("go home", bye["text"])
        client.expect_close()
        self.assertEqual(client.close_code, 1000)

    def test_password_mode_is_told(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        client = gw.websocket()
        inside = game.accept(Policy(do={1}))
        inside.send(b"Password: \xff\xfb\x01")
        client.expect_message(type="echo", on=False)
        client.line("sesame")
        inside.expect("sesame\r\n")
        inside.send(b"\xff\xfc\x01\r\nIn.\r\n")
        client.expect_message(type="echo", on=True)

    def test_health_answers(self):
        import http.client
        gw = self.gateway()
        for path in ("/livez", "/readyz", "/"):
            connection = http.client.HTTPConnection("127.0.0.1", gw.http_port, timeout=60)
            connection.request("GET", path)
            response = connection.getresponse()
            self.assertEqual(response.status, 200, path)
            response.read()
            connection.close()


if __name__ == "__main__":
    unittest.main()
