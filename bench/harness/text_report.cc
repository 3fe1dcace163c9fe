#include "bench/harness/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace wyld::bench {
namespace {

constexpr std::string_view kQuickNotice =
    "QUICK RUN: it shows that the benchmarks work; the figures mean nothing";

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string change_lines(const Analysis& analysis, const Report& report) {
  if (!analysis.change) {
    if (analysis.no_verdict.empty()) return "";
    return fmt::format("    change:   no verdict, because {}\n", analysis.no_verdict == "not in the baseline"
                                                                     ? "it is not in the baseline"
                                                                     : analysis.no_verdict);
  }
  const Change& change = *analysis.change;
  const double significance = report.options.verdict.significance;
  std::string machine;
  if (std::abs(analysis.machine_change) > report.options.verdict.noise_threshold) {
    machine = fmt::format(", the machine itself: {}", format_share(analysis.machine_change));
  }
  std::string text = fmt::format("    change:   {} (p = {} {} {})\n              {}{}\n",
                                 format_share_interval(change.relative), format_p_value(change.p_value),
                                 change.p_value < significance ? "<" : ">=", significance,
                                 to_string(change.verdict), machine);
  if (analysis.taken_back) text += fmt::format("              {}\n", describe_taken_back(analysis));
  return text;
}

std::string targets_table(const Report& report) {
  if (report.targets.empty()) return "";
  std::size_t width = 9;
  for (const TargetResult& result : report.targets) width = std::max(width, result.target.operation.size());
  std::string text =
      fmt::format("targets{}\n  {:<{}}  {:<6} {:>14} {:>14}\n", report.run.quick ? " [quick]" : "",
                  "operation", width, "source", "target", "measured");
  for (const TargetResult& result : report.targets) {
    const std::string measured = result.measured ? format_measured(result.target, *result.measured) : "-";
    text += fmt::format("  {:<{}}  {:<6} {:>14} {:>14}  {}\n", result.target.operation, width,
                        to_string(result.target.source), format_target(result.target), measured,
                        to_string(result.outcome));
  }
  return text + "\n";
}

}  // namespace

std::string describe_outliers(const OutlierCounts& outliers, std::size_t samples) {
  const std::pair<std::size_t, std::string_view> kinds[] = {{outliers.low_severe, "low severe"},
                                                            {outliers.low_mild, "low mild"},
                                                            {outliers.high_mild, "high mild"},
                                                            {outliers.high_severe, "high severe"}};
  if (outliers.total() == 0) return fmt::format("none of {}", samples);
  std::string parts;
  for (const auto& [count, name] : kinds) {
    if (count > 0) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count, name);
  }
  return fmt::format("{} of {} ({:.0f} %): {}", outliers.total(), samples,
                     100 * static_cast<double>(outliers.total()) / static_cast<double>(samples), parts);
}

std::string describe_taken_back(const Analysis& analysis) {
  if (!analysis.taken_back) return "";
  return fmt::format("{} by {}, unless the machine explains it: measure again",
                     to_string(*analysis.taken_back), format_share(analysis.change->relative.estimate));
}

std::string text_header(const Report& report) {
  const Environment& environment = report.run.environment;
  std::string text;
  if (report.run.quick) text += fmt::format("{}\n", kQuickNotice);
  text += fmt::format("commit    {}\ncompiler  {}, {}, {}\n", environment.commit, environment.compiler,
                      environment.build_type, environment.flags);
  text += fmt::format("machine   {}: {} x {}, {}, {}\n", environment.host, environment.processors,
                      environment.processor, format_bytes(static_cast<double>(environment.memory_bytes)),
                      environment.system);
  if (!report.run.baseline_name.empty()) {
    text += fmt::format("results   kept as '{}' on {}\n", report.run.baseline_name, environment.date);
  }
  if (report.baseline) {
    text += fmt::format("baseline  '{}' of {}, commit {}\n", report.baseline->baseline_name,
                        report.baseline->environment.date, report.baseline->environment.commit);
  }
  for (const std::string& warning : report.warnings) text += fmt::format("warning   {}\n", warning);
  return text + "\n";
}

std::string text_benchmark(const Analysis& analysis, const Report& report, bool verbose) {
  const Measurement& measurement = analysis.measurement;
  std::string text = measurement.name;
  if (report.run.quick) text += " [quick]";
  if (!measurement.label.empty()) text += fmt::format("  ({})", measurement.label);
  text += "\n";
  if (!measurement.measured()) return text + fmt::format("    not run, because {}\n\n", measurement.not_run);

  text += fmt::format("    time:     {}\n", format_time_interval(analysis.time));
  text +=
      fmt::format("    thrpt:    {}\n", format_rate_interval(analysis.throughput, analysis.throughput_unit));
  text += change_lines(analysis, report);
  for (const auto& [name, value] : measurement.counters) {
    text += fmt::format("    {:<9} {}\n", name + ":", format_counter(name, value));
  }
  text += fmt::format("    outliers: {}\n", describe_outliers(analysis.outliers, measurement.samples.size()));
  if (verbose) {
    text += fmt::format("    slope:    {}\n", format_time_interval(analysis.slope));
    text += fmt::format("    mean:     {}\n    median:   {}\n    std dev:  {}\n    MAD:      {}\n",
                        format_seconds(analysis.mean), format_seconds(analysis.median),
                        format_seconds(analysis.standard_deviation),
                        format_seconds(analysis.median_absolute_deviation));
    const auto [fewest, most] = std::ranges::minmax(measurement.samples, {}, &Sample::iterations);
    text += fmt::format("    samples:  {} of {} to {} iterations\n", measurement.samples.size(),
                        fewest.iterations, most.iterations);
  }
  return text + "\n";
}

std::string text_footer(const Report& report) {
  std::string text = targets_table(report);
  std::string not_run;
  std::size_t measured = 0;
  for (const Analysis& analysis : report.analyses) {
    if (analysis.measurement.measured()) {
      ++measured;
    } else {
      not_run +=
          fmt::format("  {}: not run, because {}\n", analysis.measurement.name, analysis.measurement.not_run);
    }
  }
  if (!not_run.empty()) text += "not run\n" + not_run + "\n";

  text += plural(measured, "benchmark");
  if (measured < report.analyses.size())
    text += fmt::format(", {} not run", report.analyses.size() - measured);
  if (report.baseline) {
    for (const Verdict verdict :
         {Verdict::kImproved, Verdict::kRegressed, Verdict::kNoChange, Verdict::kWithinNoise}) {
      if (report.count(verdict) > 0)
        text += fmt::format(", {} {}", report.count(verdict), to_string(verdict));
    }
    for (const Verdict verdict : {Verdict::kImproved, Verdict::kRegressed}) {
      if (report.count_taken_back(verdict) > 0) {
        text += fmt::format(", {} {} unless the machine explains it", report.count_taken_back(verdict),
                            to_string(verdict));
      }
    }
  }
  if (!report.targets.empty()) {
    text += report.run.quick
                ? fmt::format("; targets: {} not judged by a quick run", report.count(Outcome::kNotJudged))
                : fmt::format("; targets: {} met, {} missed", report.count(Outcome::kMet),
                              report.count(Outcome::kMissed));
    text += fmt::format(", {} not measured", report.count(Outcome::kNotMeasured));
  }
  text += "\n";
  if (report.run.quick) text += fmt::format("{}\n", kQuickNotice);
  return text;
}

}  // namespace wyld::bench
