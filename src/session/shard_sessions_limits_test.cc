// How fast a client is heard, whatever its connections do.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/counters.h"
#include "base/utf8.h"
#include "session/admission.h"
#include "session/resume_fixture.h"
#include "testing/fake_accounts.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

class Limits : public Resume {
 protected:
  Limits() {
    options.rates.lines_per_second = 10;
    options.rates.lines_burst = 3;
    options.rates.requests_per_second = 2;
    options.rates.requests_burst = 2;
    start(1);
  }
  void type(SessionHandle handle, int lines, ShardSessions& where) {
    for (int i = 0; i < lines; ++i) where.line(handle, std::to_string(++typed), false);
  }
  std::size_t inputs() {
    return static_cast<std::size_t>(
        std::count_if(world().calls.begin(), world().calls.end(),
                      [](const std::string& call) { return call.starts_with("input "); }));
  }
  void pass(std::chrono::milliseconds span) {
    for (; span > 0ms; span -= 10ms) time.advance(10ms);
  }

  int typed = 0;
};

TEST_F(Limits, AHeldSessionsWaitingInputKeepsItsPaceAndItsOrder) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  type(handle, 20, shard());
  EXPECT_EQ(inputs(), 3U);
  shard().ended(handle);
  EXPECT_EQ(inputs(), 3U) << "hanging up gives no tokens";
  pass(1000ms);
  EXPECT_GE(inputs(), 12U);
  EXPECT_LE(inputs(), 14U);
  pass(1000ms);
  EXPECT_EQ(inputs(), 20U) << "and loses nothing";
  EXPECT_EQ(world().calls.back(), "input 20 20");
}

// A game in character mode gets what is typed as it comes, and so may a flood of lines come in one read.
TEST_F(Limits, KeysThatComeAtOnceTakeATokenForEachLine) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  world().calls.clear();
  shard().characters(handle, "a\nb\n\n\nlook");
  EXPECT_EQ(world().calls, (Calls{"characters a\n", "characters b\n", "characters \n"}));
  EXPECT_FALSE(client.reading);
  pass(1000ms);
  EXPECT_EQ(world().calls.size(), 5U);
  EXPECT_EQ(world().calls.back(), "characters look");
}

TEST_F(Limits, KeysWithoutALineEndTakeATokenForEachPiece) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  world().calls.clear();
  std::string keys = "x";
  while (keys.size() < 20'000) keys += "\u00e9";
  shard().characters(handle, keys);
  ASSERT_EQ(world().calls.size(), 3U);
  pass(1000ms);
  std::string heard;
  for (const std::string& call : world().calls) {
    EXPECT_LE(call.size(), std::string("characters ").size() + 4096);
    EXPECT_TRUE(is_valid_utf8(call));
    heard += call.substr(std::string("characters ").size());
  }
  EXPECT_EQ(heard, keys);
}

TEST_F(Limits, ComingBackBringsNoNewTokens) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  type(handle, 6, shard());
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  type(handle, 6, shard());
  EXPECT_EQ(inputs(), 3U);
  EXPECT_FALSE(again.reading);
  pass(1000ms);
  EXPECT_EQ(inputs(), 12U);
  EXPECT_EQ(world().calls.back(), "input 12 12");
  EXPECT_TRUE(again.reading);
}

TEST_F(Limits, ATakeOverBringsNoNewTokensAndKeepsWhatWaits) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  type(handle, 6, shard());
  std::string token = client.token;
  for (int i = 0; i < 5; ++i) {
    FakeTransport again = browser();
    gateway->come_back(again, token);
    ASSERT_EQ(again.answer.result, ResumeResult::kResumed);
    token = again.token;
    shard().token_kept(handle);
    EXPECT_EQ(inputs(), 3U) << "take-over " << i;
    shard().ended(handle);
  }
  pass(1000ms);
  EXPECT_EQ(inputs(), 6U);
  EXPECT_EQ(world().calls.back(), "input 6 6");
}

TEST_F(Limits, WhatWaitedOnAConnectionThatMovesWaitsOn) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  type(handle, 3, shard());
  shard().ended(handle);
  FakeTransport again = browser();
  const SessionHandle fresh = *shard(1).open(again, Protocol::kWebSocketJson, "198.51.100.4");
  again.handle = fresh;
  shard(1).resume(fresh, {.token = client.token, .code = {}, .position = {}});
  ASSERT_EQ(std::exchange(again.moved_to, -1), 0);
  again.arrived(shard(0), again);
  gateway->run();
  type(handle, 5, shard());
  EXPECT_EQ(inputs(), 3U);
  pass(1000ms);
  EXPECT_EQ(inputs(), 8U);
}

TEST_F(Limits, ASessionThatEndsCountsWhatStillWaited) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::uint64_t dropped = counted(Counter::kInputsDropped);
  type(handle, 10, shard());
  shard().on_left(handle, "Goodbye.");
  EXPECT_EQ(counted(Counter::kInputsDropped) - dropped, 7U);
}

TEST_F(Limits, InterruptsBeyondTheirRateAreLeftOut) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::uint64_t before = counted(Counter::kRequestsCoalesced);
  for (int i = 0; i < 1000; ++i) shard().interrupt(handle);
  EXPECT_EQ(world().calls, (Calls{"interrupt", "interrupt"}));
  EXPECT_EQ(counted(Counter::kRequestsCoalesced) - before, 998U);
  pass(500ms);
  shard().interrupt(handle);
  EXPECT_EQ(world().calls.size(), 3U);
}

TEST_F(Limits, OfManySizesTheLastOneReachesTheWorldAndTheStore) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::size_t stored = store.calls.size();
  for (std::uint16_t columns = 1; columns <= 1000; ++columns) {
    client.capabilities_.window = {.columns = columns, .rows = 24};
    shard().capabilities_changed(handle);
  }
  EXPECT_EQ(world().calls.size(), 2U);
  EXPECT_LE(store.calls.size() - stored, 2U);
  pass(1000ms);
  EXPECT_EQ(world().calls.size(), 3U);
  EXPECT_EQ(gateway->manager.details(*shard().id_of(handle))->capabilities.window.columns, 1000);
  pass(2000ms);
  EXPECT_EQ(world().calls.size(), 3U) << "told once";
}

TEST_F(Limits, CodesAreMadeAtARateAndTheLastOneAskedForIsGiven) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::size_t stored = store.calls.size();
  for (int i = 0; i < 1000; ++i) shard().code_wanted(handle);
  gateway->run();
  EXPECT_LE(store.calls.size() - stored, 3U);
  const std::string first = client.code;
  EXPECT_FALSE(first.empty());
  pass(600ms);
  gateway->run();
  EXPECT_NE(client.code, first);
}

TEST_F(Limits, ARequestThatIsLateDoesNotOutliveItsConnection) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  for (int i = 0; i < 5; ++i) {
    shard().capabilities_changed(handle);
    shard().code_wanted(handle);
  }
  shard().ended(handle);
  world().calls.clear();
  pass(2000ms);
  EXPECT_TRUE(world().calls.empty());
}

TEST_F(Limits, WhoeverOnlyLooksIsNotStored) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  client.capabilities_.terminal_type = "XTERM";
  shard().settled(handle);
  shard().on_output(handle, "Welcome.\n");
  shard().side_channel(handle, "Core.Hello", "{}");
  EXPECT_TRUE(store.calls.empty());
  shard().line(handle, "look", false);
  EXPECT_EQ(store.rows.size(), 1U);
  shard().ended(handle);
  EXPECT_TRUE(store.rows.empty());

  FakeTransport scanner;
  const std::size_t calls = store.calls.size();
  const SessionHandle silent = *shard().open(scanner, Protocol::kTelnet, "203.0.113.7");
  shard().settled(silent);
  shard().ended(silent);
  EXPECT_EQ(store.calls.size(), calls);
}

TEST_F(Limits, AStoreThatTakesNoMoreEndsTheSessionAtItsFirstLine) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  store.full = true;
  shard().line(handle, "look", false);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.end_reason, EndReason::kBusy);
  EXPECT_EQ(inputs(), 0U);
  EXPECT_EQ(shard().live_count(), 0U);
}

// What is written of the output of held sessions, in bytes.
std::size_t text_bytes(const SessionRow& row) {
  std::size_t bytes = 0;
  if (row.scrollback == nullptr) return 0;
  for (const OutputPiece& piece : row.scrollback->pieces) bytes += piece.text.size();
  return bytes;
}

TEST_F(Limits, ATalkingGameDoesNotHaveItsWholeScrollbackWrittenEachSecond) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const SessionId id = *shard().id_of(handle);
  shard().ended(handle);
  const std::string words = std::string(699, 'x') + '\n';
  std::size_t said = 0;
  std::size_t written = 0;
  std::size_t writes = store.calls.size();
  for (int second = 0; second < 600; ++second) {
    shard().on_output(handle, words);
    said += words.size();
    pass(1000ms);
    if (store.calls.size() == writes) continue;
    written += text_bytes(store.rows.at(id)) * (store.calls.size() - writes);
    writes = store.calls.size();
  }
  EXPECT_LE(written, 4 * said);
  EXPECT_GE(text_bytes(store.rows.at(id)), options.scrollback_bytes / 2);
}

TEST_F(Limits, AWordNowAndThenIsStoredWithinAMinute) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const SessionId id = *shard().id_of(handle);
  shard().on_output(handle, std::string(30'000, 'x') + '\n');
  shard().ended(handle);
  shard().on_output(handle, "a word\n");
  pass(2000ms);
  EXPECT_EQ(store.rows.at(id).scrollback->pieces.back().text.find("a word"), std::string::npos);
  pass(60'000ms);
  EXPECT_NE(store.rows.at(id).scrollback->pieces.back().text.find("a word"), std::string::npos);
}

// With bounds per address, shared by the shards.
class Places : public Limits {
 protected:
  Places() {
    admission.set_give_way([this](SessionHandle session) {
      told.push_back(session);
      return true;
    });
    for (auto& each : gateway->shards) each->set_admission(admission);
  }
  ~Places() override { gateway.reset(); }  // its sessions give their places back
  static AdmissionOptions few_places() {
    AdmissionOptions options;
    options.connections_per_address = 2;
    options.exempt_networks = {*runtime::Network::parse("127.0.0.0/8")};
    return options;
  }
  // A player who has lived long enough, and is held.
  SessionHandle held(FakeTransport& client) {
    const SessionHandle handle = gateway->enter(client);
    time.advance(6s);
    shard().ended(handle);
    return handle;
  }

  Admission admission{few_places()};
  std::vector<SessionHandle> told;
};

TEST_F(Places, AHeldSessionHasAPlaceUntilItsPlayerIsBack) {
  FakeTransport client = browser();
  const SessionHandle handle = held(client);
  EXPECT_EQ(admission.held(), 1U);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(admission.held(), 0U);
  shard().ended(handle);
  EXPECT_EQ(admission.held(), 1U);
  time.advance(options.hold + 1s);
  EXPECT_EQ(admission.held(), 0U) << "expired";
}

TEST_F(Places, TheOneThatGivesWayLeavesTheWorld) {
  FakeTransport clients[2] = {browser(), browser()};
  const SessionHandle first = held(clients[0]);
  held(clients[1]);
  auto admitted = admission.admit("203.0.113.7", time.clock.now);
  ASSERT_TRUE(admitted);
  admitted->authenticated();
  ASSERT_EQ(told, std::vector<SessionHandle>{first});
  world().calls.clear();
  shard().give_way(first);
  EXPECT_EQ(world().calls, Calls{"detach expired"});
  EXPECT_EQ(shard().held_count(), 1U);
  EXPECT_EQ(admission.held(), 1U);
  FakeTransport again = browser();
  gateway->come_back(again, clients[0].token);
  EXPECT_EQ(again.answer.result, ResumeResult::kGone);
}

// Everybody at one address loses the connection, and the address is full.
TEST_F(Places, WhoeverComesBackFindsTheSessionAndNotItsPlaceOnly) {
  FakeTransport clients[2] = {browser(), browser()};
  held(clients[0]);
  held(clients[1]);
  std::vector<Lease> leases;
  for (FakeTransport& client : clients) {
    leases.push_back(*admission.admit("203.0.113.7", time.clock.now));
    FakeTransport again = browser();
    gateway->come_back(again, client.token);
    EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
    leases.back().authenticated();
    shard().ended(again.handle);
    leases.pop_back();
  }
  EXPECT_TRUE(told.empty());
}

TEST_F(Places, WhoeverWasFasterKeepsTheSession) {
  FakeTransport clients[2] = {browser(), browser()};
  const SessionHandle first = held(clients[0]);
  held(clients[1]);
  auto admitted = admission.admit("203.0.113.7", time.clock.now);
  admitted->authenticated();
  FakeTransport again = browser();
  gateway->come_back(again, clients[0].token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  shard().give_way(first);
  EXPECT_FALSE(again.ended);
  EXPECT_EQ(shard().live_count(), 2U);
}

TEST_F(Places, ASessionThatHasBarelyLivedIsNotHeld) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  time.advance(4s);
  shard().ended(handle);
  EXPECT_EQ(world().calls, Calls{"detach"});
  EXPECT_EQ(shard().live_count(), 0U);
  EXPECT_EQ(admission.held(), 0U);
  EXPECT_TRUE(store.rows.empty());
}

TEST_F(Places, APlayerWhoHasACodeComesBackHoweverShortTheSessionWas) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string code = code_of(client);
  shard().ended(handle);
  EXPECT_EQ(shard().held_count(), 1U);
  FakeTransport again;
  type_code(again, code);
  EXPECT_EQ(shard().held_count(), 0U);
  EXPECT_EQ(again.handle, handle);
}

TEST_F(Places, APlayerWhoHasLoggedInComesBackHoweverShortTheSessionWas) {
  testing::FakeAccountService accounts;
  world().logs_in = true;
  shard().set_accounts(accounts);
  FakeTransport client = browser();
  const SessionHandle handle = *shard().open(client, Protocol::kWebSocketJson, "203.0.113.7");
  client.handle = handle;
  shard().settled(handle);
  shard().line(handle, "ada", false);
  shard().line(handle, "correct horse", true);
  accounts.answer(AccountVerdict::kAccepted, "Ada");
  gateway->run();
  ASSERT_FALSE(client.token.empty());
  shard().ended(handle);
  EXPECT_EQ(shard().held_count(), 1U);
}

TEST_F(Places, WhereNoBoundsApplyEverySessionIsHeld) {
  FakeTransport client = browser();
  const SessionHandle handle = *shard().open(client, Protocol::kWebSocketJson, "127.0.0.1");
  client.handle = handle;
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  shard().ended(handle);
  EXPECT_EQ(shard().held_count(), 1U);
  EXPECT_EQ(admission.held(), 1U) << "it counts for the gateway";
}

}  // namespace
}  // namespace wyld::session
