#!/usr/bin/env python3
"""What an idle telnet connection costs the gateway in resident memory.

Opens many connections that do nothing, waits until all is quiet, and divides the growth of the gateway's
resident memory by their number. A few connections are opened first, so that what is set up once is not
counted. The kernel's memory for the sockets (both ends are on this machine) is stated apart, and is the
kernel's to change.
"""

import argparse
import json
import sys
import tempfile

import measure
import subjects

TARGET_BYTES = 2048

# The tests' own bound for the first case, with QUICK_CONNECTIONS: 2,280 to 2,300 B each were measured, and a tenth
# of room is left. It counts pages, so the speed of the machine has no part in it. Fewer connections than the
# target's 10,000 share what is set up once, hence the larger figure.
QUICK_CONNECTIONS = 2000
QUICK_BYTES_MAX = 2520


def crowd(programs, port, count, *more):
    return programs.crowd("--connect", f"127.0.0.1:{port}", "--connections", count, *more)


def grow(programs, world, count, enter):
    """Memory per connection with `count` of them, in `world`."""
    port = subjects.free_port()
    with programs.gateway(port, world) as gateway:
        with crowd(programs, port, min(count, 50), *(["--enter", "Early"] if enter else [])):
            before = subjects.memory(gateway.pid)
            kernel = subjects.kernel_socket_bytes(), subjects.slab_bytes()
            with crowd(programs, port, count, *(["--enter", "Idle"] if enter else [])):
                after = subjects.memory(gateway.pid)
                kernel_after = subjects.kernel_socket_bytes(), subjects.slab_bytes()
    each = {name: (after[name] - before[name]) / count for name in after}
    return {
        "connections": count,
        "before_rss": before["rss"],
        "after_rss": after["rss"],
        "rss_each": each["rss"],
        "pss_each": each["pss"],
        "kernel_buffers_each": (kernel_after[0] - kernel[0]) / count,
        "kernel_slab_each": (kernel_after[1] - kernel[1]) / count,
    }


def memory_grown(case):
    """Why a quick run fails: idle connections need more than they did. Empty when they do not."""
    if case["rss_each"] <= QUICK_BYTES_MAX:
        return ""
    return (
        f"an idle telnet connection takes {case['rss_each']:.0f} B of resident memory, with {case['connections']} of "
        f"them; the bound is {QUICK_BYTES_MAX} B. Find what grew, or raise QUICK_BYTES_MAX in bench/scenarios/idle.py "
        "with the reason"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin", help="where the built programs are")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--json", metavar="FILE", help="also write everything measured here")
    parser.add_argument("--check", action="store_true", help="fail when the target is missed")
    parser.add_argument("--quick", action="store_true", help="small: only that it works, and that idle memory has not grown")
    args = parser.parse_args()
    if args.quick:
        args.connections = QUICK_CONNECTIONS
        subjects.need_descriptors(QUICK_CONNECTIONS + 200)

    facts = measure.surroundings(args.bin)
    print("Idle: resident memory of a connection that does nothing")
    measure.print_surroundings(facts)
    results = {"scenario": "idle", "surroundings": facts, "cases": {}}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        # At the demo world's first question: the connection has a socket, a codec and a session.
        results["cases"]["demo, at the name prompt"] = grow(programs, "demo", args.connections, False)
        # Everyone sees everyone come, so the number of greetings grows with the square: fewer here.
        entered = 10 if args.quick else max(args.connections // 10, 10)
        results["cases"]["demo, in the world"] = grow(programs, "demo", entered, True)
        game_port = subjects.free_port()
        with programs.game(game_port):
            # Two descriptors a session: half of what the descriptor limit allows.
            results["cases"]["playing on a telnet game"] = grow(
                programs, f"telnet://127.0.0.1:{game_port}", 20 if args.quick else max(args.connections * 2 // 5, 10), False
            )
    rows = [
        [
            name,
            case["connections"],
            f"{case['before_rss'] / 1e6:.1f}",
            f"{case['after_rss'] / 1e6:.1f}",
            f"{case['rss_each']:.0f}",
            f"{case['pss_each']:.0f}",
            f"{case['kernel_buffers_each']:.0f}",
            f"{case['kernel_slab_each']:.0f}",
        ]
        for name, case in results["cases"].items()
    ]
    head = ["", "connections", "RSS before MB", "after MB", "RSS B each", "PSS B each"]
    print(measure.table(head + ["kernel buffers B each", "kernel slab B each"], rows))
    print("  Kernel columns are of the whole machine: both ends of each connection, and any neighbour's.\n")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)

    first = results["cases"]["demo, at the name prompt"]
    if args.quick:
        if first["after_rss"] < first["before_rss"] // 2 or first["connections"] != args.connections:
            raise subjects.Failed(f"numbers that cannot be: {first}")
        too_much = memory_grown(first)
        if not facts["flags"].endswith("(Release)"):
            print("Not a release build, so idle memory is not held against its bound\n")
        elif too_much:
            raise subjects.Failed(too_much)
        return 0
    met = measure.report_targets([("idle telnet connection", first["rss_each"], TARGET_BYTES, "B")])
    return 1 if args.check and not met else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subjects.Failed as failure:
        sys.exit(f"idle: {failure}")
