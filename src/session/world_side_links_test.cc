// Several worlds behind one shard: each session keeps to its own link.
#include <gtest/gtest.h>

#include "session/resume_fixture.h"
#include "testing/fake_accounts.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

class TwoWorlds : public Resume {
 protected:
  SessionHandle enter_other(FakeTransport& client) {
    client.handle = *shard().open(client, Protocol::kWebSocketJson, "203.0.113.8", &other);
    shard().settled(client.handle);
    shard().on_entered(client.handle);
    gateway->run();
    other.calls.clear();
    client.said.clear();
    return client.handle;
  }

  testing::FakeWorld other;
};

TEST_F(TwoWorlds, InputGoesToTheWorldThatTheSessionEntered) {
  FakeTransport ada = browser();
  FakeTransport bob = browser();
  const SessionHandle here = gateway->enter(ada);
  const SessionHandle there = enter_other(bob);
  shard().line(here, "look", false);
  shard().line(there, "north", false);
  shard().characters(there, "x");
  shard().side_channel(there, "Core.Ping", "");
  shard().interrupt(there);
  EXPECT_EQ(world().calls, Calls{"input 1 look"});
  EXPECT_EQ(other.calls, (Calls{"input 1 north", "characters x", "side Core.Ping ", "interrupt"}));
}

TEST_F(TwoWorlds, EachWorldHearsOfItsOwnPlayersOnly) {
  FakeTransport ada = browser();
  FakeTransport bob = browser();
  const SessionHandle here = gateway->enter(ada);
  const SessionHandle there = enter_other(bob);
  shard().ended(there);
  EXPECT_TRUE(world().calls.empty());
  EXPECT_EQ(other.calls, Calls{"lost"});
  EXPECT_EQ(shard().broadcast("The sun rises.\n").queued, 1U) << "a broadcast is for all worlds";
  EXPECT_NE(ada.transcript().find("The sun rises."), std::string::npos);
  shard().on_left(here, "Goodbye.");
  EXPECT_EQ(other.calls, Calls{"lost"});
}

TEST_F(TwoWorlds, APlayerComesBackToTheWorldOfTheirSession) {
  FakeTransport bob = browser();
  const SessionHandle there = enter_other(bob);
  shard().ended(there);
  other.calls.clear();
  FakeTransport again = browser();
  gateway->come_back(again, bob.token);  // opened for the other world
  EXPECT_EQ(again.handle, there);
  ASSERT_FALSE(other.calls.empty());
  EXPECT_EQ(other.calls.back().substr(0, 8), "restored");
  shard().line(there, "look", false);
  EXPECT_EQ(other.calls.back(), "input 1 look");
}

TEST_F(TwoWorlds, WhatWaitsForOneWorldIsNotSentToTheOther) {
  FakeTransport ada = browser();
  FakeTransport bob = browser();
  const SessionHandle here = gateway->enter(ada);
  const SessionHandle there = enter_other(bob);
  shard().on_away(there, "The game has gone away.", {});
  shard().line(there, "north", false);
  shard().line(here, "look", false);
  gateway->run();
  EXPECT_EQ(world().calls, Calls{"input 1 look"});
  EXPECT_TRUE(other.calls.empty());
  shard().on_back(there, {.takes_queue = true});
  gateway->run();
  EXPECT_EQ(world().calls, Calls{"input 1 look"});
  EXPECT_EQ(other.calls, Calls{"input 1 north"});
}

TEST_F(TwoWorlds, ASlowClientPausesItsOwnWorld) {
  FakeTransport bob = browser();
  const SessionHandle there = enter_other(bob);
  bob.stuck = true;
  shard().on_output(there, std::string(options.output_bytes_max / 2, 'x'));
  EXPECT_EQ(other.calls, Calls{"pause"});
  bob.queued = 0;
  shard().drained(there);
  EXPECT_EQ(other.calls, (Calls{"pause", "resume"}));
  EXPECT_TRUE(world().calls.empty());
}

TEST_F(TwoWorlds, OnlyTheWorldThatWantsItHasTheGatewaysLogin) {
  testing::FakeAccountService accounts;
  other.logs_in = true;
  shard().set_accounts(accounts);
  FakeTransport ada = browser();
  FakeTransport bob = browser();
  gateway->enter(ada);
  const SessionHandle there = *shard().open(bob, Protocol::kWebSocketJson, "203.0.113.8", &other);
  shard().settled(there);
  EXPECT_TRUE(other.calls.empty());
  EXPECT_NE(bob.transcript().find("The gate."), std::string::npos);
}

TEST_F(TwoWorlds, WhenTheGatewayStopsEachWorldHearsIt) {
  FakeTransport ada = browser();
  FakeTransport bob = browser();
  gateway->enter(ada);
  enter_other(bob);
  shard().end_all(EndReason::kShutdown, "Bye.");
  EXPECT_EQ(world().calls.size(), 1U);
  EXPECT_EQ(other.calls.size(), 1U);
}

}  // namespace
}  // namespace wyld::session
