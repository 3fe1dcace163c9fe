"""Worlds for Wyldgate in Python: subclass World, override what you want to hear, call serve().

One file is all there is to it. It needs Debian's python3-grpcio, python3-protobuf and protobuf-compiler, or grpcio and
protobuf from PyPI and `protoc` on the path.

A turn is everything that one message of the gateway brought. What a turn changed (the numbers of its events, what it
said, `session.data`, and what the world itself did with `self.db`) is committed to SQLite at once; only then is it
acknowledged and sent. So the process may be killed at any moment: each line takes effect once, each word is said once.

Threads  one lock around every turn: a world is written as if there were one thread. From other threads, use turn().
Errors   an exception in a handler undoes what that event did to `self.db` and what it said, is logged, and the player
         is told; the world goes on. A database that cannot be written ends the process: a new one finds all in order.
Limits   UNACKNOWLEDGED_MAX things said to one session wait for its gateway; beyond that, text is left out, and the
         player is told how much. SESSIONS_MAX sessions; the next one is sent away.
"""

import contextlib
import hmac
import importlib
import inspect
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent import futures

try:
    import google.protobuf
    import grpc
except ImportError as missing:
    sys.exit("A world in Python needs gRPC and protobuf, but %s has no module named %r. Install Debian's python3-grpcio "
             "and python3-protobuf (for /usr/bin/python3), or grpcio and protobuf from PyPI."
             % (sys.executable, missing.name))

UNACKNOWLEDGED_MAX = 1024
SESSIONS_MAX = 100_000
ENDED_MAX = 10_000  # sessions that are over and whose numbers are kept, in case their end was not acknowledged
FORGET_AFTER = 30 * 60  # seconds that a session without a gateway is kept
MESSAGE_BYTES = 256 * 1024  # how much goes into one message; the bound is 1 MiB
TEXT_CHARACTERS = 16 * 1024  # longer texts leave in pieces
BROADCASTS_MAX = 1000  # that wait for one gateway; more are dropped
RECEIVE_BYTES = 1024 * 1024  # the contract's bound of one message
VERSION = 1
SERVICE = "wyldgate.world.v1.WorldService"


def import_messages():
    return [importlib.import_module("wyldgate.world.v1.%s_pb2" % name) for name in ("world", "session")]


def load_messages():
    """The classes of proto/wyldgate/world/v1, from generated modules if there are any, else generated now."""
    try:
        return import_messages()
    except ModuleNotFoundError:
        pass  # the usual case: nothing was generated
    except Exception as error:  # protobuf's own errors for code that another version generated
        sys.exit("The generated modules in wyldgate/world/v1 cannot be used with protobuf %s: %s. Generate them again "
                 "with the protoc that belongs to it, or delete them." % (google.protobuf.__version__, error))
    here = os.path.dirname(os.path.abspath(__file__))
    given = os.environ.get("WYLDGATE_PROTO")
    proto = given or os.path.normpath(os.path.join(here, "..", "..", "proto"))
    names = ["wyldgate/world/v1/%s.proto" % name for name in ("world", "session")]
    if not all(os.path.isfile(os.path.join(proto, name)) for name in names):
        sys.exit("%s holds no %s. Set WYLDGATE_PROTO to the folder \"proto\" of Wyldgate's sources%s." % (
            proto, names[0], "; it is %r now" % given if given else ""))
    with tempfile.TemporaryDirectory() as out:
        try:
            ran = subprocess.run(["protoc", "-I", proto, "--python_out", out, *names], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        except OSError as error:
            sys.exit("protoc, which reads the contract, cannot be started: %s. Install protobuf-compiler, or generate "
                     "the modules once (docs/world-developers.md)." % error.strerror)
        if ran.returncode != 0:
            sys.exit("protoc does not accept the contract in %s:\n%s" % (proto, ran.stdout.rstrip()))
        # Packages in full, so that a wyldgate.py or a folder of that name elsewhere on the path does not hide them.
        for folder in ("wyldgate", "wyldgate/world", "wyldgate/world/v1"):
            with open(os.path.join(out, folder, "__init__.py"), "w", encoding="ascii"):
                pass
        hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "wyldgate"}
        sys.path.insert(0, out)
        importlib.invalidate_caches()
        try:
            return import_messages()
        except Exception as error:
            sys.exit("What protoc made of the contract cannot be used with protobuf %s: %s. protoc and Python's protobuf "
                     "must be of versions that fit." % (google.protobuf.__version__, error))
        finally:
            sys.path.remove(out)
            sys.modules.update(hidden)


world_pb, session_pb = load_messages()

DISCONNECT_REASONS = {"left": session_pb.DISCONNECT_REASON_LEFT, "removed": session_pb.DISCONNECT_REASON_REMOVED}
SIDE_CHANNEL_KINDS = {None: session_pb.SIDE_CHANNEL_KIND_UNSPECIFIED, "event": session_pb.SIDE_CHANNEL_KIND_EVENT,
                      "state": session_pb.SIDE_CHANNEL_KIND_STATE, "fields": session_pb.SIDE_CHANNEL_KIND_STATE_FIELDS}


class Session:
    """One player. `data` is yours: a dict that JSON can hold, kept with the session across restarts."""

    def __init__(self, world, session_id):
        self.world, self.id, self.data, self.notes = world, session_id, {}, {}
        self.account = self.address = self.protocol = ""
        self.capabilities = session_pb.Capabilities()
        self.connected = False  # False: held; what is said now is kept for the player
        self.returning = False  # the gateway knew this session before, this world did not
        self.paused = False  # the player's client reads too slowly
        self.gateway, self.stream, self.ended, self.left_at = "", None, False, time.monotonic()
        self.farewell = "left"  # the reason given to disconnect()
        self.last_event = self.last_line = self.last_command = self.unacknowledged = self.skipped = 0

    def output(self, text):
        for start in range(0, len(text), TEXT_CHARACTERS):
            self._say(output=session_pb.Output(text=text[start:start + TEXT_CHARACTERS]))

    def prompt(self, text=""):
        self._say(prompt=session_pb.Prompt(text=text))

    def side_channel(self, package, value, kind=None):
        """`value`: what JSON can hold; as in side_channel("Room.Info", {"num": 1}). `kind`, for a player who is away:
        "event" (each one is told), "state" (only the last one, and again at each return), "fields" (a state of which
        `value` has the fields that have changed); None: by the name of the package."""
        if kind not in SIDE_CHANNEL_KINDS:
            raise ValueError("side_channel() knows the kinds event, state and fields, not %r" % (kind,))
        self._say(side_channel=session_pb.SideChannel(package=package, value=to_value(value),
                                                      kind=SIDE_CHANNEL_KINDS[kind]))

    def echo(self, on):
        """echo(False) asks for a secret."""
        self._say(echo=session_pb.Echo(on=on))

    def entered(self):
        self._say(entered=session_pb.Entered())

    def note(self, key, value):
        """Kept by the gateway, for operators too; "" removes it."""
        self.notes[key] = value
        self._say(note=session_pb.Note(key=key, value=value))

    def edit(self, number, title, text):
        self._say(edit=session_pb.Edit(edit_id=number, title=title, text=text))

    def disconnect(self, text="", reason="left"):
        """The last word: what is said after it is dropped. `reason`: "left" when the player asked for it, "removed" when
        you did. World.detached() gets the same reason."""
        if reason not in DISCONNECT_REASONS:
            raise ValueError("disconnect() knows the reasons %s, not %r" % (", ".join(DISCONNECT_REASONS), reason))
        self.farewell = reason
        self._say(disconnect=session_pb.Disconnect(reason=DISCONNECT_REASONS[reason], text=text))

    def _say(self, **command):
        if not self.ended:
            self.world._said.append((self, session_pb.SessionCommand(session_id=self.id, **command)))


class World:
    """Override what you want to hear. `sessions` are those inside, by id; `db` is an SQLite connection for your own
    tables, written in the same transaction as all the rest: never commit it yourself."""

    name = "world"
    login = world_pb.LOGIN_WORLD
    # Shown by gateways that log players in: above the login, and after it to those who come in. Both may be changed while
    # the world runs; say properties_changed() then.
    banner = ""
    message_of_the_day = ""
    properties = {}  # for tools

    def attached(self, session): ...  # a new player
    def returned(self, session): ...  # one you know: this world or the gateway was restarted, or the stream broke
    def line(self, session, text, secret): ...  # a line the player typed; secret: while echo was off, not for logs
    def side_channel(self, session, package, value): ...
    def presence(self, session): ...  # session.connected has changed
    def capabilities(self, session): ...  # session.capabilities has
    def interrupt(self, session): ...
    def flow(self, session): ...  # session.paused has changed: the player's client reads too slowly, or well again
    def edited(self, session, number, text): ...  # None: cancelled
    def detached(self, session, reason): ...  # "left" or "removed" (disconnect), "closed" or "expired"; the last call
    def statistics(self): return {}  # for operators: name and number

    def __init__(self, state=":memory:"):
        try:
            self._open(state)
        except (sqlite3.Error, ValueError) as error:
            sys.exit("%s cannot be used as the state of a world: %s." % (state, error))
        # A world that has no use for `secret` may leave it out of its line().
        try:
            inspect.signature(self.line).bind(None, "", False)
            self._line = self.line
        except TypeError:
            self._line = lambda session, text, _secret: self.line(session, text)

    def _open(self, state):
        self.db = sqlite3.connect(state, check_same_thread=False, isolation_level=None)
        self.db.executescript("""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS session(id BLOB PRIMARY KEY, gateway TEXT, last_event INTEGER,
              last_line INTEGER, last_command INTEGER, ended INTEGER, data TEXT);
            CREATE TABLE IF NOT EXISTS outbox(session BLOB, number INTEGER, command BLOB,
              PRIMARY KEY (session, number)) WITHOUT ROWID;""")
        self.sessions, self._ended = {}, {}
        self._lock, self._streams = threading.RLock(), {}
        self._said, self._ready, self._taken, self._changed = [], [], {}, set()
        self._leavers, self._next_look = [], 0
        self._shouted, self._ready_shouts = [], []  # broadcasts of this turn: of this event, and of those before it
        self.process_id = "%d-%s" % (os.getpid(), os.urandom(8).hex())
        for row in self.db.execute("SELECT * FROM session ORDER BY rowid"):
            session = Session(self, row[0])
            session.gateway, session.last_event, session.last_line, session.last_command = row[1:5]
            session.ended, session.data = bool(row[5]), json.loads(row[6])
            session.unacknowledged = self.db.execute("SELECT count(*) FROM outbox WHERE session = ?",
                                                     (row[0],)).fetchone()[0]
            (self._ended if session.ended else self.sessions)[session.id] = session

    def broadcast(self, text):
        """To everybody, by one message to each gateway. Not numbered: it is not repeated after a broken stream."""
        self._shout(text, all=world_pb.AllSessions())

    def broadcast_to(self, sessions, text):
        """The same to some, such as those in one room."""
        ids = [session.id for session in sessions]
        if ids:
            self._shout(text, sessions=world_pb.SessionIds(session_ids=ids))

    def broadcast_to_noted(self, notes, text):
        """The same to sessions whose notes have all these values."""
        self._shout(text, notes=world_pb.NotePredicate(equal=notes))

    def _shout(self, text, **audience):
        for start in range(0, len(text), TEXT_CHARACTERS):
            self._shouted.append(world_pb.Broadcast(text=text[start:start + TEXT_CHARACTERS], **audience))

    def properties_changed(self):
        """Has gateways ask for banner, message_of_the_day and properties again."""
        with self._lock:
            for stream in self._streams.values():
                stream.properties_changed()

    @contextlib.contextmanager
    def turn(self):
        """`with world.turn(): ...` from a thread of your own, a timer say."""
        with self._lock:
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield
                self._number_what_was_said()
                self._end_leavers()
                self.db.executemany(
                    "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(s.id, s.gateway, s.last_event, s.last_line, s.last_command, s.ended, json.dumps(s.data))
                     for s in self._changed])
                self.db.execute("COMMIT")
            except sqlite3.Error:
                logging.critical("the state cannot be saved", exc_info=True)
                os._exit(1)  # nothing of this turn was acknowledged
            except BaseException:
                self._said.clear()
                self._shouted.clear()
                self._ready_shouts.clear()
                self.db.execute("ROLLBACK")
                raise
            ready, self._ready, taken, self._taken = self._ready, [], self._taken, {}
            shouts, self._ready_shouts = self._ready_shouts, []
            self._changed.clear()
            for session, command in ready:
                if session.stream:
                    session.stream.send(command)
            for (stream, session_id), number in taken.items():
                stream.acknowledge(session_id, number)
            if shouts:
                for stream in self._streams.values():
                    stream.broadcast(shouts)

    def _number_what_was_said(self):
        said, self._said = self._said, []
        self._ready_shouts += self._shouted
        self._shouted = []
        for session, command in said:
            text = command.WhichOneof("command") in ("output", "prompt", "side_channel")
            if session.ended or (text and session.unacknowledged >= UNACKNOWLEDGED_MAX):
                session.skipped += 1
                continue
            if session.skipped:
                words = "[%d messages were left out here.]\n" % session.skipped
                session.skipped = 0
                self._put(session, session_pb.SessionCommand(session_id=session.id,
                                                             output=session_pb.Output(text=words)))
            self._put(session, command)
            if command.WhichOneof("command") == "disconnect":
                self._leavers.append(session)

    def _put(self, session, command):
        session.last_command += 1
        session.unacknowledged += 1
        command.sequence = session.last_command
        self.db.execute("INSERT INTO outbox VALUES (?, ?, ?)",
                        (session.id, command.sequence, command.SerializeToString()))
        self._ready.append((session, command))
        self._changed.add(session)

    # What the gateway says.

    def _take(self, stream, request):
        with self.turn():
            for event in request.events:
                self._event(stream, event)
            for taken in request.acknowledgements:
                self._forget_commands(self._find(taken.session_id), taken.sequence)
            self._let_go()

    def _let_go(self):
        """Whoever was left by a gateway and not attached again in time: a gateway may have lost its memory too."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + min(60, FORGET_AFTER)
        for session in [s for s in self.sessions.values() if s.stream is None and now - s.left_at > FORGET_AFTER]:
            self._guarded(session, lambda s=session: self._end(s, "expired"))

    def _event(self, stream, event):
        kind = event.WhichOneof("event")
        if kind == "attach":
            return self._attach(stream, event.session_id, event.attach)
        session = self._find(event.session_id)
        if session is None or session.stream is not stream:
            return logging.warning("an event of a session that is not attached: %s", kind)
        if event.sequence > session.last_event:
            session.last_event = event.sequence
            self._changed.add(session)
            if not session.ended:
                self._guarded(session, lambda: self._dispatch(session, kind, event))
            elif kind == "detach":
                self._forget_commands(session, session.last_command)
            elif not session.unacknowledged:  # the gateway has it from an older state of its own
                self._put(session, session_pb.SessionCommand(session_id=session.id, disconnect=session_pb.Disconnect(
                    text="This session is over. Please connect again.")))
        self._taken[(stream, session.id)] = session.last_event  # a double is acknowledged again

    def _guarded(self, session, work):
        """Whatever a handler does wrong stays with the event it was handling."""
        self._number_what_was_said()
        self.db.execute("SAVEPOINT event")
        try:
            work()
            self._number_what_was_said()
        except sqlite3.OperationalError:
            raise
        except Exception:
            logging.exception("a handler failed")
            self._said.clear()
            self._shouted.clear()
            self.db.execute("ROLLBACK TO event")
            session.output("Something went wrong here. It has been noted.\n")
        self.db.execute("RELEASE event")
        self._end_leavers()

    def _end_leavers(self):
        while self._leavers:
            session = self._leavers.pop()
            if not session.ended:
                self._guarded(session, lambda s=session: self._end(s, s.farewell))

    def _find(self, session_id):
        return self.sessions.get(session_id) or self._ended.get(session_id)

    def _attach(self, stream, session_id, attach):
        session = self._find(session_id)
        is_new = session is None
        if is_new:
            session = self.sessions[session_id] = Session(self, session_id)
            session.returning = attach.returning
        session.stream, session.gateway = stream, stream.gateway
        session.account, session.address, session.protocol = attach.account, attach.address, attach.protocol
        session.capabilities, session.connected = attach.capabilities, not attach.held
        session.notes, session.paused = dict(attach.notes), False
        self._changed.add(session)
        self._forget_commands(session, attach.last_command)
        session.last_command = max(session.last_command, attach.last_command)
        answer = session_pb.Attached(last_event=session.last_event, last_line=session.last_line)
        self._ready.append((session, session_pb.SessionCommand(session_id=session_id, attached=answer)))
        for (command,) in self.db.execute("SELECT command FROM outbox WHERE session = ? ORDER BY number", (session_id,)):
            self._ready.append((session, session_pb.SessionCommand.FromString(command)))
        if session.ended:
            return
        if is_new and len(self.sessions) > SESSIONS_MAX:
            session.disconnect("The world is full right now. Please try again later.")
        else:
            self._guarded(session, lambda: (self.attached if is_new else self.returned)(session))

    def _dispatch(self, session, kind, event):
        if kind == "input":
            session.last_line = max(session.last_line, event.input.line_number)
            self._line(session, event.input.line, event.input.secret)
        elif kind == "detach":
            if event.detach.reason != session_pb.DETACH_REASON_SHUTDOWN:
                expired = event.detach.reason == session_pb.DETACH_REASON_EXPIRED
                return self._end(session, "expired" if expired else "closed")
            session.connected, session.stream, session.left_at = False, None, time.monotonic()  # an Attach brings it back
            self.presence(session)
        elif kind == "side_channel":
            self.side_channel(session, event.side_channel.package, from_value(event.side_channel.value))
        elif kind == "presence":
            session.connected = event.presence.connected
            if session.connected:
                session.address, session.protocol = event.presence.address, event.presence.protocol
                session.capabilities = event.presence.capabilities
            self.presence(session)
        elif kind == "capabilities":
            session.capabilities = event.capabilities
            self.capabilities(session)
        elif kind == "interrupt":
            self.interrupt(session)
        elif kind == "edited":
            self.edited(session, event.edited.edit_id, None if event.edited.cancelled else event.edited.text)
        elif kind == "flow":
            session.paused = event.flow.paused
            self.flow(session)

    def _end(self, session, reason):
        self._changed.add(session)
        self.sessions.pop(session.id, None)
        self._ended[session.id] = session
        session.ended = True
        if reason not in DISCONNECT_REASONS:  # else the farewell is still to be heard
            self._forget_commands(session, session.last_command)
        while len(self._ended) > ENDED_MAX:
            oldest = next(iter(self._ended))
            self._changed.discard(self._ended.pop(oldest))
            self.db.execute("DELETE FROM session WHERE id = ?", (oldest,))
            self.db.execute("DELETE FROM outbox WHERE session = ?", (oldest,))
        self.detached(session, reason)

    def _forget_commands(self, session, number):
        if session is not None and session.unacknowledged:
            gone = self.db.execute("DELETE FROM outbox WHERE session = ? AND number <= ?", (session.id, number))
            session.unacknowledged -= gone.rowcount

    # The service.

    def _connect(self, requests, context):
        self._check_key(context)
        hello = next(requests, world_pb.ConnectRequest()).hello
        if not hello.version_max:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The first message holds no hello.")
        if not hello.version_min <= VERSION <= hello.version_max:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION,
                          "This world speaks version %d of the protocol only." % VERSION)
        stream = Stream(hello.gateway)
        with self._lock:
            before, self._streams[hello.gateway] = self._streams.get(hello.gateway), stream
        if before:
            before.end("A newer stream of the same gateway took over.")
        context.add_callback(stream.end)
        threading.Thread(target=self._read, args=(stream, requests), daemon=True).start()
        yield world_pb.ConnectResponse(hello=world_pb.WorldHello(
            version=VERSION, name=self.name, program="wyldgate_world.py", process_id=self.process_id,
            login=self.login, window=UNACKNOWLEDGED_MAX))
        while message := stream.next_message():
            yield message
        if stream.reason:
            context.abort(grpc.StatusCode.ABORTED, stream.reason)

    def _read(self, stream, requests):
        try:
            for request in requests:
                if stream.ended:
                    return
                self._take(stream, request)
        except grpc.RpcError:
            pass  # the stream broke
        finally:
            stream.end()
            with self._lock:
                for session in list(self.sessions.values()) + list(self._ended.values()):
                    if session.stream is stream:
                        session.stream, session.left_at = None, time.monotonic()
                if self._streams.get(stream.gateway) is stream:
                    del self._streams[stream.gateway]

    def _check_key(self, context):
        if self._key is None:
            return
        given = dict(context.invocation_metadata()).get("authorization", "")
        if not hmac.compare_digest(given.encode(), b"Bearer " + self._key.encode()):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "The key is wrong.")

    def _properties(self, request, context):
        self._check_key(context)
        with self._lock:
            return world_pb.GetPropertiesResponse(banner=self.banner, message_of_the_day=self.message_of_the_day,
                                                  properties=self.properties)

    def _statistics(self, request, context):
        self._check_key(context)
        with self._lock:
            return world_pb.GetStatisticsResponse(statistics={**self.statistics(), "sessions": len(self.sessions)})

    _key = None


class Stream:
    """What waits to be written to one gateway. Bounded by what its sessions may have unacknowledged."""

    def __init__(self, gateway):
        self.gateway, self.ended, self.reason = gateway, False, ""
        self._more, self._commands, self._taken = threading.Condition(), [], {}
        self._broadcasts, self._properties_changed = [], False

    def send(self, command):
        with self._more:
            if not self.ended:
                self._commands.append(command)
            self._more.notify()

    def acknowledge(self, session_id, number):
        with self._more:
            self._taken[session_id] = number
            self._more.notify()

    def broadcast(self, broadcasts):
        with self._more:
            if not self.ended:
                self._broadcasts += broadcasts[:BROADCASTS_MAX - len(self._broadcasts)]
            self._more.notify()

    def properties_changed(self):
        with self._more:
            self._properties_changed = True
            self._more.notify()

    def end(self, reason=""):
        with self._more:
            if not self.ended:
                self.ended, self.reason = True, reason
            self._more.notify()

    def next_message(self):
        """Everything that waits, up to MESSAGE_BYTES; None: the stream has ended."""
        with self._more:
            self._more.wait_for(lambda: self.ended or self._commands or self._taken or self._broadcasts or
                                self._properties_changed)
            if self.ended:
                return None
            count = size = 0
            while count < len(self._commands) and size < MESSAGE_BYTES:
                size += self._commands[count].ByteSize()
                count += 1
            message = world_pb.ConnectResponse(commands=self._commands[:count], acknowledgements=[
                world_pb.Acknowledgement(session_id=i, sequence=n) for i, n in self._taken.items()])
            del self._commands[:count]
            self._taken.clear()
            # Behind what was said before them.
            count = 0
            while not self._commands and count < len(self._broadcasts) and size < MESSAGE_BYTES:
                size += self._broadcasts[count].ByteSize()
                count += 1
            message.broadcasts.extend(self._broadcasts[:count])
            del self._broadcasts[:count]
            message.properties_changed, self._properties_changed = self._properties_changed, False
            return message


def serve(world, listen="127.0.0.1:4100", key_file=None, credentials=None):
    """Serves until SIGTERM or Ctrl-C. `key_file`: gateways must know the key in it. `credentials`: as
    grpc.ssl_server_credentials() makes them; without, nothing is encrypted."""
    if key_file:
        try:
            with open(key_file, encoding="utf-8") as text:
                world._key = text.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            sys.exit("The key in %s cannot be read: %s." % (key_file, getattr(error, "strerror", None) or error))
        if not world._key:
            sys.exit("%s is empty; a key is one line of text." % key_file)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=[
        ("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", RECEIVE_BYTES)])

    def unary(work, request, response):
        return grpc.unary_unary_rpc_method_handler(work, request.FromString, response.SerializeToString)

    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler(SERVICE, {
            "Connect": grpc.stream_stream_rpc_method_handler(
                world._connect, world_pb.ConnectRequest.FromString, world_pb.ConnectResponse.SerializeToString),
            "GetProperties": unary(world._properties, world_pb.GetPropertiesRequest, world_pb.GetPropertiesResponse),
            "GetStatistics": unary(world._statistics, world_pb.GetStatisticsRequest, world_pb.GetStatisticsResponse)}),
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {
            "Check": grpc.unary_unary_rpc_method_handler(lambda request, context: b"\x08\x01")})))  # SERVING
    if why := why_it_cannot_listen(listen):
        sys.exit("Cannot listen on %s: %s." % (listen, why))
    try:
        port = server.add_secure_port(listen, credentials) if credentials else server.add_insecure_port(listen)
    except RuntimeError:
        port = 0
    if port == 0:
        sys.exit("Cannot listen on %s." % listen)
    server.start()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    print("%s listens on %s" % (world.name, listen.rsplit(":", 1)[0] + ":%d" % port), flush=True)
    done.wait()
    server.stop(1).wait()


def why_it_cannot_listen(address):
    """gRPC only says that it cannot, and prints its own words for it."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        return "write HOST:PORT, as in 127.0.0.1:4100"
    try:
        host = host.strip("[]")
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        return (error.strerror or str(error)).split(" (")[0].rstrip(".")  # without Python's remark
    return ""


def to_value(value):
    if isinstance(value, dict):
        return session_pb.Value(map=session_pb.ValueMap(fields={str(k): to_value(v) for k, v in value.items()}))
    if isinstance(value, (list, tuple)):
        return session_pb.Value(list=session_pb.ValueList(values=[to_value(v) for v in value]))
    for kind, field in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "text")):
        if isinstance(value, kind):
            return session_pb.Value(**{field: value})
    return session_pb.Value(null=True)


def from_value(value):
    kind = value.WhichOneof("kind")
    if kind == "map":
        return {key: from_value(v) for key, v in value.map.fields.items()}
    if kind == "list":
        return [from_value(v) for v in value.list.values]
    return None if kind in (None, "null") else getattr(value, kind)
