#!/usr/bin/env python3
"""What relaying one line and its answer costs the gateway in CPU time, beside HAProxy and a bare relay.

Each round starts every subject anew, in the same order (a, b, c, a, b, c, ...), pinned to one core with
game and players on the other; connects, warms up, then measures the subject's CPU time (user and system,
/proc/PID/task/*/schedstat) over a fixed number of round trips. Only one subject runs at a time. Ratios are
taken within a round, so that a slow spell of the machine weighs on both sides.
"""

import tempfile

import measure
import rounds
import subjects

SUBJECTS = ["haproxy", "epoll_relay", "wyldgate"]
COST = "subject_cpu_us_per_round_trip"
CLOSED_TARGET = 1.1
# Of the open-loop cases, by rate. At a low rate each line wakes the subject for itself alone.
RATE_TARGETS = {500: 1.03}


def open_loop(rate, connections):
    """Arguments for the players: three seconds, but never so few lines that a stray wake-up shows. Before it a
    second, and every connection's first line: with it the player enters, which the gateway stores."""
    warmup = max(rate, connections * 3 // 2)
    return ["--round-trips", max(rate * 3, 3000), "--warmup", warmup, "--rate", rate]


def cases(args):
    """(title, game's writes, arguments for the players, target of the ratio to HAProxy or None)."""
    closed = ["--round-trips", args.round_trips, "--warmup", args.warmup]
    every = []
    for writes, plural in ((1, "one write"), (4, "4 writes")):
        title = f"closed loop, every connection has a line out, answer in {plural}"
        every.append((title, writes, closed, CLOSED_TARGET if writes == 1 else None))
    for index, rate in enumerate(rounds.rates(args.rate)):
        extra = ["--round-trips", 500, "--warmup", 50, "--rate", rate] if args.quick else open_loop(rate, args.connections)
        every.append((f"{rate} lines/s, answer in one write", 1, extra, RATE_TARGETS.get(rate)))
        if index == 0:
            every.append((f"{rate} lines/s, answer in 4 writes", 4, extra, None))
    return every


def run_once(programs, subject, writes, extra, connections, counter=None):
    game_port, port = subjects.free_port(), subjects.free_port()
    with programs.game(game_port, writes):
        with programs.subject(subject, port, game_port, connections) as process:
            players = ["players", "--connect", f"127.0.0.1:{port}", "--connections", connections]
            players += [*subjects.SPEAK.get(subject, []), "--subject-pid", process.pid, *extra]
            if counter is None:
                return programs.load(*players)
            run, counts = programs.load_counted(counter, process.pid, *players)
            return rounds.each(counts, run["round_trips"])


def measure_case(programs, names, references, title, writes, extra, args):
    runs = rounds.in_turn(names, args.rounds, lambda name: run_once(programs, name, writes, extra, args.connections))
    others = [
        ("p50 us", lambda of_name: f"{rounds.median(of_name, 'latency_us', 'p50'):.0f}"),
        ("p99 us", lambda of_name: f"{rounds.median(of_name, 'latency_us', 'p99'):.0f}"),
        ("lines/s", lambda of_name: f"{rounds.median(of_name, 'rps'):.0f}"),
    ]
    text, ratios = rounds.cost_table(runs, COST, "CPU us/round trip", references, others)
    print(f"{title} ({args.rounds} rounds of {extra[1]} round trips, {args.connections} connections)\n{text}\n")
    return {"title": title, "writes": writes, "runs": runs, "ratios": ratios}


def count_syscalls(programs, names, title, writes, extra, args, counter):
    counts = {name: run_once(programs, name, writes, extra, args.connections, counter) for name in names}
    print(f"System calls per round trip ({counter.tool}), {title}\n{rounds.syscall_table(counts)}\n")
    return counts


def main():
    parser = rounds.options(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--round-trips", type=int, default=60_000)
    parser.add_argument("--warmup", type=int, default=15_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--rate", "--rates", default="5000,500", metavar="RATES",
                        help="lines/s of the open-loop cases, with commas; 0 leaves them out. The first is also "
                        "measured with answers in 4 writes")  # fmt: skip
    parser.add_argument("--subjects", default=",".join(SUBJECTS), help="which to run, with commas")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.round_trips, args.warmup, args.connections, args.rate = 1, 500, 50, 20, "2000,500"
    every = cases(args)

    facts = measure.surroundings(args.bin)
    print("Relay: one line of 48 bytes to a telnet game, its 48-byte answer back")
    measure.print_surroundings(facts)
    results = {"scenario": "relay", "surroundings": facts, "cases": [], "syscalls": {}}
    targets = []
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        names = programs.present(args.subjects.split(","), args.quick)
        for title, writes, extra, bound in every:
            case = measure_case(programs, names, SUBJECTS[:2], title, writes, extra, args)
            results["cases"].append(case)
            ratio = case["ratios"].get("wyldgate/haproxy")
            if ratio and bound:
                targets.append((f"relay against HAProxy, {title}", ratio[1], bound, "x"))
        counter = subjects.SyscallCounter()
        if args.quick:
            rounds.sane(results, COST, "round_trips")
        elif counter.tool is None:
            print("System calls were not counted: neither perf nor strace can be used here\n")
        else:
            for title, writes, extra, _ in every:
                results["syscalls"][title] = count_syscalls(programs, names, title, writes, extra, args, counter)
    rounds.keep(args, results)
    if args.quick or not targets:
        return 0
    return measure.verdict(args, targets)


if __name__ == "__main__":
    rounds.run_main("relay", main)
