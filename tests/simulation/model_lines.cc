// What players type.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "simulation/model.h"

namespace wyld::simulation {
namespace {

// The number at the beginning of `text`; nothing: there is none.
std::optional<std::uint32_t> number_at(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::string Model::type(LineKind kind) {
  const std::uint32_t number = count_of(lines_);
  const char* const words = kind == LineKind::kSecret  ? " PASSWORD;"
                            : kind == LineKind::kLogin ? " name;"
                                                       : ";";
  lines_.push_back({.text = fmt::format("L{}{}", number, words), .kind = kind});
  return lines_.back().text;
}

Model::Line* Model::find(std::string_view line) {
  constexpr std::string_view kOfLines = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ;";
  if (line.empty() || line.front() != 'L') return nullptr;
  const std::optional<std::uint32_t> number = number_at(line.substr(1));
  if (!number || line.find_first_not_of(kOfLines) != std::string_view::npos) return nullptr;  // hostile bytes
  if (*number >= lines_.size() || lines_[*number].text != line) {
    fail(fmt::format("a line that nobody has typed: \"{}\"", line));
    return nullptr;
  }
  return &lines_[*number];
}

void Model::received(std::uint64_t connection, const SessionId& id, std::string_view text) {
  Line* const line = find(text);
  if (line == nullptr) return;
  trace_([&] { return fmt::format("{} receives \"{}\"", name(number_of(id)), text); });
  line->session = number_of(id);
  line->connection = connection;
  line->order = ++orders_;
  scores_[line->session].refused = false;
  scores_[line->session].lines.push_back(static_cast<std::uint32_t>(line - lines_.data()));
}

void Model::settled(const SessionId& id, std::string_view text, bool deferred) {
  Line* const line = find(text);
  if (line == nullptr || line->given || line->arrivals > 0) return;
  line->deferred = deferred;
  line->excused = !line->queued && score(id).refused && !deferred;
}

void Model::queued(const SessionId& id, std::span<const session::QueuedCommand> commands) {
  Score& session = score(id);
  const auto waits = [](const Line& line) {
    return line.queued && !line.given && line.arrivals == 0 && !line.excused;
  };
  std::vector<Line*> before;
  for (const std::uint32_t index : session.lines)
    if (waits(lines_[index])) before.push_back(&lines_[index]);
  for (const session::QueuedCommand& command : commands) {
    Line* const line = find(command.line);
    if (line == nullptr) continue;
    line->queued = true;
    std::erase(before, line);
  }
  for (Line* const line : before) line->gone = true;
}

void Model::given(const SessionId& id, std::string_view text) {
  Line* const line = find(text);
  if (line == nullptr) return;
  line->given = true;
  if (line->queued && line->released_at == 0) released(id, score(id).word_deferred);
  if (line->session != number_of(id)) {
    fail(fmt::format("\"{}\" of {} is given to the world for {}", text, name(line->session),
                     name(number_of(id))));
  }
}

void Model::arrived(const SessionId& id, std::string_view text, bool login, bool forgetful) {
  Line* const line = find(text);
  if (line == nullptr) return;
  const SessionNumber session = number_of(id);
  trace_([&] {
    return fmt::format("the world has \"{}\" of {}{}", text, name(session), login ? " at its login" : "");
  });
  if (line->session != session) {
    return fail(fmt::format("\"{}\" of {} arrives in {}", text, name(line->session), name(session)));
  }
  if (line->arrivals++ > 0) {
    if (forgetful) return;
    return fail(fmt::format("\"{}\" of {} arrives twice", text, name(session)));
  }
  if (login && line->queued && !line->by_word)
    return fail(fmt::format("\"{}\" waited, and goes into a login", text));
  // A prompt may be answered when its game is no more.
  if (line->kind == LineKind::kSecret && !login && line->queued)
    return fail(fmt::format("\"{}\" is not for the game", text));
  if (!forgetful) check_order(scores_[session], *line);
}

void Model::check_order(Score& score, const Line& line) {
  if (line.deferred) return;  // nobody knows which way it went
  // What answers a prompt goes past what waits behind it.
  if (line.kind == LineKind::kSecret) return;
  std::uint64_t& last = line.queued ? score.last_queued : score.last_direct;
  if (line.order < last) return fail(fmt::format("\"{}\" arrives behind what was typed later", line.text));
  last = line.order;
  // Before its release the player may speak past the queue, as one must who meets a login first.
  if (line.released_at != 0 && score.last_direct >= line.released_at)
    fail(fmt::format("\"{}\" is overtaken by what was typed after its release", line.text));
}

void Model::away(const SessionId& id, bool away) {
  trace_([&] { return fmt::format("the world of {} is {}", name(number_of(id)), away ? "away" : "here"); });
  Score& session = score(id);
  if (away && !session.away) {
    session.word_deferred = false;
    // What was released and has not left, waits again.
    for (const std::uint32_t index : session.lines) {
      if (Line& line = lines_[index]; !line.given) line.released_at = 0;
    }
  }
  session.away = away;
}

void Model::released(const SessionId& id, bool by_word) {
  trace_([&] {
    return fmt::format("the queue of {} is released{}", name(number_of(id)), by_word ? " by its player" : "");
  });
  Score& session = score(id);
  for (const std::uint32_t index : session.lines) {
    Line& line = lines_[index];
    if (!line.queued || line.released_at != 0 || line.arrivals > 0 || line.excused) continue;
    line.released_at = orders_ + 1;
    line.by_word = by_word;
  }
}

void Model::noticed(const SessionId& id, std::string_view words) {
  trace_([&] { return fmt::format("{} is told \"{}\"", name(number_of(id)), words); });
  constexpr std::string_view kCode = "type: resume ";
  if (const std::size_t at = words.find(kCode); at != std::string_view::npos)
    return code_given(id, words.substr(at + kCode.size()));
  if (words.find("was not kept") != std::string_view::npos) score(id).refused = true;
  if (words.find(" waiting for the game") == std::string_view::npos) return;
  std::uint32_t left = number_at(words).value_or(0);
  for (const std::uint32_t index : score(id).lines) {
    Line& line = lines_[index];
    if (left == 0) return;
    if (!line.queued || line.given || line.arrivals > 0 || line.excused || line.gone) continue;
    line.promised = true;
    --left;
  }
}

void Model::answered(const session::ResumeAnswer& answer) {
  trace_([&] {
    return fmt::format("{} goes on from {}/{}, {} bytes again, {} missing", name(number_of(answer.session)),
                       answer.from.epoch, answer.from.offset, answer.bytes,
                       answer.missing ? std::to_string(*answer.missing) : "some perhaps");
  });
}

void Model::read_notice(SessionNumber session, std::string_view words) {
  if (session == kNoSession) return;
  Score& score = scores_[session];
  constexpr std::string_view kUnsure = "May not have arrived: ";
  if (words.starts_with(kUnsure)) {
    words.remove_prefix(kUnsure.size());
    while (!words.empty()) {
      const std::size_t end = words.find(" / ");
      if (Line* const line = find(words.substr(0, end))) line->excused = true;
      words.remove_prefix(end == std::string_view::npos ? words.size() : end + 3);
    }
  } else if (words.find("waited too long and will not be sent") != std::string_view::npos ||
             words.find(" dropped.") != std::string_view::npos) {
    score.excuses += number_at(words).value_or(0);
  } else if (words.find("was not kept") != std::string_view::npos) {
    ++score.excuses;
  }
}

}  // namespace wyld::simulation
