// wyldgate-simulation: runs seeds, and tells the story of one that fails.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

#include "simulation/simulation.h"

int main(int argc, char** argv) {
  using namespace wyld::simulation;
  CLI::App app("Runs the session core against a simulated network, store, clock and world.");
  std::uint64_t seed = 0;
  std::uint64_t seeds = 1000;
  std::uint64_t from = 1;
  std::uint64_t step = 1;
  std::size_t failures_max = 1;
  bool verbose = false;
  auto* const one = app.add_option("--seed", seed, "Run this seed only");
  app.add_option("--seeds", seeds, "Run so many seeds")->excludes(one);
  app.add_option("--from", from, "The first of them");
  app.add_option("--step", step, "The distance between two, for several programs at once")
      ->check(CLI::PositiveNumber);
  app.add_option("--failures", failures_max, "Stop after so many failures");
  app.add_flag("--verbose", verbose, "Tell everything that happens");
  CLI11_PARSE(app, argc, argv);
  if (one->count() > 0) {
    from = seed;
    seeds = 1;
  }
  std::size_t failed = 0;
  std::uint64_t steps = 0;
  std::uint64_t ran = 0;
  for (; ran < seeds && failed < failures_max; ++ran) {
    const std::uint64_t number = from + ran * step;
    const Outcome outcome = verbose ? Simulation(number, Trace::Wanted::kAll).run() : run_seed(number);
    steps += outcome.steps;
    if (outcome.failure.empty()) continue;
    ++failed;
    std::fputs(outcome.trace.c_str(), stdout);
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(number), outcome.failure.c_str());
    std::fflush(stdout);
  }
  std::printf("simulation: %llu passed, %zu failed\n", static_cast<unsigned long long>(ran - failed), failed);
  std::printf("%llu steps\n", static_cast<unsigned long long>(steps));
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
