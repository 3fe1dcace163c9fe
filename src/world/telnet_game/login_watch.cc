#include "world/telnet_game/login_watch.h"

#include <algorithm>
#include <utility>

#include "session/secret.h"

namespace wyld::telnet_game {
namespace {

constexpr std::size_t kAccountBytesMax = 64;
constexpr std::string_view kAccountReference = "${account}";

bool same_letter(char left, char right) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return lower(left) == lower(right);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

LoginWatch::LoginWatch(const LoginScript& script) : script_(script) {
  // An account in a text that is looked for is as long as it may be.
  const auto consider = [this](const std::string& text) {
    longest_ = std::max(longest_, text.size() + kAccountBytesMax);
  };
  std::ranges::for_each(script.success(), consider);
  std::ranges::for_each(script.failure(), consider);
  for (const LoginScript::Step& step : script.steps()) {
    if (!step.send) consider(step.text);
  }
}

void LoginWatch::said(std::string_view utf8) {
  if (over()) return;
  said_bytes_ += utf8.size();
  plain_.feed(utf8, text_);
  look();
  if (text_.size() > longest_) text_.erase(0, text_.size() - longest_);
}

// A player may type "alice" where the game says "Alice".
std::size_t LoginWatch::find(const std::string& text) const {
  const std::string wanted = script_.expand(text, supposed_);
  if (text.find(kAccountReference) == std::string::npos) return text_.find(wanted);
  const auto found = std::ranges::search(text_, wanted, same_letter);
  return found.empty() ? std::string::npos : static_cast<std::size_t>(found.begin() - text_.begin());
}

void LoginWatch::look() {
  if (!supposed_.empty()) {
    const auto said = [this](const std::string& text) { return find(text) != std::string::npos; };
    const auto success = std::ranges::find_if(script_.success(), said);
    if (std::ranges::any_of(script_.failure(), said)) {
      supposed_.clear();
      step_ = 0;
    } else if (success != script_.success().end()) {
      // Spelt as the game does, where it says the name.
      const std::size_t name = success->find(kAccountReference);
      known_ = name == std::string::npos ? supposed_ : text_.substr(find(*success) + name, supposed_.size());
      return;
    }
  }
  while (step_ < script_.steps().size() && !script_.steps()[step_].send) {
    const std::string text = script_.expand(script_.steps()[step_].text, supposed_);
    const std::size_t at = text_.find(text);
    if (at == std::string::npos) return;
    text_.erase(0, at + text.size());
    ++step_;
  }
}

void LoginWatch::typed(std::string_view line, bool secret) {
  if (over()) return;
  std::string before = std::exchange(last_line_, {});
  if (step_ < script_.steps().size() && script_.steps()[step_].send) {
    const std::string& text = script_.steps()[step_++].text;
    if (!secret) suppose(LoginScript::account_in(text, line));
    look();
  } else if (secret && script_.asks_for_the_name_alone()) {
    // Clients that sign in by themselves do not wait for the prompts: a name, and then a password.
    suppose(before);
  }
  session::wipe(before);  // some games show passwords
  if (!secret && script_.asks_for_the_name_alone()) last_line_ = line;
}

void LoginWatch::offered(std::string_view account) {
  // "account:character": of characters the script knows nothing.
  if (!over()) suppose(account.substr(0, account.find(':')));
}

void LoginWatch::suppose(std::string_view account) {
  account = trimmed(account);
  if (account.empty() || account.size() > kAccountBytesMax) return;
  supposed_ = account;
  text_.clear();  // only what the game says from now on is its answer
}

}  // namespace wyld::telnet_game
