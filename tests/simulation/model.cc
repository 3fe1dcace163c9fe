// Sessions and what worlds say in them. model_lines.cc has what players type, model_secrets.cc tokens, codes
// and the gateway's life.
#include "simulation/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wyld::simulation {

void Model::fail(std::string words) {
  trace_([&] { return "*** " + words; });
  if (failure_.empty()) failure_ = std::move(words);
}

std::string Model::name(SessionNumber session) const {
  return session == kNoSession ? "no session" : fmt::format("S{}", session);
}

SessionNumber Model::number_of(const SessionId& id) {
  const auto [found, fresh] = numbers_.try_emplace(id, count_of(scores_));
  if (fresh) {
    scores_.emplace_back();
    scores_.back().id = id;
    trace_([&] { return fmt::format("S{} is {}", found->second, id.text()); });
  }
  return found->second;
}

SessionNumber Model::number_of(std::string_view text) const {
  const std::optional<SessionId> id = SessionId::parse(text);
  if (!id) return kNoSession;
  const auto found = numbers_.find(*id);
  return found == numbers_.end() ? kNoSession : found->second;
}

void Model::went_over(std::uint64_t connection, const SessionId& fresh, const SessionId& id) {
  if (fresh == id) return;
  const SessionNumber to = number_of(id);
  Score& from = score(fresh);
  std::vector<std::uint32_t>& moved = scores_[to].lines;
  std::erase_if(from.lines, [&](std::uint32_t index) {
    Line& line = lines_[index];
    if (line.connection != connection || line.arrivals > 0 || line.given) return false;
    line.session = to;
    moved.push_back(index);
    return true;
  });
  from.lines_done = 0;
}

void Model::removed(const SessionId& id) {
  Score& session = score(id);
  trace_([&] { return fmt::format("{} is removed by the housekeeper", name(number_of(id))); });
  session.over = true;
}

std::string Model::say(const SessionId& id, std::string_view words) {
  const SessionNumber session = number_of(id);
  std::vector<Fate>& said = scores_[session].said;
  std::string text = fmt::format("W{}.{} {};\n", session, said.size(), words);
  said.push_back(Fate::kUnknown);
  trace_([&] {
    return fmt::format("the world says {}", text.substr(0, std::min<std::size_t>(text.size() - 1, 40)));
  });
  return text;
}

void Model::unsaid(const SessionId& id, std::uint32_t from, std::uint32_t to) {
  std::vector<Fate>& said = score(id).said;
  for (std::uint32_t i = from; i <= to && i < said.size(); ++i) {
    if (said[i] == Fate::kUnknown) said[i] = Fate::kUnsaid;
  }
}

void Model::told_gap(Shown& screen, bool wide) {
  screen.gap = true;
  screen.wide_gap = screen.wide_gap || wide;
  if (screen.session == kNoSession) return;
  Score& score = scores_[screen.session];
  score.any_gap = true;
  score.told_to = count_of(score.said);
  score.told_on = screen.screen;
}

bool Model::may_be_missing(const Shown& screen, const Score& score, std::uint32_t words) const noexcept {
  // Who reads on at another screen, has read of the gap on the first.
  const bool told_elsewhere = score.told_on != screen.screen && words < score.told_to;
  return screen.gap || told_elsewhere || (screen.wide_gap && words < score.said_at_return);
}

void Model::shown(Shown& screen, SessionNumber session, std::uint32_t words) {
  trace_([&] {
    return fmt::format("a screen of {} shows W{}.{}{}{}", name(screen.session), session, words,
                       words == screen.next ? "" : fmt::format(" and not W{}.{}", session, screen.next),
                       screen.gap ? ", behind a gap" : "");
  });
  if (session != screen.session) {
    return fail(fmt::format("words of {} on a screen of {}", name(session), name(screen.session)));
  }
  Score& score = scores_[session];
  if (words >= score.said.size())
    return fail(fmt::format("words that nobody has said: W{}.{}", session, words));
  if (words < screen.next) {
    const bool resent = words >= score.resend_from;
    if (resent || (screen.may_repeat && words >= score.repeat_from)) {
      screen.next = words;
      if (resent) score.resend_from = ~std::uint32_t{0};
    } else {
      return fail(fmt::format("W{}.{} is shown twice, or late: W{}.{} was shown before", session, words,
                              session, screen.next - 1));
    }
  }
  for (std::uint32_t missing = screen.next; missing < words; ++missing) {
    Fate& fate = score.said[missing];
    if (fate != Fate::kUnknown) continue;
    if (!may_be_missing(screen, score, missing)) {
      return fail(fmt::format("W{}.{} is missing before W{}.{}, and nobody has said so", session, missing,
                              session, words));
    }
    fate = Fate::kMissed;
  }
  score.said[words] = Fate::kShown;
  screen.next = words + 1;
  screen.gap = false;
  screen.may_repeat = false;
}

void Model::read_at(SessionNumber session, session::OutputPosition position, std::string_view bytes) {
  constexpr std::uint64_t kOffsetMax = std::uint64_t{16} << 20;
  if (session == kNoSession || bytes.empty()) return;
  if (position.offset > kOffsetMax) return fail(fmt::format("an offset of {}", position.offset));
  std::vector<Canon>& canons = scores_[session].canons;
  auto canon = std::find_if(canons.begin(), canons.end(),
                            [&](const Canon& known) { return known.epoch == position.epoch; });
  if (canon == canons.end()) canon = canons.insert(canons.end(), Canon{.epoch = position.epoch, .bytes = {}});
  std::string& known = canon->bytes;
  const auto begin = static_cast<std::size_t>(position.offset);
  if (known.size() < begin + bytes.size()) known.resize(begin + bytes.size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    char& byte = known[begin + i];
    if (byte != '\0' && byte != bytes[i]) {
      return fail(fmt::format("{} reads \"{}\" at {}/{}, where \"{}\" was read before", name(session),
                              bytes.substr(0, 40), position.epoch, position.offset,
                              known.substr(begin, std::min<std::size_t>(bytes.size(), 40))));
    }
    byte = bytes[i];
  }
}

void Model::may_repeat_from(const SessionId& id, std::uint32_t words) {
  trace_([&] { return fmt::format("{} may repeat from {}", name(number_of(id)), words); });
  score(id).repeat_from = words;
}

void Model::may_resend_from(const SessionId& id, std::uint32_t words) {
  Score& session = score(id);
  session.resend_from = std::min(session.resend_from, words);
}

void Model::last_words() {
  for (Score& score : scores_) score.last_words = count_of(score.said);
}

void Model::check_screen(const Shown& screen) {
  if (screen.session == kNoSession || scores_[screen.session].over) return;
  Score& score = scores_[screen.session];
  score.attended = true;
  for (std::uint32_t words = screen.next; words < score.last_words; ++words) {
    if (score.said[words] == Fate::kUnknown && !may_be_missing(screen, score, words))
      return fail(fmt::format("W{}.{} was said, and is shown nowhere", screen.session, words));
  }
}

void Model::check_end(bool players_release) {
  for (SessionNumber number = 0; number < scores_.size() && !failed(); ++number) {
    const Score& score = scores_[number];
    // Where nobody is left, nobody reads what became of the lines.
    if (score.over || !score.attended) continue;
    std::uint32_t lost = 0;
    const Line* example = nullptr;
    for (const std::uint32_t index : score.lines) {
      const Line& line = lines_[index];
      const bool waits = players_release && line.queued && !line.gone && line.released_at == 0;
      // A password that a game had not read when it died: the game asks again.
      const bool unspoken = line.unnamed && line.given;
      if (line.arrivals > 0 || line.excused || waits || unspoken) continue;
      ++lost;
      if (example == nullptr) example = &line;
    }
    if (lost > score.excuses && !score.any_gap) {
      fail(fmt::format("{} lines of {} have not arrived, {} were refused in words; one of them is \"{}\"",
                       lost, name(number), score.excuses, example->text));
    }
  }
}

}  // namespace wyld::simulation
