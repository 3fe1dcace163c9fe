#include "config/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

// Compiled in here rather than linked, for our own bound on nesting and because of what version 3.3 does with
// broken files: where it states assumptions about its own state, some inputs (such as "[[[") break them,
// which aborts a debug build and is undefined in a release one. Here a broken assumption is an exception in
// both.
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/impl/preprocessor.h>

namespace wyld::config {
namespace {

struct BrokenAssumption {};

[[noreturn]] void broken_assumption() { throw BrokenAssumption{}; }

}  // namespace
}  // namespace wyld::config

#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#undef TOML_ASSUME
#undef TOML_UNREACHABLE
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::wyld::config::broken_assumption())
#define TOML_ASSERT_ASSUME(condition) TOML_ASSERT(condition)
#define TOML_ASSUME(condition) TOML_ASSERT(condition)
#define TOML_UNREACHABLE ::wyld::config::broken_assumption()
#include <toml++/toml.h>

namespace wyld::config {
namespace {

constexpr std::size_t kSyntaxProblemsMax = 10;
static_assert(kNestingMax < TOML_MAX_NESTED_VALUES, "our own message comes first");

// Looks at what stands outside texts and comments, and refuses what the library must not see: deep nesting,
// where it recurses, and characters beyond ASCII, which TOML does not allow there and of which some (U+FEFA
// to U+FEFE) run version 3.3 into undefined behaviour. It follows TOML's rules for texts as far as the text
// is valid; the library stops at the first thing that is not.
class Guard {
 public:
  explicit Guard(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark
  }

  std::optional<SyntaxProblem> run() {
    while (at_ < text_.size()) {
      if (const char* problem = step()) return SyntaxProblem{problem, Position{line_, column()}};
    }
    return std::nullopt;
  }

 private:
  static constexpr const char* kTooDeep = "nested more than 16 deep; no setting needs that";
  static_assert(kNestingMax == 16);
  static constexpr const char* kNotAscii =
      "not valid TOML: characters beyond ASCII may stand in texts and comments only; texts need plain "
      "quotes, \" or '";

  // In characters, as the library counts.
  std::uint32_t column() const {
    const std::string_view before = text_.substr(line_start_, at_ - line_start_);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    return static_cast<std::uint32_t>(before.size() - std::ranges::count_if(before, continues) + 1);
  }

  // Null while all is well.
  const char* step() {
    const char c = text_[at_];
    switch (c) {
      case '\n':
        next_line();
        return nullptr;
      case '#':
        at_ = std::min(text_.find('\n', at_), text_.size());
        return nullptr;
      case '"':
      case '\'':
        skip_string(c);
        return nullptr;
      case '.':
        if (++dots_ >= kNestingMax) return kTooDeep;
        break;
      case '[':
      case '{':
        dots_ = 0;
        if (++depth_ > kNestingMax) return kTooDeep;
        break;
      case ']':
      case '}':
        dots_ = 0;
        if (depth_ > 0) --depth_;
        break;
      case '=':
      case ',':
        dots_ = 0;
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x80) return kNotAscii;
        break;
    }
    ++at_;
    return nullptr;
  }

  void next_line() {
    dots_ = 0;
    ++line_;
    line_start_ = ++at_;
  }

  void skip_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool multi_line = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!multi_line) return;
        next_line();
        continue;
      }
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_ += 2;
        continue;
      }
      if (c == quote && (!multi_line || text_.substr(at_, 3) == std::string(3, quote))) {
        at_ += multi_line ? 3 : 1;
        // A multi-line text may end in one or two quotes of its own.
        for (int extra = 0; multi_line && extra < 2 && at_ < text_.size() && text_[at_] == quote; ++extra)
          ++at_;
        return;
      }
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
};

Position position_of(const toml::source_position& position) {
  return {std::max<std::uint32_t>(position.line, 1), std::max<std::uint32_t>(position.column, 1)};
}

RawValue convert(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return {**node.as_string()};
    case toml::node_type::integer:
      return {**node.as_integer()};
    case toml::node_type::boolean:
      return {**node.as_boolean()};
    case toml::node_type::array: {
      RawValue::Array array;
      for (const toml::node& element : *node.as_array()) {
        array.push_back({convert(element), position_of(element.source().begin)});
      }
      return {std::move(array)};
    }
    case toml::node_type::table:
      return {RawValue::Other{"a section"}};
    case toml::node_type::floating_point:
      return {RawValue::Other{"a fraction"}};
    case toml::node_type::date:
    case toml::node_type::date_time:
      return {RawValue::Other{"a date"}};
    case toml::node_type::time:
      return {RawValue::Other{"a time of day"}};
    case toml::node_type::none:
      break;
  }
  return {RawValue::Other{"nothing"}};
}

std::vector<Entry> flatten(const toml::table& root) {
  std::vector<Entry> entries;
  const auto add = [&entries](std::string_view section, const toml::key& key, const toml::node& node) {
    entries.push_back({std::string(section), std::string(key.str()), convert(node),
                       position_of(key.source().begin), position_of(node.source().begin)});
  };
  for (const auto& [key, node] : root) {
    const toml::table* section = node.as_table();
    if (section == nullptr) {
      add({}, key, node);
      continue;
    }
    entries.push_back({std::string(key.str()),
                       {},
                       {},
                       position_of(key.source().begin),
                       position_of(node.source().begin),
                       true});
    for (const auto& [inner_key, inner_node] : *section) add(key.str(), inner_key, inner_node);
  }
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::tie(e.key_position, e.section, e.key); });
  return entries;
}

// A line's bytes, without its end.
struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Line> split_lines(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({begin, end});
    begin = end + 1;
  }
  return lines;
}

// The first line from `line` (counted from 0) on that is neither blank nor a comment.
std::size_t next_telling_line(std::string_view text, const std::vector<Line>& lines, std::size_t line) {
  for (; line < lines.size(); ++line) {
    const std::string_view content = text.substr(lines[line].begin, lines[line].end - lines[line].begin);
    const std::size_t first = content.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && content[first] != '#') break;
  }
  return line;
}

// Takes a broken line out of the way. False where that would change the meaning of others: when it opens a
// section, or holds nothing.
bool blank_line(std::string& text, const Line& line) {
  const std::size_t begin = text.find_first_not_of(" \t\r", line.begin);
  if (begin >= line.end || text[begin] == '[') return false;
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(line.begin),
            text.begin() + static_cast<std::ptrdiff_t>(line.end), ' ');
  return true;
}

std::string tidy_message(std::string_view description) {
  std::string out = "not valid TOML: ";
  for (const char c : description) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

namespace {

// The library's answer: a table, or what it did not like.
struct Parsed {
  std::optional<toml::table> table;
  SyntaxProblem problem;
};

Parsed parse(const std::string& text) {
  try {
    return {toml::parse(std::string_view(text)), {}};
  } catch (const toml::parse_error& error) {
    return {std::nullopt, {tidy_message(error.description()), position_of(error.source().begin)}};
  } catch (const BrokenAssumption&) {
    return {std::nullopt, {}};
  }
}

// Where `text` begins to break the library's assumptions: the first line without which, and without all
// behind which, it does not. 1 when even the first line alone does.
Position broken_assumption_position(const std::string& text, const std::vector<Line>& lines) {
  std::size_t good = 0;
  std::size_t bad = lines.size();
  while (good + 1 < bad) {
    const std::size_t middle = good + (bad - good) / 2;
    const Parsed parsed = parse(text.substr(0, lines[middle - 1].end));
    const bool breaks = !parsed.table && parsed.problem.message.empty();
    (breaks ? bad : good) = middle;
  }
  return {static_cast<std::uint32_t>(bad), 1};
}

// By its byte order mark, or by the zero half of a first ASCII character.
bool is_utf16(std::string_view text) {
  if (text.size() < 2) return false;
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
         (text[0] == '\0') != (text[1] == '\0');
}

}  // namespace

TomlFile parse_toml(std::string_view text) {
  TomlFile file;
  if (text.size() > kFileBytesMax) {
    file.problems.push_back(
        {fmt::format("longer than {} bytes; is it the right file?", kFileBytesMax), {1, 1}});
    return file;
  }
  if (is_utf16(text)) {
    file.problems.push_back({"the file is UTF-16, as some editors save it; save it as UTF-8", {1, 1}});
    return file;
  }
  std::string work(text);
  const std::vector<Line> lines = split_lines(work);
  while (std::optional<SyntaxProblem> problem = Guard(work).run()) {
    const std::size_t line = problem->position.line - 1;
    file.problems.push_back(std::move(*problem));
    if (file.problems.size() == kSyntaxProblemsMax || !blank_line(work, lines[line])) return file;
  }
  // Each round reports one syntax error and blanks its line. When the next error stands on the very next
  // line, what follows would be misread, so the reports end there.
  std::size_t last = lines.size();
  while (true) {
    Parsed parsed = parse(work);
    if (parsed.table) {
      file.entries = flatten(*parsed.table);
      return file;
    }
    if (parsed.problem.message.empty()) {
      parsed.problem = {"not valid TOML: something is out of place in this line",
                        broken_assumption_position(work, lines)};
    }
    const Position position = parsed.problem.position;
    const std::size_t line = position.line - 1;
    if (last < lines.size() && (line <= last || next_telling_line(work, lines, last + 1) == line))
      return file;
    file.problems.push_back(std::move(parsed.problem));
    if (file.problems.size() >= kSyntaxProblemsMax || line >= lines.size()) return file;
    if (!blank_line(work, lines[line]) || Guard(work).run()) return file;
    last = line;
  }
}

}  // namespace wyld::config
