#include "session/shard_sessions.h"

#include <gtest/gtest.h>

#include "base/counters.h"
#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeSessionStore;
using testing::FakeTransport;
using testing::FakeWorld;
using testing::VirtualTime;
using Calls = std::vector<std::string>;

ShardSessionsOptions small_options() {
  ShardSessionsOptions options;
  options.rates.lines_per_second = 10;
  options.rates.lines_burst = 3;
  options.output_bytes_max = 1000;
  return options;
}

struct Fixture {
  VirtualTime time;
  FakeSessionStore store;
  SessionManager manager{{.sessions_max = 100}, store};
  FakeWorld world;
  ShardSessions sessions{3,          manager,     small_options(),
                         time.clock, time.timers, SessionIdGenerator({1, 2, 3, 4})};

  Fixture() { sessions.set_world(world); }

  SessionHandle play(FakeTransport& transport) {
    const SessionHandle handle = *sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
    sessions.settled(handle);
    world.calls.clear();
    return handle;
  }
};

TEST(ShardSessions, AttachesTheWorldWhenTheClientHasSettled) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  EXPECT_EQ(handle.shard, 3U);
  EXPECT_TRUE(f.world.calls.empty());
  EXPECT_EQ(f.manager.count(State::kConnecting), 1U);
  f.sessions.settled(handle);
  f.sessions.settled(handle);
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7"});
  EXPECT_EQ(f.manager.count(State::kPlaying), 1U);
}

TEST(ShardSessions, AClientThatTypesFirstNeedNotNegotiate) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  f.sessions.line(handle, "look", false);
  EXPECT_EQ(f.world.calls, (Calls{"attach 203.0.113.7", "input 1 look"}));
}

TEST(ShardSessions, LinesReachTheWorldNumberedAndSecretsMarked) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.line(handle, "connect ada", false);
  f.sessions.line(handle, "hunter2", true);
  EXPECT_EQ(f.world.calls, (Calls{"input 1 connect ada", "input 2 <secret>"}));
}

TEST(ShardSessions, InputBeyondTheRateWaitsAndIsNotLost) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  for (int i = 1; i <= 6; ++i) f.sessions.line(handle, std::to_string(i), false);
  EXPECT_EQ(f.world.calls.size(), 3U) << "the burst";
  EXPECT_FALSE(transport.reading) << "the rest is left to the peer";
  f.time.advance(110ms);
  EXPECT_EQ(f.world.calls.size(), 4U);
  for (int i = 0; i < 10; ++i) f.time.advance(110ms);
  EXPECT_EQ(f.world.calls,
            (Calls{"input 1 1", "input 2 2", "input 3 3", "input 4 4", "input 5 5", "input 6 6"}));
  EXPECT_TRUE(transport.reading);
}

TEST(ShardSessions, ASideChannelFloodWaitsLikeLinesDo) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  for (int i = 0; i < 125; ++i) f.sessions.side_channel(handle, "X.Y", std::to_string(i));
  f.sessions.line(handle, "look", false);
  EXPECT_EQ(f.world.calls.size(), 120U) << "the burst; a line waits behind what came before it";
  EXPECT_FALSE(transport.reading);
  for (int i = 0; i < 20; ++i) f.time.advance(20ms);
  ASSERT_EQ(f.world.calls.size(), 126U);
  EXPECT_EQ(f.world.calls[124], "side X.Y 124");
  EXPECT_EQ(f.world.calls[125], "input 1 look");
  EXPECT_TRUE(transport.reading);
}

TEST(ShardSessions, AWorldThatTakesNoMoreStopsTheReading) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.on_input_blocked(handle, true);
  EXPECT_FALSE(transport.reading);
  for (int i = 1; i <= 5; ++i) f.sessions.line(handle, std::to_string(i), false);
  for (int i = 0; i < 10; ++i) f.time.advance(110ms);
  EXPECT_FALSE(transport.reading) << "a rate that has recovered does not unblock the world";
  f.sessions.on_input_blocked(handle, false);
  EXPECT_TRUE(transport.reading);
}

TEST(ShardSessions, ALostWorldIsNotAnEndOfTheWorldsChoosing) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.on_lost(handle, "The game cannot be reached.");
  EXPECT_EQ(transport.end_reason, EndReason::kWorldLost);
  EXPECT_TRUE(f.world.calls.empty()) << "no detach: the world is not there";
}

TEST(ShardSessions, HangingUpDoesNotMakeWaitingInputRunAtOnce) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  const std::uint64_t dropped = counted(Counter::kInputsDropped);
  for (int i = 1; i <= 5; ++i) f.sessions.line(handle, std::to_string(i), false);
  f.sessions.ended(handle);
  EXPECT_EQ(f.world.calls, (Calls{"input 1 1", "input 2 2", "input 3 3", "detach"}));
  EXPECT_EQ(counted(Counter::kInputsDropped) - dropped, 2U);
}

TEST(ShardSessions, MoreInputThanMayWaitIsDroppedAndSaidOnce) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  const std::uint64_t dropped = counted(Counter::kInputsDropped);
  const std::size_t passing = 3 + small_options().waiting.inputs_max;
  for (std::size_t i = 0; i < passing; ++i) f.sessions.line(handle, "", false);
  EXPECT_TRUE(transport.said.empty());
  for (int i = 0; i < 10; ++i) f.sessions.line(handle, "", false);
  EXPECT_EQ(transport.said, Calls{"<notice You are sending too fast: some of your input was dropped.>"});
  EXPECT_EQ(counted(Counter::kInputsDropped) - dropped, 10U);
}

TEST(ShardSessions, AWorldMayEndTheSessionInTheMiddleOfItsInput) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.world.on_input = [&f](SessionHandle session, std::string_view line) {
    if (line == "quit") f.sessions.on_left(session, "Goodbye.");
  };
  f.sessions.line(handle, "quit", false);
  f.sessions.line(handle, "look", false);
  EXPECT_EQ(f.world.calls, Calls{"input 1 quit"}) << "no detach: the world knows";
  EXPECT_TRUE(transport.ended);
  EXPECT_EQ(transport.end_reason, EndReason::kWorldEnded);
  EXPECT_EQ(transport.said.back(), "<end Goodbye.>");
  EXPECT_EQ(f.manager.count(), 0U);
}

TEST(ShardSessions, AHandleOfAnEndedSessionNamesNobody) {
  Fixture f;
  FakeTransport first;
  const SessionHandle old = f.play(first);
  f.sessions.ended(old);
  FakeTransport second;
  const SessionHandle fresh = f.play(second);
  EXPECT_EQ(fresh.slot, old.slot);
  f.sessions.on_output(old, "for the other");
  f.sessions.line(old, "look", false);
  EXPECT_TRUE(second.said.empty());
  EXPECT_TRUE(f.world.calls.empty());
  EXPECT_FALSE(f.sessions.send(old, "x"));
  EXPECT_TRUE(f.sessions.send(fresh, "x"));
}

TEST(ShardSessions, OutputPromptsAndSideChannelKeepTheirOrder) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.on_output(handle, "You are here.\n");
  f.sessions.on_side_channel(handle, "Room.Info", "{}");
  f.sessions.on_output(handle, "> ");
  f.sessions.on_prompt(handle);
  f.sessions.on_client_echo(handle, false);
  EXPECT_EQ(transport.said, (Calls{"You are here.\n", "<Room.Info {}>", "> ", "<prompt>", "<echo off>"}));
}

TEST(ShardSessions, ASlowReaderPausesTheWorldAndIsResumedWhenItHasRead) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(300, 'a'));
  EXPECT_EQ(f.world.calls, Calls{"pause"});
  EXPECT_TRUE(transport.drain_wanted);
  transport.queued = 0;
  f.sessions.drained(handle);
  EXPECT_EQ(f.world.calls, (Calls{"pause", "resume"}));
  EXPECT_EQ(transport.said.size(), 1U) << "nothing was skipped, nothing is said";
}

TEST(ShardSessions, OutputOverTheBoundIsSkippedWholeAndSaid) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(990, 'a'));
  f.sessions.on_output(handle, std::string(11, 'b'));
  f.sessions.on_output(handle, std::string(10, 'c'));  // would fit, but not behind a hole
  EXPECT_EQ(transport.queued, 990U);
  transport.queued = 0;
  f.sessions.drained(handle);
  ASSERT_GE(transport.said.size(), 2U);
  EXPECT_EQ(transport.said.end()[-2], "<position 1011>") << "clients that count are told where it goes on";
  EXPECT_EQ(transport.said.back(), "<notice Your connection was too slow: some output was skipped here.>");
}

TEST(ShardSessions, OneMessageLargerThanTheBoundPassesWhenNothingWaits) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.on_output(handle, std::string(5000, 'a'));
  EXPECT_EQ(transport.said.size(), 1U);
}

TEST(ShardSessions, ASlowReaderGetsTheLatestOfEachStateAndEveryEvent) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  transport.capabilities_.gmcp = true;
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(300, 'a'));
  f.sessions.on_side_channel(handle, "Char.Vitals", R"({"hp":1})");
  f.sessions.on_side_channel(handle, "Room.Info", R"({"num":1})");
  f.sessions.on_side_channel(handle, "Comm.Channel.Text", R"({"text":"one"})");
  f.sessions.on_side_channel(handle, "Char.Vitals", R"({"hp":2})");
  f.sessions.on_side_channel(handle, "Comm.Channel.Text", R"({"text":"two"})");
  transport.queued = 0;
  f.sessions.drained(handle);
  ASSERT_EQ(transport.said.size(), 5U);
  EXPECT_EQ(transport.said[1], R"(<Room.Info {"num":1}>)");
  EXPECT_EQ(transport.said[2], R"(<Comm.Channel.Text {"text":"one"}>)");
  EXPECT_EQ(transport.said[3], R"(<Char.Vitals {"hp":2}>)");
  EXPECT_EQ(transport.said[4], R"(<Comm.Channel.Text {"text":"two"}>)");
}

TEST(ShardSessions, ASlowReaderIsToldHowManyEventsWereLost) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  transport.capabilities_.gmcp = true;
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(300, 'a'));
  for (std::size_t i = 0; i < SideChannelMemory::kWaitingMax + 2; ++i)
    f.sessions.on_side_channel(handle, "Comm.Channel.Text", std::to_string(i));
  transport.queued = 0;
  transport.stuck = false;
  f.sessions.drained(handle);
  EXPECT_EQ(transport.said[1], "<Comm.Channel.Text 2>") << "the oldest give way";
  EXPECT_EQ(transport.said.back(), "<notice 2 messages from the game to your client were lost here.>");
}

TEST(ShardSessions, ASlowReaderWithoutASideChannelHearsNothingOfIt) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(300, 'a'));
  for (std::size_t i = 0; i < SideChannelMemory::kWaitingMax + 2; ++i)
    f.sessions.on_side_channel(handle, "Comm.Channel.Text", std::to_string(i));
  transport.queued = 0;
  f.sessions.drained(handle);
  EXPECT_EQ(transport.said.size(), 1U);
}

TEST(ShardSessions, AReaderThatStaysTooSlowIsLetGo) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.play(transport);
  f.sessions.on_entered(handle);
  transport.stuck = true;
  f.sessions.on_output(handle, std::string(300, 'a'));
  f.time.advance(29s);
  EXPECT_FALSE(transport.ended);
  f.time.advance(2s);
  EXPECT_TRUE(transport.ended);
  EXPECT_EQ(transport.end_reason, EndReason::kSlowReader);
  EXPECT_EQ(f.world.calls, (Calls{"pause", "detach"}));
}

TEST(ShardSessions, WhoDoesNotLogInInTimeIsLetGo) {
  Fixture f;
  FakeTransport silent;
  FakeTransport player;
  f.play(silent);
  const SessionHandle playing = f.play(player);
  f.sessions.on_entered(playing);
  EXPECT_TRUE(player.has_entered);
  f.time.advance(61s);
  EXPECT_TRUE(silent.ended);
  EXPECT_EQ(silent.end_reason, EndReason::kLoginDeadline);
  EXPECT_FALSE(player.ended);
}

TEST(ShardSessions, ABroadcastIsEncodedOnceForEachForm) {
  Fixture f;
  FakeTransport utf8;
  FakeTransport latin1;
  FakeTransport json;
  latin1.form.charset = Charset::kLatin1;
  json.form.protocol = Protocol::kWebSocketJson;
  f.play(utf8);
  f.play(latin1);
  f.play(json);
  FakeTransport connecting;
  ASSERT_TRUE(f.sessions.open(connecting, Protocol::kTelnet, "203.0.113.7"));
  EXPECT_EQ(f.sessions.broadcast("h\xc3\xa9\n").queued, 3U);
  EXPECT_EQ(utf8.transcript(), "h\xc3\xa9\r\n");
  EXPECT_EQ(latin1.transcript(), "h\xe9\r\n");
  EXPECT_NE(json.transcript().find("\"type\":\"text\""), std::string::npos);
  EXPECT_TRUE(connecting.said.empty()) << "whoever has not settled yet hears nothing";
}

TEST(ShardSessions, EndingAllTellsEveryoneAndTheWorld) {
  Fixture f;
  FakeTransport one;
  FakeTransport two;
  f.play(one);
  f.play(two);
  f.sessions.end_all(EndReason::kShutdown, "Back soon.");
  EXPECT_EQ(one.said.back(), "<end Back soon.>");
  EXPECT_EQ(two.said.back(), "<end Back soon.>");
  EXPECT_EQ(f.world.calls, (Calls{"detach for shutdown", "detach for shutdown"}));
  EXPECT_EQ(f.sessions.live_count(), 0U);
}

TEST(ShardSessions, AFullGatewayRefusesWithASentence) {
  VirtualTime time;
  FakeSessionStore store;
  SessionManager manager({.sessions_max = 0}, store);
  FakeWorld world;
  ShardSessions sessions(0, manager, small_options(), time.clock, time.timers,
                         SessionIdGenerator({1, 2, 3, 4}));
  sessions.set_world(world);
  FakeTransport transport;
  const auto refused = sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  ASSERT_FALSE(refused);
  EXPECT_STREQ(refused.error().what, "the gateway is full");
}

TEST(ShardSessions, WhatTheClientCanDoIsStoredWhenItChanges) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  f.sessions.capabilities_changed(handle);
  transport.capabilities_.terminal_type = "XTERM";
  f.sessions.settled(handle);
  EXPECT_TRUE(f.store.rows.empty()) << "nobody has done anything";
  f.sessions.line(handle, "look", false);
  EXPECT_EQ(f.store.rows.begin()->second.details->capabilities.terminal_type, "XTERM");
  const std::size_t calls = f.store.calls.size();
  f.sessions.capabilities_changed(handle);
  EXPECT_EQ(f.store.calls.size(), calls) << "nothing has changed";
  transport.capabilities_.window = {.columns = 132, .rows = 43};
  f.sessions.capabilities_changed(handle);
  EXPECT_EQ(f.store.rows.begin()->second.details->capabilities.window.columns, 132);
}

}  // namespace
}  // namespace wyld::session
