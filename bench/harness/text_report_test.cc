#include "bench/harness/text_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/harness/baseline.h"
#include "bench/harness/json_report.h"
#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

using ::testing::HasSubstr;
using testing::measurement;
using ::testing::Not;
using testing::run;

Results with_one_absent() {
  Results made = run({measurement("session_new", 80e-9)});
  Measurement absent;
  absent.name = "create_session/durable/postgres";
  absent.not_run = "needs PostgreSQL: initdb is not installed";
  made.measurements.push_back(absent);
  return made;
}

TEST(TextReport, ABenchmarkIsTimeThroughputAndOutliers) {
  const Report report = analyse(with_one_absent(), std::nullopt, {});
  const std::string text = text_benchmark(report.analyses[0], report, false);
  EXPECT_THAT(text, ::testing::StartsWith("session_new\n"));
  EXPECT_THAT(text, HasSubstr("    time:     ["));
  EXPECT_THAT(text, HasSubstr(" ns 80."));
  EXPECT_THAT(text, HasSubstr("    thrpt:    ["));
  EXPECT_THAT(text, HasSubstr(" M/s]"));
  EXPECT_THAT(text, HasSubstr("    outliers: none of 50"));
  EXPECT_THAT(text, Not(HasSubstr("change:")));
  EXPECT_THAT(text, Not(HasSubstr("median:")));
  EXPECT_THAT(text, Not(HasSubstr("quick")));
}

TEST(TextReport, VerboseAddsTheClassicalStatistics) {
  const Report report = analyse(with_one_absent(), std::nullopt, {});
  const std::string text = text_benchmark(report.analyses[0], report, true);
  for (const char* word :
       {"mean: ", "median: ", "std dev: ", "MAD: ", "50 of 1000 to 5000 iterations\n", "slope:    ["}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST(TextReport, AChangeHasItsPValueAndItsVerdict) {
  const Report report = analyse(run({measurement("a", 120e-9), measurement("b", 1e-6)}),
                                run({measurement("a", 100e-9), measurement("b", 1e-6)}), {});
  const std::string slower = text_benchmark(report.analyses[0], report, false);
  EXPECT_THAT(slower, HasSubstr("change:   [+"));
  EXPECT_THAT(slower, HasSubstr("(p = 0.0001 < 0.05)\n              regressed\n"));
  const std::string same = text_benchmark(report.analyses[1], report, false);
  EXPECT_THAT(same, HasSubstr("(p = 1.000 >= 0.05)\n              no change detected\n"));
}

TEST(TextReport, AMachineThatChangedIsSaidBesideTheVerdict) {
  Measurement now = measurement("a", 115e-9);
  for (double& pace : now.pace) pace *= 1.2;
  const Report report = analyse(run({now}), run({measurement("a", 100e-9)}), {});
  EXPECT_THAT(
      text_benchmark(report.analyses[0], report, false),
      HasSubstr("within noise, the machine itself: +20.00 %\n              regressed by +15.00 %, unless the "
                "machine explains it: measure again\n"));
  EXPECT_THAT(text_footer(report), HasSubstr(", 1 regressed unless the machine explains it"));
  EXPECT_THAT(json_report(report), HasSubstr("\"taken_back\":\"regressed\""));
}

TEST(TextReport, WithoutAVerdictTheReasonIsGiven) {
  Results baseline = run({measurement("a", 100e-9)});
  baseline.baseline_name = "old";
  const Report report = analyse(run({measurement("a", 100e-9), measurement("b", 1)}), baseline, {});
  EXPECT_THAT(text_benchmark(report.analyses[1], report, false),
              HasSubstr("no verdict, because it is not in the baseline"));
  baseline.environment.host = "hammer";
  const Report other = analyse(run({measurement("a", 100e-9)}), baseline, {});
  EXPECT_THAT(
      text_header(other),
      HasSubstr("warning   no verdicts: the baseline is of another machine ('old' was measured on hammer"));
  EXPECT_THAT(text_benchmark(other.analyses[0], other, false),
              HasSubstr("no verdict, because the baseline is of another machine"));
}

TEST(TextReport, WhatDidNotRunIsListedWithItsReason) {
  const Report report = analyse(with_one_absent(), std::nullopt, {});
  const std::string reason = "not run, because needs PostgreSQL: initdb is not installed";
  EXPECT_THAT(text_benchmark(report.analyses[1], report, false), HasSubstr(reason));
  EXPECT_THAT(text_footer(report), HasSubstr("create_session/durable/postgres: " + reason));
  EXPECT_THAT(text_footer(report), HasSubstr("1 benchmark, 1 not run"));
}

TEST(TextReport, TargetsAreMetMissedOrNotMeasured) {
  const Report report = analyse(
      run({measurement("session_new", 80e-9), measurement("session_transition", 60e-9)}), std::nullopt, {});
  const std::string text = text_footer(report);
  EXPECT_THAT(text, ::testing::ContainsRegex("new session +ours +<= 100 ns +[78][90]\\.[0-9]+ ns  met\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex(
                        "one transition, validated +ours +<= 10 ns +[56][90]\\.[0-9]+ ns  missed\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("create in memory +ours +<= 300 ns +-  not measured\n"));
  EXPECT_THAT(text, HasSubstr("targets: 1 met, 1 missed"));
}

TEST(TextReport, AQuickRunSaysSoEverywhere) {
  Results quick = with_one_absent();
  quick.quick = true;
  const Report report = analyse(quick, std::nullopt, {});
  EXPECT_THAT(text_header(report), HasSubstr("QUICK RUN"));
  EXPECT_THAT(text_benchmark(report.analyses[0], report, false), HasSubstr("session_new [quick]"));
  EXPECT_THAT(text_footer(report), HasSubstr("targets [quick]"));
  EXPECT_THAT(text_footer(report), HasSubstr("targets: 1 not judged by a quick run"));
  EXPECT_THAT(text_footer(report), HasSubstr("QUICK RUN"));
  EXPECT_THAT(json_report(report), HasSubstr("\"quick\": true"));
}

TEST(TextReport, OutliersAreCountedByClass) {
  EXPECT_EQ(describe_outliers({.low_severe = 0, .low_mild = 1, .high_mild = 0, .high_severe = 2}, 50),
            "3 of 50 (6 %): 1 low mild, 2 high severe");
  EXPECT_EQ(describe_outliers({}, 10), "none of 10");
}

TEST(JsonReport, IsABaselineWithTheAnalysisAdded) {
  Results baseline = run({measurement("session_new", 60e-9)});
  baseline.baseline_name = "old";
  const Report report = analyse(with_one_absent(), baseline, {});
  const std::string text = json_report(report);
  for (const char* word : {"\"analysis\"", "\"verdict\":\"regressed\"", "\"targets\"", "\"outcome\":\"met\"",
                           "\"not_run\":\"needs PostgreSQL", "\"baseline\""}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
  const Expected<Results> parsed = parse_run(text);
  ASSERT_TRUE(parsed) << parsed.error();
  testing::expect_equal(parsed->measurements.at(0).samples, report.run.measurements.at(0).samples);
}

}  // namespace
}  // namespace wyld::bench
