#include "base/single_byte.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace wyld {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// 80..9F, https://encoding.spec.whatwg.org/index-windows-1252.txt; its five controls are undefined here.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

// Letters without their accents; a blank has a row in plain_form() or none.
constexpr std::string_view kFrom00C0 =
    "AAAAAA CEEEEIIIIDNOOOOO OUUUUY  aaaaaa ceeeeiiiidnooooo ouuuuy y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi  JjKkkLlLlLlLlLlNnNnNn NnOoOoOo  "
    "RrRrRrSsSsSsSsTtTtTtUuUu"
    "UuUuUuUuWwYyYZzZzZzs";
constexpr std::string_view kFrom1E00 =
    "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSs"
    "SsTt"
    "TtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy s    "
    "AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOo"
    "OoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy      ";
static_assert(kFrom00C0.size() == 0xC0);
static_assert(kFrom1E00.size() == 0x100);

constexpr std::string_view kAsciiFrom21 =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

std::string_view letter_of(std::string_view letters, std::size_t index) noexcept {
  const std::string_view letter = letters.substr(index, 1);
  return letter == " " ? std::string_view() : letter;
}

// U+2500..U+257F.
std::string_view box_line(char32_t character) noexcept {
  switch (character) {
    case 0x2500:
    case 0x2501:
    case 0x2504:
    case 0x2505:
    case 0x2508:
    case 0x2509:
    case 0x254C:
    case 0x254D:
    case 0x2550:
    case 0x2574:
    case 0x2576:
    case 0x2578:
    case 0x257A:
    case 0x257C:
    case 0x257E:
      return "-";
    case 0x2502:
    case 0x2503:
    case 0x2506:
    case 0x2507:
    case 0x250A:
    case 0x250B:
    case 0x254E:
    case 0x254F:
    case 0x2551:
    case 0x2575:
    case 0x2577:
    case 0x2579:
    case 0x257B:
    case 0x257D:
    case 0x257F:
      return "|";
    case 0x2571:
      return "/";
    case 0x2572:
      return "\\";
    default:
      return "+";
  }
}

// What is neither a letter with an accent nor in a range of its own.
std::string_view plain_sign(char32_t character) noexcept {
  switch (character) {
    case 0x00A0:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return " ";
    case 0x00A1:
      return "!";
    case 0x00A6:
      return "|";
    case 0x00A9:
      return "(C)";
    case 0x00AB:
    case 0x00BB:
    case 0x2033:
    case 0x3003:
      return "\"";
    case 0x00AE:
      return "(R)";
    case 0x00B1:
      return "+/-";
    case 0x00B4:
    case 0x02B9:
    case 0x02BB:
    case 0x02BC:
    case 0x2032:
    case 0x2035:
    case 0x2039:
    case 0x203A:
      return "'";
    case 0x00B7:
    case 0x2024:
    case 0x2027:
      return ".";
    case 0x00BC:
      return "1/4";
    case 0x00BD:
      return "1/2";
    case 0x00BE:
      return "3/4";
    case 0x00C6:
      return "AE";
    case 0x00D7:
      return "x";
    case 0x00DE:
      return "Th";
    case 0x00DF:
      return "ss";
    case 0x00E6:
      return "ae";
    case 0x00F7:
    case 0x2044:
    case 0x2215:
      return "/";
    case 0x00FE:
      return "th";
    case 0x0132:
      return "IJ";
    case 0x0133:
      return "ij";
    case 0x0149:
      return "'n";
    case 0x0152:
      return "OE";
    case 0x0153:
      return "oe";
    case 0x0192:
      return "f";
    case 0x0218:
      return "S";
    case 0x0219:
      return "s";
    case 0x021A:
      return "T";
    case 0x021B:
      return "t";
    case 0x02C6:
      return "^";
    case 0x02DC:
      return "~";
    case 0x1E9E:
      return "SS";
    case 0x2020:
    case 0x2021:
      return "+";
    case 0x2022:
    case 0x2023:
    case 0x25CF:
      return "*";
    case 0x2025:
      return "..";
    case 0x2026:
      return "...";
    case 0x20AC:
      return "EUR";
    case 0x2122:
      return "(TM)";
    case 0x2190:
      return "<-";
    case 0x2191:
      return "^";
    case 0x2192:
      return "->";
    case 0x2193:
      return "v";
    case 0x2212:
    case 0x2043:
    case 0xFE58:
    case 0xFE63:
      return "-";
    default:
      return "?";
  }
}

bool is_invisible(char32_t character) noexcept {
  return character == 0x00AD || (character >= 0x0300 && character <= 0x036F) || character == 0x061C ||
         (character >= 0x200B && character <= 0x200F) || (character >= 0x202A && character <= 0x202E) ||
         (character >= 0x2060 && character <= 0x206F) || (character >= 0xFE00 && character <= 0xFE0F) ||
         character == 0xFEFF || (character >= 0xE0000 && character <= 0xE0FFF);
}

// The character at the beginning of valid UTF-8, and its bytes.
struct First {
  char32_t character;
  std::size_t bytes;
};

First first_of(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = std::min<std::size_t>(lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, text.size());
  char32_t character = lead & (0xFFU >> (bytes + 1U));
  for (std::size_t index = 1; index < bytes; ++index)
    character = (character << 6U) | (static_cast<unsigned char>(text[index]) & 0x3FU);
  return {character, bytes};
}

void push(char32_t character, std::string& out) {
  out.push_back(static_cast<char>(static_cast<unsigned char>(character)));
}

// 0: Windows-1252 has no such character.
unsigned char windows1252_byte(char32_t character) noexcept {
  if (character >= 0xA0 && character <= 0xFF) return static_cast<unsigned char>(character);
  if (character == kReplacement) return 0;
  for (std::size_t index = 0; index < kWindows1252.size(); ++index)
    if (kWindows1252[index] == character) return static_cast<unsigned char>(0x80 + index);
  return 0;
}

// `narrow` gives the byte of a character, or 0 where there is none.
template <typename Narrow>
void append_narrowed(std::string_view text, std::string& out, Narrow narrow) {
  while (true) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(text);
    out.append(text, 0, ascii_bytes);
    text.remove_prefix(ascii_bytes);
    if (text.empty()) return;
    const First first = first_of(text);
    text.remove_prefix(first.bytes);
    if (const unsigned char byte = narrow(first.character); byte != 0) {
      push(byte, out);
    } else {
      out.append(plain_form(first.character));
    }
  }
}

}  // namespace

void append_windows1252_byte(char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  const char32_t character = value < 0xA0 ? kWindows1252[value - 0x80U] : value;
  if (character < 0x800) {
    push(0xC0U | (character >> 6U), out);
  } else {
    push(0xE0U | (character >> 12U), out);
    push(0x80U | ((character >> 6U) & 0x3FU), out);
  }
  push(0x80U | (character & 0x3FU), out);
}

void append_windows1252_as_utf8(std::string_view bytes, std::string& out) {
  while (true) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(bytes);
    out.append(bytes, 0, ascii_bytes);
    bytes.remove_prefix(ascii_bytes);
    if (bytes.empty()) return;
    append_windows1252_byte(bytes[0], out);
    bytes.remove_prefix(1);
  }
}

std::string_view plain_form(char32_t character) noexcept {
  if (character >= 0xC0 && character < 0xC0 + kFrom00C0.size()) {
    const std::string_view letter = letter_of(kFrom00C0, character - 0xC0);
    if (!letter.empty()) return letter;
  }
  if (character >= 0x1E00 && character < 0x1E00 + kFrom1E00.size()) {
    const std::string_view letter = letter_of(kFrom1E00, character - 0x1E00);
    if (!letter.empty()) return letter;
  }
  if (is_invisible(character)) return {};
  if (character >= 0x2000 && character <= 0x200A) return " ";
  if (character >= 0x2010 && character <= 0x2015) return "-";
  if (character >= 0x2018 && character <= 0x201B) return "'";
  if (character >= 0x201C && character <= 0x201F) return "\"";
  if (character >= 0x2500 && character <= 0x257F) return box_line(character);
  if (character >= 0x2580 && character <= 0x259F) return "#";
  if (character >= 0xFF01 && character <= 0xFF5E) return kAsciiFrom21.substr(character - 0xFF01, 1);
  return plain_sign(character);
}

void append_utf8_as_latin1(std::string_view text, std::string& out) {
  append_narrowed(text, out, [](char32_t character) -> unsigned char {
    return character >= 0xA0 && character <= 0xFF ? static_cast<unsigned char>(character) : 0;
  });
}

void append_utf8_as_windows1252(std::string_view text, std::string& out) {
  append_narrowed(text, out, windows1252_byte);
}

void append_utf8_as_ascii(std::string_view text, std::string& out) {
  append_narrowed(text, out, [](char32_t) -> unsigned char { return 0; });
}

std::size_t append_first_as_ascii(std::string_view text, std::string& out) {
  const First first = first_of(text);
  out.append(first.character < 0x80 ? text.substr(0, 1) : plain_form(first.character));
  return first.bytes;
}

}  // namespace wyld
