#include "bench/harness/measure.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "bench/harness/resampling.h"
#include "bench/harness/statistics.h"

namespace wyld::bench {
namespace {

using GoogleRun = benchmark::BenchmarkReporter::Run;

// The search for the number of iterations aims 40 % past the time that was asked for.
constexpr double kOvershoot = 1.4;
constexpr std::array<double, 5> kLengths = {3, 1, 5, 2, 4};
constexpr std::size_t kSamplesAtLeast = 5;

// Keeps what Google Benchmark reports, prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  Collector() {
    SetOutputStream(&output_);
    SetErrorStream(&output_);
  }
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& reported) override {
    for (const Run& run : reported) {
      if (run.run_type == Run::RT_Iteration) runs.push_back(run);
    }
  }

  std::vector<Run> runs;
  [[nodiscard]] std::string output() const { return output_.str(); }

 private:
  std::ostringstream output_;
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Some hundred microseconds of the same work each time, half arithmetic and half reads from a table that
// fits the second cache level.
double reference_seconds() {
  static const std::vector<std::uint64_t> table = [] {
    std::vector<std::uint64_t> words(16 * 1024);
    Random random(1);
    for (std::uint64_t& word : words) word = random.next();
    return words;
  }();
  const double start = processor_seconds();
  std::uint64_t state = 1;
  for (int step = 0; step < 50'000; ++step) {
    state = (state ^ (state >> 29)) * 0x9e3779b97f4a7c15U + table[(state >> 32) % table.size()];
  }
  benchmark::DoNotOptimize(state);
  return processor_seconds() - start;
}

// The name as a regular expression that matches it alone.
std::string exactly(std::string_view name) {
  std::string pattern = "^";
  for (const char letter : name) {
    if (std::string_view(".[]{}()\\*+?^$|").find(letter) != std::string_view::npos) pattern += '\\';
    pattern += letter;
  }
  return pattern + "$";
}

void set_flags(std::initializer_list<std::string> flags) {
  std::vector<std::string> texts = {"wyldgate-bench"};
  texts.insert(texts.end(), flags);
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  int count = static_cast<int>(texts.size());
  benchmark::Initialize(&count, arguments.data());
  // Initialize() keeps a pointer to the first argument.
  benchmark::BenchmarkReporter::Context::executable_name = "wyldgate-bench";
}

// One call of the library: finds the number of iterations that take `seconds`, then `repetitions` samples.
std::vector<GoogleRun> run_group(const std::string& name, double seconds, std::size_t repetitions) {
  set_flags({fmt::format("--benchmark_min_time={:.9f}", seconds),
             fmt::format("--benchmark_repetitions={}", repetitions), "--benchmark_list_tests=false",
             "--benchmark_report_aggregates_only=false", "--benchmark_display_aggregates_only=false",
             "--benchmark_enable_random_interleaving=false"});
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, exactly(name));
  return std::move(collector.runs);
}

bool names_wall_clock(const GoogleRun& run) {
  return run.run_name.time_type.find("real_time") != std::string::npos ||
         run.run_name.time_type.find("manual_time") != std::string::npos;
}

// What the library divided a rate counter by.
double seconds_of_rates(const GoogleRun& run) {
  return names_wall_clock(run) ? run.real_accumulated_time : run.cpu_accumulated_time;
}

// Processor time for a loop that only computes: what else runs on the machine then hardly shows. Wall clock
// for those that wait for something and say so, and for several threads, whose processor time adds up.
double seconds_of(const GoogleRun& run) {
  return names_wall_clock(run) || run.threads > 1 ? run.real_accumulated_time : run.cpu_accumulated_time;
}

}  // namespace

std::vector<std::string> registered_benchmarks() {
  set_flags({"--benchmark_list_tests=true"});
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, ".");
  std::vector<std::string> names;
  std::istringstream lines(collector.output());
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

Sampler::Sampler(std::string name, const MeasureOptions& options) : options_(options) {
  measurement_.name = std::move(name);
}

void Sampler::fail(std::string reason) {
  measurement_.not_run = reason.empty() ? "it reported an error" : std::move(reason);
  measurement_.samples.clear();
  counters_.clear();
}

void Sampler::warm_up() {
  for (const GoogleRun& run : run_group(measurement_.name, options_.seconds / 20, 1)) {
    if (run.error_occurred) return fail(run.error_message);
  }
}

void Sampler::take_samples(double length, std::size_t count) {
  for (const GoogleRun& run : run_group(measurement_.name, length, count)) {
    if (run.error_occurred) return fail(run.error_message);
    if (run.iterations <= 0) continue;
    measurement_.samples.push_back({run.iterations, seconds_of(run), static_cast<std::int64_t>(round_)});
    if (!run.report_label.empty()) measurement_.label = run.report_label;
    for (const auto& [name, counter] : run.counters) {
      const double per_iteration =
          counter.value * seconds_of_rates(run) / static_cast<double>(run.iterations);
      if (name == "bytes_per_second") {
        measurement_.bytes_per_iteration = per_iteration;
      } else if (name == "items_per_second") {
        measurement_.items_per_iteration = per_iteration;
      } else {
        counters_[name].push_back(counter.value);
      }
    }
  }
}

void Sampler::take_round() {
  if (!measurement_.not_run.empty()) return;
  const std::size_t had = measurement_.samples.size();
  if (had >= kSamplesAtLeast && elapsed_seconds_ > 4 * options_.seconds) return;
  const auto start = std::chrono::steady_clock::now();
  if (!options_.quick) measurement_.pace.push_back(reference_seconds());
  try {
    if (options_.quick) {
      if (round_ == 0) take_samples(1e-4, 3);
    } else if (had < options_.sample_count) {
      if (round_ == 0) warm_up();
      const std::size_t rounds_left = round_ < kRounds ? kRounds - round_ : 1;
      const std::size_t count = (options_.sample_count - had + rounds_left - 1) / rounds_left;
      // Lengths average three times the base.
      const double base = options_.seconds / (3 * kOvershoot * static_cast<double>(options_.sample_count));
      if (measurement_.not_run.empty()) take_samples(base * kLengths[round_ % kLengths.size()], count);
    }
  } catch (const std::exception& error) {
    fail(fmt::format("it threw: {}", error.what()));
  } catch (...) {
    fail("it threw something that is no std::exception");
  }
  if (!options_.quick) measurement_.pace.push_back(reference_seconds());
  ++round_;
  elapsed_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Measurement Sampler::finish() {
  for (const auto& [name, values] : counters_) measurement_.counters[name] = median(values);
  if (measurement_.not_run.empty() && measurement_.samples.empty()) {
    measurement_.not_run = "Google Benchmark reported no samples for it";
  }
  return std::move(measurement_);
}

}  // namespace wyld::bench
