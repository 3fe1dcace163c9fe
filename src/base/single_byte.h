#pragma once
// Text of one byte a character, and how Unicode is written in it.
//
// What games and clients call Latin-1 is nearly always Windows-1252: 80..9F are quotes, dashes, the euro sign
// and a few letters. They are never controls, and must never become some: U+009E alone makes terminals hide
// the rest of the line.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld {

// Appends Windows-1252 `bytes` to `out` as UTF-8; the five undefined bytes become U+FFFD.
void append_windows1252_as_utf8(std::string_view bytes, std::string& out);

// The same for one byte that is not ASCII.
void append_windows1252_byte(char byte, std::string& out);

// How a character is written in a charset that lacks it: typographic quotes, dashes and spaces become plain
// ones, letters lose their accents, lines of boxes become '-', '|' and '+', invisible characters nothing.
// At most four characters of ASCII; "?" when there is no such form.
[[nodiscard]] std::string_view plain_form(char32_t character) noexcept;

// Appends valid UTF-8 `text` to `out`; what the charset lacks is written by its plain_form().
//
// ISO-8859-1 is for terminals: nothing in 80..9F, because 0x9B and 0x9D start terminal sequences there.
void append_utf8_as_latin1(std::string_view text, std::string& out);
void append_utf8_as_windows1252(std::string_view text, std::string& out);
void append_utf8_as_ascii(std::string_view text, std::string& out);

// Appends the plain form of the character that `text`, which is not empty, begins with. Returns its bytes in
// `text`.
std::size_t append_first_as_ascii(std::string_view text, std::string& out);

}  // namespace wyld
