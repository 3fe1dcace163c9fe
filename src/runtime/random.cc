#include "runtime/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace wyld::runtime {

std::array<std::uint64_t, 4> random_seed() {
  std::array<std::uint64_t, 4> seed{};
  fill_random({reinterpret_cast<std::uint8_t*>(seed.data()), sizeof(seed)});
  return seed;
}

void fill_random(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    WYLD_CHECK(got > 0 || (got < 0 && errno == EINTR));
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace wyld::runtime
