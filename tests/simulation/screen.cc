#include "simulation/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wyld::simulation {

void Screen::turn_to(SessionNumber session) {
  line_.clear();
  if (shown_.session == session) return;
  if (shown_.session != kNoSession) others_.push_back(shown_);
  const auto before = std::find_if(others_.begin(), others_.end(),
                                   [session](const Shown& other) { return other.session == session; });
  if (before != others_.end()) {
    shown_ = *before;
    others_.erase(before);
  } else {
    shown_ = {.session = session, .screen = number_};
  }
  question_.clear();
}

void Screen::gap(bool wide) {
  line_.clear();
  in_pieces_ = true;
  model_->told_gap(shown_, wide);
}

void Screen::text(std::string_view utf8) {
  while (!utf8.empty()) {
    const std::size_t end = utf8.find('\n');
    line_ += utf8.substr(0, end);
    if (end == std::string_view::npos) return;
    end_line();
    line_.clear();
    in_pieces_ = false;
    utf8.remove_prefix(end + 1);
  }
}

void Screen::end_line() {
  std::string_view words = line_;
  while (words.starts_with("> ")) words.remove_prefix(2);
  if (words.starts_with("[") || words.empty()) return;  // the gateway's own
  SessionNumber session = 0;
  std::uint32_t number = 0;
  const char* const end = words.data() + words.size();
  const auto after_session = std::from_chars(words.data() + 1, end, session);
  const bool begins = words.front() == 'W' && after_session.ec == std::errc{} && after_session.ptr != end &&
                      *after_session.ptr == '.' && words.back() == ';';
  if (!begins || std::from_chars(after_session.ptr + 1, end, number).ec != std::errc{}) {
    if (!in_pieces_) model_->fail(fmt::format("a screen shows \"{}\"", words.substr(0, 80)));
    return;
  }
  model_->shown(shown_, session, number);
  const std::string_view rest = words.substr(words.find(' ') + 1);
  question_ = rest == "name?;" || rest == "password?;" ? rest.substr(0, rest.size() - 1) : "welcome";
}

}  // namespace wyld::simulation
