#include "bench/harness/baseline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

namespace fs = std::filesystem;

class Baseline : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "wyld_baseline_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_;
};

Results full_run() {
  Results run = testing::run({testing::measurement("telnet/decode/plain", 1.0 / 3 * 1e-6)});
  Measurement& first = run.measurements[0];
  first.items_per_iteration = 10;
  first.bytes_per_iteration = 0.1;
  first.counters = {{"p99", 1e-3}, {"bytes_per_session", 256}};
  first.label = "a \"label\"";
  Measurement absent;
  absent.name = "create_session/durable/postgres";
  absent.not_run = "needs PostgreSQL";
  run.measurements.push_back(absent);
  return run;
}

TEST_F(Baseline, ComesBackAsItWasSaved) {
  const Results saved = full_run();
  const Expected<fs::path> path = save_baseline(directory_ / "deep" / "er", "main", saved);
  ASSERT_TRUE(path) << path.error();
  const Expected<Results> loaded = load_baseline(directory_ / "deep" / "er", "main");
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(loaded->baseline_name, "main");
  EXPECT_EQ(loaded->environment, saved.environment);
  EXPECT_EQ(loaded->quick, saved.quick);
  ASSERT_EQ(loaded->measurements.size(), 2U);
  const Measurement& first = loaded->measurements[0];
  EXPECT_EQ(first.name, saved.measurements[0].name);
  testing::expect_equal(first.samples, saved.measurements[0].samples);
  EXPECT_EQ(first.pace, saved.measurements[0].pace);
  EXPECT_EQ(first.counters, saved.measurements[0].counters);
  EXPECT_EQ(first.label, saved.measurements[0].label);
  EXPECT_EQ(first.items_per_iteration, 10);
  EXPECT_EQ(first.bytes_per_iteration, 0.1);
  EXPECT_EQ(loaded->measurements[1].not_run, "needs PostgreSQL");
  EXPECT_EQ(saved_baselines(directory_ / "deep" / "er"), std::vector<std::string>{"main"});
}

TEST_F(Baseline, MissingOneNamesThoseThatThereAre) {
  ASSERT_TRUE(save_baseline(directory_, "one", full_run()));
  ASSERT_TRUE(save_baseline(directory_, "two", full_run()));
  const Expected<Results> loaded = load_baseline(directory_, "three");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find("saved: one, two"), std::string::npos) << loaded.error();
  EXPECT_NE(load_baseline(directory_ / "nowhere", "x").error().find("none is saved"), std::string::npos);
}

TEST_F(Baseline, CutOrForeignFilesAreRefusedNotGuessedAt) {
  const std::string text = to_text(to_json(full_run()));
  for (std::size_t length = 0; length + 3 < text.size(); length += 7) {
    EXPECT_FALSE(parse_run(std::string_view(text).substr(0, length))) << "cut at byte " << length;
  }
  for (const char* foreign : {"[]", "{}", "{\"format\": 1}", "{\"format\": \"1\"}", "null", "{\"format\": 2}",
                              R"({"format":1,"quick":false,"environment":{},"benchmarks":[]})"}) {
    const Expected<Results> run = parse_run(foreign);
    ASSERT_FALSE(run) << foreign;
    EXPECT_FALSE(run.error().empty());
  }
  EXPECT_NE(parse_run("{\"format\": 2}").error().find("format 2"), std::string::npos);
}

TEST_F(Baseline, SamplesThatDoNotFitTogetherAreRefused) {
  Results run = full_run();
  run.measurements[0].samples[0].iterations = 0;
  EXPECT_FALSE(parse_run(to_text(to_json(run))));
}

TEST_F(Baseline, NamesAreFileNamesAndNothingMore) {
  for (const char* good : {"main", "v1.2", "a_b-C", "0"}) EXPECT_TRUE(is_baseline_name(good)) << good;
  for (const char* bad : {"", ".", "..", ".hidden", "a/b", "../x", "a b", "a\n"})
    EXPECT_FALSE(is_baseline_name(bad)) << bad;
  EXPECT_TRUE(is_baseline_name(std::string(64, 'a')));
  EXPECT_FALSE(is_baseline_name(std::string(65, 'a')));
}

TEST_F(Baseline, APlaceThatCannotBeWrittenIsSaid) {
  std::ofstream(directory_ / "file") << "x";
  const Expected<fs::path> path = save_baseline(directory_ / "file", "main", full_run());
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find("file"), std::string::npos);
}

}  // namespace
}  // namespace wyld::bench
