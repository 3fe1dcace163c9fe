#include "session/login_dialogue.h"

#include <algorithm>
#include <utility>

#include "session/account_name.h"

namespace wyld::session {
namespace {

using Action = LoginStep::Action;

// Shorter waits pass without a word.
constexpr std::chrono::seconds kSilentWait{2};

std::string_view question(State state) {
  switch (state) {
    case State::kPassword:
      return "Password: ";
    case State::kNewUsername:
      return "New name: ";
    case State::kNewPassword:
      return "New password: ";
    case State::kNewConfirm:
      return "Password again: ";
    case State::kNewEmail:
      return "E-mail: ";
    default:
      return "Your name: ";
  }
}

bool is_secret(State state) {
  return state == State::kPassword || state == State::kNewPassword || state == State::kNewConfirm;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string line_of(std::string_view text) { return std::string(text) + '\n'; }

}  // namespace

LoginStep LoginDialogue::start(std::string_view banner) {
  return go(State::kUsername, std::string(banner) + "If you are new here, type new.\n");
}

// What is hidden while it is typed leaves the cursor where it was: each answer to it begins on a new line.
LoginStep LoginDialogue::line(std::string_view text) {
  if (same_name(trimmed(text), "quit")) return leave(EndReason::kWorldEnded, "Goodbye.");
  switch (state_) {
    case State::kPassword:
      return password(text);
    case State::kNewUsername:
      return new_username(trimmed(text));
    case State::kNewPassword:
      return new_password(text);
    case State::kNewConfirm:
      return new_confirm(text);
    case State::kNewEmail:
      return new_email(trimmed(text));
    default:
      return username(trimmed(text));
  }
}

LoginStep LoginDialogue::username(std::string_view text) {
  if (text.empty()) return ask({});
  if (same_name(text, "new")) {
    return go(State::kNewUsername,
              "Choose a name of two to sixteen letters. An empty line takes you back one step.\n");
  }
  if (const std::string_view problem = name_problem(text); !problem.empty()) return ask(line_of(problem));
  name_ = text;
  return go(State::kPassword, {});
}

LoginStep LoginDialogue::password(std::string_view text) {
  if (text.empty()) return go(State::kUsername, "\n");
  password_ = Secret(text);
  waited_ = waiting_ = {};
  return consult(Action::kLogIn, "\n");
}

LoginStep LoginDialogue::credentials(std::string_view name, std::string_view password) {
  if (const std::string_view problem = name_problem(name); !problem.empty())
    return go(State::kUsername, "\n" + line_of(problem));
  name_ = name;
  password_ = Secret(password);
  state_ = State::kPassword;
  waited_ = waiting_ = {};
  return consult(Action::kLogIn, "\n");
}

LoginStep LoginDialogue::new_username(std::string_view text) {
  if (text.empty()) return go(State::kUsername, {});
  if (const std::string_view problem = name_problem(text); !problem.empty()) return ask(line_of(problem));
  name_ = text;
  return consult(Action::kCheckName, {});
}

LoginStep LoginDialogue::new_password(std::string_view text) {
  if (text.empty()) return go(State::kNewUsername, "\n");
  if (const std::string_view problem = password_problem(text, name_); !problem.empty()) {
    return ask("\n" + line_of(problem));
  }
  password_ = Secret(text);
  return go(State::kNewConfirm, "\n");
}

LoginStep LoginDialogue::new_confirm(std::string_view text) {
  const bool same = text == password_.view();
  if (!same) password_.wipe();
  if (text.empty()) return go(State::kNewPassword, "\n");
  if (!same) return go(State::kNewPassword, "\nThe two passwords differ. Please choose a password again.\n");
  return go(State::kNewEmail, "\nAn e-mail address is optional; press Enter to skip it.\n");
}

LoginStep LoginDialogue::new_email(std::string_view text) {
  if (!text.empty()) {
    if (const std::string_view problem = email_problem(text); !problem.empty()) {
      return ask(line_of(problem));
    }
  }
  email_ = text;
  return consult(Action::kCreate, {});
}

LoginStep LoginDialogue::answered(const AccountAnswer& answer) {
  switch (answer.verdict) {
    case AccountVerdict::kAccepted:
      if (state_ == State::kNewUsername) {
        return go(State::kNewPassword,
                  "Choose a password of at least eight characters. It is not shown as you type.\n");
      }
      name_ = answer.name;
      password_.wipe();
      return {.action = Action::kEnter,
              .state = State::kPlaying,
              .text = state_ == State::kNewEmail ? "Your account is ready.\n" : ""};
    case AccountVerdict::kRefused:
      return refused(answer.message);
    case AccountVerdict::kWait:
      return wait_for(answer.wait);
    case AccountVerdict::kNameTaken:
      return taken(answer.message);
    case AccountVerdict::kUnavailable:
      break;
  }
  return give_up(state_ == State::kPassword
                     ? "You cannot log in right now; please try again in a minute."
                     : "You cannot make an account right now; please try again in a minute.");
}

LoginStep LoginDialogue::busy() {
  return give_up("Many players are logging in right now; please try again in a moment.");
}

LoginStep LoginDialogue::refused(std::string_view why) {
  password_.wipe();
  if (why.empty()) why = "That name and password do not match.";
  if (++refusals_ >= kRefusalsMax) {
    return leave(EndReason::kViolation, std::string(why) + " Please connect again later.");
  }
  return go(State::kUsername, line_of(why));
}

LoginStep LoginDialogue::taken(std::string_view why) {
  if (state_ == State::kNewEmail) {
    return leave(EndReason::kWorldEnded,
                 why.empty()
                     ? "Somebody else has just taken that name. Please connect again and choose another."
                     : why);
  }
  if (++taken_ >= kTakenMax) {
    return leave(EndReason::kViolation, "That name is taken too. Please connect again later.");
  }
  return ask(why.empty() ? "That name is taken. Please choose another.\n" : line_of(why));
}

LoginStep LoginDialogue::wait_for(std::chrono::milliseconds wait) {
  const bool first = waited_.count() == 0;
  waiting_ = wait;
  LoginStep step{.action = Action::kWait, .state = state_, .text = {}, .wait = wait};
  if (first && wait > kSilentWait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    step.text = "There were failed logins before: please wait " + std::to_string(seconds) + " seconds.\n";
  }
  return step;
}

LoginStep LoginDialogue::waited() {
  waited_ += std::exchange(waiting_, {});
  return consult(Action::kLogIn, {});
}

// Back to a question that the player can answer in a while.
LoginStep LoginDialogue::give_up(std::string_view why) {
  if (state_ == State::kNewEmail) return ask(line_of(why));  // there is no way back from here, only forward
  password_.wipe();
  return go(State::kUsername, line_of(why));
}

LoginStep LoginDialogue::ask(std::string_view before) {
  return {.action = Action::kAsk,
          .state = state_,
          .secret = is_secret(state_),
          .text = std::string(before) + std::string(question(state_))};
}

LoginStep LoginDialogue::go(State state, std::string_view before) {
  state_ = state;
  return ask(before);
}

LoginStep LoginDialogue::consult(Action action, std::string_view before) {
  return {.action = action, .state = state_, .text = std::string(before)};
}

LoginStep LoginDialogue::leave(EndReason reason, std::string_view text) {
  password_.wipe();
  return {.action = Action::kLeave, .state = state_, .text = std::string(text), .reason = reason};
}

LoginAttempt LoginDialogue::attempt(std::string_view address) const {
  return {.name = name_,
          .password = Secret(password_.view()),
          .address = std::string(address),
          .waited = waited_};
}

NewAccount LoginDialogue::account(std::string_view address) const {
  return {
      .name = name_, .password = Secret(password_.view()), .email = email_, .address = std::string(address)};
}

}  // namespace wyld::session
