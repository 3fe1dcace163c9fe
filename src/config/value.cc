#include "config/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>

#include "base/utf8.h"
#include "config/check.h"

namespace wyld::config {
namespace {

constexpr std::size_t kListElementsMax = 64;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 4> kDurationUnits{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 4> kBytesUnits{
    {{"B", 1}, {"KiB", 1ULL << 10U}, {"MiB", 1ULL << 20U}, {"GiB", 1ULL << 30U}}};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Digits and one of `units`, with or without a space between. None when malformed or over 64 bits.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = trimmed({end, static_cast<std::size_t>(text.data() + text.size() - end)});
  for (const Unit& candidate : units) {
    if (candidate.name != unit) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / candidate.factor) return std::nullopt;
    return number * candidate.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// In the largest unit that leaves no fraction.
std::string format_quantity(std::uint64_t number, std::span<const Unit> units) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    if (number != 0 && number % unit->factor == 0)
      return fmt::format("{}{}", number / unit->factor, unit->name);
  }
  return fmt::format("0{}", units[0].name);
}

std::string format_duration(std::uint64_t milliseconds) {
  return milliseconds == 0 ? "0s" : format_quantity(milliseconds, kDurationUnits);
}

// Below 1 KiB the bare number is the clearer one.
std::string format_bytes(std::uint64_t bytes) {
  return bytes % 1024 != 0 || bytes == 0 ? fmt::format("{}", bytes) : format_quantity(bytes, kBytesUnits);
}

std::string describe(const RawValue& raw) {
  struct {
    std::string operator()(const std::string& text) const { return "the text " + in_quotes(text); }
    std::string operator()(std::int64_t number) const { return fmt::format("the number {}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const RawValue::Array&) const { return "a list"; }
    std::string operator()(const RawValue::Other& other) const { return other.description; }
  } visitor;
  return std::visit(visitor, raw.data);
}

std::string default_toml(const Row& row) { return format_toml(row, Settings{}); }

// What the row wants, with an example: `a duration such as "60s"`.
std::string expectation(const Row& row) {
  switch (row.type) {
    case Type::kText:
      return fmt::format("a text such as {}",
                         row.example.empty() ? default_toml(row) : std::string(row.example));
    case Type::kChoice:
      return fmt::format("one of \"{}\"", fmt::join(row.choices, "\", \""));
    case Type::kList:
      return fmt::format("a list of texts such as {}",
                         row.example.empty() ? default_toml(row) : std::string(row.example));
    case Type::kCount:
      return fmt::format("a whole number such as {}", default_toml(row));
    case Type::kBytes: {
      Settings defaults;
      return fmt::format("a number of bytes such as {} or {}", *std::get<std::size_t*>(row.slot(defaults)),
                         default_toml(row));
    }
    case Type::kDuration:
      return fmt::format("a duration such as {} (units ms, s, m, h)", default_toml(row));
    case Type::kFlag:
      return "true or false";
  }
  return {};
}

// One assignment; collects what is wrong under the row's name.
class Assignment {
 public:
  Assignment(const Row& row, Settings& settings, std::vector<ValueProblem>& problems)
      : row_(row), settings_(settings), problems_(problems) {}

  void raw(const RawValue& value) {
    const auto* text = std::get_if<std::string>(&value.data);
    const auto* number = std::get_if<std::int64_t>(&value.data);
    const auto* flag = std::get_if<bool>(&value.data);
    const auto* array = std::get_if<RawValue::Array>(&value.data);
    const bool number_fits = row_.type == Type::kCount || row_.type == Type::kBytes;
    if (row_.type == Type::kList && array != nullptr) {
      list(*array);
    } else if (row_.type == Type::kFlag && flag != nullptr) {
      *std::get<bool*>(row_.slot(settings_)) = *flag;
    } else if (number_fits && number != nullptr) {
      quantity(*number < 0 ? std::nullopt : std::optional<std::uint64_t>(*number),
               fmt::format("{}", *number));
    } else if (row_.type == Type::kDuration && number != nullptr) {
      const std::uint64_t seconds = *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
      wrong_type(describe(value), seconds == 0 || seconds > 1'000'000
                                      ? std::string()
                                      : fmt::format("; did you mean \"{}s\"?", seconds));
    } else if (text != nullptr && row_.type != Type::kFlag && row_.type != Type::kCount) {
      from_text(*text);
    } else {
      wrong_type(describe(value), {});
    }
  }

  void from_text(std::string_view text) {
    switch (row_.type) {
      case Type::kText:
        if (passes_check(text, {})) *std::get<std::string*>(row_.slot(settings_)) = text;
        return;
      case Type::kChoice:
        choice(text);
        return;
      case Type::kList:
        list({{RawValue{std::string(text)}, Position{}}});
        return;
      case Type::kCount:
        counted(text, parse_digits(text));
        return;
      case Type::kBytes: {
        const std::optional<std::uint64_t> bare = parse_digits(text);
        counted(text, bare ? bare : parse_quantity(text, kBytesUnits));
        return;
      }
      case Type::kDuration:
        counted(text, parse_quantity(text, kDurationUnits));
        return;
      case Type::kFlag:
        if (text != "true" && text != "false") return wrong_type("the text " + in_quotes(text), {});
        *std::get<bool*>(row_.slot(settings_)) = text == "true";
        return;
    }
  }

  void list(const RawValue::Array& array) {
    if (array.size() > kListElementsMax) {
      complain(fmt::format("has {} elements; at most {} fit", array.size(), kListElementsMax), {});
      return;
    }
    const std::size_t problems_before = problems_.size();
    std::vector<std::string> texts;
    bool off = false;
    for (const RawElement& element : array) {
      const auto* text = std::get_if<std::string>(&element.value.data);
      if (text == nullptr) {
        complain(
            fmt::format("must be {}, and this element is {}", expectation(row_), describe(element.value)),
            element.position);
      } else if (row_.may_be_off && *text == "off") {
        off = true;
      } else if (passes_check(*text, element.position)) {
        if (std::ranges::find(texts, *text) == texts.end()) {
          texts.push_back(*text);
        } else {
          complain(fmt::format("names {} twice; remove one", in_quotes(*text)), element.position);
        }
      }
    }
    if (off && array.size() > 1) {
      complain("mixes \"off\" with addresses; write either", {});
    }
    if (problems_.size() == problems_before) {
      *std::get<std::vector<std::string>*>(row_.slot(settings_)) = std::move(texts);
    }
  }

 private:
  void complain(std::string_view what, Position position) {
    problems_.push_back({fmt::format("{} {}", row_.name(), what), position});
  }

  void wrong_type(std::string_view what, std::string_view hint) {
    complain(fmt::format("must be {}, not {}{}", expectation(row_), what, hint), {});
  }

  bool passes_check(std::string_view text, Position position) {
    const Outcome<void> checked = row_.check == nullptr ? Outcome<void>() : row_.check(text);
    if (checked) return true;
    const std::string& problem = checked.error().message;
    // A check of a whole list's element speaks about the element, one of a text about the setting.
    const bool about_setting = problem.starts_with("is ") || problem.starts_with("has ");
    problems_.push_back({fmt::format("{}{} {}", row_.name(), about_setting ? "" : ":", problem), position});
    return false;
  }

  void choice(std::string_view text) {
    if (std::ranges::find(row_.choices, text) != row_.choices.end()) {
      *std::get<std::string*>(row_.slot(settings_)) = text;
      return;
    }
    const std::string_view near = nearest(text, row_.choices);
    wrong_type(in_quotes(text), near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near));
  }

  void counted(std::string_view text, std::optional<std::uint64_t> number) {
    if (!number) return wrong_type("the text " + in_quotes(text), {});
    quantity(number, std::string(text));
  }

  // None is a number below zero.
  void quantity(std::optional<std::uint64_t> number, std::string_view shown) {
    if (!number || *number < row_.min || *number > row_.max) {
      complain(fmt::format("is {}, outside {}", shown, format_bounds(row_)), {});
      return;
    }
    const Slot slot = row_.slot(settings_);
    if (auto* const* count = std::get_if<std::uint32_t*>(&slot))
      **count = static_cast<std::uint32_t>(*number);
    if (auto* const* bytes = std::get_if<std::size_t*>(&slot)) **bytes = *number;
    if (auto* const* duration = std::get_if<std::chrono::milliseconds*>(&slot)) {
      **duration = std::chrono::milliseconds(static_cast<std::int64_t>(*number));
    }
  }

  const Row& row_;
  Settings& settings_;
  std::vector<ValueProblem>& problems_;
};

}  // namespace

void assign(const Row& row, const RawValue& raw, Settings& settings, std::vector<ValueProblem>& problems) {
  Assignment(row, settings, problems).raw(raw);
}

void assign_text(const Row& row, std::string_view text, Settings& settings,
                 std::vector<ValueProblem>& problems) {
  if (row.type != Type::kList) {
    Assignment(row, settings, problems).from_text(row.type == Type::kText ? text : trimmed(text));
    return;
  }
  std::vector<std::string> texts;
  for (std::string_view rest = text; !trimmed(rest).empty();) {
    const std::size_t comma = rest.find(',');
    texts.emplace_back(trimmed(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  assign_texts(row, texts, settings, problems);
}

void assign_texts(const Row& row, const std::vector<std::string>& texts, Settings& settings,
                  std::vector<ValueProblem>& problems) {
  Assignment assignment(row, settings, problems);
  if (row.type != Type::kList) {
    if (!texts.empty()) assignment.from_text(texts.back());
    return;
  }
  RawValue::Array array;
  for (const std::string& text : texts) array.push_back({RawValue{text}, Position{}});
  assignment.list(array);
}

std::string format_toml(const Row& row, const Settings& settings) {
  // The slot is only read here; rows know how to point into a mutable Settings only.
  Settings copy = settings;
  const Slot slot = row.slot(copy);
  switch (row.type) {
    case Type::kText:
    case Type::kChoice:
      return toml_string(*std::get<std::string*>(slot));
    case Type::kList: {
      const std::vector<std::string>& texts = *std::get<std::vector<std::string>*>(slot);
      if (texts.empty() && row.may_be_off) return "\"off\"";
      std::vector<std::string> parts;
      parts.reserve(texts.size());
      for (const std::string& text : texts) parts.push_back(toml_string(text));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    case Type::kCount:
      return fmt::format("{}", *std::get<std::uint32_t*>(slot));
    case Type::kBytes: {
      const std::string text = format_bytes(*std::get<std::size_t*>(slot));
      return text.ends_with('B') ? fmt::format("\"{}\"", text) : text;
    }
    case Type::kDuration:
      return fmt::format("\"{}\"", format_duration((*std::get<std::chrono::milliseconds*>(slot)).count()));
    case Type::kFlag:
      return *std::get<bool*>(slot) ? "true" : "false";
  }
  return {};
}

std::string format_bounds(const Row& row) {
  switch (row.type) {
    case Type::kCount:
      return fmt::format("{} to {} {}", row.min, row.max, row.unit);
    case Type::kBytes:
      return fmt::format("{} to {}",
                         row.min % 1024 == 0 ? format_bytes(row.min) : fmt::format("{} bytes", row.min),
                         format_bytes(row.max));
    case Type::kDuration:
      return fmt::format("{} to {}", format_duration(row.min), format_duration(row.max));
    case Type::kText:
    case Type::kChoice:
    case Type::kList:
    case Type::kFlag:
      break;
  }
  return {};
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kWordBytesMax = 64;  // longer ones are no slips of the finger
  std::string_view best;
  if (word.size() > kWordBytesMax) return best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    if (distance <= allowed && distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace wyld::config
