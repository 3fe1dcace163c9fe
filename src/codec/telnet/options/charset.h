#pragma once
// Option 42, character set (RFC 2066).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/capabilities.h"

namespace wyld::telnet {

enum class CharsetMessage : std::uint8_t {
  kRequest = 1,
  kAccepted = 2,
  kRejected = 3,
  kTtableIs = 4,
  kTtableRejected = 5,
  kTtableAck = 6,
  kTtableNak = 7,
};

inline constexpr std::size_t kCharsetNamesMax = 32;  // of a REQUEST; the ones after it are not looked at

// The first byte of a payload; nothing when there is none or it has no meaning.
[[nodiscard]] std::optional<CharsetMessage> charset_message(std::string_view payload) noexcept;

// A name in one of the spellings met in the wild, without case.
[[nodiscard]] std::optional<Charset> parse_charset_name(std::string_view name) noexcept;
[[nodiscard]] const char* charset_name(Charset charset) noexcept;

struct CharsetChoice {
  Charset charset;
  std::string_view name;  // as offered, a view into the payload
};
// What we take from a REQUEST: UTF-8 before ISO-8859-1 before US-ASCII, whatever the order offered, and
// nothing before `best`.
[[nodiscard]] std::optional<CharsetChoice> choose_charset(std::string_view payload,
                                                          Charset best = Charset::kUtf8) noexcept;

void append_charset_request(std::string& out);  // ";UTF-8;ISO-8859-1;US-ASCII"
void append_charset_accepted(std::string_view name, std::string& out);
void append_charset_reply(CharsetMessage message, std::string& out);  // one without more

}  // namespace wyld::telnet
