#include "session/output_gate.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

constexpr std::size_t kMax = 1000;

TEST(OutputGate, AdmitsUpToTheBoundAndNotOneByteMore) {
  OutputGate gate;
  EXPECT_TRUE(gate.admits(100, 900, kMax));
  EXPECT_FALSE(gate.is_skipping());
  EXPECT_FALSE(gate.admits(101, 900, kMax));
  EXPECT_TRUE(gate.is_skipping());
}

TEST(OutputGate, OneMessageMayExceedTheBoundWhenNothingWaits) {
  OutputGate gate;
  EXPECT_TRUE(gate.admits(kMax * 2, 0, kMax));
  EXPECT_FALSE(gate.admits(1, kMax * 2, kMax));
}

TEST(OutputGate, OnceSomethingWasSkippedNothingPassesBeforeItHasDrained) {
  OutputGate gate;
  EXPECT_FALSE(gate.admits(200, 900, kMax));
  EXPECT_FALSE(gate.passes(1, 0, kMax));
  EXPECT_FALSE(gate.admits(1, 0, kMax));
  EXPECT_TRUE(gate.drained().skipped);
  EXPECT_TRUE(gate.admits(1, 0, kMax));
  EXPECT_FALSE(gate.drained().skipped) << "the player is told once";
}

TEST(OutputGate, AskingWhetherAMessagePassesChangesNothing) {
  OutputGate gate;
  EXPECT_FALSE(gate.passes(200, 900, kMax));
  EXPECT_FALSE(gate.is_skipping());
}

TEST(OutputGate, TheWorldIsPausedOnceOverAQuarterOfTheBound) {
  OutputGate gate;
  EXPECT_FALSE(gate.congests(kMax / 4, kMax));
  EXPECT_TRUE(gate.congests(kMax / 4 + 1, kMax));
  EXPECT_FALSE(gate.congests(kMax, kMax)) << "it is paused already";
  EXPECT_TRUE(gate.holds_back());
}

TEST(OutputGate, AWorldIsPausedAgainAfterItWasRelievedAndNotBefore) {
  OutputGate gate;
  EXPECT_TRUE(gate.congests(kMax, kMax));
  const OutputGate::Drained drained = gate.drained();
  EXPECT_TRUE(drained.was_congested);
  EXPECT_FALSE(drained.skipped);
  EXPECT_FALSE(gate.congests(kMax, kMax));
  gate.relieved();
  EXPECT_FALSE(gate.holds_back());
  EXPECT_TRUE(gate.congests(kMax, kMax));
}

}  // namespace
}  // namespace wyld::session
