"""Two hundred ill-behaved clients at once, and one player who should notice nothing."""

import json
import os
import random
import select
import socket
import threading
import time
import unittest

import harness
import telnet
import websocket
from telnet import command, subnegotiation

CLIENTS = 200
SECONDS = 20 if harness.QUICK else 60

# The first half of the chaos brings what grows to a high-water mark (slots, maps, the allocator's arenas) there. Where
# a slow machine has brought it higher in the second half, a third decides: a leak would show in each. The slack is for
# fragmentation, and under a sanitizer for its quarantine and shadow.
SLACK_BYTES = {"asan": 96 << 20, "tsan": 192 << 20}.get(harness.PRESET, 6 << 20)


class Actor:
    """One bad client. Never blocks: what the socket does not take is dropped."""

    def __init__(self, number, gateway, rng):
        self.web, self.gateway, self.rng = number % 2 == 1, gateway, rng
        self.name = "Imp" + "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))
        self.sock, self.slow_until = None, 0.0

    def open(self):
        self.sock = socket.socket()
        if self.rng.random() < 0.3:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        try:
            self.sock.connect(("127.0.0.1", self.gateway.http_port if self.web else self.gateway.telnet_port))
        except OSError:
            return self.leave()
        self.sock.setblocking(False)
        if self.web:
            roll = self.rng.random()
            if roll < 0.05:
                return self.put(b"GET /ws HTTP/1.1\r\nHost: x\r\n")  # and no more
            if roll < 0.1:
                return self.put(self.rng.randbytes(200))
            self.put(websocket.upgrade_request(self.gateway.http_port))
            self.say({"type": "hello", "client": "imp", "columns": self.rng.randrange(70000), "rows": 24,
                      "gmcp": ["Char 1", "Room 1"]})
        elif self.rng.random() < 0.5:
            self.put(command("will", 31) + subnegotiation(31, self.rng.randbytes(4)) + command("do", 201))
        self.line(self.name)

    def put(self, data):
        try:
            self.sock.send(data)
        except BlockingIOError:
            pass
        except OSError:
            self.leave()

    def say(self, message):
        self.put(websocket.frame_bytes(1, json.dumps(message).encode()))

    def line(self, text):
        if self.sock is None:
            return
        if self.web:
            self.say({"type": "line", "text": text})
        else:
            self.put(text.encode() + b"\r\n")

    def leave(self, hard=False):
        if self.sock is None:
            return
        if hard:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()
        self.sock = None

    def act(self, now):
        rng = self.rng
        if self.sock is None:
            return self.open()
        roll = rng.random()
        if roll < 0.55:
            self.line(rng.choice(["look", "n", "s", "e", "w", "who", "say ho hum", "help", ":hops", "rest", "score",
                                  "say " + "x" * rng.randrange(900), "tell imp psst", "shout boo", "", "quit"]))
        elif roll < 0.75:
            self.put(self.garbage())
        elif roll < 0.85:
            self.slow_until = now + rng.uniform(0.5, 6.0)
            for _ in range(30):
                self.line("help")
        else:
            self.leave(hard=rng.random() < 0.5)

    def garbage(self):
        rng = self.rng
        pieces = [lambda: rng.randbytes(rng.randrange(1, 300)),
                  lambda: bytes(rng.choice([255, 250, 240, 251, 253, 24, 31, 201, 0, 65]) for _ in range(60)),
                  lambda: b"\xff\xfa\xc9" + b"Core.Hello {" * 50,  # without an end
                  lambda: subnegotiation(201, rng.randbytes(rng.randrange(20000))),
                  lambda: b"a" * 9000]
        if self.web:
            pieces += [lambda: websocket.frame_bytes(rng.randrange(16), rng.randbytes(rng.randrange(200))),
                       lambda: websocket.frame_bytes(1, b"{" * 500), lambda: websocket.frame_bytes(1, b"x", fin=False),
                       lambda: websocket.frame_bytes(1, b'{"type":"line"}'), lambda: websocket.frame_bytes(9, b"p" * 125),
                       lambda: b"\x81\xff" + b"\x7f" * 8]
        return rng.choice(pieces)()


class Chaos(threading.Thread):
    def __init__(self, gateway, seed):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.actors = [Actor(i, gateway, self.rng) for i in range(CLIENTS)]
        self.over, self.failure, self.acts = threading.Event(), None, 0

    def run(self):
        try:
            for actor in self.actors:
                actor.open()
            while not self.over.is_set():
                now = time.monotonic()
                for actor in self.rng.sample(self.actors, 10):
                    if now >= actor.slow_until:
                        actor.act(now)
                        self.acts += 1
                poller = select.poll()
                readers = {}
                for actor in self.actors:
                    if actor.sock is not None and now >= actor.slow_until:
                        readers[actor.sock.fileno()] = actor
                        poller.register(actor.sock, select.POLLIN)
                for fd, _ in poller.poll(5):
                    try:
                        if not readers[fd].sock.recv(1 << 16):
                            readers[fd].leave()
                    except BlockingIOError:
                        pass
                    except OSError:
                        readers[fd].leave()
        except Exception as error:  # shown by the test
            self.failure = error
        finally:
            for actor in self.actors:
                actor.leave()


class ChaosTest(harness.Case):
    def test_two_hundred_bad_clients_disturb_nobody_and_leave_nothing_behind(self):
        seed = int(os.environ.get("WYLDGATE_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
        print("      chaos: seed %d (WYLDGATE_SEED repeats it), %d clients, %d s" % (seed, CLIENTS, SECONDS), flush=True)
        gw = self.gateway(config={"limits": {"output_bytes": "32KiB", "slow_reader_deadline": "3s",
                                             "login_deadline": "10s", "http_head_deadline": "3s",
                                             "hold": "1s"},
                                  "log": {"level": "info"}},
                          environment={"ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=8"})
        control = self.enter_demo(gw, "Control")
        for way, place in (("e", "Lamplighters' Row"), ("e", "The Glassworks")):
            control.line(way)
            control.expect(place)
        descriptors = gw.descriptor_count()
        asked = self.storm(gw, control, seed, 0)
        for part in (1, 2):
            resident = gw.resident_bytes()
            asked = self.storm(gw, control, seed + part, asked)
            grown = gw.resident_bytes() - resident
            print("      chaos: resident %+.1f MiB" % (grown / (1 << 20)), flush=True)
            if grown < SLACK_BYTES:
                break
        self.assertEqual(bytes(control.text).count(b'You say, "mark '), asked)
        self.settle(lambda: gw.descriptor_count() <= descriptors, "descriptors: %d at the start" % descriptors)
        print("      chaos: %d sessions" % gw.output.count("session_opened"), flush=True)
        self.assertLess(grown, SLACK_BYTES)

    def storm(self, gateway, control, seed, asked):
        """Half of the chaos, until nobody but the control is left. Returns how often that was answered in all."""
        chaos = Chaos(gateway, seed)
        chaos.start()
        slowest, end = 0.0, time.monotonic() + SECONDS / 2
        try:
            while time.monotonic() < end:
                began = time.monotonic()
                control.line("say mark %d" % asked)
                control.expect('You say, "mark %d"\r\n' % asked)
                control.line("look furnace")
                control.expect("pretends it was roaring\\s+all along")
                slowest = max(slowest, time.monotonic() - began)
                asked += 1
                self.assertTrue(chaos.is_alive(), chaos.failure)
                select.select([], [], [], 0.05)  # a person's pace
        finally:
            chaos.over.set()
            chaos.join(60)
        self.assertIsNone(chaos.failure)
        gateway.wait_for_sessions(1)
        control.line("who")
        control.expect("One traveller is about")
        print("      chaos: %d acts; the slowest answers to the control took %.0f ms" % (chaos.acts, slowest * 1000),
              flush=True)
        return asked

    def settle(self, condition, what):
        end = time.monotonic() + telnet.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            select.select([], [], [], 0.05)


if __name__ == "__main__":
    unittest.main()
