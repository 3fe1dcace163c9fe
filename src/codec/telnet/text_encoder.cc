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

void encode_text(std::string_view utf8, Charset charset, std::string& out) {
  if (charset == Charset::kUtf8 || is_ascii(utf8)) return append_escaped(utf8, out);
  std::string narrow;
  narrow.reserve(utf8.size());
  if (charset == Charset::kLatin1) {
    append_utf8_as_latin1(utf8, narrow);
  } else {
    append_utf8_as_ascii(utf8, narrow);
  }
  append_escaped(narrow, out);
}

}  // namespace wyld::telnet
