#pragma once
// Text as the demo world writes it: UTF-8, '\n' line ends, SGR colours of its own and nobody else's.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld::demo {

// The few colours in use, from the 16 every ANSI terminal has.
namespace sgr {
inline constexpr std::string_view kReset = "\x1b[0m";
inline constexpr std::string_view kTitle = "\x1b[1;33m";  // room names
inline constexpr std::string_view kExits = "\x1b[36m";
inline constexpr std::string_view kPlayer = "\x1b[1;32m";
inline constexpr std::string_view kSay = "\x1b[37m";
inline constexpr std::string_view kTell = "\x1b[35m";
inline constexpr std::string_view kShout = "\x1b[33m";
inline constexpr std::string_view kWord = "\x1b[1m";  // something to type
}  // namespace sgr

// `text` as one player may send it to another: C0 and C1 controls, DEL, escape sequences with all their
// parameters, bidirectional overrides and invalid UTF-8 are left out. Tabs become spaces. Nothing that a
// terminal would answer as if typed survives (ECMA-48; RFC 3629).
[[nodiscard]] std::string sanitise(std::string_view text);

// Columns that `text` takes on a terminal; SGR sequences take none.
[[nodiscard]] std::size_t display_columns(std::string_view text);

// `text` without SGR sequences.
[[nodiscard]] std::string without_colour(std::string_view text);

// Breaks lines longer than `columns` at spaces, or inside a word that is longer than a whole line.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t columns);

// Appends `text` (valid UTF-8) as a JSON string, quotes included (RFC 8259 section 7).
void append_json_string(std::string_view text, std::string& out);

}  // namespace wyld::demo
