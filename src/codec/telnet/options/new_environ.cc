#include "codec/telnet/options/new_environ.h"

#include <algorithm>

#include "codec/telnet/options/subnegotiation.h"
#include "codec/telnet/options/terminal_type.h"

namespace wyld::telnet {
namespace {

enum : char { kIs = 0, kSend = 1, kInfo = 2 };
enum : char { kVar = 0, kValue = 1, kEsc = 2, kUserVar = 3 };

constexpr bool is_code(char byte) noexcept { return byte >= kVar && byte <= kUserVar; }

// Reads unescaped text up to the next code, at most kEnvironTextBytesMax of it.
std::string read_text(std::string_view payload, std::size_t& index) {
  std::string text;
  while (index < payload.size()) {
    char byte = payload[index];
    if (byte == kEsc && index + 1 < payload.size()) {
      byte = payload[++index];
    } else if (is_code(byte)) {
      break;
    }
    ++index;
    if (text.size() < kEnvironTextBytesMax) text.push_back(byte);
  }
  return text;
}

void write_text(SubnegotiationWriter& writer, std::string_view text) {
  for (const char byte : text) {
    if (is_code(byte)) writer.byte(kEsc);
    writer.byte(static_cast<std::uint8_t>(byte));
  }
}

void write_variable(SubnegotiationWriter& writer, const EnvironVariable& variable) {
  writer.byte(variable.user ? kUserVar : kVar);
  write_text(writer, variable.name);
  if (variable.value) {
    writer.byte(kValue);
    write_text(writer, *variable.value);
  }
}

// Names and values after the first byte. A byte that is no code where one must be ends the reading.
std::vector<EnvironVariable> read_variables(std::string_view payload) {
  std::vector<EnvironVariable> variables;
  for (std::size_t index = 1; index < payload.size() && variables.size() < kEnvironVariablesMax;) {
    const char kind = payload[index++];
    if (kind != kVar && kind != kUserVar) break;
    EnvironVariable variable{.user = kind == kUserVar, .name = read_text(payload, index), .value = {}};
    if (index < payload.size() && payload[index] == kValue) {
      ++index;
      variable.value = read_text(payload, index);
    }
    variables.push_back(std::move(variable));
  }
  return variables;
}

}  // namespace

void append_environ_send(std::string& out) { SubnegotiationWriter(option::kNewEnviron, out).byte(kSend); }

std::optional<std::vector<EnvironVariable>> parse_environ(std::string_view payload) {
  if (payload.empty() || (payload[0] != kIs && payload[0] != kInfo)) return std::nullopt;
  return read_variables(payload);
}

std::optional<std::string> apply_environ(const std::vector<EnvironVariable>& variables,
                                         Capabilities& capabilities) {
  std::optional<std::string> charset;
  for (const EnvironVariable& variable : variables) {
    if (!variable.value) continue;
    std::string text = printable_ascii(*variable.value, kCapabilityTextBytesMax);
    if (text.empty()) continue;
    if (variable.name == "CHARSET") {
      charset = std::move(text);
    } else if (variable.name == "CLIENT_NAME") {
      capabilities.client_name = std::move(text);
    } else if (variable.name == "CLIENT_VERSION") {
      capabilities.client_version = std::move(text);
    } else if (variable.name == "TERMINAL_TYPE") {
      capabilities.terminal_type = std::move(text);
    } else if (variable.name == "MTTS") {
      if (const std::optional<std::uint32_t> bits = parse_mtts("MTTS " + text); bits && *bits != 0) {
        capabilities.mtts = *bits;
      }
    }
  }
  return charset;
}

std::vector<EnvironVariable> mnes_variables(const Capabilities& capabilities, bool charset_known,
                                            std::uint32_t mtts, std::string_view player_address) {
  const auto text_or_nothing = [](const std::string& text) -> std::optional<std::string> {
    if (text.empty()) return std::nullopt;
    return text;
  };
  const char* const charset = capabilities.charset == Charset::kUtf8     ? "UTF-8"
                              : capabilities.charset == Charset::kLatin1 ? "ISO-8859-1"
                                                                         : "ASCII";
  std::vector<EnvironVariable> known = {
      {.user = false, .name = "CHARSET", .value = text_or_nothing(charset_known ? charset : "")},
      {.user = false, .name = "CLIENT_NAME", .value = text_or_nothing(capabilities.client_name)},
      {.user = false, .name = "CLIENT_VERSION", .value = text_or_nothing(capabilities.client_version)},
      {.user = false, .name = "MTTS", .value = std::to_string(mtts)},
      {.user = false, .name = "TERMINAL_TYPE", .value = text_or_nothing(capabilities.terminal_type)},
  };
  if (!player_address.empty()) {
    known.push_back({.user = false, .name = "IPADDRESS", .value = std::string(player_address)});
  }
  return known;
}

bool answer_environ_send(std::string_view payload, const std::vector<EnvironVariable>& known,
                         std::string& out) {
  if (payload.empty() || payload[0] != kSend) return false;
  SubnegotiationWriter writer(option::kNewEnviron, out);
  writer.byte(kIs);
  const auto write_all = [&] {
    for (const EnvironVariable& variable : known) {
      if (variable.value) write_variable(writer, variable);
    }
  };
  const std::vector<EnvironVariable> asked = read_variables(payload);
  if (asked.empty()) write_all();
  for (const EnvironVariable& question : asked) {
    if (question.name.empty()) {  // "all of this kind"; ours are all well-known ones
      if (!question.user) write_all();
      continue;
    }
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const EnvironVariable& it) { return it.name == question.name; });
    EnvironVariable answer{.user = question.user, .name = question.name, .value = {}};
    if (found != known.end()) answer.value = found->value;
    write_variable(writer, answer);
  }
  return true;
}

void append_environ_info(const std::vector<EnvironVariable>& changed, std::string& out) {
  SubnegotiationWriter writer(option::kNewEnviron, out);
  writer.byte(kInfo);
  for (const EnvironVariable& variable : changed) write_variable(writer, variable);
}

}  // namespace wyld::telnet
