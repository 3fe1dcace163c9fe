#pragma once
// How much output may wait for one client.

#include <cstddef>

namespace wyld::session {

// Decides what a client that reads slowly still gets: backpressure in two steps. Over a quarter of the bound
// its world is asked to pause; over all of it whole messages are skipped, until everything that waits has
// been written and the player has been told. Pure: the connection's queue is passed in as a number of bytes.
//
// Owner    a connection's half of a session.
// Thread   the shard's.
// Limits   `bytes_max`, passed in. One message may exceed it when nothing waits.
class OutputGate {
 public:
  // Whether a message of `bytes` may be sent while `waiting` bytes wait. False: it is skipped, and nothing
  // passes before drained().
  [[nodiscard]] bool admits(std::size_t bytes, std::size_t waiting, std::size_t bytes_max) noexcept {
    if (passes(bytes, waiting, bytes_max)) return true;
    skipping_ = true;
    return false;
  }
  // The same for one of many sessions, without noting that it was skipped.
  [[nodiscard]] bool passes(std::size_t bytes, std::size_t waiting, std::size_t bytes_max) const noexcept {
    return !skipping_ && (waiting == 0 || waiting + bytes <= bytes_max);
  }

  // After a message was queued or skipped. True: the world is to be paused, from now on until drained().
  [[nodiscard]] bool congests(std::size_t waiting, std::size_t bytes_max) noexcept {
    if (congested_ || waiting <= bytes_max / 4) return false;
    congested_ = true;
    return true;
  }

  // Everything that waited has been written. Says which of the two states ends; congested() lasts until
  // relieved(), because what is sent meanwhile must not pause the world a second time.
  struct Drained {
    bool skipped = false;        // tell the player
    bool was_congested = false;  // the world may go on
  };
  [[nodiscard]] Drained drained() noexcept {
    const Drained what{.skipped = skipping_, .was_congested = congested_};
    skipping_ = false;
    return what;
  }
  void relieved() noexcept { congested_ = false; }
  // The connection before has paused the world, or not.
  void inherit(bool congested) noexcept { congested_ = congested; }

  [[nodiscard]] bool is_skipping() const noexcept { return skipping_; }
  [[nodiscard]] bool is_congested() const noexcept { return congested_; }
  // Side-channel messages wait apart, so that the latest state takes the place of those before.
  [[nodiscard]] bool holds_back() const noexcept { return skipping_ || congested_; }

 private:
  bool congested_ = false;  // the world has been asked to pause
  bool skipping_ = false;   // output was skipped since the queue was last empty
};

}  // namespace wyld::session
