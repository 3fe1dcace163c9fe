import unittest

import measure
import subjects


class Statistics(unittest.TestCase):
    def test_interval_holds_the_median_and_stays_within_the_samples(self):
        low, middle, high = measure.median_interval([5, 1, 4, 2, 3, 9, 7])
        self.assertEqual(middle, 4)
        self.assertTrue(1 <= low <= middle <= high <= 9)

    def test_equal_samples_have_no_spread(self):
        self.assertEqual(measure.median_interval([2.5] * 5), (2.5, 2.5, 2.5))

    def test_ratio_is_taken_within_rounds_so_a_slow_round_does_not_count(self):
        self.assertEqual(measure.ratio_interval([11, 22, 110], [10, 20, 100])[1], 1.1)

    def test_ratio_refuses_a_missing_round(self):
        with self.assertRaises(ValueError):
            measure.ratio_interval([1, 2], [1])

    def test_same_samples_give_the_same_interval(self):
        samples = [21.0, 22.5, 20.7, 23.1, 21.9]
        self.assertEqual(measure.median_interval(samples), measure.median_interval(samples))


class Reading(unittest.TestCase):
    def test_perf_counts_are_read_and_unsupported_events_left_out(self):
        text = (
            "120,,syscalls:sys_enter_recvfrom,100,100.00,,\n"
            "<not supported>,,syscalls:sys_enter_sendto,0,100.00,,\n"
            "7,,raw_syscalls:sys_enter,100,100.00,,\n"
        )
        self.assertEqual(subjects.parse_perf(text), {"recvfrom": 120, "all": 7})

    def test_strace_counts_are_read_with_and_without_an_error_column(self):
        text = (
            "% time     seconds  usecs/call     calls    errors syscall\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            " 60.00    0.000600           6       100           recvfrom\n"
            " 40.00    0.000400           8        50        12 sendto\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            "100.00    0.001000           6       150        12 total\n"
        )
        self.assertEqual(subjects.parse_strace(text), {"recvfrom": 100, "sendto": 50, "all": 150})

    def test_socket_memory_is_given_in_bytes(self):
        text = "sockets: used 120\nTCP: inuse 10 orphan 0 tw 2 alloc 12 mem 3\nUDP: inuse 1 mem 0\n"
        self.assertEqual(subjects.parse_sockstat(text, page_bytes=4096), 3 * 4096)


if __name__ == "__main__":
    unittest.main()
