#include "session/deadlines.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

struct Clock {
  Clock() : deadlines(&Clock::on_timer, this) {}
  static void on_timer(void* self) {
    Clock& clock = *static_cast<Clock*>(self);
    while (const std::optional<Deadline> due = clock.deadlines.take_due(clock.now)) {
      clock.passed += std::to_string(static_cast<int>(*due));
    }
    clock.deadlines.rearm(clock.timers);
  }
  void set(Deadline which, runtime::Duration after) { deadlines.set(timers, which, now + after); }
  void advance(runtime::Duration by) {
    now += by;
    timers.advance(now);
  }
  runtime::TimePoint now{1h};
  runtime::TimingWheel timers{now};
  Deadlines deadlines;
  std::string passed;
};

TEST(Deadlines, EachPassesAtItsOwnTimeInWhateverOrderTheyWereSet) {
  Clock clock;
  clock.set(Deadline::kStore, 30s);
  clock.set(Deadline::kLogin, 10s);
  clock.set(Deadline::kCode, 20s);
  EXPECT_EQ(clock.timers.count(), 1U) << "one timer for all";
  clock.advance(9s);
  EXPECT_EQ(clock.passed, "");
  clock.advance(2s);
  EXPECT_EQ(clock.passed, "0");
  clock.advance(10s);
  EXPECT_EQ(clock.passed, "03");
  clock.advance(10s);
  EXPECT_EQ(clock.passed, "032");
  EXPECT_EQ(clock.timers.count(), 0U);
}

TEST(Deadlines, SettingOneAgainMovesOnlyThatOne) {
  Clock clock;
  clock.set(Deadline::kLogin, 10s);
  clock.set(Deadline::kSlowReader, 5s);
  clock.set(Deadline::kSlowReader, 40s);
  clock.advance(11s);
  EXPECT_EQ(clock.passed, "0");
  clock.advance(30s);
  EXPECT_EQ(clock.passed, "01");
}

TEST(Deadlines, ACancelledOneDoesNotPassAndHoldsUpNoOther) {
  Clock clock;
  clock.set(Deadline::kLogin, 10s);
  clock.set(Deadline::kSlowReader, 5s);
  clock.deadlines.cancel(Deadline::kSlowReader);
  EXPECT_FALSE(clock.deadlines.is_set(Deadline::kSlowReader));
  clock.advance(11s);
  EXPECT_EQ(clock.passed, "0");
}

TEST(Deadlines, OnlyWhatIsSetCanBePostponed) {
  Clock clock;
  clock.set(Deadline::kLogin, 10s);
  clock.deadlines.postpone(clock.timers, Deadline::kLogin, 8s);
  clock.deadlines.postpone(clock.timers, Deadline::kStore, 8s);
  EXPECT_EQ(clock.deadlines.due(Deadline::kLogin), clock.now + 18s);
  EXPECT_EQ(clock.deadlines.due(Deadline::kStore), std::nullopt);
  clock.advance(17s);
  EXPECT_EQ(clock.passed, "");
  clock.advance(2s);
  EXPECT_EQ(clock.passed, "0");
}

TEST(Deadlines, AllOfThemCanBeCancelled) {
  Clock clock;
  for (std::size_t i = 0; i < Deadlines::kCount; ++i) clock.set(static_cast<Deadline>(i), 1s);
  clock.deadlines.cancel_all();
  EXPECT_EQ(clock.timers.count(), 0U);
  clock.advance(1h);
  EXPECT_EQ(clock.passed, "");
}

}  // namespace
}  // namespace wyld::session
