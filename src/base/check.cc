#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace wyld {

void check_failed(const char* what, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, what);
  std::abort();
}

}  // namespace wyld
