// wyldgate-bench: all benchmarks that the folders registered with wyld_bench(), measured by Google
// Benchmark, analysed and reported by the harness. docs/benchmark-suite.md is its manual.
#include <iostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "bench/harness/suite.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  wyld::set_log_level(wyld::LogLevel::kError);  // what is measured has much to say of sessions
  // The compiler and processor are found at run time; build type and flags only the build knows.
  return wyld::bench::run_suite(arguments,
                                {.commit = "", .build_type = WYLD_BUILD_TYPE, .flags = WYLD_BUILD_FLAGS},
                                std::cout, std::cerr);
}
