#include "bench/harness/suite.h"

#include <benchmark/benchmark.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "bench/harness/baseline.h"
#include "bench/harness/measure.h"

// The whole program against small benchmarks of its own. None of these tests looks at how long anything took:
// the ones that compare do so with saved runs.
namespace wyld::bench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

void add(benchmark::State& state) {
  int sum = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sum += 1);
  state.SetItemsProcessed(3 * static_cast<std::int64_t>(state.iterations()));
  state.counters["answer"] = 42;
}
void copy_bytes(benchmark::State& state) {
  const std::string from(128, 'x');
  std::string to(from.size(), ' ');
  for (auto _ : state) {
    std::ranges::copy(from, to.begin());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(128 * static_cast<std::int64_t>(state.iterations()));
  state.SetLabel("labelled");
}
void by_hand(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(0.25);
}
void absent(benchmark::State& state) {
  state.SkipWithError("needs PostgreSQL: no server here");
  for (auto _ : state) {
  }
}
void broken(benchmark::State& state) {
  for (auto _ : state) {
  }
  state.SkipWithError("nothing was decoded");
}
void throwing(benchmark::State&) { throw std::runtime_error("the disk is full"); }

BENCHMARK(copy_bytes)->Name("synthetic/copy.bytes(1)");
BENCHMARK(add)->Name("synthetic/add");
BENCHMARK(add)->Name("synthetic/add_more");
BENCHMARK(add)->Name("synthetic/threads")->Threads(2)->UseRealTime();
BENCHMARK(by_hand)->Name("synthetic/by_hand")->Iterations(2)->UseManualTime();
BENCHMARK(add)->Name("synthetic/own_repetitions")->Repetitions(2)->ReportAggregatesOnly(true);
BENCHMARK(add)->Name("session_touch");
BENCHMARK(absent)->Name("surroundings/absent");
BENCHMARK(broken)->Name("defect/broken");
BENCHMARK(throwing)->Name("defect/throwing");

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class Suite : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "wyld_suite_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  Outcome run(std::vector<std::string> arguments) {
    arguments.push_back("--baseline-dir=" + (directory_ / "baselines").string());
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_suite(arguments, {.commit = "", .build_type = "Test", .flags = "-O0"}, out, err);
    return {code, out.str(), err.str()};
  }
  Results saved(const std::string& name) {
    Expected<Results> run = load_baseline(directory_ / "baselines", name);
    EXPECT_TRUE(run) << run.error();
    return run ? *run : Results{};
  }
  void save(const std::string& name, const Results& run) {
    ASSERT_TRUE(save_baseline(directory_ / "baselines", name, run));
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  fs::path directory_;
};

TEST_F(Suite, ListsNamesByCategory) {
  const Outcome outcome = run({"--list", "synthetic/add|session"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "session_touch\nsynthetic/add\nsynthetic/add_more\n");
}

TEST_F(Suite, QuickRunMeasuresExactlyWhatMatches) {
  const Outcome outcome = run({"--quick", "synthetic/add$", "--commit", "abc123"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("synthetic/add [quick]"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("add_more")));
  EXPECT_THAT(outcome.out, HasSubstr("commit    abc123"));
  EXPECT_THAT(outcome.out, HasSubstr("items/s]"));
  EXPECT_THAT(outcome.out, HasSubstr("answer:   42"));
  EXPECT_THAT(outcome.out, HasSubstr("QUICK RUN"));
}

TEST_F(Suite, FullRunTakesTheSamplesAskedForInRoundsOfDifferentLengths) {
  const Outcome outcome = run({"copy.bytes", "--sample-size", "20", "--measurement-time", "0.05",
                               "--save-baseline", "one", "--verbose"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("synthetic/copy.bytes(1)  (labelled)"));
  EXPECT_THAT(outcome.out, HasSubstr("std dev:"));
  const Results kept = saved("one");
  ASSERT_EQ(kept.measurements.size(), 1U);
  const Measurement& measurement = kept.measurements[0];
  ASSERT_EQ(measurement.samples.size(), 20U);
  EXPECT_EQ(measurement.samples.front().round, 0);
  EXPECT_EQ(measurement.samples.back().round, 9);
  EXPECT_EQ(measurement.pace.size(), 20U);
  const auto [fewest, most] = std::ranges::minmax(measurement.samples, {}, &Sample::iterations);
  EXPECT_GT(most.iterations, fewest.iterations);
  EXPECT_NEAR(measurement.bytes_per_iteration, 128, 1e-6);
}

TEST_F(Suite, TimesSetByHandAndRatesAreExact) {
  run({"by_hand|threads", "--quick", "--save-baseline", "one"});
  const Results kept = saved("one");
  ASSERT_EQ(kept.measurements.size(), 2U);
  EXPECT_NEAR(kept.measurements[0].items_per_iteration, 3, 1e-6);
  for (const Sample& sample : kept.measurements[1].samples) {
    EXPECT_EQ(sample.iterations, 2);
    EXPECT_DOUBLE_EQ(sample.seconds_per_iteration(), 0.25);
  }
}

TEST_F(Suite, WhatCannotRunIsListedAndOnlyADefectFails) {
  const Outcome surroundings = run({"absent|synthetic/add$", "--quick"});
  EXPECT_EQ(surroundings.code, 0) << surroundings.err;
  EXPECT_THAT(surroundings.out,
              HasSubstr("surroundings/absent: not run, because needs PostgreSQL: no server here"));

  const Outcome defects = run({"defect|synthetic/add$", "--quick"});
  EXPECT_EQ(defects.code, 1);
  EXPECT_THAT(defects.out, HasSubstr("defect/broken: not run, because nothing was decoded"));
  EXPECT_THAT(defects.out, HasSubstr("defect/throwing: not run, because it threw: the disk is full"));
  EXPECT_THAT(defects.out, HasSubstr("synthetic/add [quick]\n    time:")) << "the others still run";
  EXPECT_THAT(defects.err, HasSubstr("defect/broken failed"));

  const Outcome full = run({"defect|absent", "--measurement-time", "0.01", "--sample-size", "5"});
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.out, HasSubstr("needs PostgreSQL: no server here"));
  EXPECT_THAT(full.out, HasSubstr("it threw: the disk is full"));
}

// Google Benchmark hands out no samples then, only their mean; that must not pass as a measurement.
TEST_F(Suite, ABenchmarkThatHidesItsSamplesIsNotRun) {
  const Outcome outcome = run({"own_repetitions", "--quick"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("Google Benchmark reported no samples for it"));
}

TEST_F(Suite, ComparesTwoSavedRunsWithoutMeasuring) {
  run({"synthetic/add|touch", "--sample-size", "10", "--measurement-time", "0.01", "--save-baseline",
       "before"});
  Results after = saved("before");
  ASSERT_EQ(after.measurements.size(), 3U);
  for (Sample& sample : after.measurements[0].samples) sample.seconds *= 100;
  after.environment.commit = "slower";
  save("after", after);

  const std::vector<std::string> arguments = {"--load-baseline", "after", "--baseline", "before"};
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("commit    slower"));
  EXPECT_THAT(outcome.out, HasSubstr("regressed"));
  EXPECT_THAT(outcome.out, HasSubstr("2 no change detected"));

  const Outcome failing =
      run({"--load-baseline", "after", "--baseline", "before", "--fail-on", "regressed:5%"});
  EXPECT_EQ(failing.code, 1);
  EXPECT_THAT(failing.err, HasSubstr("session_touch regressed by +"));
  EXPECT_EQ(
      run({"--load-baseline", "after", "--baseline", "before", "--fail-on", "regressed", "synthetic"}).code,
      0)
      << "the filter leaves the slow one out";
  save("twice", [&] {
    Results twice = saved("before");
    for (Sample& sample : twice.measurements[0].samples) sample.seconds *= 100;
    return twice;
  }());
  EXPECT_EQ(run({"--load-baseline", "twice", "--baseline", "before", "--fail-on", "regressed:999%"}).code, 1);
}

TEST_F(Suite, ComparesWithTheLastRunByItself) {
  const auto again = [this](const std::string& filter) {
    return run({filter, "--against-last", "--sample-size", "10", "--measurement-time", "0.01"});
  };
  const Outcome first = again("synthetic/add$");
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, Not(HasSubstr("change:")));
  EXPECT_THAT(first.err, HasSubstr("nothing to compare with"));

  const std::string name = last_run_name("synthetic/add$");
  Results fast = saved(name);
  for (Sample& sample : fast.measurements.at(0).samples) sample.seconds /= 100;
  save(name, fast);
  const Outcome second = again("synthetic/add$");
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("regressed"));
  EXPECT_THAT(second.out, HasSubstr("baseline  '" + name + "'"));
  EXPECT_GT(saved(name).measurements.at(0).samples.at(0).seconds,
            fast.measurements.at(0).samples.at(0).seconds);
  EXPECT_THAT(again("synthetic/add|touch").out, Not(HasSubstr("change:")))
      << "another filter, another last run";
}

TEST_F(Suite, ALastRunOfEverythingServesEveryFilter) {
  Results everything;
  everything.environment = read_environment({.commit = "", .build_type = "Test", .flags = "-O0"});
  everything.environment.date = "2026-01-01T00:00:00Z";
  save("last", everything);
  std::string trouble;
  EXPECT_EQ(load_last_run(directory_ / "baselines", "touch", trouble).value().baseline_name, "last");
  Results later = everything;
  later.environment.date = "2026-01-02T00:00:00Z";
  save(last_run_name("touch"), later);
  EXPECT_EQ(load_last_run(directory_ / "baselines", "touch", trouble).value().baseline_name,
            last_run_name("touch"));
  EXPECT_EQ(trouble, "");
  std::ofstream(directory_ / "baselines" / "last.json") << "{";
  EXPECT_TRUE(load_last_run(directory_ / "baselines", "touch", trouble).has_value());
  EXPECT_THAT(trouble, HasSubstr("last.json"));
}

TEST_F(Suite, NamesOfLastRunsAreNamesOfFilesAndDiffer) {
  for (const char* filter : {"", "^telnet/", "a|b", "a/b", "\xC3\xA9"})
    EXPECT_TRUE(is_baseline_name(last_run_name(filter)));
  EXPECT_TRUE(is_baseline_name(last_run_name(std::string(500, 'x'))));
  EXPECT_NE(last_run_name("a|b"), last_run_name("a/b"));
}

TEST_F(Suite, SaysHowLongItWillTake) {
  EXPECT_EQ(how_long(66, 2), "66 benchmarks, 2 s aimed at for each: 3 min to 9 min");
  EXPECT_EQ(how_long(1, 0.5), "1 benchmark, 0.5 s aimed at for each: 1 s to 2 s");
  EXPECT_EQ(how_long(1, 0.1), "1 benchmark, 0.1 s aimed at for each: about 1 s");
  const Outcome outcome = run({"synthetic/add$", "--sample-size", "10", "--measurement-time", "0.01"});
  EXPECT_THAT(outcome.err, HasSubstr("1 benchmark, 0.01 s aimed at for each"));
  EXPECT_THAT(outcome.err, ::testing::ContainsRegex("round 10 of 10, about [0-9]+ s left"));
}

TEST_F(Suite, FailsOnMissedTargetsWhenAsked) {
  run({"touch", "--quick", "--save-baseline", "base"});
  Results slow = saved("base");
  slow.quick = false;
  slow.measurements[0].name = "session_new";
  slow.measurements[0].samples = {{1, 1.0, 0}, {1, 1.0, 0}};
  save("slow", slow);
  EXPECT_EQ(run({"--load-baseline", "slow"}).code, 0);
  const Outcome outcome = run({"--load-baseline", "slow", "--fail-on", "missed"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("target missed: new session, 1.000 s against <= 100 ns"));
}

TEST_F(Suite, JsonOnStandardOutputIsNothingButJson) {
  const Outcome outcome = run({"synthetic/add$", "--quick", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Expected<Results> parsed = parse_run(outcome.out);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_TRUE(parsed->quick);
  EXPECT_EQ(parsed->measurements.at(0).name, "synthetic/add");
}

TEST_F(Suite, WritesJsonAndHtmlBesideTheText) {
  const fs::path json = directory_ / "results" / "run.json";
  const Outcome outcome =
      run({"synthetic/add$", "--quick", "--json=" + json.string(), "--html", (directory_ / "site").string()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("synthetic/add [quick]"));
  EXPECT_TRUE(parse_run(read(json)));
  EXPECT_THAT(read(directory_ / "site" / "index.html"), HasSubstr("synthetic/add"));
}

TEST_F(Suite, TheDatabaseIsHandedToTheBenchmarks) {
  ::unsetenv("DATABASE_URL");
  const Outcome nothing = run({"synthetic/add$", "--quick", "--database"});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("DATABASE_URL is not set"));
  EXPECT_EQ(std::getenv(kDatabaseVariable), nullptr);
  EXPECT_EQ(run({"synthetic/add$", "--quick", "--database=postgresql://db/one"}).code, 0);
  EXPECT_STREQ(std::getenv(kDatabaseVariable), "postgresql://db/one");
  ::setenv("DATABASE_URL", "postgresql://db/two", 1);
  EXPECT_EQ(run({"synthetic/add$", "--quick", "--database"}).code, 0);
  EXPECT_STREQ(std::getenv(kDatabaseVariable), "postgresql://db/two");
  ::unsetenv("DATABASE_URL");
  ::unsetenv(kDatabaseVariable);
}

TEST_F(Suite, WrongUseIsCodeTwoAndOneLine) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--nonsense"},
                                                    {"no_such_benchmark"},
                                                    {"--baseline", "missing"},
                                                    {"--load-baseline", "missing"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments[0];
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  }
  std::ofstream(directory_ / "file") << "x";
  EXPECT_EQ(run({"synthetic/add$", "--quick", "--html", (directory_ / "file").string()}).code, 2);
  EXPECT_EQ(run({"--help"}).code, 0);
}

}  // namespace
}  // namespace wyld::bench
