#include "bench/harness/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <span>

#include "bench/harness/resampling.h"

namespace wyld::bench {
namespace {

struct Scale {
  double unit;
  const char* name;
};

// From the largest unit to the smallest.
constexpr Scale kTime[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}, {1e-12, "ps"}};
constexpr Scale kBytes[] = {{1024.0 * 1024 * 1024, "GiB"}, {1024.0 * 1024, "MiB"}, {1024, "KiB"}, {1, "B"}};
constexpr Scale kNumber[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}};

// The rounding to four digits happens first, so that 999.96 ns becomes 1.000 us.
const Scale& scale_for(std::span<const Scale> scales, double value) {
  const double size = std::abs(value) * 1.00005;
  for (const Scale& scale : scales) {
    if (size >= scale.unit) return scale;
  }
  return scales.back();
}

std::string digits(double value) {
  const double size = std::abs(value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 100) return fmt::format("{:.1f}", value);
  if (size >= 10) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3f}", value);
}

std::string scaled(double value, const Scale& scale, std::string_view suffix = "") {
  const std::string number = digits(value / scale.unit);
  const std::string unit = fmt::format("{}{}", scale.name, suffix);
  return unit.empty() ? number : number + " " + unit;
}

std::string rate(double per_second, RateUnit unit, const Scale& scale) {
  switch (unit) {
    case RateUnit::kBytes:
      return scaled(per_second, scale, "/s");
    case RateUnit::kItems:
      return scaled(per_second, scale, *scale.name == 0 ? "items/s" : " items/s");
    case RateUnit::kIterations:
      return scaled(per_second, scale, "/s");
  }
  return "";
}

std::span<const Scale> scales_of(RateUnit unit) {
  if (unit == RateUnit::kBytes) return kBytes;
  return kNumber;
}

}  // namespace

std::string format_seconds(double seconds) { return scaled(seconds, scale_for(kTime, seconds)); }
std::string format_bytes(double bytes) {
  if (std::abs(bytes) < 1024) return fmt::format("{:.0f} B", bytes);
  return scaled(bytes, scale_for(kBytes, bytes));
}
std::string format_number(double value) {
  if (std::abs(value) < 1000 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return scaled(value, scale_for(kNumber, value));
}

std::string format_share(double share) {
  const double percent = 100 * share;
  return fmt::format("{:+.{}f} %", percent, std::abs(percent) >= 100 ? 0 : 2);
}

std::string format_rate(double per_second, RateUnit unit) {
  return rate(per_second, unit, scale_for(scales_of(unit), per_second));
}

std::string format_time_interval(const Interval& interval) {
  const Scale& scale = scale_for(kTime, interval.estimate);
  return fmt::format("[{} {} {}]", scaled(interval.low, scale), scaled(interval.estimate, scale),
                     scaled(interval.high, scale));
}

std::string format_rate_interval(const Interval& interval, RateUnit unit) {
  const Scale& scale = scale_for(scales_of(unit), interval.estimate);
  return fmt::format("[{} {} {}]", rate(interval.low, unit, scale), rate(interval.estimate, unit, scale),
                     rate(interval.high, unit, scale));
}

std::string format_share_interval(const Interval& interval) {
  return fmt::format("[{} {} {}]", format_share(interval.low), format_share(interval.estimate),
                     format_share(interval.high));
}

std::string format_p_value(double p_value) {
  return p_value < 0.001 ? fmt::format("{:.4f}", p_value) : fmt::format("{:.3f}", p_value);
}

CounterUnit counter_unit(std::string_view counter) {
  constexpr std::array<std::string_view, 7> kSeconds = {"p50", "p90", "p99", "p999", "max", "worst", "mean"};
  if (counter.ends_with("_seconds") || std::ranges::find(kSeconds, counter) != std::end(kSeconds)) {
    return CounterUnit::kSeconds;
  }
  if (counter.starts_with("bytes") || counter.ends_with("_bytes")) return CounterUnit::kBytes;
  return CounterUnit::kNumber;
}

std::string format_counter(std::string_view counter, double value) {
  switch (counter_unit(counter)) {
    case CounterUnit::kSeconds:
      return format_seconds(value);
    case CounterUnit::kBytes:
      return format_bytes(value);
    case CounterUnit::kNumber:
      return format_number(value);
  }
  return "";
}

}  // namespace wyld::bench
