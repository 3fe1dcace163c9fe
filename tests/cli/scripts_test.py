#!/usr/bin/env python3
"""The scripts of script/: --help prints help and does nothing, and a slip of the keyboard is a sentence."""

import os
import pathlib
import shutil
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

    def test_a_failed_fuzz_target_is_told_from_the_many_lines_around_it(self):
        folder = pathlib.Path(self.path.split(":", 1)[0])
        tree = folder / "tree"
        (tree / "script").mkdir(parents=True)
        (tree / "build/asan/bin").mkdir(parents=True)
        (tree / "build/asan/bin/wyldgate").touch()
        shutil.copy(ROOT / "script/test", tree / "script/test")
        steps = "".join(f"echo '#{n} NEW cov: {n} ft: 9 corp: 3/9b'\n" for n in range(300))
        said = ("==7== ERROR: libFuzzer: timeout after 25 seconds", "SUMMARY: libFuzzer: timeout",
                "artifact_prefix='build/asan/crashes/one_fuzz-'; Test unit written to build/asan/crashes/one_fuzz-timeout-0a",
                "FAIL one_fuzz")
        fuzz = tree / "script/fuzz"
        fuzz.write_text("#!/bin/sh\n" + steps + "".join(f'echo "{line}"\n' for line in said) + steps +
                        "echo 'ok   two_fuzz'\necho 'fuzz: 1 passed, 1 failed'\nexit 1\n", encoding="utf-8")
        fuzz.chmod(0o755)
        done = subprocess.run([str(tree / "script/test"), "fuzz"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        for line in said:
            self.assertIn(line, done.stdout)
        self.assertRegex(done.stdout, r"fuzz +1 passed +1 failed")
        self.assertEqual(done.stdout.splitlines()[-1], "1 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
