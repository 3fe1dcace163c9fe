#include "runtime/output_queue.h"

#include <utility>

#include "base/check.h"

namespace wyld::runtime {

std::unique_ptr<OutputPool::Pending> OutputPool::take() {
  if (free_.empty()) return std::make_unique<Pending>();
  std::unique_ptr<Pending> pending = std::move(free_.back());
  free_.pop_back();
  return pending;
}

void OutputPool::give_back(std::unique_ptr<Pending> pending) noexcept {
  if (free_.size() >= kKept) return;
  for (std::size_t i = 0; i < pending->used; ++i) pending->slices[i].shared.reset();
  if (pending->slices.size() > 4) pending->slices.resize(4);
  for (Slice& slice : pending->slices) {
    slice.own.clear();
    if (slice.own.capacity() > kKeptBytes) slice.own = std::string();
  }
  pending->used = 0;
  pending->first = 0;
  pending->first_offset = 0;
  pending->queued_bytes = 0;
  free_.push_back(std::move(pending));
}

OutputPool::Slice& OutputQueue::new_slice() {
  OutputPool::Pending& pending = *pending_;
  if (pending.used == pending.slices.size()) pending.slices.emplace_back();
  return pending.slices[pending.used++];
}

OutputPool::Pending& OutputQueue::open_pending() {
  if (!pending_) {
    pending_ = pool_.take();
    if (only_) {
      pending_->queued_bytes = only_->size();
      new_slice().shared = std::move(only_);
    }
  }
  return *pending_;
}

std::string& OutputQueue::open_tail() {
  if (const OutputPool::Pending& pending = open_pending(); pending.used > 0) {
    OutputPool::Slice& last = pending_->slices[pending.used - 1];
    if (!last.shared) return last.own;
  }
  return new_slice().own;
}

void OutputQueue::append_shared(Payload payload) {
  if (payload->empty()) return;
  if (empty()) {
    only_ = std::move(payload);
    return;
  }
  open_pending().queued_bytes += payload->size();
  new_slice().shared = std::move(payload);
}

std::size_t OutputQueue::gather(std::span<iovec> out) const noexcept {
  if (only_ && !out.empty()) {
    out.front() = {.iov_base = const_cast<char*>(only_->data()), .iov_len = only_->size()};
    return 1;
  }
  if (!pending_) return 0;
  std::size_t filled = 0;
  std::size_t offset = pending_->first_offset;
  for (std::size_t i = pending_->first; i < pending_->used && filled < out.size(); ++i) {
    const std::string_view bytes = pending_->slices[i].bytes().substr(offset);
    offset = 0;
    if (bytes.empty()) continue;
    out[filled].iov_base = const_cast<char*>(bytes.data());  // writev() does not write to it
    out[filled].iov_len = bytes.size();
    ++filled;
  }
  return filled;
}

void OutputQueue::consume(std::size_t bytes) noexcept {
  if (empty() || bytes == 0) return;
  if (only_ && bytes == only_->size()) {
    only_.reset();
    return;
  }
  OutputPool::Pending& pending = open_pending();
  WYLD_DCHECK(bytes <= pending.queued_bytes);
  pending.queued_bytes -= bytes;
  if (pending.queued_bytes == 0) {
    clear();
    return;
  }
  while (bytes > 0) {
    OutputPool::Slice& slice = pending.slices[pending.first];
    const std::size_t left = slice.bytes().size() - pending.first_offset;
    if (bytes < left) {
      pending.first_offset += bytes;
      return;
    }
    bytes -= left;
    slice.shared.reset();
    slice.own = std::string();
    ++pending.first;
    pending.first_offset = 0;
  }
  // A queue that never quite empties must not grow by its written slices.
  if (pending.first >= 64) {
    pending.slices.erase(pending.slices.begin(),
                         pending.slices.begin() + static_cast<std::ptrdiff_t>(pending.first));
    pending.used -= pending.first;
    pending.first = 0;
  }
}

void OutputQueue::clear() noexcept {
  only_.reset();
  if (pending_) pool_.give_back(std::move(pending_));
}

}  // namespace wyld::runtime
