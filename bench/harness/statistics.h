#pragma once
// The statistics of the benchmark suite that need no randomness: location, spread, quantiles, outliers,
// slope and density. Pure functions over what was measured; no clock, no input or output.
//
// Errors   an empty input gives 0 (or empty), so a report never divides by nothing.
// Source   quantiles are type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996),
//          the default of numpy and R; outliers are Tukey's fences, "Exploratory Data Analysis" (1977).

#include <cstddef>
#include <span>
#include <vector>

namespace wyld::bench {

[[nodiscard]] double mean(std::span<const double> values);
[[nodiscard]] double median(std::span<const double> values);

// With n - 1 below the line; 0 for fewer than two values.
[[nodiscard]] double standard_deviation(std::span<const double> values);

// The median distance from the median, unscaled: times 1.4826 it estimates a normal deviation.
[[nodiscard]] double median_absolute_deviation(std::span<const double> values);

// `share` from 0 to 1. The second form asks the values to be sorted already.
[[nodiscard]] double quantile(std::span<const double> values, double share);
[[nodiscard]] double quantile_of_sorted(std::span<const double> sorted, double share);

// The slope of the least squares line through the origin: with iterations as x and seconds as y it
// is the time of one iteration, and long samples count for more than short ones.
[[nodiscard]] double slope_through_origin(std::span<const double> x, std::span<const double> y);

enum class OutlierClass { kNone, kLowSevere, kLowMild, kHighMild, kHighSevere };

// Beyond 1.5 interquartile ranges from the quartiles is mild, beyond 3 severe.
struct Fences {
  double low_severe = 0;
  double low_mild = 0;
  double high_mild = 0;
  double high_severe = 0;

  [[nodiscard]] OutlierClass classify(double value) const;
};
[[nodiscard]] Fences tukey_fences(std::span<const double> values);

struct OutlierCounts {
  std::size_t low_severe = 0;
  std::size_t low_mild = 0;
  std::size_t high_mild = 0;
  std::size_t high_severe = 0;

  [[nodiscard]] std::size_t total() const { return low_severe + low_mild + high_mild + high_severe; }
  friend bool operator==(const OutlierCounts&, const OutlierCounts&) = default;
};
[[nodiscard]] OutlierCounts count_outliers(std::span<const double> values);

// Silverman's rule of thumb, 0.9 min(deviation, IQR / 1.34) n^-1/5 ("Density Estimation", 1986); never 0
// unless all values are 0.
[[nodiscard]] double density_bandwidth(std::span<const double> values);

// The Gaussian kernel density at each of `at`.
[[nodiscard]] std::vector<double> kernel_density(std::span<const double> values, double bandwidth,
                                                 std::span<const double> at);

}  // namespace wyld::bench
