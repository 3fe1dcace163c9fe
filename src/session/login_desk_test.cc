// The gateway's own login as a session sees it: states, echo, what waits, what comes after.
#include <gtest/gtest.h>

#include "session/shard_sessions.h"
#include "testing/fake_accounts.h"
#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeAccountService;
using testing::FakeSessionStore;
using testing::FakeTransport;
using testing::FakeWorld;
using testing::VirtualTime;
using Calls = std::vector<std::string>;
using Verdict = AccountVerdict;

struct Fixture {
  VirtualTime time;
  FakeSessionStore store;
  SessionManager manager{{.sessions_max = 100}, store};
  FakeAccountService accounts;
  FakeWorld world;
  ShardSessions sessions{3,
                         manager,
                         {.rates = {.lines_per_second = 10, .lines_burst = 8}, .output_bytes_max = 4000},
                         time.clock,
                         time.timers,
                         SessionIdGenerator({1, 2, 3, 4})};

  Fixture() {
    world.logs_in = true;
    sessions.set_world(world);
    sessions.set_accounts(accounts);
  }

  // A session that has been asked for its name.
  SessionHandle greet(FakeTransport& transport) {
    const SessionHandle handle = *sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
    sessions.settled(handle);
    transport.said.clear();
    return handle;
  }
  void type(SessionHandle handle, std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) sessions.line(handle, line, false);
  }
  [[nodiscard]] State only_state() const {
    for (std::size_t i = 0; i < kStateCount; ++i) {
      if (manager.count(static_cast<State>(i)) == 1) return static_cast<State>(i);
    }
    return State::kClosed;
  }
};

TEST(ShardSessionsLogin, TheWorldIsAttachedWithTheAccountAndNotBefore) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  f.sessions.settled(handle);
  f.sessions.settled(handle);
  EXPECT_EQ(transport.transcript(), "The gate.\nIf you are new here, type new.\nYour name: <prompt>");
  EXPECT_EQ(f.only_state(), State::kUsername);
  transport.said.clear();

  f.sessions.line(handle, "ada", false);
  EXPECT_EQ(transport.said, (Calls{"<echo off>", "Password: ", "<prompt>"}));
  EXPECT_EQ(f.only_state(), State::kPassword);
  transport.said.clear();

  f.sessions.line(handle, "correct horse", true);
  EXPECT_EQ(transport.said, (Calls{"<echo on>", "\n"}));
  EXPECT_EQ(f.accounts.calls, Calls{"log in ada correct horse from 203.0.113.7 after 0"});
  EXPECT_TRUE(f.world.calls.empty());
  EXPECT_FALSE(transport.has_entered);

  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Ada"});
  EXPECT_EQ(f.only_state(), State::kPlaying);
  EXPECT_TRUE(transport.has_entered);
  EXPECT_EQ(f.manager.details(*f.sessions.id_of(handle))->account, "Ada");
  f.time.advance(10min);
  EXPECT_FALSE(transport.ended) << "whoever has logged in has no deadline";
  f.sessions.line(handle, "look", false);
  EXPECT_EQ(f.world.calls.back(), "input 1 look") << "the world's lines are numbered from its first";
}

TEST(ShardSessionsLogin, AnAccountIsMadeThroughEveryStateOfTheTable) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"new"});
  EXPECT_EQ(f.only_state(), State::kNewUsername);
  f.type(handle, {"ada"});
  f.accounts.answer(Verdict::kAccepted);
  EXPECT_EQ(f.only_state(), State::kNewPassword);
  f.type(handle, {"correct horse"});
  EXPECT_EQ(f.only_state(), State::kNewConfirm);
  f.type(handle, {"correct horse"});
  EXPECT_EQ(f.only_state(), State::kNewEmail);
  f.type(handle, {"ada@example.org"});
  f.accounts.answer(Verdict::kAccepted, "ada");
  EXPECT_EQ(f.accounts.calls, (Calls{"check ada", "create ada correct horse <ada@example.org>"}));
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as ada"});
  EXPECT_EQ(std::ranges::count(transport.said, "<echo off>"), 1) << "password and confirmation";
  EXPECT_EQ(std::ranges::count(transport.said, "<echo on>"), 1);
}

TEST(ShardSessionsLogin, WhatIsTypedDuringACheckWaitsAndGoesWhereItBelongs) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"ada", "wrong", "ada", "correct horse", "look"});  // as pasted
  EXPECT_EQ(f.accounts.calls.size(), 1U) << "one question at a time";
  EXPECT_FALSE(transport.reading);
  f.accounts.answer(Verdict::kRefused);
  EXPECT_EQ(f.accounts.calls.back(), "log in ada correct horse from 203.0.113.7 after 0");
  EXPECT_FALSE(transport.reading);
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, (Calls{"attach 203.0.113.7 as Ada", "input 1 look"}));
  EXPECT_TRUE(transport.reading);
}

TEST(ShardSessionsLogin, LinesCountAgainstTheRate) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  for (int i = 0; i < 10; ++i) f.sessions.line(handle, "", false);
  EXPECT_EQ(std::ranges::count(transport.said, "<prompt>"), 8);
  EXPECT_FALSE(transport.reading);
  f.time.advance(1s);
  f.time.advance(1s);
  EXPECT_EQ(std::ranges::count(transport.said, "<prompt>"), 10);
  EXPECT_TRUE(transport.reading);
}

TEST(ShardSessionsLogin, TheRateDoesNotHurryACheck) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"", "", "", "", "", "", "", "ada", "correct horse"});  // the password waits for its token
  EXPECT_TRUE(f.accounts.calls.empty());
  f.time.advance(200ms);
  EXPECT_EQ(f.accounts.calls.size(), 1U);
  f.sessions.line(handle, "look", false);
  f.time.advance(1s);
  EXPECT_TRUE(f.world.calls.empty());
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, (Calls{"attach 203.0.113.7 as Ada", "input 1 look"}));
}

TEST(ShardSessionsLogin, APutOffAttemptIsMadeWhenItsTimeHasCome) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"ada", "correct horse"});
  f.accounts.answer({.verdict = Verdict::kWait, .wait = 4s, .name = {}});
  EXPECT_EQ(transport.said.back(), "There were failed logins before: please wait 4 seconds.\n");
  EXPECT_FALSE(transport.reading);
  f.time.advance(3990ms);
  EXPECT_EQ(f.accounts.calls.size(), 1U);
  f.time.advance(20ms);
  EXPECT_EQ(f.accounts.calls.back(), "log in ada correct horse from 203.0.113.7 after 4000");
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Ada"});
}

TEST(ShardSessionsLogin, AWaitThatTheGatewayImposesIsNotThePlayersTime) {
  Fixture f;
  FakeTransport patient;
  FakeTransport late;
  const SessionHandle one = f.greet(patient);
  f.time.advance(40s);
  f.type(one, {"ada", "correct horse"});
  for (int i = 0; i < 4; ++i) {  // while somebody else goes on failing with the name
    f.accounts.answer({.verdict = Verdict::kWait, .wait = 30s, .name = {}});
    f.time.advance(31s);
    ASSERT_FALSE(patient.ended) << i;
  }
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_TRUE(patient.has_entered);

  const SessionHandle two = f.greet(late);
  f.time.advance(40s);
  f.type(two, {"bob", "wrong"});
  f.time.advance(2min);  // the check itself, in a long queue
  f.accounts.answer({.verdict = Verdict::kWait, .wait = 30s, .name = {}});
  f.time.advance(31s);
  f.accounts.answer(Verdict::kRefused);
  f.time.advance(19s);
  EXPECT_FALSE(late.ended) << "as much is left as before the check";
  f.time.advance(2s);
  EXPECT_EQ(late.end_reason, EndReason::kLoginDeadline);
}

TEST(ShardSessionsLogin, AQuestionAfterACheckHasItsWholeTime) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"new", "ada"});
  f.time.advance(5min);
  f.accounts.answer(Verdict::kAccepted);
  f.time.advance(59s);
  EXPECT_FALSE(transport.ended);
  f.time.advance(2s);
  EXPECT_EQ(transport.end_reason, EndReason::kLoginDeadline);
}

TEST(ShardSessionsLogin, ACheckWhoseAnswerIsLostEndsAfterAll) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"ada", "correct horse"});
  f.time.advance(10min);
  EXPECT_FALSE(transport.ended);
  f.time.advance(61s);
  EXPECT_EQ(transport.end_reason, EndReason::kLoginDeadline);
}

TEST(ShardSessionsLogin, LoggingInHasOneDeadlineAndMakingAnAccountOneForEachQuestion) {
  Fixture f;
  FakeTransport slow;
  FakeTransport fresh;
  const SessionHandle one = f.greet(slow);
  const SessionHandle two = f.greet(fresh);
  f.time.advance(50s);
  f.type(one, {"ada"});
  f.type(two, {"new"});
  f.time.advance(20s);
  EXPECT_TRUE(slow.ended);
  f.time.advance(30s);
  f.type(two, {"ada"});
  f.accounts.answer(Verdict::kAccepted);
  f.time.advance(50s);
  EXPECT_FALSE(fresh.ended);
  f.type(two, {"", "", "new"});  // back and forth gives no more time
  f.time.advance(11s);
  EXPECT_TRUE(fresh.ended);
  EXPECT_EQ(fresh.end_reason, EndReason::kLoginDeadline);
}

TEST(ShardSessionsLogin, ASessionThatEndsDuringACheckIsSimplyGone) {
  Fixture f;
  FakeTransport first;
  const SessionHandle old = f.greet(first);
  f.type(old, {"ada", "correct horse", "look"});
  f.sessions.ended(old);
  FakeTransport second;
  const SessionHandle fresh = f.greet(second);  // in the same slot
  ASSERT_EQ(fresh.slot, old.slot);
  f.type(fresh, {"bob", "battery staple"});
  f.accounts.answer(Verdict::kAccepted, "Ada");  // the answer to the first
  EXPECT_TRUE(f.world.calls.empty());
  EXPECT_EQ(f.only_state(), State::kPassword);
  f.accounts.answer(Verdict::kAccepted, "Bob");
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Bob"});
}

TEST(ShardSessionsLogin, ASessionThatEndsDuringAWaitIsSimplyGone) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"ada", "correct horse"});
  f.accounts.answer({.verdict = Verdict::kWait, .wait = 4s, .name = {}});
  f.sessions.end_all(EndReason::kShutdown, "Back soon.");
  f.time.advance(5s);
  EXPECT_EQ(f.accounts.calls.size(), 1U);
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_TRUE(f.world.calls.empty()) << "the world has never heard of it";
}

TEST(ShardSessionsLogin, ABusyServiceLeadsBackToTheName) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.accounts.full = true;
  f.type(handle, {"ada", "correct horse"});
  EXPECT_EQ(transport.said[transport.said.size() - 2],
            "Many players are logging in right now; please try again in a moment.\nYour name: ");
  EXPECT_EQ(f.only_state(), State::kUsername);
  EXPECT_TRUE(transport.reading);
  f.accounts.full = false;
  f.type(handle, {"ada", "correct horse"});
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls.size(), 1U);
}

TEST(ShardSessionsLogin, QuitEndsTheSessionAndShowsWhatIsTypedAgain) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"ada", "quit", "look"});
  EXPECT_EQ(transport.said, (Calls{"<echo off>", "Password: ", "<prompt>", "<echo on>", "<end Goodbye.>"}));
  EXPECT_EQ(transport.end_reason, EndReason::kWorldEnded);
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_TRUE(f.world.calls.empty());
}

TEST(ShardSessionsLogin, WhatIsNotALineIsKeptFromLoginAndWorld) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.sessions.characters(handle, "ada\n");
  f.sessions.side_channel(handle, "Core.Ping", "");
  f.sessions.capabilities_changed(handle);
  EXPECT_TRUE(transport.said.empty());
  f.sessions.interrupt(handle);
  EXPECT_EQ(transport.said, (Calls{"\nYour name: ", "<prompt>"}));
  f.type(handle, {"ada", "correct horse"});
  transport.said.clear();
  f.sessions.interrupt(handle);
  EXPECT_TRUE(transport.said.empty()) << "there is nothing to repeat during a check";
  EXPECT_EQ(f.sessions.broadcast("hello").queued, 0U) << "whoever is not in hears nothing";
  EXPECT_TRUE(f.world.calls.empty());
}

TEST(ShardSessionsLogin, ASlowReaderIsNoConcernOfAWorldThatDoesNotKnowIt) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  transport.stuck = true;
  f.type(handle, {"ada", "correct horse"});
  f.sessions.on_output(handle, std::string(1500, 'a'));
  EXPECT_TRUE(f.world.calls.empty());
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, (Calls{"attach 203.0.113.7 as Ada", "pause"}));
  transport.queued = 0;
  f.sessions.drained(handle);
  EXPECT_EQ(f.world.calls.back(), "resume");
}

TEST(ShardSessionsLogin, AWorldMayRefuseAnAccount) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.world.on_attach = [&f](SessionHandle session) { f.sessions.on_left(session, "The world is full."); };
  f.type(handle, {"ada", "correct horse", "look"});
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_TRUE(transport.ended);
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Ada"});
}

TEST(ShardSessionsLogin, AClientMaySignInByItself) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  f.sessions.credentials(handle, "ada:elf", "correct horse");
  EXPECT_EQ(f.accounts.calls, Calls{"log in ada correct horse from 203.0.113.7 after 0"});
  EXPECT_EQ(transport.transcript(), "The gate.\nIf you are new here, type new.\nYour name: <prompt>\n");
  transport.said.clear();
  f.sessions.credentials(handle, "eve", "battery staple");  // one question at a time
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(transport.said, Calls{"<signed in>"}) << "echo was never off";
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Ada"});
  EXPECT_EQ(f.sessions.account_of(handle), "Ada");
  f.sessions.credentials(handle, "ada", "correct horse");
  EXPECT_EQ(f.world.calls.size(), 1U) << "the world hears of no password";
  EXPECT_EQ(f.accounts.calls.size(), 1U);
}

TEST(ShardSessionsLogin, ARefusedClientLeavesThePlayerAtTheQuestion) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.sessions.credentials(handle, "ada", "wrong password");
  f.accounts.answer(Verdict::kRefused);
  EXPECT_EQ(transport.transcript(),
            "\n<not signed in: That name and password do not match.>"
            "That name and password do not match.\nYour name: <prompt>");
  transport.said.clear();
  f.type(handle, {"ada", "wrong again"});
  f.accounts.answer(Verdict::kRefused);
  EXPECT_EQ(transport.transcript().find("signed in"), std::string::npos) << "a player who types has eyes";
  transport.said.clear();
  f.sessions.credentials(handle, "x", "y");
  EXPECT_EQ(transport.said.front(), "<not signed in: A name needs at least two letters.>");
  f.type(handle, {"ada", "correct horse"});
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(f.world.calls, Calls{"attach 203.0.113.7 as Ada"});
}

TEST(ShardSessionsLogin, AClientThatIsMadeToWaitIsAnsweredAtTheEnd) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.sessions.credentials(handle, "ada", "correct horse");
  f.accounts.answer({.verdict = Verdict::kWait, .wait = 4s, .name = {}});
  EXPECT_EQ(transport.transcript().find("signed in"), std::string::npos);
  f.time.advance(4100ms);
  f.accounts.answer(Verdict::kAccepted, "Ada");
  EXPECT_EQ(transport.said.back(), "<signed in>");
}

TEST(ShardSessionsLogin, WhoMakesAnAccountIsNotInterrupted) {
  Fixture f;
  FakeTransport transport;
  const SessionHandle handle = f.greet(transport);
  f.type(handle, {"new"});
  transport.said.clear();
  f.sessions.credentials(handle, "ada", "correct horse");
  EXPECT_TRUE(transport.said.empty());
  EXPECT_TRUE(f.accounts.calls.empty());
}

TEST(ShardSessionsLogin, AWorldWithItsOwnLoginGetsThemAsItsFirstTwoLines) {
  Fixture f;
  f.world.logs_in = false;
  std::vector<std::string> lines;
  f.world.on_input = [&lines](SessionHandle, std::string_view line) { lines.emplace_back(line); };
  FakeTransport transport;
  const SessionHandle handle = *f.sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
  f.sessions.credentials(handle, "ada:elf", "correct horse");
  EXPECT_EQ(f.world.calls, (Calls{"attach 203.0.113.7", "input 1 ada:elf", "input 2 <secret>"}));
  EXPECT_EQ(lines, (Calls{"ada:elf", "correct horse"}));
  EXPECT_TRUE(transport.said.empty()) << "whether they were right only the world knows";
  f.sessions.credentials(handle, "ada", "correct horse");
  EXPECT_EQ(lines.size(), 2U) << "the login is over; the second pair would be read as commands";
}

}  // namespace
}  // namespace wyld::session
