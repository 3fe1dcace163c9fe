"""Starts and stops the real programs of the integration tests: the gateway, TinyMUX, tt++, telnet.

Everything listens on 127.0.0.1 only, lives in a temporary directory of its own, is waited for by reading what it
says, and is stopped by its process id.
"""

import atexit
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

import telnet
import websocket
from telnet import PATIENCE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICK = os.environ.get("WYLDGATE_QUICK", "") not in ("", "0")
PRESET = os.environ.get("WYLDGATE_PRESET", "dev")
SANITIZED = PRESET in ("asan", "tsan")
TROUBLE = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|check failed|terminate called|"
                     r"SUMMARY: \w+Sanitizer")


def gateway_binary():
    path = os.environ.get("WYLDGATE_BIN") or os.path.join(ROOT, "build", PRESET, "bin", "wyldgate")
    if not os.access(path, os.X_OK):
        raise AssertionError("no gateway at %s; build it, or set WYLDGATE_BIN" % path)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(*names):
    for name in names:
        for folder in os.environ.get("PATH", "").split(":") + ["/usr/games", "/usr/bin"]:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                return path
    raise AssertionError("none of %s is installed; script/bootstrap does that" % ", ".join(names))


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    return '"%s"' % str(value).replace("\\", "\\\\").replace('"', '\\"')


def write_config(path, sections):
    with open(path, "w", encoding="utf-8") as out:
        for section, keys in sections.items():
            out.write("[%s]\n" % section)
            for key, value in keys.items():
                out.write("%s = %s\n" % (key, toml_value(value)))
            out.write("\n")


LIVE = set()  # process ids to end when the run is cut short


def kill_the_living():
    for pid in list(LIVE):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


atexit.register(kill_the_living)


class Program:
    """A child process whose output, both streams, is collected as it comes."""

    def __init__(self, argv, folder, environment=None, name=None, stderr=subprocess.STDOUT):
        self.name = name or os.path.basename(argv[0])
        env = {k: v for k, v in os.environ.items() if not k.startswith("WYLDGATE_") and k != "DATABASE_URL"}
        env["XDG_STATE_HOME"] = folder
        env.update(environment or {})
        self.output, self.lock, self.more = "", threading.Lock(), threading.Condition()
        self.child = subprocess.Popen(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=stderr, start_new_session=True)
        self.pid = self.child.pid
        LIVE.add(self.pid)
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()

    def collect(self):
        while True:
            data = os.read(self.child.stdout.fileno(), 65536)
            with self.more:
                if not data:
                    self.ended = True
                    self.more.notify_all()
                    return
                self.output += data.decode("utf-8", "replace")
                self.more.notify_all()

    ended = False

    def expect(self, pattern, timeout=PATIENCE, after=0):
        regex = re.compile(pattern, re.S | re.M)
        end = time.monotonic() + timeout
        with self.more:
            while True:
                match = regex.search(self.output, after)
                if match:
                    return match
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    raise AssertionError("%s never said %r; it said:\n%s" % (self.name, pattern, self.output[-3000:]))
                self.more.wait(left)

    def signal(self, number):
        os.kill(self.pid, number)

    def exit_code(self, timeout=PATIENCE):
        code = self.child.wait(timeout)
        LIVE.discard(self.pid)
        self.reader.join(timeout)
        self.child.stdout.close()
        return code

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.exit_code()


class Gateway(Program):
    def __init__(self, test, world="demo", config=None, arguments=(), environment=None, http=True,
                 stderr=subprocess.STDOUT):
        self.clients = []
        self.folder = test.folder()
        self.config_path = os.path.join(self.folder, "wyldgate.toml")
        # Most tests are about something else than logging in.
        sections = {"limits": {}, "log": {"level": "info"}, "world": {"accounts": False}}
        for section, keys in (config or {}).items():
            sections.setdefault(section, {}).update(keys)
        write_config(self.config_path, sections)
        argv = [gateway_binary(), "run", "--config", self.config_path, "--telnet", "127.0.0.1:0",
                "--http", "127.0.0.1:0" if http else "off", "--world", world, *arguments]
        env = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
        env.update(environment or {})
        super().__init__(argv, self.folder, env, name="wyldgate", stderr=stderr)
        test.track(self)
        self.telnet_port = int(self.expect(r"^\s*Telnet\s+telnet (\S+) (\d+)").group(2))
        self.http_port = int(self.expect(r"^\s*Web\s+http://[^:]+:(\d+)/").group(1)) if http else 0
        self.http_url = "http://127.0.0.1:%d/" % self.http_port

    def client(self, policy=None, name="client", **more):
        peer = telnet.connect(self.telnet_port, policy, name, **more)
        self.clients.append(peer)
        return peer

    def websocket(self, **more):
        self.clients.append(websocket.WebSocket(self.http_port, **more))
        return self.clients[-1]

    def session_count(self):
        """Sessions opened and not closed yet, by the log."""
        with self.more:
            return self.output.count("session_opened") - self.output.count("session_closed")

    def wait_for_sessions(self, count, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while self.session_count() != count:
            with self.more:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("%d sessions instead of %d" % (self.session_count(), count))
                self.more.wait(min(left, 1.0))

    def resident_bytes(self):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def descriptor_count(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def stop(self):
        """Stops it in good order and checks that it had nothing to complain about."""
        for client in self.clients:  # else it waits for them to hang up
            client.close()
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                code = self.exit_code()
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.exit_code()
                raise AssertionError("the gateway did not stop; it said:\n" + self.output[-3000:])
            if code != 0:
                raise AssertionError("the gateway stopped with %d; it said:\n%s" % (code, self.output[-6000:]))
        trouble = TROUBLE.search(self.output)
        if trouble:
            raise AssertionError("the gateway complained:\n" + self.output[max(0, trouble.start() - 200):][:6000])


class Game:
    """A scripted telnet game: a listener whose connections are Peers that the test drives."""

    def __init__(self, test, policy=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.url = "telnet://127.0.0.1:%d" % self.port
        self.policy = policy
        self.peers = []
        test.addCleanup(self.close)

    def accept(self, policy=None, waiting=None):
        """The next player. `waiting` is that player's client, which negotiates with the gateway meanwhile."""
        end = time.monotonic() + PATIENCE
        watched = [self.listener] + ([waiting.sock] if waiting else [])
        while self.listener not in select.select(watched, [], [], PATIENCE)[0]:
            if time.monotonic() > end or not (waiting and waiting.pump(0)):
                raise AssertionError("nobody reached the game; the client shows %r" % bytes(
                    waiting.text[-600:] if waiting else b""))
        sock, _ = self.listener.accept()
        sock.settimeout(PATIENCE)
        self.peers.append(telnet.Peer(sock, policy or self.policy or telnet.Policy(silent=True), "game"))
        return self.peers[-1]

    def close(self):
        self.listener.close()
        for peer in self.peers:
            peer.close()


class TinyMux:
    """A fresh TinyMUX, one for the whole run: it is a database on disk and minds no second login."""

    shared = None

    @classmethod
    def get(cls):
        if cls.shared is None:
            cls.shared = cls()
            atexit.register(cls.shared.stop)
        return cls.shared

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="wyldgate-mux-")
        subprocess.run([program("tinymux-install")], cwd=self.folder, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.game = os.path.join(self.folder, "tinymux", "game")
        self.port = free_port()
        self.url = "telnet://127.0.0.1:%d" % self.port
        path = os.path.join(self.game, "netmux.conf")
        with open(path, encoding="utf-8") as text:
            config = text.read().replace("port 2860", "port %d\nip_address 127.0.0.1" % self.port)
        with open(path, "w", encoding="utf-8") as text:
            text.write(config)
        with open(os.path.join(self.folder, "start.log"), "wb") as log:
            subprocess.run(["sh", "./Startmux"], cwd=self.game, check=True, stdin=subprocess.DEVNULL, stdout=log,
                           stderr=log)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                probe = telnet.connect(self.port)
                probe.expect(b"connect")
                probe.close()
                return
            except (ConnectionError, telnet.Closed):
                if time.monotonic() > end:
                    raise AssertionError("TinyMUX does not listen on port %d" % self.port)
                select.select([], [], [], 0.05)

    def pid(self):
        with open(os.path.join(self.game, "netmux.pid"), encoding="ascii") as text:
            return int(text.read())

    def stop(self):
        try:
            pid = self.pid()
            with open("/proc/%d/cmdline" % pid, "rb") as line:
                if b"netmux" in line.read():
                    os.kill(pid, signal.SIGTERM)
            end = time.monotonic() + 10
            while os.path.exists("/proc/%d" % pid) and time.monotonic() < end:
                select.select([], [], [], 0.02)
            if os.path.exists("/proc/%d" % pid):
                os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
        TinyMux.shared = None


ANSI = re.compile(rb"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cM])")


class Terminal:
    """A program in a pseudo terminal of a given size, read as a person would: without its escape sequences."""

    def __init__(self, test, argv, columns=100, rows=30, environment=None):
        self.name = os.path.basename(argv[0])
        self.folder = test.folder()
        env = {k: v for k, v in os.environ.items() if not k.startswith("WYLDGATE_")}
        env.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": self.folder})
        env.update(environment or {})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.chdir(self.folder)
                os.execvpe(argv[0], argv, env)
            finally:
                os._exit(127)
        LIVE.add(self.pid)
        self.raw, self.seen, self.closed, self.status = b"", 0, False, None
        test.addCleanup(self.close)
        test.track(self)

    @property
    def output(self):
        return self.plain().decode("utf-8", "replace")

    def plain(self):
        return ANSI.sub(b"", self.raw).replace(b"\r", b"")

    def pump(self, timeout):
        if self.closed or not select.select([self.fd], [], [], max(0.0, timeout))[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        self.raw += data
        return True

    def expect(self, pattern, timeout=PATIENCE):
        regex = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.S)
        end = time.monotonic() + timeout
        while True:
            match = regex.search(self.plain(), self.seen)
            if match:
                self.seen = match.end()
                return match
            left = end - time.monotonic()
            if left <= 0 or (not self.pump(left) and self.closed):
                match = regex.search(self.plain(), self.seen)
                if match:
                    self.seen = match.end()
                    return match
                raise AssertionError("%s never showed %r; it shows:\n%s" % (self.name, pattern, self.output[-3000:]))

    def type(self, text):
        data = text.encode() if isinstance(text, str) else text
        while data:
            data = data[os.write(self.fd, data):]

    def line(self, text):
        self.type(text + "\r")

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def wait_exit(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                LIVE.discard(self.pid)
            elif time.monotonic() > end:
                raise AssertionError("%s does not end; it shows:\n%s" % (self.name, self.output[-2000:]))
            else:
                if not self.pump(0.05) and self.closed:
                    select.select([], [], [], 0.01)
        return self.status

    def close(self):
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except OSError:
                pass
            self.wait_exit()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Case(unittest.TestCase):
    """A test with folders and programs that go away after it; their words are shown when it fails."""

    maxDiff = None

    def setUp(self):
        self.tracked = []

    def folder(self):
        path = tempfile.mkdtemp(prefix="wyldgate-it-")
        self.addCleanup(shutil.rmtree, path, True)
        return path

    def track(self, thing):
        self.tracked.append(thing)
        if isinstance(thing, Program):
            self.addCleanup(thing.kill)

    def tearDown(self):
        for thing in self.tracked:
            if isinstance(thing, Gateway):
                thing.stop()

    def words(self):
        return "\n".join("--- %s ---\n%s" % (t.name, t.output[-4000:]) for t in self.tracked)

    def gateway(self, *arguments, **more):
        return Gateway(self, *arguments, **more)

    def enter_demo(self, gateway, name, policy=None):
        """A player in the demo world, without colour, so that tests read what is said."""
        client = gateway.client(policy or telnet.Policy(), name)
        client.expect("Your name: ")
        client.line(name)
        client.expect("Exits:.*\n> ")
        client.line("colour off")
        client.expect("Colour is off.\r\n> ")
        return client
