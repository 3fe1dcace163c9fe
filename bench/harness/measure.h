#pragma once
// The half that Google Benchmark does: runs a registered benchmark as often as the statistics need.
//
// Thread   the main thread; Google Benchmark keeps its flags in globals.
// Errors   a benchmark that reports an error or throws becomes a Measurement that says why it was not run.
// Limits   a slow benchmark gets fewer samples: after four times the aimed-at time it takes no further
//          round, once it has five samples.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bench/harness/results.h"

namespace wyld::bench {

struct MeasureOptions {
  std::size_t sample_count = 50;
  double seconds = 2;
  // Three tiny samples, no warm-up.
  bool quick = false;
};

// In the order of registration.
[[nodiscard]] std::vector<std::string> registered_benchmarks();

// One benchmark on its way through the rounds of a run. A run takes a few samples of every benchmark, then a
// few more of every one: a machine that is slow for ten seconds then shows as spread between the rounds of
// all benchmarks, not as a change of one. Lengths of samples vary from round to round, so that the slope has
// something to lean on, and not in order, so that a drift does not bend it.
class Sampler {
 public:
  static constexpr std::size_t kRounds = 10;

  Sampler(std::string name, const MeasureOptions& options);

  // The first call warms up before. Cheap once the benchmark failed or has what it needs.
  void take_round();
  // Call once, after the last round.
  [[nodiscard]] Measurement finish();

 private:
  void warm_up();
  void take_samples(double length, std::size_t count);
  void fail(std::string reason);

  MeasureOptions options_;
  Measurement measurement_;
  std::map<std::string, std::vector<double>> counters_;
  std::size_t round_ = 0;
  double elapsed_seconds_ = 0;
};

}  // namespace wyld::bench
