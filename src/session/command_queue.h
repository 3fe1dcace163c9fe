#pragma once
// Lines that wait for a world that is away.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "session/session_record.h"

namespace wyld::session {

struct CommandQueueLimits {
  std::size_t commands_max = 100;
  std::size_t bytes_max = 64 * 1024;
  std::chrono::milliseconds age_max{15 * 60 * 1000};
};

// Input is numbered per session from 1 on. While a process does not know how far the one before it had come,
// it numbers from here on instead, which no world ever reaches.
inline constexpr std::uint64_t kUnnumbered = std::uint64_t{1} << 62;
[[nodiscard]] constexpr bool is_numbered(std::uint64_t sequence) noexcept { return sequence < kUnnumbered; }

// In order of arrival, bounded in count, bytes and age. Knows nothing of who is waiting or why.
//
// Owner    a session.
// Thread   its shard's.
// Errors   add() refuses with a sentence for the player.
class CommandQueue {
 public:
  using Time = std::chrono::system_clock::time_point;

  // Null: it waits now. Else why not; nothing has changed.
  [[nodiscard]] const char* add(std::uint64_t sequence, std::string_view line, Time now,
                                const CommandQueueLimits& limits);
  // From the store.
  void restore(const std::vector<QueuedCommand>& commands);
  // Takes out what has waited too long: how many.
  std::size_t drop_older_than(Time created) noexcept;
  // All of it is released: what may have been sent says so from now on. From the store nothing else comes.
  void set_in_flight(bool in_flight) noexcept;
  // Takes out what a former process may have sent.
  [[nodiscard]] std::vector<QueuedCommand> take_in_flight();
  // Takes out what the world has by sequence: how many.
  std::size_t drop_up_to(std::uint64_t sequence) noexcept;
  // Gives numbers to what has none, behind `sequence` and behind what has. False: everything had.
  bool number_after(std::uint64_t sequence) noexcept;
  // Of the last command; 0: there is none.
  [[nodiscard]] std::uint64_t last_sequence() const noexcept {
    return commands_.empty() ? 0 : commands_.back().sequence;
  }
  [[nodiscard]] std::deque<QueuedCommand> take_all() noexcept;

  [[nodiscard]] bool empty() const noexcept { return commands_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return commands_.size(); }
  [[nodiscard]] const std::deque<QueuedCommand>& commands() const noexcept { return commands_; }
  // For the store; an empty vector when there are none.
  [[nodiscard]] CommandsPtr copy() const;

 private:
  std::deque<QueuedCommand> commands_;
  std::size_t bytes_ = 0;
};

}  // namespace wyld::session
