#include "bench/harness/resampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "bench/harness/statistics.h"

namespace wyld::bench {
namespace {

constexpr double kExactPermutationsMax = 20'000;

Interval percentiles(std::vector<double>& estimates, double estimate, double confidence) {
  std::ranges::sort(estimates);
  const double tail = (1 - confidence) / 2;
  // The sum of a resample rounds differently from the sum of the whole; the estimate stays inside.
  return {std::min(quantile_of_sorted(estimates, tail), estimate), estimate,
          std::max(quantile_of_sorted(estimates, 1 - tail), estimate)};
}

double resampled_mean(std::span<const double> values, Random& random) {
  double sum = 0;
  const auto count = static_cast<std::uint32_t>(values.size());
  for (std::uint32_t draw = 0; draw < count; ++draw) sum += values[random.below(count)];
  return sum / count;
}

struct Moments {
  double count = 0;
  double sum = 0;
  double squares = 0;

  void add(double value) {
    count += 1;
    sum += value;
    squares += value * value;
  }
  [[nodiscard]] double mean() const { return sum / count; }
  // Of the mean. Values are shifted to be near 0, so the subtraction keeps its digits.
  [[nodiscard]] double variance_of_mean() const {
    if (count < 2) return 0;
    return std::max(0.0, (squares - sum * sum / count) / (count - 1)) / count;
  }
};

double welch_t(const Moments& first, const Moments& second) {
  const double difference = std::abs(first.mean() - second.mean());
  const double error = std::sqrt(first.variance_of_mean() + second.variance_of_mean());
  if (error > 0) return difference / error;
  return difference > 0 ? std::numeric_limits<double>::infinity() : 0;
}

double ways_to_deal(std::size_t first, std::size_t second) {
  double ways = 1;
  for (std::size_t index = 1; index <= first; ++index) {
    ways *= static_cast<double>(second + index) / static_cast<double>(index);
    if (ways > 10 * kExactPermutationsMax) break;
  }
  return ways;
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31);
}

std::uint32_t Random::below(std::uint32_t bound) {
  return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
}

Interval bootstrap_mean(std::span<const double> values, const ResamplingOptions& options) {
  const double estimate = mean(values);
  if (values.size() < 2) return {estimate, estimate, estimate};
  Random random(options.seed);
  std::vector<double> estimates(options.resamples);
  for (double& one : estimates) one = resampled_mean(values, random);
  return percentiles(estimates, estimate, options.confidence);
}

Interval bootstrap_ratio(std::span<const double> numerators, std::span<const double> denominators,
                         const ResamplingOptions& options) {
  const auto count = static_cast<std::uint32_t>(std::min(numerators.size(), denominators.size()));
  double above = 0;
  double below = 0;
  for (std::uint32_t index = 0; index < count; ++index) {
    above += numerators[index];
    below += denominators[index];
  }
  const double estimate = below > 0 ? above / below : 0;
  if (count < 2) return {estimate, estimate, estimate};
  Random random(options.seed);
  std::vector<double> estimates(options.resamples);
  for (double& one : estimates) {
    above = 0;
    below = 0;
    for (std::uint32_t draw = 0; draw < count; ++draw) {
      const std::uint32_t index = random.below(count);
      above += numerators[index];
      below += denominators[index];
    }
    one = below > 0 ? above / below : 0;
  }
  return percentiles(estimates, estimate, options.confidence);
}

Interval bootstrap_slope(std::span<const double> x, std::span<const double> y,
                         const ResamplingOptions& options) {
  std::vector<double> products;
  std::vector<double> squares;
  for (std::size_t index = 0; index < std::min(x.size(), y.size()); ++index) {
    products.push_back(x[index] * y[index]);
    squares.push_back(x[index] * x[index]);
  }
  return bootstrap_ratio(products, squares, options);
}

Interval bootstrap_change(std::span<const double> before, std::span<const double> after,
                          const ResamplingOptions& options) {
  const double base = mean(before);
  if (before.empty() || after.empty() || base <= 0) return {};
  const double estimate = mean(after) / base - 1;
  Random random(options.seed);
  std::vector<double> estimates(options.resamples);
  for (double& one : estimates) {
    const double resampled_base = resampled_mean(before, random);
    const double resampled_now = resampled_mean(after, random);
    one = resampled_base > 0 ? resampled_now / resampled_base - 1 : estimate;
  }
  return percentiles(estimates, estimate, options.confidence);
}

double permutation_p_value(std::span<const double> before, std::span<const double> after,
                           const ResamplingOptions& options) {
  if (before.empty() || after.empty()) return 1;
  std::vector<double> pool(before.begin(), before.end());
  pool.insert(pool.end(), after.begin(), after.end());
  const double centre = mean(pool);
  for (double& value : pool) value -= centre;

  const auto separation = [&](auto&& in_first) {
    Moments first;
    Moments second;
    for (std::size_t index = 0; index < pool.size(); ++index) {
      (in_first(index) ? first : second).add(pool[index]);
    }
    return welch_t(first, second);
  };
  const auto in_front = [&](std::size_t index) { return index < before.size(); };
  // Ties count as "at least as far"; rounding in the sums must not break them.
  const double observed = separation(in_front) * (1 - 1e-9);

  if (ways_to_deal(before.size(), after.size()) <= kExactPermutationsMax) {
    std::vector<char> mask(pool.size(), 0);
    std::fill(mask.end() - static_cast<std::ptrdiff_t>(before.size()), mask.end(), 1);
    double ways = 0;
    double hits = 0;
    do {
      ways += 1;
      if (separation([&](std::size_t index) { return mask[index] != 0; }) >= observed) hits += 1;
    } while (std::ranges::next_permutation(mask).found);
    return hits / ways;
  }

  Random random(options.seed);
  double hits = 0;
  for (std::uint32_t round = 0; round < options.resamples; ++round) {
    for (std::size_t index = 0; index < before.size(); ++index) {
      const auto rest = static_cast<std::uint32_t>(pool.size() - index);
      std::swap(pool[index], pool[index + random.below(rest)]);
    }
    if (separation(in_front) >= observed) hits += 1;
  }
  // The deal that was found is one of them, so p is never 0.
  return (hits + 1) / (static_cast<double>(options.resamples) + 1);
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kImproved:
      return "improved";
    case Verdict::kRegressed:
      return "regressed";
    case Verdict::kNoChange:
      return "no change detected";
    case Verdict::kWithinNoise:
      return "within noise";
  }
  return "";
}

Verdict judge(const Interval& relative, double p_value, const VerdictOptions& options) {
  if (p_value >= options.significance) return Verdict::kNoChange;
  if (relative.low > options.noise_threshold) return Verdict::kRegressed;
  if (relative.high < -options.noise_threshold) return Verdict::kImproved;
  return Verdict::kWithinNoise;
}

Change compare(std::span<const double> before, std::span<const double> after, const VerdictOptions& verdict,
               const ResamplingOptions& options) {
  Change change;
  change.relative = bootstrap_change(before, after, options);
  change.p_value = permutation_p_value(before, after, options);
  change.verdict = judge(change.relative, change.p_value, verdict);
  return change;
}

}  // namespace wyld::bench
