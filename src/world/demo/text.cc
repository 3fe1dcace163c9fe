#include "world/demo/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

namespace wyld::demo {
namespace {

struct Character {
  std::int32_t code_point = -1;  // -1: not UTF-8
  std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t code_point = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at);
  const utf8proc_ssize_t count =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &code_point);
  if (count <= 0) return {-1, 1};
  return {code_point, static_cast<std::size_t>(count)};
}

std::size_t columns_of(std::int32_t code_point) {
  if (code_point < 0) return 1;
  if (code_point < 0x20 || code_point == 0x7F) return 0;
  if (code_point < 0x7F) return 1;
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code_point)));
}

// Embeddings, overrides and isolates would turn the reader's own line around.
bool is_bidi_control(std::int32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
}

// Bytes of the escape sequence at `at` (which holds ESC), up to the end of `text` when it is unfinished.
std::size_t escape_bytes(std::string_view text, std::size_t at) {
  std::size_t i = at + 1;
  if (i >= text.size()) return 1;
  const char kind = text[i++];
  if (kind == '[') {  // CSI: parameters and intermediates, then one final byte
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3F) ++i;
    if (i < text.size() && text[i] >= 0x40 && text[i] <= 0x7E) ++i;
    return i - at;
  }
  if (std::string_view("]PX^_").find(kind) != std::string_view::npos) {  // a string, ended by BEL or ST
    for (; i < text.size(); ++i) {
      if (text[i] == '\a') return i + 1 - at;
      if (text[i] == '\x1b') return (i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i) - at;
    }
    return i - at;
  }
  if (kind >= 0x20 && kind <= 0x2F) {  // intermediates, then one final byte
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x2F) ++i;
    if (i < text.size() && text[i] >= 0x30 && text[i] <= 0x7E) ++i;
    return i - at;
  }
  return kind >= 0x30 && kind <= 0x7E ? 2 : 1;
}

// Bytes of the SGR sequence at `at`, or 0.
std::size_t sgr_bytes(std::string_view text, std::size_t at) {
  if (text[at] != '\x1b') return 0;
  const std::size_t end = text.find('m', at);
  return end == std::string_view::npos ? 0 : end + 1 - at;
}

}  // namespace

std::string sanitise(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      i += escape_bytes(text, i);
      continue;
    }
    const Character c = character_at(text, i);
    if (c.code_point == '\t') {
      out += ' ';
    } else if (c.code_point >= 0x20 && !(c.code_point >= 0x7F && c.code_point <= 0x9F) &&
               !is_bidi_control(c.code_point)) {
      out.append(text.substr(i, c.bytes));
    }
    i += c.bytes;
  }
  return out;
}

std::size_t display_columns(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t skip = sgr_bytes(text, i)) {
      i += skip;
      continue;
    }
    const Character c = character_at(text, i);
    columns += columns_of(c.code_point);
    i += c.bytes;
  }
  return columns;
}

std::string without_colour(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t skip = sgr_bytes(text, i);
    if (skip == 0) out += text[i];
    i += std::max<std::size_t>(skip, 1);
  }
  return out;
}

std::string wrap(std::string_view text, std::size_t columns) {
  std::string out;
  out.reserve(text.size() + text.size() / columns + 1);
  std::size_t used = 0;
  // The last space of the line: its place in `out`, and the columns before it.
  std::size_t space_at = std::string::npos;
  std::size_t space_used = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t skip = sgr_bytes(text, i)) {
      out.append(text.substr(i, skip));
      i += skip;
      continue;
    }
    const Character c = character_at(text, i);
    const std::size_t width = columns_of(c.code_point);
    const bool space_at_edge = c.code_point == ' ' && used + width > columns;
    if (c.code_point == '\n' || space_at_edge) {
      out += '\n';
      used = 0;
      space_at = std::string::npos;
    } else {
      if (c.code_point == ' ') {
        space_at = out.size();
        space_used = used;
      } else if (used + width > columns) {
        if (space_at != std::string::npos) {
          out[space_at] = '\n';
          used -= space_used + 1;
        } else {
          out += '\n';
          used = 0;
        }
        space_at = std::string::npos;
      }
      out.append(text.substr(i, c.bytes));
      used += width;
    }
    i += c.bytes;
  }
  return out;
}

void append_json_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace wyld::demo
