"""Plays the gateway's part toward a world, by the book, and breaks on request: cuts streams, forgets, repeats itself.

It keeps score while it does: commands must be numbered without gaps, what is sent again must be what was sent first,
nothing may come before its time. What was not is in `violations`.

Threads  the test's, and one reader for each stream; everything is guarded by `more`, which is notified at each change.
"""

import os
import queue
import re
import sys
import threading
import time

import grpc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "examples", "world-python"))
from wyldgate_world import SERVICE, session_pb, world_pb  # noqa: E402  the generated messages

# Seconds until a check gives up; generous, because machines may be slow.
PATIENCE = float(os.environ.get("WYLDGATE_PATIENCE", "60"))


PACKAGE = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class Refused(Exception):
    """The world ended the stream: `code` and `details` say why."""

    def __init__(self, code, details):
        super().__init__("%s: %s" % (code, details))
        self.code, self.details = code, details


class Player:
    """A session as a gateway keeps it. `text` is what its screen has shown."""

    def __init__(self, gateway, session_id, attach):
        self.gateway, self.id, self.attach = gateway, session_id, attach
        self.number = self.line_number = self.last_command = self.acknowledged = 0
        self.unacknowledged = []  # SessionEvents, in order
        self.commands, self.text, self.notes = [], "", {}
        self.attached = None  # the world's answer on this stream
        self.knows_numbers = True  # False: the gateway was restarted, and has numbers again with Attached
        self.over = self.detached = False

    def line(self, text):
        with self.gateway.more:
            self.line_number += 1
            self.event(input=session_pb.Input(line=text, line_number=self.line_number))

    def event(self, **event):
        """Numbers an event and sends it, now or when there is a stream again."""
        with self.gateway.more:
            self.number += 1 if self.knows_numbers else 0
            message = session_pb.SessionEvent(session_id=self.id, sequence=self.number, **event)
            self.unacknowledged.append(message)
            if self.attached:
                self.gateway.send(world_pb.ConnectRequest(events=[message]))
            return message

    def detach(self, reason=session_pb.DETACH_REASON_CLOSED):
        with self.gateway.more:
            self.event(detach=session_pb.Detach(reason=reason))
            self.detached = True

    def of_kind(self, kind):
        with self.gateway.more:
            return [getattr(c, kind) for c in self.commands if c.WhichOneof("command") == kind]

    def expect(self, pattern, after=0, timeout=PATIENCE):
        regex = re.compile(pattern, re.S)
        return self.gateway.wait(lambda: regex.search(self.text, after), "the text %r" % pattern, self, timeout)

    def settle(self):
        """Until the world has acknowledged everything."""
        self.gateway.wait(lambda: not self.unacknowledged, "every acknowledgement", self)


class GatewayDouble:
    def __init__(self, address, key=None, name="double", credentials=None):
        self.address, self.name, self.key, self.credentials = address, name, key, credentials
        self.more = threading.Condition(threading.RLock())
        self.players, self.violations, self.hello = {}, [], None
        self.acknowledging = True
        self.world_is_durable = False  # True: it may not forget what it acknowledged, whatever happens to it
        self.process_id = os.urandom(8).hex()
        self.channel = self.call = self.outgoing = self.error = None
        self.streams = 0

    # Streams.

    def open_channel(self):
        options = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200),
                   ("grpc.use_local_subchannel_pool", 1)]
        if self.credentials:
            return grpc.secure_channel(self.address, self.credentials, options)
        return grpc.insecure_channel(self.address, options)

    def metadata(self):
        return (("authorization", "Bearer " + self.key),) if self.key else ()

    def open_stream(self, first=None):
        """Dials and says `first`; the reader starts. Use connect() unless the opening is what is tested."""
        self.channel = self.open_channel()
        self.outgoing, self.error, self.hello = queue.Queue(), None, None
        for player in self.players.values():
            player.attached = None
        connect = self.channel.stream_stream(
            "/%s/Connect" % SERVICE, request_serializer=world_pb.ConnectRequest.SerializeToString,
            response_deserializer=world_pb.ConnectResponse.FromString)
        self.call = connect(iter(self.outgoing.get, None), metadata=self.metadata(), wait_for_ready=True)
        self.streams += 1
        if first is not None:
            self.send(first)
        threading.Thread(target=self.read, args=(self.call, self.streams), daemon=True).start()

    def hello_message(self, version_min=1, version_max=1):
        return world_pb.ConnectRequest(hello=world_pb.GatewayHello(
            version_min=version_min, version_max=version_max, features=["edit", "broadcast", "notes", "side-channel-kinds", "from-the-future"],
            gateway=self.name, program="gateway_double.py", process_id=self.process_id, window=65536))

    def connect(self):
        """A stream on which every player is attached again and has what it lacked."""
        self.open_stream(self.hello_message())
        self.wait(lambda: self.hello, "the world's hello")
        with self.more:
            for player in self.players.values():
                if not player.over:
                    self.send_attach(player)
        self.wait(lambda: all(p.attached or p.over for p in self.players.values()), "every Attached")
        return self

    def reconnect(self):
        """connect() for a world that comes and goes: tries until one stream holds."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.connect()
            except Refused as refused:
                self.cut()
                if refused.code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED,
                                        grpc.StatusCode.UNKNOWN) or time.monotonic() > end:
                    raise

    def cut(self):
        """Breaks the stream; whatever is on its way may be lost."""
        with self.more:
            call, channel, outgoing, self.call = self.call, self.channel, self.outgoing, None
            self.streams += 1  # what the old reader still brings is too late
            for player in self.players.values():
                player.attached = None
        if call:
            call.cancel()
            outgoing.put(None)
            channel.close()

    def restart(self, remembers=True):
        """Another process of the same gateway. Without memory it knows sessions, lines and screens (they were
        stored), but not the numbers of its events."""
        self.cut()
        self.process_id = os.urandom(8).hex()
        for player in list(self.players.values()):
            player.attach.returning = True
            if not remembers:
                player.number, player.knows_numbers = 0, False
                player.unacknowledged = [e for e in player.unacknowledged if e.WhichOneof("event") in ("input", "detach")]
                for event in player.unacknowledged:
                    event.sequence = 0

    def send(self, request):
        with self.more:
            if self.outgoing:
                self.outgoing.put(request)

    # Players.

    def attach(self, **more):
        """A new session; returns when the world has answered."""
        player = self.add(**more)
        self.wait(lambda: player.attached, "Attached", player)
        return player

    def add(self, **more):
        fields = dict(address="127.0.0.1", protocol="telnet",
                      capabilities=session_pb.Capabilities(mtts=13, columns=80, rows=24, charset="utf-8"))
        fields.update(more)
        player = Player(self, os.urandom(16), session_pb.Attach(**fields))
        with self.more:
            self.players[player.id] = player
            if self.hello:
                self.send_attach(player)
        return player

    def send_attach(self, player):
        attach = session_pb.Attach()
        attach.CopyFrom(player.attach)
        attach.last_command = player.last_command
        attach.notes.update(player.notes)
        self.send(world_pb.ConnectRequest(events=[session_pb.SessionEvent(session_id=player.id, attach=attach)]))

    def forget(self, player):
        with self.more:
            self.players.pop(player.id, None)

    # What the world says.

    def read(self, call, stream):
        try:
            for response in call:
                with self.more:
                    if stream != self.streams:
                        return
                    self.take(response)
                    self.more.notify_all()
            error = Refused(grpc.StatusCode.OK, "the world ended the stream")
        except grpc.RpcError as failure:
            error = Refused(failure.code(), failure.details())
        with self.more:
            if stream == self.streams:
                self.error = error
                for player in self.players.values():
                    player.attached = None
                self.more.notify_all()

    def take(self, response):
        if response.HasField("hello"):
            if self.hello:
                self.violations.append("a second hello")
            self.hello = response.hello
        elif not self.hello:
            self.violations.append("the first message has no hello")
        taken = {}
        for command in response.commands:
            player = self.players.get(command.session_id)
            if player is None:
                self.violations.append("a command for a session nobody has")
            elif command.WhichOneof("command") == "attached":
                self.take_attached(player, command.attached)
            else:
                self.take_command(player, command)
                taken[player.id] = player.last_command
        for acknowledgement in response.acknowledgements:
            player = self.players.get(acknowledgement.session_id)
            if player:
                self.take_acknowledgement(player, acknowledgement.sequence)
        for broadcast in response.broadcasts:
            self.take_broadcast(broadcast)
        if taken and self.acknowledging:
            self.send(world_pb.ConnectRequest(acknowledgements=[
                world_pb.Acknowledgement(session_id=i, sequence=n) for i, n in taken.items()]))

    def take_attached(self, player, attached):
        if player.attached:
            self.violations.append("a second Attached")
        player.attached = attached
        if attached.last_event > player.number and player.knows_numbers:
            self.violations.append("the world took event %d of %d" % (attached.last_event, player.number))
        if attached.last_event < player.acknowledged and (attached.last_event or self.world_is_durable):
            self.violations.append("event %d was acknowledged, now the world knows %d" % (
                player.acknowledged, attached.last_event))
        player.acknowledged = max(player.acknowledged, attached.last_event)
        player.number, player.knows_numbers = max(player.number, attached.last_event), True
        waiting, player.unacknowledged = player.unacknowledged, []
        for event in waiting:
            if event.sequence == 0:  # a gateway without memory knows its lines only
                if event.WhichOneof("event") == "input" and event.input.line_number <= attached.last_line:
                    continue
                player.number += 1
                event.sequence = player.number
            if event.sequence > attached.last_event:
                player.unacknowledged.append(event)
        if player.unacknowledged:
            self.send(world_pb.ConnectRequest(events=player.unacknowledged))

    def take_command(self, player, command):
        number = command.sequence
        if not player.attached:
            self.violations.append("command %d before Attached" % number)
        if number > player.last_command + 1:
            self.violations.append("command %d after %d" % (number, player.last_command))
        if number <= player.last_command:
            before = [c for c in player.commands if c.sequence == number]
            if before and before[0] != command:
                self.violations.append("command %d has changed from %s to %s" % (number, before[0], command))
            return
        player.last_command = number
        player.commands.append(command)
        kind = command.WhichOneof("command")
        if kind == "side_channel":
            self.judge_side_channel(command.side_channel)
        if kind in ("output", "prompt", "disconnect"):
            player.text += getattr(command, kind).text
        if player.over:
            self.violations.append("%s after the farewell" % kind)
        if kind == "disconnect":
            player.over = True  # acknowledged and forgotten: no Detach follows
        if kind == "note":
            player.notes[command.note.key] = command.note.value
            if not command.note.value:
                del player.notes[command.note.key]

    def judge_side_channel(self, said):
        if not PACKAGE.fullmatch(said.package):
            self.violations.append("%r is no name of a package" % said.package)
        if said.kind not in session_pb.SideChannelKind.values():
            self.violations.append("%s is of the kind %d, which version 1 does not know" % (said.package, said.kind))
        if said.kind == session_pb.SIDE_CHANNEL_KIND_STATE_FIELDS and said.value.WhichOneof("kind") != "map":
            self.violations.append("%s tells fields and is no map" % said.package)

    def take_acknowledgement(self, player, number):
        if number > player.number:
            self.violations.append("event %d is acknowledged, %d were sent" % (number, player.number))
        player.acknowledged = max(player.acknowledged, number)
        player.unacknowledged = [e for e in player.unacknowledged if e.sequence > number]

    def take_broadcast(self, broadcast):
        for player in self.players.values():
            audience = broadcast.WhichOneof("audience")
            if (audience == "all" or (audience == "sessions" and player.id in broadcast.sessions.session_ids) or
                    (audience == "notes" and broadcast.notes.equal.items() <= player.notes.items())):
                player.text += broadcast.text

    # Waiting.

    def wait(self, condition, what, player=None, timeout=PATIENCE):
        """Until `condition` holds. Raises Refused when the stream ends instead."""
        end = time.monotonic() + timeout
        with self.more:
            while True:
                result = condition()
                if result:
                    return result
                if self.error:
                    raise self.error
                left = end - time.monotonic()
                if left <= 0:
                    seen = "; the player's text ends in %r" % player.text[-600:] if player else ""
                    raise AssertionError("waited in vain for %s%s" % (what, seen))
                self.more.wait(left)

    def refusal(self):
        """How the world ended the stream."""
        try:
            self.wait(lambda: False, "the end of the stream")
        except Refused as refused:
            return refused

    def unary(self, method, request, response, service=SERVICE):
        with self.open_channel() as channel:
            call = channel.unary_unary("/%s/%s" % (service, method), request_serializer=request.__class__.SerializeToString,
                                       response_deserializer=response.FromString)
            return call(request, metadata=self.metadata(), timeout=PATIENCE, wait_for_ready=True)

    def close(self):
        self.cut()
