// The link against a game of real sockets, with the session side recorded.
#include "world/telnet_game/link.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "runtime/socket.h"

namespace wyld::telnet_game {
namespace {

using namespace std::chrono_literals;
using session::SessionHandle;

struct RecordingEvents final : session::WorldEvents {
  void on_output(SessionHandle, std::string_view utf8) override { log += utf8; }
  void on_output_to(std::span<const SessionHandle>, std::string_view utf8) override { log += utf8; }
  void on_prompt(SessionHandle) override { log += "<prompt>"; }
  void on_side_channel(SessionHandle, std::string_view package, std::string_view body) override {
    log += "<" + std::string(package) + " " + std::string(body) + ">";
  }
  void on_client_echo(SessionHandle, bool on) override { log += on ? "<echo on>" : "<echo off>"; }
  void on_character_mode(SessionHandle, bool on) override {
    log += on ? "<characters on>" : "<characters off>";
  }
  void on_notice(SessionHandle, std::string_view text) override { log += text; }
  void on_entered(SessionHandle) override { log += "<entered>"; }
  void on_input_blocked(SessionHandle, bool blocked) override { input_blocked = blocked; }
  void on_lost(SessionHandle, std::string_view text) override {
    left = true;
    log += "<lost " + std::string(text) + ">";
  }
  void on_left(SessionHandle, std::string_view text) override {
    left = true;
    log += "<left " + std::string(text) + ">";
  }
  std::string log;
  bool left = false;
  bool input_blocked = false;
};

class TelnetGame : public ::testing::Test {
 protected:
  TelnetGame() : loop_(*runtime::Loop::create()) {
    auto socket = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
    listener_ = std::move(*socket);
    options_.addresses = {*runtime::local_address(listener_.get())};
    options_.name = "Test";
  }
  void make_link() { link_ = std::make_unique<TelnetGameLink>(*loop_, events_, options_); }
  void attach() {
    link_->attach(player_, {.id = {},
                            .address = "203.0.113.7",
                            .capabilities = capabilities_,
                            .side_channel_hello = hello_,
                            .side_channel_supports = supports_});
  }
  void accept() {
    until([this] {
      runtime::SocketAddress peer;
      game_ = std::move(*runtime::accept_tcp(listener_.get(), peer));
      return game_.valid();
    });
  }
  template <typename Done>
  void until(Done&& done) {
    while (!done()) loop_->run_once(10ms);
  }
  void say(std::string_view bytes) {
    ASSERT_EQ(::send(game_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  const std::string& heard() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(game_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) game_ended_ = true;
      if (got <= 0) return heard_;
      heard_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  std::unique_ptr<runtime::Loop> loop_;
  runtime::Fd listener_;
  runtime::Fd game_;
  RecordingEvents events_;
  TelnetGameOptions options_;
  std::unique_ptr<TelnetGameLink> link_;
  SessionHandle player_{.shard = 0, .slot = 2, .generation = 1};
  Capabilities capabilities_;
  std::string hello_;
  std::string supports_;
  std::string heard_;
  bool game_ended_ = false;
};

TEST_F(TelnetGame, LinesGoUpAndTextComesDown) {
  make_link();
  attach();
  link_->input(player_, 1, "typed before the connection stood", false);
  accept();
  until([this] { return heard() == "typed before the connection stood\r\n"; });
  EXPECT_EQ(events_.log, "<entered>");
  say("Welcome\r\nName: \xff\xf9");
  until([this] { return events_.log == "<entered>Welcome\nName: <prompt>"; });
}

TEST_F(TelnetGame, TheGamesQuestionsAreAnsweredForTheClient) {
  capabilities_.window = {.columns = 100, .rows = 30};
  capabilities_.client_name = "TINTIN++";
  make_link();
  attach();
  accept();
  say("\xff\xfd\x1f");
  until([this] { return heard() == std::string("\xff\xfb\x1f\xff\xfa\x1f\0\x64\0\x1e\xff\xf0", 12); });
  heard_.clear();
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
  until([this] { return events_.log == R"(<Char.Vitals {"hp":1}>)"; });
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
  until([this] { return events_.log == "Password: <echo off>"; });
  say("\xff\xfc\x01");
  until([this] { return events_.log == "Password: <echo off><echo on>"; });
}

TEST_F(TelnetGame, AGameThatHangsUpIsNamed) {
  make_link();
  attach();
  accept();
  say("Bye.\r\n");
  game_.reset();
  until([this] { return events_.left; });
  EXPECT_EQ(events_.log, "Bye.\n<left Test has closed the connection.>");
  EXPECT_EQ(link_->upstream_count(), 3U) << "slots up to this one; none is in use";
  link_->input(player_, 2, "into the void", false);
}

TEST_F(TelnetGame, AGameThatRefusesIsNamedWithTheReason) {
  listener_.reset();
  make_link();
  attach();
  until([this] { return events_.left; });
  EXPECT_EQ(events_.log,
            "<lost Test cannot be reached (Connection refused). Please try again in a few minutes.>");
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
  until([this] { return events_.log == "hello\n"; });
  EXPECT_FALSE(events_.left);
}

TEST_F(TelnetGame, WhatWasTypedBeforeThePlayerLeftStillArrives) {
  make_link();
  attach();
  accept();
  link_->input(player_, 1, "QUIT", false);
  link_->detach(player_, session::DetachReason::kClosed);
  until([this] {
    heard();
    return game_ended_;
  });
  EXPECT_EQ(heard_, "QUIT\r\n");
  say("nobody hears this");
  game_.reset();
  until([this] { return link_->upstream_count() == 3; });
  EXPECT_EQ(events_.log, "<entered>");
}

TEST_F(TelnetGame, APausedPlayerLeavesTheGamesOutputToTheKernel) {
  make_link();
  attach();
  accept();
  say("one\r\n");
  until([this] { return events_.log == "one\n"; });
  link_->pause(player_);
  say("two\r\n");
  for (int i = 0; i < 5; ++i) loop_->run_once(1ms);
  EXPECT_EQ(events_.log, "one\n");
  link_->resume(player_);
  until([this] { return events_.log == "one\ntwo\n"; });
}

TEST_F(TelnetGame, AGameThatDoesNotReadBlocksItsPlayersInput) {
  make_link();
  attach();
  accept();
  const std::string line(4000, 'x');
  std::uint64_t lines = 0;
  while (!events_.input_blocked) {
    link_->input(player_, ++lines, line, false);
    loop_->run_once(0ms);
    ASSERT_LT(lines, 10'000U) << "what waits for a stalled game must have a bound";
  }
  const std::size_t expected = lines * (line.size() + 2);
  until([&] { return heard().size() == expected; });
  until([this] { return !events_.input_blocked; });
}

TEST_F(TelnetGame, AGameThatNegotiatesWithoutEndIsHungUpOn) {
  make_link();
  attach();
  accept();
  std::string flood;
  for (int i = 0; i < 3000; ++i) flood += i % 2 == 0 ? "\xff\xfb\x01" : "\xff\xfc\x01";
  say(flood);
  until([this] { return events_.left; });
  EXPECT_NE(events_.log.find("without end"), std::string::npos);
}

}  // namespace
}  // namespace wyld::telnet_game
