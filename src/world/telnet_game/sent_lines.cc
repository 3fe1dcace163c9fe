#include "world/telnet_game/sent_lines.h"

#include <utility>

#include "base/utf8.h"
#include "session/account_name.h"

namespace wyld::telnet_game {
namespace {

std::string shortened(std::string_view line) {
  if (line.size() <= SentLines::kLineBytesMax) return std::string(line);
  line = line.substr(0, SentLines::kLineBytesMax);
  line.remove_suffix(incomplete_utf8_tail_bytes(line));
  return std::string(line) + "...";
}

}  // namespace

void SentLines::add(std::string_view line, std::uint64_t end) {
  if (line.empty() || session::may_hold_password(line)) return;
  if (lines_.size() == kLinesMax) lines_.erase(lines_.begin());
  lines_.push_back({shortened(line), end, false});
}

void SentLines::heard() noexcept {
  for (Line& line : lines_) line.answered = true;
}

void SentLines::settle(std::uint64_t arrived) {
  std::erase_if(lines_, [arrived](const Line& line) { return line.answered && line.end <= arrived; });
  for (Line& line : lines_) line.end = kNever;
}

std::vector<std::string> SentLines::take() {
  std::vector<std::string> out;
  out.reserve(lines_.size());
  for (Line& line : lines_) out.push_back(std::move(line.text));
  lines_ = {};
  return out;
}

}  // namespace wyld::telnet_game
