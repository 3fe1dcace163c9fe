#pragma once
// The report for a terminal, in three parts so that the middle one can be printed benchmark by benchmark.

#include <string>

#include "bench/harness/analysis.h"

namespace wyld::bench {

// What was built, where it runs, and the warnings of the comparison.
[[nodiscard]] std::string text_header(const Report& report);

// Name, time, throughput, change and verdict, outliers; `verbose` adds the classical statistics.
[[nodiscard]] std::string text_benchmark(const Analysis& analysis, const Report& report, bool verbose);

// The targets table, what could not run, and one line that sums up.
[[nodiscard]] std::string text_footer(const Report& report);

// "regressed by +15.00 %, unless the machine explains it: measure again"; empty when no verdict was taken
// back.
[[nodiscard]] std::string describe_taken_back(const Analysis& analysis);

// The line under the benchmark's name, also used by the HTML report: "3 of 50 (6 %): 1 low mild, 2 high
// severe".
[[nodiscard]] std::string describe_outliers(const OutlierCounts& outliers, std::size_t samples);

}  // namespace wyld::bench
