// Tokens, codes, and the life of the gateway's process.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "session/resume_token.h"
#include "simulation/model.h"

namespace wyld::simulation {
namespace {

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

void Model::token_given(const SessionId& id, std::string_view token) {
  Score& session = score(id);
  const std::uint32_t serial = ++session.tokens;
  session.rotated = schedule_.clock.wall;
  trace_([&] { return fmt::format("{} is given its token {}", name(number_of(id)), serial); });
  tokens_[std::string(token)] = {.session = number_of(id), .serial = serial};
}

void Model::token_received(std::string_view token) {
  const auto found = tokens_.find(std::string(token));
  if (found == tokens_.end()) return fail("a client received a token that nobody gave");
  Score& session = scores_[found->second.session];
  session.token_received = true;
  session.newest_received = std::max(session.newest_received, found->second.serial);
}

void Model::token_kept(const SessionId& id) {
  Score& session = score(id);
  session.kept = session.tokens;
}

void Model::token_taken(std::string_view token) {
  const auto found = tokens_.find(std::string(token));
  if (found == tokens_.end()) return fail("somebody is back by a token that nobody gave");
  const auto [session, serial] = found->second;
  if (scores_[session].revoked)
    return fail(fmt::format("{} is back, and its tokens were revoked", name(session)));
  if (serial < scores_[session].kept)
    fail(fmt::format("{} is back by its token {}, and token {} was kept", name(session), serial,
                     scores_[session].kept));
}

void Model::code_given(const SessionId& id, std::string_view code) {
  Score& session = score(id);
  trace_([&] { return fmt::format("{} is given the code {}", name(number_of(id)), code); });
  session.code = code;
  session.token_received = true;
  codes_[std::string(code)] = number_of(id);
}

void Model::told_gone(std::string_view token) {
  const auto found = tokens_.find(std::string(token));
  if (found == tokens_.end()) return;
  const Score& session = scores_[found->second.session];
  if (session.over || session.was_revoked) return;
  fail(fmt::format("{} shows its token {} and is told that its place is gone", name(found->second.session),
                   found->second.serial));
}

void Model::code_wanted(const SessionId& id) {
  trace_([&] { return fmt::format("{} is asked for a code", name(number_of(id))); });
  score(id).code.clear();
}

void Model::told_wrong_code(std::string_view code) {
  const auto found = codes_.find(std::string(code));
  if (found == codes_.end()) return;
  const Score& session = scores_[found->second];
  if (session.over || session.was_revoked || session.code != code) return;
  fail(fmt::format("the code of {} is said to be wrong", name(found->second)));
}

void Model::scan(std::string_view where, std::string_view text) {
  if (text.find("PASSWORD") != std::string_view::npos)
    return fail(fmt::format("a password in {}: \"{}\"", where, text));
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_token_character(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (word.size() == session::ResumeToken::kTextBytes && tokens_.contains(std::string(word)))
      return fail(fmt::format("a token in {}", where));
    if (word.size() == session::ResumeCode::kTextBytes && codes_.contains(std::string(word)))
      return fail(fmt::format("a code in {}", where));
    at = end + 1;
  }
}

void Model::closed(Score& session, SessionNumber number, std::string_view reason) {
  if (reason == "expired") {
    if (schedule_.clock.now - session.held_since < hold_)
      fail(fmt::format("{} has expired before its time", name(number)));
  } else if (reason == "world_ended" || reason == "world_lost") {
    if (!session.let_go)
      fail(fmt::format("{} was closed: {}, which the world does not know", name(number), reason));
  } else if (session.token_received && !session.over) {
    fail(fmt::format("{} could have been resumed, and was closed: {}", name(number), reason));
  }
  session.over = true;
}

void Model::revoked(Score& session, SessionNumber number) {
  session.revoked = session.was_revoked = true;
  const auto found = tokens_.find(shown_token_);
  if (found == tokens_.end() || found->second.session != number)
    return fail(fmt::format("the tokens of {} are revoked, and nobody has shown one", name(number)));
  const bool older = found->second.serial < session.newest_received;
  const bool late = schedule_.clock.wall - session.rotated >= session::kPreviousTokenLife;
  if (!older && !late)
    fail(fmt::format("{} shows the last token it was given, number {}, and is revoked", name(number),
                     found->second.serial));
}

void Model::logged(std::string_view event, std::string_view id, std::string_view reason) {
  const SessionNumber number = number_of(id);
  if (number == kNoSession) return;
  trace_([&] { return fmt::format("{}: {} {}", name(number), event, reason); });
  if (event == "session_closed") {
    closed(scores_[number], number, reason);
  } else if (event == "session_held") {
    scores_[number].held_since = schedule_.clock.now;
  } else if (event == "resume_revoked") {
    revoked(scores_[number], number);
  } else if (event == "session_resumed") {
    scores_[number].rotated = schedule_.clock.wall;
    scores_[number].said_at_return = count_of(scores_[number].said);
  }
}

void Model::killed(std::span<const session::SessionRow> rows) {
  std::unordered_map<SessionId, const session::SessionRow*> stored;
  for (const session::SessionRow& row : rows) stored[row.session.id] = &row;
  for (Score& session : scores_) {
    if (session.over) continue;
    session.kept = 0;         // the store may not have heard of it
    session.repeat_from = 0;  // nor of what its client had
    const auto row = stored.find(session.id);
    // The store may not have heard of this either: then the next process finds out anew.
    if (row != stored.end() && row->second->details != nullptr &&
        row->second->details->resume != session::ResumeKeys{})
      session.revoked = false;
    const session::CommandsPtr commands = row == stored.end() ? nullptr : row->second->commands;
    for (const std::uint32_t index : session.lines) {
      Line& line = lines_[index];
      if (line.arrivals > 0 || line.excused) continue;
      const bool kept =
          commands != nullptr && std::any_of(commands->begin(), commands->end(),
                                             [&](const auto& command) { return command.line == line.text; });
      if (kept && session.token_received) {  // else nobody can come back to it
        line.released_at = 0;
        continue;
      }
      if (session.token_received && line.promised && !line.given && !line.gone && line.released_at == 0) {
        return fail(fmt::format("\"{}\" was said to wait, and the store does not have it", line.text));
      }
      line.excused = true;
    }
  }
}

void Model::restarted(std::span<const session::SessionRow> rows) {
  std::unordered_map<SessionId, const session::SessionRow*> stored;
  for (const session::SessionRow& row : rows) stored[row.session.id] = &row;
  for (SessionNumber number = 0; number < scores_.size(); ++number) {
    Score& session = scores_[number];
    // The process before may have ended it, and was killed before the store heard of that.
    if (stored.contains(session.id)) session.over = false;
    if (session.over || stored.contains(session.id)) continue;
    if (session.token_received)
      return fail(fmt::format("{} has a token, and the store does not know it", name(number)));
    session.over = true;
  }
}

void Model::wall_jumped(Duration by) noexcept { jumped_ = std::max(jumped_, by); }

}  // namespace wyld::simulation
