import unittest

import setup
import subjects


class Arrivals(unittest.TestCase):
    def test_a_rate_may_come_in_bursts(self):
        self.assertEqual(setup.arrivals("2000x20,500"), [(2000, 20), (500, 1)])
        self.assertEqual(setup.title_of(2000, 20), "2000 connections a second, 20 at once")
        self.assertEqual(setup.title_of(500, 1), "500 connections a second, one by one")

    def test_what_is_no_rate_is_refused_with_an_example(self):
        for text in ("", "0", "x20", "500x0", "500x-1", "500xx2", "5x", "1.5", "500,"):
            with self.subTest(text), self.assertRaisesRegex(subjects.Failed, "2000x20"):
                setup.arrivals(text)


class Targets(unittest.TestCase):
    def test_every_rate_is_held_against_haproxy(self):
        cases = [{"title": f"{rate} connections a second", "ratios": {"wyldgate/haproxy": (1, ratio, 2), "haproxy/haproxy": (1, 1, 1)}}
                 for rate, ratio in ((2000, 1.87), (500, 1.1))]  # fmt: skip
        found = setup.judged({"cases": cases})
        self.assertEqual([(measured, bound) for _, measured, bound, _ in found], [(1.87, 1.3), (1.1, 1.3)])
        self.assertIn("2000 connections a second", found[0][0])

    def test_without_haproxy_nothing_is_judged(self):
        self.assertEqual(setup.judged({"cases": [{"title": "x", "ratios": {"wyldgate/epoll_relay": (1, 1, 1)}}]}), [])


if __name__ == "__main__":
    unittest.main()
