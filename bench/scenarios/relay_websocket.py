#!/usr/bin/env python3
"""What relaying one line and its answer costs when the player comes by WebSocket, in both forms.

As relay.py, in front of the same telnet game: Telnet in binary messages, and the gateway's JSON form. Beside them
websockify, which carries bytes from a WebSocket to the game and knows nothing of Telnet, and the gateway's own
Telnet door. websockify starts a process for each connection, and the time of all of them counts; so there are fewer
connections than in relay.py.
"""

import tempfile

import measure
import relay
import rounds
import subjects

SUBJECTS = ["websockify", "wyldgate", "wyldgate_websocket", "wyldgate_json"]
TARGET_RATIO = 1.0


def cases(args):
    """(title, arguments for the players)."""
    closed = ["--round-trips", args.round_trips, "--warmup", args.warmup]
    every = [("closed loop, every connection has a line out", closed)]
    for rate in rounds.rates(args.rate):
        extra = ["--round-trips", 200, "--warmup", 20, "--rate", rate] if args.quick else relay.open_loop(rate, args.connections)
        every.append((f"{rate} lines/s", extra))
    return every


def judged(results):
    """The targets of a result: each form against websockify, where that was measured."""
    found = []
    for case in results["cases"]:
        for name in SUBJECTS[2:]:
            ratio = case["ratios"].get(f"{name}/websockify")
            if ratio:
                found.append((f"{name} against websockify, {case['title']}", ratio[1], TARGET_RATIO, "x"))
    return found


def main():
    parser = rounds.options(__doc__, check="fail when a target is missed, or cannot be judged")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--round-trips", type=int, default=20_000)
    parser.add_argument("--warmup", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--rate", "--rates", default="500", metavar="RATES",
                        help="lines/s of the open-loop cases, with commas; 0 leaves them out")  # fmt: skip
    parser.add_argument("--subjects", default=",".join(SUBJECTS), help="which to run, with commas")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.round_trips, args.warmup, args.connections = 1, 200, 20, 5
    every = cases(args)

    facts = measure.surroundings(args.bin)
    facts["websockify"] = subjects.installed_version("websockify")
    print("WebSocket: one line of 48 bytes to a telnet game, its 48-byte answer back")
    measure.print_surroundings(facts)
    results = {"scenario": "relay_websocket", "surroundings": facts, "cases": [], "syscalls": {}}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        names = programs.present(args.subjects.split(","), args.quick, optional=["websockify"])
        for title, extra in every:
            results["cases"].append(relay.measure_case(programs, names, SUBJECTS[:2], title, 1, extra, args))
        counter = subjects.SyscallCounter()
        # Only a process that exists when the counting begins is counted, hence none of websockify's.
        ours = [name for name in names if name != "websockify"]
        if args.quick:
            rounds.sane(results, relay.COST, "round_trips")
        elif counter.tool is None:
            print("System calls were not counted: neither perf nor strace can be used here\n")
        else:
            for title, extra in every:
                results["syscalls"][title] = relay.count_syscalls(programs, ours, title, 1, extra, args, counter)
    rounds.keep(args, results)
    if args.quick:
        return 0
    targets = judged(results)
    if not targets:
        print(f"No target can be judged without websockify: {subjects.missing('websockify')}\n")
        return 1 if args.check else 0
    return measure.verdict(args, targets)


if __name__ == "__main__":
    rounds.run_main("relay_websocket", main)
