#pragma once

#include <string_view>
#include <vector>

namespace wyld::testing {

// Cuts `input` in pieces of one to nine bytes, anew for each `seed`. Views of `input`.
inline std::vector<std::string_view> cut_in_pieces(std::string_view input, unsigned seed) {
  std::vector<std::string_view> pieces;
  while (!input.empty()) {
    seed = seed * 1103515245U + 12345U;
    pieces.push_back(input.substr(0, 1 + (seed >> 16) % 9));
    input.remove_prefix(pieces.back().size());
  }
  return pieces;
}

}  // namespace wyld::testing
