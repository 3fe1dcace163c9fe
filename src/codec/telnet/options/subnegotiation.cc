#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {

std::string printable_ascii(std::string_view text, std::size_t bytes_max) {
  std::string kept;
  for (const char byte : text) {
    if (kept.size() == bytes_max) break;
    if (byte >= 0x20 && byte < 0x7F) kept.push_back(byte);
  }
  return kept;
}

}  // namespace wyld::telnet
