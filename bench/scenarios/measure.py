"""Statistics and surroundings for the scenarios: pure functions first, then what names the machine."""

import datetime
import os
import platform
import random
import statistics
import subprocess

BOOTSTRAP_SAMPLES = 4000


def median_interval(samples, confidence=0.95, seed=7):
    """(low, median, high): a percentile bootstrap interval of the median. One sample has no spread."""
    rng = random.Random(seed)
    medians = sorted(
        statistics.median(rng.choices(samples, k=len(samples))) for _ in range(BOOTSTRAP_SAMPLES)
    )
    tail = (1 - confidence) / 2
    low = medians[int(tail * (len(medians) - 1))]
    high = medians[int((1 - tail) * (len(medians) - 1))]
    return low, statistics.median(samples), high


def ratio_interval(numerators, denominators, confidence=0.95, seed=7):
    """(low, median, high) of the ratios within each round: what slows the machine down during one
    round weighs on both sides of its ratio, so rounds are resampled whole."""
    if len(numerators) != len(denominators):
        raise ValueError("a ratio needs both sides of every round")
    ratios = [above / below for above, below in zip(numerators, denominators)]
    return median_interval(ratios, confidence, seed)


def table(head, rows):
    """Columns aligned for reading: the first to the left, the others to the right."""
    lines = [head] + rows
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(head))]
    out = []
    for line in lines:
        cells = [str(line[0]).ljust(widths[0])]
        cells += [str(cell).rjust(width) for cell, width in zip(line[1:], widths[1:])]
        out.append("  " + "  ".join(cells).rstrip())
    out.insert(1, "  " + "  ".join("-" * width for width in widths))
    return "\n".join(out)


def interval_text(interval, digits=2):
    low, middle, high = interval
    return f"{middle:.{digits}f} [{low:.{digits}f} {high:.{digits}f}]"


def _first_line(command, cwd=None):
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _flags(bin_dir):
    """The compiler flags of the build that `bin_dir` belongs to."""
    cache = {}
    try:
        with open(os.path.join(bin_dir, os.pardir, "CMakeCache.txt"), encoding="utf-8") as lines:
            for line in lines:
                name, equals, value = line.strip().partition("=")
                if equals:
                    cache[name.partition(":")[0]] = value
    except OSError:
        return "unknown"
    build_type = cache.get("CMAKE_BUILD_TYPE", "")
    flags = [cache.get("CMAKE_CXX_FLAGS", ""), cache.get(f"CMAKE_CXX_FLAGS_{build_type.upper()}", "")]
    return " ".join(flag for flag in flags if flag) + f" ({build_type or 'no build type'})"


def surroundings(bin_dir):
    """What a figure must be read with: commit, build, machine and date."""
    root = os.path.dirname(os.path.abspath(__file__))
    commit = _first_line(["git", "rev-parse", "--short=12", "HEAD"], root) or "no commit"
    if _first_line(["git", "status", "--porcelain", "--untracked-files=no"], root):
        commit += " with changes"
    build = _first_line([os.path.join(bin_dir, "wyldgate"), "version"]) or "wyldgate is not built"
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": commit,
        "build": build,
        "flags": _flags(bin_dir),
        "haproxy": _first_line(["haproxy", "-v"]).split("\n")[0] or "not installed",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
    }


def print_surroundings(facts):
    for name, value in facts.items():
        lines = str(value).split("\n")
        print(f"  {name:<8} {lines[0]}")
        for line in lines[1:]:
            print(f"  {'':<8} {line}")
    print()


def report_targets(targets):
    """Prints (what, measured, bound, unit) rows as met or missed; True when all are met."""
    rows = []
    for what, measured, bound, unit in targets:
        verdict = "met" if measured <= bound else "MISSED"
        rows.append([what, f"{measured:.2f} {unit}", f"{bound:g} {unit}", verdict])
    print("Targets\n" + table(["", "measured", "at most", ""], rows) + "\n")
    return all(row[3] == "met" for row in rows)


def verdict(args, targets):
    """Reports the targets; returns the scenario's exit code, 1 where --check finds one missed."""
    met = report_targets(targets)
    return 1 if args.check and not met else 0
