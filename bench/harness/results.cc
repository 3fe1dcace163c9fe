#include "bench/harness/results.h"

#include <algorithm>

namespace wyld::bench {

std::vector<double> Measurement::seconds_per_iteration() const {
  std::vector<double> seconds;
  seconds.reserve(samples.size());
  for (const Sample& sample : samples) seconds.push_back(sample.seconds_per_iteration());
  return seconds;
}

const Measurement* Results::find(const std::string& name) const {
  const auto found = std::ranges::find(measurements, name, &Measurement::name);
  return found == measurements.end() ? nullptr : &*found;
}

}  // namespace wyld::bench
