#!/usr/bin/env python3
"""What relaying one line and its answer costs the gateway in CPU time, beside HAProxy and a bare relay.

Each round starts every subject anew, in the same order (a, b, c, a, b, c, ...), pinned to one core with
game and players on the other; connects, warms up, then measures the subject's CPU time (user and system,
/proc/PID/task/*/schedstat) over a fixed number of round trips. Only one subject runs at a time. Ratios are
taken within a round, so that a slow spell of the machine weighs on both sides.
"""

import argparse
import json
import statistics
import sys
import tempfile

import measure
import subjects

SUBJECTS = ["haproxy", "epoll_relay", "wyldgate"]
TARGET_RATIO = 1.1


def cases(args):
    """(title, game's writes, arguments for the players)."""
    closed = ["--round-trips", args.round_trips, "--warmup", args.warmup]
    opened = ["--round-trips", args.rate * 3, "--warmup", args.rate, "--rate", args.rate]
    every = []
    for writes in (1, 4):
        plural = "one write" if writes == 1 else f"{writes} writes"
        every.append((f"closed loop, every connection has a line out, answer in {plural}", writes, closed))
    if args.rate > 0:
        for writes in (1, 4):
            plural = "one write" if writes == 1 else f"{writes} writes"
            every.append((f"{args.rate} lines/s, answer in {plural}", writes, opened))
    return every


def run_once(programs, subject, writes, extra, args, counter=None):
    game_port, port = subjects.free_port(), subjects.free_port()
    with programs.game(game_port, writes) as game:
        del game
        with getattr(programs, subject)(port, game_port, args.connections) as process:
            players = ["players", "--connect", f"127.0.0.1:{port}", "--connections", args.connections]
            players += ["--subject-pid", process.pid, *extra]
            if counter is None:
                return programs.load(*players)
            run, counts = programs.load_counted(counter, process.pid, *players)
            each = {name: calls / run["round_trips"] for name, calls in counts.items()}
            each["others"] = each.get("all", 0) - sum(calls for name, calls in each.items() if name != "all")
            return {name: calls for name, calls in each.items() if calls >= 0.005}


def measure_case(programs, names, title, writes, extra, args):
    runs = {name: [] for name in names}
    for number in range(args.rounds):
        for name in names:
            print(f"\r  round {number + 1} of {args.rounds}: {name:<12}", end="", file=sys.stderr, flush=True)
            runs[name].append(run_once(programs, name, writes, extra, args))
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr, flush=True)

    cpu = {name: [run["subject_cpu_us_per_round_trip"] for run in runs[name]] for name in names}
    rows, result = [], {"title": title, "writes": writes, "runs": runs, "ratios": {}}
    for name in names:
        row = [name, measure.interval_text(measure.median_interval(cpu[name])),
               f"{min(cpu[name]):.2f}-{max(cpu[name]):.2f}"]  # fmt: skip
        for other in ("haproxy", "epoll_relay"):
            if other not in names:
                continue
            ratio = measure.ratio_interval(cpu[name], cpu[other])
            result["ratios"][f"{name}/{other}"] = ratio
            row.append("1" if other == name else measure.interval_text(ratio, 3))
        for key in ("p50", "p99"):
            row.append(f"{statistics.median(run['latency_us'][key] for run in runs[name]):.0f}")
        row.append(f"{statistics.median(run['rps'] for run in runs[name]):.0f}")
        rows.append(row)
    head = ["", "CPU us/round trip", "range"]
    head += [f"x {other}" for other in ("haproxy", "epoll_relay") if other in names]
    print(f"{title} ({args.rounds} rounds of {extra[1]} round trips, {args.connections} connections)")
    print(measure.table(head + ["p50 us", "p99 us", "lines/s"], rows) + "\n")
    return result


def count_syscalls(programs, names, title, writes, extra, args, counter):
    rows, result = [], {}
    for name in names:
        counts = run_once(programs, name, writes, extra, args, counter)
        result[name] = counts
        parts = sorted(((value, key) for key, value in counts.items() if key != "all"), reverse=True)
        rows.append([name, f"{counts.get('all', 0):.2f}", "  ".join(f"{key} {value:.2f}" for value, key in parts)])
    print(f"System calls per round trip ({counter.tool}), {title}")
    print(measure.table(["", "all", ""], rows) + "\n")
    return result


def sane(results):
    """The quick run's only claims: all round trips came back right and cost some CPU time."""
    for case in results["cases"]:
        for name, runs in case["runs"].items():
            for run in runs:
                cost = run["subject_cpu_us_per_round_trip"]
                if run["errors"] or run["round_trips"] < 1 or not 0 < cost < 100_000:
                    raise subjects.Failed(f"{name}: numbers that cannot be: {run}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin", help="where the built programs are")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--round-trips", type=int, default=60_000)
    parser.add_argument("--warmup", type=int, default=15_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=5000, help="lines/s of the open-loop cases; 0 leaves them out")
    parser.add_argument("--subjects", default=",".join(SUBJECTS), help="which to run, with commas")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured here")
    parser.add_argument("--check", action="store_true", help="fail when the target is missed")
    parser.add_argument("--quick", action="store_true", help="once and small: only that it works")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.round_trips, args.warmup, args.connections, args.rate = 1, 500, 50, 20, 2000

    facts = measure.surroundings(args.bin)
    print("Relay: one line of 48 bytes to a telnet game, its 48-byte answer back")
    measure.print_surroundings(facts)
    names = args.subjects.split(",")
    if args.quick and facts["haproxy"] == "not installed" and "haproxy" in names:
        names.remove("haproxy")
    results = {"scenario": "relay", "surroundings": facts, "cases": [], "syscalls": {}}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        if "wyldgate" in names and not programs.has("wyldgate"):
            print("  wyldgate is not built here: measuring the others only\n")
            names.remove("wyldgate")
        every = cases(args)
        for title, writes, extra in every:
            results["cases"].append(measure_case(programs, names, title, writes, extra, args))
        counter = subjects.SyscallCounter()
        if args.quick:
            sane(results)
        elif counter.tool is None:
            print("System calls were not counted: neither perf nor strace can be used here\n")
        else:
            for title, writes, extra in every:
                results["syscalls"][title] = count_syscalls(programs, names, title, writes, extra, args, counter)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)

    ratio = results["cases"][0]["ratios"].get("wyldgate/haproxy")
    if args.quick or ratio is None:
        return 0
    met = measure.report_targets([("relay, CPU against HAProxy", ratio[1], TARGET_RATIO, "x")])
    return 1 if args.check and not met else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subjects.Failed as failure:
        sys.exit(f"relay: {failure}")
