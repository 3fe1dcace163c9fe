#include "session/output_holes.h"

#include <algorithm>

namespace wyld::session {

void OutputHoles::open(std::uint64_t begin) { holes_.push_back({.begin = begin, .end = kOpen}); }

void OutputHoles::drop_before(std::uint64_t offset) noexcept {
  std::erase_if(holes_, [offset](const Hole& hole) { return hole.end <= offset; });
  while (holes_.size() > kHolesMax) {
    holes_[1].begin = holes_[0].begin;
    holes_.erase(holes_.begin());
  }
}

std::uint64_t OutputHoles::sent_end(std::uint64_t end) const noexcept {
  return !holes_.empty() && holes_.back().end == kOpen ? holes_.back().begin : end;
}

std::uint64_t OutputHoles::sent_between(std::uint64_t begin, std::uint64_t end) const noexcept {
  std::uint64_t sent = end - begin;
  for (const Hole& hole : holes_) {
    const std::uint64_t from = std::max(begin, hole.begin);
    const std::uint64_t to = std::min(end, hole.end);
    if (from < to) sent -= to - from;
  }
  return sent;
}

std::uint64_t OutputHoles::back(std::uint64_t offset, std::uint64_t bytes) const noexcept {
  for (auto hole = holes_.rbegin(); hole != holes_.rend(); ++hole) {
    if (hole->begin >= offset) continue;
    const std::uint64_t sent = hole->end < offset ? offset - hole->end : 0;
    if (bytes <= sent) return offset - bytes;
    bytes -= sent;
    offset = hole->begin;
  }
  return offset - std::min(offset, bytes);
}

}  // namespace wyld::session
