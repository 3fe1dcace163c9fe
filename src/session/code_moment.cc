#include "session/code_moment.h"

#include <algorithm>
#include <array>

namespace wyld::session {
namespace {

// Longer than a name, a password and what lies between them take somebody who has them ready.
constexpr std::chrono::seconds kLoginTakes{10};
// An answer may come in pieces, and the wish not to show what is typed behind it.
constexpr std::chrono::milliseconds kAnswerSettles{500};

bool contains_word_of_password(std::string_view prompt) noexcept {
  constexpr std::array<std::string_view, 8> kWords{"passw",   "passphrase", "kennwort",   "mot de passe",
                                                   "contras", "senha",      "has\u0142o", "l\u00f6senord"};
  return std::ranges::any_of(kWords, [prompt](std::string_view word) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return std::search(prompt.begin(), prompt.end(), word.begin(), word.end(), same) != prompt.end();
  });
}

}  // namespace

CodeMoment::Look CodeMoment::entered(runtime::TimePoint now) noexcept {
  due_ = true;
  entered_ = now;
  return now + kLoginTakes;
}

CodeMoment::Look CodeMoment::answered(runtime::TimePoint now) noexcept {
  typed_ = false;
  // The answer to a name is a question for the password.
  if (!password_typed_ && now < entered_ + kLoginTakes) return std::nullopt;
  return now + kAnswerSettles;
}

CodeMoment::Look CodeMoment::echo_is_back(runtime::TimePoint now) noexcept {
  if (!due_) return std::nullopt;
  password_typed_ = true;
  return now + kLoginTakes;
}

bool CodeMoment::may_show(bool client_echoes, std::string_view prompt) const noexcept {
  return due_ && client_echoes && !contains_word_of_password(prompt);
}

}  // namespace wyld::session
