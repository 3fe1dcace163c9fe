#pragma once
// What a player typed, made fit for a world: no control characters, no terminal sequences, nothing invisible
// (base/visible_text.h).

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld::ws {

// Appends `text` (valid UTF-8, no line ends) to `line` without any of these; a tab becomes a space.
// False: it would have crossed `bytes_max`, and stopped before that character.
[[nodiscard]] bool append_typed(std::string_view text, std::size_t bytes_max, std::string& line);

// The same for several lines: CR LF, LF and CR all become '\n', and count.
[[nodiscard]] bool append_typed_lines(std::string_view text, std::size_t bytes_max, std::string& lines);

}  // namespace wyld::ws
