#include "session/state.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace wyld::session {
namespace {

using enum State;

// Written out once more by hand: the table is the contract.
const std::set<std::pair<State, State>> kAllowed{
    {kConnecting, kWelcome},      {kWelcome, kUsername},       {kWelcome, kPlaying},
    {kUsername, kPassword},       {kUsername, kNewUsername},   {kPassword, kUsername},
    {kPassword, kPlaying},        {kNewUsername, kUsername},   {kNewUsername, kNewPassword},
    {kNewPassword, kNewUsername}, {kNewPassword, kNewConfirm}, {kNewConfirm, kNewPassword},
    {kNewConfirm, kNewEmail},     {kNewConfirm, kPlaying},     {kNewEmail, kPlaying},
    {kPlaying, kEditing},         {kEditing, kPlaying},        {kDisconnected, kPlaying},
};

TEST(SessionState, EveryPairOfStatesIsDecidedByTheTable) {
  for (std::size_t from = 0; from < kStateCount; ++from) {
    for (std::size_t to = 0; to < kStateCount; ++to) {
      const auto a = static_cast<State>(from);
      const auto b = static_cast<State>(to);
      bool expected = kAllowed.contains({a, b});
      if (is_live(a) && (b == kDisconnected || b == kClosed)) expected = true;
      if (a == kDisconnected && b == kClosed) expected = true;
      EXPECT_EQ(may_move(a, b), expected) << state_name(a) << " -> " << state_name(b);
    }
  }
}

TEST(SessionState, ARefusalNamesBothStates) {
  EXPECT_STREQ(refused_move(kClosed, kPlaying), "a session cannot go from Closed to Playing");
  EXPECT_STREQ(refused_move(kNewUsername, kDisconnected),
               "a session cannot go from NewUsername to Disconnected");
}

TEST(SessionState, AMoveIsMadeOrRefusedWithItsWords) {
  State state = kConnecting;
  EXPECT_TRUE(move(state, kWelcome));
  EXPECT_EQ(state, kWelcome);
  const Status refused = move(state, kEditing);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kState);
  EXPECT_STREQ(refused.error().what, "a session cannot go from Welcome to Editing");
  EXPECT_EQ(state, kWelcome);
}

}  // namespace
}  // namespace wyld::session
