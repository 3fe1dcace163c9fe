#include <algorithm>
#include <cstddef>

#include "base/single_byte.h"
#include "base/utf8.h"
#include "codec/telnet/byte_scan.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

// Line ends, and IAC where there is one; `append(text, out)` for the text between them.
template <typename Append>
void append_escaped(std::string_view text, std::string& out, Append append) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const stop = find_first<scan::LineEndOrIac>(at, end);
    append(std::string_view(at, static_cast<std::size_t>(stop - at)), out);
    if (stop == end) return;
    at = stop + 1;
    if (*stop == '\n') {
      out.append("\r\n");
    } else if (*stop == kIac) {
      out.append("\xFF\xFF");
    } else if (at != end && *at == '\n') {
      out.append("\r\n");
      ++at;
    } else {
      out.append("\r\0", 2);
    }
  }
}

void append_plain(std::string_view text, std::string& out) { out.append(text); }

// Doubles the IACs from `begin` on, in one pass from the end.
void double_iacs(std::string& out, std::size_t begin) {
  const auto iacs = std::count(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), kIac);
  if (iacs == 0) return;
  std::size_t from = out.size();
  out.resize(out.size() + static_cast<std::size_t>(iacs));
  for (std::size_t to = out.size(); from != to;) {
    const char byte = out[--from];
    out[--to] = byte;
    if (byte == kIac) out[--to] = kIac;
  }
}

using Narrow = void (*)(std::string_view utf8, std::string& out);

// Straight into `out`. IAC is no byte of UTF-8, but may be one of the narrow text.
template <Narrow kNarrow>
void append_narrow(std::string_view utf8, std::string& out) {
  if (is_ascii(utf8)) return append_escaped(utf8, out, append_plain);
  append_escaped(utf8, out, [](std::string_view text, std::string& to) {
    const std::size_t before = to.size();
    kNarrow(text, to);
    double_iacs(to, before);
  });
}

}  // namespace

void encode_text(std::string_view utf8, Charset charset, std::string& out) {
  switch (charset) {
    case Charset::kUtf8:
      return append_escaped(utf8, out, append_plain);
    case Charset::kLatin1:
      return append_narrow<append_utf8_as_latin1>(utf8, out);
    case Charset::kAscii:
      return append_narrow<append_utf8_as_ascii>(utf8, out);
  }
}

void encode_for_game(std::string_view utf8, Charset charset, std::string& out) {
  if (charset == Charset::kLatin1) return append_narrow<append_utf8_as_windows1252>(utf8, out);
  encode_text(utf8, charset, out);
}

}  // namespace wyld::telnet
