#include "session/echo_return.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

TEST(EchoReturn, NothingIsUnsettledBeforeAPasswordWasAskedFor) {
  EchoReturn echo;
  EXPECT_TRUE(echo.is_settled());
  EXPECT_FALSE(echo.look(true, false));
}

TEST(EchoReturn, SettlesOneIntervalAfterTheAnswerHasArrived) {
  EchoReturn echo;
  echo.begin();
  EXPECT_TRUE(echo.look(/*answered=*/false, /*unconfirmed=*/false));
  EXPECT_TRUE(echo.look(/*answered=*/true, /*unconfirmed=*/true)) << "it was answered before";
  EXPECT_TRUE(echo.look(/*answered=*/true, /*unconfirmed=*/false));
  EXPECT_FALSE(echo.is_settled()) << "what was typed before the answer may still be on its way";
  EXPECT_FALSE(echo.look(true, false));
  EXPECT_TRUE(echo.is_settled());
}

TEST(EchoReturn, AClientThatNeverAnswersIsWaitedForHalfAMinute) {
  EchoReturn echo;
  echo.begin();
  int looks = 0;
  while (echo.look(/*answered=*/false, /*unconfirmed=*/false)) ++looks;
  EXPECT_EQ(looks, EchoReturn::kLooksMax);
}

TEST(EchoReturn, OneThatDoesNotReadIsWaitedForAsLongAsItTakes) {
  EchoReturn echo;
  echo.begin();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(echo.look(false, /*unconfirmed=*/true));
  EXPECT_TRUE(echo.look(false, false));
  EXPECT_FALSE(echo.look(false, false));
}

TEST(EchoReturn, ASecondPasswordBeginsAnew) {
  EchoReturn echo;
  echo.begin();
  EXPECT_TRUE(echo.look(true, false));
  echo.begin();
  EXPECT_TRUE(echo.look(true, false));
  EXPECT_FALSE(echo.is_settled());
}

}  // namespace
}  // namespace wyld::session
