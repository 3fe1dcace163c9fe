#!/usr/bin/env python3
"""What one abusive client achieves, in figures: the table of docs/design/limits.md.

  bench/scenarios/limits.py              all of them, about two minutes
  bench/scenarios/limits.py reset held   some, by name
  bench/scenarios/limits.py --list       their names
  bench/scenarios/limits.py --bin PATH   another gateway than build/release/bin/wyldgate

Every figure has a bound, and the script fails if one is exceeded. Only 127.0.0.1 is used.
"""

import argparse
import json
import os
import re
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))

from harness import write_config  # noqa: E402
from websocket import WebSocket, frame_bytes  # noqa: E402

IN_FORCE = {"limits": {"exempt_networks": []}}  # else the loopback network is exempt


class Game(threading.Thread):
    """A telnet game that answers nothing, counts lines and bytes, and may talk by itself."""

    def __init__(self, talk=b""):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = "telnet://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.talk, self.said = talk, 0
        self.players, self.lines, self.bytes = set(), 0, 0
        self.start()

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        next_words = time.monotonic() + 1
        while True:
            for key, _ in selector.select(0.05):
                if key.fileobj is self.listener:
                    player, _ = self.listener.accept()
                    player.setblocking(False)
                    player.send(b"Welcome.\r\n")
                    selector.register(player, selectors.EVENT_READ)
                    self.players.add(player)
                    continue
                try:
                    data = key.fileobj.recv(65536)
                except OSError:
                    data = b""
                self.lines += data.count(b"\n")
                self.bytes += len(data)
                if not data:
                    selector.unregister(key.fileobj)
                    self.players.discard(key.fileobj)
                    key.fileobj.close()
            if self.talk and time.monotonic() >= next_words:
                next_words += 1
                for player in list(self.players):
                    try:
                        self.said += player.send(self.talk)
                    except OSError:
                        pass


class Gateway:
    def __init__(self, binary, world, config=None):
        self.folder = tempfile.mkdtemp(prefix="wyldgate-limits-")
        path = os.path.join(self.folder, "wyldgate.toml")
        sections = {"world": {"accounts": False}, "limits": {}}
        for section, keys in (config or {}).items():
            sections.setdefault(section, {}).update(keys)
        write_config(path, sections)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WYLDGATE_") and k != "DATABASE_URL"}
        environment["XDG_STATE_HOME"] = self.folder
        self.child = subprocess.Popen(
            [binary, "run", "--config", path, "--telnet", "127.0.0.1:0", "--http", "127.0.0.1:0", "--world", world],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=open(os.path.join(self.folder, "log"), "wb"))
        said = b""
        while b"Ctrl-C" not in said:
            more = os.read(self.child.stdout.fileno(), 65536)
            if not more:
                raise SystemExit("the gateway did not start: see %s/log" % self.folder)
            said += more
        self.telnet_port = int(re.search(rb"Telnet\s+telnet \S+ (\d+)", said).group(1))
        self.http_port = int(re.search(rb"Web\s+http://[^:]+:(\d+)/", said).group(1))

    def telnet(self):
        return socket.create_connection(("127.0.0.1", self.telnet_port), 10)

    def page(self):
        """A page whose player has typed one line, and who has a token."""
        page = WebSocket(self.http_port)
        page.line("connect guest")
        page.expect_message(type="token")
        return page

    def resident_bytes(self):
        with open("/proc/%d/status" % self.child.pid, encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def written_bytes(self):
        with open("/proc/%d/io" % self.child.pid, encoding="ascii") as io:
            return int(re.search(r"^write_bytes: (\d+)", io.read(), re.M).group(1))

    def log_size(self):
        return os.path.getsize(os.path.join(self.folder, "wyldgate", "wyldgate.db-wal"))

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


FIGURES = {}


class Figure:
    """One row of the table. `work(game, gateway)` returns the value. Without `make_game` the world is the demo."""

    def __init__(self, what, unit, at_most, config, make_game, work):
        self.what, self.unit, self.at_most = what, unit, at_most
        self.config, self.make_game, self.work = config, make_game, work

    def measure(self, binary):
        game = self.make_game() if self.make_game else None
        gateway = Gateway(binary, game.url if game else "demo", self.config)
        try:
            return self.work(game, gateway)
        finally:
            gateway.stop()


def figure(name, what, unit, at_most, config=None, make_game=Game):
    def register(work):
        FIGURES[name] = Figure(what, unit, at_most, config, make_game, work)
        return work
    return register


@figure("reset", "lines in the game within 2 s, after 30,000 were sent and the connection was reset", "lines", 200)
def lines_after_reset(game, gateway):
    client = gateway.telnet()
    client.sendall(b"hello\r\n")
    wait_until(lambda: game.lines == 1)
    client.sendall(b"x\n" * 30000)
    wait_until(lambda: game.lines > 1)
    reset(client)
    time.sleep(2)
    return game.lines


@figure("reset-resumable", "the same for a page, which can come back to its session", "lines", 200)
def lines_after_reset_of_a_page(game, gateway):
    page = gateway.page()
    page.line("\n" * 95000)
    wait_until(lambda: game.lines > 1)
    reset(page.sock)
    time.sleep(2)
    return game.lines


@figure("take-over", "lines in the game within 2 s, after ten connections took the session from each other", "lines",
        200)
def lines_after_take_overs(game, gateway):
    page = gateway.page()
    token = page.expect_message(type="token")["token"]
    pages = []
    for _ in range(10):
        page = WebSocket(gateway.http_port, hello=False)
        page.say({"type": "hello", "resume": {"token": token, "epoch": 0, "offset": 0}})
        page.expect_message(type="resumed")
        token = page.expect_message(type="token")["token"]
        page.line("\n" * 1000)
        pages.append(page)
    time.sleep(2)
    return game.lines


@figure("waiting-memory", "memory for one page message of 190 KiB of line ends, of 50 connections", "KiB each", 600)
def memory_of_waiting_lines(game, gateway):
    pages = [gateway.page() for _ in range(50)]
    before = gateway.resident_bytes()
    message = frame_bytes(1, json.dumps({"type": "line", "text": "\n" * 95000}).encode())
    for page in pages:
        page.sock.sendall(message)
    lines = game.lines
    wait_until(lambda: game.lines >= lines + 50 * 70)
    time.sleep(1)
    return (gateway.resident_bytes() - before) / 50 / 1024


@figure("hung-up", "connections at the game 3 s after 50 clients with unread input hung up", "connections", 0,
        config={"resume": {"codes": False}})
def connections_after_hanging_up(game, gateway):
    clients = []
    for _ in range(50):
        client = gateway.telnet()
        client.sendall(b"x\n" * 30000)
        clients.append(client)
    wait_until(lambda: len(game.players) == 50 and game.lines >= 50 * 80)
    for client in clients:
        client.shutdown(socket.SHUT_WR)
    time.sleep(3)
    return len(game.players)


@figure("held", "connections at the game that one address in force leaves behind in 20 s", "connections", 50,
        config=IN_FORCE)
def connections_left_behind(game, gateway):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            gateway.page().close()
        except (AssertionError, OSError):  # refused: too fast
            time.sleep(0.2)
    time.sleep(1)
    return len(game.players)


@figure("held-places", "the same for sessions of six seconds, where five connections are allowed", "connections", 5,
        config={"limits": {"exempt_networks": [], "connections_per_address": 5, "new_burst_per_address": 100}})
def connections_of_held_sessions(game, gateway):
    for _ in range(3):
        pages = [gateway.page() for _ in range(5)]
        time.sleep(6)
        for page in pages:
            page.close()
        time.sleep(0.5)
    return len(game.players)


# 50 connections of the address, and four in the reserve of each shard.
@figure("web", "descriptors that one address takes with 300 unfinished web requests", "descriptors",
        52 + 4 * os.cpu_count(), config=IN_FORCE, make_game=None)
def descriptors_of_unfinished_requests(_, gateway):
    descriptors = "/proc/%d/fd" % gateway.child.pid
    before = len(os.listdir(descriptors))
    requests = []
    for _ in range(300):
        requests.append(socket.create_connection(("127.0.0.1", gateway.http_port), 10))
        try:
            requests[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
        except OSError:  # it has given way
            pass
    time.sleep(1)
    taken = len(os.listdir(descriptors)) - before
    for request in requests:
        request.close()
    return taken


def flood(sock, message, seconds=3):
    """Sends `message(number)` as fast as it is taken, and reads what comes."""
    stop = threading.Event()

    def read():
        sock.settimeout(0.2)
        while not stop.is_set():
            try:
                if not sock.recv(65536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = b"".join(message(number + i) for i in range(100))
        number += 100
        try:
            sock.sendall(data)
        except TimeoutError:
            pass
    stop.set()
    reader.join()


def bytes_a_second(game, gateway, sock, message):
    """To the game, or a tenth of those to the disk, whichever is more, while `sock` floods."""
    time.sleep(0.5)
    to_game, to_disk, began = game.bytes, gateway.written_bytes(), time.monotonic()
    flood(sock, message)
    time.sleep(0.5)
    spent = time.monotonic() - began
    return max((game.bytes - to_game) / spent, (gateway.written_bytes() - to_disk) / spent / 10)


def page_message(**fields):
    return frame_bytes(1, json.dumps(fields).encode())


def flood_of_a_page(name, what, message):
    @figure(name, what, "bytes/s", 20000)
    def work(game, gateway):
        return bytes_a_second(game, gateway, gateway.page().sock, message)


@figure("interrupts", "bytes to the game, from a client that floods IAC IP", "bytes/s", 1000)
def bytes_of_interrupts(game, gateway):
    client = gateway.telnet()
    client.sendall(b"hello\r\n")
    wait_until(lambda: game.lines == 1)
    return bytes_a_second(game, gateway, client, lambda number: b"\xff\xf4")


flood_of_a_page("sizes", "to the game, or a tenth of those to the disk, from a page that floods sizes",
                lambda number: page_message(type="size", columns=80 + number % 100, rows=24))
flood_of_a_page("hellos", "the same, from a page that floods hello",
                lambda number: page_message(type="hello", client="c%d" % (number % 100)))
flood_of_a_page("codes", "the same, from a page that floods requests for a code",
                lambda number: page_message(type="code"))


def talking_game():
    return Game(talk=b"The wind blows from the north-west, and a bell tolls in the distance.\r\n" * 10)


@figure("held-writes", "bytes to the disk for each byte that a game says to 20 held sessions, in 60 s", "bytes", 20,
        make_game=talking_game)
def bytes_to_disk_for_held_sessions(game, gateway):
    for _ in range(20):
        gateway.page().close()
    said, written = game.said, gateway.written_bytes()
    time.sleep(60)
    return (gateway.written_bytes() - written) / max(1, game.said - said)


@figure("silent", "bytes to the store's log, from 20 connections that stay a second and say nothing", "bytes", 0)
def bytes_to_log_of_silent_clients(game, gateway):
    time.sleep(1)
    before = gateway.log_size()
    clients = [gateway.telnet() for _ in range(20)]
    wait_until(lambda: len(game.players) == 20)
    for client in clients:
        client.close()
    time.sleep(1.5)
    return gateway.log_size() - before


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures; default: all")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "release", "bin", "wyldgate"), metavar="PATH")
    parser.add_argument("--list", action="store_true", help="print the names and exit")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in FIGURES]
    if unknown:
        parser.error("there is no figure %s" % ", ".join(unknown))
    exceeded = 0
    for name in arguments.names or FIGURES:
        row = FIGURES[name]
        if arguments.list:
            print("%-16s %s" % (name, row.what))
            continue
        value = row.measure(arguments.bin)
        good = value <= row.at_most
        exceeded += not good
        print("%-4s %-16s %10.0f %s, at most %d: %s" % ("ok" if good else "OVER", name, value, row.unit, row.at_most,
                                                        row.what), flush=True)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
