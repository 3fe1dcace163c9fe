#pragma once

#include <algorithm>
#include <chrono>

namespace wyld::session {

// A rate with a burst. Plain data; the caller brings the time.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Takes one token if there is one.
  [[nodiscard]] bool take(double per_second, double burst, TimePoint now) noexcept {
    refill(per_second, burst, now);
    if (tokens_ < 1.0F) return false;
    tokens_ -= 1.0F;
    return true;
  }

  // When the next token will be there, after take() said no.
  [[nodiscard]] TimePoint next_token(double per_second) const noexcept {
    const double seconds = (1.0 - static_cast<double>(tokens_)) / per_second;
    return last_ + std::chrono::ceil<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
  }

 private:
  void refill(double per_second, double burst, TimePoint now) noexcept {
    if (last_ == TimePoint{}) {
      tokens_ = static_cast<float>(burst);
    } else if (now > last_) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      tokens_ = static_cast<float>(std::min(burst, static_cast<double>(tokens_) + seconds * per_second));
    }
    last_ = std::max(last_, now);
  }

  TimePoint last_{};  // epoch: never used, hence full
  float tokens_ = 0;
};

}  // namespace wyld::session
