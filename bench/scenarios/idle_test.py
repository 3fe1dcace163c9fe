import unittest

import idle


class Growth(unittest.TestCase):
    """The bound must tell the growth that went unnoticed once, 1,355 to 2,130 B, from the noise of a run."""

    def test_what_was_measured_passes_and_a_fifth_more_does_not(self):
        self.assertEqual(idle.memory_grown({"rss_each": 2300, "connections": 2000}), "")
        self.assertEqual(idle.memory_grown({"rss_each": idle.QUICK_BYTES_MAX, "connections": 2000}), "")
        message = idle.memory_grown({"rss_each": 2300 * 1.2, "connections": 2000})
        self.assertIn("2760 B", message)
        self.assertIn("QUICK_BYTES_MAX", message)

    def test_enough_connections_share_what_is_set_up_once(self):
        # Two pages more or less for the whole process move the figure by less than a hundredth.
        self.assertLess(2 * 4096 / idle.QUICK_CONNECTIONS, idle.QUICK_BYTES_MAX / 100)


if __name__ == "__main__":
    unittest.main()
