#include "bench/harness/analysis.h"

#include <gtest/gtest.h>

#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

using testing::measurement;
using testing::run;

TEST(Analysis, EstimatesTheTimeOfAnIterationWithItsInterval) {
  const Report report = analyse(run({measurement("session_new", 80e-9)}), std::nullopt, {});
  const Analysis& analysis = report.analyses.at(0);
  EXPECT_NEAR(analysis.time.estimate, 80e-9, 1e-9);
  EXPECT_LT(analysis.time.low, analysis.time.estimate);
  EXPECT_GT(analysis.time.high, analysis.time.estimate);
  EXPECT_DOUBLE_EQ(analysis.time.estimate, analysis.mean);
  EXPECT_NEAR(analysis.throughput.estimate, 1 / analysis.time.estimate, 1);
  EXPECT_LT(analysis.throughput.low, analysis.throughput.high);
  EXPECT_FALSE(analysis.change.has_value());
}

TEST(Analysis, TheSlopeLeavesOutMostOfACostPerSample) {
  Measurement costly = measurement("a", 100e-9);
  for (Sample& sample : costly.samples) sample.seconds += 50e-6;
  const Report report = analyse(run({costly}), std::nullopt, {});
  const Analysis& analysis = report.analyses.at(0);
  EXPECT_NEAR(analysis.time.estimate, 122.8e-9,
              1e-9);  // 50 us over 1000 to 5000 iterations: 22.8 ns in the mean
  EXPECT_NEAR(analysis.slope.estimate, 113.6e-9, 1e-9);  // 50 us * 15000 / 55e6
}

// Long samples of a machine that was fast for a moment once pulled the estimate 15 % below nearly all
// samples.
TEST(Analysis, OneFastRoundOfLongSamplesMovesTheEstimateByItsShareOnly) {
  Measurement fast = measurement("a", 100e-9);
  for (Sample& sample : fast.samples) {
    if (sample.round == 4) sample.seconds *= 0.5;
  }
  const Report report = analyse(run({fast}), std::nullopt, {});
  EXPECT_NEAR(report.analyses.at(0).time.estimate, 95e-9, 1e-9);
  EXPECT_LT(report.analyses.at(0).slope.estimate, 90e-9);
}

TEST(Analysis, ThroughputCountsWhatTheBenchmarkDeclares) {
  Measurement items = measurement("items", 1e-3);
  items.items_per_iteration = 500;
  Measurement bytes = measurement("bytes", 1e-3);
  bytes.bytes_per_iteration = 1 << 20;
  const Report report = analyse(run({items, bytes}), std::nullopt, {});
  EXPECT_EQ(report.analyses.at(0).throughput_unit, RateUnit::kItems);
  EXPECT_NEAR(report.analyses.at(0).throughput.estimate, 5e5, 5e3);
  EXPECT_EQ(report.analyses.at(1).throughput_unit, RateUnit::kBytes);
}

TEST(Analysis, ComparesWithTheBaselineOfTheSameName) {
  const Report report =
      analyse(run({measurement("a", 120e-9), measurement("b", 50e-9), measurement("new", 1e-9)}),
              run({measurement("b", 100e-9), measurement("a", 100e-9), measurement("gone", 1e-9)}), {});
  EXPECT_EQ(report.analyses.at(0).change.value().verdict, Verdict::kRegressed);
  EXPECT_NEAR(report.analyses.at(0).change->relative.estimate, 0.2, 1e-9);
  EXPECT_EQ(report.analyses.at(1).change.value().verdict, Verdict::kImproved);
  EXPECT_FALSE(report.analyses.at(2).change.has_value());
  EXPECT_EQ(report.analyses.at(2).no_verdict, "not in the baseline");
  EXPECT_EQ(report.count(Verdict::kRegressed), 1U);
  EXPECT_TRUE(report.warnings.empty());
}

TEST(Analysis, AnotherMachineGivesAWarningAndNoVerdict) {
  Results baseline = run({measurement("a", 100e-9)});
  baseline.environment.host = "hammer";
  const Report report = analyse(run({measurement("a", 200e-9)}), baseline, {});
  EXPECT_FALSE(report.analyses.at(0).change.has_value());
  EXPECT_EQ(report.analyses.at(0).no_verdict, "the baseline is of another machine");
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("hammer"), std::string::npos);
}

TEST(Analysis, AQuickRunIsNotComparedWithAFullOne) {
  Results quick = run({measurement("a", 200e-9)});
  quick.quick = true;
  EXPECT_FALSE(analyse(quick, run({measurement("a", 100e-9)}), {}).analyses.at(0).change.has_value());
  EXPECT_FALSE(analyse(run({measurement("a", 100e-9)}), quick, {}).analyses.at(0).change.has_value());
}

TEST(Analysis, AnotherCompilerIsComparedWithAWarning) {
  Results baseline = run({measurement("a", 100e-9)});
  baseline.environment.compiler = "Clang 19";
  const Report report = analyse(run({measurement("a", 200e-9)}), baseline, {});
  EXPECT_TRUE(report.analyses.at(0).change.has_value());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_NE(report.warnings[0].find("compiler"), std::string::npos);
}

TEST(Analysis, AChangeThatTheMachineExplainsIsNoise) {
  Measurement now = measurement("a", 115e-9);
  for (double& pace : now.pace) pace *= 1.2;
  const Report report = analyse(run({now}), run({measurement("a", 100e-9)}), {});
  EXPECT_NEAR(report.analyses.at(0).machine_change, 0.2, 1e-9);
  EXPECT_EQ(report.analyses.at(0).change.value().verdict, Verdict::kWithinNoise);
}

TEST(Analysis, ARegressionThatThePaceTakesBackIsKeptAsSuch) {
  Measurement now = measurement("a", 115e-9);
  for (double& pace : now.pace) pace *= 1.2;
  const Report report = analyse(run({now, measurement("b", 1e-6)}),
                                run({measurement("a", 100e-9), measurement("b", 1e-6)}), {});
  EXPECT_EQ(report.analyses.at(0).taken_back, Verdict::kRegressed);
  EXPECT_EQ(report.analyses.at(1).taken_back, std::nullopt);
  EXPECT_EQ(report.count_taken_back(Verdict::kRegressed), 1U);
}

TEST(Analysis, AFasterMachineDoesNotExplainARegression) {
  Measurement slower = measurement("slower", 115e-9);
  for (double& pace : slower.pace) pace *= 0.8;
  Measurement faster = measurement("faster", 85e-9);
  for (double& pace : faster.pace) pace *= 1.2;
  const Report report =
      analyse(run({slower, faster}), run({measurement("slower", 100e-9), measurement("faster", 100e-9)}), {});
  EXPECT_EQ(report.analyses.at(0).change.value().verdict, Verdict::kRegressed);
  EXPECT_EQ(report.analyses.at(1).change.value().verdict, Verdict::kImproved);
}

// A few iterations spread what is allocated once over few sessions, so their bytes are no figure either.
TEST(Analysis, AQuickRunJudgesNoTarget) {
  Measurement held = measurement("held_session_memory/100000", 1e-3);
  held.counters["bytes_per_session"] = 5000;
  Results quick = run({measurement("session_new", 1e-9), held});
  EXPECT_EQ(analyse(quick, std::nullopt, {}).count(Outcome::kMissed), 1U);
  quick.quick = true;
  const Report report = analyse(quick, std::nullopt, {});
  EXPECT_EQ(report.count(Outcome::kMet) + report.count(Outcome::kMissed), 0U);
  EXPECT_EQ(report.count(Outcome::kNotJudged), 2U);
}

// A machine that is slow for whole rounds makes the samples of a round alike. Taken as independent, they
// once made an unchanged benchmark 30 % "improved".
TEST(Analysis, SlowRoundsAreNotTakenForAChange) {
  Measurement before = measurement("a", 100e-9);
  Measurement now = measurement("a", 100e-9);
  for (Sample& sample : before.samples) sample.seconds *= sample.round % 2 == 0 ? 1.3 : 1;
  for (Sample& sample : now.samples) sample.seconds *= sample.round % 3 == 0 ? 1.3 : 1;
  const Report report = analyse(run({now}), run({before}), {});
  EXPECT_EQ(report.analyses.at(0).change.value().verdict, Verdict::kNoChange);
  EXPECT_EQ(independent_times(now).size(), 10U);
}

TEST(Analysis, FewRoundsFallBackToSamples) {
  Measurement quick = measurement("a", 1e-6);
  quick.samples.resize(4);
  EXPECT_EQ(independent_times(quick).size(), 4U);
}

TEST(Analysis, WhatDidNotRunIsKeptWithItsReason) {
  Measurement absent;
  absent.name = "create_session/durable/postgres";
  absent.not_run = "needs PostgreSQL: no server programs found";
  const Report report = analyse(run({absent}), run({measurement(absent.name, 1e-6)}), {});
  EXPECT_FALSE(report.analyses.at(0).measurement.measured());
  EXPECT_FALSE(report.analyses.at(0).measurement.failed());
  EXPECT_FALSE(report.analyses.at(0).change.has_value());
}

}  // namespace
}  // namespace wyld::bench
