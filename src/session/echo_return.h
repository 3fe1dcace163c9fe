#pragma once
// When what a player types is surely no password any more.

#include <chrono>
#include <cstdint>

namespace wyld::session {

// After a password was asked for, what the client sends may still be one until it has heard that it echoes
// again. What it sent before that has arrived some time after its answer. Clients that answer prove it; the
// others are waited for, but not for ever.
//
// Owner    a connection's half of a session, which calls look() every kInterval while is_settled() is false.
// Thread   the shard's.
// Limits   kLooksMax looks, half a minute.
class EchoReturn {
 public:
  static constexpr std::chrono::seconds kInterval{2};
  static constexpr std::uint8_t kLooksMax = 15;

  // The client is told to echo again.
  void begin() noexcept {
    state_ = State::kOnItsWay;
    looks_ = 0;
  }
  // The connection is gone: nobody types there any more.
  void settle() noexcept { state_ = State::kSettled; }
  // `answered`: the client has answered the change. `unconfirmed`: whether its system still lacks some of
  // what was sent. False: settled, no further look is needed.
  [[nodiscard]] bool look(bool answered, bool unconfirmed) noexcept {
    if (state_ == State::kSettled) return false;
    if (state_ == State::kArrived) {
      state_ = State::kSettled;
      return false;
    }
    if ((answered || ++looks_ >= kLooksMax) && !unconfirmed) state_ = State::kArrived;
    return true;
  }

  [[nodiscard]] bool is_settled() const noexcept { return state_ == State::kSettled; }

 private:
  enum class State : std::uint8_t { kSettled, kOnItsWay, kArrived };
  State state_ = State::kSettled;
  std::uint8_t looks_ = 0;
};

}  // namespace wyld::session
