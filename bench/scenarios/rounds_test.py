import argparse
import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import rounds
import subjects

KEY = "subject_cpu_us_per_setup"


def runs(**costs):
    return {name: [{KEY: cost, "setup_us": {"p50": cost * 2}} for cost in of_name] for name, of_name in costs.items()}


class Turns(unittest.TestCase):
    def test_subjects_take_turns_and_every_round_is_kept(self):
        order = []

        def run(name):
            order.append(name)
            return len(order)

        with contextlib.redirect_stderr(io.StringIO()):
            found = rounds.in_turn(["a", "b"], 3, run)
        self.assertEqual(order, ["a", "b"] * 3)
        self.assertEqual(found, {"a": [1, 3, 5], "b": [2, 4, 6]})


class Costs(unittest.TestCase):
    def test_ratios_are_taken_within_rounds_against_the_references_that_ran(self):
        found = rounds.ratios(runs(haproxy=[10, 100, 20], wyldgate=[15, 150, 30]), KEY, ["haproxy", "epoll_relay"])
        self.assertEqual(found, {"haproxy/haproxy": (1, 1, 1), "wyldgate/haproxy": (1.5, 1.5, 1.5)})

    def test_a_deeper_figure_has_a_median_too(self):
        self.assertEqual(rounds.median(runs(a=[1, 9, 2])["a"], "setup_us", "p50"), 4)

    def test_the_table_has_a_column_for_each_reference_and_each_other_figure(self):
        others = [("p50 us", lambda of_name: f"{rounds.median(of_name, 'setup_us', 'p50'):.0f}")]
        text, ratios = rounds.cost_table(runs(haproxy=[10, 10], wyldgate=[20, 20]), KEY, "CPU us", ["haproxy", "x"], others)
        head, _, haproxy, wyldgate = [line.split() for line in text.splitlines()]
        self.assertEqual(head, ["CPU", "us", "range", "x", "haproxy", "p50", "us"])
        self.assertEqual(haproxy[-2:], ["1", "20"])
        self.assertEqual(wyldgate[-4:], ["2.000", "[2.000", "2.000]", "40"])
        self.assertEqual(ratios["wyldgate/haproxy"], (2, 2, 2))

    def test_system_calls_are_shared_out_and_the_rare_ones_left_out(self):
        counts = rounds.each({"all": 1000, "sendto": 600, "accept4": 300, "brk": 1}, 100)
        self.assertEqual({call: round(share, 6) for call, share in counts.items()},
                         {"all": 10, "sendto": 6, "accept4": 3, "brk": 0.01, "others": 0.99})  # fmt: skip
        self.assertNotIn("brk", rounds.each({"all": 1000, "brk": 1}, 1000))
        self.assertRegex(rounds.syscall_table({"a": counts}), r"a +10\.00 +sendto 6\.00 +accept4 3\.00 +others 0\.99")


class Sanity(unittest.TestCase):
    def judge(self, **run):
        results = {"cases": [{"runs": {"a": [{KEY: 20, "connections": 5, **run}]}}]}
        rounds.sane(results, KEY, "connections")

    def test_a_run_that_did_nothing_or_cost_nothing_fails(self):
        self.judge()
        for broken in ({KEY: 0}, {KEY: 1e6}, {"connections": 0}, {"errors": 1}):
            with self.assertRaisesRegex(subjects.Failed, "cannot be"):
                self.judge(**broken)


class Options(unittest.TestCase):
    def test_a_list_of_rates_is_read_and_zero_is_none(self):
        self.assertEqual(rounds.rates("5000,500"), [5000, 500])
        self.assertEqual(rounds.rates("0"), [])
        for text in ("", "fast", "500;100", "-1", "1.5"):
            with self.assertRaises(subjects.Failed):
                rounds.rates(text)

    def test_results_are_kept_where_asked_and_only_there(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "result.json")
            rounds.keep(argparse.Namespace(json=None), {"a": 1})
            self.assertFalse(path.exists())
            rounds.keep(argparse.Namespace(json=str(path)), {"a": 1})
            self.assertEqual(json.loads(path.read_text()), {"a": 1})

    def test_a_failure_is_one_sentence_and_exit_code_1(self):
        def fail():
            raise subjects.Failed("no room")

        with self.assertRaises(SystemExit) as ended:
            rounds.run_main("idle", fail)
        self.assertEqual(ended.exception.code, "idle: no room")


if __name__ == "__main__":
    unittest.main()
