// Latencies of one run and the order statistics the reports show.
//
// Owner    a role. Thread: its own. Errors: none.
// Limits   four bytes a sample; a sample over 4.29 s is kept as 4.29 s.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace wyld::load {

class Latencies {
 public:
  void reserve(std::size_t count) { nanoseconds_.reserve(count); }
  void clear() { nanoseconds_.clear(); }
  void add(std::chrono::nanoseconds latency);
  std::size_t count() const { return nanoseconds_.size(); }

  // Nearest rank: the smallest sample that at least `share` of all samples do not exceed. 0 when
  // there are none.
  double quantile_us(double share) const;
  // {"p50":..,"p99":..,"p999":..,"max":..} in microseconds.
  std::string json() const;

 private:
  mutable std::vector<std::uint32_t> nanoseconds_;  // Reordered by quantile_us.
};

}  // namespace wyld::load
