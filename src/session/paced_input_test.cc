#include "session/paced_input.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Verdict = PacedInput::Verdict;

class Paced : public ::testing::Test {
 protected:
  Paced() {
    rates.lines_per_second = 10;
    rates.lines_burst = 2;
    limits.inputs_max = 2;
  }
  PacedInput::Pace pace() { return {.rates = rates, .limits = limits, .timers = timers, .now = now}; }
  Verdict line(std::string_view text, bool must_wait = false) {
    return input.take(InputKind::kLine, text, {}, must_wait, pace());
  }
  std::string next() {
    const std::optional<Input> heard = input.next(pace());
    return heard ? heard->text : "";
  }
  void advance(runtime::Duration by) {
    now += by;
    timers.advance(now);
  }

  InputRates rates;
  WaitingLimits limits;
  runtime::TimePoint now{1h};
  runtime::TimingWheel timers{now};
  int fired = 0;
  PacedInput input{[](void* count) { ++*static_cast<int*>(count); }, &fired};
};

TEST_F(Paced, WhatComesTooFastWaitsForItsTurn) {
  EXPECT_EQ(line("1"), Verdict::kPasses);
  EXPECT_EQ(line("2"), Verdict::kPasses);
  EXPECT_EQ(line("3"), Verdict::kIsThrottled);
  EXPECT_EQ(line("4"), Verdict::kWaits);
  EXPECT_EQ(next(), "") << "not yet";
  advance(110ms);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(next(), "3");
  EXPECT_EQ(next(), "");
  advance(110ms);
  EXPECT_EQ(next(), "4");
  EXPECT_EQ(line("5"), Verdict::kIsThrottled);
}

TEST_F(Paced, WhatHasNoRoomIsDroppedAndSaidOnce) {
  (void)line("1");
  (void)line("2");
  (void)line("3");
  (void)line("4");
  EXPECT_EQ(line("5"), Verdict::kFirstDropped);
  EXPECT_EQ(line("6"), Verdict::kDropped);
  EXPECT_EQ(input.count(), 2U);
}

TEST_F(Paced, InputWaitsForAnAnswerWhateverItsRate) {
  EXPECT_EQ(line("1", /*must_wait=*/true), Verdict::kWaits);
  EXPECT_EQ(line("2"), Verdict::kWaits) << "the order is kept";
  EXPECT_EQ(next(), "1");
  EXPECT_EQ(next(), "2");
  EXPECT_EQ(next(), "");
  EXPECT_FALSE(input.waits());
  EXPECT_EQ(fired, 0);
}

TEST_F(Paced, WhatWaitsCanGoElsewhere) {
  (void)line("1", true);
  WaitingInputs inputs = input.take_waiting();
  EXPECT_EQ(inputs.count(), 1U);
  EXPECT_FALSE(input.waits());
  EXPECT_TRUE(input.take_waiting().empty());
}

TEST_F(Paced, ClearingForgetsWhatWaitsItsTimerAndTheRates) {
  (void)line("1");
  (void)line("2");
  (void)line("3");
  input.clear();
  EXPECT_EQ(timers.count(), 0U);
  EXPECT_EQ(line("4"), Verdict::kPasses);
}

}  // namespace
}  // namespace wyld::session
