#include "session/pending_commands.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using Route = PendingCommands::Route;

// What the session is to do, one word each: "store 2", "store now", "send 1 look", "show 0", "back", "tell
// ...".
Words words(const PendingCommands::Actions& actions) {
  using Kind = PendingCommands::Action::Kind;
  Words words;
  for (const PendingCommands::Action& action : actions) {
    switch (action.kind) {
      case Kind::kTell:
        words.push_back("tell " + action.text);
        break;
      case Kind::kShow:
        words.push_back("show " + std::to_string(action.number));
        break;
      case Kind::kWorldBack:
        words.emplace_back(action.number == 1 ? "back" : "here");
        break;
      case Kind::kStore:
        words.push_back("store " + (action.commands ? std::to_string(action.commands->size()) : "now"));
        break;
      case Kind::kSend:
        words.push_back("send " + std::to_string(action.number) + " " + action.text);
        break;
    }
  }
  return words;
}

class Pending : public ::testing::Test {
 protected:
  Words away(const PasswordRisk& risk = {}) { return words(commands.world_away(risk, now, sequence)); }
  Words back(WorldReturn how) { return words(commands.world_back(how, now, sequence, acknowledges)); }
  Words add(const std::string& line, const PasswordRisk& risk = {}) {
    return words(commands.add(line, risk, now, sequence));
  }
  Words stored(bool may_send = true) { return words(commands.stored(sequence, may_send, acknowledges)); }
  // Away, with these lines stored.
  void wait_with(const Words& lines) {
    away();
    for (const std::string& line : lines) {
      add(line);
      stored();
    }
  }

  PendingOptions options;
  PendingCommands commands{options};
  std::uint64_t sequence = 0;
  CommandQueue::Time now{1'000'000s};
  bool acknowledges = false;
};

TEST_F(Pending, ACommandIsNumberedAndStoredBeforeItIsSaidToWait) {
  EXPECT_EQ(away(), Words{});
  EXPECT_EQ(commands.route("look", false), Route::kWaits);
  EXPECT_EQ(add("look"), Words{"store 1"});
  EXPECT_EQ(sequence, 1U);
  EXPECT_EQ(add("north"), Words{"store 2"});
  EXPECT_EQ(stored(), Words{}) << "one more change is on its way";
  EXPECT_EQ(stored(), (Words{"show 2", "tell 2 commands waiting for the game; `cancel` drops them."}));
}

TEST_F(Pending, APasswordNeverWaits) {
  away();
  EXPECT_EQ(add("hunter2", {.masked = true}).size(), 1U);
  EXPECT_EQ(add("look", {.echo_settles = true}).size(), 1U);
  EXPECT_EQ(add("connect ada hunter2", {.own_login = true}).size(), 1U);
  EXPECT_EQ(sequence, 0U);
  EXPECT_TRUE(commands.commands()->empty());
}

TEST_F(Pending, TheBoundIsKeptOnBothSides) {
  options.limits.commands_max = 2;
  away();
  EXPECT_EQ(add("1"), Words{"store 1"});
  EXPECT_EQ(add("2"), Words{"store 2"});
  EXPECT_EQ(add("3"), Words{"tell Too many commands are waiting: this one was not kept."});
  EXPECT_EQ(sequence, 2U);
}

TEST_F(Pending, AWorldThatDoesNotAcknowledgeGetsThemOnceTheStoreCallsThemInFlight) {
  wait_with({"look", "north"});
  EXPECT_EQ(back({.takes_queue = true}),
            (Words{"back", "tell The game is back; sending 2 commands.", "show 0", "store 2"}));
  EXPECT_TRUE(commands.commands()->front().in_flight);
  EXPECT_EQ(commands.route("east", false), Route::kFollows);
  EXPECT_EQ(commands.route("hunter2", true), Route::kToWorld);
  EXPECT_EQ(words(commands.follow("east")), Words{});
  EXPECT_EQ(stored(), (Words{"send 1 look", "send 2 north", "send 3 east", "store now"}));
  EXPECT_FALSE(commands.is_done());
  EXPECT_EQ(stored(), Words{});
  EXPECT_TRUE(commands.is_done());
}

TEST_F(Pending, AWorldThatAcknowledgesGetsThemAtOnceAndTheyStayStoredUntilItHas) {
  acknowledges = true;
  wait_with({"look", "north"});
  EXPECT_EQ(back({.takes_queue = true}), (Words{"back", "tell The game is back; sending 2 commands.",
                                                "show 0", "send 1 look", "send 2 north"}));
  EXPECT_EQ(words(commands.taken(1)), Words{"store 1"});
  EXPECT_EQ(words(commands.taken(1)), Words{});
  EXPECT_EQ(words(commands.taken(2)), Words{"store 0"});
  stored();
  EXPECT_FALSE(commands.is_done());
  stored();
  EXPECT_TRUE(commands.is_done());
}

TEST_F(Pending, NumbersThatTheStoreDoesNotKnowAreNotSent) {
  acknowledges = true;
  away();
  add("look");
  EXPECT_EQ(back({.takes_queue = true}),
            (Words{"back", "tell The game is back; sending 1 command.", "show 0"}));
  EXPECT_EQ(commands.route("north", false), Route::kWaits);
  EXPECT_EQ(stored(), (Words{"show 0", "send 1 look"}));
}

TEST_F(Pending, ARestoredCommandThatTheWorldHasTakenIsNotSentAgain) {
  acknowledges = true;
  EXPECT_EQ(words(commands.restore({{.sequence = 4, .line = "look", .created = now},
                                    {.sequence = kUnnumbered + 1, .line = "north", .created = now}})),
            Words{});
  EXPECT_EQ(back({.takes_queue = true, .last_input = 4}),
            (Words{"store 1", "here", "tell Sending 1 command.", "show 0"}));
  EXPECT_EQ(sequence, 5U);
  EXPECT_EQ(stored(), (Words{"show 0", "send 5 north"}));
}

TEST_F(Pending, WhatWasInFlightWhenTheProcessEndedIsNamedAndNotSent) {
  EXPECT_EQ(words(commands.restore({{.sequence = 1, .line = "look", .in_flight = true},
                                    {.sequence = 2, .line = "north", .in_flight = true},
                                    {.sequence = 3, .line = "east", .created = now}})),
            (Words{"tell May not have arrived: look / north", "store 1"}));
  stored();
  EXPECT_EQ(back({.takes_queue = true}), (Words{"here", "tell Sending 1 command.", "show 0", "store 1"}));
  EXPECT_EQ(stored(), (Words{"send 3 east", "store now"}));
}

TEST_F(Pending, TheOldestGiveWayToTheirAge) {
  wait_with({"look"});
  now += options.limits.age_max;
  add("north");
  stored();
  now += 1ms;
  EXPECT_EQ(back({.takes_queue = false}), (Words{"tell 1 command waited too long and will not be sent.",
                                                 "store 1", "back", "tell The game is back."}));
  EXPECT_EQ(stored(),
            (Words{"show 1",
                   "tell 1 command waiting: `send` sends it when you are in the game, `cancel` drops "
                   "it."}));
}

TEST_F(Pending, ThePlayerRulesOverTheCommandsByTwoWords) {
  EXPECT_EQ(commands.route("send", false), Route::kWaits) << "nothing waits yet";
  wait_with({"look"});
  EXPECT_EQ(commands.route(" SEND ", false), Route::kWord);
  EXPECT_EQ(commands.route("send", true), Route::kWaits) << "a secret is no word";
  EXPECT_EQ(words(commands.word("send", acknowledges)), Words{"tell The game is not back yet."});
  back({.takes_queue = false});
  EXPECT_EQ(words(commands.word("Cancel", acknowledges)),
            (Words{"tell 1 command dropped.", "show 0", "store 0"}));
  stored();
  EXPECT_TRUE(commands.is_done());
}

TEST_F(Pending, AReleaseThatTheWorldDidNotWaitForIsTakenBackWithWhatWasTypedSince) {
  wait_with({"look"});
  back({.takes_queue = true});
  EXPECT_EQ(words(commands.follow("north")), Words{});
  EXPECT_EQ(words(commands.follow("connect ada hunter2")), Words{});
  EXPECT_EQ(away({.own_login = true}),
            (Words{"store 1", "store 2",
                   "tell The game is away. Your input was not kept, because it may be a password."}));
  EXPECT_FALSE(commands.commands()->front().in_flight);
  EXPECT_EQ(sequence, 2U);
}

TEST_F(Pending, AReleaseWaitsWhileAPasswordIsAskedFor) {
  wait_with({"look"});
  back({.takes_queue = true});
  EXPECT_EQ(words(commands.may_send_now(sequence)), Words{}) << "not stored yet";
  EXPECT_EQ(stored(/*may_send=*/false), Words{});
  EXPECT_EQ(words(commands.may_send_now(sequence)), (Words{"send 1 look", "store now"}));
}

TEST_F(Pending, StoppingTakesBackWhatTheStoreMayNotKnow) {
  wait_with({"look"});
  EXPECT_EQ(words(commands.stop({}, now, sequence)), Words{});
  back({.takes_queue = true});
  EXPECT_EQ(words(commands.stop({}, now, sequence)), Words{"store 1"});
  EXPECT_FALSE(commands.commands()->front().in_flight);
}

TEST_F(Pending, WhatIsTypedDuringAReleaseIsBounded) {
  options.limits.commands_max = 1;
  wait_with({"look"});
  back({.takes_queue = true});
  EXPECT_EQ(words(commands.follow("north")), Words{});
  EXPECT_EQ(words(commands.follow("east")), Words{"tell Too much is waiting: this command was not kept."});
}

}  // namespace
}  // namespace wyld::session
