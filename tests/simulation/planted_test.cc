// The product once more, with bugs that were put there: each must be found.
#include <gtest/gtest.h>

#include "simulation/planted_bug.h"
#include "simulation/simulation.h"

namespace wyld::simulation {
namespace {

class PlantedBug : public ::testing::TestWithParam<int> {
 protected:
  void TearDown() override { planted_bug = 0; }
};

TEST_P(PlantedBug, IsFoundByASeedThatIsCleanWithoutIt) {
  constexpr std::uint64_t kSeedsMax = 2000;
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    planted_bug = GetParam();
    const Outcome broken = Simulation(seed, Trace::Wanted::kNothing).run();
    if (broken.failure.empty()) continue;
    planted_bug = 0;
    if (!Simulation(seed, Trace::Wanted::kNothing).run().failure.empty()) continue;
    RecordProperty("seed", static_cast<int>(seed));
    RecordProperty("failure", broken.failure);
    std::printf("bug %d: seed %d: %s\n", GetParam(), static_cast<int>(seed), broken.failure.c_str());
    return;
  }
  FAIL() << "nobody has noticed planted bug " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, ::testing::Values(1, 2, 3, 4, 5, 6));

}  // namespace
}  // namespace wyld::simulation
