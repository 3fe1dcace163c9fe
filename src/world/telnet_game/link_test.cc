// The link against a game that is there. link_away_test.cc is about one that goes.
#include "world/telnet_game/link.h"

#include <gtest/gtest.h>

#include <string>

#include "world/telnet_game/link_fixture.h"

namespace wyld::telnet_game {
namespace {

TEST_F(TelnetGame, LinesGoUpAndTextComesDown) {
  make_link();
  attach();
  link_->input(player_, 1, "typed before the connection stood", false);
  accept();
  until([this] { return heard() == "typed before the connection stood\r\n"; });
  EXPECT_EQ(log(), "<entered>");
  say("Welcome\r\nName: \xff\xf9");
  until([this] { return log() == "<entered>Welcome\nName: <prompt>"; });
}

TEST_F(TelnetGame, TheGamesQuestionsAreAnsweredForTheClient) {
  capabilities_.window = {.columns = 100, .rows = 30};
  capabilities_.client_name = "TINTIN++";
  make_link();
  attach();
  accept();
  say("\xff\xfd\x1f");
  until([this] { return heard() == std::string("\xff\xfb\x1f\xff\xfa\x1f\0\x64\0\x1e\xff\xf0", 12); });
  game_.heard.clear();
  capabilities_.window = {.columns = 80, .rows = 24};
  link_->capabilities_changed(player_, capabilities_);
  until([this] { return heard() == std::string("\xff\xfa\x1f\0\x50\0\x18\xff\xf0", 9); });
}

TEST_F(TelnetGame, GmcpIsIntroducedAsTheClientDid) {
  capabilities_.gmcp = true;
  hello_ = R"({"client":"Mudlet"})";
  supports_ = R"(["Char 1"])";
  make_link();
  attach();
  accept();
  say("\xff\xfb\xc9");
  const std::string expected = std::string("\xff\xfd\xc9") + "\xff\xfa\xc9" +
                               R"(Core.Hello {"client":"Mudlet"})" + "\xff\xf0\xff\xfa\xc9" +
                               R"(Core.Supports.Set ["Char 1"])" + "\xff\xf0";
  until([&] { return heard() == expected; });
  say(std::string("\xff\xfa\xc9") + R"(Char.Vitals {"hp":1})" + "\xff\xf0");
  until([this] { return log() == R"(<Char.Vitals {"hp":1}>)"; });
}

TEST_F(TelnetGame, AnIntroductionThatCameAfterTheAttachIsToldWhenTheGameAsks) {
  capabilities_.gmcp = true;
  make_link();
  attach();
  accept();
  link_->side_channel(player_, "Core.Hello", R"({"client":"late"})");
  link_->side_channel(player_, "Core.Supports.Add", R"(["Room 1"])");
  say("\xff\xfb\xc9");
  until([this] {
    return heard().find(R"(Core.Hello {"client":"late"})") != std::string::npos &&
           heard().find(R"(Core.Supports.Set ["Room 1"])") != std::string::npos;
  });
}

TEST_F(TelnetGame, PasswordModeReachesTheClient) {
  make_link();
  attach();
  accept();
  say("Password: \xff\xfb\x01");
  until([this] { return log() == "Password: <echo off>"; });
  say("\xff\xfc\x01");
  until([this] { return log() == "Password: <echo off><echo on>"; });
}

TEST_F(TelnetGame, TheNextAddressIsTriedWhenOneRefuses) {
  const auto good = options_.addresses.front();
  runtime::SocketAddress dead;
  {
    auto closed = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
    dead = *runtime::local_address(closed->get());
  }
  options_.addresses = {dead, good};
  make_link();
  attach();
  accept();
  say("hello\r\n");
  until([this] { return log() == "hello\n"; });
  EXPECT_FALSE(told("<left"));
}

TEST_F(TelnetGame, WhatWasTypedBeforeThePlayerLeftStillArrives) {
  make_link();
  attach();
  accept();
  link_->input(player_, 1, "QUIT", false);
  link_->detach(player_, session::DetachReason::kClosed);
  until([this] {
    heard();
    return game_.ended;
  });
  EXPECT_EQ(game_.heard, "QUIT\r\n");
  say("nobody hears this");
  game_.fd.reset();
  until([this] { return link_->upstream_count() == 0; });
  EXPECT_EQ(log(), "<entered>");
}

TEST_F(TelnetGame, APausedPlayerLeavesTheGamesOutputToTheKernel) {
  make_link();
  attach();
  accept();
  say("one\r\n");
  until([this] { return log() == "one\n"; });
  link_->pause(player_);
  say("two\r\n");
  for (int i = 0; i < 5; ++i) loop_->run_once(1ms);
  EXPECT_EQ(log(), "one\n");
  link_->resume(player_);
  until([this] { return log() == "one\ntwo\n"; });
}

TEST_F(TelnetGame, AGameThatDoesNotReadBlocksItsPlayersInput) {
  make_link();
  attach();
  accept();
  const std::string line(4000, 'x');
  std::uint64_t lines = 0;
  while (!events_.input_blocked[player_.slot]) {
    link_->input(player_, ++lines, line, false);
    loop_->run_once(0ms);
    ASSERT_LT(lines, 10'000U) << "what waits for a stalled game must have a bound";
  }
  const std::size_t expected = lines * (line.size() + 2);
  until([&] { return heard().size() == expected; });
  until([this] { return !events_.input_blocked[player_.slot]; });
}

TEST_F(TelnetGame, AGameThatNegotiatesWithoutEndIsHungUpOn) {
  make_link();
  attach();
  accept();
  std::string flood;
  for (int i = 0; i < 3000; ++i) flood += i % 2 == 0 ? "\xff\xfb\x01" : "\xff\xfc\x01";
  say(flood);
  until([this] { return told("<left"); });
  EXPECT_TRUE(told("too many telnet commands"));
}

}  // namespace
}  // namespace wyld::telnet_game
