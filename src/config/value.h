#pragma once
// Values between text and Settings: what a file or a variable says becomes a number, a duration, a list, and
// back. Knows the table's rows, not TOML.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "config/table.h"

namespace wyld::config {

// Where something stands in a file, from 1; line 0 is "not in a file".
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct RawElement;

// A value as a TOML file gives it, freed from the TOML library. `Other` is what no setting takes (a table, a
// date, a fraction), with the words to name it.
struct RawValue {
  struct Other {
    std::string description;  // "a date"
  };
  using Array = std::vector<RawElement>;
  std::variant<std::string, std::int64_t, bool, Array, Other> data;
};

struct RawElement {
  RawValue value;
  Position position;
};

// A complaint about a value, and the element of the list at which it points, if any.
struct ValueProblem {
  std::string message;  // begins with the setting's name
  Position position;    // line 0: the value as a whole
};

// Puts `raw` where `row` says. Appends to `problems` and leaves the setting alone when it does not fit.
void assign(const Row& row, const RawValue& raw, Settings& settings, std::vector<ValueProblem>& problems);

// The same for the text of an environment variable: numbers in digits, lists separated by commas.
void assign_text(const Row& row, std::string_view text, Settings& settings,
                 std::vector<ValueProblem>& problems);

// The same for a flag's values, one list element each.
void assign_texts(const Row& row, const std::vector<std::string>& texts, Settings& settings,
                  std::vector<ValueProblem>& problems);

// The setting's value as TOML: `"60s"`, `20`, `["127.0.0.1:4000"]`, `"off"`.
[[nodiscard]] std::string format_toml(const Row& row, const Settings& settings);

// "256 to 1048576", "100ms to 5m", "4KiB to 64MiB"; empty for a type without bounds.
[[nodiscard]] std::string format_bounds(const Row& row);

[[nodiscard]] std::string toml_string(std::string_view text);

// Among `candidates`, the one to suggest for a mistyped `word`; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

// How many letters to add, drop, change or swap with a neighbour between the two.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace wyld::config
