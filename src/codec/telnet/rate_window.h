#pragma once

#include <chrono>
#include <cstdint>

#include "base/archive.h"

namespace wyld::telnet {

// Counts deeds in periods that begin with the first one; plain data.
class RateWindow {
 public:
  static constexpr archive::Schema kArchive{"rate", 1};
  using TimePoint = std::chrono::steady_clock::time_point;

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // Counts one; false when it is beyond `count_max` in this period.
  [[nodiscard]] bool allow(TimePoint now, std::uint32_t count_max,
                           std::chrono::milliseconds period) noexcept {
    if (count_ == 0 || now - begin_ >= period) {
      begin_ = now;
      count_ = 0;
    }
    if (count_ <= count_max) ++count_;  // stays at one more than allowed, so it cannot wrap
    return count_ <= count_max;
  }

 private:
  TimePoint begin_{};
  std::uint32_t count_ = 0;
};

}  // namespace wyld::telnet
