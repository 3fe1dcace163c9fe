"""The log: it never stops the gateway, and a flood of refusals does not flood it."""

import fcntl
import os
import re
import signal
import unittest

import harness


def full_pipe():
    """Both ends of a pipe that takes not one byte more."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 512)
    except BlockingIOError:
        pass
    os.set_blocking(writing, True)
    return reading, writing


class StalledReader(harness.Case):
    def setUp(self):
        super().setUp()
        self.reading, writing = full_pipe()
        self.gw = self.gateway(stderr=writing)
        os.close(writing)

    def tearDown(self):
        os.close(self.reading)
        super().tearDown()

    def test_players_come_play_and_leave_and_sigterm_stops_it(self):
        alice = self.enter_demo(self.gw, "Alice")
        for i in range(3):  # each arrival and each departure is a line in the log
            client = self.gw.client()
            client.expect("Your name: ")
            client.close()
            alice.line("say %d" % i)
            alice.expect('You say, "%d"' % i)
        self.gw.signal(signal.SIGTERM)
        alice.expect("shutting down")
        self.assertEqual(self.gw.exit_code(), 0)

    def test_the_lines_come_when_it_is_read_again(self):
        alice = self.enter_demo(self.gw, "Alice")
        text = b""
        while b"session_opened" not in text:
            text += os.read(self.reading, 65536)
        alice.line("say hello")
        alice.expect('You say, "hello"')


class Refusals(harness.Case):
    def test_an_addresses_refusals_are_a_line_and_a_count(self):
        gw = self.gateway(config={"limits": {"connections_per_address": 1, "new_per_second_per_address": 10000,
                                             "new_burst_per_address": 10000, "exempt_networks": []}})
        inside = self.enter_demo(gw, "Alice")
        for _ in range(50):
            refused = gw.client()
            refused.expect("too many connections from your address")
            refused.expect_close()
        inside.line("say still here")
        inside.expect('You say, "still here"')
        gw.signal(signal.SIGTERM)
        self.assertEqual(gw.exit_code(), 0)
        first = re.findall(r"info connection_refused address=127.0.0.1 why=\"There are too many", gw.output)
        more = re.findall(r"info connections_refused address=127.0.0.1 times=(\d+) why=\"There are too many", gw.output)
        self.assertEqual(len(first) + sum(map(int, more)), 50)
        self.assertEqual(len(first), len(more))
        self.assertLess(len(first), 10, "one each minute")


if __name__ == "__main__":
    unittest.main()
