#include "bench/harness/resampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/harness/statistics.h"

// A bootstrap with few values has an exact answer: the quantiles over every possible resample (5^5 or 3^6 of
// them). Those were enumerated with Python's itertools.product; drawing lots has to come near them.
namespace wyld::bench {
namespace {

std::vector<double> bell(std::size_t count, double centre, double spread, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values;
  for (std::size_t index = 0; index < count; ++index) {
    double sum = 0;  // twelve uniform numbers have variance one
    for (int part = 0; part < 12; ++part)
      sum += static_cast<double>(random.next() >> 11) / 9007199254740992.0;
    values.push_back(centre + spread * (sum - 6));
  }
  return values;
}

TEST(Random, IsSplitmix64) {
  // The published reference output for seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, BelowReachesBothEndsAndNothingElse) {
  Random random(1);
  std::vector<int> seen(3, 0);
  for (int draw = 0; draw < 3000; ++draw) ++seen.at(random.below(3));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

TEST(Bootstrap, IntervalOfTheMeanMatchesTheEnumeration) {
  const Interval interval = bootstrap_mean(std::vector<double>{1, 2, 4, 7, 11}, {.resamples = 200'000});
  EXPECT_DOUBLE_EQ(interval.estimate, 5);
  EXPECT_NEAR(interval.low, 2.0, 1e-9);
  EXPECT_NEAR(interval.high, 8.4, 1e-9);
}

TEST(Bootstrap, IntervalOfTheSlopeMatchesTheEnumeration) {
  const std::vector<double> x = {1, 2, 3, 4, 5};
  const std::vector<double> y = {1.2, 1.9, 3.3, 4.1, 4.8};
  const Interval interval = bootstrap_slope(x, y, {.resamples = 200'000});
  EXPECT_DOUBLE_EQ(interval.estimate, 55.3 / 55);
  EXPECT_NEAR(interval.low, 0.9627118644, 2e-3);
  EXPECT_NEAR(interval.high, 1.0833333333, 2e-3);
}

TEST(Bootstrap, IntervalOfTheChangeMatchesTheEnumeration) {
  const Interval change = bootstrap_change(std::vector<double>{10, 11, 12}, std::vector<double>{12, 13, 15},
                                           {.resamples = 200'000});
  EXPECT_NEAR(change.estimate, 40.0 / 33 - 1, 1e-12);
  EXPECT_NEAR(change.low, 0.0574789916, 2e-3);
  EXPECT_NEAR(change.high, 0.3870967742, 2e-3);
}

TEST(Bootstrap, RatioOfOnesIsTheMean) {
  const std::vector<double> values = bell(30, 5, 1, 3);
  const std::vector<double> ones(values.size(), 1.0);
  const Interval by_mean = bootstrap_mean(values);
  const Interval by_ratio = bootstrap_ratio(values, ones);
  EXPECT_NEAR(by_ratio.low, by_mean.low, 1e-12);
  EXPECT_NEAR(by_ratio.high, by_mean.high, 1e-12);
}

TEST(Bootstrap, ManyNormalSamplesGiveTheNormalInterval) {
  const std::vector<double> values = bell(400, 100, 3, 7);
  const Interval interval = bootstrap_mean(values);
  const double half = 1.96 * standard_deviation(values) / std::sqrt(400.0);
  EXPECT_NEAR(interval.low, interval.estimate - half, 0.1 * half);
  EXPECT_NEAR(interval.high, interval.estimate + half, 0.1 * half);
}

TEST(Bootstrap, TheSeedAloneDecides) {
  const std::vector<double> values = bell(20, 1, 0.1, 5);
  const Interval first = bootstrap_mean(values);
  const Interval again = bootstrap_mean(values);
  const Interval other = bootstrap_mean(values, {.seed = 8});
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
}

TEST(Bootstrap, EmptySingleAndConstantInputsAreHarmless) {
  const std::vector<double> none;
  EXPECT_EQ(bootstrap_mean(none).estimate, 0);
  EXPECT_EQ(bootstrap_mean(std::vector<double>{3}).high, 3);
  EXPECT_EQ(bootstrap_ratio(none, none).estimate, 0);
  EXPECT_EQ(bootstrap_change(none, none).estimate, 0);
  EXPECT_EQ(bootstrap_change(std::vector<double>{0, 0}, std::vector<double>{1, 1}).estimate, 0);
  const Interval constant = bootstrap_mean(std::vector<double>(9, 0.1));
  EXPECT_LE(constant.low, constant.estimate);
  EXPECT_GE(constant.high, constant.estimate);
}

// The survival times of mice of Efron and Tibshirani, table 2.1. All 11,440 ways to deal them were counted in
// Python: Welch's t of 1.0587 is reached by 3,513.
TEST(Permutation, PValueOfTheMouseDataIsExact) {
  const std::vector<double> treated = {94, 197, 16, 38, 99, 141, 23};
  const std::vector<double> control = {52, 104, 146, 10, 51, 30, 40, 27, 46};
  EXPECT_DOUBLE_EQ(permutation_p_value(treated, control), 3513.0 / 11440);
  EXPECT_DOUBLE_EQ(permutation_p_value(control, treated), 3513.0 / 11440) << "two-sided";
}

TEST(Permutation, SmallSetsCanBeCountedByHand) {
  // Of the 20 ways to deal six values only the two that separate them fully are as extreme.
  EXPECT_DOUBLE_EQ(permutation_p_value(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5, 6}), 0.1);
  EXPECT_DOUBLE_EQ(permutation_p_value(std::vector<double>{1, 1, 1}, std::vector<double>{2, 2, 2}), 0.1);
  EXPECT_DOUBLE_EQ(permutation_p_value(std::vector<double>{5, 5, 5}, std::vector<double>{5, 5, 5}), 1);
  EXPECT_DOUBLE_EQ(permutation_p_value(std::vector<double>{}, std::vector<double>{1}), 1);
}

TEST(Permutation, RandomDealsAgreeWithAllDeals) {
  // 14 and 14 values have 40 million deals, so lots are drawn. The answer is that of the t test: p near
  // 0.05 where Welch's t has its two-sided 5 % point, 2.06 for 26 degrees of freedom.
  std::vector<double> first = bell(14, 0, 1, 11);
  std::vector<double> second = bell(14, 0, 1, 12);
  const double shift_first = mean(first);
  const double shift_second = mean(second);
  for (double& value : first) value -= shift_first;
  const double error =
      std::sqrt(std::pow(standard_deviation(first), 2) / 14 + std::pow(standard_deviation(second), 2) / 14);
  for (double& value : second) value += 2.056 * error - shift_second;
  EXPECT_NEAR(permutation_p_value(first, second), 0.05, 0.012);
}

TEST(Permutation, ChanceIsCalledAChangeAboutAsOftenAsPromised) {
  int found = 0;
  for (std::uint64_t round = 0; round < 300; ++round) {
    const double p = permutation_p_value(bell(8, 10, 1, 2 * round + 1), bell(8, 10, 1, 2 * round + 2));
    if (p < 0.05) ++found;
  }
  EXPECT_GT(found, 3);
  EXPECT_LT(found, 30);
}

TEST(Verdict, EachOfTheFourHasItsCase) {
  EXPECT_EQ(judge({0.02, 0.05, 0.08}, 0.01), Verdict::kRegressed);
  EXPECT_EQ(judge({-0.08, -0.05, -0.02}, 0.01), Verdict::kImproved);
  EXPECT_EQ(judge({0.02, 0.05, 0.08}, 0.05), Verdict::kNoChange) << "significance itself is not significant";
  EXPECT_EQ(judge({0.001, 0.005, 0.009}, 0.001), Verdict::kWithinNoise);
  EXPECT_EQ(judge({0.01, 0.05, 0.08}, 0.01), Verdict::kWithinNoise) << "the end of the interval on the bound";
  EXPECT_EQ(judge({0.02, 0.05, 0.08}, 0.01, {.noise_threshold = 0.03}), Verdict::kWithinNoise);
}

TEST(Verdict, CompareFindsTenPercentAndNotNothing) {
  const std::vector<double> before = bell(30, 100, 2, 21);
  const Change slower = compare(before, bell(30, 110, 2, 22));
  EXPECT_EQ(slower.verdict, Verdict::kRegressed);
  EXPECT_NEAR(slower.relative.estimate, 0.10, 0.02);
  EXPECT_EQ(compare(before, bell(30, 90, 2, 23)).verdict, Verdict::kImproved);
  EXPECT_EQ(compare(before, before).verdict, Verdict::kNoChange);
}

}  // namespace
}  // namespace wyld::bench
