#include <gtest/gtest.h>

#include <deque>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

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

// A charset makes less of a line on the wire, frames and escapes make more, and compression anything at all.
TEST_F(Resume, HowManyBytesALineTakesOnTheWireDoesNotMatter) {
  std::deque<FakeTransport> clients;  // until the sessions end
  for (const std::size_t each : {1U, 5U, 5000U}) {
    time.advance(1s);
    FakeTransport& client = clients.emplace_back();
    client.wire_bytes_each = each;
    const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
    shard().settled(handle);
    shard().on_entered(handle);
    gateway->run();
    const std::string shown = client.transcript();
    const std::string code = shown.substr(shown.find("resume ") + 7, ResumeCode::kTextBytes);
    shard().on_output(handle, "has arrived\n");
    shard().on_output(handle, "has not arrived whole\n");
    shard().on_output(handle, "has not arrived\n");
    client.unconfirmed = each + 1;
    shard().ended(handle);

    FakeTransport& again = clients.emplace_back();
    type_code(again, code);
    EXPECT_EQ(again.transcript(), "<resumed>has not arrived whole\nhas not arrived\n<replayed>") << each;
  }
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
  type_code(telnet, client.code);
  EXPECT_EQ(telnet.transcript(), "<resumed>You see a dragon.\n<replayed>");
}

TEST_F(Resume, ASlotRemembersNothingOfTheSessionBefore) {
  FakeTransport first;
  const SessionHandle handle = gateway->enter(first);
  const std::string code = code_of(first);
  for (int i = 0; i < 100; ++i) shard().on_output(handle, "something that is said\n");
  shard().ended(handle);
  FakeTransport again;
  type_code(again, code);
  shard().on_left(handle, "Goodbye.");
  FakeTransport second;
  const SessionHandle reused = gateway->enter(second);
  ASSERT_EQ(reused.slot, handle.slot);
  const std::string other = code_of(second);
  shard().on_output(reused, "not confirmed\n");
  second.unconfirmed = 14;
  shard().ended(reused);
  FakeTransport third;
  type_code(third, other);
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
  type_code(again, code);
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
  type_code(telnet, client.code);
  EXPECT_EQ(telnet.answer.result, ResumeResult::kResumedWithGap) << "this screen has never shown it";
  EXPECT_GT(telnet.answer.missing.value_or(0), 3000U);
}

TEST_F(Resume, CleanupPassesOverWhatItsShardHolds) {
  FakeTransport client = browser();
  gateway->enter(client);
  kill_and_start(2);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  shard().ended(again.handle);
  // The place that the adopted session had in the queue of those that expire comes up once, and never again.
  EXPECT_TRUE(gateway->manager.cleanup_expired(time.clock.wall + 20min).empty());
  EXPECT_EQ(shard().held_count(), 1U);
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
