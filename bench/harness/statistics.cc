#include "bench/harness/statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wyld::bench {
namespace {

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::ranges::sort(copy);
  return copy;
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double median_absolute_deviation(std::span<const double> values) {
  const double centre = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - centre));
  return median(distances);
}

double quantile(std::span<const double> values, double share) {
  return quantile_of_sorted(sorted(values), share);
}

double quantile_of_sorted(std::span<const double> sorted, double share) {
  if (sorted.empty()) return 0;
  const double position = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = position - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

double slope_through_origin(std::span<const double> x, std::span<const double> y) {
  double xy = 0;
  double xx = 0;
  for (std::size_t index = 0; index < std::min(x.size(), y.size()); ++index) {
    xy += x[index] * y[index];
    xx += x[index] * x[index];
  }
  return xx > 0 ? xy / xx : 0;
}

OutlierClass Fences::classify(double value) const {
  if (value < low_severe) return OutlierClass::kLowSevere;
  if (value < low_mild) return OutlierClass::kLowMild;
  if (value > high_severe) return OutlierClass::kHighSevere;
  if (value > high_mild) return OutlierClass::kHighMild;
  return OutlierClass::kNone;
}

Fences tukey_fences(std::span<const double> values) {
  const std::vector<double> ordered = sorted(values);
  const double first = quantile_of_sorted(ordered, 0.25);
  const double third = quantile_of_sorted(ordered, 0.75);
  const double range = third - first;
  return {first - 3 * range, first - 1.5 * range, third + 1.5 * range, third + 3 * range};
}

OutlierCounts count_outliers(std::span<const double> values) {
  const Fences fences = tukey_fences(values);
  OutlierCounts counts;
  for (const double value : values) {
    switch (fences.classify(value)) {
      case OutlierClass::kNone:
        break;
      case OutlierClass::kLowSevere:
        ++counts.low_severe;
        break;
      case OutlierClass::kLowMild:
        ++counts.low_mild;
        break;
      case OutlierClass::kHighMild:
        ++counts.high_mild;
        break;
      case OutlierClass::kHighSevere:
        ++counts.high_severe;
        break;
    }
  }
  return counts;
}

double density_bandwidth(std::span<const double> values) {
  if (values.empty()) return 0;
  const std::vector<double> ordered = sorted(values);
  const double range = quantile_of_sorted(ordered, 0.75) - quantile_of_sorted(ordered, 0.25);
  const double deviation = standard_deviation(values);
  double spread = deviation;
  if (range > 0) spread = std::min(spread, range / 1.34);
  // Values that are all equal still get a bell, a thin one.
  if (spread <= 0) spread = 0.01 * std::abs(ordered.front());
  return 0.9 * spread * std::pow(static_cast<double>(values.size()), -0.2);
}

std::vector<double> kernel_density(std::span<const double> values, double bandwidth,
                                   std::span<const double> at) {
  std::vector<double> density(at.size(), 0.0);
  if (values.empty() || bandwidth <= 0) return density;
  const double scale = 1 / (static_cast<double>(values.size()) * bandwidth * std::sqrt(2 * std::numbers::pi));
  for (std::size_t index = 0; index < at.size(); ++index) {
    for (const double value : values) {
      const double distance = (at[index] - value) / bandwidth;
      density[index] += scale * std::exp(-0.5 * distance * distance);
    }
  }
  return density;
}

}  // namespace wyld::bench
