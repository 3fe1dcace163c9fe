#include "session/login_progress.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Action = LoginStep::Action;

class Progress : public ::testing::Test {
 protected:
  LoginProgress::Effects follow(Action action, State next, bool secret = false) {
    const State before = std::exchange(state, next);
    return login.follow({.action = action, .state = next, .secret = secret, .text = {}}, before, now);
  }

  LoginProgress login;
  State state = State::kWelcome;
  runtime::TimePoint now{1h};
};

TEST_F(Progress, AQuestionMovesTheSessionAndHidesWhatIsTyped) {
  LoginProgress::Effects effects = follow(Action::kAsk, State::kUsername);
  EXPECT_TRUE(effects.moves);
  EXPECT_FALSE(effects.changes_echo || effects.check_begins || effects.renews_deadline);
  effects = follow(Action::kAsk, State::kPassword, /*secret=*/true);
  EXPECT_TRUE(effects.moves && effects.changes_echo);
  EXPECT_TRUE(login.is_secret());
  effects = follow(Action::kAsk, State::kPassword, /*secret=*/true);
  EXPECT_FALSE(effects.moves || effects.changes_echo) << "the same question again";
}

TEST_F(Progress, LinesWaitDuringACheckWhoseTimeIsTheGateways) {
  (void)follow(Action::kAsk, State::kPassword, true);
  EXPECT_TRUE(follow(Action::kLogIn, State::kPassword, true).check_begins);
  EXPECT_TRUE(login.is_checking());
  now += 3s;
  LoginProgress::Effects effects = follow(Action::kWait, State::kPassword, true);
  EXPECT_FALSE(effects.check_begins || effects.check_ends) << "the wait is a part of the check";
  now += 2s;
  effects = follow(Action::kAsk, State::kUsername);
  EXPECT_TRUE(effects.check_ends);
  EXPECT_EQ(effects.late_by, 5s - LoginProgress::kCheckPatience);
  EXPECT_FALSE(login.is_checking());
}

TEST_F(Progress, EachNewQuestionOfANewAccountHasItsOwnTimeOnce) {
  (void)follow(Action::kAsk, State::kUsername);
  EXPECT_TRUE(follow(Action::kAsk, State::kNewUsername).renews_deadline);
  EXPECT_TRUE(follow(Action::kAsk, State::kNewPassword).renews_deadline);
  EXPECT_FALSE(follow(Action::kAsk, State::kNewUsername).renews_deadline) << "it was asked before";
}

TEST_F(Progress, OnlyAClientThatSignsInByItselfIsToldTheResult) {
  (void)follow(Action::kAsk, State::kUsername);
  login.signs_in();
  EXPECT_FALSE(follow(Action::kLogIn, State::kPassword).tells_result);
  LoginProgress::Effects effects = follow(Action::kEnter, State::kPassword);
  EXPECT_TRUE(effects.tells_result && effects.success && effects.check_ends);
  EXPECT_FALSE(effects.moves);
  effects = follow(Action::kAsk, State::kUsername);
  EXPECT_FALSE(effects.tells_result);
}

TEST_F(Progress, LeavingTellsTheResultAndChecksNothing) {
  (void)follow(Action::kAsk, State::kUsername);
  login.signs_in();
  const LoginProgress::Effects effects = follow(Action::kLeave, State::kUsername);
  EXPECT_TRUE(effects.tells_result);
  EXPECT_FALSE(effects.success || effects.check_begins || effects.check_ends);
}

}  // namespace
}  // namespace wyld::session
