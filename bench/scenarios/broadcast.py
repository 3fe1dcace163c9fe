#!/usr/bin/env python3
"""How long until everyone has heard what one player shouts.

Clients on real loopback sockets enter the demo world; one more shouts a word that was never said before.
The time runs from the speaker's write until the last byte of that line was read by the last listener.
All clients are one program on the other core, so its own reading (about a microsecond each) is included.
"""

import tempfile

import measure
import rounds
import subjects

TARGETS_MS = {100: 1.0, 1000: 10.0}


def main():
    parser = rounds.options(__doc__, quick="small: only that it works")
    parser.add_argument("--listeners", default="100,1000", help="how many hear it, with commas")
    parser.add_argument("--rounds", type=int, default=300)
    args = parser.parse_args()
    if args.quick:
        args.listeners, args.rounds = "10", 5

    facts = measure.surroundings(args.bin)
    print("Broadcast: from one player's write to the last byte read by the last listener")
    measure.print_surroundings(facts)
    results = {"scenario": "broadcast", "surroundings": facts, "cases": []}
    rows, targets = [], []
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        for count in map(int, args.listeners.split(",")):
            port = subjects.free_port()
            with programs.gateway(port, "demo"):
                run = programs.load(
                    "broadcast", "--connect", f"127.0.0.1:{port}", "--listeners", count, "--rounds", args.rounds
                )
            results["cases"].append(run)
            times = {key: value / 1000 for key, value in run["last_byte_us"].items()}
            rows.append([f"{count} listeners", run["rounds"]] + [f"{times[key]:.3f}" for key in ("p50", "p99", "max")])
            if count in TARGETS_MS:
                targets.append((f"broadcast to {count}, median", times["p50"], TARGETS_MS[count], "ms"))
    print(measure.table(["", "rounds", "median ms", "p99 ms", "max ms"], rows) + "\n")
    rounds.keep(args, results)
    if args.quick:
        for run in results["cases"]:
            if run["rounds"] != args.rounds or not 0 < run["last_byte_us"]["p50"] < 60e6:
                raise subjects.Failed(f"numbers that cannot be: {run}")
        return 0
    return measure.verdict(args, targets)


if __name__ == "__main__":
    rounds.run_main("broadcast", main)
