"""The smallest WebSocket client that is one (RFC 6455), for the gateway's JSON form."""

import base64
import hashlib
import json
import os
import re
import select
import socket
import struct
import time

from telnet import PATIENCE

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
JSON_FORM = "v1.json.wyldgate"
SGR = re.compile("\x1b\\[[0-9;]*m")


def upgrade_request(port, key=b"dGhlIHNhbXBsZSBub25jZQ==", subprotocol=JSON_FORM):
    return (b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n"
            % (port, key, subprotocol.encode()))


def frame_bytes(opcode, payload, fin=True):
    """A masked frame, as clients send them."""
    mask = os.urandom(4)
    head = bytes([(0x80 if fin else 0) | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", len(payload))
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    body = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
    return head + mask + body


class WebSocket:
    def __init__(self, port, hello=True, gmcp=True, subprotocol=JSON_FORM, connect_only=False):
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.messages, self.text, self.seen = [], "", 0
        self.fragments, self.close_code, self.closed = b"", None, False
        if connect_only:
            return
        key = base64.b64encode(os.urandom(16))
        self.sock.sendall(upgrade_request(port, key, subprotocol))
        end = time.monotonic() + PATIENCE
        while b"\r\n\r\n" not in self.buffer:
            if not self.read(end - time.monotonic()):
                raise AssertionError("websocket: no answer to the upgrade: %r" % self.buffer)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        if not self.head.startswith("HTTP/1.1 101"):
            raise AssertionError("websocket: refused: %r" % self.head)
        accept = base64.b64encode(hashlib.sha1(key + KEY_SUFFIX).digest()).decode()
        if accept not in self.head:
            raise AssertionError("websocket: wrong accept: %r" % self.head)
        self.parse()  # what came in one segment with the answer
        if hello:
            message = {"type": "hello", "client": "integration", "version": "1", "columns": 80, "rows": 24}
            if gmcp:
                message["gmcp"] = ["Char 1", "Room 1", "Comm.Channel 1"]
            self.say(message)

    def read(self, timeout):
        if not select.select([self.sock], [], [], max(0.0, timeout))[0]:
            return False
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.close()
            return False
        self.buffer += data
        return True

    def frame(self, opcode, payload, fin=True):
        self.sock.sendall(frame_bytes(opcode, payload, fin))

    def say(self, message):
        self.frame(1, json.dumps(message).encode())

    def line(self, text):
        self.say({"type": "line", "text": text})

    def pump(self, timeout):
        if self.closed or not self.read(timeout):
            return False
        self.parse()
        return True

    def parse(self):
        while True:
            data = self.buffer
            if len(data) < 2:
                return
            count, at = data[1] & 127, 2
            if count == 126:
                if len(data) < 4:
                    return
                count, at = struct.unpack(">H", data[2:4])[0], 4
            elif count == 127:
                if len(data) < 10:
                    return
                count, at = struct.unpack(">Q", data[2:10])[0], 10
            if len(data) < at + count:
                return
            self.handle(data[0] & 15, bool(data[0] & 0x80), data[at:at + count])
            self.buffer = data[at + count:]

    def handle(self, opcode, fin, payload):
        if opcode == 8:
            self.close_code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
        elif opcode == 9:
            self.frame(10, payload)
        elif opcode in (0, 1):
            self.fragments += payload
            if fin:
                message = json.loads(self.fragments.decode())
                self.fragments = b""
                self.messages.append(message)
                if message["type"] in ("text", "notice", "bye"):
                    self.text += SGR.sub("", message["text"])

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
                raise AssertionError("websocket: %s while waiting for %s; last text %r; last messages %r" % (
                    "closed" if self.closed else "nothing", what, self.text[-400:], self.messages[-4:]))

    def expect(self, pattern, timeout=PATIENCE):
        match = self.wait(lambda: re.compile(pattern, re.S).search(self.text, self.seen), pattern, timeout)
        self.seen = match.end()
        return match

    def expect_message(self, timeout=PATIENCE, after=0, **fields):
        def find():
            for message in self.messages[after:]:
                if all(message.get(k) == v for k, v in fields.items()):
                    return message
            return None

        return self.wait(find, repr(fields), timeout)

    def expect_close(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not self.closed:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("websocket: still open")
            self.pump(left)

    def close(self):
        self.closed = True
        self.sock.close()
