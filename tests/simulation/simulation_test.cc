#include "simulation/simulation.h"

#include <gtest/gtest.h>

namespace wyld::simulation {
namespace {

#ifdef NDEBUG
constexpr std::uint64_t kSeeds = 2000;
#else
constexpr std::uint64_t kSeeds = 40;
#endif

TEST(SimulationRuns, EveryPromiseIsKept) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = run_seed(seed);
    ASSERT_EQ(outcome.failure, "") << outcome.trace << "seed " << seed << ": " << outcome.failure
                                   << "\nwyldgate-simulation --seed " << seed << " --verbose tells all of it";
  }
}

TEST(SimulationRuns, ASeedTellsTheSameStoryAgain) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Outcome once = Simulation(seed, Trace::Wanted::kTail).run();
    const Outcome again = Simulation(seed, Trace::Wanted::kTail).run();
    EXPECT_EQ(once.trace, again.trace) << "seed " << seed;
    EXPECT_EQ(once.steps, again.steps) << "seed " << seed;
    EXPECT_EQ(Simulation(seed, Trace::Wanted::kNothing).run().steps, once.steps) << "seed " << seed;
  }
}

}  // namespace
}  // namespace wyld::simulation
