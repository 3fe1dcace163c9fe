#include "world/telnet_game/closing.h"

#include <gtest/gtest.h>

namespace wyld::telnet_game {
namespace {

using namespace std::chrono_literals;

constexpr runtime::TimePoint kNow{std::chrono::hours(1)};

Closings closings(int prompted, int unprompted) {
  Closings out;
  for (int i = 0; i < prompted; ++i) out.note(kNow, true);
  for (int i = 0; i < unprompted; ++i) out.note(kNow, false);
  return out;
}

TEST(Closing, AfterThePlayersOwnLineWhileOthersLiveOnThePlayerHasLeft) {
  EXPECT_EQ(judge(true, closings(1, 0), 1, kNow), Verdict::kLeft);
  EXPECT_EQ(judge(true, closings(5, 0), 2, kNow), Verdict::kLeft);
}

TEST(Closing, AfterThePlayersOwnLineOnlyANewConnectionCanTellWhenNobodyElseIsThere) {
  EXPECT_EQ(judge(true, closings(1, 0), 0, kNow), Verdict::kAsk);
  EXPECT_EQ(judge(true, closings(2, 0), 0, kNow), Verdict::kAsk) << "two who quit at one moment";
}

TEST(Closing, WithoutALineOfThePlayersTheGameIsAsked) {
  EXPECT_EQ(judge(false, closings(0, 1), 0, kNow), Verdict::kAsk);
  EXPECT_EQ(judge(false, closings(0, 1), 100, kNow), Verdict::kAsk);
  EXPECT_EQ(judge(true, closings(1, 1), 100, kNow), Verdict::kAsk) << "somebody else went without a word";
}

TEST(Closing, MoreThanStayedMeansThatTheGameDied) {
  EXPECT_EQ(judge(false, closings(0, 2), 0, kNow), Verdict::kDied);
  EXPECT_EQ(judge(false, closings(0, 2), 1, kNow), Verdict::kDied);
  EXPECT_EQ(judge(false, closings(0, 2), 2, kNow), Verdict::kAsk);
  EXPECT_EQ(judge(true, closings(1, 1), 0, kNow), Verdict::kDied) << "one typed what brought the game down";
}

TEST(Closing, OldClosingsAreForgotten) {
  Closings some = closings(0, 5);
  EXPECT_EQ(some.count(kNow + Closings::kWindow), 5U);
  EXPECT_EQ(some.count(kNow + Closings::kWindow + 1ms), 0U);
  some.note(kNow + 2s, true);
  EXPECT_EQ(some.count(kNow + 2s), 1U);
  EXPECT_EQ(some.unprompted(kNow + 2s), 0U);
}

TEST(Closing, TheDelayDoublesUpToItsBoundAndVariesByHalf) {
  EXPECT_EQ(redial_delay(0, 1s, 30s, 0), 1s);
  EXPECT_EQ(redial_delay(1, 1s, 30s, 0), 2s);
  EXPECT_EQ(redial_delay(4, 1s, 30s, 0), 16s);
  EXPECT_EQ(redial_delay(5, 1s, 30s, 0), 30s);
  EXPECT_EQ(redial_delay(4'000'000'000, 1s, 30s, 0), 30s);
  EXPECT_EQ(redial_delay(0, 1s, 30s, 500), 500ms);
  EXPECT_EQ(redial_delay(0, 1s, 30s, 501), 1s);
  EXPECT_EQ(redial_delay(9, 1s, 500ms, 0), 500ms) << "the bound goes first";
  for (std::uint64_t random = 1; random < 1'000'000'007; random = random * 7 + 3) {
    for (unsigned failures = 0; failures < 40; ++failures) {
      const auto delay = redial_delay(failures, 1s, 30s, random);
      EXPECT_GE(delay, 500ms);
      EXPECT_LE(delay, 30s);
    }
  }
}

}  // namespace
}  // namespace wyld::telnet_game
