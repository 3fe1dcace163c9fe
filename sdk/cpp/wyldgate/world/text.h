#pragma once
// Text that may go into a message.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyldgate::world {

// `text` with everything that is no UTF-8 replaced by U+FFFD, one for each byte (RFC 3629). A message with
// other text would be refused as a whole.
[[nodiscard]] std::string well_formed(std::string_view text);

// The longest beginning of `text` (valid UTF-8) that has at most `bytes_max` and ends between two characters.
[[nodiscard]] std::string_view first_piece(std::string_view text, std::size_t bytes_max);

}  // namespace wyldgate::world
