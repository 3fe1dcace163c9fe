#!/usr/bin/env python3
"""The scripts of script/: --help prints help and does nothing, and a slip of the keyboard is a sentence."""

import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.name for path in (ROOT / "script").iterdir())
# What would install, configure, build or change something.
TOOLS = ("apt-get", "dpkg-query", "sudo", "npm", "node", "cmake", "ninja", "ctest", "clang-format-19", "clang-tidy-19",
         "mktemp")


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wyld_scripts_")
        self.addCleanup(folder.cleanup)
        self.used = pathlib.Path(folder.name) / "used"
        for tool in TOOLS:
            stub = pathlib.Path(folder.name) / tool
            stub.write_text(f'#!/bin/sh\necho "$0 $*" >> "{self.used}"\nexit 99\n', encoding="utf-8")
            stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
        self.path = folder.name + ":" + os.environ["PATH"]

    def run_script(self, name, *arguments, cwd=ROOT):
        return subprocess.run([str(ROOT / "script" / name), *arguments], cwd=cwd, env={**os.environ, "PATH": self.path},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)

    def test_help_is_printed_from_anywhere_and_nothing_is_done(self):
        for name in SCRIPTS:
            for flag in ("--help", "-h"):
                with self.subTest(script=name, flag=flag):
                    done = self.run_script(name, flag, cwd="/")
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertRegex(done.stdout, rf"(?i)\busage: .*\b{name}\b|script/{name}\b")
                    self.assertNotIn("#!/", done.stdout)
                    self.assertFalse(self.used.exists(), self.used.exists() and self.used.read_text())

    def test_an_unknown_argument_is_one_sentence_and_nothing_is_done(self):
        for name, argument in (("build", "relaese"), ("build", "--fast"), ("format", "--chekc"), ("bootstrap", "--all")):
            with self.subTest(script=name):
                done = self.run_script(name, argument)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)
                self.assertIn(argument, done.stderr)
                self.assertFalse(self.used.exists())


if __name__ == "__main__":
    unittest.main()
