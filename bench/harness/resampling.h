#pragma once
// The statistics that draw lots: bootstrap intervals, and whether two sets of samples differ.
// Seeded and free of the library's distributions, so the same input gives the same answer with any compiler.
//
// Source   Efron and Tibshirani, "An Introduction to the Bootstrap" (1993): percentile intervals in
//          chapter 13, permutation tests in chapter 15. The four verdicts are those of Criterion.rs.

#include <cstdint>
#include <span>
#include <string_view>

namespace wyld::bench {

// An estimate and the interval that holds it with the confidence asked for.
struct Interval {
  double low = 0;
  double estimate = 0;
  double high = 0;
};

struct ResamplingOptions {
  // More resamples steady the third digit of an interval; 10,000 of 50 samples take some milliseconds.
  std::uint32_t resamples = 10'000;
  double confidence = 0.95;
  std::uint64_t seed = 0x77796c64;
};

// A small generator (splitmix64; Steele, Lea and Flood 2014) whose numbers do not depend on the library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  // Below `bound`, which is not 0. The bias is under bound / 2^32.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::uint64_t state_;
};

[[nodiscard]] Interval bootstrap_mean(std::span<const double> values, const ResamplingOptions& options = {});

// Of sum(numerators) / sum(denominators), each pair drawn as one. Means and slopes of samples that come in
// rounds are such ratios, with a pair for each round: what is drawn must be independent, and samples of one
// round are not.
[[nodiscard]] Interval bootstrap_ratio(std::span<const double> numerators,
                                       std::span<const double> denominators,
                                       const ResamplingOptions& options = {});

// Pairs are drawn together. See slope_through_origin().
[[nodiscard]] Interval bootstrap_slope(std::span<const double> x, std::span<const double> y,
                                       const ResamplingOptions& options = {});

// The relative change of the mean from `before` to `after`: 0.05 is 5 % more. Each side is resampled by
// itself.
[[nodiscard]] Interval bootstrap_change(std::span<const double> before, std::span<const double> after,
                                        const ResamplingOptions& options = {});

// The two-sided p-value of "both sets come from one distribution": the share of ways to deal the values
// out to the two sets that separate them at least as far, in Welch's t, as they were found. All ways are
// counted when there are at most 20,000 (exact, whatever the seed), otherwise `resamples` random ones.
[[nodiscard]] double permutation_p_value(std::span<const double> before, std::span<const double> after,
                                         const ResamplingOptions& options = {});

enum class Verdict {
  kImproved,
  kRegressed,
  kNoChange,     // chance explains the difference
  kWithinNoise,  // a difference, but the interval reaches into what we call noise
};
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct VerdictOptions {
  // Changes smaller than this are not worth a word, however certain. Raise it on a busy machine.
  double noise_threshold = 0.01;
  // How often we accept to call chance a change.
  double significance = 0.05;
};

struct Change {
  Interval relative;
  double p_value = 1;
  Verdict verdict = Verdict::kNoChange;
};

// For times, where less is better.
[[nodiscard]] Verdict judge(const Interval& relative, double p_value, const VerdictOptions& options = {});
[[nodiscard]] Change compare(std::span<const double> before, std::span<const double> after,
                             const VerdictOptions& verdict = {}, const ResamplingOptions& options = {});

}  // namespace wyld::bench
