import contextlib
import io
import unittest

import idle
import subjects


class Growth(unittest.TestCase):
    """The bound must tell the growth that went unnoticed once, 1,355 to 2,130 B, from the noise of a run."""

    def test_what_was_measured_passes_and_a_fifth_more_does_not(self):
        for name, measured, constant in ((idle.PROMPT, 2300, "QUICK_BYTES_MAX"), (idle.GAME, 3230, "QUICK_GAME_BYTES_MAX")):
            with self.subTest(name):
                self.assertEqual(idle.memory_grown(name, {"rss_each": measured, "connections": 2000}), "")
                bound = getattr(idle, constant)
                self.assertEqual(idle.memory_grown(name, {"rss_each": bound, "connections": 2000}), "")
                message = idle.memory_grown(name, {"rss_each": measured * 1.2, "connections": 2000})
                self.assertIn(f"{measured * 1.2:.0f} B", message)
                self.assertIn(constant, message)

    def test_enough_connections_share_what_is_set_up_once(self):
        # Two pages more or less for the whole process move the figure by less than a hundredth.
        self.assertLess(2 * 4096 / idle.QUICK_CONNECTIONS, idle.QUICK_BYTES_MAX / 100)
        self.assertLess(2 * 4096 / idle.QUICK_GAME_CONNECTIONS, idle.QUICK_GAME_BYTES_MAX / 100)


def cases(prompt, game):
    return {
        idle.PROMPT: {"before_rss": 10e6, "after_rss": 20e6, "rss_each": prompt, "connections": 2000},
        idle.GAME: {"before_rss": 10e6, "after_rss": 20e6, "rss_each": game, "connections": 1000},
    }


class Judging(unittest.TestCase):
    def test_both_kinds_of_connection_have_a_target(self):
        met = [(bound, measured <= bound) for _, measured, bound, _ in idle.targets(cases(2079, 3124))]
        self.assertEqual(met, [(2048, False), (2000, False)])
        self.assertTrue(all(measured <= bound for _, measured, bound, _ in idle.targets(cases(2048, 2000))))

    def test_a_quick_run_fails_for_each_kind_that_grew_and_only_of_a_release_build(self):
        idle.judge_quick(cases(1000, 1000), release=True)
        for grown, constant in ((cases(9000, 1000), "QUICK_BYTES_MAX"), (cases(1000, 9000), "QUICK_GAME_BYTES_MAX")):
            with self.assertRaisesRegex(subjects.Failed, constant):
                idle.judge_quick(grown, release=True)
            with contextlib.redirect_stdout(io.StringIO()):
                idle.judge_quick(grown, release=False)

    def test_memory_that_shrank_to_less_than_half_is_no_measurement(self):
        shrunk = cases(1000, 1000)
        shrunk[idle.GAME]["after_rss"] = 4e6
        with self.assertRaisesRegex(subjects.Failed, "cannot be"):
            idle.judge_quick(shrunk, release=True)


if __name__ == "__main__":
    unittest.main()
