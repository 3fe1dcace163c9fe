#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wyld::grpc_world {

// The frames of one session that its world has not acknowledged, in order. A frame gets its number when it is
// first sent, and keeps it: numbers go on behind what either side remembers.
//
//     base_         numbered_                 The world has taken everything up to `base_`. Frames before
//       │  1  2  3  4 │ 5  6                  `numbered_` were sent at some time, those before `cursor_` on
//            cursor_┘                         this stream.
//
// Owner    a Peer.
// Limits   none of its own; count() and bytes() are for those who keep some. Empty, it owns no memory to
// speak of.
class Outbox {
 public:
  // The buffer to append one frame to, between begin() and end().
  [[nodiscard]] std::string& begin() noexcept { return bytes_; }
  // `line` is a line's number, 0 for other frames; `secret` ones are wiped when they go.
  void end(std::uint64_t line, bool secret);

  struct Next {
    std::uint64_t number = 0;
    std::string_view frame;  // valid until the outbox changes
  };
  // What is to be sent next on this stream. Only when something_to_send().
  [[nodiscard]] Next send_next() noexcept;
  [[nodiscard]] bool something_to_send() const noexcept { return cursor_ < frames_.size(); }

  // The world has acknowledged everything up to `number`. Returns the number of the last line among it, 0:
  // none.
  std::uint64_t acknowledged(std::uint64_t number);

  // A new stream, whose world has taken everything up to `last`: what is left is to be sent again.
  std::uint64_t resume_behind(std::uint64_t last);
  // Takes back what was typed unseen, so that it is not sent again: how many lines.
  std::size_t drop_secrets();

  [[nodiscard]] std::size_t count() const noexcept { return frames_.size() - first_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size() - dropped_bytes_; }
  [[nodiscard]] bool empty() const noexcept { return first_ == frames_.size(); }
  // Whether any event of this session ever left.
  [[nodiscard]] bool ever_sent() const noexcept { return base_ != 0 || numbered_ > first_; }

 private:
  struct Frame {
    std::uint32_t bytes = 0;
    bool secret = false;
    std::uint64_t line = 0;
  };

  std::uint64_t drop_front(std::size_t count);
  void tidy();

  std::string bytes_;          // those of all frames_, and of some that are gone, before dropped_bytes_
  std::vector<Frame> frames_;  // those before first_ are gone
  std::size_t dropped_bytes_ = 0;
  std::size_t first_ = 0;
  std::size_t cursor_ = 0;
  std::size_t cursor_bytes_ = 0;  // where the frame at cursor_ begins in bytes_
  std::size_t numbered_ = 0;
  std::size_t open_bytes_ = 0;  // where the next frame begins
  std::uint64_t base_ = 0;
};

}  // namespace wyld::grpc_world
