#pragma once
// The program wyldgate-bench without its main(): options, measuring, comparing, reporting, exit code.

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>

#include "bench/harness/environment.h"

namespace wyld::bench {

// Where --database is left for the benchmarks, which the harness does not know.
inline constexpr const char* kDatabaseVariable = "WYLDGATE_BENCH_DATABASE";

// "45 s" or "12 min", and the line that says before a run how long it will take.
[[nodiscard]] std::string rough_time(double seconds);
[[nodiscard]] std::string how_long(std::size_t benchmarks, double seconds_each);

// 0: all went well. 1: a benchmark failed, or a condition of --fail-on holds. 2: the command line is wrong,
// nothing matches the filter, or a file could not be read or written.
// Results go to `out`, progress and errors to `err`.
int run_suite(std::span<const std::string> arguments, const BuildFacts& build, std::ostream& out,
              std::ostream& err);

}  // namespace wyld::bench
