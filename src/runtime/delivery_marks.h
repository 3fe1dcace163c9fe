#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wyld::runtime {

// Translates what the peer has confirmed, in bytes of the socket, into a position in whatever was written: a
// tag, such as an offset into a session's output. How the bytes were made (telnet, frames,
// compression, encryption) does not matter.
//
// Owner    a Stream.
// Thread   the stream's.
// Limits   kMarksMax marks. When they are used up, every second one is dropped: delivered() then answers with
//          an earlier tag than it could, never with a later one.
// Memory   16 B for each mark; none before the first.
class DeliveryMarks {
 public:
  static constexpr std::size_t kMarksMax = 64;

  // Everything before `tag` has been handed over for writing.
  void note(std::uint64_t tag) noexcept {
    pending_ = tag;
    has_pending_ = true;
  }
  [[nodiscard]] bool has_pending() const noexcept { return has_pending_; }
  // What was noted last ends within the first `wire_end` bytes. Neither ever decreases, except after reset().
  void commit(std::uint64_t wire_end);
  // Forgets all marks. Until one is reached, `tag` is where delivery stands. The peer's word stays.
  void reset(std::uint64_t tag) noexcept;

  // Everything before this tag has arrived when `confirmed` bytes are confirmed. Forgets what is older.
  std::uint64_t delivered(std::uint64_t confirmed) noexcept;

  // The peer itself has told that the first `bytes` of the socket have reached it. From the first call on
  // only this counts, and not what its system confirms.
  void confirm_by_peer(std::uint64_t bytes) noexcept { by_peer_ = bytes; }
  [[nodiscard]] std::optional<std::uint64_t> confirmed_by_peer() const noexcept {
    return by_peer_ == kNobody ? std::nullopt : std::optional(by_peer_);
  }

  // Before commit(): whether it is worth asking the system what is confirmed, and calling delivered().
  [[nodiscard]] bool is_full() const noexcept {
    return marks_.size() >= kMarksKept && marks_.size() == marks_.capacity();
  }
  [[nodiscard]] std::size_t size() const noexcept { return marks_.size(); }

 private:
  static constexpr std::size_t kMarksKept = 8;
  static constexpr std::uint64_t kNobody = ~std::uint64_t{0};

  struct Mark {
    std::uint64_t wire_end;
    std::uint64_t tag;
  };
  std::vector<Mark> marks_;  // ascending in both
  std::uint64_t delivered_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t by_peer_ = kNobody;
  bool has_pending_ = false;
};

}  // namespace wyld::runtime
