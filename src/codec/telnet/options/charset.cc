#include "codec/telnet/options/charset.h"

#include <algorithm>
#include <array>

#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {
namespace {

constexpr std::string_view kTtable = "[TTABLE]";

struct Spelling {
  std::string_view letters;  // lower case, letters and digits only
  Charset charset;
};

constexpr std::array kSpellings = {
    Spelling{"utf8", Charset::kUtf8},     Spelling{"iso88591", Charset::kLatin1},
    Spelling{"latin1", Charset::kLatin1}, Spelling{"usascii", Charset::kAscii},
    Spelling{"ascii", Charset::kAscii},   Spelling{"ansix341968", Charset::kAscii},
};

// Compares letters and digits only, without case: "ISO-8859-1", "iso8859_1" and "ISO_8859-1" are one.
bool spells(std::string_view name, std::string_view letters) noexcept {
  std::size_t index = 0;
  for (char byte : name) {
    if (byte == '-' || byte == '_' || byte == '.') continue;
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    if (index == letters.size() || letters[index] != byte) return false;
    ++index;
  }
  return index == letters.size();
}

}  // namespace

std::optional<CharsetMessage> charset_message(std::string_view payload) noexcept {
  if (payload.empty() || payload[0] < 1 || payload[0] > 7) return std::nullopt;
  return static_cast<CharsetMessage>(payload[0]);
}

std::optional<Charset> parse_charset_name(std::string_view name) noexcept {
  if (name.size() > kCapabilityTextBytesMax) return std::nullopt;
  for (const Spelling& spelling : kSpellings) {
    if (spells(name, spelling.letters)) return spelling.charset;
  }
  return std::nullopt;
}

const char* charset_name(Charset charset) noexcept {
  switch (charset) {
    case Charset::kUtf8:
      return "UTF-8";
    case Charset::kLatin1:
      return "ISO-8859-1";
    case Charset::kAscii:
      return "US-ASCII";
  }
  return "";
}

std::optional<CharsetChoice> choose_charset(std::string_view payload, Charset best) noexcept {
  payload.remove_prefix(std::min<std::size_t>(payload.size(), 1));
  if (payload.starts_with(kTtable)) {  // and its version octet
    payload.remove_prefix(std::min(payload.size(), kTtable.size() + 1));
  }
  if (payload.size() < 2) return std::nullopt;
  const char separator = payload[0];
  payload.remove_prefix(1);
  std::optional<CharsetChoice> choice;
  for (std::size_t names = 0; names < kCharsetNamesMax && !payload.empty(); ++names) {
    const std::string_view name = payload.substr(0, payload.find(separator));
    payload.remove_prefix(std::min(payload.size(), name.size() + 1));
    const std::optional<Charset> charset = parse_charset_name(name);
    if (!charset || *charset < best) continue;
    if (!choice || *charset < choice->charset) choice = CharsetChoice{*charset, name};
  }
  return choice;
}

void append_charset_request(std::string& out) {
  SubnegotiationWriter(option::kCharset, out)
      .byte(static_cast<std::uint8_t>(CharsetMessage::kRequest))
      .bytes(";UTF-8;ISO-8859-1;US-ASCII");
}

void append_charset_accepted(std::string_view name, std::string& out) {
  SubnegotiationWriter(option::kCharset, out)
      .byte(static_cast<std::uint8_t>(CharsetMessage::kAccepted))
      .bytes(name);
}

void append_charset_reply(CharsetMessage message, std::string& out) {
  SubnegotiationWriter(option::kCharset, out).byte(static_cast<std::uint8_t>(message));
}

}  // namespace wyld::telnet
