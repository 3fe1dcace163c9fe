#pragma once
// The speeds this project promises, and how a run stands to them. One constant table: a target is a row.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/results.h"

namespace wyld::bench {

enum class Metric {
  kTime,        // seconds per iteration, at most
  kThroughput,  // items (or iterations) per second, at least
  kCounter,     // a counter of the benchmark, at most
  kFasterThan,  // throughput, at least `value` times that of the benchmark `other`
};

enum class TargetSource { kGiven, kOurs };  // what the original promised; what we set out to reach

struct Target {
  std::string_view operation;
  std::string_view benchmark;  // as target_key() spells names
  Metric metric = Metric::kTime;
  double value = 0;
  TargetSource source = TargetSource::kOurs;
  bool strict = false;          // "<" in place of "<="
  std::string_view other = {};  // kCounter: the counter's name; kFasterThan: the other benchmark
};

[[nodiscard]] std::span<const Target> all_targets();

// A benchmark's name without what Google Benchmark appends about how it measures: "/real_time",
// "/manual_time", "/process_time", "/iterations:N", "/repeats:N", "/min_time:N". Threads stay.
[[nodiscard]] std::string target_key(std::string_view name);

enum class Outcome {
  kMet,
  kMissed,
  kNotMeasured,
  kNotJudged,  // measured by a quick run
};
[[nodiscard]] std::string_view to_string(Outcome outcome);

struct TargetResult {
  Target target;
  std::optional<double> measured;
  Outcome outcome = Outcome::kNotMeasured;
};

// Times are the estimates in `seconds`, one for each measurement of `run`, in its order. Targets whose
// benchmark is not in the run appear, as not measured, only when `all` is set: a run with a filter would
// list little else.
[[nodiscard]] std::vector<TargetResult> check_targets(std::span<const Target> targets, const Results& run,
                                                      std::span<const double> seconds, bool all);

[[nodiscard]] std::string format_target(const Target& target);                  // "<= 100.0 ns"
[[nodiscard]] std::string format_measured(const Target& target, double value);  // "98.2 ns"
[[nodiscard]] std::string_view to_string(TargetSource source);                  // "given", "ours"

// The section of the suite a benchmark belongs to, by its name, and the order of the sections.
struct Category {
  std::size_t rank = 0;
  std::string_view title;
};
[[nodiscard]] Category category_of(std::string_view name);

}  // namespace wyld::bench
