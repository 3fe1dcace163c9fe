#include "session/pending_commands.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <utility>

#include "base/counters.h"
#include "session/account_name.h"

namespace wyld::session {
namespace {

std::string commands_in_words(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " command" : " commands");
}

std::string drops_in_words(std::size_t count) { return count == 1 ? "it." : "them."; }

bool is_word(std::string_view line, std::string_view word) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return !word.empty() && line.size() == word.size() &&
         std::equal(line.begin(), line.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

}  // namespace

bool PasswordRisk::covers(std::string_view line) const {
  return masked || echo_settles || (own_login && may_hold_password(line));
}

std::string unsure_words(std::span<const std::string> lines) {
  std::string words = "May not have arrived: ";
  for (const std::string& line : lines) {
    if (&line != lines.data()) words += " / ";
    words += line;
  }
  return words;
}

void PendingCommands::store(Actions& out) {
  ++stores_;
  out.push_back({.kind = Action::Kind::kStore, .commands = queue_.copy()});
}

PendingCommands::Actions PendingCommands::restore(const std::vector<QueuedCommand>& commands) {
  Actions out;
  queue_.restore(commands);
  std::vector<std::string> unsure;
  for (QueuedCommand& command : queue_.take_in_flight()) unsure.push_back(std::move(command.line));
  if (unsure.empty()) return out;
  tell(out, unsure_words(unsure));
  store(out);
  return out;
}

PendingCommands::Actions PendingCommands::world_away(const PasswordRisk& risk, Time now,
                                                     std::uint64_t& sequence) {
  Actions out;
  here_ = false;
  sent_ = false;
  link_is_away_ = true;
  if (releasing_) take_back_release(out, risk, now, sequence);
  return out;
}

PendingCommands::Actions PendingCommands::world_back(const WorldReturn& how, Time now,
                                                     std::uint64_t& sequence, bool acknowledges) {
  Actions out;
  const bool was_away = std::exchange(link_is_away_, false);
  here_ = true;
  const std::size_t late = queue_.drop_older_than(now - options_.limits.age_max);
  // What a previous process had stored under its number may have reached the world.
  const std::size_t taken = queue_.drop_up_to(how.last_input);
  const bool numbered = queue_.number_after(how.last_input);
  sequence = std::max({how.last_input, queue_.last_sequence(), is_numbered(sequence) ? sequence : 0});
  if (late > 0) tell(out, commands_in_words(late) + " waited too long and will not be sent.");
  if (late + taken > 0 || numbered) store(out);
  out.push_back({.kind = Action::Kind::kWorldBack, .number = was_away ? 1U : 0U});
  if (queue_.empty()) {
    if (was_away) tell(out, "The game is back.");
  } else if (how.takes_queue) {
    tell(out,
         (was_away ? "The game is back; sending " : "Sending ") + commands_in_words(queue_.count()) + ".");
    release(out, acknowledges);
  } else if (stores_ > 0) {
    if (was_away) tell(out, "The game is back.");
    tell_waiting_ = true;
  } else {
    tell(out, (was_away ? "The game is back. " : "") + waiting_for_player());
  }
  return out;
}

PendingCommands::Actions PendingCommands::logged_in(bool acknowledges) {
  Actions out;
  if (here_ && !queue_.empty() && !sent_ && !releasing_) release(out, acknowledges);
  return out;
}

PendingCommands::Actions PendingCommands::taken(std::uint64_t sequence) {
  Actions out;
  if (queue_.drop_up_to(sequence) == 0) return out;
  tell_waiting_ = false;
  store(out);
  return out;
}

// Everything that was changed is durable: what was accepted may be told, what was taken out may be sent.
PendingCommands::Actions PendingCommands::stored(std::uint64_t& sequence, bool may_send, bool acknowledges) {
  Actions out;
  if (stores_ == 0) return out;
  --stores_;
  if (stores_ > 0) return out;
  if (releasing_) {
    if (may_send) send_released(out, sequence);
  } else if (std::exchange(release_due_, false) && here_ && !sent_) {
    release(out, acknowledges);
  } else if (std::exchange(tell_waiting_, false)) {
    tell_waiting(out);
  }
  return out;
}

PendingCommands::Actions PendingCommands::may_send_now(std::uint64_t& sequence) {
  Actions out;
  if (releasing_ && stores_ == 0) send_released(out, sequence);
  return out;
}

PendingCommands::Actions PendingCommands::stop(const PasswordRisk& risk, Time now, std::uint64_t& sequence) {
  Actions out;
  if (releasing_) take_back_release(out, risk, now, sequence);
  return out;
}

PendingCommands::Route PendingCommands::route(std::string_view line, bool secret) const {
  const bool rules = !secret && !queue_.empty() && !sent_ && !releasing_;
  if (rules && (is_word(line, options_.cancel_word) || is_word(line, options_.send_word)))
    return Route::kWord;
  if (!here_ || release_due_) return Route::kWaits;
  return releasing_ && !secret ? Route::kFollows : Route::kToWorld;
}

PendingCommands::Actions PendingCommands::word(std::string_view line, bool acknowledges) {
  Actions out;
  if (is_word(line, options_.cancel_word)) {
    tell(out, commands_in_words(queue_.count()) + " dropped.");
    [[maybe_unused]] const std::deque<QueuedCommand> dropped = queue_.take_all();
    out.push_back({.kind = Action::Kind::kShow, .number = 0});
    tell_waiting_ = false;
    store(out);
  } else if (here_) {
    release(out, acknowledges);
  } else {
    tell(out, "The game is not back yet.");
  }
  return out;
}

PendingCommands::Actions PendingCommands::add(std::string_view line, const PasswordRisk& risk, Time now,
                                              std::uint64_t& sequence) {
  Actions out;
  add_to(out, line, risk, now, sequence);
  return out;
}

void PendingCommands::add_to(Actions& out, std::string_view line, const PasswordRisk& risk, Time now,
                             std::uint64_t& sequence) {
  if (risk.covers(line))
    return tell(out, "The game is away. Your input was not kept, because it may be a password.");
  if (line.empty()) return tell_waiting(out);
  if (const std::size_t late = queue_.drop_older_than(now - options_.limits.age_max); late > 0)
    tell(out, commands_in_words(late) + " waited too long and will not be sent.");
  if (const char* const refused = queue_.add(sequence + 1, line, now, options_.limits)) {
    count(Counter::kCommandsRefused);
    return tell(out, refused);
  }
  ++sequence;
  count(Counter::kCommandsQueued);
  tell_waiting_ = true;
  store(out);
}

// While the store has not heard of the release, what is typed goes out after it.
PendingCommands::Actions PendingCommands::follow(std::string_view line) {
  Actions out;
  std::size_t bytes = line.size();
  for (const std::string& other : following_) bytes += other.size();
  if (following_.size() >= options_.limits.commands_max || bytes > options_.limits.bytes_max) {
    tell(out, "Too much is waiting: this command was not kept.");
  } else {
    following_.emplace_back(line);
  }
  return out;
}

PendingCommands::Actions PendingCommands::remind() {
  Actions out;
  if (!sent_ && !releasing_ && !queue_.empty()) tell_waiting(out);
  return out;
}

void PendingCommands::tell_waiting(Actions& out) {
  if (stores_ > 0) {
    tell_waiting_ = true;
    return;
  }
  const std::size_t count = queue_.count();
  out.push_back({.kind = Action::Kind::kShow, .number = count});
  if (count == 0) return;
  tell(out, here_ ? waiting_for_player()
                  : commands_in_words(count) + " waiting for the game; `" + options_.cancel_word +
                        "` drops " + drops_in_words(count));
}

// The game is there, and only the player knows when to go on.
std::string PendingCommands::waiting_for_player() const {
  const std::size_t count = queue_.count();
  return commands_in_words(count) + " waiting: `" + options_.send_word + "` sends " +
         (count == 1 ? "it" : "them") + " when you are in the game, `" + options_.cancel_word + "` drops " +
         drops_in_words(count);
}

void PendingCommands::release(Actions& out, bool acknowledges) {
  out.push_back({.kind = Action::Kind::kShow, .number = 0});
  tell_waiting_ = false;
  if (!acknowledges) {
    queue_.set_in_flight(true);
    releasing_ = true;
    return store(out);
  }
  // Numbers that the store does not know would be used again by a later process.
  if (stores_ > 0) {
    release_due_ = true;
    return;
  }
  sent_ = true;
  for (const QueuedCommand& command : queue_.commands())
    out.push_back({.kind = Action::Kind::kSend, .text = command.line, .number = command.sequence});
  count(Counter::kCommandsSent, queue_.count());
}

// Nothing of it was sent: it waits as before, and what was typed since waits with it.
void PendingCommands::take_back_release(Actions& out, const PasswordRisk& risk, Time now,
                                        std::uint64_t& sequence) {
  releasing_ = false;
  queue_.set_in_flight(false);
  store(out);
  for (const std::string& line : std::exchange(following_, {}))
    if (!line.empty()) add_to(out, line, risk, now, sequence);
}

void PendingCommands::send_released(Actions& out, std::uint64_t& sequence) {
  releasing_ = false;
  for (QueuedCommand& command : queue_.take_all())
    out.push_back({.kind = Action::Kind::kSend, .text = std::move(command.line), .number = command.sequence});
  for (std::string& line : std::exchange(following_, {}))
    out.push_back({.kind = Action::Kind::kSend, .text = std::move(line), .number = ++sequence});
  count(Counter::kCommandsSent, out.size());
  ++stores_;
  out.push_back({.kind = Action::Kind::kStore});  // what waits when they have been sent
}

}  // namespace wyld::session
