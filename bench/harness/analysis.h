#pragma once
// From measurements to statements: estimates with intervals, changes with verdicts, targets met or
// missed. The three reports (text, JSON, HTML) print one Report and decide nothing themselves.

#include <optional>
#include <string>
#include <vector>

#include "bench/harness/resampling.h"
#include "bench/harness/results.h"
#include "bench/harness/statistics.h"
#include "bench/harness/targets.h"
#include "bench/harness/units.h"

namespace wyld::bench {

struct Analysis {
  Measurement measurement;
  Interval time;        // seconds per iteration, the mean; several threads share one clock
  Interval throughput;  // per second
  // The least squares slope of time over iterations. Far from the mean only where a sample has costs
  // besides its iterations; long samples weigh more in it, so one slow round of them moves it.
  Interval slope;
  RateUnit throughput_unit = RateUnit::kIterations;
  double mean = 0;
  double median = 0;
  double standard_deviation = 0;
  double median_absolute_deviation = 0;
  Fences fences;
  OutlierCounts outliers;

  std::optional<Change> change;
  // How much slower (or, below 0, faster) the machine itself was than for the baseline. A regression that a
  // slower machine could explain, or an improvement that a faster one could, counts as noise.
  double machine_change = 0;
  // The verdict by the noise threshold alone, where the pace of the machine took it back. Every report states
  // it beside the verdict.
  std::optional<Verdict> taken_back;
  std::vector<double> before;  // the baseline's seconds per iteration, also when there is no verdict
  std::string no_verdict;      // why a baseline was asked for and there is no change
};

// What may be drawn and dealt as independent: the mean time of each round, or, with fewer than five rounds,
// of each sample.
[[nodiscard]] std::vector<double> independent_times(const Measurement& measurement);

struct AnalysisOptions {
  VerdictOptions verdict;
  ResamplingOptions resampling;
  // Lists targets of benchmarks outside this run as not measured.
  bool all_targets = true;
};

struct Report {
  Results run;
  std::optional<Results> baseline;
  AnalysisOptions options;
  std::vector<Analysis> analyses;  // one for each measurement, measured or not
  std::vector<TargetResult> targets;
  std::vector<std::string> warnings;
  std::string incomparable;  // why there are no verdicts at all

  [[nodiscard]] std::size_t count(Verdict verdict) const;
  [[nodiscard]] std::size_t count_taken_back(Verdict verdict) const;
  [[nodiscard]] std::size_t count(Outcome outcome) const;
};

// A report grows one measurement at a time, so that its text can be printed while the rest is measured.
// Verdicts need two full runs on one machine; where that fails a warning says so and none is given.
[[nodiscard]] Report begin_report(Environment environment, bool quick, std::optional<Results> baseline,
                                  const AnalysisOptions& options);
const Analysis& add_measurement(Report& report, Measurement measurement);
void finish_report(Report& report);

// All three steps for a run that is complete.
[[nodiscard]] Report analyse(Results run, std::optional<Results> baseline, const AnalysisOptions& options);

}  // namespace wyld::bench
