#pragma once

#include <array>
#include <cstdint>

namespace wyld::runtime {

// From the system's generator (getrandom). Stops the process if the system has none.
[[nodiscard]] std::array<std::uint64_t, 4> random_seed();

}  // namespace wyld::runtime
