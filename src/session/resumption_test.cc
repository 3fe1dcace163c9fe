#include <gtest/gtest.h>

#include <algorithm>

#include "session/resume_fixture.h"
#include "testing/fake_accounts.h"

namespace wyld::session {
namespace {

using testing::FakeTransport;
using Calls = std::vector<std::string>;

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

TEST_F(Resume, APositionInsideACharacterIsMovedToItsBeginning) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const OutputPosition before = shard().position(handle);
  shard().on_output(handle, "caf\u00e9\n");
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0,
                     OutputPosition{.epoch = before.epoch, .offset = before.offset + 4});
  EXPECT_EQ(again.said, (Calls{"<resumed>", "\u00e9\n", "<replayed>"}));
  EXPECT_EQ(again.answer.from, (OutputPosition{.epoch = before.epoch, .offset = before.offset + 3}));
  EXPECT_EQ(again.answer.bytes, 3U) << "what it counts is what it gets";
  EXPECT_EQ(again.answer.missing, 0U);
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

TEST_F(Resume, WhatAProxyMayHaveLostIsSaidUntilItIsRead) {
  start(2);
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  const std::string shown = client.transcript();
  const std::string words = shown.substr(shown.find("resume "), 7 + ResumeCode::kTextBytes);
  shard().on_output(handle, "confirmed, but by whom?\n");
  client.knows = false;
  shard().ended(handle);
  const auto come_back = [&](FakeTransport& again) {
    const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
    shard().settled(fresh);
    shard().line(fresh, words, false);
    shard().on_output(handle, "The rain goes on.\n");
  };
  for (const bool read : {false, true}) {
    FakeTransport again;
    come_back(again);
    EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap) << read;
    EXPECT_EQ(again.answer.missing, std::nullopt) << read;
    EXPECT_TRUE(again.answer.in_transit) << read;
    EXPECT_NE(again.answer_text.find("shortly before"), std::string::npos) << again.answer_text;
    if (!read) again.unconfirmed = 1'000'000;  // the connection breaks before anything has arrived
    shard().ended(handle);
  }
  FakeTransport last;
  come_back(last);
  EXPECT_EQ(last.answer.result, ResumeResult::kResumed) << "it was read, and what came after it has arrived";
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
  type_code(third, code);
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

// The page has counted what the session said that it had in the meantime.
TEST_F(Resume, ASessionThatEndsWhileItsPageMovesLeavesThePageItsCount) {
  for (const bool spoken : {false, true}) {
    SCOPED_TRACE(spoken);
    start(1);
    FakeTransport client = browser();
    const SessionHandle handle = gateway->enter(client, 0);
    shard(0).ended(handle);
    gateway->run();
    FakeTransport again = browser();
    again.handle = *shard(1).open(again, Protocol::kWebSocketJson, "198.51.100.4");
    shard(1).settled(again.handle);
    if (spoken) shard(1).on_output(again.handle, "Name: ");
    shard(1).resume(again.handle, {.token = client.token, .code = {}, .position = {}});
    ASSERT_EQ(again.moved_to, 0);
    again.said.clear();
    shard(0).on_left(handle, "The world has closed.");
    auto arrived = std::move(again.arrived);
    arrived(shard(0), again);
    EXPECT_EQ(again.answer.result, ResumeResult::kGone);
    EXPECT_EQ(again.answer.session, *shard(0).id_of(again.handle)) << "another one than it had";
    EXPECT_EQ(again.answer.from.offset, 0U);
    EXPECT_EQ(std::ranges::count(again.said, "<position 0>"), spoken ? 1 : 0) << again.transcript();
  }
}

// Its session is in the store by then: told that it is gone, a page would throw its token away.
TEST_F(Resume, AConnectionThatIsOnItsWayWhenTheGatewayStopsIsToldOfThat) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client, 0);
  shard(0).ended(handle);
  gateway->run();
  FakeTransport again = browser();
  again.handle = *shard(1).open(again, Protocol::kWebSocketJson, "198.51.100.4");
  shard(1).resume(again.handle, {.token = client.token, .code = {}, .position = {}});
  ASSERT_EQ(again.moved_to, 0);
  again.said.clear();
  shard(0).end_all(EndReason::kShutdown, "Restarting.");
  auto arrived = std::move(again.arrived);
  arrived(shard(0), again);
  EXPECT_TRUE(again.ended);
  EXPECT_EQ(again.end_reason, EndReason::kShutdown);
  EXPECT_EQ(std::ranges::count(again.said, "<resumed>"), 0);
  EXPECT_EQ(shard(0).live_count(), 0U);
  gateway->run();
  start(2);
  FakeTransport third = browser();
  gateway->come_back(third, client.token);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
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
  kill_and_start(2);
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

TEST_F(Resume, AReloadedPageIsToldEveryStateAgainAndEachEventOnce) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_side_channel(handle, "Room.Info", R"({"name":"The Mill"})");
  shard().on_side_channel(handle, "Char.Vitals", R"({"hp":1,"maxhp":9})");
  shard().on_side_channel(handle, "Comm.Channel.Text", R"({"text":"seen"})");
  shard().ended(handle);
  for (const char* text : {R"({"text":"one"})", R"({"text":"two"})", R"({"text":"two"})"})
    shard().on_side_channel(handle, "Comm.Channel.Text", text);
  shard().on_side_channel(handle, "Char.Vitals", R"({"hp":2})");
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  const std::string said = again.transcript();
  const std::string expected =
      R"(<Room.Info {"name":"The Mill"}><Comm.Channel.Text {"text":"one"}><Comm.Channel.Text {"text":"two"}>)"
      R"(<Comm.Channel.Text {"text":"two"}><Char.Vitals {"hp":2,"maxhp":9}>)";
  EXPECT_NE(said.find(expected), std::string::npos) << said;
  EXPECT_EQ(said.find("seen"), std::string::npos) << said;
}

TEST_F(Resume, AGameThatIsBackAtItsLoginHasNoStateYet) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_side_channel(handle, "Room.Info", R"({"name":"The Mill"})");
  shard().on_away(handle, "Away.", {});
  shard().on_back(handle, {});
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.transcript().find("The Mill"), std::string::npos) << again.transcript();
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

// Gateways that share a database.
class ResumeElsewhere : public Resume {
 protected:
  // A token of no session here.
  const std::string token = ResumeToken{.family = {1, 2, 3}, .secret = {4, 5, 6}}.text();
};

TEST_F(ResumeElsewhere, ATokenOfAnotherGatewayIsToBeShownAgain) {
  store.elsewhere = Status{};
  FakeTransport client = browser();
  gateway->come_back(client, token);
  EXPECT_EQ(client.answer.result, ResumeResult::kElsewhere);
  EXPECT_TRUE(client.ended) << "it asks again by itself";
  EXPECT_EQ(gateway->manager.count(), 0U);
  EXPECT_TRUE(world().calls.empty()) << "no new session was begun for it";
}

TEST_F(ResumeElsewhere, AStoreThatCannotTellHasNotSaidNo) {
  store.elsewhere = fail(ErrorCode::kUnavailable, "away");
  FakeTransport client = browser();
  gateway->come_back(client, token);
  EXPECT_EQ(client.answer.result, ResumeResult::kElsewhere);
  store.silent = true;
  FakeTransport later = browser();
  gateway->come_back(later, token);
  EXPECT_FALSE(later.ended);
  EXPECT_FALSE(later.reading);
  time.advance(std::chrono::seconds(9));
  EXPECT_EQ(later.answer.result, ResumeResult::kBusy);
  EXPECT_TRUE(later.ended);
  store.answer();
  gateway->run();
}

TEST_F(ResumeElsewhere, ATokenOfNoGatewayIsRefusedForGood) {
  store.elsewhere = fail(ErrorCode::kNotFound, "nobody has it");
  FakeTransport client = browser();
  gateway->come_back(client, token);
  EXPECT_EQ(client.answer.result, ResumeResult::kGone);
  EXPECT_FALSE(client.ended);
  EXPECT_EQ(world().calls, Calls{"attach 198.51.100.4"}) << "it is a new session";
}

TEST_F(ResumeElsewhere, AClientThatDoesNotAskAgainGoesOnToTheLogin) {
  store.elsewhere = Status{};
  FakeTransport client;
  const SessionHandle fresh = *shard().open(client, Protocol::kTelnet, "198.51.100.4");
  client.handle = fresh;
  shard().resume(fresh, {.token = token, .code = {}, .position = {}});
  gateway->run();
  EXPECT_EQ(client.answer.result, ResumeResult::kElsewhere);
  EXPECT_FALSE(client.ended);
  EXPECT_EQ(world().calls, Calls{"attach 198.51.100.4"});
}

TEST_F(ResumeElsewhere, WhatTheStoreBringsMeanwhileIsTaken) {
  FakeTransport client = browser();
  gateway->enter(client);
  const auto rows = store.rows;
  store.rows.clear();
  kill_and_start(2);  // without its database
  store.elsewhere = fail(ErrorCode::kNotFound, "nobody has it");
  store.silent = true;
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_TRUE(again.said.empty());
  std::vector<SessionRow> brought;
  for (const auto& [id, row] : rows) brought.push_back(row);
  gateway->manager.adopt(brought);
  gateway->registry.adopt(brought);
  store.answer();
  gateway->run();
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
}

}  // namespace
}  // namespace wyld::session
