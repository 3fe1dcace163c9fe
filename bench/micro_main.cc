// Runs the micro benchmarks of all folders. What cannot be seen from outside the build (compiler,
// flags) is stated with the results; script/bench adds the commit.
#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::AddCustomContext("build_type", WYLD_BUILD_TYPE);
  benchmark::AddCustomContext("flags", WYLD_BUILD_FLAGS);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
