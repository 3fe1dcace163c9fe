// The login script: its file, and a login by it as a stream of text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "world/telnet_game/login_run.h"
#include "world/telnet_game/login_script.h"

namespace wyld::telnet_game {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTemplate = R"(# The Isles
expect "By what name"
send "${account}"
expect "Password:"
send "${secret}"
success "Welcome back, ${account}"
success "Reconnecting"
failure "Wrong password"
failure "No such player"
timeout 7s

secret Alice "open \"sesame\" \\"
secret bob "hunter22"
)";

std::string problem_of(std::string_view text) {
  const auto script = LoginScript::parse(text);
  return script ? "" : script.error().message;
}

TEST(LoginScript, IsReadWhole) {
  const auto script = LoginScript::parse(kTemplate);
  ASSERT_TRUE(script.has_value()) << script.error().message;
  EXPECT_EQ(script->steps().size(), 4U);
  EXPECT_EQ(script->timeout(), std::chrono::seconds(7));
  EXPECT_FALSE(script->always());
  EXPECT_TRUE(script->serves("alice"));
  EXPECT_TRUE(script->serves("BOB"));
  EXPECT_FALSE(script->serves("carl")) << "no secret";
  EXPECT_FALSE(script->serves(""));
  EXPECT_FALSE(script->serves("bob\r\nquit"));
  EXPECT_EQ(script->expand("<${account}:${secret}:${secret:bob}>", "alice"),
            R"(<alice:open "sesame" \:hunter22>)");
}

TEST(LoginScript, NeedsNoAccountWhereItNamesNone) {
  const auto script = LoginScript::parse("run always\nsend \"connect guest guest\"\nsuccess \"In\"");
  ASSERT_TRUE(script.has_value()) << script.error().message;
  EXPECT_TRUE(script->serves(""));
  EXPECT_TRUE(script->always());
  const auto keyed = LoginScript::parse("send \"${secret:gate}\"\nsuccess \"In\"\nsecret gate \"k\"");
  ASSERT_TRUE(keyed.has_value()) << keyed.error().message;
  EXPECT_TRUE(keyed->serves(""));
}

TEST(LoginScript, MistakesAreNamedByLineAndNeverRepeatWhatStandsThere) {
  const std::string good = "send \"x\"\nsuccess \"y\"\n";
  for (const std::string_view line : {"secret bob hunter22",
                                      "secret bob \"hunter22",
                                      "secret \"hunter22\"",
                                      "secret bob \"hunter22\" x",
                                      "secret bob \"\\hunter22\"",
                                      "hunter22",
                                      "send hunter22",
                                      "send \"${hunter22}\"",
                                      "send \"${secret:}\"",
                                      "send \"${hunter22\"",
                                      "expect \"${secret:hunter22}\"",
                                      "success \"${secret}\"",
                                      "timeout hunter22",
                                      "timeout 0s",
                                      "timeout 301s",
                                      "timeout 20",
                                      "timeout",
                                      "run hunter22",
                                      "expect \"\"",
                                      "send \"a\x01hunter22\"",
                                      "expect"}) {
    const std::string problem = problem_of(good + std::string(line));
    EXPECT_THAT(problem, HasSubstr("line 3: ")) << line;
    EXPECT_THAT(problem, Not(HasSubstr("hunter22"))) << line;
  }
  EXPECT_EQ(problem_of(good + "send \"\""), "") << "the Return key";
  EXPECT_THAT(problem_of(good + "send \"${secret}\""), HasSubstr("add: send \"${account}\""));
  EXPECT_THAT(problem_of(good + "send \"${secret:a} ${account}\"\nsecret a \"b\""), HasSubstr("account"));
  EXPECT_THAT(problem_of("send \"x\""), HasSubstr("success"));
  EXPECT_THAT(problem_of("success \"x\""), HasSubstr("nothing is sent"));
  EXPECT_THAT(problem_of(good + "send \"${secret:hunter22}\""), HasSubstr("no line defines"));
  EXPECT_THAT(problem_of(good + "secret a \"1\"\nsecret A \"2\""), HasSubstr("line 4: there is a secret"));
  EXPECT_THAT(problem_of("\xff"), HasSubstr("UTF-8"));
  EXPECT_EQ(problem_of(good + "  \t\r\n # comment\r\n timeout 300s \r\n"), "");
}

TEST(LoginScript, BoundsAreKeptFromBothSides) {
  const std::string good = "send \"x\"\nsuccess \"y\"\n";
  std::string steps = good;
  for (std::size_t i = 1; i < LoginScript::kStepsMax; ++i) steps += "expect \"x\"\n";
  EXPECT_EQ(problem_of(steps), "");
  EXPECT_NE(problem_of(steps + "expect \"x\"\n"), "");
  std::string texts = good;
  for (std::size_t i = 1; i < LoginScript::kTextsMax; ++i) texts += "success \"x\"\n";
  EXPECT_EQ(problem_of(texts), "");
  EXPECT_NE(problem_of(texts + "success \"x\"\n"), "");
  EXPECT_EQ(problem_of(good + "failure \"" + std::string(LoginScript::kTextBytesMax, 'x') + "\""), "");
  EXPECT_NE(problem_of(good + "failure \"" + std::string(LoginScript::kTextBytesMax + 1, 'x') + "\""), "");
  std::string secrets = good;
  for (std::size_t i = 0; i < LoginScript::kSecretsMax; ++i)
    secrets += "secret s" + std::to_string(i) + " \"x\"\n";
  EXPECT_EQ(problem_of(secrets), "");
  EXPECT_NE(problem_of(secrets + "secret more \"x\"\n"), "");
  EXPECT_NE(problem_of(std::string(LoginScript::kFileBytesMax + 1, '\n')), "");
}

class LoginFile : public ::testing::Test {
 protected:
  LoginFile() {
    const int fd = ::mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    ::close(fd);
  }
  ~LoginFile() override { ::unlink(path_.c_str()); }
  void write(std::string_view text, mode_t mode) const {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  [[nodiscard]] std::string problem() const {
    const auto script = load_login_script(path_);
    return script ? "" : script.error().message;
  }
  std::string path_ = "/tmp/wyldgate-login-XXXXXX";
};

TEST_F(LoginFile, IsReadWhenOnlyItsOwnerAndGroupCan) {
  for (const mode_t mode : {0600U, 0400U, 0640U, 0440U}) {
    write(kTemplate, mode);
    EXPECT_EQ(problem(), "") << mode;
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  }
}

TEST_F(LoginFile, IsRefusedWithTheCommandWhenOthersCanReadOrChangeIt) {
  for (const mode_t mode : {0644U, 0604U, 0602U, 0620U, 0660U}) {
    write(kTemplate, mode);
    EXPECT_THAT(problem(), HasSubstr("run: chmod 600 " + path_)) << mode;
    EXPECT_THAT(problem(), Not(HasSubstr("hunter22")));
  }
}

TEST_F(LoginFile, TroubleNamesTheFile) {
  EXPECT_THAT(load_login_script("/nowhere/login").error().message,
              HasSubstr("/nowhere/login cannot be read (No such file"));
  EXPECT_THAT(load_login_script("/tmp").error().message, HasSubstr("/tmp is no file"));
  write("send \"x\"\n", 0600);
  EXPECT_THAT(problem(), HasSubstr(path_ + " no text says"));
  write(std::string(LoginScript::kFileBytesMax + 10, '#'), 0600);
  EXPECT_THAT(problem(), HasSubstr("larger than"));
}

// The lines sent, joined by '|', and how it ended.
std::string run(const LoginScript& script, const std::vector<std::string_view>& pieces) {
  LoginRun run(script, "alice");
  std::string out;
  std::string line;
  const auto go_on = [&] {
    for (;;) {
      switch (run.next(line)) {
        case LoginRun::Move::kWait:
          return true;
        case LoginRun::Move::kSend:
          out += line + "|";
          break;
        case LoginRun::Move::kSucceeded:
          out += "in";
          return false;
        case LoginRun::Move::kFailed:
          out += "failed";
          return false;
      }
    }
  };
  if (!go_on()) return out;
  for (const std::string_view piece : pieces) {
    run.feed(piece);
    if (!go_on()) return out;
  }
  return out;
}

TEST(LoginRun, CutsBetweenPiecesDoNotChangeTheSteps) {
  const LoginScript script = *LoginScript::parse(kTemplate);
  const std::string in = "alice|open \"sesame\" \\|";
  for (const auto& [text, expected] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"By what name\x1b[0m? Password:\nWelcome back, alice!", in + "in"},
           {"\x1b[1;31mBy \x1b[0mwhat\x1b]0;title\x07 name?\nPass\x1b(Bword:\nReconnecting", in + "in"},
           {"By what name? Password:\nWrong password\nReconnecting", in + "failed"},
           {"No such player. By what name?", "failed"},
           {"Welcome back, alice", ""},
           {"By what name? Welcome back, alice", "alice|"},
           {"Password: By what name?", "alice|"},
           {"By what \nname", ""},
           {"By what By what name Password:", in},
           {"By what name Password: Welcome back, bob", in},
       }) {
    EXPECT_EQ(run(script, {text}), expected) << text;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(run(script, {text.substr(0, cut), text.substr(cut)}), expected) << text << " cut at " << cut;
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    EXPECT_EQ(run(script, bytes), expected) << text;
  }
}

TEST(LoginRun, ATextIsFoundBehindMuchOther) {
  const LoginScript script = *LoginScript::parse(kTemplate);
  const std::string noise(100'000, 'x');
  EXPECT_EQ(run(script, {noise, "By what ", "name", noise, noise + "Password:"}),
            "alice|open \"sesame\" \\|");
}

TEST(LoginRun, AScriptMayBeginWithSending) {
  const LoginScript script =
      *LoginScript::parse("send \"connect ${account}\"\nsend \"look\"\nsuccess \"room\"");
  EXPECT_EQ(run(script, {}), "connect alice|look|");
  EXPECT_EQ(run(script, {"A room"}), "connect alice|look|in");
}

TEST(PlainText, EscapeSequencesOfEveryKindAreLeftOut) {
  for (const auto& [text, expected] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"a\x1b[31mb", "ab"},
           {"a\x1b[0;1\x1b[mb", "ab"},
           {"a\x1b]8;;http://x\x1b\\b", "ab"},
           {"a\x1b]0;x\x07"
            "b",
            "ab"},
           {"a\x1b]0;never ends\nb", "ab"},
           {"a\x1bPdevice\x1b\\b", "ab"},
           {"a\x1b(Bb", "ab"},
           {"a\x1b=b", "ab"},
           {"a\x1b\x1b[mb", "ab"},
           {"a\tb\r\nc\x7f", "ab\nc"},
           {"\xE2\x82\xAC", "\xE2\x82\xAC"},
       }) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      PlainText plain;
      std::string out;
      plain.feed(text.substr(0, cut), out);
      plain.feed(text.substr(cut), out);
      EXPECT_EQ(out, expected) << text << " cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace wyld::telnet_game
