// The journal's reader on any bytes: it never crashes, and what it calls whole reads the same again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wyldgate/world/file_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t first = 0;
  std::size_t second = 0;
  const auto end = wyldgate::world::read_journal(bytes, [&](wyldgate::world::journal::Turn&&) { ++first; });
  if (end.whole_bytes > bytes.size()) std::abort();
  const auto again = wyldgate::world::read_journal(bytes.substr(0, end.whole_bytes),
                                                   [&](wyldgate::world::journal::Turn&&) { ++second; });
  if (first != second || again.error || again.whole_bytes != end.whole_bytes) std::abort();
  return 0;
}
