// A game that goes away, comes back, or lets a player go.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/counters.h"
#include "world/telnet_game/link.h"
#include "world/telnet_game/link_fixture.h"

namespace wyld::telnet_game {
namespace {

class TelnetGameAway : public TelnetGame {
 protected:
  // A player whom the game has greeted.
  GameEnd play(SessionHandle who) {
    attach(who);
    GameEnd end = accept_one();
    greet(who, end);
    return end;
  }
  void greet(SessionHandle who, const GameEnd& end) {
    end.say("Hello.\r\n");
    until([&] { return events_.log(who).ends_with("Hello.\n"); });
    events_.log(who).clear();
  }
  void play() {
    make_link();
    game_ = play(player_);
  }
  void type(std::string_view line, bool secret = false) { link_->input(player_, ++sequence_, line, secret); }
  // The next thing the player is told.
  void expect(std::string_view text) {
    until([&] { return log().size() >= text.size(); });
    EXPECT_EQ(log(), text);
    events_.log(player_).clear();
  }
  std::uint64_t sequence_ = 0;
};

TEST_F(TelnetGameAway, AGameThatRefusesIsNamedOnceAndThePlayerIsBroughtInWhenItComes) {
  close_game();
  make_link();
  attach();
  expect("<away Test cannot be reached (Connection refused).>");
  const std::uint64_t dialled = counted(Counter::kUpstreamConnects);
  until([&] { return counted(Counter::kUpstreamConnects) >= dialled + 4; });
  EXPECT_EQ(log(), "") << "nothing has changed";
  open_game();
  accept();
  say("Name: ");
  expect("<back>Name: ");
}

TEST_F(TelnetGameAway, AConnectionThatBreaksLeavesThePlayerInPlace) {
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  accept();
  say("Welcome back. Name: \xff\xf9");
  expect("<back>Welcome back. Name: <prompt>");
  type("look");
  until([this] { return heard() == "look\r\n"; });
}

TEST_F(TelnetGameAway, AGameThatDiesInGoodOrderIsMissedWhenItRefusesTheNextConnection) {
  play();
  close_game();
  expect("<away Test has gone away.>");
  EXPECT_FALSE(events_.input_blocked[player_.slot]) << "what is typed goes to the queue";
  open_game();
  accept();
  say("Name: ");
  expect("<back>Name: ");
}

TEST_F(TelnetGameAway, WhoQuitsWhileOthersPlayOnHasLeft) {
  make_link();
  GameEnd other = play(player(7));
  game_ = play(player_);
  type("QUIT");
  until([this] { return heard() == "QUIT\r\n"; });
  say("Bye.\r\n");
  const std::uint64_t dialled = counted(Counter::kUpstreamConnects);
  game_.fd.reset();
  until([this] { return told("<left"); });
  EXPECT_EQ(log(), "<entered>Bye.\n<left Test has closed the connection.>");
  EXPECT_EQ(counted(Counter::kUpstreamConnects), dialled) << "nobody had to be asked";
  EXPECT_EQ(link_->upstream_count(), 1U);
  type("into the void");
  other.say("still here\r\n");
  until([this] { return events_.log(player(7)) == "still here\n"; });
}

TEST_F(TelnetGameAway, TheOnlyPlayerHasLeftIfTheGameTakesANewConnection) {
  play();
  say("You have idled too long.\r\n");
  game_.fd.reset();
  accept();
  EXPECT_TRUE(events_.input_blocked[player_.slot]) << "what is typed waits for the answer";
  say("Name: ");
  expect("You have idled too long.\n<left Test has closed the connection.>");
  until([this] {
    heard();
    return game_.ended;
  });
  EXPECT_EQ(game_.heard, "") << "the connection only asked";
}

TEST_F(TelnetGameAway, AGameThatTakesAConnectionAndDropsItIsStillGone) {
  play();
  game_.fd.reset();
  accept_one().fd.reset();
  expect("<away Test has gone away.>");
  for (int i = 0; i < 3; ++i) accept_one().fd.reset();
  EXPECT_EQ(log(), "");
  accept();
  say("Name: ");
  expect("<back>Name: ");
}

TEST_F(TelnetGameAway, AGameThatTurnsEverybodyAwayWhileItBootsIsNotBackYet) {
  options_.trial = 1h;
  play();
  close_game();
  expect("<away Test has gone away.>");
  open_game();
  for (int i = 0; i < 4; ++i) {
    GameEnd booting = accept_one();
    booting.say("*** SERVER IS OFFLINE ***\r\n");
  }
  GameEnd next = accept_one();
  EXPECT_EQ(log(), "") << "one notice is enough";
}

TEST_F(TelnetGameAway, WhatAGameSaysOnARedialIsShownWhenTheConnectionHasLasted) {
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  accept();
  say("Name: \xff\xfb\x01\xff\xf9");
  expect("<back>Name: <echo off><prompt>");
}

TEST_F(TelnetGameAway, AGameThatDiesAndThenTurnsTheQuestionAwayIsGone) {
  options_.trial = 1h;
  play();
  game_.fd.reset();  // in good order: only a new connection can tell
  GameEnd booting = accept_one();
  booting.say("Try again in a few minutes!\r\n");
  booting.fd.reset();
  expect("<away Test has gone away.>");
}

TEST_F(TelnetGameAway, ANewPlayerWhoIsTurnedAwayDoesNotBringTheOthersBack) {
  options_.trial = 1h;
  options_.redial_first = 1h;
  options_.redial_max = 1h;
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  const SessionHandle other = player(7);
  attach(other);
  GameEnd end = accept_one();
  end.say("Try again in a few minutes!\r\n");
  until([&] { return events_.log(other) == "Try again in a few minutes!\n"; });
  const std::uint64_t dialled = counted(Counter::kUpstreamConnects);
  end.reset();
  until([&] { return events_.log(other).find("<away") != std::string::npos; });
  EXPECT_EQ(counted(Counter::kUpstreamConnects), dialled);
  EXPECT_EQ(log(), "");
}

TEST_F(TelnetGameAway, WhoIsTurnedAwayLaterIsNotTakenForOneWhoLeft) {
  options_.steady = 1h;
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  for (int i = 0; i < 2; ++i) {
    accept();
    say("Booting, please wait.\r\n");
    expect("<back>Booting, please wait.\n");
    game_.fd.reset();
    expect("<away Test has gone away.>");
  }
}

TEST_F(TelnetGameAway, AGameThatSaysMuchAtOnceIsThere) {
  options_.trial = 1h;
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  accept();
  const std::string page(1000, 'x');
  std::string all;
  for (int i = 0; i < 80; ++i) {
    say(page);
    all += page;
  }
  until([&] { return log() == "<back>" + all; });
}

TEST_F(TelnetGameAway, AProcessThatHangsIsNoAnswer) {
  options_.connect_timeout = 60ms;
  play();
  game_.fd.reset();
  expect("<away Test has gone away.>");  // the kernel took the connection, nobody greeted
  GameEnd ignored = accept_one();
  accept();
  say("Name: ");
  expect("<back>Name: ");
}

TEST_F(TelnetGameAway, AGameThatWaitsForItsPlayersToSpeakHasAnsweredWhenTheConnectionStands) {
  make_link();
  attach();
  accept();
  type("connect me");
  until([this] { return heard() == "connect me\r\n"; });
  say("In.\r\n");
  expect("<entered>In.\n");
  game_.reset();
  expect("<away Test has gone away.>");
  accept();
  expect("<back>");
}

TEST_F(TelnetGameAway, WhenMostConnectionsCloseTogetherTheGameHasDiedThoughANewOneAnswers) {
  make_link();
  std::vector<GameEnd> ends;
  for (std::uint32_t slot = 0; slot < 4; ++slot) ends.push_back(play(player(slot)));
  link_->input(player(0), 1, "@shutdown", false);
  ends.clear();
  until([this] {
    return std::ranges::count_if(events_.logs, [](const auto& log) {
             return log.second.find("<away Test has gone away.") != std::string::npos;
           }) == 4;
  });
  for (int i = 0; i < 4; ++i) {
    GameEnd end = accept_one();
    end.say("Name: ");
    ends.push_back(std::move(end));
  }
  until([this] {
    return std::ranges::all_of(events_.logs,
                               [](const auto& log) { return log.second.ends_with("<back>Name: "); });
  });
}

TEST_F(TelnetGameAway, OneConnectionAsksForAllWhoWereClosed) {
  make_link();
  std::vector<GameEnd> ends;
  for (std::uint32_t slot = 0; slot < 12; ++slot) ends.push_back(play(player(slot)));
  const std::uint64_t dialled = counted(Counter::kUpstreamConnects);
  ends.resize(8);
  accept();
  say("Name: ");
  until([this] {
    return std::ranges::count_if(events_.logs, [](const auto& log) {
             return log.second == "<left Test has closed the connection.>";
           }) == 4;
  });
  EXPECT_EQ(counted(Counter::kUpstreamConnects), dialled + 1);
}

TEST_F(TelnetGameAway, ByOrderEveryCloseIsALeave) {
  options_.on_close = OnClose::kLeave;
  play();
  close_game();
  expect("<left Test has closed the connection.>");
  EXPECT_EQ(link_->upstream_count(), 0U);
}

TEST_F(TelnetGameAway, ByOrderNoCloseIsALeave) {
  options_.on_close = OnClose::kReconnect;
  make_link();
  const GameEnd other = play(player(7));
  game_ = play(player_);
  type("QUIT");
  game_.fd.reset();
  until([this] { return told("<away Test has gone away."); });
  accept();
  say("Name: ");
  until([this] { return told("<back>Name: "); });
}

TEST_F(TelnetGameAway, LinesWithoutAnAnswerAreNamedAndSecretsAreNot) {
  play();
  type("look");
  until([this] { return heard() == "look\r\n"; });
  say("A room.\r\nPassword: \xff\xfb\x01");
  until([this] { return told("<echo off>"); });
  events_.log(player_).clear();
  type("north");  // echo is off: this may be a password
  type("hunter22", /*secret=*/true);
  say("\xff\xfc\x01");
  until([this] { return told("<echo on>"); });
  events_.log(player_).clear();
  type("open door");
  type("kill dragon");
  until([this] { return heard().ends_with("kill dragon\r\n"); });
  game_.reset();
  expect("<away Test has gone away. [open door] [kill dragon]>");
  accept();
  say("Name: ");
  expect("<back>Name: ");
  game_.reset();
  expect("<away Test has gone away.>");
}

TEST_F(TelnetGameAway, LinesTypedBeforeAnyConnectionStoodAreNamed) {
  close_game();
  make_link();
  attach();
  if (log().empty()) {  // systems may tell the refusal only in the next turn
    type("early");
    expect("<entered><away Test cannot be reached (Connection refused). [early]>");
  }
}

TEST_F(TelnetGameAway, LinesTypedWhileTheGameIsAskedAreNamedIfItIsGone) {
  play();
  game_.fd.reset();
  until([this] { return events_.input_blocked[player_.slot]; });
  type("already read from the player");
  type("secret", /*secret=*/true);
  accept_one().fd.reset();
  expect("<away Test has gone away. [already read from the player]>");
}

TEST_F(TelnetGameAway, LinesTheGamesMachineNeverTookAreNamedThoughTheGameSpoke) {
  play();
  const std::string filler(4000, 'x');
  while (!events_.input_blocked[player_.slot]) {
    type(filler);
    loop_->run_once(0ms);
  }
  type("drop sword");
  say("Lag.\r\n");
  until([this] { return told("Lag."); });
  events_.log(player_).clear();
  game_.reset();
  until([this] { return told("<away"); });
  EXPECT_TRUE(told(" [drop sword]>"));
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
}

TEST_F(TelnetGameAway, TheNextAddressGetsWhatWasTypedToTheFirst) {
  const runtime::SocketAddress good = address_;
  runtime::SocketAddress dead;
  {
    auto closed = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
    dead = *runtime::local_address(closed->get());
  }
  // A full queue keeps the connection from standing until its time is over.
  auto stalled = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
  ASSERT_EQ(::listen(stalled->get(), 0), 0);
  const runtime::SocketAddress slow = *runtime::local_address(stalled->get());
  std::vector<runtime::Fd> queue;
  for (int i = 0; i < 4; ++i) queue.push_back(std::move(*runtime::connect_tcp(slow)));
  options_.connect_timeout = 100ms;
  options_.addresses = {slow, dead, good};
  make_link();
  attach();
  type("one");
  type("two");
  accept();
  until([this] { return heard() == "one\r\ntwo\r\n"; });
  EXPECT_EQ(log(), "<entered>");
}

TEST_F(TelnetGameAway, TheNewConnectionHearsOfTheClientAsItIsNow) {
  capabilities_.gmcp = true;
  hello_ = R"({"client":"Mudlet"})";
  supports_ = R"(["Char 1"])";
  make_link();
  attach();
  accept();
  say("Hello.\r\n\xff\xfb\x01");
  until([this] { return told("<echo off>"); });
  close_game();
  until([this] { return told("<away"); });
  events_.log(player_).clear();
  capabilities_.window = {.columns = 100, .rows = 30};
  link_->capabilities_changed(player_, capabilities_);
  link_->side_channel(player_, "Core.Supports.Add", R"(["Room 1"])");
  open_game();
  accept();
  say("\xff\xfd\x1f\xff\xfb\xc9Name: ");
  expect("<back>Name: ");
  until([this] {
    return heard() == std::string("\xff\xfb\x1f\xff\xfa\x1f\0\x64\0\x1e\xff\xf0", 12) + "\xff\xfd\xc9" +
                          "\xff\xfa\xc9" + R"(Core.Hello {"client":"Mudlet"})" + "\xff\xf0\xff\xfa\xc9" +
                          R"(Core.Supports.Set ["Char 1","Room 1"])" + "\xff\xf0";
  });
  say("Password: \xff\xfb\x01");
  expect("Password: <echo off>");
}

TEST_F(TelnetGameAway, WhoIsHeldStaysInTheGameAndItsOutputIsRead) {
  play();
  link_->pause(player_);
  link_->connection_lost(player_);
  say("A dragon arrives.\r\n");
  expect("A dragon arrives.\n");
  EXPECT_EQ(link_->upstream_count(), 1U);
}

TEST_F(TelnetGameAway, WhoComesBackWithAnotherClientIsIntroducedAnew) {
  capabilities_.window = {.columns = 80, .rows = 24};
  capabilities_.gmcp = true;
  hello_ = R"({"client":"Mudlet"})";
  play();
  say("\xff\xfd\x1f\xff\xfb\xc9");
  until([this] { return heard().find("Mudlet") != std::string::npos; });
  link_->connection_lost(player_);
  game_.heard.clear();
  capabilities_.window = {.columns = 40, .rows = 20};
  const std::string hello = R"({"client":"Phone"})";
  link_->connection_restored(player_, {.id = {},
                                       .address = "203.0.113.9",
                                       .capabilities = capabilities_,
                                       .side_channel_hello = hello,
                                       .side_channel_supports = R"(["Room 1"])"});
  const std::string expected = std::string("\xff\xfa\x1f\0\x28\0\x14\xff\xf0", 9) + "\xff\xfa\xc9" +
                               R"(Core.Hello {"client":"Phone"})" + "\xff\xf0\xff\xfa\xc9" +
                               R"(Core.Supports.Set ["Room 1"])" + "\xff\xf0";
  until([&] { return heard() == expected; });
  EXPECT_EQ(log(), "") << "the player sees nothing of it";
}

TEST_F(TelnetGameAway, WhoNeverCameBackLeavesTheGame) {
  play();
  link_->connection_lost(player_);
  link_->detach(player_, session::DetachReason::kExpired);
  until([this] {
    heard();
    return game_.ended;
  });
  game_.fd.reset();
  until([this] { return link_->upstream_count() == 0; });
  EXPECT_EQ(log(), "");
}

TEST_F(TelnetGameAway, NobodyIsBroughtBackWhoHasLeftMeanwhile) {
  make_link();
  const SessionHandle other = player(7);
  play(other).reset();
  until([&] { return events_.log(other).find("<away") != std::string::npos; });
  game_ = play(player_);
  link_->detach(other, session::DetachReason::kClosed);
  close_game();
  expect("<away Test has gone away.>");
  link_->detach(player_, session::DetachReason::kClosed);
  EXPECT_EQ(link_->upstream_count(), 0U);
  const std::uint64_t dialled = counted(Counter::kUpstreamConnects);
  pass(100ms);
  EXPECT_EQ(counted(Counter::kUpstreamConnects), dialled);
}

TEST_F(TelnetGameAway, WhoAsksForOthersMayLeave) {
  play();
  GameEnd second = play(player(3));
  GameEnd third = play(player(4));
  game_.fd.reset();
  GameEnd question = accept_one();
  second.reset();
  third.reset();
  until([this] { return events_.log(player(4)).find("<away") != std::string::npos; });
  link_->detach(player_, session::DetachReason::kClosed);
  for (int i = 0; i < 2; ++i) {
    GameEnd end = accept_one();
    end.say("Name: ");
    until([&] {
      return std::ranges::count_if(events_.logs, [](const auto& log) {
               return log.second.find("<back>Name: ") != std::string::npos;
             }) == i + 1;
    });
    (i == 0 ? second : third) = std::move(end);
  }
}

TEST_F(TelnetGameAway, AConnectionThatDidNotLastIsFollowedByTheNextOneLater) {
  options_.steady = 10s;
  play();
  for (int i = 0; i < 4; ++i) {
    game_.reset();
    expect("<away Test has gone away.>");
    accept();
    say("Name: ");
    expect("<back>Name: ");
  }
}

TEST_F(TelnetGameAway, PlayersAreBroughtBackAFewAtATime) {
  options_.returning_max = 2;
  options_.connect_timeout = 10s;
  make_link();
  std::vector<GameEnd> ends;
  for (std::uint32_t slot = 0; slot < 6; ++slot) ends.push_back(play(player(slot)));
  ends.clear();
  GameEnd first = accept_one();
  pass(50ms);
  EXPECT_FALSE(waiting()) << "one finds out for all";
  first.say("Name: ");
  ends.push_back(std::move(first));
  while (ends.size() < 6) {
    const std::size_t expected = std::min<std::size_t>(2, 6 - ends.size());
    std::vector<GameEnd> pair;
    while (pair.size() < expected) pair.push_back(accept_one());
    pass(20ms);
    EXPECT_FALSE(waiting());
    for (GameEnd& end : pair) {
      end.say("Name: ");
      ends.push_back(std::move(end));
    }
  }
  until([this] {
    return std::ranges::all_of(events_.logs,
                               [](const auto& log) { return log.second.ends_with("<back>Name: "); });
  });
}

TEST_F(TelnetGameAway, AReturningSessionIsDialledLikeAnyOther) {
  make_link();
  attach(player_, /*returning=*/true);
  accept();
  say("Name: ");
  expect("Name: ");
}

TEST_F(TelnetGameAway, ANewPlayerWhoGetsThroughBringsTheOthersBack) {
  options_.redial_first = 1h;
  options_.redial_max = 1h;
  play();
  game_.reset();
  expect("<away Test has gone away.>");
  const GameEnd other = play(player(7));
  accept();
  say("Name: ");
  expect("<back>Name: ");
}

}  // namespace
}  // namespace wyld::telnet_game
