#include "bench/harness/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "bench/harness/environment.h"

namespace wyld::bench {
namespace {

constexpr std::size_t kRoundsAtLeast = 5;

std::vector<std::vector<Sample>> independent_units(const Measurement& measurement) {
  std::map<std::int64_t, std::vector<Sample>> rounds;
  for (const Sample& sample : measurement.samples) rounds[sample.round].push_back(sample);
  std::vector<std::vector<Sample>> units;
  if (rounds.size() >= kRoundsAtLeast) {
    for (auto& [round, samples] : rounds) units.push_back(std::move(samples));
  } else {
    for (const Sample& sample : measurement.samples) units.push_back({sample});
  }
  return units;
}

Analysis describe(const Measurement& measurement, const ResamplingOptions& options) {
  Analysis analysis;
  analysis.measurement = measurement;
  if (!measurement.measured()) return analysis;

  const std::vector<double> seconds = measurement.seconds_per_iteration();
  std::vector<double> sums;
  std::vector<double> counts;
  std::vector<double> products;
  std::vector<double> squares;
  for (const std::vector<Sample>& unit : independent_units(measurement)) {
    double sum = 0;
    double product = 0;
    double square = 0;
    for (const Sample& sample : unit) {
      const auto iterations = static_cast<double>(sample.iterations);
      sum += sample.seconds_per_iteration();
      product += iterations * sample.seconds;
      square += iterations * iterations;
    }
    sums.push_back(sum);
    counts.push_back(static_cast<double>(unit.size()));
    products.push_back(product);
    squares.push_back(square);
  }
  analysis.time = bootstrap_ratio(sums, counts, options);
  analysis.slope = bootstrap_ratio(products, squares, options);

  double units = 1;
  if (measurement.bytes_per_iteration > 0) {
    units = measurement.bytes_per_iteration;
    analysis.throughput_unit = RateUnit::kBytes;
  } else if (measurement.items_per_iteration > 0) {
    units = measurement.items_per_iteration;
    analysis.throughput_unit = RateUnit::kItems;
  }
  const auto rate = [units](double time) { return time > 0 ? units / time : 0; };
  analysis.throughput = {rate(analysis.time.high), rate(analysis.time.estimate), rate(analysis.time.low)};

  analysis.mean = mean(seconds);
  analysis.median = median(seconds);
  analysis.standard_deviation = standard_deviation(seconds);
  analysis.median_absolute_deviation = median_absolute_deviation(seconds);
  analysis.fences = tukey_fences(seconds);
  analysis.outliers = count_outliers(seconds);
  return analysis;
}

// Medians: a reference that was interrupted says nothing about its neighbours.
double machine_change(const Measurement& before, const Measurement& now) {
  const double base = median(before.pace);
  return base > 0 && !now.pace.empty() ? median(now.pace) / base - 1 : 0;
}

// The machine explains a change in its own direction only: on a faster machine, slower code is slower code.
bool explains(double machine_change, Verdict verdict) {
  return (verdict == Verdict::kRegressed && machine_change > 0) ||
         (verdict == Verdict::kImproved && machine_change < 0);
}

// The reason that no pair of measurements of these runs may be compared; empty when they may.
std::string why_incomparable(const Results& run, const Results& baseline) {
  if (!same_machine(run.environment, baseline.environment)) return "the baseline is of another machine";
  if (run.quick != baseline.quick) {
    return run.quick ? "this is a quick run, the baseline is not" : "the baseline is a quick run";
  }
  return "";
}

}  // namespace

std::vector<double> independent_times(const Measurement& measurement) {
  std::vector<double> times;
  for (const std::vector<Sample>& unit : independent_units(measurement)) {
    double sum = 0;
    for (const Sample& sample : unit) sum += sample.seconds_per_iteration();
    times.push_back(sum / static_cast<double>(unit.size()));
  }
  return times;
}

std::size_t Report::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count_if(analyses, [verdict](const Analysis& analysis) {
    return analysis.change && analysis.change->verdict == verdict;
  }));
}

std::size_t Report::count_taken_back(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(analyses, verdict, &Analysis::taken_back));
}

std::size_t Report::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(targets, outcome, &TargetResult::outcome));
}

Report begin_report(Environment environment, bool quick, std::optional<Results> baseline,
                    const AnalysisOptions& options) {
  Report report;
  report.options = options;
  report.run.environment = std::move(environment);
  report.run.quick = quick;
  report.baseline = std::move(baseline);
  if (!report.baseline) return report;

  const Environment& before = report.baseline->environment;
  report.incomparable = why_incomparable(report.run, *report.baseline);
  if (!report.incomparable.empty()) {
    report.warnings.push_back(fmt::format("no verdicts: {} ('{}' was measured on {}, {} x {})",
                                          report.incomparable, report.baseline->baseline_name, before.host,
                                          before.processors, before.processor));
  }
  const std::string differences = build_differences(report.run.environment, before);
  if (!differences.empty()) {
    report.warnings.push_back(
        fmt::format("the baseline differs in {}, so a change need not come from the code", differences));
  }
  return report;
}

const Analysis& add_measurement(Report& report, Measurement measurement) {
  Analysis analysis = describe(measurement, report.options.resampling);
  if (report.baseline && measurement.measured()) {
    const Measurement* before = report.baseline->find(measurement.name);
    if (before == nullptr || !before->measured()) {
      analysis.no_verdict = "not in the baseline";
    } else {
      analysis.before = before->seconds_per_iteration();
      analysis.no_verdict = report.incomparable;
      if (report.incomparable.empty()) {
        analysis.machine_change = machine_change(*before, measurement);
        VerdictOptions options = report.options.verdict;
        Change change =
            compare(analysis.before, measurement.seconds_per_iteration(), options, report.options.resampling);
        if (explains(analysis.machine_change, change.verdict)) {
          options.noise_threshold = std::max(options.noise_threshold, std::abs(analysis.machine_change));
          const Verdict corrected = judge(change.relative, change.p_value, options);
          if (corrected != change.verdict) analysis.taken_back = std::exchange(change.verdict, corrected);
        }
        analysis.change = change;
      }
    }
  }
  report.run.measurements.push_back(std::move(measurement));
  report.analyses.push_back(std::move(analysis));
  return report.analyses.back();
}

void finish_report(Report& report) {
  std::vector<double> estimates;
  for (const Analysis& analysis : report.analyses) estimates.push_back(analysis.time.estimate);
  report.targets = check_targets(all_targets(), report.run, estimates, report.options.all_targets);
  if (!report.run.quick) return;
  // Neither the times nor the bytes of a few iterations are those of a full run.
  for (TargetResult& result : report.targets) {
    if (result.outcome != Outcome::kNotMeasured) result.outcome = Outcome::kNotJudged;
  }
}

Report analyse(Results run, std::optional<Results> baseline, const AnalysisOptions& options) {
  Report report = begin_report(std::move(run.environment), run.quick, std::move(baseline), options);
  report.run.baseline_name = std::move(run.baseline_name);
  for (Measurement& measurement : run.measurements) add_measurement(report, std::move(measurement));
  finish_report(report);
  return report;
}

}  // namespace wyld::bench
