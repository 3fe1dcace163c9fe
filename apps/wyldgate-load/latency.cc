#include "wyldgate-load/latency.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace wyld::load {

void Latencies::add(std::chrono::nanoseconds latency) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  nanoseconds_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency.count(), 0, kMost)));
}

double Latencies::quantile_us(double share) const {
  if (nanoseconds_.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(nanoseconds_.size()));
  const auto index =
      std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rank) - 1, 0, std::ssize(nanoseconds_) - 1);
  std::ranges::nth_element(nanoseconds_, nanoseconds_.begin() + index);
  return nanoseconds_[static_cast<std::size_t>(index)] / 1000.0;
}

std::string Latencies::json() const {
  return fmt::format(R"({{"p50":{:.1f},"p99":{:.1f},"p999":{:.1f},"max":{:.1f}}})", quantile_us(0.5),
                     quantile_us(0.99), quantile_us(0.999), quantile_us(1.0));
}

}  // namespace wyld::load
