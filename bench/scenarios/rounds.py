"""Subjects in turn: the loop over rounds, the table of what they cost, and the options every scenario has."""

import argparse
import json
import statistics
import sys

import measure
import subjects


def options(description, check="fail when a target is missed", quick="once and small: only that it works"):
    """A parser with the options of every scenario."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin", help="where the built programs are")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured here")
    parser.add_argument("--check", action="store_true", help=check)
    parser.add_argument("--quick", action="store_true", help=quick)
    return parser


def rates(text):
    """'5000,500' -> [5000, 500]; zeros are left out."""
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        raise subjects.Failed(f"'{text}' is no list of rates: whole numbers, with commas") from None
    if any(rate < 0 for rate in found):
        raise subjects.Failed(f"'{text}' has a rate below zero")
    return [rate for rate in found if rate > 0]


def keep(args, results):
    """Writes what was measured where --json says."""
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)


def in_turn(names, rounds, run):
    """{name: what run(name) returned, round by round}; the names take turns: a, b, c, a, b, c, ..."""
    runs = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            print(f"\r  round {number + 1} of {rounds}: {name:<20}", end="", file=sys.stderr, flush=True)
            runs[name].append(run(name))
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
    return runs


def ratios(runs, key, references):
    """{"a/b": interval of the ratio of `key`} for every name a and every reference b that was measured."""
    cost = {name: [run[key] for run in of_name] for name, of_name in runs.items()}
    return {
        f"{name}/{other}": measure.ratio_interval(cost[name], cost[other])
        for name in cost
        for other in references
        if other in cost
    }


def median(runs, *path):
    """The median over the rounds of a figure that may lie deeper: median(runs, "latency_us", "p50")."""

    def figure(run):
        for key in path:
            run = run[key]
        return run

    return statistics.median(figure(run) for run in runs)


def cost_table(runs, key, head, references, others):
    """(table, ratios) of what each subject costs. `others` are (head, function of one subject's runs)."""
    found = ratios(runs, key, references)
    measured = [other for other in references if other in runs]
    rows = []
    for name, of_name in runs.items():
        cost = [run[key] for run in of_name]
        row = [name, measure.interval_text(measure.median_interval(cost)), f"{min(cost):.2f}-{max(cost):.2f}"]
        row += ["1" if other == name else measure.interval_text(found[f"{name}/{other}"], 3) for other in measured]
        rows.append(row + [figure(of_name) for _, figure in others])
    heads = ["", head, "range", *(f"x {other}" for other in measured), *(title for title, _ in others)]
    return measure.table(heads, rows), found


def syscall_table(counts):
    """`counts` is {name: {system call: how often for each}}."""
    rows = []
    for name, calls in counts.items():
        parts = sorted(((value, call) for call, value in calls.items() if call != "all"), reverse=True)
        rows.append([name, f"{calls.get('all', 0):.2f}", "  ".join(f"{call} {value:.2f}" for value, call in parts)])
    return measure.table(["", "all", ""], rows)


def each(counts, number):
    """System calls for each of `number`; the rare ones are left out."""
    shares = {name: calls / number for name, calls in counts.items()}
    shares["others"] = shares.get("all", 0) - sum(share for name, share in shares.items() if name != "all")
    return {name: share for name, share in shares.items() if share >= 0.005}


def sane(results, key, counted):
    """The quick run's only claims: everything that was `counted` came back right, and cost some CPU time."""
    for case in results["cases"]:
        for name, runs in case["runs"].items():
            for run in runs:
                if run.get("errors") or run[counted] < 1 or not 0 < run[key] < 100_000:
                    raise subjects.Failed(f"{name}: numbers that cannot be: {run}")


def run_main(name, main):
    """Runs a scenario to its exit code; a failure is one sentence."""
    try:
        sys.exit(main())
    except subjects.Failed as failure:
        sys.exit(f"{name}: {failure}")
