"""TinyMUX, an unmodified game from Debian, behind the gateway."""

import os
import select
import signal
import subprocess
import unittest

import harness
import telnet
from telnet import BINARY, CHARSET, EOR, NAWS, NEW_ENVIRON, SGA, TTYPE, Policy

LOGIN = "connect wizard potrzebie"


def stop(mux):
    """As an operator stops it; it saves first."""
    pid = mux.pid()
    os.kill(pid, signal.SIGTERM)
    while os.path.exists("/proc/%d" % pid):
        select.select([], [], [], 0.05)


def start(mux):
    with open(os.path.join(mux.folder, "start.log"), "ab") as log:
        subprocess.run(["sh", "./Startmux"], cwd=mux.game, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


class TinyMuxGame(harness.Case):
    def player(self, policy=None, config=None, login=True):
        self.mux = harness.TinyMux.get()
        self.gw = self.gateway(self.mux.url, config=config)
        return self.join(policy, login)

    def join(self, policy=None, login=True):
        client = self.gw.client(policy or Policy(silent=True))
        client.expect("connect <name>|connect")
        if login:
            client.line(LOGIN)
            client.expect("Auxiliary Room")
            self.answer(client, "think ready", "ready\r\n")
        return client

    def answer(self, client, line, pattern):
        client.line(line)
        return client.expect(pattern)

    def thought(self, client, expression, mark):
        """What `think` shows for `expression`, as the client's own bytes."""
        client.line("think <%s<%s>%s>" % (mark, expression, mark))
        return client.expect(b"<%s<(.*?)>%s>\r\n" % (mark.encode(), mark.encode())).group(1)

    def test_login_look_say_and_quit(self):
        client = self.player()
        self.answer(client, "look", "Auxiliary Room")
        self.answer(client, "say hello", "You say, .{1,3}hello")
        client.line("QUIT")
        client.expect_close()

    def test_who_and_info_before_the_login(self):
        client = self.player(login=False)
        self.answer(client, "INFO", "### Begin INFO 1.1\r\n.*### End INFO")
        self.answer(client, "WHO", "Player Name.*Players logged in")

    def test_letters_reach_a_client_in_the_charset_it_has(self):
        cases = (("utf-8", Policy(will={CHARSET}, do={CHARSET}), "é € 日".encode(), "é".encode()),
                 ("latin-1", Policy(will={CHARSET}, do={CHARSET}, charset=b"ISO-8859-1"), b"\xe9 ? ?", b"\xe9"),
                 ("silent", Policy(silent=True), "é € 日".encode(), "é".encode()))
        for name, policy, shown, typed in cases:
            with self.subTest(client=name):
                client = self.player(policy)
                self.assertEqual(self.thought(client, "[chr(233)] [chr(8364)] [chr(26085)]", "a"), shown)
                client.send(b"think <b<h" + typed + b"llo [ord(" + typed + b")]>b>\r\n")
                match = client.expect(b"<b<(.*?)>b>\r\n")
                self.assertEqual(match.group(1), b"h" + typed + b"llo 233")

    def test_chr_255_is_doubled_on_the_wire_and_single_in_the_text(self):
        client = self.player(Policy(will={CHARSET}, do={CHARSET}, charset=b"ISO-8859-1"))
        self.assertEqual(self.thought(client, "[chr(255)]", "c"), b"\xff")
        self.assertIn(b"<c<\xff\xff>c>", client.raw)
        client.send(b"think <d<\xff\xff [ord(\xff\xff)]>d>\r\n")
        self.assertEqual(client.expect(b"<d<(.*?)>d>\r\n").group(1), b"\xff 255")

    def test_a_restarting_game_keeps_its_players_and_asks_nothing_again(self):
        rich = Policy(will={TTYPE, NAWS, CHARSET, NEW_ENVIRON}, do={EOR, CHARSET})
        client = self.player(rich)
        self.assertEqual(self.thought(client, "[chr(8364)]", "e"), "€".encode())
        before = len(client.events)
        while True:  # in its first seconds it says that it has just started
            if b"try again" not in self.answer(client, "@restart", "Restart by Wizard|try again in a few").group(0):
                break
            select.select([], [], [], 0.5)
        client.expect("Restart finished")
        self.assertEqual(self.thought(client, "[chr(8364)] again", "f"), "€ again".encode())
        self.assertEqual(client.negotiations(before), [])
        self.assertEqual(self.gw.session_count(), 1)

    def test_the_game_knows_the_window_of_the_player(self):
        client = self.player(Policy(will={NAWS, TTYPE}, size=(93, 41)))
        self.assertEqual(self.thought(client, "[width(me)] [height(me)]", "g"), b"93 41")
        client.resize(61, 22)
        # The game is told before the next line is.
        self.assertEqual(self.thought(client, "[width(me)] [height(me)]", "h"), b"61 22")

    def test_a_game_that_is_killed_and_started_again_keeps_its_players(self):
        client = self.player(config={"world": {"redial_max": "1s"}})
        stop(self.mux)
        client.expect("The game has gone away")
        client.line("think first <[add(1,1)]>")
        client.expect("1 command waiting")
        start(self.mux)
        client.expect("connect <name>|connect")
        client.line(LOGIN)
        client.expect("Auxiliary Room")
        client.line("send")
        client.expect("first <2>")
        self.assertEqual(self.gw.session_count(), 1)

    def test_a_player_who_quits_is_gone_though_nobody_else_plays(self):
        client = self.player()
        client.line("QUIT")
        client.expect_close()
        self.gw.wait_for_sessions(0)

    def test_two_players_see_each_other(self):
        client = self.player()
        other = self.join(login=False)
        self.answer(other, "WHO", "Wizard")
        self.answer(client, "WHO", "Wizard")


if __name__ == "__main__":
    unittest.main()
