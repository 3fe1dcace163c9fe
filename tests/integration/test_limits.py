"""What one client can use up, whatever it does with its connection. Figures: bench/scenarios/limits.py."""

import socket
import time

import harness
from telnet import ECHO, SGA, Policy, command


class Limits(harness.Case):
    def test_hanging_up_does_not_make_waiting_lines_run_at_once(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"limits": {"lines_per_second": 10, "lines_burst": 5},
                                            "resume": {"codes": False}})
        client = gw.client()
        inside = game.accept(waiting=client)
        began = time.monotonic()
        client.send(b"".join(b"line %d\r\n" % i for i in range(2000)))
        inside.expect(b"line 5\r\n")
        client.reset()
        inside.expect_close()
        self.assertLessEqual(bytes(inside.text).count(b"\n"), 5 + 10 * (time.monotonic() - began) + 1)

    def test_a_held_session_is_heard_at_its_pace_and_to_the_end(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"limits": {"lines_per_second": 20, "lines_burst": 5}})
        page = gw.websocket()
        inside = game.accept(waiting=page)
        page.line("hello")
        page.expect_message(type="token")
        began = time.monotonic()
        page.say({"type": "line", "text": "\n".join("line %d" % i for i in range(60))})
        inside.expect(b"line 6\r\n")
        page.close()
        inside.expect(b"line 59\r\n")
        self.assertGreater(time.monotonic() - began, (60 - 5) / 20 * 0.8)

    def test_a_client_that_hangs_up_is_noticed_while_its_lines_wait(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"limits": {"lines_per_second": 1, "lines_burst": 2},
                                            "resume": {"codes": False}})
        client = gw.client()
        inside = game.accept(waiting=client)
        client.send(b"line\r\n" * 2000)
        inside.expect(b"line\r\n")
        client.sock.shutdown(socket.SHUT_WR)
        inside.expect_close()  # not only when all of it has been read, half an hour later

    def test_more_than_may_wait_is_said_once(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        page = gw.websocket()
        inside = game.accept(waiting=page)
        page.line("hello")
        inside.expect(b"hello\r\n")
        page.line("\n" * 90000)
        page.expect("You are sending too fast: some of your input was dropped.")

    def test_lines_have_a_rate_in_character_mode_too(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"limits": {"lines_per_second": 10, "lines_burst": 5},
                                            "resume": {"codes": False}})
        client = gw.client(Policy(do={ECHO, SGA}))
        inside = game.accept(waiting=client)
        inside.send(command("will", ECHO) + command("will", SGA) + b"Press a key: ")
        client.expect("Press a key: ")
        client.wait(lambda: {ECHO, SGA} <= client.them, "character mode")
        began = time.monotonic()
        client.send(b"x\r\n" * 2000)
        inside.wait(lambda: b"x" in inside.text, "a key")
        client.reset()
        inside.expect_close()
        self.assertLessEqual(bytes(inside.text).count(b"x"), 5 + 10 * (time.monotonic() - began) + 1)
