#!/usr/bin/env python3
"""script/bench: which targets it builds, and with which options it calls what it measures.

Runs a copy of the script in a tree where the build, the benchmarks and the scenarios only write down how they were called.
"""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = ("relay", "setup", "relay_websocket", "idle", "broadcast", "grpc_world")
STUB = """#!/usr/bin/env python3
import json, pathlib, sys
words = sys.argv[1:]
calls = pathlib.Path("calls")
with calls.open("a") as out:
    print(json.dumps([pathlib.Path(sys.argv[0]).name, *words]), file=out)
if "--list" in words:
    print("telnet/decode")
if "--json" in words:
    pathlib.Path(words[words.index("--json") + 1]).write_text("{}")
sys.exit(int(pathlib.Path("code").read_text()) if pathlib.Path("code").exists() else 0)
"""


class Bench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wyld_bench_")
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        for name in ("script/build", "build/release/bin/wyldgate-bench", "bench/scenarios/compare.py",
                     *(f"bench/scenarios/{name}.py" for name in SCENARIOS)):
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(STUB, encoding="utf-8")
            path.chmod(0o755)
        shutil.copy(ROOT / "script" / "bench", self.tree / "script" / "bench")

    def bench(self, *arguments):
        """The result, and how the programs were called."""
        (self.tree / "calls").unlink(missing_ok=True)
        done = subprocess.run([str(self.tree / "script" / "bench"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)
        calls = self.tree / "calls"
        return done, [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    def test_only_what_is_measured_is_built(self):
        for arguments, targets in (
            (["^telnet/"], ["wyldgate-bench"]),
            (["--list"], ["wyldgate-bench"]),
            (["idle"], ["wyldgate", "wyldgate-load"]),
            (["relay"], ["wyldgate", "wyldgate-load", "epoll_relay"]),
            (["setup"], ["wyldgate", "wyldgate-load", "epoll_relay"]),
            (["relay_websocket"], ["wyldgate", "wyldgate-load"]),
            (["grpc_world"], ["wyldgate", "wyldgate-load", "grpc_echo_world"]),
            ([], ["wyldgate-bench", "wyldgate", "wyldgate-load", "epoll_relay", "grpc_echo_world"]),
        ):
            with self.subTest(arguments=arguments):
                done, calls = self.bench(*arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual([call for call in calls if call[0] == "build"], [["build", "release", *targets]])

    def test_a_list_names_benchmarks_and_scenarios_and_measures_nothing(self):
        done, calls = self.bench("--list")
        self.assertEqual(done.stdout.split(), ["telnet/decode", *SCENARIOS])
        self.assertEqual(calls[1:], [["wyldgate-bench", "--list"]])
        done, calls = self.bench("--list", "idle")
        self.assertEqual((done.stdout, calls), ("idle\n", []))

    def test_every_scenario_there_is_can_be_asked_for(self):
        there = {path.stem for path in (ROOT / "bench" / "scenarios").glob("*.py")
                 if re.search(r"options\(__doc__|ArgumentParser\(description=__doc__", path.read_text(encoding="utf-8"))}
        self.assertEqual(there - {"limits"}, set(SCENARIOS))
        usage = self.bench("--help")[0].stdout
        cmake = (ROOT / "bench" / "CMakeLists.txt").read_text(encoding="utf-8")
        for name in SCENARIOS:
            with self.subTest(name):
                self.assertRegex(usage, rf"\b{name}\b")
                self.assertRegex(cmake, rf"scenarios [^)]*\b{name}\b", "its quick run is no test")
                done, calls = self.bench(name, "--rounds", "2", "--quick")
                self.assertEqual((done.returncode, calls[-1][0]), (0, f"{name}.py"), done.stderr)
                self.assertEqual(calls[-1][3:5], ["--rounds", "2"])

    def test_every_documented_option_reaches_the_benchmarks(self):
        text = (ROOT / "docs" / "benchmark-suite.md").read_text(encoding="utf-8")
        table = text[text.index("| option |"):]
        table = table[:table.index("\n\n")]
        documented = set(re.findall(r"`(--[a-z-]+)", table))
        self.assertGreater(len(documented), 10)
        values = {"--noise-threshold": "2%", "--sample-size": "20", "--measurement-time": "1", "--fail-on": "missed"}
        plain = {"--verbose", "--database", "--against-last"}
        for option in sorted(documented - {"--json"}):
            words = [option] if option in plain else [option, values.get(option, "name")]
            with self.subTest(option=option):
                done, calls = self.bench("^telnet/", *words)
                self.assertEqual(done.returncode, 0, done.stderr)
                measured = calls[-1]
                self.assertEqual(measured[:2], ["wyldgate-bench", "^telnet/"])
                at = measured.index(option, 4 if option == "--commit" else 0)
                self.assertEqual(measured[at:at + len(words)], words)
                if option not in plain:
                    self.assertIn("=".join(words), self.bench("^telnet/", "=".join(words))[1][-1])
        self.assertIn("--database=postgresql://db/x", self.bench("micro", "--database=postgresql://db/x")[1][-1])

    def test_every_option_of_the_program_is_documented(self):
        source = (ROOT / "bench" / "harness" / "options.cc").read_text(encoding="utf-8")
        known = set(re.findall(r'^    \{"(--[a-z-]+)"', source, re.MULTILINE)) - {"--help", "--list", "--quick"}
        text = (ROOT / "docs" / "benchmark-suite.md").read_text(encoding="utf-8")
        self.assertEqual([option for option in sorted(known) if f"`{option}" not in text], [])

    def test_full_runs_are_compared_with_the_last_and_quick_ones_are_not(self):
        self.assertIn("--against-last", self.bench("^telnet/")[1][-1])
        quick = self.bench("^telnet/", "--quick")[1][-1]
        self.assertIn("--quick", quick)
        self.assertNotIn("--against-last", quick)
        self.assertNotIn("--against-last", self.bench("--load-baseline", "a")[1][-1])
        for arguments, names in ((["idle"], ["idle.py", "compare.py"]), (["idle", "--quick"], ["idle.py"])):
            self.assertEqual([call[0] for call in self.bench(*arguments)[1][1:]], names)
        self.assertEqual(self.bench("idle")[1][-1],
                         ["compare.py", "build/bench/last/idle.json", "build/bench/last/idle.json.new"])

    def test_results_are_kept_where_asked(self):
        done, calls = self.bench("--json", "results")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--json=results/micro.json", calls[1])
        self.assertEqual(sorted(path.stem for path in (self.tree / "results").iterdir()), sorted(SCENARIOS))

    def test_it_says_how_long_it_will_take(self):
        done, _ = self.bench()
        self.assertRegex(done.stderr, r"about \d+ min: micro \d+ min at a guess; relay \d+ min at a guess")
        last = self.tree / "build" / "bench" / "last"
        self.assertEqual(sorted(path.name for path in last.glob("*.seconds")),
                         sorted(f"{name}.seconds" for name in ("micro", *SCENARIOS)))
        (last / "relay.seconds").write_text("601\n", encoding="utf-8")
        self.assertIn("about 11 min: relay 11 min as last time", self.bench("relay")[0].stderr)
        (last / "relay.seconds").write_text("601\n", encoding="utf-8")
        self.bench("relay", "--rounds", "1")
        self.assertEqual((last / "relay.seconds").read_text(), "601\n", "a run with options is not the usual one")

    def test_the_worst_exit_code_is_the_scripts(self):
        for code in (1, 2):
            (self.tree / "code").write_text(str(code), encoding="utf-8")
            (self.tree / "script" / "build").write_text("#!/bin/sh\n", encoding="utf-8")
            self.assertEqual(self.bench("^telnet/")[0].returncode, code)
            self.assertEqual(self.bench("idle", "--check", "--quick")[0].returncode, code)

    def test_options_in_the_wrong_place_are_one_sentence_and_nothing_is_built(self):
        for arguments, word in ((["^telnet/", "--rounds", "3"], "--rounds"), (["idle", "--sample-size", "20"], "--sample-size"),
                                (["--baseline"], "--baseline"), (["--json"], "--json")):
            done, calls = self.bench(*arguments)
            self.assertEqual((done.returncode, done.stdout, calls), (2, "", []))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main()
