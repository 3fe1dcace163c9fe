"""GMCP between a telnet game and its players: what reaches whom, and in what form."""

import json
import unittest

import harness
from telnet import CHARSET, EOR, GMCP, NAWS, TTYPE, Policy, command, gmcp, subnegotiation

PLAYER = dict(will={TTYPE, NAWS, CHARSET}, do={EOR, GMCP, CHARSET})


class Gmcp(harness.Case):
    def setUp(self):
        super().setUp()
        self.game = harness.Game(self)

    def start(self, config=None):
        self.gw = self.gateway(self.game.url, config=config)

    def telnet_player(self):
        """A client with GMCP and the game's end of it, both agreed."""
        client = self.gw.client(Policy(**PLAYER))
        game = self.game.accept(Policy(do={GMCP}), waiting=client)
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        return client, game

    def json_player(self):
        client = self.gw.websocket()
        game = self.game.accept(Policy(do={GMCP}))
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        return client, game

    @staticmethod
    def bodies(peer):
        return [event[2] for event in peer.events if event[:2] == ("sb", GMCP)]

    UNLISTED = ["Client.GUI", "Client.Map", "Comm.Channel.Text", "MyGame.Weather", "MSDP", "Char.Vitals"]

    def test_a_game_sends_packages_that_the_client_has_not_listed(self):
        self.start()
        client, game = self.telnet_player()
        client.send(gmcp("Core.Hello", '{"client":"Tester","version":"1"}'))
        client.send(gmcp("Core.Supports.Set", '["Char 1","Room 1"]'))
        game.expect_gmcp("Core.Supports.Set")
        for package in self.UNLISTED:
            game.send(gmcp(package, '{"a":1}'))
        game.send(gmcp("Logged.In"))
        for package in self.UNLISTED:
            self.assertEqual(client.expect_gmcp(package)[1], '{"a":1}')
        self.assertEqual(client.expect_gmcp("Logged.In")[1], "")

    def test_the_json_form_gets_packages_that_it_has_not_listed(self):
        self.start()
        client, game = self.json_player()
        for package in self.UNLISTED:
            game.send(gmcp(package, '{"a":1}'))
        for package in self.UNLISTED:
            self.assertEqual(client.expect_message(type="gmcp", package=package)["data"], {"a": 1})

    WORDS = ["request char", "config prompt", "client name", "Char.Items.Inv \"\"", "group on",
             "IRE.Composer.SetBuffer line one\nline two", "Core.KeepAlive"]

    def test_a_clients_body_need_not_be_json(self):
        self.start()
        client, game = self.telnet_player()
        for words in self.WORDS:
            client.send(subnegotiation(GMCP, words.encode()))
        game.wait(lambda: self.bodies(game)[-len(self.WORDS):] == [w.encode() for w in self.WORDS], "every message")

    LOOSE = [b'Comm.Channel.Text {"text":"\x1b[31mred\x1b[0m a\tb"}', b"Client.GUI 12\nhttp://127.0.0.1/x.zip",
             b'Char.Name\n{"name":"Oda"}', b'Char.Vitals{"hp":7}', b'Room.Info {"name":"X",}', b"Char.Status"]

    def test_a_games_body_need_not_be_json_for_telnet(self):
        self.start()
        client, game = self.telnet_player()
        for body in self.LOOSE:
            game.send(subnegotiation(GMCP, body))
        client.expect_gmcp("Char.Status")
        got = self.bodies(client)
        self.assertEqual(got[-6:-4], self.LOOSE[:2])
        self.assertEqual(got[-4:], [b'Char.Name {"name":"Oda"}', b'Char.Vitals {"hp":7}'] + self.LOOSE[4:])

    def test_the_json_form_gets_json_whatever_a_game_sends(self):
        self.start()
        client, game = self.json_player()
        for body in self.LOOSE:
            game.send(subnegotiation(GMCP, body))
        client.expect_message(type="gmcp", package="Char.Status")
        data = {m["package"]: m.get("data") for m in client.messages if m["type"] == "gmcp"}
        self.assertEqual(data["Comm.Channel.Text"], {"text": "\x1b[31mred\x1b[0m a\tb"})
        self.assertEqual(data["Client.GUI"], "12\nhttp://127.0.0.1/x.zip")
        self.assertEqual(data["Char.Name"], {"name": "Oda"})
        self.assertEqual(data["Char.Vitals"], {"hp": 7})
        self.assertEqual(data["Room.Info"], '{"name":"X",}')

    def test_a_large_body_arrives_and_a_setting_allows_a_larger_one(self):
        self.start(config={"limits": {"subnegotiation_bytes": "2MiB"}})
        client, game = self.telnet_player()
        body = '{"map":"' + "x" * 1_500_000 + '"}'
        game.send(gmcp("Room.Map", body))
        self.assertEqual(client.expect_gmcp("Room.Map")[1], body)

    def test_a_latin_1_game_writes_gmcp_in_latin_1(self):
        self.start(config={"world": {"charset": "iso-8859-1"}})
        client, game = self.telnet_player()
        game.send(subnegotiation(GMCP, b'Room.Info {"name":"Caf\xe9"}'))
        self.assertEqual(json.loads(client.expect_gmcp("Room.Info")[1]), {"name": "Café"})
        client.send(gmcp("Comm.Say", '"é"'))
        game.wait(lambda: b'Comm.Say "\xe9"' in self.bodies(game), "Latin-1")

    def test_what_is_dropped_is_logged_once_while_it_happens(self):
        self.start()
        client, game = self.telnet_player()
        for _ in range(2):
            client.send(subnegotiation(GMCP, b"Big " + b"x" * 20_000))
            game.send(subnegotiation(GMCP, b"Big " + b"x" * 1_100_000))
        self.gw.expect("subnegotiation_dropped session=\\S+ from=client reason=too_long")
        self.gw.expect("subnegotiation_dropped session=\\S+ from=world reason=too_long")
        client.line("after")
        game.expect("after")
        game.send(gmcp("Char.Name"))
        client.expect_gmcp("Char.Name")
        self.assertEqual(self.gw.output.count("subnegotiation_dropped"), 2)


if __name__ == "__main__":
    unittest.main()
