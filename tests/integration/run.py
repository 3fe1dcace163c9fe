#!/usr/bin/env python3
"""Runs the integration tests: real clients, real games, the real gateway.

  WYLDGATE_BIN     the gateway's binary; else build/$WYLDGATE_PRESET/bin/wyldgate
  WYLDGATE_PRESET  dev (default), release, asan, tsan
  WYLDGATE_QUICK   1: the long test is 20 seconds instead of a minute

Arguments choose tests by a part of their name. One line a test; the last line holds the counts.
--jobs N runs N test classes at once, each in a network namespace of its own, so that no two can meet on a port.
Where the system grants no namespace, they run one after the other.
"""

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


class Lines(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.passed = 0
        self.failed = []

    def startTest(self, test):
        super().startTest(test)
        self.began, self.trouble = time.monotonic(), []

    def addError(self, test, err):
        super().addError(test, err)
        if hasattr(self, "trouble"):
            self.trouble.append(err)
        else:
            self.report(test, [err])

    addFailure = addError

    def addSkip(self, test, reason):
        self.trouble.append((AssertionError, AssertionError("skipped: " + reason), None))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.trouble.append(err)

    def stopTest(self, test):
        super().stopTest(test)
        self.report(test, self.trouble)

    def report(self, test, trouble):
        name = test.id()
        seconds = time.monotonic() - getattr(self, "began", time.monotonic())
        if not trouble:
            self.passed += 1
            print("ok    %s (%.1f s)" % (name, seconds), flush=True)
            return
        self.failed.append((name, self.text_of(trouble, 12)))
        print("FAIL  %s (%.1f s)" % (name, seconds))
        print(self.text_of(trouble, None))
        if hasattr(test, "words") and hasattr(test, "tracked"):
            print("      " + test.words().replace("\n", "\n      "), flush=True)

    @staticmethod
    def text_of(trouble, most_lines):
        text = []
        for err in trouble:
            lines = "".join(traceback.format_exception(*err)).rstrip().split("\n")
            text += lines[-most_lines:] if most_lines else lines
        return "\n".join("      " + line for line in text)


def sum_up(passed, failed):
    """Names every failure once more, in short: a log is often cut to its end."""
    for name, text in failed:
        print("FAILED  %s\n%s" % (name, text))
    print("integration: %d passed, %d failed" % (passed, len(failed)))
    return 1 if failed or not passed else 0


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


NAMESPACE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def namespaces_work():
    try:
        return subprocess.run(NAMESPACE + ["true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def run_here(tests):
    result = Lines()
    unittest.TestSuite(tests).run(result)
    return result.passed, result.failed


def run_in_parallel(tests, jobs):
    """Runs the classes of `tests` in `jobs` processes at once, those with most tests first."""
    classes = {}
    for test in tests:
        classes.setdefault(test.id().rpartition(".")[0], []).append(test.id())
    waiting = queue.SimpleQueue()
    for ids in sorted(classes.values(), key=len, reverse=True):
        waiting.put(ids)
    lock, living, passed, failed = threading.Lock(), set(), [], []

    def work():
        while True:
            try:
                ids = waiting.get_nowait()
            except queue.Empty:
                return
            with tempfile.NamedTemporaryFile("r", suffix=".json") as counts:
                worker = subprocess.Popen(
                    NAMESPACE + [sys.executable, "-B", os.path.abspath(__file__), "--result", counts.name] + ids,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    errors="replace")
                living.add(worker)
                output = worker.communicate()[0]
                living.discard(worker)
                try:
                    counted = json.load(counts)
                except ValueError:  # the worker died before it could count
                    counted = {"passed": 0, "failed": [[", ".join(ids), output[-4000:]]]}
            with lock:
                print(output, end="", flush=True)
                passed.append(counted["passed"])
                failed.extend(counted["failed"])

    def stop(*_):
        for worker in list(living):
            worker.terminate()
        os._exit(143)

    signal.signal(signal.SIGTERM, stop)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(passed), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="a part of a test's name")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="test classes run at once (1 by default)")
    parser.add_argument("--result", help=argparse.SUPPRESS)  # a worker: PARTs are whole names, the counts go here
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    here = os.path.dirname(os.path.abspath(__file__))
    found = list(flatten(unittest.TestLoader().discover(here, pattern="test_*.py", top_level_dir=here)))
    if options.result:
        passed, failed = run_here([t for t in found if t.id() in options.parts])
        with open(options.result, "w", encoding="utf-8") as out:
            json.dump({"passed": passed, "failed": failed}, out)
        return 1 if failed else 0
    wanted = [t for t in found if not options.parts or any(part in t.id() for part in options.parts)]
    jobs = options.jobs if options.jobs > 1 and namespaces_work() else 1
    if jobs < options.jobs:
        print("no network namespace could be made: one class runs after the other", flush=True)
    return sum_up(*(run_in_parallel(wanted, jobs) if jobs > 1 else run_here(wanted)))


if __name__ == "__main__":
    sys.exit(main())
