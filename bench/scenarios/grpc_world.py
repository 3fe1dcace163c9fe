#!/usr/bin/env python3
"""What relaying one line to a gRPC world and its answer back costs the gateway, beside a telnet game.

Each round starts the same gateway anew in front of a telnet game and in front of a gRPC world, in turn, pinned to one
core with players and world on the other. CPU time (user and system, all threads) over a fixed number of round
trips; ratios are taken within a round. The latency that the gateway adds is what its players wait for, less what somebody
waits for who speaks to the same world without it: Telnet to the game, one gRPC stream to the world.
"""

import contextlib
import json
import statistics
import subprocess
import tempfile

import measure
import rounds
import subjects

SUBJECTS = ["telnet", "grpc"]
COST = "subject_cpu_us_per_round_trip"
TARGET_RATIO = 0.75
TARGET_ADDED_US = {"p50": 500, "p99": 2000}


@contextlib.contextmanager
def world(programs, subject, port):
    if "grpc" not in subject:
        with programs.game(port):
            yield f"telnet://127.0.0.1:{port}"
        return
    argv = [programs.path("grpc_echo_world"), str(port)]
    with subjects.Process("grpc_echo_world", argv, subjects.LOAD_CORE, ready_line="listening"):
        yield f"grpc://127.0.0.1:{port}"


def run_once(programs, subject, extra, connections):
    world_port, port = subjects.free_port(), subjects.free_port()
    with world(programs, subject, world_port) as url, contextlib.ExitStack() as stack:
        if subject == "bare grpc":
            ask = [programs.path("grpc_echo_world"), "ask", str(world_port), str(extra[5]), str(extra[1])]
            done = subprocess.run(ask, capture_output=True, text=True, preexec_fn=subjects.pin_to_subject_core)
            if done.returncode != 0:
                raise subjects.Failed("grpc_echo_world ask: " + done.stderr.strip())
            return json.loads(done.stdout)
        players = ["players", "--connections", connections, *extra]
        if subject == "bare telnet":
            return programs.load(*players, "--connect", f"127.0.0.1:{world_port}")
        gateway = stack.enter_context(programs.gateway(port, url))
        return programs.load(*players, "--connect", f"127.0.0.1:{port}", "--subject-pid", gateway.pid)


def latency(runs, key):
    return rounds.median(runs, "latency_us", key)


def measure_cpu(programs, title, extra, args):
    runs = rounds.in_turn(SUBJECTS, args.rounds, lambda name: run_once(programs, name, extra, args.connections))
    others = [
        ("p50 us", lambda of_name: f"{latency(of_name, 'p50'):.0f}"),
        ("p99 us", lambda of_name: f"{latency(of_name, 'p99'):.0f}"),
        ("lines/s", lambda of_name: f"{rounds.median(of_name, 'rps'):.0f}"),
    ]
    text, ratios = rounds.cost_table(runs, COST, "CPU us/round trip", ["telnet"], others)
    print(f"{title} ({args.rounds} rounds of {extra[1]} round trips, {args.connections} connections)\n{text}\n")
    return {"title": title, "runs": runs, "ratio": ratios["grpc/telnet"]}


def measure_latency(programs, args):
    extra = ["--round-trips", args.slow_rate * 20, "--warmup", args.slow_rate, "--rate", args.slow_rate]
    if args.quick:
        extra = ["--round-trips", 50, "--warmup", 10, "--rate", 500]
    names = ["bare telnet", "telnet", "bare grpc", "grpc"]
    runs = rounds.in_turn(names, args.rounds, lambda name: run_once(programs, name, extra, args.slow_connections))
    added, rows = {}, []
    for name in names:
        row = [name, *(f"{latency(runs[name], key):.0f}" for key in ("p50", "p99"))]
        if name in SUBJECTS:
            added[name] = {}
            for key in ("p50", "p99"):
                pairs = zip(runs[name], runs["bare " + name])
                added[name][key] = statistics.median(a["latency_us"][key] - b["latency_us"][key] for a, b in pairs)
                row.append(f"{added[name][key]:.0f}")
        rows.append(row + [""] * (5 - len(row)))
    print(f"{extra[5]} lines/s ({args.rounds} rounds of {extra[1]} round trips, {args.slow_connections} connections)")
    print(measure.table(["", "p50 us", "p99 us", "added p50", "added p99"], rows) + "\n")
    return {"title": "latency", "runs": runs, "added_us": added}


def sane(results):
    """The quick run's only claim: all round trips came back right."""
    for case in results["cases"]:
        for name, runs in case["runs"].items():
            for run in runs:
                if run["errors"] or run["round_trips"] < 1:
                    raise subjects.Failed(f"{name}: numbers that cannot be: {run}")


def main():
    parser = rounds.options(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--round-trips", type=int, default=60_000)
    parser.add_argument("--warmup", type=int, default=15_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=5000, help="lines/s of the open-loop case; 0 leaves it out")
    parser.add_argument("--slow-rate", type=int, default=100, help="lines/s of the latency case; 0 leaves it out")
    parser.add_argument("--slow-connections", type=int, default=100)
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.round_trips, args.warmup, args.connections, args.rate = 1, 500, 50, 20, 2000
        args.slow_connections = 10

    facts = measure.surroundings(args.bin)
    print("gRPC world: one line of 48 bytes to a world, its 48-byte answer back")
    measure.print_surroundings(facts)
    results = {"scenario": "grpc_world", "surroundings": facts, "cases": []}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        if not programs.has("grpc_echo_world"):
            print("  grpc_echo_world is not built here: nothing to measure\n")
            return 0
        closed = ["--round-trips", args.round_trips, "--warmup", args.warmup]
        results["cases"].append(measure_cpu(programs, "closed loop, every connection has a line out", closed, args))
        if args.rate > 0:
            opened = ["--round-trips", args.rate * 3, "--warmup", args.rate, "--rate", args.rate]
            results["cases"].append(measure_cpu(programs, f"{args.rate} lines/s", opened, args))
        if args.slow_rate > 0:
            results["cases"].append(measure_latency(programs, args))
    rounds.keep(args, results)
    if args.quick:
        sane(results)
        return 0
    targets = [(f"CPU against the telnet relay, {case['title']}", case["ratio"][1], TARGET_RATIO, "x")
               for case in results["cases"] if "ratio" in case]  # fmt: skip
    for case in results["cases"]:
        for key, value in case.get("added_us", {}).get("grpc", {}).items():
            targets.append((f"added latency, {args.slow_rate} lines/s, {key}", value, TARGET_ADDED_US[key], "us"))
    return measure.verdict(args, targets)


if __name__ == "__main__":
    rounds.run_main("grpc_world", main)
