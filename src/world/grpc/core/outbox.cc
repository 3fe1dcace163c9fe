#include "world/grpc/core/outbox.h"

#include <string.h>  // explicit_bzero

#include <algorithm>

namespace wyld::grpc_world {
namespace {

// An empty outbox keeps buffers no larger than that: thousands of sessions have one, and few are busy.
constexpr std::size_t kKeptBytes = 256;
constexpr std::size_t kKeptFrames = 8;

}  // namespace

void Outbox::end(std::uint64_t line, bool secret) {
  frames_.push_back(
      {.bytes = static_cast<std::uint32_t>(bytes_.size() - open_bytes_), .secret = secret, .line = line});
  open_bytes_ = bytes_.size();
}

Outbox::Next Outbox::send_next() noexcept {
  const Frame& frame = frames_[cursor_];
  const Next next{.number = base_ + 1 + (cursor_ - first_),
                  .frame = {bytes_.data() + cursor_bytes_, frame.bytes}};
  cursor_bytes_ += frame.bytes;
  ++cursor_;
  numbered_ = std::max(numbered_, cursor_);
  return next;
}

std::uint64_t Outbox::acknowledged(std::uint64_t number) {
  if (number <= base_) return 0;
  // A world cannot have taken what was not sent to it.
  return drop_front(static_cast<std::size_t>(std::min<std::uint64_t>(number - base_, cursor_ - first_)));
}

std::uint64_t Outbox::resume_behind(std::uint64_t last) {
  std::uint64_t line = 0;
  if (last > base_) {
    line = drop_front(static_cast<std::size_t>(std::min<std::uint64_t>(last - base_, numbered_ - first_)));
    // Beyond all that was sent here: a former process of ours has sent it. What never had a number follows
    // it; what has one keeps it.
    if (numbered_ == first_) base_ = std::max(base_, last);
  }
  cursor_ = first_;
  cursor_bytes_ = dropped_bytes_;
  return line;
}

std::uint64_t Outbox::drop_front(std::size_t count) {
  std::uint64_t line = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Frame& frame = frames_[first_ + i];
    line = std::max(line, frame.line);
    if (frame.secret) explicit_bzero(bytes_.data() + dropped_bytes_, frame.bytes);
    dropped_bytes_ += frame.bytes;
  }
  first_ += count;
  base_ += count;
  cursor_ = std::max(cursor_, first_);
  cursor_bytes_ = std::max(cursor_bytes_, dropped_bytes_);
  numbered_ = std::max(numbered_, first_);
  tidy();
  return line;
}

std::size_t Outbox::drop_secrets() {
  std::size_t secrets = 0;
  std::size_t kept = first_;
  std::size_t from = dropped_bytes_;
  std::size_t to = dropped_bytes_;
  std::size_t kept_numbered = first_;
  for (std::size_t i = first_; i < frames_.size(); ++i) {
    const Frame frame = frames_[i];
    if (frame.secret) {
      ++secrets;
      explicit_bzero(bytes_.data() + from, frame.bytes);
    } else {
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), frame.bytes,
                  bytes_.begin() + static_cast<std::ptrdiff_t>(to));
      to += frame.bytes;
      frames_[kept++] = frame;
      if (i < numbered_) kept_numbered = kept;
    }
    from += frame.bytes;
  }
  frames_.resize(kept);
  bytes_.resize(to);
  open_bytes_ = to;
  numbered_ = kept_numbered;
  cursor_ = first_;
  cursor_bytes_ = dropped_bytes_;
  tidy();
  return secrets;
}

void Outbox::tidy() {
  if (first_ == frames_.size()) {
    bytes_.clear();
    frames_.clear();
    if (bytes_.capacity() > kKeptBytes) bytes_ = {};
    if (frames_.capacity() > kKeptFrames) frames_ = {};
    dropped_bytes_ = first_ = cursor_ = cursor_bytes_ = numbered_ = open_bytes_ = 0;
    return;
  }
  // Moves what is left to the front when more than half has gone: each byte is moved once on average.
  if (first_ < 32 || first_ < frames_.size() / 2) return;
  frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
  bytes_.erase(0, dropped_bytes_);
  cursor_ -= first_;
  numbered_ -= first_;
  cursor_bytes_ -= dropped_bytes_;
  open_bytes_ -= dropped_bytes_;
  first_ = dropped_bytes_ = 0;
}

}  // namespace wyld::grpc_world
