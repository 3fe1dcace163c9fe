#include "bench/harness/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

// Known answers of mean, median, deviation and quantiles come from Python's statistics module (quantiles with
// method='inclusive', which is type 7, the default of numpy and of scipy.stats.mstats); MAD, fences,
// bandwidth, slope and density from their formulas, worked out in Python to full precision.
namespace wyld::bench {
namespace {

const std::vector<double> kSample = {2.1, 2.5, 1.9, 2.2, 2.4, 2.0, 9.7, 2.3, 3.4, 0.2};

TEST(Statistics, LocationAndSpreadMatchKnownAnswers) {
  EXPECT_DOUBLE_EQ(mean(kSample), 2.87);
  EXPECT_DOUBLE_EQ(median(kSample), 2.25);
  EXPECT_NEAR(standard_deviation(kSample), 2.52720750588031, 1e-13);
  EXPECT_NEAR(median_absolute_deviation(kSample), 0.25, 1e-15);
}

TEST(Statistics, QuantilesInterpolateLikeNumpy) {
  const std::vector<double> deciles = {1.73, 1.98, 2.07, 2.16, 2.25, 2.34, 2.43, 2.68, 4.03};
  for (std::size_t index = 0; index < deciles.size(); ++index) {
    EXPECT_NEAR(quantile(kSample, 0.1 * static_cast<double>(index + 1)), deciles[index], 1e-12) << index;
  }
  EXPECT_EQ(quantile(kSample, 0), 0.2);
  EXPECT_EQ(quantile(kSample, 1), 9.7);
  EXPECT_EQ(quantile(kSample, 7), 9.7) << "a share past the end is the end";
}

TEST(Statistics, SlopeThroughOriginIsLeastSquares) {
  const std::vector<double> x = {1, 2, 3, 4};
  const std::vector<double> y = {2.1, 3.9, 6.2, 7.8};
  EXPECT_DOUBLE_EQ(slope_through_origin(x, y), 1.99);  // 59.7 / 30
}

TEST(Statistics, FencesAndOutliersAreTukeys) {
  const Fences fences = tukey_fences(kSample);
  EXPECT_NEAR(fences.low_severe, 0.675, 1e-12);
  EXPECT_NEAR(fences.low_mild, 1.35, 1e-12);
  EXPECT_NEAR(fences.high_mild, 3.15, 1e-12);
  EXPECT_NEAR(fences.high_severe, 3.825, 1e-12);
  EXPECT_EQ(count_outliers(kSample),
            (OutlierCounts{.low_severe = 1, .low_mild = 0, .high_mild = 1, .high_severe = 1}));
}

TEST(Statistics, AValueOnAFenceIsNoOutlierAndOneBeyondIs) {
  const Fences fences{0, 1, 2, 3};
  EXPECT_EQ(fences.classify(1), OutlierClass::kNone);
  EXPECT_EQ(fences.classify(std::nextafter(1, 0)), OutlierClass::kLowMild);
  EXPECT_EQ(fences.classify(0), OutlierClass::kLowMild);
  EXPECT_EQ(fences.classify(-1e-9), OutlierClass::kLowSevere);
  EXPECT_EQ(fences.classify(2), OutlierClass::kNone);
  EXPECT_EQ(fences.classify(3), OutlierClass::kHighMild);
  EXPECT_EQ(fences.classify(3.001), OutlierClass::kHighSevere);
}

TEST(Statistics, DensityMatchesTheFormulaAndItsAreaIsOne) {
  EXPECT_NEAR(density_bandwidth(kSample), 0.19069979441378984, 1e-14);
  const std::vector<double> values = {0, 1, 3};
  const std::vector<double> at = {0, 1, 2};
  const std::vector<double> density = kernel_density(values, 0.5, at);
  EXPECT_NEAR(density[0], 0.3019555019936691, 1e-14);
  EXPECT_NEAR(density[1], 0.3020447180935904, 1e-14);
  EXPECT_NEAR(density[2], 0.07207717550142734, 1e-14);

  std::vector<double> grid;
  for (int step = -500; step <= 800; ++step) grid.push_back(0.01 * step);
  double area = 0;
  for (const double height : kernel_density(values, 0.5, grid)) area += 0.01 * height;
  EXPECT_NEAR(area, 1, 1e-6);
}

TEST(Statistics, EmptyAndSingleInputsAreHarmless) {
  const std::vector<double> none;
  const std::vector<double> one = {4};
  EXPECT_EQ(mean(none), 0);
  EXPECT_EQ(median(none), 0);
  EXPECT_EQ(standard_deviation(one), 0);
  EXPECT_EQ(median_absolute_deviation(one), 0);
  EXPECT_EQ(slope_through_origin(none, none), 0);
  EXPECT_EQ(count_outliers(none).total(), 0U);
  EXPECT_EQ(density_bandwidth(none), 0);
  EXPECT_GT(density_bandwidth(std::vector<double>{4, 4, 4}), 0) << "equal values still draw a bell";
  EXPECT_EQ(kernel_density(none, 1, one), std::vector<double>{0});
}

}  // namespace
}  // namespace wyld::bench
