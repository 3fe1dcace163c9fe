#pragma once
// The text of a TOML file as a flat list of entries. The only unit that includes the TOML library.

#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace wyld::config {

// `key = value` under `[section]`; what stands before the first section has an empty one.
struct Entry {
  std::string section;
  std::string key;
  RawValue value;
  Position key_position;
  Position value_position;
  // True for a whole section: `key` and `value` are empty. Given for each, so that an unknown one is noticed.
  bool is_section = false;
};

struct SyntaxProblem {
  std::string message;
  Position position;
};

struct TomlFile {
  std::vector<Entry> entries;  // in the order of the file
  std::vector<SyntaxProblem> problems;
};

// Limits of what parse_toml takes, checked before the TOML library sees the text, because it recurses.
inline constexpr std::size_t kFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kNestingMax = 16;  // of brackets, and of names in a dotted key

// Pure; any bytes are welcome. After a line with broken syntax it goes on behind that line where it can, to
// report as much as possible at once; entries are empty where it cannot.
[[nodiscard]] TomlFile parse_toml(std::string_view text);

}  // namespace wyld::config
