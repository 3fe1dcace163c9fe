#include "runtime/timing_wheel.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace wyld::runtime {
namespace {

using namespace std::chrono_literals;

struct Recorder {
  explicit Recorder(TimingWheel& wheel) : timer(&Recorder::fire, this), wheel_(wheel) {}
  static void fire(void* context) { ++static_cast<Recorder*>(context)->fired; }
  void at(TimePoint when) { wheel_.schedule(timer, when); }
  Timer timer;
  TimingWheel& wheel_;
  int fired = 0;
};

const TimePoint kStart = TimePoint{} + 1000h;

TEST(TimingWheel, FiresNeitherEarlyNorTwice) {
  TimingWheel wheel(kStart);
  Recorder recorder(wheel);
  recorder.at(kStart + 500ms);
  wheel.advance(kStart + 499ms);
  EXPECT_EQ(recorder.fired, 0);
  wheel.advance(kStart + 500ms + TimingWheel::kTick);
  EXPECT_EQ(recorder.fired, 1);
  wheel.advance(kStart + 20s);
  EXPECT_EQ(recorder.fired, 1);
  EXPECT_EQ(wheel.count(), 0U);
}

TEST(TimingWheel, KeepsDeadlinesBeyondOneTurn) {
  TimingWheel wheel(kStart);
  Recorder recorder(wheel);
  recorder.at(kStart + 15min);
  for (TimePoint now = kStart; now < kStart + 15min; now += 1s) wheel.advance(now);
  EXPECT_EQ(recorder.fired, 0);
  wheel.advance(kStart + 15min + TimingWheel::kTick);
  EXPECT_EQ(recorder.fired, 1);
}

TEST(TimingWheel, CancelAndDestroyForgetTheDeadline) {
  TimingWheel wheel(kStart);
  Recorder cancelled(wheel);
  auto destroyed = std::make_unique<Recorder>(wheel);
  cancelled.at(kStart + 1s);
  destroyed->at(kStart + 1s);
  cancelled.timer.cancel();
  destroyed.reset();
  EXPECT_EQ(wheel.count(), 0U);
  wheel.advance(kStart + 2s);
  EXPECT_EQ(cancelled.fired, 0);
  EXPECT_EQ(wheel.next_wake(), TimePoint::max());
}

TEST(TimingWheel, ATimerMayDestroyItsNeighboursWhenItFires) {
  TimingWheel wheel(kStart);
  std::vector<std::unique_ptr<Recorder>> others;
  for (int i = 0; i < 3; ++i) others.push_back(std::make_unique<Recorder>(wheel));
  Timer killer([](void* context) { static_cast<decltype(others)*>(context)->clear(); }, &others);
  for (auto& other : others) other->at(kStart + 1s);
  wheel.schedule(killer, kStart + 1s);  // lists are last in, first out: the killer goes first
  wheel.advance(kStart + 2s);
  EXPECT_TRUE(others.empty());
  EXPECT_EQ(wheel.count(), 0U);
}

TEST(TimingWheel, ATimerMayScheduleItselfAgain) {
  TimingWheel wheel(kStart);
  struct Again {
    TimingWheel& wheel;
    TimePoint now;
    int fired = 0;
    Timer timer{[](void* context) {
                  auto* self = static_cast<Again*>(context);
                  ++self->fired;
                  self->wheel.schedule(self->timer, self->now + 1s);
                },
                this};
  } again{.wheel = wheel, .now = kStart};
  wheel.schedule(again.timer, kStart + 1s);
  for (int i = 1; i <= 10; ++i) {
    again.now = kStart + i * 1s + TimingWheel::kTick;
    wheel.advance(again.now);
  }
  EXPECT_GE(again.fired, 9);
  EXPECT_LE(again.fired, 10);
}

TEST(TimingWheel, NextWakeIsNeverLateForRandomDeadlines) {
  std::mt19937_64 random(7);
  TimingWheel wheel(kStart);
  std::vector<std::unique_ptr<Recorder>> recorders;
  std::vector<TimePoint> deadlines;
  for (int i = 0; i < 500; ++i) {
    recorders.push_back(std::make_unique<Recorder>(wheel));
    deadlines.push_back(kStart + std::chrono::milliseconds(random() % 30'000));
    recorders.back()->at(deadlines.back());
  }
  TimePoint now = kStart;
  while (wheel.count() > 0) {
    const TimePoint wake = wheel.next_wake();
    ASSERT_GE(wake + TimingWheel::kTick, now);
    now = std::max(now, wake);
    wheel.advance(now);
    for (std::size_t i = 0; i < recorders.size(); ++i) {
      const bool due = deadlines[i] + TimingWheel::kTick <= now;
      const bool early = deadlines[i] > now;
      ASSERT_LE(recorders[i]->fired, early ? 0 : 1) << "deadline " << i;
      ASSERT_GE(recorders[i]->fired, due ? 1 : 0) << "deadline " << i;
    }
  }
}

}  // namespace
}  // namespace wyld::runtime
