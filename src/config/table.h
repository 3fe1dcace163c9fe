#pragma once
// The one table of settings: a row each. Parsing, the environment, `wyldgate config init|show|check` and
// docs/configuration.md all come from it, so a new setting is one member in settings.h and one row in
// table.cc.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/outcome.h"
#include "config/settings.h"

namespace wyld::config {

enum class Type : unsigned char { kText, kChoice, kList, kCount, kBytes, kDuration, kFlag };

// Where a setting lives in a Settings; the alternative agrees with the row's type (a test checks it).
using Slot = std::variant<std::string*, std::vector<std::string>*, std::uint32_t*, std::size_t*,
                          std::chrono::milliseconds*, bool*>;

struct Row {
  std::string_view section;
  std::string_view key;
  Type type = Type::kText;
  Slot (*slot)(Settings&) = nullptr;
  // Bounds of a count, of bytes, or of a duration's milliseconds; both included.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  // What a count counts, for messages and the manual: "lines per second".
  std::string_view unit{};
  // The words of a choice.
  std::vector<std::string_view> choices{};
  // Judges a text, or each element of a list. Its words follow "listen.telnet: ".
  Outcome<void> (*check)(std::string_view) = nullptr;
  // True when a list may be the word "off", meaning none.
  bool may_be_off = false;
  // True for a URL that may hold a password: it is never shown.
  bool has_password = false;
  // True for a secret: "***" is shown in its place.
  bool is_secret = false;
  // A value in TOML to show where the default would not teach much.
  std::string_view example{};
  // One sentence or two: what it is, and the reason to change it.
  std::string_view help{};

  [[nodiscard]] std::string name() const;         // "limits.line_bytes"
  [[nodiscard]] std::string environment() const;  // "WYLDGATE_LIMITS_LINE_BYTES"
};

// Every setting, grouped by section, in the order in which an operator should read them.
[[nodiscard]] std::span<const Row> table();

// The sections in order, each once, and a sentence about each.
struct Section {
  std::string_view name;
  std::string_view help{};
};
[[nodiscard]] std::span<const Section> sections();

// Null when there is no such setting.
[[nodiscard]] const Row* find_row(std::string_view section, std::string_view key);

}  // namespace wyld::config
