#include "bench/harness/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <regex>
#include <utility>
#include <vector>

#include "bench/harness/analysis.h"
#include "bench/harness/baseline.h"
#include "bench/harness/html_report.h"
#include "bench/harness/json_report.h"
#include "bench/harness/measure.h"
#include "bench/harness/options.h"
#include "bench/harness/text_report.h"

namespace wyld::bench {
namespace {

constexpr int kExitFine = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int refuse(std::ostream& err, std::string_view message) {
  err << "wyldgate-bench: " << message << "\n";
  return kExitUsage;
}

// The order within a category stays: std::sort over positions, since the buffer that this library's
// stable_sort takes is deprecated in C++23.
template <typename Item, typename NameOf>
void sort_by_category(std::vector<Item>& items, NameOf name_of) {
  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (std::size_t index = 0; index < items.size(); ++index) {
    order.emplace_back(category_of(name_of(items[index])).rank, index);
  }
  std::ranges::sort(order);
  std::vector<Item> sorted;
  sorted.reserve(items.size());
  for (const auto& [rank, index] : order) sorted.push_back(std::move(items[index]));
  items = std::move(sorted);
}

std::vector<std::string> matching(std::vector<std::string> names, const std::string& filter) {
  if (!filter.empty()) {
    const std::regex pattern(filter);
    std::erase_if(names, [&](const std::string& name) { return !std::regex_search(name, pattern); });
  }
  sort_by_category(names, [](const std::string& name) { return name; });
  return names;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Once a round is over, the others take about as long each.
std::string round_line(std::size_t round, std::size_t rounds, double elapsed) {
  std::string line = fmt::format("round {} of {}", round, rounds);
  if (round > 1) {
    const double each = elapsed / static_cast<double>(round - 1);
    line += fmt::format(", about {} left", rough_time(each * static_cast<double>(rounds - round + 1)));
  }
  return line + "\n";
}

// Round after round over all benchmarks; the last one prints each as it ends.
Report measure_all(const std::vector<std::string>& names, Report report, const Options& options,
                   std::ostream& out, std::ostream& err) {
  std::vector<Sampler> samplers;
  for (const std::string& name : names) {
    samplers.emplace_back(name,
                          MeasureOptions{options.sample_size, options.measurement_seconds, options.quick});
  }
  const std::size_t rounds = options.quick ? 1 : Sampler::kRounds;
  if (!options.quick) err << how_long(names.size(), options.measurement_seconds) << "\n";
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t round = 1; round <= rounds; ++round) {
    if (!options.quick) err << round_line(round, rounds, seconds_since(start)) << std::flush;
    for (Sampler& sampler : samplers) {
      sampler.take_round();
      if (round < rounds) continue;
      const Analysis& analysis = add_measurement(report, sampler.finish());
      out << text_benchmark(analysis, report, options.verbose) << std::flush;
    }
  }
  finish_report(report);
  return report;
}

// The conditions of --fail-on that hold, and benchmarks that failed; each is a line on `err`.
bool has_failures(const Report& report, const Options& options, std::ostream& err) {
  bool found = false;
  const auto complain = [&](const std::string& line) {
    err << "wyldgate-bench: " << line << "\n";
    found = true;
  };
  for (const Analysis& analysis : report.analyses) {
    const std::string& name = analysis.measurement.name;
    if (analysis.measurement.failed())
      complain(fmt::format("{} failed: {}", name, analysis.measurement.not_run));
    if (options.fail_on_regressed && analysis.change && analysis.change->verdict == Verdict::kRegressed &&
        analysis.change->relative.estimate >= *options.fail_on_regressed) {
      complain(fmt::format("{} regressed by {}", name, format_share(analysis.change->relative.estimate)));
    }
    if (options.fail_on_regressed && analysis.taken_back == Verdict::kRegressed)
      err << fmt::format("wyldgate-bench: {}: {}\n", name, describe_taken_back(analysis));
  }
  if (options.fail_on_missed) {
    for (const TargetResult& result : report.targets) {
      if (result.outcome == Outcome::kMissed) {
        complain(fmt::format("target missed: {}, {} against {}", result.target.operation,
                             format_measured(result.target, *result.measured), format_target(result.target)));
      }
    }
  }
  return found;
}

// Hands --database to the benchmarks that want one. Empty, or what is wrong.
std::string name_database(const Options& options) {
  if (!options.database) return "";
  const char* const given = std::getenv("DATABASE_URL");
  const std::string url = !options.database->empty() ? *options.database : given != nullptr ? given : "";
  if (url.empty()) return "--database: DATABASE_URL is not set; say --database=URL";
  ::setenv(kDatabaseVariable, url.c_str(), 1);
  return "";
}

// False, with a line on `err`, when a file cannot be written.
bool write_reports(const Report& report, const Options& options, std::ostream& out, std::ostream& err) {
  const auto wrote = [&](const Expected<std::filesystem::path>& path, std::string_view what) {
    if (path) {
      err << fmt::format("{}: {}\n", what, path->string());
    } else {
      err << "wyldgate-bench: " << path.error() << "\n";
    }
    return path.has_value();
  };
  bool fine = true;
  if (options.json) {
    if (options.json_file) {
      fine &= wrote(write_file(*options.json_file, json_report(report)), "JSON");
    } else {
      out << json_report(report);
    }
  }
  if (options.html_directory) {
    fine &= wrote(write_file(*options.html_directory / "index.html", html_report(report)), "HTML report");
  }
  if (!options.save_baseline.empty()) {
    fine &= wrote(save_baseline(options.baseline_directory, options.save_baseline, report.run), "baseline");
  }
  if (options.against_last) {
    fine &= wrote(save_baseline(options.baseline_directory, last_run_name(options.filter), report.run),
                  "the last run");
  }
  return fine;
}

}  // namespace

std::string rough_time(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(seconds, 1.0));
  return fmt::format("{:.0f} min", seconds / 60);
}

// Warm-up and the search for iterations add about a half; a benchmark with a long set-up stops at four times
// the time aimed at, after the round that it is in.
std::string how_long(std::size_t benchmarks, double seconds_each) {
  const double aimed_at = static_cast<double>(benchmarks) * seconds_each;
  const std::string least = rough_time(1.5 * aimed_at);
  const std::string most = rough_time(4 * aimed_at);
  return fmt::format("{} benchmark{}, {:g} s aimed at for each: {}", benchmarks, benchmarks == 1 ? "" : "s",
                     seconds_each, least == most ? "about " + least : least + " to " + most);
}

int run_suite(std::span<const std::string> arguments, const BuildFacts& build, std::ostream& out,
              std::ostream& err) {
  const Expected<Options> parsed = parse_options(arguments);
  if (!parsed) return refuse(err, parsed.error());
  const Options& options = *parsed;
  if (options.help) {
    out << usage();
    return kExitFine;
  }

  if (const std::string trouble = name_database(options); !trouble.empty()) return refuse(err, trouble);

  std::optional<Results> baseline;
  if (!options.baseline.empty()) {
    Expected<Results> loaded = load_baseline(options.baseline_directory, options.baseline);
    if (!loaded) return refuse(err, loaded.error());
    baseline = std::move(*loaded);
  }
  if (options.against_last && !options.list && options.baseline.empty()) {
    std::string trouble;
    baseline = load_last_run(options.baseline_directory, options.filter, trouble);
    if (!trouble.empty()) err << fmt::format("wyldgate-bench: not compared with the last run: {}\n", trouble);
    if (!baseline && trouble.empty()) err << "no earlier run of this kind is kept: nothing to compare with\n";
  }
  Results kept;
  std::vector<std::string> names;
  if (!options.load_baseline.empty()) {
    Expected<Results> loaded = load_baseline(options.baseline_directory, options.load_baseline);
    if (!loaded) return refuse(err, loaded.error());
    kept = std::move(*loaded);
    for (const Measurement& measurement : kept.measurements) names.push_back(measurement.name);
  } else {
    names = registered_benchmarks();
  }
  names = matching(std::move(names), options.filter);
  if (names.empty()) {
    return refuse(err, fmt::format("no benchmark matches '{}'; --list names them", options.filter));
  }
  if (options.list) {
    for (const std::string& name : names) out << name << "\n";
    return kExitFine;
  }

  AnalysisOptions how;
  how.verdict.noise_threshold = options.noise_threshold;
  how.all_targets = options.filter.empty();
  // The text goes nowhere when standard output belongs to the JSON.
  std::ostream nowhere(nullptr);
  std::ostream& text = options.json && !options.json_file ? nowhere : out;

  Report report;
  if (!options.load_baseline.empty()) {
    std::erase_if(kept.measurements, [&](const Measurement& measurement) {
      return std::ranges::find(names, measurement.name) == names.end();
    });
    sort_by_category(kept.measurements, [](const Measurement& measurement) { return measurement.name; });
    report = analyse(std::move(kept), std::move(baseline), how);
    text << text_header(report);
    for (const Analysis& analysis : report.analyses)
      text << text_benchmark(analysis, report, options.verbose);
  } else {
    BuildFacts facts = build;
    if (!options.commit.empty()) facts.commit = options.commit;
    report = begin_report(read_environment(facts), options.quick, std::move(baseline), how);
    text << text_header(report) << std::flush;
    report = measure_all(names, std::move(report), options, text, err);
  }
  text << text_footer(report) << std::flush;

  if (!write_reports(report, options, out, err)) return kExitUsage;
  return has_failures(report, options, err) ? kExitFailed : kExitFine;
}

}  // namespace wyld::bench
