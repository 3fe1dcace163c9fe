#!/usr/bin/env python3
"""compare.py LAST NEW: how the figures of a scenario differ from those of its last run. Both are files of --json.

Prints a table; judges nothing, because one run of a scenario says little about the next on a shared machine.
"""

import json
import statistics
import sys

import measure

MACHINE = ("cpu", "cores", "kernel")


COSTS = {
    "subject_cpu_us_per_round_trip": "CPU us/round trip",
    "subject_cpu_us_per_setup": "CPU us/set-up",
    "subject_cpu_us_per_end": "CPU us/end",
}


def _cpu(case):
    found = {}
    for name, runs in case.get("runs", {}).items():
        for key, words in COSTS.items():
            costs = [run[key] for run in runs if key in run]
            if costs:
                found[f"{case['title']}: {name}, {words}"] = statistics.median(costs)
    return found


def figures(results):
    """{what: value} of a result; less is better for all of them."""
    found = {}
    scenario = results["scenario"]
    if scenario == "idle":
        for name, case in results["cases"].items():
            found[f"{name}, {case['connections']} connections, RSS B each"] = case["rss_each"]
    elif scenario == "broadcast":
        for case in results["cases"]:
            for key in ("p50", "p99"):
                found[f"{case['listeners']} listeners, {key} us"] = case["last_byte_us"][key]
    else:
        for case in results["cases"]:
            found.update(_cpu(case))
            for name, ratio in case.get("ratios", {}).items():
                subject, other = name.split("/")
                if subject.startswith("wyldgate") and subject != other:
                    words = "" if subject == "wyldgate" else f"{subject} "
                    found[f"{case['title']}: {words}x {other}"] = ratio[1]
            if "ratio" in case:
                found[f"{case['title']}: x telnet"] = case["ratio"][1]
            for key, value in case.get("added_us", {}).get("grpc", {}).items():
                found[f"added latency, {key} us"] = value
    return found


def compare(last, new):
    """The text of the comparison."""
    before, after = last["surroundings"], new["surroundings"]
    head = f"Against the last run: commit {before['commit']}, {before['date']}"
    if any(before[key] != after[key] for key in MACHINE):
        return f"{head}: not compared, because it is of another machine or kernel"
    old, now = figures(last), figures(new)
    rows = []
    for what, value in now.items():
        if what in old:
            change = f"{100 * (value / old[what] - 1):+.1f} %" if old[what] else "-"
            rows.append([what, f"{old[what]:.2f}", f"{value:.2f}", change])
    if not rows:
        return f"{head}: nothing of it was measured again"
    missing = len(now) - len(rows)
    text = head + "\n" + measure.table(["", "last", "now", "change"], rows)
    return text + (f"\n  {missing} figures were not in the last run" if missing else "")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], encoding="utf-8") as file:
        new = json.load(file)
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            last = json.load(file)
    except FileNotFoundError:
        print("No earlier run of this scenario is kept: nothing to compare with\n")
        return
    except ValueError as problem:
        print(f"Not compared with the last run: {sys.argv[1]} cannot be read ({problem})\n")
        return
    print(compare(last, new) + "\n")


if __name__ == "__main__":
    main()
