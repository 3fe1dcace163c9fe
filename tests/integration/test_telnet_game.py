"""The gateway between scripted clients and a scripted game: every option, both sides, byte by byte."""

import json
import os
import socket
import subprocess
import time
import unittest

import harness
import telnet
from telnet import (CHARSET, ECHO, EOR, GMCP, LINEMODE, NAWS, NEW_ENVIRON, SGA, TTYPE, Policy, command, gmcp,
                    subnegotiation)

RICH = dict(will={TTYPE, NAWS, NEW_ENVIRON, CHARSET}, do={EOR, GMCP, ECHO, SGA, CHARSET})


MNES = 512  # the gateway speaks it for every client


def mtts_of(answer):
    return int(answer.removeprefix(b"MTTS "))


class RestartingGame(harness.Game):
    """A game whose process may go and come, on the same port."""

    def stop_listening(self):
        self.listener.close()

    def listen_again(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.listener.settimeout(telnet.PATIENCE)


class TelnetGame(harness.Case):
    def between(self, client_policy=None, game_policy=None, config=None):
        """A gateway, a client attached through it, and the game's end of that client."""
        self.game = harness.Game(self)
        self.gw = self.gateway(self.game.url, config=config)
        return self.join(client_policy, game_policy)

    def join(self, client_policy=None, game_policy=None):
        client = self.gw.client(client_policy or Policy(silent=True))
        return client, self.game.accept(game_policy or Policy(silent=True), waiting=client)

    def fence(self, client, game, word):
        """Everything sent before this, both ways, has arrived after it."""
        client.line(word)
        game.expect(word + "\r\n")
        game.line(word + " seen")
        client.expect(word + " seen\r\n")

    # --- Text ------------------------------------------------------------------------------------------

    def test_a_client_that_never_negotiates_plays(self):
        client, game = self.between()
        game.send(b"Welcome\r\nName: ")
        client.expect("Welcome\r\nName: ")
        client.send(b"alice\r\n")
        game.expect("alice\r\n")
        self.assertEqual(game.negotiations(), [], "the game was asked for nothing, so it is told nothing")

    def test_line_ends_of_every_kind_reach_the_game_as_cr_lf(self):
        client, game = self.between()
        client.send(b"one\r\ntwo\ncarriage\r\0four\r\n")
        game.expect("^one\r\ntwo\r\ncarriage\r\nfour\r\n")

    def test_one_line_in_many_segments_and_many_lines_in_one(self):
        client, game = self.between()
        for byte in b"say \xff\xff in pieces\r\n":
            client.send(bytes([byte]))
        game.expect(b"^say [^\r]* in pieces\r\n")
        client.send(b"".join(b"line %d\r\n" % i for i in range(50)))
        for i in range(50):
            game.expect(b"line %d\r\n" % i)
        for byte in b"\x1b[1;31mred\x1b[0m\r\n":
            game.send(bytes([byte]))
        client.expect(b"\x1b\\[1;31mred\x1b\\[0m\r\n")

    def test_utf8_split_between_segments_arrives_whole(self):
        client, game = self.between()
        for byte in "日本 €\r\n".encode():
            game.send(bytes([byte]))
        client.expect("日本 €\r\n".encode())

    def test_a_typed_ff_goes_to_a_latin_1_game_doubled_and_back(self):
        client, game = self.between(Policy(will={CHARSET}, do={CHARSET}, charset=b"ISO-8859-1"),
                                    config={"world": {"charset": "iso-8859-1"}})
        client.send(b"y\xff\xff!\r\n")
        game.expect(b"y\xff!\r\n")
        self.assertIn(b"y\xff\xff!\r\n", game.raw)
        game.send(b"<\xff\xff>\r\n")
        client.expect(b"<\xff>\r\n")
        self.assertIn(b"<\xff\xff>\r\n", client.raw)

    def test_a_latin_1_game_and_a_utf8_client_understand_each_other(self):
        client, game = self.between(Policy(will={CHARSET}, do={CHARSET}), config={"world": {"charset": "iso-8859-1"}})
        game.send(b"caf\xe9\r\n")
        client.expect("café\r\n".encode())
        client.line("né €")
        game.expect(b"n\xe9 \x80\r\n")
        game.send(b"ma\x9e \x93and the rest\x94\r\n")
        client.expect("maž “and the rest”\r\n".encode())

    def test_a_client_that_refuses_charset_gets_what_the_game_writes_without_it(self):
        client, game = self.between(Policy(do={EOR}), config={"world": {"charset": "iso-8859-1"}})
        game.offer("do", CHARSET)
        game.expect_event("wont", CHARSET)
        game.send(b"caf\xe9 \x93here\x94\r\n")
        client.expect(b"caf\xe9 \"here\"\r\n")
        client.line("né")  # and is one of UTF-8 after all
        game.expect(b"n\xe9\r\n")
        game.send(b"caf\xe9\r\n")
        client.expect("café\r\n".encode())

    def test_sga_alone_is_refused_so_that_prompts_are_marked(self):
        client, game = self.between(Policy(**RICH))
        game.offer("will", SGA)
        game.expect_event("dont", SGA)

    # --- Options ---------------------------------------------------------------------------------------

    def test_a_game_that_asks_late_is_answered_from_what_the_client_said_at_the_start(self):
        client, game = self.between(Policy(names=(b"TESTER", b"XTERM-256COLOR", b"MTTS 271"), size=(101, 33), **RICH))
        client.expect_event("sb", TTYPE)
        self.fence(client, game, "ready")
        before = len(client.events)
        game.policy.do = {TTYPE, NAWS}
        game.offer("do", TTYPE)
        game.expect_event("will", TTYPE)
        names = self.ask_names(game)
        self.assertEqual(names[:2], [b"TESTER", b"XTERM-256COLOR"])
        self.assertEqual(mtts_of(names[2]) & ~MNES, 271)
        game.offer("do", NAWS)
        game.expect_event("sb", NAWS, b"\0\x65\0\x21")
        self.fence(client, game, "after")
        self.assertEqual(client.negotiations(before), [], "the client is not asked again")

    def test_a_resize_reaches_the_game(self):
        client, game = self.between(Policy(size=(90, 20), **RICH), Policy(do={NAWS}))
        game.offer("do", NAWS)
        game.expect_event("sb", NAWS, b"\0\x5a\0\x14")
        client.resize(255, 40)  # 255 is IAC
        game.expect_event("sb", NAWS, b"\0\xff\0\x28")
        self.assertIn(b"\xff\xfa\x1f\0\xff\xff\0\x28\xff\xf0", game.raw)

    def test_a_client_that_negotiates_late_is_heard(self):
        client, game = self.between(Policy(silent=True))
        game.offer("do", NAWS)
        game.expect_event("will", NAWS)
        client.policy = Policy(size=(77, 22), **RICH)
        client.send(command("will", NAWS) + client.size_message())
        game.expect_event("sb", NAWS, b"\0\x4d\0\x16")

    def test_unknown_options_are_refused_on_both_sides(self):
        client, game = self.between(Policy(silent=True), Policy(silent=True))
        for peer in (client, game):
            for option in (LINEMODE, 70, 86, 99, 254):
                after = len(peer.events)
                peer.send(command("do", option))
                peer.expect_event("wont", option, after=after)
                peer.send(command("will", option))
                peer.expect_event("dont", option, after=after)

    def test_a_game_cannot_make_the_gateway_loop(self):
        client, game = self.between()
        for _ in range(20):
            game.send(command("will", ECHO) + command("wont", ECHO) + command("wont", 99) + command("dont", 99))
        self.fence(client, game, "still")
        answers = [e for e in game.negotiations() if e[1] == 99]
        self.assertEqual(answers, [], "what is off already needs no answer (RFC 854)")

    def test_password_masking_and_its_end(self):
        client, game = self.between(Policy(**RICH))
        for _ in range(2):
            after = len(client.events)
            game.send(b"Password: " + command("will", ECHO))
            game.expect_event("do", ECHO)
            client.expect("Password: ")
            client.expect_event("will", ECHO, after=after)
            client.line("s3cret-word")
            game.expect("s3cret-word\r\n")
            after = len(client.events)
            game.send(command("wont", ECHO) + b"\r\nIn.\r\n")
            client.expect("In.\r\n")
            client.expect_event("wont", ECHO, after=after)
        self.assertNotIn("s3cret-word", self.gw.output)
        self.assertEqual(bytes(client.text).count(b"s3cret-word"), 0)

    def test_masking_works_for_a_client_that_answers_nothing(self):
        client, game = self.between(Policy(silent=True))
        game.send(command("will", ECHO) + b"Password: ")
        client.expect_event("will", ECHO)
        client.expect("Password: ")
        client.line("x")
        game.expect("x\r\n")
        game.send(command("wont", ECHO) + b"ok\r\n")
        client.expect_event("wont", ECHO)

    def test_prompts_marked_with_ga_or_eor_are_marked_for_the_client_as_it_agreed(self):
        for client_policy, mark in ((Policy(do={EOR}, will={TTYPE}), "eor"), (Policy(will={TTYPE}), "ga")):
            for game_policy, sent in ((Policy(do={EOR}), b"\xff\xef"), (Policy(), b"\xff\xf9")):
                with self.subTest(client=mark, game=sent):
                    client, game = self.between(client_policy, game_policy)
                    if sent == b"\xff\xef":
                        game.send(command("will", EOR))
                        game.expect_event("do", EOR)
                    game.send(b"HP 10> " + sent)
                    client.expect("HP 10> ")
                    client.expect_event(mark)

    def test_text_gmcp_and_prompt_keep_their_order(self):
        client, game = self.between(Policy(**RICH), Policy(do={GMCP}))
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        start = len(client.events)
        for i in range(20):
            game.send(b"text %d\r\n" % i + gmcp("Test.Count", str(i)) + b"prompt %d> " % i + b"\xff\xf9")
        client.expect("prompt 19> ")
        client.expect_event("eor", after=client.expect_gmcp("Test.Count", start)[0])
        client.wait(lambda: [e[0] for e in client.events[start:]].count("eor") >= 20, "20 prompts")
        flow = []
        for event in client.events[start:]:
            if event[0] == "text":
                flow += [w.decode() for w in event[1].replace(b"\r\n", b" ").split() if w[:1].isdigit()]
            elif event[:2] == ("sb", GMCP):
                flow.append("gmcp " + event[2].decode().split(" ")[1])
            elif event[0] == "eor":
                flow.append("eor")
        self.assertEqual(flow, sum(([str(i), "gmcp %d" % i, "%d>" % i, "eor"] for i in range(20)), []))

    def test_gmcp_goes_both_ways_with_hello_and_supports(self):
        client, game = self.between(Policy(**RICH), Policy(do={GMCP}))
        client.expect_event("will", GMCP)
        client.send(gmcp("Core.Hello", '{"client":"Tester","version":"1.0"}'))
        client.send(gmcp("Core.Supports.Set", '["Char 1","Room 1"]'))
        client.send(gmcp("Core.Supports.Add", '["Comm.Channel 1"]'))
        self.fence(client, game, "ready")
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        self.assertEqual(json.loads(game.expect_gmcp("Core.Hello")[1])["client"], "Tester")
        supports = json.loads(game.expect_gmcp("Core.Supports.Set")[1])
        self.assertEqual(sorted(s.split()[0] for s in supports), ["Char", "Comm.Channel", "Room"])
        game.send(gmcp("Char.Vitals", '{"hp":1}') + gmcp("Room.Info", '{"name":"Caf\u00e9"}'))
        self.assertEqual(json.loads(client.expect_gmcp("Char.Vitals")[1]), {"hp": 1})
        self.assertEqual(json.loads(client.expect_gmcp("Room.Info")[1]), {"name": "Café"})
        client.send(gmcp("Char.Items.Inv", '""'))
        game.expect_gmcp("Char.Items.Inv")

    def test_gmcp_is_for_clients_that_have_it(self):
        client, game = self.between(Policy(), Policy(do={GMCP}))
        game.send(command("will", GMCP))
        game.expect_event("dont", GMCP)

    def test_gmcp_that_the_client_agrees_to_late_reaches_the_game(self):
        client, game = self.between(Policy(silent=True), Policy(do={GMCP}))
        game.send(command("will", GMCP))
        self.fence(client, game, "early")
        client.send(command("do", GMCP))
        client.send(gmcp("Core.Hello", '{"client":"Late","version":"2"}'))
        game.expect_event("do", GMCP)
        game.send(gmcp("Char.Vitals", '{"hp":2}'))
        client.expect_gmcp("Char.Vitals")

    def test_invalid_gmcp_goes_nowhere_and_breaks_nothing(self):
        client, game = self.between(Policy(**RICH), Policy(do={GMCP}))
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        client.expect_event("will", GMCP)
        for bad in (b"bad/name {}", b"\x1b[2J {}", b"Char.Vitals \xff\xff", b""):
            client.send(subnegotiation(GMCP, bad))
        for bad in (b"bad/name {}", b"\x1b[2J {}", b""):
            game.send(subnegotiation(GMCP, bad))
        self.fence(client, game, "after")
        self.assertFalse([e for e in game.events if e[:2] == ("sb", GMCP) and e[2][:1] in (b"C", b"b")])
        self.assertFalse([e for e in client.events if e[:2] == ("sb", GMCP) and b"\x1b" in e[2]])

    def test_an_oversized_subnegotiation_is_swallowed_whole(self):
        client, game = self.between(Policy(**RICH), Policy(do={GMCP}))
        game.send(command("will", GMCP))
        game.expect_event("do", GMCP)
        client.send(subnegotiation(GMCP, b"Big.One {\"x\":\"" + b"a" * 60_000 + b"\"}"))
        client.line("player after")
        game.expect("^player after\r\n")
        game.send(subnegotiation(GMCP, b"Big.Two {\"x\":\"" + b"a" * 1_100_000 + b"\"}") + b"game after\r\n")
        client.expect("^game after\r\n")
        self.assertFalse([e for e in client.events + game.events if e[:2] == ("sb", GMCP) and b"Big." in e[2]])

    def test_character_mode_passes_keys_and_lines_come_back_after_it(self):
        client, game = self.between(Policy(**RICH), Policy(do={ECHO, SGA}, will={SGA}))
        game.send(command("will", ECHO) + command("will", SGA))
        client.expect_event("will", ECHO)
        client.expect_event("will", SGA)
        client.send(b"k")
        game.expect(b"k")
        game.send(command("wont", ECHO) + command("wont", SGA) + b"lines\r\n")
        client.expect("lines\r\n")
        client.expect_event("wont", ECHO)
        client.send(b"hal")
        client.send(b"lo\r\n")
        game.expect("hallo\r\n")

    def ask_names(self, game):
        names = []
        for _ in range(3):
            after = len(game.events)
            game.send(subnegotiation(TTYPE, b"\x01"))
            names.append(game.events[game.expect_event("sb", TTYPE, after=after)][2][1:])
        return names

    # --- Who the player is -----------------------------------------------------------------------------

    def ask_address(self, game):
        game.offer("do", NEW_ENVIRON)
        game.expect_event("will", NEW_ENVIRON)
        game.send(subnegotiation(NEW_ENVIRON, b"\x01\x00IPADDRESS\x03IPADDRESS"))
        return game.events[game.expect_event("sb", NEW_ENVIRON)][2]

    def test_the_address_is_told_only_when_the_operator_says_so(self):
        client, game = self.between(config={"world": {"send_address": "new-environ"}})
        self.assertIn(b"127.0.0.1", self.ask_address(game))
        client, game = self.between()
        self.assertNotIn(b"127.0.0.1", self.ask_address(game))

    def test_a_client_cannot_claim_an_address(self):
        policy = Policy(environ={b"IPADDRESS": b"198.51.100.9"}, **RICH)
        client, game = self.between(policy, config={"world": {"send_address": "new-environ"}})
        answer = self.ask_address(game)
        self.assertNotIn(b"198.51.100.9", answer)
        self.assertIn(b"127.0.0.1", answer)

    def test_the_proxy_bit_is_announced_only_on_request(self):
        for announce, bits in ((False, 13), (True, 13 + 128)):
            with self.subTest(announce=announce):
                client, game = self.between(Policy(**RICH), config={"world": {"announce_proxy": announce}})
                client.expect_event("sb", TTYPE)
                game.offer("do", TTYPE)
                game.expect_event("will", TTYPE)
                self.assertEqual(mtts_of(self.ask_names(game)[2]) & ~MNES, bits)

    # --- Endings ---------------------------------------------------------------------------------------

    def test_a_game_that_lets_a_player_go_while_it_lives_ends_the_session(self):
        client, game = self.between()
        self.fence(client, game, "in")
        game.send(b"Bye now.\r\n")
        game.close()
        client.expect("Bye now.\r\n")
        question = self.game.accept()
        question.send(b"Welcome\r\nName: ")
        client.expect("The game has closed the connection")
        client.expect_close()
        question.expect_close()

    def test_a_player_who_quits_while_others_play_is_let_go_at_once(self):
        client, game = self.between(config={"server": {"shards": 1}})
        other, others_game = self.join()
        self.fence(client, game, "in")
        self.fence(other, others_game, "in")
        client.line("QUIT")
        game.expect("QUIT\r\n")
        game.close()
        client.expect("The game has closed the connection")
        client.expect_close()
        self.fence(other, others_game, "still in")

    def test_a_player_who_leaves_is_gone_from_the_game(self):
        client, game = self.between()
        client.line("last words")
        client.close()
        game.expect("last words\r\n")
        game.expect_close()
        client, game = self.join()
        client.reset()
        game.expect_close()

    def test_what_the_game_says_last_is_not_lost(self):
        client, game = self.between()
        lines = b"".join(b"%06d last words of a long evening\r\n" % i for i in range(4000))
        self.fence(client, game, "in")
        game.send(lines)
        game.close()
        client.expect("003999 last words of a long evening\r\n")

    # --- Restarts --------------------------------------------------------------------------------------

    def test_a_connection_that_breaks_is_made_again_and_the_client_is_asked_nothing(self):
        client, game = self.between(Policy(names=(b"TESTER", b"XTERM"), size=(101, 33), **RICH))
        client.expect_event("sb", TTYPE)
        self.fence(client, game, "in")
        before = len(client.events)
        client.line("kill dragon")
        game.expect("kill dragon\r\n")
        game.reset()
        client.expect("The game has gone away")
        game = self.game.accept(Policy(do={NAWS}))
        game.send(b"Welcome back. Name: ")
        client.expect("Welcome back. Name: ")
        game.offer("do", NAWS)
        game.expect_event("sb", NAWS, b"\0\x65\0\x21")
        self.fence(client, game, "again")
        self.assertEqual(client.negotiations(before), [], "the client is not asked again")
        self.assertIn(b"kill dragon", client.text, "what was in flight is named")
        self.assertNotIn(b"kill dragon", game.text, "and not sent again")
        self.assertEqual(self.gw.session_count(), 1)

    def test_a_game_that_is_not_there_is_waited_for(self):
        self.game = RestartingGame(self)
        self.game.stop_listening()
        self.gw = self.gateway(self.game.url, config={"world": {"redial_max": "1s"}})
        client = self.gw.client()
        client.expect("The game cannot be reached \\(Connection refused\\)")
        browser = self.gw.websocket()
        browser.expect("cannot be reached")
        self.game.listen_again()
        for _ in range(2):
            self.game.accept().send(b"Welcome at last\r\n")
        client.expect("Welcome at last")
        browser.expect("Welcome at last")

    def test_a_restart_keeps_every_player(self):
        self.game = RestartingGame(self)
        self.gw = self.gateway(self.game.url, config={"server": {"shards": 1}, "world": {"redial_max": "1s"}})
        players = [self.join() for _ in range(5)]
        for client, game in players:
            self.fence(client, game, "in")
        self.game.stop_listening()
        for _, game in players:
            game.close()
        for client, _ in players:
            client.expect("The game has gone away")
        self.game.listen_again()
        for _ in players:
            self.game.accept().send(b"Name: ")
        for client, _ in players:
            client.expect("Name: ")
        self.assertEqual(self.gw.session_count(), 5)
        self.assertEqual(self.gw.output.count("world_back"), 1)

    def test_commands_typed_while_the_game_is_away_wait_for_the_players_word(self):
        self.game = RestartingGame(self)
        self.gw = self.gateway(self.game.url, config={"world": {"redial_max": "1s"}})
        client, game = self.join()
        self.fence(client, game, "in")
        self.game.stop_listening()
        game.reset()
        client.expect("The game has gone away")
        client.line("first")
        client.line("second")
        client.expect("2 commands waiting")
        self.game.listen_again()
        game = self.game.accept()
        game.send(b"Name: ")
        client.expect("Name: ")
        client.line("alice")
        game.expect("^alice\r\n")
        client.line("send")
        game.expect("first\r\nsecond\r\n")

    def test_a_game_that_turns_players_away_while_it_boots_is_not_back_yet(self):
        self.game = RestartingGame(self)
        self.gw = self.gateway(self.game.url, config={"world": {"redial_max": "1s"}})
        client, game = self.join()
        self.fence(client, game, "in")
        self.game.stop_listening()
        game.reset()
        client.expect("The game has gone away")
        client.line("north")
        client.expect("1 command waiting")
        self.game.listen_again()
        for _ in range(3):
            booting = self.game.accept(waiting=client)
            booting.send(b"*** SERVER IS OFFLINE ***\r\n")
            booting.close()
        game = self.game.accept(waiting=client)
        game.send(b"Welcome. Name: ")
        client.expect("Welcome. Name: ")
        shown = bytes(client.text)
        self.assertNotIn(b"OFFLINE", shown)
        self.assertEqual(shown.count(b"gone away"), 1, "one notice")
        client.line("send")
        game.expect("north\r\n")

    def test_a_game_that_restarts_in_place_is_answered_anew(self):
        client, game = self.between(Policy(size=(101, 33), **RICH), Policy())
        client.expect_event("will", GMCP)
        client.send(gmcp("Core.Hello", '{"client":"Tester","version":"1.0"}'))
        self.fence(client, game, "ready")
        burst = command("will", GMCP) + command("do", TTYPE) + command("do", NAWS)
        for _ in range(3):
            start = len(game.events)

            def answered():
                said = game.events[start:]
                return (("do", GMCP) in said and ("will", TTYPE) in said and ("will", NAWS) in said and
                        any(e[:2] == ("sb", NAWS) for e in said) and
                        any(e[:2] == ("sb", GMCP) and e[2].startswith(b"Core.Hello") for e in said))

            end = time.monotonic() + telnet.PATIENCE
            while not answered() and time.monotonic() < end:  # too soon after the last burst it is not heard
                game.send(burst)
                game.pump(0.5)
            self.assertTrue(answered(), game.events[start:])

    def test_a_login_template_learns_the_account_from_the_first_login(self):
        template = os.path.join(self.folder(), "login")
        with open(os.open(template, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write('expect "Name:"\nsend "${account}"\nexpect "Password:"\nsend "${secret}"\nexpect "RETURN"\n'
                      'send ""\nsuccess "Welcome"\nfailure "Wrong"\nsecret alice "s3cret-word"\n')
        self.game = RestartingGame(self)
        self.gw = self.gateway(self.game.url,
                               config={"world": {"redial_max": "1s", "login_template_file": template}})
        self.assertIn("login_template_needs_account", self.gw.output)
        client, game = self.join()
        game.send(b"Name: ")
        client.expect("Name: ")
        client.line("Alice")
        game.expect("^Alice\r\n")
        game.send(b"Welcome, Alice.\r\n")
        client.expect("Welcome, Alice.")
        game.reset()
        client.expect("The game has gone away")
        game = self.game.accept(waiting=client)
        game.send(b"Name: ")
        game.expect("^Alice\r\n")
        game.send(b"Password: ")
        game.expect("s3cret-word\r\n")
        game.send(b"Press RETURN ")
        game.expect("\r\n")

    def test_a_login_template_brings_the_player_in_and_sends_the_queue(self):
        template = os.path.join(self.folder(), "login")
        with open(os.open(template, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write('expect "Name:"\nsend "guest"\nexpect "Password:"\nsend "${secret:guest}"\n'
                      'success "Welcome"\nfailure "Wrong"\nsecret guest "s3cret-word"\n')
        self.game = RestartingGame(self)
        self.gw = self.gateway(self.game.url,
                               config={"world": {"redial_max": "1s", "login_template_file": template}})
        client, game = self.join()
        self.fence(client, game, "in")
        self.game.stop_listening()
        game.reset()
        client.expect("The game has gone away")
        client.line("first")
        client.expect("1 command waiting")
        self.game.listen_again()
        game = self.game.accept()
        game.send(b"Name: ")
        game.expect("^guest\r\n")
        game.send(b"Password: " + command("will", ECHO))
        game.expect("s3cret-word\r\n")
        game.send(command("wont", ECHO) + b"\r\nWelcome, guest.\r\n")
        game.expect("first\r\n")
        self.assertNotIn("s3cret-word", self.gw.output)
        self.assertNotIn(b"s3cret-word", client.text)

    def test_a_login_template_that_others_can_read_is_refused_with_the_command_to_run(self):
        template = os.path.join(self.folder(), "login")
        with open(template, "w", encoding="utf-8") as out:
            out.write('send "x"\nsuccess "y"\n')
        os.chmod(template, 0o644)
        run = subprocess.run([harness.gateway_binary(), "run", "--telnet", "127.0.0.1:0", "--http", "off",
                              "--world", "telnet://127.0.0.1:1"], capture_output=True, text=True, check=False,
                             env={**os.environ, "XDG_STATE_HOME": self.folder(),
                                  "WYLDGATE_WORLD_LOGIN_TEMPLATE_FILE": template})
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("chmod 600 " + template, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
