import argparse
import unittest

import relay
import relay_websocket

ARGS = argparse.Namespace(quick=False, rate="5000,500", round_trips=60_000, warmup=15_000, connections=1000)


class Cases(unittest.TestCase):
    def test_a_low_rate_still_has_lines_enough_to_measure(self):
        for rate, lines in ((5000, "15000"), (500, "3000"), (10, "3000")):
            extra = list(map(str, relay.open_loop(rate, 1000)))
            self.assertEqual(extra[extra.index("--round-trips") + 1], lines)
            self.assertEqual(extra[extra.index("--rate") + 1], str(rate))

    def test_every_connection_has_typed_before_the_measured_part(self):
        for rate, connections, warmup in ((500, 1000, 1500), (5000, 1000, 5000), (500, 100, 500)):
            extra = relay.open_loop(rate, connections)
            self.assertEqual(extra[extra.index("--warmup") + 1], warmup)

    def test_zero_leaves_the_open_loop_out(self):
        every = relay.cases(argparse.Namespace(**{**vars(ARGS), "rate": "0"}))
        self.assertEqual([extra for *_, extra, _ in every], [["--round-trips", 60_000, "--warmup", 15_000]] * 2)

    def test_each_rate_is_measured_and_the_first_with_four_writes_too(self):
        every = relay.cases(ARGS)
        self.assertEqual([(title.split(",")[0], writes) for title, writes, *_ in every],
                         [("closed loop", 1), ("closed loop", 4), ("5000 lines/s", 1), ("5000 lines/s", 4),
                          ("500 lines/s", 1)])  # fmt: skip

    def test_the_targets_are_the_closed_loop_and_the_low_rate(self):
        bounds = {title.split(",")[0]: bound for title, writes, _, bound in relay.cases(ARGS) if writes == 1}
        self.assertEqual(bounds, {"closed loop": 1.1, "5000 lines/s": None, "500 lines/s": 1.03})


class WebSocketTargets(unittest.TestCase):
    def test_both_forms_are_held_against_websockify(self):
        case = {"title": "500 lines/s", "ratios": {
            "wyldgate/websockify": (1, 1, 1), "wyldgate_websocket/websockify": (0.1, 0.2, 0.3),
            "wyldgate_json/websockify": (1.1, 1.2, 1.3), "wyldgate_json/wyldgate": (2, 2, 2)}}  # fmt: skip
        found = [(measured, bound) for _, measured, bound, _ in relay_websocket.judged({"cases": [case]})]
        self.assertEqual(found, [(0.2, 1.0), (1.2, 1.0)])

    def test_without_websockify_nothing_is_judged(self):
        case = {"title": "500 lines/s", "ratios": {"wyldgate_json/wyldgate": (2, 2, 2)}}
        self.assertEqual(relay_websocket.judged({"cases": [case]}), [])


if __name__ == "__main__":
    unittest.main()
