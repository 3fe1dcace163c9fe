// When a code is shown to a player whose world has a login of its own, and to whom besides a token.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;

constexpr std::string_view kShown = "<notice To come back to this session from any client, type: resume ";

class Codes : public Resume {
 protected:
  Codes() { play(1); }
  void play(std::uint64_t epoch) {
    if (epoch > 1) start(epoch);
    world().own_login = true;
    world().on_input = [this](SessionHandle session, std::string_view) { shard().on_entered(session); };
  }
  void connect(FakeTransport& client) {
    handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
    client.handle = handle;
    shard().settled(handle);
    says("Name: ");
  }
  void says(std::string_view text) { shard().on_output(handle, text); }
  void types(std::string_view line, bool secret = false) { shard().line(handle, line, secret); }
  void pass(std::chrono::milliseconds time_span) {
    for (; time_span > 0ms; time_span -= 100ms) {
      time.advance(100ms);
      gateway->run();
    }
  }
  void logs_in() {
    types("oda");
    shard().on_client_echo(handle, false);
    says("Password: ");
    types("sesam", true);
    shard().on_client_echo(handle, true);
    says("\nWelcome home.\n> ");
    shard().on_prompt(handle);
  }
  [[nodiscard]] static std::size_t codes(const FakeTransport& client) {
    std::size_t count = 0;
    for (const std::string& entry : client.said) count += entry.starts_with(kShown) ? 1U : 0U;
    return count;
  }

  SessionHandle handle;
};

TEST_F(Codes, WhoLogsInQuicklyAndThenOnlyReadsIsShownOne) {
  FakeTransport client;
  connect(client);
  logs_in();
  pass(9s);
  EXPECT_EQ(codes(client), 0U);
  client.said.clear();
  pass(2s);
  ASSERT_EQ(client.said.size(), 3U) << client.transcript();
  EXPECT_TRUE(client.said[0].starts_with(kShown));
  EXPECT_EQ(client.said[1], "> ") << "what the game waits for is shown again";
  EXPECT_EQ(client.said[2], "<prompt>");
  pass(60s);
  EXPECT_EQ(codes(client), 1U);
}

TEST_F(Codes, AnAnswerOfTheGameAfterTheLoginBringsIt) {
  FakeTransport client;
  connect(client);
  logs_in();
  pass(2s);
  types("look");
  pass(2s);
  EXPECT_EQ(codes(client), 0U) << "not before the answer";
  says("A room.\n");
  says("> ");
  pass(1s);
  EXPECT_EQ(codes(client), 1U);
}

TEST_F(Codes, NoneIsShownWhileAPasswordIsAskedFor) {
  FakeTransport client;
  connect(client);
  types("oda");
  says("Password: ");
  shard().on_client_echo(handle, false);
  pass(5min);
  EXPECT_EQ(codes(client), 0U);
  // A wrong one, and the name again: the answer to that is a question for the password.
  types("sesame", true);
  shard().on_client_echo(handle, true);
  says("\nNo.\nName: ");
  pass(1s);
  types("oda");
  says("Password: ");
  shard().on_client_echo(handle, false);
  pass(5min);
  EXPECT_EQ(codes(client), 0U);
  types("sesam", true);
  shard().on_client_echo(handle, true);
  says("\nWelcome home.\n> ");
  pass(11s);
  EXPECT_EQ(codes(client), 1U);
}

TEST_F(Codes, AGameThatHidesNothingIsAskingForAPasswordWhenItSaysSo) {
  FakeTransport client;
  connect(client);
  types("oda");
  says("Password: ");
  pass(1min);
  EXPECT_EQ(codes(client), 0U);
  types("sesam");
  says("Welcome home.\n> ");
  pass(1s);
  EXPECT_EQ(codes(client), 1U);
}

// The store takes its time, and the game asks for a password meanwhile.
TEST_F(Codes, OneThatIsReadyOnlyAtAPasswordPromptWaits) {
  FakeTransport client;
  connect(client);
  logs_in();
  store.silent = true;
  pass(11s);
  types("@password");
  says("Old password: ");
  shard().on_client_echo(handle, false);
  store.answer();
  pass(1s);
  EXPECT_EQ(codes(client), 0U);
  types("sesam", true);
  shard().on_client_echo(handle, true);
  says("\n> ");
  pass(11s);
  EXPECT_EQ(codes(client), 1U);
}

TEST_F(Codes, AKindOfClientThatNeverShowedItsTokenIsShownACodeToo) {
  const auto mudlet = [](std::string version) {
    FakeTransport client;
    client.has_token_store = true;
    client.counts = false;
    client.program = R"({"client":"Mudlet","version":")" + std::move(version) + "\"}";
    return client;
  };
  FakeTransport client = mudlet("5.0");
  connect(client);
  logs_in();
  pass(11s);
  EXPECT_EQ(codes(client), 1U);
  ASSERT_NE(client.token, "");
  shard().ended(handle);

  FakeTransport again = mudlet("5.0");
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  FakeTransport same_kind = mudlet("5.0");
  connect(same_kind);
  logs_in();
  pass(30s);
  EXPECT_NE(same_kind.token, "");
  EXPECT_EQ(codes(same_kind), 0U) << "this kind shows its tokens";
  FakeTransport other_kind = mudlet("4.19");
  connect(other_kind);
  logs_in();
  pass(30s);
  EXPECT_EQ(codes(other_kind), 1U);
}

TEST_F(Codes, AfterARestartThePlayerOfATelnetGameIsToldToEnterItAgain) {
  FakeTransport client = browser();
  connect(client);
  logs_in();
  gateway->run();
  const std::string token = client.token;
  ASSERT_NE(token, "");
  kill_and_start(2);
  world().own_login = true;
  FakeTransport again = browser();
  gateway->come_back(again, token);
  EXPECT_NE(again.transcript().find("please log in to the game again"), std::string::npos)
      << again.transcript();

  kill_and_start(3);
  FakeTransport elsewhere = browser();
  gateway->come_back(elsewhere, again.token);
  EXPECT_EQ(elsewhere.transcript().find("enter the game"), std::string::npos)
      << "a world that knows the session takes it back";
}

}  // namespace
}  // namespace wyld::session
