#include "base/single_byte.h"
#include "base/utf8.h"
#include "codec/telnet/byte_scan.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

// Line ends and IAC, for bytes already in the client's charset.
void append_escaped(std::string_view bytes, std::string& out) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (true) {
    const char* const stop = find_first<scan::LineEndOrIac>(at, end);
    out.append(at, stop);
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

}  // namespace

namespace {

// Straight into `out`: runs of ASCII as they are, the characters between them one by one.
void append_narrow(std::string_view utf8, std::size_t (*append_first)(std::string_view, std::string&),
                   std::string& out) {
  while (true) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(utf8);
    append_escaped(utf8.substr(0, ascii_bytes), out);
    utf8.remove_prefix(ascii_bytes);
    if (utf8.empty()) return;
    const std::size_t before = out.size();
    utf8.remove_prefix(append_first(utf8, out));
    if (out.size() != before && out.back() == kIac) out.push_back(kIac);
  }
}

}  // namespace

void encode_text(std::string_view utf8, Charset charset, std::string& out) {
  switch (charset) {
    case Charset::kUtf8:
      return append_escaped(utf8, out);
    case Charset::kLatin1:
      return append_narrow(utf8, append_first_as_latin1, out);
    case Charset::kAscii:
      return append_narrow(utf8, append_first_as_ascii, out);
  }
}

void encode_for_game(std::string_view utf8, Charset charset, std::string& out) {
  if (charset == Charset::kLatin1) return append_narrow(utf8, append_first_as_windows1252, out);
  encode_text(utf8, charset, out);
}

}  // namespace wyld::telnet
