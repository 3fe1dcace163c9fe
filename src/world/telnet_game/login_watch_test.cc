#include "world/telnet_game/login_watch.h"

#include <gtest/gtest.h>

namespace wyld::telnet_game {
namespace {

constexpr std::string_view kPrompts = R"(expect "what name"
send "${account}"
expect "Password:"
send "${secret}"
success "Welcome back"
failure "Wrong"
secret alice "sesame"
)";
constexpr std::string_view kCommand = R"(expect "Connect:"
send "connect ${account} ${secret}"
success "Hello, ${account}!"
failure "Either"
secret alice "sesame"
)";

class Watch : public ::testing::Test {
 protected:
  void begin(std::string_view script) {
    auto parsed = LoginScript::parse(script);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    script_ = std::make_unique<LoginScript>(std::move(*parsed));
    watch_ = std::make_unique<LoginWatch>(*script_);
  }
  std::unique_ptr<LoginScript> script_;
  std::unique_ptr<LoginWatch> watch_;
};

TEST_F(Watch, LearnsTheLineAtTheNamePromptOnceTheGameHasTakenTheLogin) {
  begin(kPrompts);
  watch_->said("Welcome back to the game!\nBy what \x1b[1mname\x1b[0m do you go? ");
  watch_->typed(" Alice ", false);
  EXPECT_EQ(watch_->account(), "");
  watch_->said("Password:");
  watch_->typed("sesame", true);
  EXPECT_EQ(watch_->account(), "");
  watch_->said("\nWel");
  watch_->said("come back, Alice.\n");
  EXPECT_EQ(watch_->account(), "Alice");
  EXPECT_TRUE(watch_->over());
}

TEST_F(Watch, ANameThatTheGameRefusedIsForgotten) {
  begin(kPrompts);
  watch_->said("what name? ");
  watch_->typed("bob", false);
  watch_->said("Password:");
  watch_->typed("guess", true);
  watch_->said("Wrong password. By what name? ");
  watch_->typed("alice", false);
  watch_->said("Password:");
  watch_->typed("sesame", true);
  watch_->said("Welcome back.");
  EXPECT_EQ(watch_->account(), "alice");
}

TEST_F(Watch, WithoutSuccessNothingIsLearnt) {
  begin(kPrompts);
  watch_->said("what name? ");
  watch_->typed("bob", false);
  watch_->said("Password:");
  watch_->typed("guess", true);
  watch_->said("Go away.");
  EXPECT_EQ(watch_->account(), "");
}

TEST_F(Watch, APasswordThatTheGameShowsIsNoName) {
  begin(kPrompts);
  watch_->said("what name? ");
  watch_->typed("alice", false);
  watch_->said("Password:");
  watch_->typed("sesame", false);
  watch_->typed("look", false);
  watch_->said("Welcome back.");
  EXPECT_EQ(watch_->account(), "alice");
}

TEST_F(Watch, FindsTheNameInACommand) {
  begin(kCommand);
  watch_->said("Connect: ");
  watch_->typed("connect alice open sesame", false);
  watch_->said("Hello, Alice!");
  EXPECT_EQ(watch_->account(), "Alice") << "as the game spells it";
  begin(kCommand);
  watch_->said("Connect: ");
  watch_->typed("create Alice open sesame", false);
  watch_->said("Hello, Alice!");
  EXPECT_EQ(watch_->account(), "") << "no such command";
}

TEST_F(Watch, AClientMaySignInBeforeThePrompts) {
  begin(kPrompts);
  watch_->typed("alice", false);
  watch_->typed("sesame", true);
  watch_->said("By what name? Password: Welcome back.");
  EXPECT_EQ(watch_->account(), "alice");
  begin(kPrompts);
  watch_->said("what name? ");
  watch_->offered("alice:elf");
  watch_->said("Welcome back.");
  EXPECT_EQ(watch_->account(), "alice");
}

TEST_F(Watch, GivesUpWhenMuchHasBeenSaid) {
  begin(kPrompts);
  for (std::size_t said = 0; said <= LoginWatch::kTextBytesMax; said += 1000)
    watch_->said(std::string(1000, 'x'));
  EXPECT_TRUE(watch_->over());
  EXPECT_EQ(watch_->account(), "");
}

TEST(LoginScriptAccount, IsFoundWhereTheScriptSendsIt) {
  EXPECT_EQ(LoginScript::account_in("${account}", "alice"), "alice");
  EXPECT_EQ(LoginScript::account_in("connect ${account} ${secret}", "connect alice a b"), "alice");
  EXPECT_EQ(LoginScript::account_in("connect ${account} ${secret}", "connect alice"), "");
  EXPECT_EQ(LoginScript::account_in("${secret:door} ${account}", "x alice"), "")
      << "a secret may hold anything";
  EXPECT_EQ(LoginScript::account_in("look", "look"), "");
}

}  // namespace
}  // namespace wyld::telnet_game
