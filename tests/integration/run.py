#!/usr/bin/env python3
"""Runs the integration tests: real clients, real games, the real gateway.

  WYLDGATE_BIN     the gateway's binary; else build/$WYLDGATE_PRESET/bin/wyldgate
  WYLDGATE_PRESET  dev (default), release, asan, tsan
  WYLDGATE_QUICK   1: the long test is 20 seconds instead of a minute

Arguments choose tests by a part of their name. One line a test; the last line holds the counts.
"""

import os
import signal
import sys
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
        self.failed.append((name, trouble))
        print("FAIL  %s (%.1f s)" % (name, seconds))
        self.tell(trouble, None)
        if hasattr(test, "words") and hasattr(test, "tracked"):
            print("      " + test.words().replace("\n", "\n      "), flush=True)

    @staticmethod
    def tell(trouble, most_lines):
        for err in trouble:
            lines = "".join(traceback.format_exception(*err)).rstrip().split("\n")
            print("      " + "\n      ".join(lines[-most_lines:] if most_lines else lines))

    def sum_up(self):
        """What failed, once more and in short: a log is often cut to its end."""
        for name, trouble in self.failed:
            print("FAILED  %s" % name)
            self.tell(trouble, 12)
        print("integration: %d passed, %d failed" % (self.passed, len(self.failed)))


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    here = os.path.dirname(os.path.abspath(__file__))
    found = list(flatten(unittest.TestLoader().discover(here, pattern="test_*.py", top_level_dir=here)))
    wanted = [t for t in found if not sys.argv[1:] or any(part in t.id() for part in sys.argv[1:])]
    result = Lines()
    unittest.TestSuite(wanted).run(result)
    result.sum_up()
    return 1 if result.failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
