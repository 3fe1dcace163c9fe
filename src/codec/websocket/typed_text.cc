#include "codec/websocket/typed_text.h"

#include <algorithm>

#include "base/visible_text.h"

namespace wyld::ws {
namespace {

// Bytes of the escape sequence `text` begins with (ECMA-48): control sequences, control strings, and
// the short ones. An unfinished one reaches to the end of the line.
std::size_t escape_bytes(std::string_view text) noexcept {
  const auto in = [text](std::size_t i, unsigned char low, unsigned char high) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= low &&
           static_cast<unsigned char>(text[i]) <= high;
  };
  std::size_t i = 1;
  if (i == text.size()) return i;
  switch (text[i]) {
    case '[':
      ++i;
      while (in(i, 0x20, 0x3F)) ++i;
      return in(i, 0x40, 0x7E) ? i + 1 : i;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
      for (++i; i < text.size(); ++i) {
        if (text[i] == '\x07') return i + 1;
        if (text[i] == '\x1B') return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i;
      }
      return i;
    default:
      while (in(i, 0x20, 0x2F)) ++i;
      return in(i, 0x30, 0x7E) ? i + 1 : i;
  }
}

bool append_without_controls(std::string_view text, std::size_t bytes_max, std::string& line) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0x1B) {
      i += escape_bytes(text.substr(i));
      continue;
    }
    const std::size_t bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if ((c >= 0x20 && c != 0x7F) || c == '\t') {
      if (line.size() + bytes > bytes_max) return false;
      if (c == '\t') {
        line += ' ';
      } else {
        line.append(text.substr(i, bytes));
      }
    }
    i += bytes;
  }
  return true;
}

}  // namespace

bool append_typed(std::string_view text, std::size_t bytes_max, std::string& line) {
  const std::size_t before = line.size();
  const bool whole = append_without_controls(text, bytes_max, line);
  std::string scratch;
  const std::string_view added = std::string_view(line).substr(before);
  if (const std::string_view visible = visible_text(added, scratch); visible.data() != added.data())
    line.replace(before, added.size(), visible);
  return whole;
}

bool append_typed_lines(std::string_view text, std::size_t bytes_max, std::string& lines) {
  while (true) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (!append_typed(text.substr(0, end), bytes_max, lines)) return false;
    if (end == text.size()) return true;
    if (lines.size() == bytes_max) return false;
    lines += '\n';
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

}  // namespace wyld::ws
