#pragma once
// Numbers as people read them: three or four digits and a unit that fits. Plain ASCII ("us"), so that a
// report can be pasted anywhere; the HTML report spells the micro sign itself.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld::bench {

struct Interval;

[[nodiscard]] std::string format_seconds(double seconds);
[[nodiscard]] std::string format_bytes(double bytes);   // "212 B", "1.50 MiB"
[[nodiscard]] std::string format_number(double value);  // "15.2 k", "25.0 M"
[[nodiscard]] std::string format_share(double share);   // signed percent: "+1.25 %"

enum class RateUnit { kBytes, kItems, kIterations };
[[nodiscard]] std::string format_rate(double per_second, RateUnit unit);  // "1.20 GiB/s", "3.4 M items/s"

// All three ends in the unit of the estimate: "[97.1 ns 98.0 ns 99.2 ns]".
[[nodiscard]] std::string format_time_interval(const Interval& interval);
[[nodiscard]] std::string format_rate_interval(const Interval& interval, RateUnit unit);
[[nodiscard]] std::string format_share_interval(const Interval& interval);

[[nodiscard]] std::string format_p_value(double p_value);

// A benchmark's own counters say what they are by their names: p50, p90, p99, p999, mean, max, worst and
// anything ending in _seconds are seconds, what begins with "bytes" or ends in "_bytes" is bytes,
// everything else a plain number.
enum class CounterUnit { kSeconds, kBytes, kNumber };
[[nodiscard]] CounterUnit counter_unit(std::string_view counter);
[[nodiscard]] std::string format_counter(std::string_view counter, double value);

}  // namespace wyld::bench
