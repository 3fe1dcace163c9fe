"""The gateway as a process: how it starts, refuses to start, stops, and keeps its limits."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
import unittest

import harness
import telnet
from telnet import NAWS, TTYPE, Policy

STRICT = {"exempt_networks": []}


class Start(harness.Case):
    def run_gateway(self, *arguments, environment=None):
        folder = self.folder()
        program = harness.Program([harness.gateway_binary(), "run", *arguments], folder, environment, "wyldgate")
        self.track(program)
        return program.exit_code(), program.output

    def assert_one_sentence(self, output, *words):
        lines = [line for line in output.splitlines() if line.startswith("wyldgate:")]
        self.assertEqual(len(lines), 1, output)
        for word in words:
            self.assertIn(word, lines[0])

    def test_a_port_of_every_interface_is_shown_once(self):
        for _ in range(10):  # another program may take the port in between
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            program = harness.Program([harness.gateway_binary(), "run", "--telnet", str(port), "--http", "off", "--store",
                                       "memory"], self.folder(), name="wyldgate")
            self.track(program)
            if program.expect("Ctrl-C stops it|port is in use").group() == "Ctrl-C stops it":
                break
        self.assertEqual(program.output.count("  Telnet  telnet localhost %d\n" % port), 1, program.output)

    def test_a_port_in_use_is_one_sentence_and_exit_1(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for flag, other in (("--telnet", "--http"), ("--http", "--telnet")):
                code, output = self.run_gateway(flag, address, other, "127.0.0.1:0")
                self.assertEqual(code, 1, output)
                self.assert_one_sentence(output, address, "in use", flag)

    def test_two_gateways_do_not_share_a_port_unawares(self):
        first = self.gateway()
        code, output = self.run_gateway("--telnet", "127.0.0.1:%d" % first.telnet_port, "--http", "off")
        self.assertEqual(code, 1)
        self.assert_one_sentence(output, "in use")
        self.enter_demo(first, "Alice")

    def wait_until_open(self, port, program):
        give_up = time.monotonic() + harness.PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                self.assertIsNone(program.poll(), "it has ended")
                self.assertLess(time.monotonic(), give_up, "it does not listen")
                time.sleep(0.01)

    def test_closed_standard_descriptors_are_not_given_to_sockets(self):
        for closed in ("2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"):
            port = harness.free_port()
            program = subprocess.Popen(
                ["sh", "-c", "exec %s run --telnet 127.0.0.1:%d --http off --store memory %s"
                 % (harness.gateway_binary(), port, closed)], cwd=self.folder(),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(program.wait)
            self.addCleanup(program.kill)
            self.wait_until_open(port, program)
            for number in (1, 2):  # those that are written to; a library may have taken 0 before main()
                self.assertEqual(os.readlink("/proc/%d/fd/%d" % (program.pid, number)), "/dev/null", closed)

    def test_a_bad_address_is_refused(self):
        for arguments in (("--telnet", "127.0.0.1:99999"), ("--telnet", "no spaces allowed:1"), ("--http", "127.0.0.1"),
                          ("--world", "gopher://x"), ("--world", "telnet://127.0.0.1")):
            code, output = self.run_gateway(*arguments)
            self.assertIn(code, (2, 78), output)
            self.assertIn(arguments[0], output)
            self.assertEqual(len(output.strip().splitlines()), 1, output)

    def test_an_address_that_is_not_here_is_exit_1(self):
        code, output = self.run_gateway("--telnet", "192.0.2.1:0", "--http", "off")
        self.assertEqual(code, 1, output)
        self.assert_one_sentence(output, "192.0.2.1")

    def test_a_game_whose_name_is_unknown_is_exit_1(self):
        # A label over 63 letters cannot be asked for: the resolver says no without sending anything.
        host = "x" * 64 + ".invalid"
        code, output = self.run_gateway("--telnet", "127.0.0.1:0", "--http", "off", "--world", "telnet://%s:1" % host)
        self.assertEqual(code, 1, output)
        self.assert_one_sentence(output, host)

    def test_an_unreadable_configuration_is_exit_78(self):
        folder = self.folder()
        code, output = self.run_gateway("--config", os.path.join(folder, "missing.toml"))
        self.assertEqual(code, 78, output)
        self.assertIn("missing.toml", output)
        code, output = self.run_gateway("--config", folder)
        self.assertEqual(code, 78, output)

    def test_every_mistake_of_a_configuration_is_told_at_once(self):
        path = os.path.join(self.folder(), "bad.toml")
        with open(path, "w", encoding="utf-8") as out:
            out.write("[limits]\nline_byte = 5\nlogin_deadline = \"soon\"\n[listne]\n")
        code, output = self.run_gateway("--config", path)
        self.assertEqual(code, 78, output)
        for place in ("bad.toml:2:", "bad.toml:3:", "bad.toml:4:", "line_bytes", "listen"):
            self.assertIn(place, output)

    def test_usage_mistakes_are_exit_2(self):
        code, output = self.run_gateway("--no-such-flag")
        self.assertEqual(code, 2, output)


class Stop(harness.Case):
    def test_sigterm_tells_every_player_and_exits_0(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            gw = self.gateway()
            alice = self.enter_demo(gw, "Alice")
            stranger = gw.client()
            stranger.expect("Your name: ")
            browser = gw.websocket()
            browser.expect("Your name: ")
            gw.signal(number)
            for peer in (alice, stranger):
                peer.expect("shutting down")
                peer.expect_close()
            bye = browser.expect_message(type="bye")
            self.assertIn("shutting down", bye["text"])
            browser.expect_close()
            self.assertEqual(gw.exit_code(), 0)
            with self.assertRaises(ConnectionError):
                telnet.connect(gw.telnet_port)

    def test_a_terminal_that_closes_stops_it_in_good_order(self):
        port = harness.free_port()
        terminal = harness.Terminal(self, [harness.gateway_binary(), "run", "--telnet", "127.0.0.1:%d" % port,
                                           "--http", "off", "--store", "memory"],
                                    environment={"WYLDGATE_WORLD_ACCOUNTS": "false"})
        terminal.expect("Ctrl-C stops it")
        client = telnet.connect(port)
        client.expect("Your name: ")
        for _ in range(2):  # from the kernel and from a shell
            os.kill(terminal.pid, signal.SIGHUP)
        client.expect("shutting down")
        client.expect_close()
        self.assertEqual(terminal.wait_exit(), 0)

    def test_signals_that_mean_nothing_to_it_leave_the_players_alone(self):
        gw = self.gateway()
        alice = self.enter_demo(gw, "Alice")
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
                       signal.SIGIO, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGWINCH):
            gw.signal(number)
            alice.line("say %d" % number)
            alice.expect('You say, "%d"' % number)
        gw.expect("signal_ignored signal=SIGHUP")
        gw.expect("signal_ignored signal=SIGUSR1")

    def test_a_player_who_does_not_read_holds_it_no_longer_than_the_drain(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"server": {"drain_timeout": "1s"}})
        client = gw.client(receive_bytes=4096)
        inside = game.accept(waiting=client)
        inside.sock.settimeout(0.5)
        try:
            for _ in range(4000):  # until nobody takes any more
                inside.send(b"x" * 4096 + b"\r\n")
        except OSError:
            pass
        began = time.monotonic()
        gw.signal(signal.SIGTERM)
        self.assertEqual(gw.exit_code(), 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.5)

    def test_a_second_signal_forces(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"server": {"drain_timeout": "10m"}})
        client = gw.client(receive_bytes=4096)
        inside = game.accept(waiting=client)
        inside.sock.settimeout(0.5)
        try:
            for _ in range(4000):
                inside.send(b"x" * 4096 + b"\r\n")
        except OSError:
            pass
        gw.signal(signal.SIGTERM)
        gw.expect("stopping")
        gw.signal(signal.SIGTERM)
        self.assertEqual(gw.exit_code(), 1)
        self.tracked.remove(gw)


class CoreDumps(harness.Case):
    @staticmethod
    def leaves_core(pid):
        resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.kill(pid, signal.SIGABRT)
        return os.WCOREDUMP(os.waitpid(pid, 0)[1])

    def crash(self, **settings):
        gw = self.gateway(config={"server": settings})
        self.tracked.remove(gw)
        harness.LIVE.discard(gw.pid)
        return self.leaves_core(gw.pid)

    def test_passwords_in_memory_do_not_reach_a_core_dump(self):
        self.assertFalse(self.crash())

    def test_they_can_be_had_to_find_a_crash(self):
        other = subprocess.Popen(["sleep", "1000"], cwd=self.folder())
        system_dumps = self.leaves_core(other.pid)
        if not harness.SANITIZED:  # sanitizers forbid them too
            self.assertEqual(self.crash(core_dumps=True), system_dumps)


class Limits(harness.Case):
    def test_a_line_too_long_is_told_once_and_the_next_is_fine(self):
        game = harness.Game(self)
        gw = self.gateway(game.url)
        client = gw.client()
        inside = game.accept(waiting=client)
        client.line(b"a" * 4096)
        inside.expect(b"^a{4096}\r\n")
        for _ in range(10):
            client.send(b"b" * 4096)
        client.line("")
        client.line("after")
        inside.expect(b"after\r\n")
        inside.line("noted")
        client.expect("noted")
        self.assertEqual(bytes(client.text).count(b"too long"), 1, client.text)
        self.assertNotIn(b"b" * 4097, inside.text)

    def test_lines_beyond_the_rate_wait_and_none_is_lost(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"limits": {"lines_per_second": 50, "lines_burst": 20}})
        client = gw.client()
        inside = game.accept(waiting=client)
        began = time.monotonic()
        client.send(b"".join(b"line %d\r\n" % i for i in range(120)))
        inside.expect(b"line 119\r\n")
        self.assertGreater(time.monotonic() - began, (120 - 20) / 50 * 0.8)
        self.assertEqual(bytes(inside.text), b"".join(b"line %d\r\n" % i for i in range(120)))

    def admitted(self, gw):
        """A client in a place that somebody has left; the gateway may hear of it a moment later."""
        deadline = time.monotonic() + 30
        while True:
            client = gw.client(name="in a place that was left")
            try:
                client.expect("Your name: ")
                return client
            except telnet.Closed:
                if time.monotonic() > deadline:
                    raise

    def test_connections_per_address_are_bounded_and_freed(self):
        gw = self.gateway(config={"limits": {"connections_per_address": 3, **STRICT}})
        clients = [gw.client(name="client %d" % i) for i in range(3)]
        for client in clients:
            client.expect("Your name: ")
        extra = gw.client(name="one too many")
        extra.expect("too many connections from your address")
        extra.expect_close()
        clients.pop().close()
        again = self.admitted(gw)
        for client in clients + [again]:
            client.close()

    def test_websockets_count_as_connections_too(self):
        gw = self.gateway(config={"limits": {"connections_per_address": 1, **STRICT}})
        client = gw.client()
        client.expect("Your name: ")
        # A browser shows what a WebSocket says, not an HTTP status: the refusal comes as a message.
        refused = gw.websocket()
        refused.expect_message(type="bye", reason="refused",
                               text="There are too many connections from your address.")
        refused.expect_close()
        client.close()

    def test_players_at_the_login_are_bounded_apart(self):
        gw = self.gateway(config={"limits": {"unauthenticated_per_address": 1, **STRICT}})
        inside = self.enter_demo(gw, "Alice")
        waiting = gw.client()
        waiting.expect("Your name: ")
        third = gw.client()
        third.expect("still logging in")
        third.expect_close()
        waiting.line("Bob")
        waiting.expect("\n> ")
        fourth = gw.client()
        fourth.expect("Your name: ")
        for client in (inside, waiting, fourth):
            client.close()

    def test_new_connections_have_a_rate(self):
        gw = self.gateway(config={"limits": {"new_per_second_per_address": 1, "new_burst_per_address": 2, **STRICT}})
        refused = 0
        for client in [gw.client() for _ in range(20)]:  # all at once, however slow the machine is
            client.expect("Your name: |connecting too often")
            refused += b"too often" in client.text
            client.close()
        self.assertGreater(refused, 0)

    def test_loopback_is_exempt_unless_said_otherwise(self):
        gw = self.gateway(config={"limits": {"connections_per_address": 1}})
        for client in [gw.client() for _ in range(5)]:
            client.expect("Your name: ")
            client.close()

    def test_the_whole_gateway_has_a_bound(self):
        gw = self.gateway(config={"limits": {"connections": 2}})
        clients = [gw.client() for _ in range(2)]
        for client in clients:
            client.expect("Your name: ")
        extra = gw.client()
        extra.expect("full")
        extra.expect_close()
        for client in clients:
            client.close()

    def test_a_login_has_a_deadline_and_a_player_inside_has_none(self):
        gw = self.gateway(config={"limits": {"login_deadline": "2s"}})
        inside = self.enter_demo(gw, "Alice")
        waiting = gw.client()
        waiting.expect("Your name: ")
        browser = gw.websocket()
        browser.expect("Your name: ")
        waiting.expect("took too long")
        waiting.expect_close()
        browser.expect_message(type="bye")
        browser.expect_close()
        inside.line("say still here")
        inside.expect("You say, \"still here\"")

    def test_a_client_that_says_nothing_at_all_is_let_go(self):
        gw = self.gateway(config={"limits": {"login_deadline": "1s", "http_head_deadline": "1s"}})
        silent = gw.client()
        half = socket.create_connection(("127.0.0.1", gw.http_port))
        half.settimeout(telnet.PATIENCE)
        half.sendall(b"GET /ws HT")
        silent.expect_close()
        while half.recv(4096):
            pass
        half.close()

    def test_a_slow_reader_is_let_go_and_nobody_else_notices(self):
        gw = self.gateway(config={"limits": {"slow_reader_deadline": "2s", "output_bytes": "16KiB", "hold": "1s",
                                             "lines_per_second": 10000, "lines_burst": 100000}})
        slow = gw.client(name="slow", receive_bytes=4096)
        slow.expect("Your name: ")
        slow.line("Slow")
        slow.expect("\n> ")
        alice, bob = self.enter_demo(gw, "Alice"), self.enter_demo(gw, "Bob")
        # `slow` stops reading; Alice talks until it is gone, and Bob hears every word.
        gw.wait_for_sessions(3)
        shouted, words = 0, "x" * 900
        end = time.monotonic() + telnet.PATIENCE
        while gw.session_count() == 3 and time.monotonic() < end:
            for _ in range(5):  # less than anyone's output bound at once
                alice.line("shout %d %s" % (shouted, words))
                shouted += 1
            alice.expect(r'You shout, "%d\s' % (shouted - 1))
            bob.expect(r'Alice shouts, "%d\s' % (shouted - 1))
        gw.wait_for_sessions(2, timeout=1)
        heard = [int(n) for n in re.findall(rb'Alice shouts, "(\d+)\s', bob.text)]
        self.assertEqual(heard, list(range(shouted)))
        slow.expect_close()
        alice.line("who")
        alice.expect("2 travellers are about")

    def test_a_negotiation_without_end_ends(self):
        gw = self.gateway()
        client = gw.client()
        client.expect("Your name: ")
        try:
            for _ in range(200):
                client.send(telnet.command("do", 99) * 100)
        except OSError:
            pass
        client.expect_close()
        self.enter_demo(gw, "Alice")


if __name__ == "__main__":
    unittest.main()
