"""Starts the example worlds, and finds what they need."""

import functools
import os
import shutil
import subprocess
import sys

from harness import PATIENCE, ROOT, Program, program

EXAMPLES = os.path.join(ROOT, "examples")
CONFORMANCE = os.path.join(ROOT, "tests", "worlds", "conformance.py")
HELPERS = os.path.join(ROOT, "tests", "worlds", "helpers_test.py")


@functools.cache
def python():
    """A Python that has gRPC: Debian's, which need not be the first on the path."""
    for path in (sys.executable, "/usr/bin/python3"):
        asked = subprocess.run([path, "-c", "import grpc, google.protobuf"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if asked.returncode == 0:
            return path
    raise AssertionError("no Python with gRPC; script/bootstrap installs python3-grpcio and python3-protobuf")


@functools.cache
def node_packages():
    """Installs the packages of examples/world-node unless they are there as its lock file says."""
    folder = os.path.join(EXAMPLES, "world-node")
    lock, stamp = os.path.join(folder, "package-lock.json"), os.path.join(folder, "node_modules", ".bootstrap")
    with open(lock, "rb") as text:
        wanted = text.read()
    if os.path.exists(stamp):
        with open(stamp, "rb") as text:
            if text.read() == wanted:
                return
    subprocess.run([program("npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    shutil.copyfile(lock, stamp)


def world_cpp():
    from harness import PRESET
    folder = os.path.dirname(os.environ.get("WYLDGATE_BIN", "")) or os.path.join(ROOT, "build", PRESET, "bin")
    path = os.path.join(folder, "world-cpp")
    if not os.access(path, os.X_OK):
        raise AssertionError("no world at %s; build it" % path)
    return path


def program_of(kind):
    """An example world without its arguments: "python", "node" or "cpp"."""
    if kind == "node":
        node_packages()
    return {"python": lambda: [python(), "-B", os.path.join(EXAMPLES, "world-python", "chat.py")],
            "node": lambda: [program("node"), os.path.join(EXAMPLES, "world-node", "chat.mjs")],
            "cpp": lambda: [world_cpp()]}[kind]()


def command(kind, listen, state=None, key_file=None):
    """What starts it."""
    argv = program_of(kind) + ["--listen", listen]
    if state and kind != "node":  # Node's remembers nothing
        argv += ["--state", state]
    return argv + (["--key-file", key_file] if key_file else [])


def everything(kind, listen):
    """The same for the world that uses all of a helper: "python" or "node"."""
    if kind == "node":
        node_packages()
        return [program("node"), os.path.join(ROOT, "tests", "worlds", "everything.mjs"), "--listen", listen]
    return [python(), "-B", os.path.join(ROOT, "tests", "worlds", "everything.py"), "--listen", listen]


class World(Program):
    """One example world. start_again() after kill() begins a new process at the same address."""

    def __init__(self, test, kind, port=0, state=None, arguments=()):
        super().__init__(command(kind, "127.0.0.1:%d" % port, state) + list(arguments), test.folder(), name="world-" + kind)
        test.track(self)
        self.port = int(self.expect(r"listens on \S+:(\d+)$").group(1))
        self.url = "grpc://127.0.0.1:%d" % self.port


class Conformance(Program):
    """The conformance tool against an example world, which it starts and kills."""

    def __init__(self, test, kind, checks=(), arguments=()):
        folder = test.folder()
        key_file = os.path.join(folder, "key")
        with open(key_file, "w", encoding="ascii") as text:
            text.write("sesame\n")
        start = command(kind, "127.0.0.1:{port}", "{folder}/state", key_file)
        argv = [python(), "-B", CONFORMANCE, "--start", " ".join(start), "--key-file", key_file]
        if kind == "cpp":
            argv += ["--say", "say {word}"]
        super().__init__(argv + list(arguments) + list(checks), folder, {"WYLDGATE_PATIENCE": str(PATIENCE)},
                         name="conformance of world-" + kind)
        test.track(self)

    def finish(self, timeout):
        code = self.exit_code(timeout)
        if code != 0:
            raise AssertionError("it ended with %d:\n%s" % (code, self.output[-6000:]))
