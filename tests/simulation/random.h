#pragma once
// The one source of chance of a run: the seed decides everything.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "runtime/timing_wheel.h"

namespace wyld::simulation {

using runtime::Duration;
using runtime::TimePoint;

// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // 0 to count - 1.
  std::size_t below(std::size_t count) noexcept { return static_cast<std::size_t>(next() % count); }
  // Both ends included.
  std::size_t between(std::size_t low, std::size_t high) noexcept { return low + below(high - low + 1); }
  Duration between(Duration low, Duration high) noexcept {
    return low + Duration(static_cast<Duration::rep>(next() %
                                                     (static_cast<std::uint64_t>((high - low).count()) + 1)));
  }
  [[nodiscard]] bool chance(double probability) noexcept {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
  }
  template <typename Value, std::size_t kCount>
  Value pick(const Value (&values)[kCount]) noexcept {
    return values[below(kCount)];
  }
  void fill(std::span<std::uint8_t> bytes) noexcept {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(next() >> 32);
  }
  std::array<std::uint64_t, 4> four() noexcept { return {next(), next(), next(), next()}; }

 private:
  std::uint64_t state_;
};

}  // namespace wyld::simulation
