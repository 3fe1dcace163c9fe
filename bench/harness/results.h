#pragma once
// What a run of the suite measured, as plain data: the input of every report and the content of a baseline.

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace wyld::bench {

// The harness talks to the person who started it, so its errors are whole sentences; the gateway's own
// Result holds literals only.
template <typename T>
using Expected = std::expected<T, std::string>;

// One timed stretch of a benchmark's loop.
struct Sample {
  std::int64_t iterations = 0;
  double seconds = 0;  // on the clock that suits the benchmark, see seconds_of() in measure.cc
  // Samples of one round follow one another, so they share whatever the machine was busy with.
  std::int64_t round = 0;

  [[nodiscard]] double seconds_per_iteration() const {
    return iterations > 0 ? seconds / static_cast<double>(iterations) : 0;
  }
};

struct Measurement {
  std::string name;
  std::vector<Sample> samples;  // in the order they were taken
  // Seconds that a fixed piece of work took just before and after each round: how fast the machine itself was
  // then. A shared machine changes by tens of percent from minute to minute.
  std::vector<double> pace;
  // 0 when the benchmark does not declare them; throughput then counts iterations.
  double items_per_iteration = 0;
  double bytes_per_iteration = 0;
  // What the benchmark counted besides time, the median over the samples. See units.h for the names.
  std::map<std::string, double> counters;
  std::string label;
  // Why there are no samples: "needs PostgreSQL: ...". Empty when measured.
  std::string not_run;

  [[nodiscard]] bool measured() const { return not_run.empty() && !samples.empty(); }
  // A benchmark whose surroundings are absent says "needs ..."; any other reason is a defect.
  [[nodiscard]] bool failed() const { return !measured() && !not_run.starts_with("needs "); }
  [[nodiscard]] std::vector<double> seconds_per_iteration() const;
};

// What a figure depends on besides the code.
struct Environment {
  std::string commit;
  std::string compiler;
  std::string build_type;
  std::string flags;
  std::string host;
  std::string processor;
  std::string system;  // kernel name and release
  std::string date;    // UTC, ISO 8601
  std::int64_t processors = 0;
  std::int64_t memory_bytes = 0;

  friend bool operator==(const Environment&, const Environment&) = default;
};

struct Results {
  std::string baseline_name;  // empty for a run that was not saved
  Environment environment;
  bool quick = false;
  std::vector<Measurement> measurements;

  [[nodiscard]] const Measurement* find(const std::string& name) const;
};

}  // namespace wyld::bench
