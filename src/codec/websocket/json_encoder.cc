// The gateway's half of the JSON form: written by hand, because it runs for every line of output.

#include <array>
#include <charconv>
#include <cstring>

#include "codec/websocket/json_form.h"

namespace wyld::ws::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr std::array<bool, 256> make_plain_table() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
// ASCII that stands for itself inside a JSON string (RFC 8259 section 7).
constexpr std::array<bool, 256> kPlain = make_plain_table();

// True for a word whose eight bytes are all plain. May say no where yes were right, never the reverse.
bool is_plain_word(std::uint64_t word) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t special = word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes);
  return (special & kHighs) == 0;
}

std::size_t plain_prefix_bytes(std::string_view text) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    if (!is_plain_word(word)) break;
  }
  while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

// Bytes of the well-formed UTF-8 character `text` begins with (RFC 3629 section 4); 0 if there is none.
std::size_t character_bytes(std::string_view text) noexcept {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (at(i) & 0xC0) == 0x80; };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !follows(1)) return 0;
  if (first < 0xE0) return 2;
  const unsigned char second = at(1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  if (!follows(2)) return 0;
  if (first < 0xF0) return 3;
  return follows(3) ? 4 : 0;
}

void append_escape(unsigned char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

void append_string(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_prefix_bytes(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    if (c < 0x80) {
      append_escape(c, out);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t bytes = character_bytes(text);
    out.append(bytes == 0 ? kReplacement : text.substr(0, bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  out += '"';
}

void append_member(std::string_view key, std::string_view text, std::string& out) {
  out += ",\"";
  out += key;
  out += "\":";
  append_string(text, out);
}

void append_member(std::string_view key, std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const std::to_chars_result end = std::to_chars(digits.begin(), digits.end(), number);
  out += ",\"";
  out += key;
  out += "\":";
  out.append(digits.begin(), end.ptr);
}

void append_members(Position start, std::string& out) {
  append_member("epoch", start.epoch, out);
  append_member("offset", start.offset, out);
}

constexpr std::string_view truth(bool value) { return value ? "true" : "false"; }

constexpr std::string_view result_name(ResumeResult result) {
  switch (result) {
    case ResumeResult::kResumed:
      return "resumed";
    case ResumeResult::kResumedWithGap:
      return "resumed_with_gap";
    case ResumeResult::kGone:
      return "gone";
    case ResumeResult::kBusy:
      return "busy";
  }
  return "gone";
}

}  // namespace

void append_hello(std::string_view session_id, std::string_view world, std::string_view version,
                  std::string& out, Position start, std::size_t line_bytes_max) {
  out += R"({"type":"hello")";
  append_member("session", session_id, out);
  append_member("world", world, out);
  append_member("version", version, out);
  append_members(start, out);
  if (line_bytes_max > 0) {
    out += ",\"line_bytes\":";
    out += std::to_string(line_bytes_max);
  }
  out += '}';
}

void append_text(std::string_view utf8, std::string& out) {
  out += R"({"type":"text","text":)";
  append_string(utf8, out);
  out += '}';
}

void append_prompt(std::string& out) { out += R"({"type":"prompt"})"; }

void append_echo(Echo echo, std::string& out) {
  out += R"({"type":"echo","on":)";
  out += truth(echo == Echo::kClient);
  if (echo == Echo::kWorld) out += R"(,"secret":false)";
  out += '}';
}

void append_gmcp(std::string_view package, std::string_view body, std::string& out) {
  out += R"({"type":"gmcp")";
  append_member("package", package, out);
  if (!body.empty()) {
    out += ",\"data\":";
    out += body;
  }
  out += '}';
}

void append_notice(std::string_view text, std::string& out) {
  out += R"({"type":"notice","text":)";
  append_string(text, out);
  out += '}';
}

void append_pong(std::string_view id, std::string& out) {
  out += R"({"type":"pong")";
  if (!id.empty()) {
    out += ",\"id\":";
    out += id;
  }
  out += '}';
}

void append_bye(std::string_view reason, std::string_view text, bool retry, std::string& out) {
  out += R"({"type":"bye")";
  append_member("reason", reason, out);
  append_member("text", text, out);
  out += ",\"retry\":";
  out += truth(retry);
  out += '}';
}

void append_error(std::string_view text, std::string& out) {
  out += R"({"type":"error","text":)";
  append_string(text, out);
  out += '}';
}

void append_resumed(const ResumeAnswer& answer, std::string& out) {
  out += R"({"type":"resumed")";
  append_member("result", result_name(answer.result), out);
  out += ",\"final\":";
  out += truth(answer.final);
  append_member("session", answer.session, out);
  append_members(answer.start, out);
  append_member("lines", answer.lines, out);
  append_member("bytes", answer.bytes, out);
  if (answer.missing) {
    append_member("missing", *answer.missing, out);
  } else {
    out += ",\"missing\":null";
  }
  if (answer.since.empty()) {
    out += ",\"since\":null";
  } else {
    append_member("since", answer.since, out);
  }
  append_member("text", answer.text, out);
  out += '}';
}

void append_replayed(std::string& out) { out += R"({"type":"replayed"})"; }

void append_position(Position start, std::string& out) {
  out += R"({"type":"position")";
  append_members(start, out);
  out += '}';
}

void append_token(std::string_view token, std::string& out) {
  out += R"({"type":"token")";
  append_member("token", token, out);
  out += '}';
}

void append_code(std::string_view code, std::string& out) {
  out += R"({"type":"code")";
  append_member("code", code, out);
  out += '}';
}

void append_world(bool here, std::string_view text, std::string& out) {
  out += R"({"type":"world","here":)";
  out += truth(here);
  append_member("text", text, out);
  out += '}';
}

void append_waiting(std::uint64_t count, std::string& out) {
  out += R"({"type":"waiting")";
  append_member("count", count, out);
  out += '}';
}

void append_edit(std::uint64_t edit, std::string_view title, std::string_view text, std::string& out) {
  out += R"({"type":"edit")";
  append_member("edit", edit, out);
  append_member("title", title, out);
  append_member("text", text, out);
  out += '}';
}

void append_edit_closed(std::uint64_t edit, std::string& out) {
  out += R"({"type":"edit_closed")";
  append_member("edit", edit, out);
  out += '}';
}

}  // namespace wyld::ws::json
