#pragma once
// Settings from everything an operator can say, with all mistakes at once.
// Precedence: default < file < environment < flag.
//
// Owner    apps/.
// Thread   any; load() reads one file and nothing else.
// Errors   mistakes come back as problems, each with its place; the settings hold the defaults there.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "config/table.h"
#include "config/value.h"

namespace wyld::config {

// One mistake. text() is "FILE:LINE:COLUMN: message", "WYLDGATE_LOG_LEVEL: message" or "--log-level:
// message".
struct Problem {
  std::string origin;  // the file's name, the variable or the flag; empty when it is none of them
  Position position;   // in the file
  std::string message;

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

// Who had the last word on a setting.
struct Source {
  enum class Kind : unsigned char { kDefault, kFile, kEnvironment, kFlag };
  Kind kind = Kind::kDefault;
  std::string origin;
  Position position;

  // "default", "wyldgate.toml:3", "environment WYLDGATE_LOG_LEVEL", "flag --log-level".
  [[nodiscard]] std::string text() const;
};

// A flag given on the command line, for the setting it stands for; several values make a list.
struct Flag {
  std::string name;  // "--telnet"
  std::string section;
  std::string key;
  std::vector<std::string> values;
};

struct Inputs {
  std::optional<std::string> file;  // --config; else WYLDGATE_CONFIG names one; else there is none
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<Flag> flags;
};

struct Loaded {
  Settings settings;
  std::vector<Source> sources;  // one for each row of table(), in its order
  std::vector<Problem> problems;
  std::string file;  // the one that was read, or should have been; empty when none was named

  [[nodiscard]] bool ok() const { return problems.empty(); }
};

[[nodiscard]] Loaded load(const Inputs& inputs);

// The same with the file's text in hand, named `file_name` in messages. Reads nothing.
[[nodiscard]] Loaded load_text(std::string_view text, std::string_view file_name, const Inputs& inputs = {});

// The WYLDGATE_* variables, and DATABASE_URL, among `environ`'s "NAME=VALUE" strings.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> wyldgate_variables(const char* const* environ);

}  // namespace wyld::config
