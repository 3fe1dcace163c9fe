#include <gtest/gtest.h>

#include <algorithm>

#include "session/resume_fixture.h"
#include "testing/fake_accounts.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

class Resume : public ::testing::Test {
 protected:
  Resume() { start(1); }
  void start(std::uint64_t epoch) {
    gateway.reset();
    gateway = std::make_unique<GatewayProcess>(time, store, options, epoch);
  }
  ShardSessions& shard(std::size_t index = 0) { return *gateway->shards[index]; }
  testing::FakeWorld& world(std::size_t index = 0) { return gateway->worlds[index]; }

  static FakeTransport browser() {
    FakeTransport transport;
    transport.has_token_store = true;
    transport.form = {.protocol = Protocol::kWebSocketJson, .charset = Charset::kUtf8};
    return transport;
  }

  // That the player may have one is clear after some time only.
  std::string code_of(FakeTransport& client) {
    shard().code_wanted(client.handle);
    gateway->run();
    return client.code;
  }

  testing::VirtualTime time;
  testing::FakeSessionStore store;
  ShardSessionsOptions options;
  std::unique_ptr<GatewayProcess> gateway;
};

TEST_F(Resume, ATokenIsGivenOnlyWhenTheSessionIsStored) {
  FakeTransport client = browser();
  const SessionHandle handle = *shard().open(client, Protocol::kWebSocketJson, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  EXPECT_EQ(client.token, "") << "the store has not answered yet";
  gateway->run();
  EXPECT_EQ(client.token.size(), ResumeToken::kTextBytes);
  const ResumeKeys keys = store.rows.begin()->second.details->resume;
  EXPECT_EQ(keys.current, hash_of(*ResumeToken::parse(client.token)));
}

TEST_F(Resume, ALostConnectionHoldsTheSession) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().ended(handle);
  EXPECT_EQ(world().calls, Calls{"lost"});
  EXPECT_EQ(gateway->manager.count(State::kDisconnected), 1U);
  EXPECT_EQ(shard().held_count(), 1U);
  shard().on_output(handle, "said to nobody\n");
  time.advance(options.hold - 1s);
  EXPECT_EQ(shard().live_count(), 1U);
  time.advance(2s);
  EXPECT_EQ(world().calls, (Calls{"lost", "detach expired"}));
  EXPECT_EQ(shard().live_count(), 0U);
  EXPECT_EQ(gateway->manager.count(), 0U);
  EXPECT_TRUE(store.rows.empty());
  EXPECT_EQ(gateway->registry.count(), 0U);
  EXPECT_EQ(shard().scrollback_bytes(), 0U);
}

TEST_F(Resume, WhoCannotComeBackIsNotHeld) {
  options.resume_codes = false;
  start(2);
  FakeTransport client;
  const SessionHandle handle = gateway->enter(client);
  shard().ended(handle);
  EXPECT_EQ(world().calls, Calls{"detach"});
  EXPECT_EQ(shard().live_count(), 0U);
}

TEST_F(Resume, WhatWasSaidMeanwhileIsToldOnce) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "before\n");
  const OutputPosition seen = shard().position(handle);
  shard().ended(handle);
  shard().on_output(handle, "one\n");
  shard().on_output(handle, "two\n> ");
  shard().on_prompt(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "one\ntwo\n> ", "<prompt>", "<replayed>"}));
  EXPECT_EQ(again.answer.from, seen);
  EXPECT_EQ(again.answer.lines, 2U);
  EXPECT_EQ(again.answer.missing, 0U);
  EXPECT_EQ(again.handle, handle);
  EXPECT_EQ(world().calls, (Calls{"lost", "restored 198.51.100.4"}));
  shard().line(handle, "look", false);
  EXPECT_EQ(world().calls.back(), "input 1 look");
  shard().on_output(handle, "after\n");
  EXPECT_EQ(again.said.back(), "after\n");
  EXPECT_EQ(gateway->manager.count(), 1U) << "the fresh session of the new connection is gone";
  EXPECT_EQ(store.rows.size(), 1U);
}

TEST_F(Resume, WithoutAPositionTheGatewayGoesByWhatTheSystemConfirmed) {
  FakeTransport client;  // keeps no token: is shown a code
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  const std::string shown = client.transcript();
  const std::size_t at = shown.find("resume ");
  ASSERT_NE(at, std::string::npos) << shown;
  const std::string words = shown.substr(at, 7 + ResumeCode::kTextBytes);
  shard().on_output(handle, "first line\n");
  shard().on_output(handle, "second line\n");
  client.unconfirmed = 14;  // "second line\r\n" and one byte of what came before
  shard().ended(handle);
  shard().on_output(handle, "third line\n");

  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, words, false);
  EXPECT_EQ(again.transcript(), "<resumed>first line\nsecond line\nthird line\n<replayed>");
  EXPECT_EQ(again.handle, handle);
}

TEST_F(Resume, TheCodeItselfIsKeptNowhere) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  const std::string shown = client.transcript();
  const std::string code = shown.substr(shown.find("resume ") + 7, ResumeCode::kTextBytes);
  client.unconfirmed = 10'000;
  shard().ended(handle);
  const ScrollbackPtr scrollback = store.rows.begin()->second.scrollback;
  ASSERT_NE(scrollback, nullptr);
  for (const OutputPiece& piece : scrollback->pieces) EXPECT_EQ(piece.text.find(code), std::string::npos);
  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "RESUME " + code, false);
  EXPECT_EQ(again.handle, handle);
  EXPECT_EQ(again.transcript().find(code), std::string::npos) << again.transcript();
}

TEST_F(Resume, TheRingIsBoundedAndTheGapIsNamed) {
  options.scrollback_bytes = 2048;
  start(2);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const OutputPosition seen = shard().position(handle);
  shard().ended(handle);
  const std::string line = std::string(99, 'x') + "\n";
  for (int i = 0; i < 100; ++i) shard().on_output(handle, line);
  EXPECT_LE(shard().scrollback_bytes(), 2048U + 256U);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.said.front(), "<resumed_with_gap>");
  EXPECT_EQ(*again.answer.missing + again.answer.bytes, 100U * 100U);
  EXPECT_GT(again.answer.bytes, 500U);
  EXPECT_NE(again.answer_text.find("could not be kept"), std::string::npos) << again.answer_text;
}

TEST_F(Resume, MoreUnconfirmedThanWasKeptIsAGap) {
  options.scrollback_bytes = 2048;
  start(2);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  for (int i = 0; i < 100; ++i) shard().on_output(handle, std::string(99, 'x') + "\n");
  client.unconfirmed = 8000;
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_GE(*again.answer.missing + again.answer.bytes, 8000U);
}

TEST_F(Resume, AGapThatNobodyReadIsToldAgain) {
  options.scrollback_bytes = 2048;
  start(2);
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  const std::string shown = client.transcript();
  const std::string words = shown.substr(shown.find("resume "), 7 + ResumeCode::kTextBytes);
  shard().ended(handle);
  for (int i = 0; i < 100; ++i) shard().on_output(handle, std::string(99, 'x') + "\n");
  for (int attempt = 0; attempt < 2; ++attempt) {
    FakeTransport again;
    const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
    shard().settled(fresh);
    shard().line(fresh, words, false);
    EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap) << attempt;
    EXPECT_GT(*again.answer.missing, 5000U) << attempt;
    again.unconfirmed = 1'000'000;  // the connection breaks before anything has arrived
    shard().ended(handle);
  }
}

TEST_F(Resume, WhatIsUnconfirmedIsAGapThoughNothingIsKept) {
  options.scrollback_shard_bytes = 4096;
  start(2);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, std::string(999, 'x') + "\n");
  FakeTransport other = browser();
  const SessionHandle loud = gateway->enter(other);
  for (int i = 0; i < 100; ++i) shard().on_output(loud, std::string(999, 'y') + "\n");
  client.unconfirmed = 1000;
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_EQ(again.answer.missing, 1000U);
}

TEST_F(Resume, ALineIsToldFromItsBeginning) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().on_output(handle, "before\nYou see ");
  shard().ended(handle);
  shard().on_output(handle, "a dragon.\n");
  FakeTransport telnet;
  const SessionHandle fresh = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "resume " + client.code, false);
  EXPECT_EQ(telnet.transcript(), "<resumed>You see a dragon.\n<replayed>");
}

TEST_F(Resume, ATokenIsRotatedAndTheOldOneStaysGoodForALostReply) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  EXPECT_NE(second.token, first);
  EXPECT_NE(second.token, "");
  shard().ended(handle);
  FakeTransport third = browser();
  gateway->come_back(third, first);  // the reply with the new one was lost
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(third.token, second.token) << "whichever of the two replies is the one that arrives";
  shard().ended(handle);
  FakeTransport fourth = browser();
  gateway->come_back(fourth, third.token);
  EXPECT_EQ(fourth.answer.result, ResumeResult::kResumed);
  EXPECT_NE(fourth.token, third.token);
}

TEST_F(Resume, AHelloThatComesLateStillBringsBack) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().ended(handle);
  FakeTransport again = browser();
  const SessionHandle fresh = *shard().open(again, Protocol::kWebSocketJson, "198.51.100.4");
  again.handle = fresh;
  shard().settled(fresh);
  shard().on_away(fresh, "The game has gone away.", {});
  shard().on_client_echo(fresh, false);
  shard().on_character_mode(fresh, true);
  shard().on_entered(fresh);  // by a world that takes everybody
  again.said.clear();
  shard().resume(fresh, {.token = client.token, .code = {}, .position = {}});
  gateway->run();
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(again.handle, handle);
  EXPECT_NE(again.transcript().find("<echo on><characters off>"), std::string::npos) << again.transcript();
  shard().line(handle, "look", false);
  EXPECT_EQ(world().calls.back(), "input 1 look") << "the session's world never was away";
}

TEST_F(Resume, WhoHasPlayedOnStaysWhereTheyAre) {
  FakeTransport client = browser();
  shard().ended(gateway->enter(client));
  FakeTransport other = browser();
  const SessionHandle playing = gateway->enter(other);
  shard().line(playing, "look", false);
  shard().resume(playing, {.token = client.token, .code = {}, .position = {}});
  EXPECT_EQ(other.answer.result, ResumeResult::kGone);
  EXPECT_EQ(other.handle, playing);
}

TEST_F(Resume, ASlotRemembersNothingOfTheSessionBefore) {
  FakeTransport first;
  const SessionHandle handle = gateway->enter(first);
  const std::string code = code_of(first);
  for (int i = 0; i < 100; ++i) shard().on_output(handle, "something that is said\n");
  shard().ended(handle);
  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "resume " + code, false);
  shard().on_left(handle, "Goodbye.");
  FakeTransport second;
  const SessionHandle reused = gateway->enter(second);
  ASSERT_EQ(reused.slot, handle.slot);
  const std::string other = code_of(second);
  shard().on_output(reused, "not confirmed\n");
  second.unconfirmed = 14;
  shard().ended(reused);
  FakeTransport third;
  const SessionHandle here = *shard().open(third, Protocol::kTelnet, "198.51.100.4");
  shard().settled(here);
  shard().line(here, "resume " + other, false);
  EXPECT_NE(third.transcript().find("not confirmed"), std::string::npos) << third.transcript();
}

TEST_F(Resume, ALineOfWhichOnlyAPartWasSentCountsForThatPart) {
  options.output_bytes_max = 100;
  start(3);
  FakeTransport client;
  const SessionHandle handle = gateway->enter(client);
  const std::string code = code_of(client);
  shard().on_output(handle, "may not have arrived\n");
  client.stuck = true;
  client.queued = 0;
  shard().on_output(handle, "begins");
  shard().on_output(handle, std::string(200, '.') + "\n");  // is left out
  ASSERT_TRUE(client.drain_wanted);
  client.unconfirmed = 5;  // of the first line, and what is queued
  shard().ended(handle);
  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "resume " + code, false);
  EXPECT_NE(again.transcript().find("may not have arrived"), std::string::npos) << again.transcript();
}

TEST_F(Resume, TheBeginningOfALineThatIsNoLongerKeptIsAGap) {
  options.scrollback_bytes = 1024;
  start(4);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().on_output(handle, "A long line: ");
  for (int i = 0; i < 300; ++i) shard().on_output(handle, "and more of it ");
  FakeTransport telnet;
  const SessionHandle fresh = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "resume " + client.code, false);
  EXPECT_EQ(telnet.answer.result, ResumeResult::kResumedWithGap) << "this screen has never shown it";
  EXPECT_GT(telnet.answer.missing.value_or(0), 3000U);
}

TEST_F(Resume, ARetiredTokenRevokesTheFamily) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  shard().token_kept(handle);
  FakeTransport thief = browser();
  gateway->come_back(thief, first);
  EXPECT_EQ(thief.answer.result, ResumeResult::kGone);
  EXPECT_FALSE(second.ended) << "the player plays on";
  FakeTransport third = browser();
  gateway->come_back(third, second.token);
  EXPECT_EQ(third.answer.result, ResumeResult::kGone) << "nobody comes back with a token of this family";
}

TEST_F(Resume, InputDoesNotShowThatATokenHasArrived) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  time.advance(60s);
  shard().line(handle, "typed while the token stood in the queue", false);
  shard().ended(handle);
  FakeTransport third = browser();
  gateway->come_back(third, first);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
}

TEST_F(Resume, CleanupPassesOverWhatItsShardHolds) {
  FakeTransport client = browser();
  gateway->enter(client);
  const auto rows = store.rows;
  start(2);
  store.rows = rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  shard().ended(again.handle);
  // The place that the adopted session had in the queue of those that expire comes up once, and never again.
  EXPECT_TRUE(gateway->manager.cleanup_expired(time.clock.wall + 20min).empty());
  EXPECT_EQ(shard().held_count(), 1U);
}

TEST_F(Resume, TheGreetingOfTheFreshSessionIsNotThePlayers) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  shard().on_output(handle, "old\n");
  shard().end_all(EndReason::kShutdown, "Restarting.");
  const std::string code = [&client] {
    const std::string shown = client.transcript();
    return shown.substr(shown.find("resume ") + 7, ResumeCode::kTextBytes);
  }();
  start(2);
  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().on_output(fresh, "Your name: ");
  shard().line(fresh, "resume " + code, false);
  gateway->run();
  again.unconfirmed = 10'000;
  shard().ended(fresh);
  FakeTransport third;
  const SessionHandle other = *shard().open(third, Protocol::kTelnet, "198.51.100.4");
  shard().settled(other);
  shard().line(other, "resume " + code, false);
  EXPECT_EQ(third.transcript().find("Your name"), std::string::npos) << third.transcript();
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
}

TEST_F(Resume, ItTakesOverAConnectionThatOnlyLooksAlive) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "never arrived\n");
  client.unconfirmed = 10;
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.end_reason, EndReason::kTakenOver);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "never arrived\n", "<replayed>"}));
  EXPECT_EQ(gateway->manager.connected(Protocol::kWebSocketJson), 1U);
}

TEST_F(Resume, AConnectionMovesToTheShardOfItsSession) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client, 0);
  shard(0).ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 1);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(again.handle, handle);
  EXPECT_EQ(shard(1).live_count(), 0U);
  EXPECT_EQ(shard(0).held_count(), 0U);
}

TEST_F(Resume, AFullMailboxIsBusyAndMayBeTriedAgain) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client, 0);
  shard(0).ended(handle);
  FakeTransport again = browser();
  again.moves = false;
  gateway->come_back(again, client.token, 1);
  EXPECT_EQ(again.answer.result, ResumeResult::kBusy);
  EXPECT_TRUE(again.ended);
  FakeTransport third = browser();
  gateway->come_back(third, client.token, 1);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
}

TEST(ResumeRegistry, AClockThatIsSetBackLocksNobodyOut) {
  ResumeRegistry registry(counting_random());
  const ResumeRegistry::Time now{std::chrono::hours(1000)};
  while (registry.may_try("203.0.113.7", now)) registry.failed("203.0.113.7", now);
  EXPECT_TRUE(registry.may_try("203.0.113.7", now - std::chrono::hours(10)));
  registry.failed("203.0.113.7", now - std::chrono::hours(10));
  EXPECT_TRUE(registry.may_try("203.0.113.7", now - std::chrono::hours(10)));
}

TEST_F(Resume, WrongTokensAndCodesAreCounted) {
  FakeTransport last = browser();
  for (int i = 0; i < 11; ++i) {
    last = browser();
    gateway->come_back(last, std::string(ResumeToken::kTextBytes, 'A'));
    EXPECT_EQ(last.answer.result, i < 10 ? ResumeResult::kGone : ResumeResult::kBusy) << i;
  }
  time.advance(7s);
  FakeTransport later = browser();
  gateway->come_back(later, "nonsense");
  EXPECT_EQ(later.answer.result, ResumeResult::kGone);
}

TEST_F(Resume, AGatewayThatWasKilledFindsItsSessionsAgain) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const SessionId id = *shard().id_of(handle);
  shard().on_note(handle, "name", "Ada");
  shard().on_output(handle, "lost with the process\n");
  const std::string token = client.token;
  const auto rows = store.rows;
  start(2);
  store.rows = rows;  // a killed process removes nothing
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  FakeTransport again = browser();
  gateway->come_back(again, token, 1, OutputPosition{.epoch = 1, .offset = 0});
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_FALSE(again.answer.missing.has_value()) << "nobody knows how much";
  EXPECT_EQ(again.answer.session, id);
  EXPECT_EQ(world(1).calls, Calls{"attach 198.51.100.4 returning"});
  EXPECT_EQ(gateway->manager.count(State::kPlaying), 1U);
  EXPECT_EQ(gateway->manager.count(), 1U);
  EXPECT_NE(again.token, token);
  EXPECT_EQ(store.rows.at(id).details->metadata.at("name"), "Ada");
}

TEST_F(Resume, AGatewayThatStopsLeavesNoGap) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "seen\n");
  const OutputPosition seen = shard().position(handle);
  shard().on_output(handle, "not seen\n");
  shard().end_all(EndReason::kShutdown, "Restarting.");
  EXPECT_EQ(world().calls, Calls{"detach for shutdown"});
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(shard().live_count(), 0U);
  ASSERT_EQ(store.rows.size(), 1U);
  start(2);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "not seen\n", "<replayed>"}));
  EXPECT_EQ(store.rows.begin()->second.scrollback, nullptr) << "it is the client's now";
}

TEST_F(Resume, ASecondShardFindsWhoWasFaster) {
  FakeTransport client = browser();
  gateway->enter(client);
  const auto rows = store.rows;
  start(2);
  store.rows = rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  FakeTransport one = browser();
  FakeTransport two = browser();
  gateway->come_back(one, client.token, 0);
  gateway->come_back(two, client.token, 1);
  EXPECT_EQ(two.answer.session, one.answer.session);
  EXPECT_TRUE(one.ended);
  EXPECT_EQ(two.handle.shard, 0U);
}

TEST_F(Resume, EchoAndSideChannelAreRestored) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_client_echo(handle, false);
  shard().ended(handle);
  shard().on_side_channel(handle, "Char.Vitals", R"({"hp":1})");
  shard().on_side_channel(handle, "Char.Vitals", R"({"hp":2})");
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  const std::string said = again.transcript();
  EXPECT_NE(said.find("<echo off>"), std::string::npos) << said;
  EXPECT_NE(said.find(R"({"hp":2})"), std::string::npos) << said;
  EXPECT_EQ(said.find(R"({"hp":1})"), std::string::npos) << said;
}

TEST_F(Resume, ASlowReaderIsHeld) {
  options.output_bytes_max = 1000;
  start(2);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  client.stuck = true;
  shard().on_output(handle, std::string(900, 'x') + "\n");
  shard().on_output(handle, std::string(900, 'y') + "\n");  // over the bound: skipped
  time.advance(31s);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.end_reason, EndReason::kSlowReader);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_NE(again.transcript().find(std::string(900, 'y')), std::string::npos);
}

TEST_F(Resume, ACodeIsGivenOnRequestAndWorksElsewhere) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  EXPECT_EQ(client.code, "");
  gateway->run();
  ASSERT_EQ(client.code.size(), ResumeCode::kTextBytes);
  FakeTransport telnet;
  const SessionHandle fresh = *shard(1).open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard(1).settled(fresh);
  shard(1).line(fresh, "resume " + client.code, false);
  ASSERT_EQ(telnet.moved_to, 0);
  telnet.arrived(shard(0), telnet);
  EXPECT_EQ(telnet.handle, handle);
  EXPECT_EQ(client.end_reason, EndReason::kTakenOver);
  EXPECT_EQ(gateway->manager.connected(Protocol::kTelnet), 1U);
}

TEST_F(Resume, TwoClientsWithOneTokenAreNoThieves) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);  // one of two clients with the same token, or a reply that is lost
  FakeTransport third = browser();
  gateway->come_back(third, first);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
  FakeTransport fourth = browser();
  gateway->come_back(fourth, third.token);
  EXPECT_EQ(fourth.answer.result, ResumeResult::kResumed);
  FakeTransport fifth = browser();
  gateway->come_back(fifth, second.token);  // the other client kept what it was given
  EXPECT_EQ(fifth.answer.result, ResumeResult::kResumed);
  FakeTransport late = browser();
  gateway->come_back(late, first);
  EXPECT_EQ(late.answer.result, ResumeResult::kGone) << "two uses old: in somebody's hands";
  FakeTransport sixth = browser();
  gateway->come_back(sixth, fifth.token);
  EXPECT_EQ(sixth.answer.result, ResumeResult::kGone) << "the family is revoked";
}

TEST_F(Resume, ARefusedTokenDuringTheLoginAsksTheQuestionAgain) {
  testing::FakeAccountService accounts;
  world().logs_in = true;
  shard().set_accounts(accounts);
  FakeTransport client = browser();
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "198.51.100.4");
  shard().settled(handle);
  client.said.clear();
  shard().resume(handle, {.token = std::string(ResumeToken::kTextBytes, 'A'), .code = {}, .position = {}});
  EXPECT_EQ(client.said, (Calls{"<gone>", "\nYour name: ", "<prompt>"})) << "and no second greeting";
  shard().line(handle, "ada", false);
  shard().line(handle, "correct horse", true);
  client.said.clear();
  shard().resume(handle, {.token = std::string(ResumeToken::kTextBytes, 'A'), .code = {}, .position = {}});
  EXPECT_EQ(client.said, Calls{"<gone>"}) << "there is no question during a check";
  EXPECT_EQ(accounts.calls.size(), 1U);
}

TEST_F(Resume, ATokenDuringTheLoginLeadsBackAsWell) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().ended(handle);
  testing::FakeAccountService accounts;
  world().logs_in = true;
  shard().set_accounts(accounts);
  FakeTransport again = browser();
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "eve", false);
  shard().resume(fresh, {.token = client.token, .code = {}, .position = {}});
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(again.handle, handle);
  EXPECT_EQ(std::ranges::count(again.said, "<echo on>"), 1) << "the question was one for a password";
}

TEST_F(Resume, WhoIsInAlreadyIsGivenATokenForTheOneThatWasRefused) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().resume(handle, {.token = std::string(ResumeToken::kTextBytes, 'A'), .code = {}, .position = {}});
  gateway->run();
  EXPECT_EQ(client.answer.result, ResumeResult::kGone);
  EXPECT_NE(client.token, first);
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
}

TEST_F(Resume, AClientThatLearnsLateToKeepTokensMissesNothingFromThenOn) {
  options.resume_codes = false;
  start(2);
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  client.has_token_store = true;
  client.counts = false;
  shard().on_entered(handle);
  gateway->run();
  ASSERT_NE(client.token, "");
  shard().ended(handle);
  shard().on_output(handle, "said to nobody\n");
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "said to nobody\n", "<replayed>"}));
}

TEST_F(Resume, OfAClientThatDoesNotCountOnlyWhatItMayLackIsStored) {
  for (const bool counts : {true, false}) {
    FakeTransport client = browser();
    client.counts = counts;
    const SessionHandle handle = gateway->enter(client);
    const SessionId id = *shard().id_of(handle);
    shard().on_output(handle, "confirmed\n");
    shard().ended(handle);
    EXPECT_EQ(store.rows.at(id).scrollback != nullptr && !store.rows.at(id).scrollback->pieces.empty(),
              counts);
  }
}

}  // namespace
}  // namespace wyld::session
