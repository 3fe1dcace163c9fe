#pragma once
// Runs made by hand for the tests of reports and comparisons.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/results.h"

namespace wyld::bench::testing {

inline Environment environment() {
  return {.commit = "0123456789ab",
          .compiler = "GCC 12.2.0",
          .build_type = "Release",
          .flags = "-O3",
          .host = "anvil",
          .processor = "Test CPU <1>",
          .system = "Linux 6.1",
          .date = "2026-01-02T03:04:05Z",
          .processors = 2,
          .memory_bytes = std::int64_t{8} << 30};
}

// Ten rounds of five samples around `seconds` an iteration, with a spread of about 1 %. Rounds differ in
// length, as those of a Sampler do.
inline Measurement measurement(std::string name, double seconds) {
  Measurement made;
  made.name = std::move(name);
  for (int round = 0; round < 10; ++round) {
    const std::int64_t iterations = 1000 * (1 + round % 5);
    for (int index = 0; index < 5; ++index) {
      const double wobble = 1 + 0.002 * ((7 * round + 3 * index) % 11 - 5);
      made.samples.push_back({iterations, seconds * wobble * static_cast<double>(iterations), round});
    }
    made.pace.push_back(1e-4);
  }
  return made;
}

// Boost.JSON reads a number back to within a unit in its last place.
inline void expect_equal(const std::vector<Sample>& first, const std::vector<Sample>& second) {
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t index = 0; index < first.size(); ++index) {
    EXPECT_EQ(first[index].iterations, second[index].iterations) << "sample " << index;
    EXPECT_DOUBLE_EQ(first[index].seconds, second[index].seconds) << "sample " << index;
    EXPECT_EQ(first[index].round, second[index].round) << "sample " << index;
  }
}

inline Results run(std::vector<Measurement> measurements) {
  Results made;
  made.environment = environment();
  made.measurements = std::move(measurements);
  return made;
}

}  // namespace wyld::bench::testing
