// A world that goes away and comes back; what waits for it; notes; editing.
#include <gtest/gtest.h>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

class AwayWorld : public ::testing::Test {
 protected:
  AwayWorld() : gateway(std::make_unique<GatewayProcess>(time, store, options, 1)) {
    client.has_token_store = true;
    handle = gateway->enter(client);
  }
  ShardSessions& shard() { return *gateway->shards[0]; }
  testing::FakeWorld& world() { return gateway->worlds[0]; }
  void type(const std::string& line, bool secret = false) {
    shard().line(handle, line, secret);
    gateway->run();
  }
  void away(std::vector<std::string> unsure = {}) {
    shard().on_away(handle, "The game has gone away.", unsure);
  }
  std::string last() const { return client.said.empty() ? "" : client.said.back(); }
  std::vector<QueuedCommand> stored() {
    const CommandsPtr commands = store.rows.begin()->second.commands;
    return commands == nullptr ? std::vector<QueuedCommand>() : *commands;
  }

  testing::VirtualTime time;
  testing::FakeSessionStore store;
  ShardSessionsOptions options;
  std::unique_ptr<GatewayProcess> gateway;
  FakeTransport client;
  SessionHandle handle;
};

TEST_F(AwayWorld, WhatIsTypedWaitsAndIsToldWhenItIsStored) {
  away();
  EXPECT_NE(client.transcript().find("<notice The game has gone away.>"), std::string::npos);
  shard().line(handle, "look", false);
  EXPECT_EQ(client.transcript().find("1 command"), std::string::npos) << "not stored yet";
  gateway->run();
  EXPECT_NE(last().find("1 command waiting"), std::string::npos) << last();
  type("north");
  EXPECT_NE(last().find("2 commands waiting"), std::string::npos) << last();
  ASSERT_EQ(stored().size(), 2U);
  EXPECT_EQ(stored()[1].line, "north");
  EXPECT_TRUE(world().calls.empty());
}

TEST_F(AwayWorld, OnlyWhatIsStoredIsSaidToWait) {
  away();
  type("look");
  shard().line(handle, "north", false);
  client.said.clear();
  shard().on_back(handle, {.takes_queue = false});
  EXPECT_EQ(client.transcript(), "<world here><notice The game is back.>");
  gateway->run();
  EXPECT_NE(last().find("2 commands waiting"), std::string::npos) << last();
}

TEST_F(AwayWorld, TheQueueGoesOutInOrderOnceTheStoreCallsItInFlight) {
  away();
  type("look");
  type("north");
  shard().on_back(handle, {.takes_queue = true});
  EXPECT_TRUE(world().calls.empty()) << "the store has not answered";
  ASSERT_EQ(stored().size(), 2U);
  EXPECT_TRUE(stored()[0].in_flight && stored()[1].in_flight);
  gateway->run();
  EXPECT_EQ(world().calls, (Calls{"input 1 look", "input 2 north"}));
  EXPECT_TRUE(stored().empty());
  type("east");
  EXPECT_EQ(world().calls.back(), "input 3 east");
}

TEST_F(AwayWorld, WhatIsTypedDuringTheReleaseStaysBehindIt) {
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = true});
  shard().line(handle, "north", false);
  gateway->run();
  EXPECT_EQ(world().calls, (Calls{"input 1 look", "input 2 north"}));
}

TEST_F(AwayWorld, AGameWithItsOwnLoginGetsTheQueueAtThePlayersWord) {
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = false});
  gateway->run();
  EXPECT_NE(last().find("`send`"), std::string::npos) << last();
  type("connect ada secret");
  EXPECT_EQ(world().calls, Calls{"input 2 connect ada secret"});
  type(" SEND ");
  EXPECT_EQ(world().calls.back(), "input 1 look");
  type("send");
  EXPECT_EQ(world().calls.back(), "input 3 send") << "nothing waits: the word is the game's";
}

TEST_F(AwayWorld, ALoginTemplateThatSucceedsReleasesIt) {
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = false});
  shard().on_logged_in(handle);
  gateway->run();
  EXPECT_EQ(world().calls, Calls{"input 1 look"});
}

TEST_F(AwayWorld, AReleaseIsTakenBackWhenTheWorldGoesAgain) {
  world().own_login = true;
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = false});
  shard().line(handle, "send", false);
  shard().line(handle, "north", false);
  away();
  shard().on_back(handle, {.takes_queue = false});
  gateway->run();
  EXPECT_TRUE(world().calls.empty()) << "the game asks for a login now";
  ASSERT_EQ(stored().size(), 2U);
  EXPECT_EQ(stored()[1].line, "north") << "typed behind it";
  EXPECT_FALSE(stored()[0].in_flight);
  type("send");
  EXPECT_EQ(world().calls, (Calls{"input 1 look", "input 2 north"}));
  EXPECT_TRUE(stored().empty());
}

TEST_F(AwayWorld, AReleaseWaitsWhileAPasswordIsAskedFor) {
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = false});
  shard().line(handle, "send", false);
  shard().on_client_echo(handle, false);
  gateway->run();
  EXPECT_TRUE(world().calls.empty());
  shard().line(handle, "hunter2", true);
  EXPECT_EQ(world().calls, Calls{"input 2 <secret>"});
  shard().on_client_echo(handle, true);
  EXPECT_EQ(world().calls.back(), "input 1 look");
  gateway->run();
  EXPECT_TRUE(stored().empty());
}

TEST_F(AwayWorld, WhatAKilledProcessMayHaveSentIsNamedAndNotSentAgain) {
  away();
  type("look");
  type("north");
  shard().on_back(handle, {.takes_queue = true});
  const auto rows = store.rows;  // as of a kill between the store's answer and the world's
  gateway = std::make_unique<GatewayProcess>(time, store, options, 2);
  store.rows = rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  FakeTransport again;
  again.has_token_store = true;
  gateway->come_back(again, client.token);
  EXPECT_NE(again.transcript().find("<notice May not have arrived: look / north>"), std::string::npos)
      << again.transcript();
  EXPECT_EQ(world().calls, Calls{"attach 198.51.100.4 returning"});
  EXPECT_TRUE(stored().empty());
}

TEST_F(AwayWorld, AStopDuringAReleaseLeavesItWaiting) {
  away();
  type("look");
  shard().on_back(handle, {.takes_queue = true});
  shard().end_all(EndReason::kShutdown, "Restarting.");
  gateway = std::make_unique<GatewayProcess>(time, store, options, 2);
  FakeTransport again;
  again.has_token_store = true;
  gateway->come_back(again, client.token);
  EXPECT_EQ(world().calls, (Calls{"attach 198.51.100.4 returning", "input 1 look"}));
}

TEST_F(AwayWorld, ItCanBeCancelled) {
  away();
  type("look");
  type("cancel");
  EXPECT_TRUE(stored().empty());
  EXPECT_NE(client.transcript().find("1 command dropped"), std::string::npos);
  shard().on_back(handle, {.takes_queue = true});
  gateway->run();
  EXPECT_TRUE(world().calls.empty());
  type("cancel");
  EXPECT_EQ(world().calls, Calls{"input 2 cancel"});
}

TEST_F(AwayWorld, SecretsAreNeverQueued) {
  shard().on_client_echo(handle, false);
  away();
  EXPECT_NE(client.transcript().find("<echo on>"), std::string::npos);
  type("hunter2", true);
  type("hunter2", false);  // typed before the client had heard of the echo
  EXPECT_NE(last().find("not kept"), std::string::npos);
  time.advance(3s);
  time.advance(3s);
  world().own_login = true;
  type("connect ada hunter2");
  type("look");
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(stored()[0].line, "look");
}

TEST_F(AwayWorld, WhatMayHaveBeenTypedBeforeTheClientEchoedAgainIsNotKept) {
  shard().on_client_echo(handle, false);
  client.answers_echo = false;
  away();
  time.advance(20s);
  type("hunter2");
  EXPECT_NE(last().find("not kept"), std::string::npos) << last();
  client.answers_echo = true;
  time.advance(3s);
  time.advance(3s);
  type("look");
  EXPECT_NE(last().find("1 command waiting"), std::string::npos) << last();
  client.answers_echo = false;
  shard().on_client_echo(handle, false);
  shard().on_client_echo(handle, true);
  for (int i = 0; i < 20; ++i) time.advance(3s);
  type("north");
  EXPECT_NE(last().find("2 commands waiting"), std::string::npos) << "clients may never answer: " << last();
}

TEST_F(AwayWorld, LinesThatMayNotHaveArrivedAreNamedAndNotSentAgain) {
  away({"give sword", "say bye"});
  EXPECT_NE(client.transcript().find("May not have arrived: give sword / say bye"), std::string::npos);
  shard().on_back(handle, {.takes_queue = true});
  gateway->run();
  EXPECT_TRUE(world().calls.empty());
}

TEST_F(AwayWorld, TheQueueIsBoundedInCountAndAge) {
  away();
  for (int i = 0; i < 100; ++i) {
    type("line " + std::to_string(i));
    time.advance(100ms);  // the rate of input is another bound
  }
  EXPECT_EQ(stored().size(), 100U);
  type("one more");
  EXPECT_NE(last().find("not kept"), std::string::npos) << last();
  time.advance(options.pending.limits.age_max);
  shard().on_back(handle, {.takes_queue = true});
  gateway->run();
  EXPECT_TRUE(world().calls.empty());
  EXPECT_NE(client.transcript().find("100 commands waited too long"), std::string::npos);
}

TEST_F(AwayWorld, TheQueueOutlivesTheProcess) {
  away();
  type("look");
  type("north");
  const auto rows = store.rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 2);
  store.rows = rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  FakeTransport again;
  again.has_token_store = true;
  gateway->come_back(again, client.token);
  EXPECT_EQ(world().calls, (Calls{"attach 198.51.100.4 returning", "input 1 look", "input 2 north"}));
  EXPECT_TRUE(stored().empty());
}

TEST_F(AwayWorld, ALinkThatAcknowledgesGetsThemBeforeTheyLeaveTheStore) {
  world().acknowledges = true;
  away();
  type("look");
  type("north");
  shard().on_back(handle, {.takes_queue = true, .last_input = 0});
  gateway->run();
  EXPECT_EQ(world().calls, (Calls{"input 1 look", "input 2 north"}));
  EXPECT_EQ(stored().size(), 2U);
  shard().on_input_taken(handle, 1);
  EXPECT_EQ(stored().size(), 1U);
  away();
  shard().on_back(handle, {.takes_queue = true, .last_input = 0});
  EXPECT_EQ(world().calls.back(), "input 2 north") << "again: the link drops what it has";
  shard().on_input_taken(handle, 2);
  gateway->run();
  EXPECT_TRUE(stored().empty());
  type("east");
  EXPECT_EQ(world().calls.back(), "input 3 east");
}

TEST_F(AwayWorld, AWorldThatRemembersMoreThanWeDoIsBelieved) {
  away();
  type("look");
  const auto rows = store.rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 2);
  store.rows = rows;
  gateway = std::make_unique<GatewayProcess>(time, store, options, 3);
  world().acknowledges = true;
  world().on_attach = [this](SessionHandle session) { shard().on_away(session, "", {}); };
  FakeTransport again;
  again.has_token_store = true;
  const SessionHandle revived = gateway->come_back(again, client.token);
  shard().line(revived, "typed at once", false);
  gateway->run();
  shard().on_input_taken(revived, 57);
  shard().on_back(revived, {.takes_queue = true, .last_input = 57});
  gateway->run();
  EXPECT_EQ(world().calls, (Calls{"attach 198.51.100.4 returning", "input 58 typed at once"}))
      << "the stored one had arrived; the new one is behind all the world has";
}

TEST_F(AwayWorld, AHeldPlayerIsToldLater) {
  shard().ended(handle);
  away();
  shard().on_back(handle, {.takes_queue = true});
  FakeTransport again;
  again.has_token_store = true;
  gateway->come_back(again, client.token);
  EXPECT_NE(again.transcript().find("<notice The game has gone away.><notice The game is back.>"),
            std::string::npos)
      << again.transcript();
}

TEST_F(AwayWorld, NotesAreStoredAndBounded) {
  shard().on_note(handle, "name", "Ada");
  EXPECT_EQ(store.rows.begin()->second.details->metadata.at("name"), "Ada");
  shard().on_note(handle, "name", "");
  EXPECT_TRUE(store.rows.begin()->second.details->metadata.empty());
  for (int i = 0; i < 40; ++i) shard().on_note(handle, "key" + std::to_string(i), "x");
  shard().on_note(handle, "key1", std::string(1025, 'x'));
  EXPECT_EQ(store.rows.begin()->second.details->metadata.size(), 32U);
  EXPECT_EQ(store.rows.begin()->second.details->metadata.at("key1"), "x");
}

TEST_F(AwayWorld, AClientWithoutEditorGetsOneOfLines) {
  shard().on_edit(handle, 7, "A note", "old\n");
  EXPECT_EQ(gateway->manager.count(State::kEditing), 1U);
  type("new");
  type(".save");
  EXPECT_EQ(world().calls, Calls{"edited 7 old\nnew\n"});
  EXPECT_EQ(gateway->manager.count(State::kPlaying), 1U);
  type("look");
  EXPECT_EQ(world().calls.back(), "input 1 look");
}

TEST_F(AwayWorld, AnEditorOutlivesItsConnection) {
  client.has_editor = true;
  shard().on_edit(handle, 7, "A note", "old\n");
  EXPECT_EQ(client.said.back(), "<edit 7 A note: old\n>");
  shard().ended(handle);
  FakeTransport again;
  again.has_token_store = true;
  gateway->come_back(again, client.token);
  EXPECT_EQ(gateway->manager.count(State::kEditing), 1U);
  shard().line(handle, "more", false);
  shard().line(handle, ".save", false);
  EXPECT_EQ(world().calls.back(), "edited 7 old\nmore\n");
}

TEST_F(AwayWorld, ANewEditCancelsTheOneThatIsOpen) {
  client.has_editor = true;
  shard().on_edit(handle, 1, "one", "");
  shard().on_edit(handle, 2, "two", "");
  EXPECT_EQ(world().calls, Calls{"edited 1 cancelled"});
  shard().edited(handle, 1, false, "late");
  EXPECT_EQ(world().calls.size(), 1U);
  shard().edited(handle, 2, false, "text");
  EXPECT_EQ(world().calls.back(), "edited 2 text");
}

}  // namespace
}  // namespace wyld::session
