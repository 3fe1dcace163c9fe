#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace wyld::runtime {

// From the system's generator (getrandom), fit for secrets. Stops the process if the system has none.
[[nodiscard]] std::array<std::uint64_t, 4> random_seed();
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace wyld::runtime
