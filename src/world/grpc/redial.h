#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace wyld::grpc_world {

// How long to wait before a world is dialled again: `first`, doubling to `last`, each shortened by up to half
// at random, so that gateways that lost the same world do not come back at once.
class Redial {
 public:
  using Pause = std::chrono::milliseconds;

  Redial(Pause first, Pause last, std::uint64_t seed) noexcept
      : first_(first), last_(last), longest_(first), random_(seed | 1) {}

  void start_over() noexcept { longest_ = first_; }

  [[nodiscard]] Pause next() noexcept {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const auto half = static_cast<std::uint64_t>(longest_.count() / 2);
    longest_ = std::min(longest_ * 2, last_);
    return Pause(static_cast<Pause::rep>(half + random_ % (half + 1)));
  }

 private:
  const Pause first_;
  const Pause last_;
  Pause longest_;
  std::uint64_t random_;
};

}  // namespace wyld::grpc_world
