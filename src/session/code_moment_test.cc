#include "session/code_moment.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

constexpr runtime::TimePoint kStart{1h};

TEST(CodeMoment, AnAnswerToAnOpenLineAfterThePasswordIsTheMoment) {
  CodeMoment moment;
  EXPECT_EQ(moment.entered(kStart), kStart + 10s);  // the name
  EXPECT_EQ(moment.echo_is_back(kStart + 2s), kStart + 12s);
  EXPECT_FALSE(moment.awaits_answer());
  moment.typed();
  EXPECT_TRUE(moment.awaits_answer());
  EXPECT_EQ(moment.answered(kStart + 3s), kStart + 3s + 500ms);
  EXPECT_FALSE(moment.awaits_answer()) << "the first piece of the answer counts";
  EXPECT_TRUE(moment.may_show(true, "> "));
}

TEST(CodeMoment, TheAnswerToTheNameIsNot) {
  CodeMoment moment;
  EXPECT_TRUE(moment.entered(kStart));
  moment.typed();
  EXPECT_EQ(moment.answered(kStart + 1s), std::nullopt);
}

TEST(CodeMoment, AGameThatMasksNothingIsBelievedAfterTenSeconds) {
  CodeMoment moment;
  EXPECT_EQ(moment.entered(kStart), kStart + 10s);
  moment.typed();
  EXPECT_EQ(moment.answered(kStart + 11s), kStart + 11s + 500ms);
}

TEST(CodeMoment, NeverWhileAPasswordIsAskedFor) {
  CodeMoment moment;
  EXPECT_TRUE(moment.entered(kStart));
  EXPECT_FALSE(moment.may_show(false, ""));
  EXPECT_FALSE(moment.may_show(true, "Password: "));
  EXPECT_FALSE(moment.may_show(true, "\x1b[1mEnter your PASSWORD:"));
  EXPECT_FALSE(moment.may_show(true, "L\u00f6senord? "));
  EXPECT_TRUE(moment.may_show(true, "Ada> "));
  EXPECT_TRUE(moment.may_show(true, ""));
}

TEST(CodeMoment, OnceAndAgainWhenItCouldNotBeShown) {
  CodeMoment moment;
  EXPECT_FALSE(moment.may_show(true, "> ")) << "nobody has entered";
  EXPECT_TRUE(moment.entered(kStart));
  moment.shown();
  moment.typed();
  EXPECT_FALSE(moment.awaits_answer());
  EXPECT_FALSE(moment.may_show(true, "> "));
  EXPECT_EQ(moment.echo_is_back(kStart + 1min), std::nullopt);
  moment.put_off();
  EXPECT_TRUE(moment.may_show(true, "> "));
}

}  // namespace
}  // namespace wyld::session
