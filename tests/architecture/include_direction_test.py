#!/usr/bin/env python3
"""#includes point down: docs/architecture.md has the picture, this reads the sources.

Also: codec/ and session/ touch no socket, file, thread or clock of the system.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each folder of src/ may include besides itself.
CORE = {"base", "codec", "runtime", "session"}
MAY_INCLUDE = {
    "base": set(),
    "codec": {"base", "runtime"},  # of runtime/ the pure parts only
    "runtime": {"base"},
    "session": {"base", "codec", "runtime"},
    "transport": CORE,
    "world": CORE,
    "store": CORE,
    "account": CORE,
    "http": CORE | {"transport"},
    "config": {"base"},
    "testing": CORE,
}

# The parts of runtime/ that are pure.
PURE_RUNTIME = {"runtime/address.h", "runtime/timing_wheel.h"}
SYSTEM = re.compile(
    r"^(sys/(socket|epoll|eventfd|signalfd|uio|random)\.h|netinet/.*|arpa/inet\.h|netdb\.h|poll\.h|unistd\.h|fcntl\.h|"
    r"fstream|filesystem|thread|boost/asio.*|boost/beast.*)$")
# The part of the gRPC link that a simulation drives without a network, and the files that may know gRPC.
GRPC_CORE = "world/grpc/core/"
GRPC = re.compile(r"^(grpc|grpcpp|google/protobuf|wyldgate/world)/")
GRPC_FILES = re.compile(r"^world/grpc/((account_answers|channel|hello|grpc_world|stream\w*|world_accounts)\.cc|(stream|world_accounts)\.h|echo_world\w*\.(h|cc))$")
# Boost's HTTP is a parser here, and one file knows it.
BEAST = re.compile(r"^boost/(asio|beast)")
BEAST_FILE = "http/head_reader.cc"
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
CLOCK_CALL = re.compile(r"\b(steady_clock|system_clock|Clock)::now\(")


def is_test(path):
    return path.endswith(("_test.cc", "_fuzz.cc", "_bench.cc", "_fixture.h"))


def troubles(files):
    """`files`: path below src/ -> text. Returns one sentence per include that points the wrong way."""
    found = []
    for path, text in sorted(files.items()):
        folder = path.split("/")[0]
        if folder not in MAY_INCLUDE:
            found.append(f"src/{path}: {folder}/ is not in the picture of docs/architecture.md")
            continue
        for ours, system in INCLUDE.findall(text):
            target = ours.split("/")[0]
            if ours and target in MAY_INCLUDE and target != folder:
                allowed = MAY_INCLUDE[folder] | ({"testing"} if is_test(path) else set())
                # A benchmark is a program's part: nothing leans on it, and it measures what works together.
                if target not in allowed and not path.endswith("_bench.cc"):
                    found.append(f"src/{path} includes {ours}: {folder}/ may not lean on {target}/")
            if folder in ("codec", "session") and not is_test(path):
                if system and SYSTEM.match(system):
                    found.append(f"src/{path} includes <{system}>: {folder}/ touches nothing outside the process")
                if target == "runtime" and ours not in PURE_RUNTIME:
                    found.append(f"src/{path} includes {ours}: {folder}/ may use only the pure parts of runtime/")
            if path.startswith(GRPC_CORE) and not is_test(path):
                if ours.startswith("world/") and not ours.startswith(GRPC_CORE):
                    found.append(f"src/{path} includes {ours}: {GRPC_CORE} leans on nothing else of world/")
                if (system and SYSTEM.match(system)) or (target == "runtime" and ours not in PURE_RUNTIME):
                    found.append(f"src/{path} includes {ours or system}: {GRPC_CORE} touches nothing outside the process")
            if BEAST.match(system) and (path != BEAST_FILE or system.startswith("boost/asio")):
                found.append(f"src/{path} includes <{system}>: only {BEAST_FILE} knows Beast, and nothing reads sockets with Asio")
            if GRPC.match(ours or system) and not is_test(path) and not GRPC_FILES.match(path):
                found.append(f"src/{path} includes {ours or system}: gRPC is known in a few files of world/grpc/ only")
        pure = folder in ("codec", "session") or path.startswith(GRPC_CORE)
        if pure and not is_test(path) and CLOCK_CALL.search(text):
            found.append(f"src/{path} asks the system what time it is: it is told")
    return found


class IncludeDirection(unittest.TestCase):
    def test_the_sources_follow_the_picture(self):
        files = {str(p.relative_to(ROOT / "src")): p.read_text()
                 for p in (ROOT / "src").rglob("*") if p.suffix in (".h", ".cc")}
        self.assertGreater(len(files), 80)
        self.assertEqual(troubles(files), [])

    def test_an_include_that_points_up_is_found(self):
        self.assertEqual(len(troubles({"codec/x.cc": '#include "session/state.h"\n'})), 1)

    def test_an_include_that_points_sideways_is_found(self):
        self.assertEqual(len(troubles({"transport/x.cc": '#include "http/site.h"\n'})), 1)
        self.assertEqual(troubles({"http/x.cc": '#include "transport/dialect.h"\n'}), [])
        self.assertEqual(len(troubles({"codec/x.cc": '#include "runtime/loop.h"\n'})), 1)
        self.assertEqual(troubles({"codec/x.cc": '#include "runtime/address.h"\n'}), [])

    def test_fakes_are_for_tests_only(self):
        self.assertEqual(len(troubles({"session/x.cc": '#include "testing/fakes.h"\n'})), 1)
        self.assertEqual(troubles({"session/x_test.cc": '#include "testing/fakes.h"\n'}), [])

    def test_a_socket_or_a_clock_in_the_core_is_found(self):
        self.assertEqual(len(troubles({"session/x.cc": "#include <sys/socket.h>\n"})), 1)
        self.assertEqual(len(troubles({"codec/x.h": "auto t = std::chrono::steady_clock::now();\n"})), 1)
        self.assertEqual(len(troubles({"session/x.h": '#include "runtime/stream.h"\n'})), 1)

    def test_beast_stays_a_parser(self):
        self.assertEqual(len(troubles({"http/http_dialect.cc": "#include <boost/beast/http/parser.hpp>\n"})), 1)
        self.assertEqual(len(troubles({BEAST_FILE: "#include <boost/asio/ip/tcp.hpp>\n"})), 1)
        self.assertEqual(troubles({BEAST_FILE: "#include <boost/beast/http/parser.hpp>\n"}), [])

    def test_grpc_stays_where_it_belongs(self):
        grpc = "#include <grpcpp/server.h>\n"
        self.assertEqual(len(troubles({"world/grpc/link.h": grpc})), 1)
        self.assertEqual(len(troubles({"world/grpc/core/link_core.cc": grpc})), 1)
        self.assertEqual(len(troubles({"world/grpc/core/x.cc": '#include "wyldgate/world/v1/world.pb.h"\n'})), 1)
        self.assertEqual(len(troubles({"world/grpc/core/x.cc": '#include "runtime/loop.h"\n'})), 1)
        self.assertEqual(len(troubles({"world/grpc/core/x.cc": '#include "world/grpc/link.h"\n'})), 1)
        self.assertEqual(len(troubles({"world/grpc/core/x.cc": "auto t = std::chrono::system_clock::now();\n"})), 1)
        self.assertEqual(troubles({"world/grpc/stream.cc": grpc, "world/grpc/core/x_test.cc": grpc}), [])

    def test_a_new_folder_must_enter_the_picture(self):
        self.assertEqual(len(troubles({"misc/x.cc": ""})), 1)


if __name__ == "__main__":
    unittest.main()
