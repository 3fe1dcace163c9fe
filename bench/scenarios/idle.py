#!/usr/bin/env python3
"""What an idle telnet connection costs the gateway in resident memory.

Opens many connections that do nothing, waits until all is quiet, and divides the growth of the gateway's
resident memory by their number. A few connections are opened first, so that what is set up once is not
counted. The kernel's memory for the sockets (both ends are on this machine) is stated apart, and is the
kernel's to change.
"""

import tempfile

import measure
import rounds
import subjects

TARGET_BYTES = 2048
TARGET_GAME_BYTES = 2000
GAME_CONNECTIONS = 4000  # of the second target: two descriptors a session, half of what the limit allows

PROMPT, WORLD, GAME = "demo, at the name prompt", "demo, in the world", "playing on a telnet game"

# The tests' own bound for the first case, with QUICK_CONNECTIONS: 2,280 to 2,300 B each were measured, and a tenth
# of room is left. It counts pages, so the speed of the machine has no part in it. Fewer connections than the
# target's 10,000 share what is set up once, hence the larger figure.
QUICK_CONNECTIONS = 2000
QUICK_BYTES_MAX = 2520
# The same on a telnet game: 3,200 to 3,230 B each were measured.
QUICK_GAME_CONNECTIONS = 1000
QUICK_GAME_BYTES_MAX = 3540

QUICK_BOUNDS = {PROMPT: ("QUICK_BYTES_MAX", QUICK_BYTES_MAX), GAME: ("QUICK_GAME_BYTES_MAX", QUICK_GAME_BYTES_MAX)}


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


def memory_grown(name, case):
    """Why a quick run fails: idle connections need more than they did. Empty when they do not."""
    constant, bound = QUICK_BOUNDS[name]
    if case["rss_each"] <= bound:
        return ""
    return (
        f"an idle telnet connection ({name}) takes {case['rss_each']:.0f} B of resident memory, with "
        f"{case['connections']} of them; the bound is {bound} B. Find what grew, or raise {constant} in "
        "bench/scenarios/idle.py with the reason"
    )


def main():
    parser = rounds.options(__doc__, quick="small: only that it works, and that idle memory has not grown")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--game-connections", type=int, default=GAME_CONNECTIONS, help="those on a telnet game")
    args = parser.parse_args()
    if args.quick:
        args.connections, args.game_connections = QUICK_CONNECTIONS, QUICK_GAME_CONNECTIONS
        subjects.need_descriptors(max(QUICK_CONNECTIONS, 2 * QUICK_GAME_CONNECTIONS) + 200)

    facts = measure.surroundings(args.bin)
    print("Idle: resident memory of a connection that does nothing")
    measure.print_surroundings(facts)
    results = {"scenario": "idle", "surroundings": facts, "cases": {}}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        # At the demo world's first question: the connection has a socket, a codec and a session.
        results["cases"][PROMPT] = grow(programs, "demo", args.connections, False)
        # Everyone sees everyone come, so the number of greetings grows with the square: fewer here.
        entered = 10 if args.quick else max(args.connections // 10, 10)
        results["cases"][WORLD] = grow(programs, "demo", entered, True)
        game_port = subjects.free_port()
        with programs.game(game_port):
            url = f"telnet://127.0.0.1:{game_port}"
            results["cases"][GAME] = grow(programs, url, args.game_connections, False)
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
    rounds.keep(args, results)
    if args.quick:
        judge_quick(results["cases"], release=facts["flags"].endswith("(Release)"))
        return 0
    return measure.verdict(args, targets(results["cases"]))


def targets(cases):
    return [
        ("idle telnet connection", cases[PROMPT]["rss_each"], TARGET_BYTES, "B"),
        ("idle connection on a telnet game", cases[GAME]["rss_each"], TARGET_GAME_BYTES, "B"),
    ]


def judge_quick(cases, release):
    """Fails when the figures cannot be, or have grown beyond the tests' own bounds."""
    for name, case in cases.items():
        if case["after_rss"] < case["before_rss"] // 2:
            raise subjects.Failed(f"numbers that cannot be: {name}: {case}")
    if not release:
        print("Not a release build, so idle memory is not held against its bound\n")
        return
    grown = [sentence for name in QUICK_BOUNDS if (sentence := memory_grown(name, cases[name]))]
    if grown:
        raise subjects.Failed("; ".join(grown))


if __name__ == "__main__":
    rounds.run_main("idle", main)
