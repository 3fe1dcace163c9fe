#include "session/login_dialogue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Action = LoginStep::Action;
using Verdict = AccountVerdict;

std::string_view action_name(Action action) {
  constexpr std::string_view kNames[] = {"ask", "log in", "check name", "create", "wait", "enter", "leave"};
  return kNames[static_cast<std::size_t>(action)];
}

// "Username: Your name: ", "Password (hidden): Password: ", "Password, log in: \n".
std::string shown(const LoginStep& step) {
  std::string text(state_name(step.state));
  if (step.action != Action::kAsk) text += ", " + std::string(action_name(step.action));
  if (step.secret) text += " (hidden)";
  return text + ": " + step.text;
}

AccountAnswer answer(Verdict verdict) { return {.verdict = verdict, .name = "Ada"}; }
AccountAnswer wait_of(std::chrono::milliseconds wait) {
  return {.verdict = Verdict::kWait, .wait = wait, .name = {}};
}

constexpr std::string_view kPassword = "correct horse";

// A dialogue that has come to `state` the shortest way.
LoginDialogue at(State state) {
  LoginDialogue dialogue;
  State now = dialogue.start({}).state;
  const auto type = [&](std::string_view text) { now = dialogue.line(text).state; };
  if (state == State::kPassword) type("ada");
  if (state >= State::kNewUsername) type("new");
  if (state >= State::kNewPassword) {
    type("ada");
    now = dialogue.answered(answer(Verdict::kAccepted)).state;
  }
  if (state >= State::kNewConfirm) type(kPassword);
  if (state >= State::kNewEmail) type(kPassword);
  EXPECT_EQ(now, state);
  return dialogue;
}

constexpr State kQuestions[] = {State::kUsername,    State::kPassword,   State::kNewUsername,
                                State::kNewPassword, State::kNewConfirm, State::kNewEmail};

TEST(LoginDialogue, LogsAPlayerIn) {
  LoginDialogue dialogue;
  EXPECT_EQ(shown(dialogue.start("The gate.\n")),
            "Username: The gate.\nIf you are new here, type new.\nYour name: ");
  EXPECT_EQ(shown(dialogue.line("  ada ")), "Password (hidden): Password: ");
  EXPECT_EQ(shown(dialogue.line(" correct horse ")), "Password, log in: \n");
  const LoginAttempt attempt = dialogue.attempt("203.0.113.7");
  EXPECT_EQ(attempt.name, "ada");
  EXPECT_EQ(attempt.password.view(), " correct horse ") << "a password is taken as it is";
  EXPECT_EQ(attempt.address, "203.0.113.7");
  EXPECT_EQ(attempt.waited, 0ms);
  EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kAccepted))), "Playing, enter: ");
  EXPECT_EQ(dialogue.name(), "Ada") << "as its owner wrote it";
  EXPECT_TRUE(dialogue.attempt("").password.empty()) << "forgotten";
}

TEST(LoginDialogue, MakesAnAccount) {
  LoginDialogue dialogue;
  EXPECT_EQ(dialogue.start({}).state, State::kUsername);
  EXPECT_EQ(shown(dialogue.line("NEW")),
            "NewUsername: Choose a name of two to sixteen letters. An empty line takes you back one step.\n"
            "New name: ");
  EXPECT_EQ(shown(dialogue.line("ada")), "NewUsername, check name: ");
  EXPECT_EQ(dialogue.name(), "ada");
  EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kAccepted))),
            "NewPassword (hidden): Choose a password of at least eight characters. It is not shown as you "
            "type.\nNew password: ");
  EXPECT_EQ(shown(dialogue.line(kPassword)), "NewConfirm (hidden): \nPassword again: ");
  EXPECT_EQ(shown(dialogue.line(kPassword)),
            "NewEmail: \nAn e-mail address is optional; press Enter to skip it.\nE-mail: ");
  EXPECT_EQ(shown(dialogue.line(" ada@example.org ")), "NewEmail, create: ");
  const NewAccount account = dialogue.account("203.0.113.7");
  EXPECT_EQ(account.name, "ada");
  EXPECT_EQ(account.password.view(), kPassword);
  EXPECT_EQ(account.email, "ada@example.org");
  EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kAccepted))), "Playing, enter: Your account is ready.\n");
  EXPECT_TRUE(dialogue.account("203.0.113.7").password.empty()) << "forgotten";
}

TEST(LoginDialogue, AnEmptyEmailIsLeftOut) {
  LoginDialogue dialogue = at(State::kNewEmail);
  EXPECT_EQ(shown(dialogue.line("")), "NewEmail, create: ");
  EXPECT_EQ(dialogue.account("203.0.113.7").email, "");
}

TEST(LoginDialogue, QuitLeavesFromEveryQuestion) {
  for (const State state : kQuestions) {
    LoginDialogue dialogue = at(state);
    const LoginStep step = dialogue.line(" Quit ");
    EXPECT_EQ(step.action, Action::kLeave) << state_name(state);
    EXPECT_EQ(step.text, "Goodbye.");
    EXPECT_EQ(step.reason, EndReason::kWorldEnded);
    EXPECT_TRUE(dialogue.account("203.0.113.7").password.empty());
  }
}

TEST(LoginDialogue, AnEmptyLineGoesOneStepBackWhereThereIsOne) {
  const std::pair<State, std::string_view> back[] = {
      {State::kUsername, "Username: Your name: "},
      {State::kPassword, "Username: \nYour name: "},
      {State::kNewUsername, "Username: Your name: "},
      {State::kNewPassword, "NewUsername: \nNew name: "},
      {State::kNewConfirm, "NewPassword (hidden): \nNew password: "},
  };
  for (const auto& [state, text] : back) {
    LoginDialogue dialogue = at(state);
    EXPECT_EQ(shown(dialogue.line("")), text);
    EXPECT_TRUE(dialogue.account("203.0.113.7").password.empty());
  }
}

TEST(LoginDialogue, WhoKeepsTheAccountsMaySayWhyNot) {
  const auto because = [](Verdict verdict, std::string why) {
    return AccountAnswer{.verdict = verdict, .name = {}, .message = std::move(why)};
  };
  LoginDialogue dialogue = at(State::kPassword);
  EXPECT_EQ(dialogue.line(kPassword).action, Action::kLogIn);
  EXPECT_EQ(shown(dialogue.answered(because(Verdict::kRefused, "Ada is banned until Friday."))),
            "Username: Ada is banned until Friday.\nYour name: ");
  EXPECT_TRUE(dialogue.account("203.0.113.7").password.empty());

  dialogue = at(State::kNewUsername);
  EXPECT_EQ(dialogue.line("ada").action, Action::kCheckName);
  EXPECT_EQ(shown(dialogue.answered(because(Verdict::kNameTaken, "Names here are of one syllable."))),
            "NewUsername: Names here are of one syllable.\nNew name: ");

  dialogue = at(State::kNewEmail);
  EXPECT_EQ(dialogue.line("").action, Action::kCreate);
  const LoginStep step = dialogue.answered(because(Verdict::kNameTaken, "Nobody new comes in today."));
  EXPECT_EQ(step.action, Action::kLeave);
  EXPECT_EQ(step.text, "Nobody new comes in today.");
}

TEST(LoginDialogue, EveryMoveIsInTheStateTable) {
  const AccountAnswer answers[] = {answer(Verdict::kAccepted), answer(Verdict::kRefused), wait_of(10ms),
                                   answer(Verdict::kNameTaken), answer(Verdict::kUnavailable)};
  const auto allowed = [](State from, const LoginStep& step) {
    EXPECT_TRUE(step.action == Action::kLeave || from == step.state || may_move(from, step.state))
        << state_name(from) << " to " << state_name(step.state);
  };
  for (const State state : kQuestions) {
    for (const std::string_view line : {"", "new", "ada", "correct horse", "x", "a@b", "quit"}) {
      LoginDialogue probe = at(state);
      const LoginStep step = probe.line(line);
      allowed(state, step);
      if (step.action == Action::kAsk || step.action == Action::kLeave) continue;
      for (const AccountAnswer& said : answers) {
        // Only log in is put off or refused, only names are taken.
        const bool login = step.action == Action::kLogIn;
        const bool of_login = said.verdict == Verdict::kRefused || said.verdict == Verdict::kWait;
        if (said.verdict == Verdict::kNameTaken ? login : of_login && !login) continue;
        LoginDialogue dialogue = at(state);
        ASSERT_EQ(dialogue.line(line).action, step.action);
        allowed(state, dialogue.answered(said));
      }
      LoginDialogue dialogue = at(state);
      ASSERT_EQ(dialogue.line(line).action, step.action);
      allowed(state, dialogue.busy());
    }
  }
}

TEST(LoginDialogue, BadNamesAreAskedForAgain) {
  LoginDialogue dialogue = at(State::kUsername);
  EXPECT_EQ(shown(dialogue.line("who")),
            "Username: That name is reserved. Please choose another.\nYour name: ");
  EXPECT_EQ(shown(dialogue.line("two words")),
            "Username: A name is one word of the letters a to z.\nYour name: ");
  LoginDialogue fresh = at(State::kNewUsername);
  EXPECT_EQ(shown(fresh.line("x")), "NewUsername: A name needs at least two letters.\nNew name: ");
  EXPECT_EQ(fresh.line("new").action, Action::kAsk);
}

TEST(LoginDialogue, ATakenNameIsAskedForAgainAndNotForEver) {
  LoginDialogue dialogue = at(State::kNewUsername);
  for (int i = 1; i < LoginDialogue::kTakenMax; ++i) {
    ASSERT_EQ(dialogue.line("ada").action, Action::kCheckName);
    EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kNameTaken))),
              "NewUsername: That name is taken. Please choose another.\nNew name: ");
  }
  ASSERT_EQ(dialogue.line("ada").action, Action::kCheckName);
  const LoginStep last = dialogue.answered(answer(Verdict::kNameTaken));
  EXPECT_EQ(last.action, Action::kLeave);
  EXPECT_EQ(last.reason, EndReason::kViolation);
}

TEST(LoginDialogue, ANameThatIsTakenAtTheLastMomentEndsTheSession) {
  LoginDialogue dialogue = at(State::kNewEmail);
  ASSERT_EQ(dialogue.line("").action, Action::kCreate);
  EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kNameTaken))),
            "NewEmail, leave: Somebody else has just taken that name. Please connect again and choose "
            "another.");
}

TEST(LoginDialogue, BadPasswordsAndAddressesAreAskedForAgain) {
  LoginDialogue dialogue = at(State::kNewPassword);
  EXPECT_EQ(shown(dialogue.line("short")),
            "NewPassword (hidden): \nA password needs at least eight characters.\nNew password: ");
  LoginDialogue email = at(State::kNewEmail);
  EXPECT_EQ(shown(email.line("ada at home")),
            "NewEmail: That does not look like an e-mail address.\nE-mail: ");
}

TEST(LoginDialogue, AMistypedConfirmationAsksForBothAgain) {
  LoginDialogue dialogue = at(State::kNewConfirm);
  EXPECT_EQ(shown(dialogue.line("correct horsf")),
            "NewPassword (hidden): \nThe two passwords differ. Please choose a password again.\n"
            "New password: ");
  EXPECT_TRUE(dialogue.account("203.0.113.7").password.empty());
  EXPECT_EQ(dialogue.line("battery staple").state, State::kNewConfirm);
  EXPECT_EQ(dialogue.line("battery staple").state, State::kNewEmail);
  EXPECT_EQ(dialogue.account("203.0.113.7").password.view(), "battery staple");
}

TEST(LoginDialogue, ARefusalSaysNothingAboutWhatWasWrongAndIsNotRepeatedForEver) {
  LoginDialogue dialogue = at(State::kUsername);
  for (int i = 1; i < LoginDialogue::kRefusalsMax; ++i) {
    ASSERT_EQ(dialogue.line("ada").action, Action::kAsk);
    ASSERT_EQ(dialogue.line("wrong").action, Action::kLogIn) << "even what no password can be is checked";
    EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kRefused))),
              "Username: That name and password do not match.\nYour name: ");
  }
  ASSERT_EQ(dialogue.line("ada").action, Action::kAsk);
  ASSERT_EQ(dialogue.line("wrong").action, Action::kLogIn);
  const LoginStep last = dialogue.answered(answer(Verdict::kRefused));
  EXPECT_EQ(shown(last), "Password, leave: That name and password do not match. Please connect again later.");
  EXPECT_EQ(last.reason, EndReason::kViolation);
}

TEST(LoginDialogue, APutOffAttemptIsMadeAgainByItself) {
  LoginDialogue dialogue = at(State::kPassword);
  ASSERT_EQ(dialogue.line(kPassword).action, Action::kLogIn);
  LoginStep step = dialogue.answered(wait_of(2s));
  EXPECT_EQ(shown(step), "Password, wait: ") << "a short wait passes in silence";
  EXPECT_EQ(step.wait, 2s);
  EXPECT_EQ(shown(dialogue.waited()), "Password, log in: ");
  EXPECT_EQ(dialogue.attempt("").waited, 2s);
  EXPECT_EQ(dialogue.attempt("").password.view(), kPassword);
  EXPECT_EQ(dialogue.answered(wait_of(4s)).text, "") << "said once at most";
  EXPECT_EQ(dialogue.waited().action, Action::kLogIn);
  EXPECT_EQ(dialogue.attempt("").waited, 6s);
  EXPECT_EQ(dialogue.answered(answer(Verdict::kAccepted)).action, Action::kEnter);

  LoginDialogue longer = at(State::kPassword);
  ASSERT_EQ(longer.line(kPassword).action, Action::kLogIn);
  EXPECT_EQ(longer.answered(wait_of(7001ms)).text,
            "There were failed logins before: please wait 8 seconds.\n");
}

TEST(LoginDialogue, WhenNothingCanBeCheckedTheNameIsAskedForAgain) {
  LoginDialogue login = at(State::kPassword);
  ASSERT_EQ(login.line(kPassword).action, Action::kLogIn);
  EXPECT_EQ(shown(login.answered(answer(Verdict::kUnavailable))),
            "Username: You cannot log in right now; please try again in a minute.\nYour name: ");
  EXPECT_TRUE(login.account("203.0.113.7").password.empty());

  LoginDialogue full = at(State::kPassword);
  ASSERT_EQ(full.line(kPassword).action, Action::kLogIn);
  EXPECT_EQ(shown(full.busy()),
            "Username: Many players are logging in right now; please try again in a moment.\nYour name: ");

  LoginDialogue name = at(State::kNewUsername);
  ASSERT_EQ(name.line("ada").action, Action::kCheckName);
  EXPECT_EQ(shown(name.answered(answer(Verdict::kUnavailable))),
            "Username: You cannot make an account right now; please try again in a minute.\n"
            "Your name: ");

  // The table has no way back from here, and the player has typed enough: what there is stays.
  LoginDialogue create = at(State::kNewEmail);
  ASSERT_EQ(create.line("a@b").action, Action::kCreate);
  EXPECT_EQ(shown(create.answered(answer(Verdict::kUnavailable))),
            "NewEmail: You cannot make an account right now; please try again in a minute.\nE-mail: ");
  EXPECT_EQ(create.line("a@b").action, Action::kCreate);
  EXPECT_EQ(create.account("203.0.113.7").password.view(), kPassword);
}

TEST(LoginDialogue, RepeatsItsQuestion) {
  EXPECT_EQ(shown(at(State::kUsername).repeat()), "Username: \nYour name: ");
  EXPECT_EQ(shown(at(State::kNewConfirm).repeat()), "NewConfirm (hidden): \nPassword again: ");
}

TEST(LoginDialogue, HostileLinesAreAnsweredLikeAnyOther) {
  for (const State state : kQuestions) {
    for (const std::string& line : {std::string(100'000, 'a'), std::string("\0\0", 2),
                                    std::string("\xff\xfe"), std::string(5'000, ' '), std::string("%s%n")}) {
      LoginDialogue dialogue = at(state);
      const LoginStep step = dialogue.line(line);
      EXPECT_NE(step.action, Action::kLeave);
      EXPECT_EQ(step.text.find(line.substr(0, 2)), std::string::npos) << "nothing typed is said back";
    }
  }
}

TEST(LoginDialogue, TakesNameAndPasswordAtOnceWhereItAsksForEither) {
  for (const State state : kQuestions) {
    LoginDialogue dialogue = at(state);
    EXPECT_EQ(dialogue.takes_credentials(), state == State::kUsername || state == State::kPassword);
    if (!dialogue.takes_credentials()) continue;
    EXPECT_EQ(shown(dialogue.credentials("ada", " correct horse ")), "Password, log in: \n");
    EXPECT_EQ(dialogue.attempt({}).name, "ada");
    EXPECT_EQ(dialogue.attempt({}).password.view(), " correct horse ");
    EXPECT_EQ(shown(dialogue.answered(answer(Verdict::kRefused))),
              "Username: That name and password do not match.\nYour name: ");
    EXPECT_EQ(shown(dialogue.credentials("no name", kPassword)),
              "Username: \nA name is one word of the letters a to z.\nYour name: ");
  }
}

}  // namespace
}  // namespace wyld::session
