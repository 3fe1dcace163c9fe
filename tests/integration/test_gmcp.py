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


if __name__ == "__main__":
    unittest.main()
