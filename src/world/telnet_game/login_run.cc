#include "world/telnet_game/login_run.h"

#include <algorithm>

namespace wyld::telnet_game {
namespace {

// The index behind the first occurrence of `text` in `where`; npos: it does not occur.
std::size_t end_of(std::string_view text, std::string_view where) {
  const std::size_t at = where.find(text);
  return at == std::string_view::npos ? at : at + text.size();
}

// The same for whichever of `texts` is complete first.
std::size_t first_end_of(const std::vector<std::string>& texts, std::string_view where) {
  std::size_t first = std::string_view::npos;
  for (const std::string& text : texts) first = std::min(first, end_of(text, where));
  return first;
}

}  // namespace

void PlainText::feed(std::string_view utf8, std::string& out) {
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    switch (state_) {
      case State::kText:
        if (byte == 0x1B) {
          state_ = State::kEscape;
        } else if ((byte >= 0x20 && byte != 0x7F) || c == '\n') {
          out += c;
        }
        break;
      case State::kEscape:  // ECMA-48: intermediates, then one final byte
        if (c == '[') {
          state_ = State::kCsi;
        } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
          state_ = State::kString;
        } else if (byte >= 0x30 || byte < 0x20) {
          state_ = byte == 0x1B ? State::kEscape : State::kText;
        }
        break;
      case State::kCsi:
        if (byte == 0x1B) {
          state_ = State::kEscape;
        } else if ((byte >= 0x40 && byte <= 0x7E) || byte < 0x20) {
          state_ = State::kText;
        }
        break;
      case State::kString:
        if (byte == 0x1B) {
          state_ = State::kStringEscape;
        } else if (byte == 0x07 || c == '\n') {
          state_ = State::kText;
        }
        break;
      case State::kStringEscape:
        state_ = c == '\\' ? State::kText : State::kString;
        break;
    }
  }
}

LoginRun::LoginRun(const LoginScript& script, std::string_view account) : script_(script), account_(account) {
  for (const std::string& text : script.success()) success_.push_back(script.expand(text, account));
  for (const std::string& text : script.failure()) failure_.push_back(script.expand(text, account));
  for (const std::string& text : success_) longest_ = std::max(longest_, text.size());
  for (const std::string& text : failure_) longest_ = std::max(longest_, text.size());
  for (const LoginScript::Step& step : script.steps()) {
    if (!step.send) longest_ = std::max(longest_, script.expand(step.text, account).size());
  }
}

void LoginRun::feed(std::string_view utf8) { plain_.feed(utf8, text_); }

LoginRun::Move LoginRun::next(std::string& line) {
  if (!done() && script_.steps()[step_].send) {
    line = script_.expand(script_.steps()[step_++].text, account_);
    return Move::kSend;
  }
  for (;;) {
    // What was said first counts first, however much has come at once.
    const std::size_t failed = first_end_of(failure_, text_);
    const std::size_t found = done() ? first_end_of(success_, text_)
                                     : end_of(script_.expand(script_.steps()[step_].text, account_), text_);
    if (failed != std::string::npos && failed <= found) return Move::kFailed;
    if (found == std::string::npos) break;
    if (done()) return Move::kSucceeded;
    text_.erase(0, found);
    ++step_;
    if (!done() && script_.steps()[step_].send) return next(line);
  }
  if (text_.size() >= longest_) text_.erase(0, text_.size() - longest_ + 1);
  return Move::kWait;
}

}  // namespace wyld::telnet_game
