import copy
import unittest

import compare

SURROUNDINGS = {"commit": "0123456789ab", "date": "2026-01-02T03:04:05+00:00", "cpu": "X", "cores": 2, "kernel": "6.1"}


def result(scenario, cases):
    return {"scenario": scenario, "surroundings": dict(SURROUNDINGS), "cases": cases}


IDLE = result("idle", {"demo": {"connections": 10000, "rss_each": 2000.0}})
BROADCAST = result("broadcast", [{"listeners": 100, "last_byte_us": {"p50": 800, "p99": 1400, "max": 2000}}])
RELAY = result("relay", [{
    "title": "closed loop",
    "runs": {"wyldgate": [{"subject_cpu_us_per_round_trip": cost} for cost in (20, 30, 25)]},
    "ratios": {"wyldgate/haproxy": [0.9, 0.95, 1.0], "haproxy/epoll_relay": [1, 1, 1]},
}])  # fmt: skip
SETUP = result("setup", [{
    "title": "1000 connections",
    "runs": {"wyldgate": [{"subject_cpu_us_per_setup": 160, "subject_cpu_us_per_end": 40}]},
    "ratios": {"wyldgate/haproxy": [1.8, 1.87, 1.9]},
}])  # fmt: skip
WEBSOCKET = result("relay_websocket", [{
    "title": "closed loop",
    "runs": {"wyldgate_json": [{"subject_cpu_us_per_round_trip": 30}]},
    "ratios": {"wyldgate/wyldgate": [1, 1, 1], "wyldgate_json/websockify": [0.1, 0.2, 0.3],
               "wyldgate_json/wyldgate": [1.1, 1.2, 1.3], "websockify/wyldgate": [5, 6, 7]},
}])  # fmt: skip
GRPC = result("grpc_world", [
    {"title": "closed loop", "runs": {"grpc": [{"subject_cpu_us_per_round_trip": 10}]}, "ratio": [0.4, 0.5, 0.6]},
    {"title": "latency", "runs": {"bare grpc": [{}]}, "added_us": {"grpc": {"p50": 200, "p99": 280}}},
])  # fmt: skip


class Figures(unittest.TestCase):
    def test_every_scenario_has_some(self):
        self.assertEqual(compare.figures(IDLE), {"demo, 10000 connections, RSS B each": 2000.0})
        self.assertEqual(compare.figures(BROADCAST), {"100 listeners, p50 us": 800, "100 listeners, p99 us": 1400})
        self.assertEqual(
            compare.figures(RELAY), {"closed loop: wyldgate, CPU us/round trip": 25, "closed loop: x haproxy": 0.95}
        )
        self.assertEqual(
            compare.figures(SETUP),
            {"1000 connections: wyldgate, CPU us/set-up": 160, "1000 connections: wyldgate, CPU us/end": 40,
             "1000 connections: x haproxy": 1.87},
        )  # fmt: skip
        self.assertEqual(
            compare.figures(WEBSOCKET),
            {"closed loop: wyldgate_json, CPU us/round trip": 30,
             "closed loop: wyldgate_json x websockify": 0.2, "closed loop: wyldgate_json x wyldgate": 1.2},
        )  # fmt: skip
        self.assertEqual(
            compare.figures(GRPC),
            {"closed loop: grpc, CPU us/round trip": 10, "closed loop: x telnet": 0.5,
             "added latency, p50 us": 200, "added latency, p99 us": 280},
        )  # fmt: skip


class Comparison(unittest.TestCase):
    def test_a_change_is_given_in_percent_with_the_commit_it_is_against(self):
        new = copy.deepcopy(IDLE)
        new["cases"]["demo"]["rss_each"] = 2130.0
        text = compare.compare(IDLE, new)
        self.assertIn("0123456789ab", text)
        self.assertRegex(text, r"2000\.00 +2130\.00 +\+6\.5 %")

    def test_another_machine_is_not_compared(self):
        new = copy.deepcopy(IDLE)
        new["surroundings"]["cpu"] = "Y"
        self.assertIn("another machine", compare.compare(IDLE, new))

    def test_a_run_of_other_cases_says_so(self):
        new = copy.deepcopy(BROADCAST)
        new["cases"][0]["listeners"] = 50
        self.assertIn("nothing of it was measured again", compare.compare(BROADCAST, new))
        new["cases"] += BROADCAST["cases"]
        self.assertIn("2 figures were not in the last run", compare.compare(BROADCAST, new))


if __name__ == "__main__":
    unittest.main()
