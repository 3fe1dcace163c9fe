#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"

namespace wyld {

void check_failed(const char* what, const char* file, int line) noexcept {
  std::array<char, 512> text{};  // no allocation: memory may be what is broken
  const int bytes =
      std::snprintf(text.data(), text.size(), "%s:%d: broken invariant: %s\n", file, line, what);
  log_last_words({text.data(), std::min(static_cast<std::size_t>(std::max(bytes, 0)), text.size() - 1)});
  std::abort();
}

}  // namespace wyld
