#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/payload.h"

namespace wyld::runtime {

// Buffers that connections borrow while they have output, one pool per loop, so that an idle
// connection owns none.
//
// Thread   the loop's.
class OutputPool {
 public:
  struct Slice {
    std::string own;  // used when `shared` is null
    Payload shared;
    [[nodiscard]] std::string_view bytes() const noexcept { return shared ? *shared : own; }
  };
  struct Pending {
    std::vector<Slice> slices;  // the first `used` hold output, in order
    std::size_t used = 0;
    std::size_t first = 0;         // the first slice not fully written
    std::size_t first_offset = 0;  // bytes of it already written
    std::size_t queued_bytes = 0;
  };

  [[nodiscard]] std::unique_ptr<Pending> take();
  void give_back(std::unique_ptr<Pending> pending) noexcept;

 private:
  // A broadcast gives every connection output in one turn. At most 4 MiB stay here.
  static constexpr std::size_t kKept = 4096;
  static constexpr std::size_t kKeptBytes = 1024;  // a larger buffer is freed rather than kept
  std::vector<std::unique_ptr<Pending>> free_;
};

// What one connection still has to write: own bytes, gathered, and shared payloads, by reference.
//
// Owner    a Stream.
// Thread   the owner's.
// Memory   three pointers; a buffer of the pool's while there is more to write than one shared payload.
class OutputQueue {
 public:
  explicit OutputQueue(OutputPool& pool) noexcept : pool_(pool) {}
  ~OutputQueue() { clear(); }
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  // `append(std::string&)` adds bytes behind everything queued so far; it must only append.
  template <typename Append>
  void append(Append&& append) {
    std::string& tail = open_tail();
    const std::size_t before = tail.size();
    append(tail);
    pending_->queued_bytes += tail.size() - before;
    if (pending_->queued_bytes == 0) clear();
  }
  void append_shared(Payload payload);

  // Fills `out` with what to write next; returns how many were filled.
  [[nodiscard]] std::size_t gather(std::span<iovec> out) const noexcept;
  // The first `bytes` have been written.
  void consume(std::size_t bytes) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept {
    if (pending_) return pending_->queued_bytes;
    return only_ ? only_->size() : 0;
  }
  [[nodiscard]] bool empty() const noexcept { return pending_ == nullptr && only_ == nullptr; }

 private:
  OutputPool::Pending& open_pending();
  std::string& open_tail();
  OutputPool::Slice& new_slice();

  OutputPool& pool_;
  std::unique_ptr<OutputPool::Pending> pending_;
  Payload only_;  // all there is to write: what a broadcast brings to a connection that is not behind
};

}  // namespace wyld::runtime
