"""The programs a scenario starts: the gateway, its rivals and the load; and what /proc says of them."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SUBJECT_CORE = 0
LOAD_CORE = 1
START_SECONDS = 30

SYSCALLS = [
    "read", "readv", "recvfrom", "recvmsg",
    "write", "writev", "sendto", "sendmsg",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl",
    "splice", "futex", "timerfd_settime", "clock_gettime",
    "accept4", "socket", "connect", "shutdown", "close",
    "setsockopt", "getsockopt", "getsockname", "getpeername", "fcntl",
    "poll", "pwrite64", "fsync", "fdatasync", "mmap", "munmap", "mprotect", "madvise",
]  # fmt: skip

# How the players of a subject speak; plain Telnet when it is not named here.
SPEAK = {
    "websockify": ["--websocket", "binary"],
    "wyldgate_websocket": ["--websocket", "telnet"],
    "wyldgate_json": ["--websocket", "json"],
}
RIVALS = ("haproxy", "websockify")  # Debian packages of the same name

# Everything that would slow a loaded test client down by design is lifted, and nothing is said beside the answers.
LIMITS = """\
[limits]
lines_per_second = 100000
lines_burst = 1000000
connections = 19000
connections_per_address = 19000
unauthenticated_per_address = 19000
new_per_second_per_address = 100000
new_burst_per_address = 100000
login_deadline = "10m"
[resume]
codes = false
"""


class Failed(Exception):
    """A scenario could not be run; the message says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program_of(package):
    """The path of a rival's program, or None where it is not installed."""
    return shutil.which(package, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")


def missing(package):
    return f"{package} is not installed; script/bootstrap or 'apt-get install {package}' does it"


def installed_version(package):
    if program_of(package) is None:
        return "not installed"
    try:
        query = ["dpkg-query", "-W", "-f", "${Version}", package]
        return subprocess.run(query, capture_output=True, text=True).stdout.strip() or "no Debian package"
    except FileNotFoundError:
        return "version unknown"


def need_descriptors(count):
    """Fails with a sentence where the hard limit does not allow so many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Failed(f"needs {count} descriptors, and 'ulimit -Hn' allows {hard}")


def _prepare(core):
    def run():
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if core is not None and core in os.sched_getaffinity(0):
            os.sched_setaffinity(0, {core})

    return run


pin_to_subject_core = _prepare(SUBJECT_CORE)


class Process:
    """A child that is up when the block begins and gone when it ends."""

    def __init__(self, name, argv, core, ready_line=None, ready_port=None, log=None):
        self.name, self.argv, self.core = name, argv, core
        self.ready_line, self.ready_port = ready_line, ready_port
        self.log = log
        self.first_line = ""

    def __enter__(self):
        self.errors = tempfile.TemporaryFile()
        self.child = subprocess.Popen(
            self.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if self.ready_line else self.errors,
            stderr=self.errors,
            preexec_fn=_prepare(self.core),
        )
        try:
            self._wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_ready(self):
        if self.ready_line:
            self.first_line = self.child.stdout.readline().decode(errors="replace").strip()
            if not self.first_line.startswith(self.ready_line):
                raise Failed(f"{self.name} did not start: {self.output()}")
            return
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise Failed(f"{self.name} ended at once: {self.output()}")
            try:
                socket.create_connection(("127.0.0.1", self.ready_port), timeout=5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise Failed(f"{self.name} does not listen after {START_SECONDS} s: {self.output()}")

    def output(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()[-2000:]

    @property
    def pid(self):
        return self.child.pid

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.errors):
            if stream:
                stream.close()


class Programs:
    """Knows how each program is started; keeps their configurations in a directory of its own."""

    def __init__(self, bin_dir, directory):
        self.bin_dir, self.directory = bin_dir, directory

    def path(self, name):
        path = os.path.join(self.bin_dir, name)
        if not os.access(path, os.X_OK):
            raise Failed(f"{path} is missing: build it with script/build release")
        return path

    def has(self, name):
        return os.access(os.path.join(self.bin_dir, name), os.X_OK)

    def present(self, names, quick, optional=()):
        """Of `names` those that can be run here, with a word about each that cannot. A rival that is missing is a
        failure, unless the run is quick or the rival `optional`."""
        found = []
        for name in names:
            if name in RIVALS and program_of(name) is None:
                if not quick and name not in optional:
                    raise Failed(missing(name))
                print(f"  {missing(name)}: measuring the others only\n")
            elif name.startswith("wyldgate") and not self.has("wyldgate"):
                print(f"  wyldgate is not built here: {name} is not measured\n")
            else:
                found.append(name)
        return found

    def subject(self, name, port, game_port, connections):
        """The process that relays from `port` to the game's."""
        known = {
            "haproxy": self.haproxy,
            "epoll_relay": self.epoll_relay,
            "websockify": self.websockify,
            "wyldgate": self.wyldgate,
            "wyldgate_websocket": self.wyldgate_web,
            "wyldgate_json": self.wyldgate_web,
        }
        if name not in known:
            raise Failed(f"there is no subject '{name}'; there are {', '.join(known)}")
        return known[name](port, game_port, connections)

    def _file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def game(self, port, writes=1, reply_bytes=48, prompts=False, greet_known=False):
        argv = [self.path("wyldgate-load"), "game", "--listen", f"127.0.0.1:{port}"]
        argv += ["--negotiate", "--writes", str(writes), "--reply-bytes", str(reply_bytes)]
        argv += ["--prompts"] if prompts else []
        argv += ["--greet-known"] if greet_known else []
        return Process("game", argv, LOAD_CORE, ready_line="ready")

    def haproxy(self, port, game_port, connections):
        program = program_of("haproxy")
        if program is None:
            raise Failed(missing("haproxy"))
        config = self._file(
            "haproxy.cfg",
            f"""\
global
  nbthread 1
  maxconn {connections + 100}
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen relay
  bind 127.0.0.1:{port}
  server game 127.0.0.1:{game_port}
""",
        )
        return Process("haproxy", [program, "-db", "-f", config], SUBJECT_CORE, ready_port=port)

    def websockify(self, port, game_port, connections):
        del connections
        program = program_of("websockify")
        if program is None:
            raise Failed(missing("websockify"))
        argv = [program, f"127.0.0.1:{port}", f"127.0.0.1:{game_port}"]
        return Process("websockify", argv, SUBJECT_CORE, ready_port=port)

    def epoll_relay(self, port, game_port, connections):
        del connections
        argv = [self.path("epoll_relay"), str(port), str(game_port)]
        return Process("epoll_relay", argv, SUBJECT_CORE, ready_line="ready")

    def wyldgate(self, port, game_port, connections):
        del connections
        return self.gateway(port, f"telnet://127.0.0.1:{game_port}")

    def wyldgate_web(self, port, game_port, connections):
        del connections
        return self.gateway(port, f"telnet://127.0.0.1:{game_port}", door="http")

    def gateway(self, port, world, door="telnet"):
        """The gateway with one of its doors open, `telnet` or `http`."""
        doors = {"telnet": "off", "http": "off", door: f"127.0.0.1:{port}"}
        config = self._file(
            "wyldgate.toml",
            f"""\
[server]
shards = 1
state_directory = "{self.directory}"
[listen]
telnet = "{doors['telnet']}"
http = "{doors['http']}"
[world]
url = "{world}"
accounts = false
{LIMITS}""",
        )
        return Process("wyldgate", [self.path("wyldgate"), "run", "--config", config], SUBJECT_CORE, ready_port=port)

    def load(self, *args):
        """Runs a load role to its end and returns the JSON it printed."""
        argv = [self.path("wyldgate-load"), *map(str, args)]
        done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, preexec_fn=_prepare(LOAD_CORE))
        if done.returncode != 0:
            raise Failed(f"{' '.join(argv[1:3])}: {done.stderr.strip()} {done.stdout.strip()}")
        return json.loads(done.stdout)

    def load_counted(self, counter, pid, *args):
        """The same for the players, with the system calls of `pid` during the measured part."""
        argv = [self.path("wyldgate-load"), *map(str, args), "--step"]
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=_prepare(LOAD_CORE),
        )  # fmt: skip
        counts = {}
        if child.stdout.readline() == "measuring\n":
            with counter.counting(pid) as count:
                print(file=child.stdin, flush=True)
                child.stdout.readline()
            counts = count.counts
        out, errors = child.communicate("\n")
        if child.returncode != 0:
            raise Failed(f"{' '.join(argv[1:3])}: {errors.strip()} {out.strip()}")
        return json.loads(out), counts

    def crowd(self, *args):
        argv = [self.path("wyldgate-load"), "idle", *map(str, args)]
        return Process("idle", argv, LOAD_CORE, ready_line="ready")


def parse_perf(text):
    counts = {}
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[0].isdigit():
            name = "all" if fields[2].startswith("raw_") else fields[2].rpartition("sys_enter_")[2]
            counts[name] = int(fields[0])
    return counts


def parse_strace(text):
    counts = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) in (5, 6) and re.fullmatch(r"[\d.]+", fields[0]) and fields[3].isdigit():
            counts["all" if fields[-1] == "total" else fields[-1]] = int(fields[3])
    return counts


class SyscallCounter:
    """Counts the system calls of a running process: with perf where it may, else with strace (which
    slows the process down, so nothing is timed meanwhile)."""

    def __init__(self):
        self.tool = None
        if shutil.which("perf") and self._perf_works():
            self.tool = "perf"
        elif shutil.which("strace"):
            self.tool = "strace"

    @staticmethod
    def _perf_works():
        done = subprocess.run(
            ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "true"], capture_output=True, text=True
        )
        return done.returncode == 0 and parse_perf(done.stderr).get("all", 0) > 0

    def counting(self, pid):
        """A block during which the calls of `pid` are counted; afterwards in `.counts`, by name."""
        return PerfCount(pid) if self.tool == "perf" else StraceCount(pid)


class PerfCount:
    def __init__(self, pid):
        # The pipes let perf say when it has really begun and ended to count.
        control, self.control = os.pipe()
        self.ack, ack = os.pipe()
        events = ",".join(["raw_syscalls:sys_enter"] + [f"syscalls:sys_enter_{name}" for name in SYSCALLS])
        argv = ["perf", "stat", "-x,", "-D", "-1", "--control", f"fd:{control},{ack}", "-e", events, "-p", str(pid)]
        self.tracer = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, pass_fds=(control, ack)
        )
        os.close(control)
        os.close(ack)

    def __enter__(self):
        os.write(self.control, b"enable\n")
        os.read(self.ack, 16)
        return self

    def __exit__(self, *_):
        os.write(self.control, b"disable\n")
        os.read(self.ack, 16)
        self.tracer.send_signal(signal.SIGINT)
        self.counts = parse_perf(self.tracer.communicate(timeout=30)[1])
        os.close(self.control)
        os.close(self.ack)


class StraceCount:
    def __init__(self, pid):
        self.out = tempfile.NamedTemporaryFile("r")
        argv = ["strace", "-c", "-f", "-o", self.out.name, "-p", str(pid)]
        self.tracer = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        self.tracer.stderr.readline()  # "Process N attached"
        return self

    def __exit__(self, *_):
        self.tracer.send_signal(signal.SIGINT)
        self.tracer.communicate(timeout=30)
        self.counts = parse_strace(self.out.read())
        self.out.close()


def memory(pid):
    """Resident and proportional bytes of a process."""
    found = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss", "Private_Dirty"):
                found[name.lower()] = int(rest.split()[0]) * 1024
    return found


def parse_sockstat(text, page_bytes):
    for line in text.splitlines():
        if line.startswith("TCP:"):
            return int(line.rsplit("mem", 1)[1]) * page_bytes
    return 0


def kernel_socket_bytes():
    with open("/proc/net/sockstat", encoding="ascii") as sockstat:
        return parse_sockstat(sockstat.read(), os.sysconf("SC_PAGE_SIZE"))


def slab_bytes():
    """Kernel memory in slabs, of the whole machine: sockets, descriptors, epoll entries live there."""
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        for line in meminfo:
            if line.startswith("Slab:"):
                return int(line.split()[1]) * 1024
    return 0
