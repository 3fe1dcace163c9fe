// The client's half of the JSON form. Boost.JSON judges and reads the message; the two values that are
// passed on as they came (GMCP data, ping id) are cut out of the original text.

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "codec/websocket/json_form.h"
#include "codec/websocket/typed_text.h"

namespace wyld::ws::json {
namespace {

namespace bj = boost::json;

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kPingIdBytesMax = 64;
constexpr std::size_t kPackageBytesMax = 128;
constexpr std::size_t kGmcpSupportsMax = 256;
// A line or column count above this is a mistake or an attack on somebody's layout.
constexpr std::int64_t kWindowCellsMax = 1000;
constexpr std::size_t kTokenBytesMax = 128;
// Above this a client that counts in doubles goes wrong (RFC 8259 section 6).
constexpr std::int64_t kWholeMax = (std::int64_t{1} << 53) - 1;

constexpr std::string_view kSpace = " \t\r\n";

// Where the value that begins at text[i] ends. `text` is valid JSON.
std::size_t value_end(std::string_view text, std::size_t i) noexcept {
  std::size_t depth = 0;
  for (; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        if (depth == 0) return i + 1;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return i;
        if (--depth == 0) return i + 1;
        break;
      case ',':
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        if (depth == 0) return i;
        break;
      default:
        break;
    }
  }
  return i;
}

bool names(std::string_view quoted, std::string_view key) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner == key;
  const bj::value parsed = bj::parse(quoted);
  return std::string_view(parsed.get_string()) == key;
}

// The text of member `key` of the object `text`, which is valid JSON; empty when absent. Like the
// parser, it lets the last of several win.
std::string_view raw_member(std::string_view text, std::string_view key) {
  std::string_view found;
  std::size_t i = text.find('{') + 1;
  while (true) {
    i = text.find_first_not_of(" \t\r\n,", i);
    if (i == std::string_view::npos || text[i] == '}') return found;
    const std::size_t key_end = value_end(text, i);
    const bool wanted = names(text.substr(i, key_end - i), key);
    i = text.find_first_not_of(kSpace, text.find(':', key_end) + 1);
    const std::size_t end = value_end(text, i);
    if (wanted) found = text.substr(i, end - i);
    i = end;
  }
}

const bj::string* string_member(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

std::string printable_member(const bj::object& object, std::string_view key) {
  std::string text;
  if (const bj::string* value = string_member(object, key)) {
    for (const char c : *value) {
      if (text.size() == kCapabilityTextBytesMax) break;
      if (c >= 0x20 && c <= 0x7E) text += c;
    }
  }
  return text;
}

// False when present and not a number fit for a window.
bool read_cells(const bj::object& object, std::string_view key, std::uint16_t& cells) {
  const bj::value* value = object.if_contains(key);
  if (value == nullptr) return true;
  if (value->is_uint64()) {
    cells = kWindowCellsMax;  // the parser uses this kind only over the range of int64
    return true;
  }
  if (!value->is_int64() || value->get_int64() < 0) return false;
  cells = static_cast<std::uint16_t>(std::min(value->get_int64(), kWindowCellsMax));
  return true;
}

// Nothing unless it is a whole number from 0 to kWholeMax.
std::optional<std::uint64_t> whole_member(const bj::object& object, std::string_view key) {
  const bj::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::int64_t number = value->get_int64();
  if (number < 0 || number > kWholeMax) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

bool read_window(const bj::object& object, WindowSize& window) {
  return read_cells(object, "columns", window.columns) && read_cells(object, "rows", window.rows);
}

void decode_line(const bj::object& object, const Limits& limits, ClientEvents& events) {
  const bj::string* member = string_member(object, "text");
  if (member == nullptr) {
    events.on_malformed("line: \"text\" must be a string");
    return;
  }
  const bj::value* const masked = object.if_contains("secret");
  if (masked != nullptr && !masked->is_bool()) {
    events.on_malformed("line: \"secret\" must be true or false");
    return;
  }
  const bool secret = masked != nullptr && masked->get_bool();
  std::string_view text = *member;
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  bool oversized = false;
  std::string line;
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    line.clear();
    if (!append_typed(text.substr(0, end), limits.line_bytes_max, line)) oversized = true;
    events.on_line(line, secret);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (oversized) events.on_malformed("line: too long, its rest was dropped");
}

bool is_word_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_token(std::string_view token) noexcept {
  return !token.empty() && token.size() <= kTokenBytesMax &&
         std::all_of(token.begin(), token.end(), is_word_character);
}

std::optional<ResumeRequest> resume_request(const bj::value& value) {
  const bj::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const bj::string* token = string_member(*object, "token");
  const std::optional<std::uint64_t> epoch = whole_member(*object, "epoch");
  const std::optional<std::uint64_t> offset = whole_member(*object, "offset");
  if (token == nullptr || !is_token(*token) || !epoch || !offset) return std::nullopt;
  return ResumeRequest{.token = std::string(*token), .seen = {.epoch = *epoch, .offset = *offset}};
}

void decode_hello(std::string_view message, const bj::object& object, const Limits& limits,
                  ClientEvents& events) {
  ClientHello hello;
  hello.client = printable_member(object, "client");
  hello.version = printable_member(object, "version");
  if (!read_window(object, hello.window)) {
    events.on_malformed("hello: \"columns\" and \"rows\" must be whole numbers, 0 or more");
    return;
  }
  if (const bj::value* reader = object.if_contains("screen_reader")) {
    hello.screen_reader = reader->is_bool() && reader->get_bool();
  }
  if (const bj::value* gmcp = object.if_contains("gmcp")) {
    const bj::array* names_offered = gmcp->if_array();
    if (names_offered == nullptr || !std::all_of(names_offered->begin(), names_offered->end(),
                                                 [](const bj::value& name) { return name.is_string(); })) {
      events.on_malformed("hello: \"gmcp\" must be an array of strings");
      return;
    }
    const std::string_view raw = raw_member(message, "gmcp");
    if (names_offered->size() > kGmcpSupportsMax || raw.size() > limits.gmcp_bytes_max) {
      events.on_malformed("hello: \"gmcp\" is too long");
      return;
    }
    hello.gmcp = true;
    hello.gmcp_supports = raw;
  }
  if (const bj::value* resume = object.if_contains("resume")) {
    hello.resume = resume_request(*resume);
    if (!hello.resume) {
      events.on_malformed(
          "hello: \"resume\" must hold \"token\", 1 to 128 of A-Z a-z 0-9 _ -, and the whole numbers "
          "\"epoch\" and \"offset\", below 2^53");
      return;
    }
  }
  events.on_hello(hello);
}

void decode_size(const bj::object& object, ClientEvents& events) {
  WindowSize window;
  if (!read_window(object, window)) {
    events.on_malformed("size: \"columns\" and \"rows\" must be whole numbers, 0 or more");
    return;
  }
  events.on_size(window);
}

bool is_package(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kPackageBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_word_character(c) || c == '.'; });
}

void decode_gmcp(std::string_view message, const bj::object& object, const Limits& limits,
                 ClientEvents& events) {
  const bj::string* package = string_member(object, "package");
  if (package == nullptr || !is_package(*package)) {
    events.on_malformed("gmcp: \"package\" must be 1 to 128 of A-Z a-z 0-9 _ . -");
    return;
  }
  const std::string_view data = raw_member(message, "data");
  if (data.size() > limits.gmcp_bytes_max) {
    events.on_malformed("gmcp: \"data\" is too long");
    return;
  }
  events.on_gmcp(*package, data);
}

void decode_ping(std::string_view message, ClientEvents& events) {
  const std::string_view id = raw_member(message, "id");
  if (id.size() > kPingIdBytesMax) {
    events.on_malformed("ping: \"id\" is too long");
    return;
  }
  events.on_ping_message(id);
}

void decode_edited(const bj::object& object, const Limits& limits, ClientEvents& events) {
  const std::optional<std::uint64_t> edit = whole_member(object, "edit");
  if (!edit) {
    events.on_malformed("edited: \"edit\" must be a whole number, 0 or more and below 2^53");
    return;
  }
  if (const bj::value* cancelled = object.if_contains("cancelled")) {
    if (!cancelled->is_bool()) {
      events.on_malformed("edited: \"cancelled\" must be true or false");
      return;
    }
    if (cancelled->get_bool()) {
      events.on_edited(*edit, /*cancelled=*/true, {});
      return;
    }
  }
  const bj::string* text = string_member(object, "text");
  if (text == nullptr) {
    events.on_malformed("edited: \"text\" must be a string");
    return;
  }
  std::string clean;
  if (!append_typed_lines(*text, limits.edit_bytes_max, clean)) {
    events.on_malformed("edited: \"text\" is too long, nothing was done");
    return;
  }
  events.on_edited(*edit, /*cancelled=*/false, clean);
}

void decode_object(std::string_view message, const bj::object& object, const Limits& limits,
                   ClientEvents& events) {
  const bj::string* type = string_member(object, "type");
  if (type == nullptr) {
    events.on_malformed("\"type\" must be a string");
  } else if (*type == "line") {
    decode_line(object, limits, events);
  } else if (*type == "size") {
    decode_size(object, events);
  } else if (*type == "gmcp") {
    decode_gmcp(message, object, limits, events);
  } else if (*type == "ping") {
    decode_ping(message, events);
  } else if (*type == "hello") {
    decode_hello(message, object, limits, events);
  } else if (*type == "token_kept") {
    events.on_token_kept();
  } else if (*type == "code") {
    events.on_code_wanted();
  } else if (*type == "edited") {
    decode_edited(object, limits, events);
  }
}

}  // namespace

void decode(std::string_view message, const Limits& limits, ClientEvents& events) {
  // Most messages fit this piece of stack; what does not goes to the heap until the call returns.
  unsigned char scratch[2048];
  bj::monotonic_resource memory(scratch, sizeof scratch);
  bj::parse_options options;
  options.max_depth = kDepthMax;
  bj::error_code error;
  const bj::value value = bj::parse(message, error, &memory, options);
  if (error) {
    events.on_malformed(error == bj::error::too_deep ? "nested too deeply" : "not valid JSON");
    return;
  }
  const bj::object* object = value.if_object();
  if (object == nullptr) {
    events.on_malformed("a message must be one JSON object");
    return;
  }
  decode_object(message, *object, limits, events);
}

}  // namespace wyld::ws::json
