// Logins that the gateway types itself.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/log.h"
#include "world/telnet_game/link.h"
#include "world/telnet_game/link_fixture.h"

namespace wyld::telnet_game {
namespace {

class TelnetGameLogin : public TelnetGame {
 protected:
  void make_link(std::string_view script) {
    auto parsed = LoginScript::parse(script);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    options_.login = std::make_shared<const LoginScript>(std::move(*parsed));
    ::testing::internal::CaptureStderr();
    TelnetGame::make_link();
  }
  // All that was logged, which must not hold a secret.
  ~TelnetGameLogin() override {
    link_.reset();
    flush_log(std::chrono::minutes(1));
    const std::string logged = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(logged.find("sesame"), std::string::npos) << logged;
    EXPECT_EQ(events_.log(player_).find("sesame"), std::string::npos) << log();
  }
  void come_back() {
    account_ = "alice";
    attach(player_, /*returning=*/true);
    accept();
  }
  void expect_heard(std::string_view text) {
    until([&] { return heard().size() >= text.size(); });
    EXPECT_EQ(heard(), text);
    game_.heard.clear();
  }
  static constexpr std::string_view kScript = R"(expect "Name:"
send "${account}"
expect "Password:"
send "${secret}"
success "Welcome"
failure "Wrong"
secret alice "sesame"
)";
};

TEST_F(TelnetGameLogin, SuccessSendsTheQueueOut) {
  make_link(kScript);
  account_ = "alice";
  attach();
  accept();
  say("Name: ");
  until([this] { return log() == "Name: "; });
  link_->input(player_, 1, "alice", false);
  game_.reset();
  until([this] { return told("<away Test has gone away."); });
  events_.log(player_).clear();
  accept();
  say("Name: ");
  expect_heard("alice\r\n");
  EXPECT_TRUE(events_.input_blocked[player_.slot]) << "the player's lines would get between";
  say("Pass\x1b[1mword: \xff\xfb\x01");
  expect_heard("sesame\r\n\xff\xfd\x01");
  say("\xff\xfc\x01\r\nWelcome, alice.\r\n");
  until([this] { return told("<logged in>"); });
  EXPECT_EQ(log(), "<back>Name: Pass\x1b[1mword: <echo off><echo on>\nWelcome, alice.\n<logged in>");
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  link_->input(player_, 2, "look", false);
  until([this] { return heard().ends_with("look\r\n"); });
}

TEST_F(TelnetGameLogin, AReturningSessionIsLoggedInAtItsFirstConnection) {
  make_link(kScript);
  come_back();
  say("Name: Password: ");
  expect_heard("alice\r\nsesame\r\n");
  say("Welcome.\r\n");
  until([this] { return told("<logged in>"); });
  EXPECT_EQ(log(), "Name: Password: Welcome.\n<entered><logged in>");
}

TEST_F(TelnetGameLogin, AFailureIsNamedAndThePlayerLogsIn) {
  make_link(kScript);
  come_back();
  say("Name: Password: ");
  expect_heard("alice\r\nsesame\r\n");
  say("Wrong password.\r\nName: ");
  until([this] { return told("<notice"); });
  EXPECT_TRUE(
      told("<notice The gateway could not log you in: the game refused it. Please log in yourself.>"));
  EXPECT_FALSE(told("<logged in>"));
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  link_->input(player_, 1, "alice", false);
  expect_heard("alice\r\n");
}

TEST_F(TelnetGameLogin, AGameThatAnswersOtherwiseIsWaitedForAndThenNamed) {
  make_link(std::string(kScript) + "timeout 1s\n");
  come_back();
  say("A quite different greeting: ");
  until([this] { return told("<notice"); });
  EXPECT_TRUE(told("did not answer as expected"));
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  say("Name: ");
  until([this] { return told("Name: "); });
  pass(20ms);
  EXPECT_EQ(heard(), "") << "it is over";
}

TEST_F(TelnetGameLogin, WhoComesForTheFirstTimeLogsInByHandUnlessTheScriptRunsAlways) {
  make_link(kScript);
  account_ = "alice";
  attach();
  accept();
  say("Name: ");
  until([this] { return told("Name: "); });
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  EXPECT_EQ(heard(), "");
}

TEST_F(TelnetGameLogin, AScriptThatRunsAlwaysLogsEveryoneIn) {
  make_link("run always\nsend \"connect guest sesame\"\nsuccess \"Hello\"\n");
  attach();
  accept();
  say("Mud.\r\n");
  expect_heard("connect guest sesame\r\n");
  say("Hello, Guest.\r\n");
  until([this] { return told("<logged in>"); });
}

TEST_F(TelnetGameLogin, WithoutAnAccountThePlayerLogsInByHand) {
  make_link(kScript);
  attach(player_, /*returning=*/true);
  accept();
  say("Name: ");
  until([this] { return told("Name: "); });
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  EXPECT_EQ(heard(), "");
}

TEST_F(TelnetGameLogin, TheAccountIsLearntFromThePlayersOwnLogin) {
  make_link(kScript);
  attach();
  accept();
  say("Name: ");
  until([this] { return log() == "Name: "; });
  link_->input(player_, 1, "Alice", false);
  say("Password: \xff\xfb\x01");
  until([this] { return told("<echo off>"); });
  link_->input(player_, 2, "by hand", true);
  say("\xff\xfc\x01Welcome!\r\n");
  until([this] { return told("Welcome!"); });
  EXPECT_EQ(events_.notes["account"], "Alice");
  game_.reset();
  until([this] { return told("<away Test has gone away."); });
  accept();
  say("Name: ");
  expect_heard("Alice\r\n");
  say("Password: ");
  expect_heard("sesame\r\n");
}

TEST_F(TelnetGameLogin, AnEmptyLineMayBeSent) {
  make_link("expect \"RETURN\"\nsend \"\"\nsuccess \"Welcome\"\nrun always\n");
  attach();
  accept();
  say("Press RETURN: ");
  expect_heard("\r\n");
}

TEST_F(TelnetGameLogin, TheAccountMayBeANote) {
  make_link(kScript);
  metadata_["account"] = "Alice";
  attach(player_, /*returning=*/true);
  accept();
  say("Name: ");
  expect_heard("Alice\r\n");
}

TEST_F(TelnetGameLogin, AGameThatDiesMeanwhileIsBegunAnew) {
  make_link(kScript);
  come_back();
  say("Name: ");
  expect_heard("alice\r\n");
  game_.reset();
  until([this] { return told("<away Test has gone away.>"); });
  EXPECT_FALSE(events_.input_blocked[player_.slot]);
  accept();
  say("Name: Password: ");
  expect_heard("alice\r\nsesame\r\n");
}

TEST_F(TelnetGameLogin, APlayerMayLeaveMeanwhile) {
  make_link(kScript);
  come_back();
  say("Name: ");
  expect_heard("alice\r\n");
  link_->detach(player_, session::DetachReason::kClosed);
  say("Password: ");
  until([this] {
    heard();
    return game_.ended;
  });
  EXPECT_EQ(game_.heard, "");
}

}  // namespace
}  // namespace wyld::telnet_game
