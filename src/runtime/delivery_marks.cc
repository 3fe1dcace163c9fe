#include "runtime/delivery_marks.h"

#include <algorithm>

namespace wyld::runtime {

void DeliveryMarks::commit(std::uint64_t wire_end) {
  has_pending_ = false;
  if (!marks_.empty() && marks_.back().wire_end == wire_end) {
    marks_.back().tag = pending_;
    return;
  }
  if (marks_.size() == kMarksMax) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
    marks_.resize(kept);
  }
  marks_.push_back({.wire_end = wire_end, .tag = pending_});
}

void DeliveryMarks::reset(std::uint64_t tag) noexcept {
  marks_.clear();
  has_pending_ = false;
  delivered_ = tag;
}

std::uint64_t DeliveryMarks::delivered(std::uint64_t confirmed) noexcept {
  const auto first_open = std::ranges::find_if(
      marks_, [confirmed](std::uint64_t wire_end) { return wire_end > confirmed; }, &Mark::wire_end);
  if (first_open != marks_.begin()) {
    delivered_ = (first_open - 1)->tag;
    marks_.erase(marks_.begin(), first_open);
  }
  return delivered_;
}

}  // namespace wyld::runtime
