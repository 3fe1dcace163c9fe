#include "config/write.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/redact_url.h"
#include "config/table.h"
#include "config/value.h"

namespace wyld::config {
namespace {

constexpr std::size_t kColumns = 100;

// `text` broken at spaces into lines that begin with `margin`.
std::string wrapped(std::string_view text, std::string_view margin) {
  std::string out;
  std::string line(margin);
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (line.size() + word.size() + 1 > kColumns && line.size() > margin.size()) {
      out += line + "\n";
      line = margin;
    }
    if (line.size() > margin.size()) line += ' ';
    line += word;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out + line + "\n";
}

// "256 bytes to 1MiB", `"error", "warning", ...`; empty where the help says it all.
std::string allowed(const Row& row) {
  switch (row.type) {
    case Type::kChoice:
      return fmt::format("\"{}\"", fmt::join(row.choices, "\", \""));
    case Type::kFlag:
      return "true, false";
    case Type::kText:
    case Type::kList:
      return row.example.empty() ? std::string() : fmt::format("for example {}", row.example);
    case Type::kCount:
    case Type::kBytes:
    case Type::kDuration:
      return format_bounds(row);
  }
  return {};
}

// What the manual says a value may be.
std::string kind(const Row& row) {
  switch (row.type) {
    case Type::kText:
      return fmt::format("text, {}",
                         row.example.empty() ? "in quotes" : fmt::format("for example `{}`", row.example));
    case Type::kChoice:
      return fmt::format("one of `\"{}\"`", fmt::join(row.choices, "\"`, `\""));
    case Type::kList:
      return fmt::format("list of texts, or one text{}; for example `{}`",
                         row.may_be_off ? ", or `\"off\"`" : "", row.example);
    case Type::kCount:
      return format_bounds(row);
    case Type::kBytes:
      return fmt::format("bytes, {}", format_bounds(row));
    case Type::kDuration:
      return fmt::format("duration, {}", format_bounds(row));
    case Type::kFlag:
      return "`true` or `false`";
  }
  return {};
}

// A file name may hold anything; a comment may not.
std::string as_comment(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return text;
}

// The value in TOML, without secrets.
std::string shown(const Row& row, Settings settings) {
  if (row.has_password) {
    std::string& url = *std::get<std::string*>(row.slot(settings));
    url = redact_url(url);
  }
  if (row.is_secret) {
    std::string& secret = *std::get<std::string*>(row.slot(settings));
    if (!secret.empty()) secret = "***";
  }
  return format_toml(row, settings);
}

}  // namespace

std::string default_file() {
  const Settings defaults;
  std::string out =
      "# Wyldgate configuration. Every setting is listed with its default and commented out; to change one,\n"
      "# remove its '#'. Durations are strings such as \"500ms\", \"60s\", \"15m\", \"24h\"; bytes are "
      "numbers or\n"
      "# strings such as \"4KiB\", \"1MiB\". Check the result with 'wyldgate config check --config FILE'.\n"
      "# An environment variable WYLDGATE_SECTION_KEY overrides this file, and a flag overrides both.\n";
  for (const Section& section : sections()) {
    out += fmt::format("\n[{}]\n{}", section.name, wrapped(section.help, "# "));
    for (const Row& row : table()) {
      if (row.section != section.name) continue;
      const std::string hint = allowed(row);
      out += "\n" + wrapped(row.help, "# ");
      if (!hint.empty()) out += wrapped(hint, "# ");
      out += fmt::format("#{} = {}\n", row.key, format_toml(row, defaults));
    }
  }
  return out;
}

std::string effective_file(const Loaded& loaded) {
  std::string out;
  for (const Section& section : sections()) {
    std::vector<std::pair<std::string, std::string>> lines;
    std::size_t width = 0;
    for (std::size_t i = 0; i < table().size(); ++i) {
      const Row& row = table()[i];
      if (row.section != section.name) continue;
      lines.emplace_back(fmt::format("{} = {}", row.key, shown(row, loaded.settings)),
                         as_comment(loaded.sources[i].text()));
      width = std::max(width, lines.back().first.size());
    }
    out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section.name);
    for (const auto& [line, source] : lines) out += fmt::format("{:<{}}  # {}\n", line, width, source);
  }
  return out;
}

std::string manual() {
  const Settings defaults;
  std::string out;
  for (const Section& section : sections()) {
    out += fmt::format("\n## [{}]\n\n{}\n", section.name, section.help);
    for (const Row& row : table()) {
      if (row.section != section.name) continue;
      out += fmt::format("\n### `{}`\n\n{}\n\n", row.name(), row.help);
      out += fmt::format("- default: `{}`\n", format_toml(row, defaults));
      out += fmt::format("- value: {}\n", kind(row));
      out += fmt::format("- environment: `{}`\n", row.environment());
      out += "- takes effect: at the next start\n";
    }
  }
  return out;
}

}  // namespace wyld::config
