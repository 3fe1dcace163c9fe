#!/usr/bin/env python3
"""What one connection costs the gateway in CPU time, from its arrival to the game's greeting, and its end.

Clients connect at a bounded rate, some at once, and negotiate Telnet. The game greets a client when it was told its terminal type
and its window, so that a greeting that arrives says that both sides of the subject have negotiated. When all are
greeted and it is quiet, the connections are ended at the same rate. Each round starts every subject anew, in turn,
pinned to one core with game and clients on the other, and opens and ends some connections before it measures; ratios
are taken within a round.
"""

import re
import tempfile

import measure
import rounds
import subjects

SUBJECTS = ["haproxy", "epoll_relay", "wyldgate"]
COST = "subject_cpu_us_per_setup"
TARGET_RATIO = 1.3


def arrivals(text):
    """'2000x20,500' -> [(2000, 20), (500, 1)]: connections a second, and how many of them at once."""
    found = []
    for word in text.split(","):
        parts = re.fullmatch(r"([0-9]+)(?:x([0-9]+))?", word)
        rate, burst = (int(parts[1]), int(parts[2] or 1)) if parts else (0, 0)
        if rate < 1 or burst < 1:
            raise subjects.Failed(f"'{word}' is no rate of connections: 500, or 2000x20 for bursts of 20")
        found.append((rate, burst))
    return found


def title_of(rate, burst):
    return f"{rate} connections a second, " + ("one by one" if burst == 1 else f"{burst} at once")


def run_once(programs, subject, arrival, args, counter=None):
    game_port, port = subjects.free_port(), subjects.free_port()
    with programs.game(game_port, greet_known=True):
        with programs.subject(subject, port, game_port, max(args.connections, args.warmup)) as process:
            load = ["setup", "--connect", f"127.0.0.1:{port}", "--connections", args.connections, "--rate", arrival[0],
                    "--burst", arrival[1], "--warmup", args.warmup, "--subject-pid", process.pid]  # fmt: skip
            if counter is None:
                return programs.load(*load)
            run, counts = programs.load_counted(counter, process.pid, *load)
            return rounds.each(counts, run["connections"])


def measure_arrival(programs, names, arrival, args):
    runs = rounds.in_turn(names, args.rounds, lambda name: run_once(programs, name, arrival, args))
    others = [
        ("CPU us/end", lambda of_name: f"{rounds.median(of_name, 'subject_cpu_us_per_end'):.2f}"),
        ("p50 us", lambda of_name: f"{rounds.median(of_name, 'setup_us', 'p50'):.0f}"),
        ("p99 us", lambda of_name: f"{rounds.median(of_name, 'setup_us', 'p99'):.0f}"),
    ]
    text, ratios = rounds.cost_table(runs, COST, "CPU us/set-up", SUBJECTS[:2], others)
    title = title_of(*arrival)
    print(f"{title} ({args.rounds} rounds of {args.connections}; p50 and p99 are from connecting to the greeting)\n{text}")
    whole = rounds.ratios(runs, "subject_cpu_us_per_connection", SUBJECTS[:1]).get("wyldgate/haproxy")
    if whole:
        print(f"  Set-up and end together, wyldgate: {measure.interval_text(whole, 3)} x haproxy")
    print()
    return {"title": title, "runs": runs, "ratios": ratios, "whole": whole}


def judged(results):
    """The targets of a result, where HAProxy was measured."""
    found = [(case["title"], case["ratios"].get("wyldgate/haproxy")) for case in results["cases"]]
    return [(f"set-up against HAProxy, {title}", ratio[1], TARGET_RATIO, "x") for title, ratio in found if ratio]


def main():
    parser = rounds.options(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--connections", type=int, default=1000, help="measured in each round")
    parser.add_argument("--warmup", type=int, default=200, help="connections before")
    parser.add_argument("--rate", "--rates", default="2000x20,500", metavar="RATES",
                        help="connections a second, with commas; 2000x20: 20 of them at once")  # fmt: skip
    parser.add_argument("--subjects", default=",".join(SUBJECTS), help="which to run, with commas")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.connections, args.warmup, args.rate = 1, 50, 5, "500x10"
    every = arrivals(args.rate)

    facts = measure.surroundings(args.bin)
    print("Set-up: a connection to a telnet game, negotiated on both sides, and its end")
    measure.print_surroundings(facts)
    results = {"scenario": "setup", "surroundings": facts, "cases": [], "syscalls": {}}
    with tempfile.TemporaryDirectory() as directory:
        programs = subjects.Programs(args.bin, directory)
        names = programs.present(args.subjects.split(","), args.quick)
        results["cases"] = [measure_arrival(programs, names, arrival, args) for arrival in every]
        counter = subjects.SyscallCounter()
        if args.quick:
            rounds.sane(results, COST, "connections")
        elif counter.tool is None:
            print("System calls were not counted: neither perf nor strace can be used here\n")
        else:
            for arrival, case in zip(every, results["cases"]):
                counts = {name: run_once(programs, name, arrival, args, counter) for name in names}
                results["syscalls"][case["title"]] = counts
                print(f"System calls for each connection, its end included ({counter.tool}), {case['title']}")
                print(rounds.syscall_table(counts) + "\n")
    rounds.keep(args, results)
    targets = judged(results)
    if args.quick or not targets:
        return 0
    return measure.verdict(args, targets)


if __name__ == "__main__":
    rounds.run_main("setup", main)
