"""Real clients in a pseudo terminal: TinTin++ and inetutils telnet, in the demo world and on TinyMUX."""

import os
import unittest

import harness
import telnet
from telnet import ECHO, EOR, GMCP, NAWS, TTYPE, Policy, command, subnegotiation


class RealClient(harness.Case):
    def tintin(self, port, columns=100, rows=30, events=""):
        path = os.path.join(self.folder(), "play.tin")
        with open(path, "w", encoding="utf-8") as out:
            out.write("#nop played by a test\n%s#ses play 127.0.0.1 %d\n" % (events, port))
        terminal = harness.Terminal(self, [harness.program("tt++"), "-G", path], columns, rows)
        return terminal

    def telnet(self, port, columns=100, rows=30):
        return harness.Terminal(self, [harness.program("inetutils-telnet", "telnet"), "127.0.0.1", str(port)], columns,
                                rows)

    def walk_the_demo_world(self, terminal, name, gateway):
        witness = self.enter_demo(gateway, "Witness")
        terminal.expect("Your name: ")
        terminal.line(name)
        terminal.expect("The Lamplit Court")
        terminal.expect("Here with you: Witness")
        witness.expect("%s hangs a lamp" % name)
        terminal.line("look herons")
        terminal.expect("The ninth looks at")
        terminal.line("say hello there")
        terminal.expect('You say, "hello there"')
        witness.expect('%s says, "hello there"' % name)
        witness.line("tell %s good evening" % name)
        terminal.expect('Witness tells you, "good evening"')
        terminal.line("n")
        terminal.expect("The Standing Gate")
        witness.expect("%s leaves north" % name)
        terminal.line("who")
        terminal.expect("2 travellers are about")
        terminal.line("quit")
        terminal.expect("You take your lamp from its wire")
        gateway.wait_for_sessions(1)

    def play_tinymux(self, terminal, gateway, word):
        terminal.expect("connect <name> <password>|connect")
        terminal.line("connect wizard potrzebie")
        terminal.expect("Auxiliary Room")
        terminal.line("look")
        terminal.expect("Auxiliary Room")
        terminal.line("say %s" % word)
        terminal.expect('You say, .{1,3}%s' % word)
        terminal.line("QUIT")
        gateway.wait_for_sessions(0)


class TinTin(RealClient):
    def test_walks_the_demo_world(self):
        gw = self.gateway()
        self.walk_the_demo_world(self.tintin(gw.telnet_port), "Tintina", gw)

    def test_plays_tinymux_through_the_gateway(self):
        gw = self.gateway(harness.TinyMux.get().url)
        self.play_tinymux(self.tintin(gw.telnet_port), gw, "tintin was here")

    def test_masks_a_password_twice_and_shows_what_is_typed_between(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        tt = self.tintin(gw.telnet_port)
        inside = game.accept(Policy(do={ECHO}))
        for word in ("first", "second"):
            inside.send(b"Password: " + command("will", ECHO))
            tt.expect("Password: ")
            # tt++ has seen WILL ECHO when it has been shown what follows it.
            inside.send(b"(hidden)\r\n")
            tt.expect(r"\(hidden\)")
            tt.line("secret-" + word)
            inside.expect("secret-%s\r\n" % word)
            inside.send(command("wont", ECHO) + b"\r\nDone " + word.encode() + b".\r\n")
            tt.expect("Done %s" % word)
            tt.line("plain-" + word)
            inside.expect("plain-%s\r\n" % word)
            inside.send(b"ok\r\n")
            tt.expect("ok\n")
        self.assertNotIn("secret-", tt.output)
        self.assertIn("plain-first", tt.output)
        self.assertIn("plain-second", tt.output)
        self.assertNotIn("secret-", gw.output)

    def test_window_size_and_a_resize_reach_the_game(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        tt = self.tintin(gw.telnet_port, 100, 30)
        inside = game.accept(Policy(do={NAWS, TTYPE}))
        inside.offer("do", NAWS)
        inside.expect_event("sb", NAWS, b"\0\x64\0\x1e")
        tt.resize(71, 25)
        inside.expect_event("sb", NAWS, b"\0\x47\0\x19")

    def test_the_game_learns_the_clients_names(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        self.tintin(gw.telnet_port)
        inside = game.accept(Policy(do={TTYPE}))
        inside.offer("do", TTYPE)
        inside.expect_event("will", TTYPE)
        names = []
        for _ in range(3):
            after = len(inside.events)
            inside.send(subnegotiation(TTYPE, b"\x01"))
            names.append(inside.events[inside.expect_event("sb", TTYPE, after=after)][2])
        self.assertEqual(names[0], b"\0TINTIN++")
        self.assertEqual(names[1].upper(), b"\0XTERM-256COLOR")
        self.assertRegex(names[2], rb"^\0MTTS \d+$")

    def test_gmcp_from_the_demo_world_and_utf8(self):
        gw = self.gateway()
        events = ('#event {IAC WILL GMCP} {#send {\\xFF\\xFD\\xC9\\};'
                  '#send {\\xFF\\xFA\\xC9Core.Hello \\x7B"client":"TinTin++"\\x7D\\xFF\\xF0\\}}\n'
                  '#event {IAC SB GMCP Room.Info IAC SE} {#showme {got room}}\n')
        tt = self.tintin(gw.telnet_port, events=events)
        tt.expect("Your name: ")
        tt.line("Tina")
        tt.expect("got room")
        tt.line("say héllo €")
        tt.expect('You say, "héllo €"')


class InetutilsTelnet(RealClient):
    def test_walks_the_demo_world(self):
        gw = self.gateway()
        terminal = self.telnet(gw.telnet_port)
        self.walk_the_demo_world(terminal, "Telna", gw)
        terminal.expect("Connection closed by foreign host")
        terminal.wait_exit()

    def test_plays_tinymux_through_the_gateway(self):
        gw = self.gateway(harness.TinyMux.get().url)
        terminal = self.telnet(gw.telnet_port)
        self.play_tinymux(terminal, gw, "telnet was here")
        terminal.expect("Connection closed by foreign host")

    def test_its_escape_and_quit_end_the_session(self):
        gw = self.gateway()
        terminal = self.telnet(gw.telnet_port)
        terminal.expect("Your name: ")
        gw.wait_for_sessions(1)
        terminal.type(b"\x1d")
        terminal.expect("telnet> ")
        terminal.line("quit")
        terminal.wait_exit()
        gw.wait_for_sessions(0)

    def test_window_size_and_a_resize_reach_the_game(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        terminal = self.telnet(gw.telnet_port, 111, 37)
        inside = game.accept(Policy(do={NAWS}))
        inside.offer("do", NAWS)
        inside.expect_event("sb", NAWS, b"\0\x6f\0\x25")
        terminal.resize(64, 20)
        inside.expect_event("sb", NAWS, b"\0\x40\0\x14")

    def test_a_password_is_not_shown(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        terminal = self.telnet(gw.telnet_port)
        inside = game.accept(Policy(do={ECHO}))
        inside.send(b"Password: " + command("will", ECHO))
        terminal.expect("Password: ")
        inside.send(b"(hidden)\r\n")
        terminal.expect(r"\(hidden\)")
        terminal.line("sesame")
        inside.expect("sesame\r\n")
        inside.send(command("wont", ECHO) + b"\r\nDone.\r\n")
        terminal.expect("Done")
        self.assertNotIn("sesame", terminal.output)
        terminal.line("visible")
        inside.expect("visible\r\n")
        terminal.expect("visible")


if __name__ == "__main__":
    unittest.main()
