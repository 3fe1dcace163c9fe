#include "bench/harness/targets.h"

#include <gtest/gtest.h>

#include <set>

#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

TEST(Targets, KeysDropOnlyHowSomethingIsMeasured) {
  EXPECT_EQ(target_key("session_new"), "session_new");
  EXPECT_EQ(target_key("concurrent_sessions/500/postgres/real_time"), "concurrent_sessions/500/postgres");
  EXPECT_EQ(target_key("a/iterations:3/repeats:2/min_time:0.100/process_time/manual_time"), "a");
  EXPECT_EQ(target_key("contention/touch/real_time/threads:2"), "contention/touch/threads:2");
  EXPECT_EQ(target_key("real_time/x"), "real_time/x") << "a name may begin with anything";
  EXPECT_EQ(target_key("a/real_time_clock"), "a/real_time_clock");
}

TEST(Targets, AreMetAtTheBoundAndMissedOneBeyond) {
  const Target time{"t", "b", Metric::kTime, 100, TargetSource::kOurs};
  const Target strict{"s", "b", Metric::kTime, 100, TargetSource::kGiven, true};
  const Target rate{"r", "b", Metric::kThroughput, 0.01, TargetSource::kOurs};
  const Target counter{"c", "b", Metric::kCounter, 5, TargetSource::kOurs, false, "p99"};
  const Target targets[] = {time, strict, rate, counter};
  Results run = testing::run({testing::measurement("b/real_time", 1)});
  run.measurements[0].counters["p99"] = 5;

  const auto outcomes = [&](double seconds) {
    std::vector<Outcome> all;
    for (const TargetResult& result : check_targets(targets, run, std::vector<double>{seconds}, true)) {
      all.push_back(result.outcome);
    }
    return all;
  };
  using enum Outcome;
  EXPECT_EQ(outcomes(100), (std::vector<Outcome>{kMet, kMissed, kMet, kMet}));
  EXPECT_EQ(outcomes(99), (std::vector<Outcome>{kMet, kMet, kMet, kMet}));
  EXPECT_EQ(outcomes(101), (std::vector<Outcome>{kMissed, kMissed, kMissed, kMet}));
  run.measurements[0].counters["p99"] = 5.001;
  EXPECT_EQ(outcomes(99)[3], kMissed);
  run.measurements[0].counters.clear();
  EXPECT_EQ(outcomes(99)[3], kNotMeasured);
}

TEST(Targets, FasterThanNeedsBothSides) {
  const Target targets[] = {{"f", "two", Metric::kFasterThan, 1, TargetSource::kOurs, true, "one"}};
  const Results both = testing::run({testing::measurement("one", 1), testing::measurement("two", 1)});
  EXPECT_EQ(check_targets(targets, both, std::vector<double>{2, 1}, true)[0].outcome, Outcome::kMet);
  EXPECT_EQ(check_targets(targets, both, std::vector<double>{1, 1}, true)[0].outcome, Outcome::kMissed);
  const Results alone = testing::run({testing::measurement("two", 1)});
  EXPECT_EQ(check_targets(targets, alone, std::vector<double>{1}, true)[0].outcome, Outcome::kNotMeasured);
}

TEST(Targets, ThroughputCountsItems) {
  const Target targets[] = {{"r", "b", Metric::kThroughput, 60'000, TargetSource::kOurs}};
  Results run = testing::run({testing::measurement("b", 1)});
  run.measurements[0].items_per_iteration = 500;
  const std::vector<TargetResult> results =
      check_targets(targets, run, std::vector<double>{500.0 / 70'000}, true);
  EXPECT_NEAR(results[0].measured.value(), 70'000, 1e-6);
  EXPECT_EQ(results[0].outcome, Outcome::kMet);
}

TEST(Targets, OfBenchmarksOutsideTheRunAppearOnlyWhenAskedFor) {
  const Results run = testing::run({testing::measurement("telnet/decode/plain", 1)});
  const std::vector<double> seconds = {1};
  EXPECT_TRUE(check_targets(all_targets(), run, seconds, false).empty());
  const std::vector<TargetResult> all = check_targets(all_targets(), run, seconds, true);
  EXPECT_EQ(all.size(), all_targets().size());
  for (const TargetResult& result : all) EXPECT_EQ(result.outcome, Outcome::kNotMeasured);
}

TEST(Targets, TheTableIsWellFormed) {
  std::set<std::string_view> operations;
  for (const Target& target : all_targets()) {
    EXPECT_TRUE(operations.insert(target.operation).second) << target.operation;
    EXPECT_EQ(target_key(target.benchmark), target.benchmark) << "written as keys are";
    EXPECT_GT(target.value, 0) << target.operation;
    const bool names_other = target.metric == Metric::kCounter || target.metric == Metric::kFasterThan;
    EXPECT_EQ(names_other, !target.other.empty()) << target.operation;
    EXPECT_NE(category_of(target.benchmark).title, "other") << target.benchmark;
  }
}

TEST(Targets, ArePrintedAsTheyWerePromised) {
  const auto text_of = [](std::string_view operation) {
    for (const Target& target : all_targets()) {
      if (target.operation == operation) return format_target(target);
    }
    return std::string("no such target");
  };
  EXPECT_EQ(text_of("new session"), "<= 100 ns");
  EXPECT_EQ(text_of("broadcast to 100 connections"), "< 10 ms");
  EXPECT_EQ(text_of("create 500 at once, PostgreSQL"), ">= 60 k/s");
  EXPECT_EQ(text_of("memory per session in the table at 1M"), "<= 256 B");
  EXPECT_EQ(text_of("touch, 2 threads against 1"), "> 1 x");
}

TEST(Categories, FollowTheNames) {
  EXPECT_EQ(category_of("session_new").title, "session operations");
  EXPECT_EQ(category_of("get_session/random/1000").title, "session manager operations");
  EXPECT_EQ(category_of("concurrent_sessions/10/sqlite").title, "concurrent operations");
  EXPECT_EQ(category_of("telnet/decode/plain").title, "telnet");
  EXPECT_EQ(category_of("anything").title, "other");
  EXPECT_LT(category_of("session_new").rank, category_of("cleanup_expired").rank);
}

}  // namespace
}  // namespace wyld::bench
