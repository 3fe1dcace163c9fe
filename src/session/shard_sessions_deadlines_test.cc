// Every purpose of a deadline against everything that may happen meanwhile: none moves another.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;

enum class Waiting : std::uint8_t { kLogin, kSlowReader, kHold, kStore };

enum class Event : std::uint8_t {
  kNothing,
  kReadsSlowly,   // for a moment
  kStopsReading,  // for good
  kCatchesUp,
  kGameAway,
  kGameAwayAndBack,
  kGameSpeaks,
  kPlayerTypes,
  kEnters,
};

struct Row {
  Waiting waiting;
  Event event;
  std::optional<std::chrono::seconds> ends;  // after it began; none: not at all
  EndReason reason = EndReason::kLoginDeadline;
};

// The event happens five seconds after the wait has begun.
constexpr std::chrono::seconds kEventAfter = 5s;
constexpr std::optional<std::chrono::seconds> kNever;

constexpr Row kRows[] = {
    {Waiting::kLogin, Event::kNothing, 60s},
    {Waiting::kLogin, Event::kReadsSlowly, 60s},
    {Waiting::kLogin, Event::kStopsReading, kEventAfter + 30s, EndReason::kSlowReader},
    {Waiting::kLogin, Event::kCatchesUp, 60s},
    {Waiting::kLogin, Event::kGameAway, kEventAfter + 900s},
    {Waiting::kLogin, Event::kGameAwayAndBack, kEventAfter + 60s},
    {Waiting::kLogin, Event::kGameSpeaks, 60s},
    {Waiting::kLogin, Event::kPlayerTypes, 60s},
    {Waiting::kLogin, Event::kEnters, kNever},
    {Waiting::kSlowReader, Event::kNothing, 30s, EndReason::kSlowReader},
    {Waiting::kSlowReader, Event::kStopsReading, 30s, EndReason::kSlowReader},
    // Behind the slow reader's time, that of the login has gone on.
    {Waiting::kSlowReader, Event::kCatchesUp, 60s},
    {Waiting::kSlowReader, Event::kGameAway, 30s, EndReason::kSlowReader},
    {Waiting::kSlowReader, Event::kGameAwayAndBack, 30s, EndReason::kSlowReader},
    {Waiting::kSlowReader, Event::kGameSpeaks, 30s, EndReason::kSlowReader},
    {Waiting::kSlowReader, Event::kPlayerTypes, 30s, EndReason::kSlowReader},
    {Waiting::kSlowReader, Event::kEnters, 30s, EndReason::kSlowReader},
    {Waiting::kHold, Event::kNothing, 900s},
    {Waiting::kHold, Event::kGameAway, 900s},
    {Waiting::kHold, Event::kGameAwayAndBack, 900s},
    {Waiting::kHold, Event::kGameSpeaks, 900s},
    {Waiting::kHold, Event::kEnters, 900s},
    {Waiting::kStore, Event::kNothing, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kReadsSlowly, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kStopsReading, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kGameAway, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kGameAwayAndBack, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kGameSpeaks, 8s, EndReason::kBusy},
    {Waiting::kStore, Event::kPlayerTypes, 8s, EndReason::kBusy},
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << "waiting " << static_cast<int>(row.waiting) << ", event " << static_cast<int>(row.event);
}

class DeadlineTable : public Resume, public ::testing::WithParamInterface<Row> {
 protected:
  void begin(Waiting waiting) {
    client = browser();
    if (waiting == Waiting::kStore) {
      handle = gateway->enter(client);
      const std::string token = client.token;
      shard().end_all(EndReason::kShutdown, "bye");
      gateway->run();
      kill_and_start(2);
      client = browser();
      handle = *shard().open(client, Protocol::kWebSocketJson, "198.51.100.4");
      shard().settled(handle);
      gateway->run();
      store.silent = true;
      shard().resume(handle, {.token = token, .code = {}, .position = {}});
      return;
    }
    if (waiting == Waiting::kHold) {
      handle = gateway->enter(client);
      shard().ended(handle);
      return;
    }
    handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
    shard().settled(handle);
    gateway->run();
    if (waiting == Waiting::kSlowReader) stop_reading();
  }

  void stop_reading() {
    client.stuck = true;
    shard().on_output(handle, std::string(70 * 1024, 'b'));
  }
  void catch_up() {
    client.stuck = false;
    client.queued = 0;
    shard().drained(handle);
  }

  void happen(Event event) {
    switch (event) {
      case Event::kNothing:
        return;
      case Event::kReadsSlowly:
        stop_reading();
        return catch_up();
      case Event::kStopsReading:
        return stop_reading();
      case Event::kCatchesUp:
        return catch_up();
      case Event::kGameAway:
        return shard().on_away(handle, "The game has gone away.", {});
      case Event::kGameAwayAndBack:
        shard().on_away(handle, "The game has gone away.", {});
        return shard().on_back(handle, {});
      case Event::kGameSpeaks:
        return shard().on_output(handle, "A bell rings.\n");
      case Event::kPlayerTypes:
        return shard().line(handle, "look", false);
      case Event::kEnters:
        return shard().on_entered(handle);
    }
  }

  [[nodiscard]] bool over() { return client.ended || shard().live_count() == 0; }

  FakeTransport client;
  SessionHandle handle;
};

TEST_P(DeadlineTable, EachPurposeHasItsOwnTime) {
  const Row& row = GetParam();
  begin(row.waiting);
  time.advance(kEventAfter);
  gateway->run();
  happen(row.event);
  gateway->run();
  std::chrono::seconds passed = kEventAfter;
  while (!over() && passed < 2000s) {
    time.advance(1s);
    passed += 1s;
    gateway->run();
  }
  if (!row.ends) {
    EXPECT_FALSE(over()) << "after " << passed.count() << " s";
    return;
  }
  ASSERT_TRUE(over());
  EXPECT_GE(passed, *row.ends);
  EXPECT_LE(passed, *row.ends + 1s);  // the tick of the timers
  if (row.waiting != Waiting::kHold) {
    EXPECT_EQ(end_reason_name(client.end_reason), end_reason_name(row.reason));
  }
}

INSTANTIATE_TEST_SUITE_P(PurposeByEvent, DeadlineTable, ::testing::ValuesIn(kRows));

// Whoever fills its own queue and empties it again and again does not get more time to log in.
TEST_F(Resume, ReadingSlowlyAgainAndAgainDoesNotPutOffTheEndOfTheLogin) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  int rounds = 0;
  for (; !client.ended && rounds < 100; ++rounds) {
    client.stuck = true;
    shard().on_output(handle, std::string(300 * 1024, 'b'));
    time.advance(10s);
    client.stuck = false;
    client.queued = 0;
    if (!client.ended) shard().drained(handle);
  }
  EXPECT_EQ(rounds, 6);
  EXPECT_EQ(client.end_reason, EndReason::kLoginDeadline);
}

// One message that fits nowhere is left out though hardly anything waits.
TEST_F(Resume, AClientThatNeverTakesTheLittleThatWaitsIsASlowReader) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  client.stuck = true;
  shard().on_output(handle, "a line\n");
  shard().on_output(handle, std::string(300 * 1024, 'b'));
  time.advance(31s);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.end_reason, EndReason::kSlowReader);
}

// A wait for the store is not the player's time.
TEST_F(Resume, WaitingForTheStoreDoesNotShortenTheLogin) {
  FakeTransport client = browser();
  gateway->enter(client);
  const std::string code = code_of(client);
  shard().end_all(EndReason::kShutdown, "bye");
  gateway->run();
  kill_and_start(2);
  FakeTransport again;
  const SessionHandle handle = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(handle);
  gateway->run();
  time.advance(55s);
  store.silent = true;
  shard().line(handle, "resume " + code, false);
  time.advance(9s);
  gateway->run();
  EXPECT_FALSE(again.ended) << again.transcript();
  EXPECT_NE(again.transcript().find("too busy"), std::string::npos) << again.transcript();
  time.advance(6s);
  EXPECT_TRUE(again.ended);
}

}  // namespace
}  // namespace wyld::session
