#include "bench/harness/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace wyld::bench {
namespace {

Expected<Options> parse(std::vector<std::string> arguments) { return parse_options(arguments); }

TEST(Options, DefaultsMeasureEverything) {
  const Expected<Options> options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->filter, "");
  EXPECT_EQ(options->sample_size, 50U);
  EXPECT_EQ(options->noise_threshold, 0.01);
  EXPECT_FALSE(options->quick || options->list || options->json);
}

TEST(Options, AllOfThemAreUnderstood) {
  const Expected<Options> options = parse({"telnet|json",
                                           "--verbose",
                                           "--save-baseline",
                                           "new",
                                           "--baseline=old",
                                           "--baseline-dir",
                                           "/tmp/b",
                                           "--noise-threshold",
                                           "2%",
                                           "--sample-size",
                                           "20",
                                           "--measurement-time",
                                           "0.5s",
                                           "--json=out.json",
                                           "--html",
                                           "site",
                                           "--fail-on",
                                           "regressed:5%",
                                           "--fail-on",
                                           "missed",
                                           "--commit",
                                           "abc"});
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->filter, "telnet|json");
  EXPECT_TRUE(options->verbose);
  EXPECT_EQ(options->save_baseline, "new");
  EXPECT_EQ(options->baseline, "old");
  EXPECT_EQ(options->baseline_directory, "/tmp/b");
  EXPECT_DOUBLE_EQ(options->noise_threshold, 0.02);
  EXPECT_EQ(options->sample_size, 20U);
  EXPECT_EQ(options->measurement_seconds, 0.5);
  EXPECT_TRUE(options->json);
  EXPECT_EQ(options->json_file, "out.json");
  EXPECT_EQ(options->html_directory, "site");
  EXPECT_DOUBLE_EQ(options->fail_on_regressed.value(), 0.05);
  EXPECT_TRUE(options->fail_on_missed);
  EXPECT_EQ(options->commit, "abc");
  EXPECT_TRUE(parse({"--against-last", "--fail-on", "regressed"})->against_last);
}

TEST(Options, JsonWithoutAFileTakesNoArgument) {
  const Expected<Options> options = parse({"--json", "telnet"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->json);
  EXPECT_FALSE(options->json_file.has_value());
  EXPECT_EQ(options->filter, "telnet");
}

TEST(Options, SharesArePercentOrFractions) {
  EXPECT_DOUBLE_EQ(parse_share("5%").value(), 0.05);
  EXPECT_DOUBLE_EQ(parse_share("0.05").value(), 0.05);
  EXPECT_DOUBLE_EQ(parse_share("0%").value(), 0);
  EXPECT_DOUBLE_EQ(parse_share("150%").value(), 1.5);
  for (const char* bad : {"", "%", "5", "-1%", "x", "1%%", "5 %", "nan", "1000%"})
    EXPECT_FALSE(parse_share(bad)) << bad;
}

TEST(Options, ErrorsSayWhatIsWrong) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--fast"}, "there is no option '--fast'"},
      {{"a", "b"}, "one filter is enough"},
      {{"a["}, "not a regular expression"},
      {{"--baseline"}, "--baseline needs a NAME"},
      {{"--baseline", "--quick"}, "--baseline needs a NAME"},
      {{"--baseline="}, "lacks its NAME"},
      {{"--baseline", "../x"}, "not a name for a baseline"},
      {{"--quick=yes"}, "takes no value"},
      {{"--sample-size", "4"}, "not a number from 5 to 10000"},
      {{"--sample-size", "10001"}, "not a number from 5 to 10000"},
      {{"--sample-size", "many"}, "not a number"},
      {{"--measurement-time", "0"}, "not a number of seconds"},
      {{"--noise-threshold", "2"}, "not a share (2% or 0.02)"},
      {{"--fail-on", "slow"}, "not a condition"},
      {{"--fail-on", "regressed:x", "--baseline", "a"}, "not a condition"},
      {{"--fail-on", "regressed"}, "needs --baseline"},
      {{"--fail-on", "missed", "--quick"}, "needs a full run"},
      {{"--load-baseline", "a", "--save-baseline", "b"}, "measures nothing"},
      {{"--load-baseline", "a", "--quick"}, "cannot be --quick"},
      {{"--load-baseline", "a", "--list"}, "measures nothing"},
      {{"--load-baseline", "a", "--against-last"}, "measures nothing"},
      {{"--quick", "--against-last"}, "needs a full run"},
  };
  for (const auto& [arguments, message] : cases) {
    const Expected<Options> options = parse(arguments);
    ASSERT_FALSE(options) << message;
    EXPECT_NE(options.error().find(message), std::string::npos) << options.error();
    EXPECT_EQ(options.error().find('\n'), std::string::npos) << "one line";
  }
}

TEST(Options, SampleSizesAtTheBoundsAreTaken) {
  EXPECT_EQ(parse({"--sample-size", "5"})->sample_size, 5U);
  EXPECT_EQ(parse({"--sample-size", "10000"})->sample_size, 10'000U);
}

TEST(Options, HelpNamesEveryOptionAndTheExitCodes) {
  const std::string text = usage();
  for (const char* word : {"--list", "--quick", "--verbose", "--save-baseline NAME", "--load-baseline NAME",
                           "--json[=FILE]", "--html DIR", "--fail-on", "Exit code"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
  EXPECT_TRUE(parse({"--help", "--fail-on", "regressed"})->help);
}

}  // namespace
}  // namespace wyld::bench
