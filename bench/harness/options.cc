#include "bench/harness/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "bench/harness/baseline.h"

namespace wyld::bench {
namespace {

namespace fs = std::filesystem;

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Each returns an empty string, or what is wrong with the value.
std::string set_name(std::string& name, std::string_view value) {
  if (!is_baseline_name(value)) {
    return fmt::format("'{}' is not a name for a baseline (letters, digits, '-', '_', '.', not first)",
                       value);
  }
  name = value;
  return "";
}

std::string set_fail_on(Options& options, std::string_view value) {
  if (value == "missed") {
    options.fail_on_missed = true;
    return "";
  }
  if (value == "regressed") {
    options.fail_on_regressed = 0;
    return "";
  }
  constexpr std::string_view kBound = "regressed:";
  if (value.starts_with(kBound)) {
    if (const std::optional<double> share = parse_share(value.substr(kBound.size()))) {
      options.fail_on_regressed = *share;
      return "";
    }
  }
  return fmt::format("'{}' is not a condition (regressed, regressed:5%, missed)", value);
}

std::string set_sample_size(Options& options, std::string_view value) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || count < kSampleSizeMin ||
      count > kSampleSizeMax) {
    return fmt::format("'{}' is not a number from {} to {}", value, kSampleSizeMin, kSampleSizeMax);
  }
  options.sample_size = count;
  return "";
}

std::string set_measurement_time(Options& options, std::string_view value) {
  const std::optional<double> seconds =
      parse_number(value.ends_with('s') ? value.substr(0, value.size() - 1) : value);
  if (!seconds || !(*seconds > 0) || *seconds > 3600)
    return fmt::format("'{}' is not a number of seconds", value);
  options.measurement_seconds = *seconds;
  return "";
}

std::string set_noise(Options& options, std::string_view value) {
  const std::optional<double> share = parse_share(value);
  if (!share) return fmt::format("'{}' is not a share (2% or 0.02)", value);
  options.noise_threshold = *share;
  return "";
}

enum class Value { kNone, kRequired, kOptional };  // kOptional: only as --option=VALUE

struct Row {
  std::string_view name;
  Value value;
  std::string_view value_name;
  std::string_view help;
  std::string (*set)(Options&, std::string_view);
};

constexpr Row kRows[] = {
    {"--list", Value::kNone, "", "print the names and stop",
     [](Options& o, std::string_view) {
       o.list = true;
       return std::string();
     }},
    {"--quick", Value::kNone, "", "tiny samples: shows that it works, not how fast it is",
     [](Options& o, std::string_view) {
       o.quick = true;
       return std::string();
     }},
    {"--verbose", Value::kNone, "", "also mean, median, standard deviation, MAD",
     [](Options& o, std::string_view) {
       o.verbose = true;
       return std::string();
     }},
    {"--save-baseline", Value::kRequired, "NAME", "keep this run under NAME",
     [](Options& o, std::string_view v) { return set_name(o.save_baseline, v); }},
    {"--baseline", Value::kRequired, "NAME", "compare with the run kept under NAME",
     [](Options& o, std::string_view v) { return set_name(o.baseline, v); }},
    {"--against-last", Value::kNone, "", "compare with the last run of this filter, and keep this one",
     [](Options& o, std::string_view) {
       o.against_last = true;
       return std::string();
     }},
    {"--load-baseline", Value::kRequired, "NAME", "report the run kept under NAME, measure nothing",
     [](Options& o, std::string_view v) { return set_name(o.load_baseline, v); }},
    {"--baseline-dir", Value::kRequired, "DIR", "where runs are kept (build/bench/baselines)",
     [](Options& o, std::string_view v) {
       o.baseline_directory = fs::path(v);
       return std::string();
     }},
    {"--noise-threshold", Value::kRequired, "SHARE", "changes below are within noise (1%)",
     [](Options& o, std::string_view v) { return set_noise(o, v); }},
    {"--sample-size", Value::kRequired, "N", "samples for each benchmark (50)",
     [](Options& o, std::string_view v) { return set_sample_size(o, v); }},
    {"--measurement-time", Value::kRequired, "SECONDS", "aimed at for each benchmark (2)",
     [](Options& o, std::string_view v) { return set_measurement_time(o, v); }},
    {"--json", Value::kOptional, "FILE",
     "the result as JSON: on standard output, or with =FILE beside the text",
     [](Options& o, std::string_view v) {
       o.json = true;
       if (!v.empty()) o.json_file = fs::path(v);
       return std::string();
     }},
    {"--html", Value::kRequired, "DIR", "write DIR/index.html, one file with everything in it",
     [](Options& o, std::string_view v) {
       o.html_directory = fs::path(v);
       return std::string();
     }},
    {"--fail-on", Value::kRequired, "WHAT",
     "exit 1 on regressed, regressed:5% (by that much), or missed (a target)",
     [](Options& o, std::string_view v) { return set_fail_on(o, v); }},
    {"--database", Value::kOptional, "URL", "PostgreSQL there (or at DATABASE_URL), whatever its name",
     [](Options& o, std::string_view v) {
       o.database = v;
       return std::string();
     }},
    {"--commit", Value::kRequired, "ID", "the commit that was built, for the reports",
     [](Options& o, std::string_view v) {
       o.commit = v;
       return std::string();
     }},
    {"--help", Value::kNone, "", "this text",
     [](Options& o, std::string_view) {
       o.help = true;
       return std::string();
     }},
};

// Options that cannot go together; empty when all is well.
std::string contradiction(const Options& options) {
  if (!options.load_baseline.empty()) {
    if (!options.save_baseline.empty())
      return "--load-baseline measures nothing that --save-baseline could keep";
    if (options.against_last) return "--load-baseline measures nothing that --against-last could keep";
    if (options.quick) return "--load-baseline measures nothing, so it cannot be --quick";
    if (options.list) return "--list names what can be measured, --load-baseline measures nothing";
  }
  if (options.fail_on_regressed && options.baseline.empty() && !options.against_last)
    return "--fail-on regressed needs --baseline NAME";
  if (options.quick && options.against_last) return "--against-last needs a full run";
  if (options.quick && (options.fail_on_regressed || options.fail_on_missed)) {
    return "--fail-on needs a full run: a quick one says nothing about speed";
  }
  return "";
}

}  // namespace

std::optional<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  std::optional<double> value = parse_number(text);
  if (!value) return std::nullopt;
  if (percent) *value /= 100;
  // "2" without a sign is more likely 2 % than 200 %, and too unclear to guess.
  const double bound = percent ? 10 : 1;
  if (!(*value >= 0 && *value < bound)) return std::nullopt;
  return value;
}

Expected<Options> parse_options(std::span<const std::string> arguments) {
  Options options;
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    const std::string_view argument = arguments[index];
    if (!argument.starts_with('-') || argument == "-") {
      if (!options.filter.empty()) {
        return std::unexpected(fmt::format("one filter is enough: '{}' and '{}' (try '{}|{}')",
                                           options.filter, argument, options.filter, argument));
      }
      try {
        options.filter = argument;
        const std::regex compiled(options.filter);
      } catch (const std::regex_error& error) {
        return std::unexpected(
            fmt::format("the filter '{}' is not a regular expression: {}", argument, error.what()));
      }
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument == "-h" ? "--help" : argument.substr(0, equals);
    const auto* const row = std::ranges::find(kRows, name, &Row::name);
    if (row == std::end(kRows))
      return std::unexpected(fmt::format("there is no option '{}'; --help lists them", name));
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = argument.substr(equals + 1);
      if (row->value == Value::kNone) return std::unexpected(fmt::format("{} takes no value", name));
      if (value.empty()) return std::unexpected(fmt::format("{}= lacks its {}", name, row->value_name));
    } else if (row->value == Value::kRequired) {
      if (index + 1 >= arguments.size() || arguments[index + 1].starts_with("--"))
        return std::unexpected(fmt::format("{} needs a {}", name, row->value_name));
      value = arguments[++index];
      if (value.empty()) return std::unexpected(fmt::format("{} needs a {}", name, row->value_name));
    }
    const std::string wrong = row->set(options, value);
    if (!wrong.empty()) return std::unexpected(fmt::format("{}: {}", name, wrong));
  }
  if (options.help) return options;
  const std::string wrong = contradiction(options);
  if (!wrong.empty()) return std::unexpected(wrong);
  return options;
}

std::string usage() {
  std::string text =
      "wyldgate-bench [FILTER] [OPTION...]   measures, and says what changed\n\n"
      "FILTER is a regular expression that matches anywhere in a benchmark's name.\n\n";
  for (const Row& row : kRows) {
    std::string left(row.name);
    if (row.value == Value::kRequired) left += fmt::format(" {}", row.value_name);
    if (row.value == Value::kOptional) left += fmt::format("[={}]", row.value_name);
    text += fmt::format("  {:<26} {}\n", left, row.help);
  }
  return text +
         "\nExit code: 0 when all went well, 1 when a benchmark failed or a --fail-on condition holds, 2 "
         "when the\n"
         "command line is wrong or a file cannot be read or written.\n";
}

}  // namespace wyld::bench
