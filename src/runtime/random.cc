#include "runtime/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace wyld::runtime {

std::array<std::uint64_t, 4> random_seed() {
  std::array<std::uint64_t, 4> seed{};
  const bool filled = ::getrandom(seed.data(), sizeof(seed), 0) == static_cast<ssize_t>(sizeof(seed));
  WYLD_CHECK(filled);
  return seed;
}

}  // namespace wyld::runtime
