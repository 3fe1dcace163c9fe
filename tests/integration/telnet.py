"""Telnet as bytes, from either end: one Peer class plays clients and games alike.

A Peer never answers an option that its Policy does not name, other than refusing it, and keeps everything that
arrived, in order, for tests to look at.
"""

import os
import re
import select
import socket
import time

IAC, DONT, DO, WONT, WILL, SB, GA, EL, NOP, EOR_CMD, SE = 255, 254, 253, 252, 251, 250, 249, 248, 241, 239, 240
BINARY, ECHO, SGA, TTYPE, EOR, NAWS, LINEMODE, NEW_ENVIRON, CHARSET, GMCP = 0, 1, 3, 24, 25, 31, 34, 39, 42, 201
VERBS = {DO: "do", DONT: "dont", WILL: "will", WONT: "wont"}
CODES = {name: code for code, name in VERBS.items()}

# Seconds until a test gives up on a peer; generous, because machines may be slow.
PATIENCE = float(os.environ.get("WYLDGATE_PATIENCE", "60"))


def escape(data):
    return bytes(data).replace(b"\xff", b"\xff\xff")


def command(verb, option):
    return bytes([IAC, CODES[verb], option])


def subnegotiation(option, payload):
    return bytes([IAC, SB, option]) + escape(payload) + bytes([IAC, SE])


def gmcp(package, body=""):
    return subnegotiation(GMCP, (package + (" " + body if body else "")).encode())


class Decoder:
    """Splits a stream into ('text', bytes), ('do'|'dont'|'will'|'wont', option), ('sb', option, payload), ('ga',)..."""

    def __init__(self):
        self.rest = b""

    def feed(self, data):
        data = self.rest + data
        events, text, i = [], bytearray(), 0

        def flush():
            if text:
                events.append(("text", bytes(text)))
                text.clear()

        while i < len(data):
            if data[i] != IAC:
                text.append(data[i])
                i += 1
                continue
            if i + 1 >= len(data):
                break
            code = data[i + 1]
            if code == IAC:
                text.append(IAC)
                i += 2
            elif code in VERBS:
                if i + 2 >= len(data):
                    break
                flush()
                events.append((VERBS[code], data[i + 2]))
                i += 3
            elif code == SB:
                end, payload = i + 3, bytearray()
                while end + 1 < len(data) and not (data[end] == IAC and data[end + 1] == SE):
                    payload.append(data[end])
                    end += 2 if data[end] == IAC else 1
                if end + 1 >= len(data):
                    break
                flush()
                events.append(("sb", data[i + 2], bytes(payload)))
                i = end + 2
            else:
                flush()
                events.append(({GA: "ga", EOR_CMD: "eor", NOP: "nop"}.get(code, "command%d" % code),))
                i += 2
        self.rest = data[i:]
        flush()
        return events


class Policy:
    """What a peer agrees to. Everything else is refused, or left unanswered when `silent`."""

    def __init__(self, will=(), do=(), silent=False, names=(b"TESTER", b"XTERM", b"MTTS 13"), size=(80, 24),
                 charset=b"UTF-8", environ=None):
        self.will, self.do, self.silent = set(will), set(do), silent
        self.names, self.size, self.charset = list(names), size, charset
        self.environ = environ or {}


SILENT = dict(silent=True)


class Closed(AssertionError):
    pass


class Peer:
    def __init__(self, sock, policy=None, name="peer"):
        self.sock, self.policy, self.name = sock, policy or Policy(silent=True), name
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.decoder = Decoder()
        self.raw = bytearray()
        self.events = []          # everything, in order
        self.text = bytearray()   # text only
        self.seen = 0             # how much of `text` expect() has consumed
        self.us, self.them, self.ttype_round = set(), set(), 0
        self.closed = False

    # --- Sending ---------------------------------------------------------------------------------------

    def send(self, data):
        for verb, option in re.findall(rb"\xff([\xfb-\xfe])(.)", data, re.S):  # what it commits us to
            have = self.us if verb[0] in (WILL, WONT) else self.them
            if verb[0] in (WILL, DO):
                have.add(option[0])
            else:
                have.discard(option[0])
        self.sock.sendall(data)

    def line(self, text):
        if isinstance(text, str):
            text = text.encode()
        self.send(escape(text) + b"\r\n")

    def offer(self, verb, option):
        self.send(command(verb, option))

    def resize(self, columns, rows):
        self.policy.size = (columns, rows)
        self.send(self.size_message())

    def size_message(self):
        columns, rows = self.policy.size
        return subnegotiation(NAWS, columns.to_bytes(2, "big") + rows.to_bytes(2, "big"))

    # --- Receiving -------------------------------------------------------------------------------------

    def pump(self, timeout):
        """Reads what is there, waiting at most `timeout`; False when nothing came."""
        if self.closed:
            return False
        if not select.select([self.sock], [], [], max(0.0, timeout))[0]:
            return False
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.close()  # as clients do
            return False
        self.raw += data
        for event in self.decoder.feed(data):
            self.events.append(event)
            if event[0] == "text":
                self.text += event[1]
            else:
                self.react(event)
        return True

    def react(self, event):
        kind, policy, out = event[0], self.policy, b""
        if kind in ("do", "will"):
            option = event[1]
            allowed, have, yes, no = ((policy.will, self.us, "will", "wont") if kind == "do" else
                                      (policy.do, self.them, "do", "dont"))
            if option in have:
                return
            if option in allowed:
                have.add(option)
                out = command(yes, option)
                if kind == "do" and option == NAWS:
                    out += self.size_message()
            elif not policy.silent:
                out = command(no, option)
        elif kind in ("dont", "wont"):
            option = event[1]
            have, answer = (self.us, "wont") if kind == "dont" else (self.them, "dont")
            if option in have:
                have.discard(option)
                out = command(answer, option)
        elif kind == "sb":
            out = self.react_to_subnegotiation(event[1], event[2])
        if out:
            try:
                self.send(out)
            except ConnectionError:
                self.closed = True

    def react_to_subnegotiation(self, option, payload):
        policy = self.policy
        if option == TTYPE and payload == b"\x01" and TTYPE in self.us:
            name = policy.names[min(self.ttype_round, len(policy.names) - 1)]
            self.ttype_round += 1
            return subnegotiation(TTYPE, b"\0" + name)
        if option == CHARSET and payload[:1] == b"\x01":
            offered = re.split(re.escape(payload[1:2]), payload[2:])
            if policy.charset in offered:
                return subnegotiation(CHARSET, b"\x02" + policy.charset)
            return subnegotiation(CHARSET, b"\x03")
        if option == NEW_ENVIRON and payload[:1] == b"\x01" and NEW_ENVIRON in self.us:
            out = b"\0"
            for key, value in policy.environ.items():
                if len(payload) <= 2 or key in payload:
                    out += b"\0" + key + b"\x01" + value
            return subnegotiation(NEW_ENVIRON, out)
        return b""

    def wait(self, condition, what, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while True:
            found = condition()
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or (not self.pump(left) and self.closed):
                found = condition()
                if found:
                    return found
                kind = Closed if self.closed else AssertionError
                raise kind("%s: %s while waiting for %s; last text: %r; last events: %r" % (
                    self.name, "closed" if self.closed else "nothing", what, bytes(self.text[-600:]),
                    [e for e in self.events if e[0] != "text"][-12:]))

    def expect(self, pattern, timeout=PATIENCE):
        """Waits for `pattern` in the text not consumed yet, consumes up to its end, returns the match."""
        if isinstance(pattern, str):
            pattern = pattern.encode()
        regex = re.compile(pattern, re.S)

        def find():
            return regex.search(self.text, self.seen)

        match = self.wait(find, repr(pattern), timeout)
        self.before = bytes(self.text[self.seen:match.start()])
        self.seen = match.end()
        return match

    def expect_event(self, *event, after=0, timeout=PATIENCE):
        """Waits for an event from index `after` on; None in `event` matches anything. Returns its index."""

        def find():
            for i in range(after, len(self.events)):
                have = self.events[i]
                if len(have) >= len(event) and all(e is None or e == h for e, h in zip(event, have)):
                    return i + 1
            return 0

        return self.wait(find, repr(event), timeout) - 1

    def expect_gmcp(self, package, after=0, timeout=PATIENCE):
        """Waits for a GMCP message and returns (index, body text)."""

        def find():
            for i in range(after, len(self.events)):
                if self.events[i][:2] == ("sb", GMCP):
                    name, _, body = self.events[i][2].decode().partition(" ")
                    if name.lower() == package.lower():
                        return (i, body)
            return None

        return self.wait(find, "GMCP " + package, timeout)

    def expect_close(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not self.closed:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("%s: still open; last text: %r" % (self.name, bytes(self.text[-600:])))
            self.pump(left)

    def negotiations(self, after=0):
        return [e for e in self.events[after:] if e[0] in CODES or e[0] == "sb"]

    def drain(self):
        while self.pump(0):
            pass

    def close(self):
        self.closed = True
        self.sock.close()

    def reset(self):
        """Closes with RST, as a crashed client's system does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()


def connect(port, policy=None, name="client", host="127.0.0.1", receive_bytes=None):
    sock = socket.socket()
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.settimeout(PATIENCE)
    sock.connect((host, port))
    return Peer(sock, policy, name)
