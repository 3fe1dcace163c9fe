#!/usr/bin/env python3
"""The release build as the linker left it: what makes a bug harder to use is really in the file.

WYLDGATE_BIN names the binary. Reads it with readelf (binutils).
"""

import os
import platform
import re
import subprocess
import unittest

BINARY = os.environ["WYLDGATE_BIN"]


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, BINARY], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


class Hardening(unittest.TestCase):
    def test_its_address_is_random(self):
        self.assertRegex(readelf("-h"), r"Type:\s+DYN")
        self.assertRegex(readelf("-d"), r"\(FLAGS_1\)\s+Flags:.*\bPIE\b")

    def test_what_the_linker_resolves_is_read_only_before_it_runs(self):
        self.assertRegex(readelf("-l"), r"GNU_RELRO")
        self.assertRegex(readelf("-d"), r"BIND_NOW|\(FLAGS_1\)\s+Flags:.*\bNOW\b")

    def test_no_memory_is_writable_and_executable(self):
        segments = re.findall(r"^\s+(\w+)\s+0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ ([R ][W ][E ])", readelf("-l"), re.M)
        self.assertIn("GNU_STACK", [name for name, _ in segments])
        self.assertFalse([each for each in segments if "W" in each[1] and "E" in each[1]])

    def test_the_compilers_checks_are_in(self):
        symbols = readelf("--dyn-syms")
        self.assertRegex(symbols, r"\b__stack_chk_fail\b")
        self.assertGreater(len(set(re.findall(r"\b__\w+_chk\b", symbols)) - {"__stack_chk_fail"}), 1, "FORTIFY_SOURCE")
        self.assertRegex(symbols, r"__glibcxx_assert_fail", "_GLIBCXX_ASSERTIONS")

    @unittest.skipUnless(platform.machine() == "x86_64", "a property of that processor")
    def test_it_may_run_with_a_shadow_stack(self):
        self.assertRegex(readelf("-n"), r"x86 feature:.*\bSHSTK\b")

    def test_libraries_come_from_the_systems_folders_only(self):
        self.assertNotRegex(readelf("-d"), r"\((RPATH|RUNPATH)\)")


if __name__ == "__main__":
    unittest.main()
