#include "simulation/json_text.h"

#include <charconv>

namespace wyld::simulation {
namespace {

// Behind the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (text[at] != '"') return text.find_first_of(",}", at);
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

}  // namespace

std::optional<std::string_view> json_member(std::string_view object, std::string_view key) {
  std::size_t at = 1;
  while (at < object.size() && object[at] == '"') {
    const std::size_t key_end = end_of_value(object, at);
    const std::string_view name = object.substr(at + 1, key_end - at - 2);
    const std::size_t value = key_end + 1;
    if (value >= object.size()) return std::nullopt;
    const std::size_t end = end_of_value(object, value);
    if (end > object.size()) return std::nullopt;
    if (name == key) return object.substr(value, end - value);
    at = end + 1;
  }
  return std::nullopt;
}

std::string json_text(std::optional<std::string_view> value) {
  std::string text;
  if (!value || value->size() < 2 || value->front() != '"') return text;
  const std::string_view inside = value->substr(1, value->size() - 2);
  text.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      text += inside[i];
      continue;
    }
    switch (inside[++i]) {
      case 'n':
        text += '\n';
        break;
      case 't':
        text += '\t';
        break;
      case 'u': {
        unsigned code = 0;
        std::from_chars(inside.data() + i + 1, inside.data() + i + 5, code, 16);
        text += static_cast<char>(code);  // the gateway escapes control characters only
        i += 4;
        break;
      }
      default:
        text += inside[i];
    }
  }
  return text;
}

std::optional<std::uint64_t> json_number(std::optional<std::string_view> value) {
  std::uint64_t number = 0;
  if (!value || std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

}  // namespace wyld::simulation
