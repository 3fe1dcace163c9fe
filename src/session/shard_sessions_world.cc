// A world that goes away and comes back, what waits for it, what it notes, and what it has players edit.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "session/account_name.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::size_t kNotesMax = 32;
constexpr std::size_t kNoteKeyBytesMax = 64;
constexpr std::size_t kNoteValueBytesMax = 1024;

std::string commands_in_words(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " command" : " commands");
}

bool is_word(std::string_view line, std::string_view word) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return !word.empty() && line.size() == word.size() &&
         std::equal(line.begin(), line.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

}  // namespace

// --- away and back ---

void ShardSessions::on_away(SessionHandle handle, std::string_view text,
                            std::span<const std::string> unsure) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->away) session->away = std::make_unique<Away>();
  session->away->here = false;
  session->away->sent = false;
  session->away->link_is_away = true;
  if (session->away->releasing) take_back_release(*session);
  if (session->editing) {
    if (!is_held(*session) && !session->editing->lines)
      session->transport->close_editor(session->editing->edit);
    session->editing.reset();
    if (!is_held(*session)) {
      [[maybe_unused]] const Status moved =
          manager_.transition(*session->record, State::kPlaying, clock_.wall);
      WYLD_DCHECK(moved.has_value());
    }
  }
  on_input_blocked(handle, false);
  if (!unsure.empty()) tell_unsure(*session, unsure);
  if (!text.empty()) tell(*session, text);
  // Behind the words: a client that has heard that it echoes again has shown them.
  on_client_echo(handle, true);
  on_character_mode(handle, false);
  if (is_held(*session)) return;
  session->transport->tell_world(false, text);
  // Logging in is not possible now: that is not the player's fault.
  if (!session->entered) set_deadline(*session, Deadline::kLogin, options_.queue.age_max);
}

void ShardSessions::on_back(SessionHandle handle, const WorldReturn& how) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->away) {
    session->input_sequence = is_numbered(session->input_sequence)
                                  ? std::max(session->input_sequence, how.last_input)
                                  : how.last_input;
    return;
  }
  Away& away = *session->away;
  const bool was_away = std::exchange(away.link_is_away, false);
  away.here = true;
  // Before its login the game knows nothing of a room or of health.
  if (was_away && !how.takes_queue && session->side_memory) session->side_memory->forget_states();
  const std::size_t late = away.queue.drop_older_than(clock_.wall - options_.queue.age_max);
  // What a former process had stored under its number may have reached the world.
  const std::size_t taken = away.queue.drop_up_to(how.last_input);
  const bool numbered = away.queue.number_after(how.last_input);
  session->input_sequence = std::max({how.last_input, away.queue.last_sequence(),
                                      is_numbered(session->input_sequence) ? session->input_sequence : 0});
  if (late > 0) tell(*session, commands_in_words(late) + " waited too long and will not be sent.");
  if (late + taken > 0 || numbered) store_queue(*session);
  if (!is_held(*session)) {
    if (was_away) session->transport->tell_world(true, {});
    if (!session->entered) set_deadline(*session, Deadline::kLogin, options_.login_deadline);
  }
  if (away.queue.empty()) {
    if (was_away) tell(*session, "The game is back.");
    if (away.stores == 0) session->away.reset();
  } else if (how.takes_queue) {
    tell(*session, (was_away ? "The game is back; sending " : "Sending ") +
                       commands_in_words(away.queue.count()) + ".");
    release_queue(*session);
  } else if (away.stores > 0) {
    if (was_away) tell(*session, "The game is back.");
    away.tell_waiting = true;
  } else {
    tell(*session, (was_away ? "The game is back. " : "") + waiting_for_player(away.queue.count()));
  }
}

void ShardSessions::on_logged_in(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  on_entered(handle);
  if (session->away && session->away->here && !session->away->queue.empty() && !session->away->sent &&
      !session->away->releasing)
    release_queue(*session);
}

void ShardSessions::on_input_taken(SessionHandle handle, std::uint64_t sequence) {
  Session* const session = find(handle);
  if (session == nullptr || !session->away) return;
  if (session->away->queue.drop_up_to(sequence) == 0) return;
  session->away->tell_waiting = false;
  store_queue(*session);
}

// --- the command queue ---

void ShardSessions::enqueue(Session& session, std::string_view line, bool secret) {
  if (secret || session.echo_return != EchoReturn::kDone ||
      (world_->has_own_login() && may_hold_password(line)))
    return tell(session, "The game is away. Your input was not kept, because it may be a password.");
  Away& away = *session.away;
  if (line.empty()) return tell_waiting(session);
  if (const std::size_t late = away.queue.drop_older_than(clock_.wall - options_.queue.age_max); late > 0)
    tell(session, commands_in_words(late) + " waited too long and will not be sent.");
  if (const char* const refused =
          away.queue.add(session.input_sequence + 1, line, clock_.wall, options_.queue)) {
    count(Counter::kCommandsRefused);
    return tell(session, refused);
  }
  ++session.input_sequence;
  count(Counter::kCommandsQueued);
  away.tell_waiting = true;
  store_queue(session);
}

void ShardSessions::store_queue(Session& session) {
  ++session.away->stores;
  [[maybe_unused]] const Status kept = manager_.keep(
      session.id, session.away->queue.copy(), {}, when_stored<&ShardSessions::queue_stored>(session.handle));
  WYLD_DCHECK(kept.has_value());
}

// Everything that was changed is durable: what was accepted may be told, what was taken out may be sent.
void ShardSessions::queue_stored(SessionHandle handle, bool /*stored*/) {
  Session& session = *find(handle);
  if (!session.away || session.away->stores == 0) return;
  Away& away = *session.away;
  --away.stores;
  if (away.stores > 0) return;
  if (away.releasing) return send_released(session);
  if (std::exchange(away.release_due, false) && away.here && !away.sent) return release_queue(session);
  if (std::exchange(away.tell_waiting, false)) tell_waiting(session);
  if (away.here && away.queue.empty()) session.away.reset();
}

// What is told to wait is stored.
void ShardSessions::tell_waiting(Session& session) {
  if (session.away->stores > 0) {
    session.away->tell_waiting = true;
    return;
  }
  const std::size_t count = session.away->queue.count();
  if (!is_held(session)) session.transport->tell_waiting(count);
  if (count == 0) return;
  tell(session, session.away->here ? waiting_for_player(count)
                                   : commands_in_words(count) + " waiting for the game; `" +
                                         options_.cancel_word + "` drops " + (count == 1 ? "it." : "them."));
}

// The game is there, and only the player knows when to go on.
std::string ShardSessions::waiting_for_player(std::size_t count) const {
  return commands_in_words(count) + " waiting: `" + options_.send_word + "` sends " +
         (count == 1 ? "it" : "them") + " when you are in the game, `" + options_.cancel_word + "` drops " +
         (count == 1 ? "it." : "them.");
}

// While the store has not heard of the release, what is typed goes behind it.
void ShardSessions::follow_queue(Session& session, std::string_view line) {
  std::vector<std::string>& following = session.away->following;
  std::size_t bytes = line.size();
  for (const std::string& other : following) bytes += other.size();
  if (following.size() >= options_.queue.commands_max || bytes > options_.queue.bytes_max)
    return tell(session, "Too much is waiting: this command was not kept.");
  following.emplace_back(line);
}

bool ShardSessions::takes_queue_word(Session& session, std::string_view line) {
  Away& away = *session.away;
  if (away.queue.empty() || away.sent || away.releasing) return false;
  if (is_word(line, options_.cancel_word)) {
    tell(session, commands_in_words(away.queue.count()) + " dropped.");
    [[maybe_unused]] const std::deque<QueuedCommand> dropped = away.queue.take_all();
    if (!is_held(session)) session.transport->tell_waiting(0);
    away.tell_waiting = false;
    store_queue(session);
    return true;
  }
  if (!is_word(line, options_.send_word)) return false;
  if (away.here) {
    release_queue(session);
  } else {
    tell(session, "The game is not back yet.");
  }
  return true;
}

// A link that acknowledges gets the lines now, and they stay stored until it has. For another one the store
// first calls them in flight: after a crash nobody knows whether they were sent, so they are named then, and
// not sent again.
void ShardSessions::release_queue(Session& session) {
  Away& away = *session.away;
  if (!is_held(session)) session.transport->tell_waiting(0);
  away.tell_waiting = false;
  if (world_->acknowledges_input()) {
    // Numbers that the store does not know would be used again by a later process.
    if (away.stores > 0) {
      away.release_due = true;
      return;
    }
    away.sent = true;
    [[maybe_unused]] const bool lives =
        send_queued(session, {away.queue.commands().begin(), away.queue.commands().end()});
    return;
  }
  away.queue.set_in_flight(true);
  away.releasing = true;
  store_queue(session);
}

// Nothing of it was sent: it waits as before, and what was typed since waits with it.
void ShardSessions::take_back_release(Session& session) {
  Away& away = *session.away;
  away.releasing = false;
  away.queue.set_in_flight(false);
  store_queue(session);
  for (const std::string& line : std::exchange(away.following, {}))
    if (!line.empty()) enqueue(session, line, /*secret=*/false);
}

void ShardSessions::send_released(Session& session) {
  if (!session.client_echoes) return;  // a password is asked for: on_client_echo() goes on
  Away& away = *session.away;
  away.releasing = false;
  std::deque<QueuedCommand> released = away.queue.take_all();
  std::vector<QueuedCommand> commands(std::make_move_iterator(released.begin()),
                                      std::make_move_iterator(released.end()));
  for (std::string& line : std::exchange(away.following, {}))
    commands.push_back({.sequence = ++session.input_sequence, .line = std::move(line)});
  if (send_queued(session, commands) && session.away) store_queue(session);
}

// False: the session has ended meanwhile.
bool ShardSessions::send_queued(Session& session, const std::vector<QueuedCommand>& commands) {
  const SessionHandle handle = session.handle;
  count(Counter::kCommandsSent, commands.size());
  for (const QueuedCommand& command : commands) {
    world_->input(handle, command.sequence, command.line, /*secret=*/false);
    if (find(handle) != &session) return false;
  }
  return true;
}

// What a former process has left.
void ShardSessions::restore_queue(Session& session, const std::vector<QueuedCommand>& commands) {
  session.away = std::make_unique<Away>();
  session.away->queue.restore(commands);
  std::vector<std::string> unsure;
  for (QueuedCommand& command : session.away->queue.take_in_flight())
    unsure.push_back(std::move(command.line));
  if (unsure.empty()) return;
  tell_unsure(session, unsure);
  store_queue(session);
}

void ShardSessions::tell_unsure(Session& session, std::span<const std::string> lines) {
  std::string words = "May not have arrived: ";
  for (const std::string& line : lines) {
    if (&line != lines.data()) words += " / ";
    words += line;
  }
  tell(session, words);
}

// --- notes ---

void ShardSessions::on_note(SessionHandle handle, std::string_view key, std::string_view value) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  const DetailsPtr before = manager_.details(session->id);
  const std::string name(key);
  const bool known = before && before->metadata.contains(name);
  const bool full = !known && before && before->metadata.size() >= kNotesMax;
  if (key.empty() || key.size() > kNoteKeyBytesMax || value.size() > kNoteValueBytesMax ||
      (full && !value.empty())) {
    count(Counter::kNotesRefused);
    return;
  }
  if (known ? before->metadata.at(name) == value : value.empty()) return;
  change_details(*session, [&](SessionDetails& details) {
    if (value.empty()) {
      details.metadata.erase(name);
    } else {
      details.metadata[name] = value;
    }
  });
}

// --- editing ---

void ShardSessions::on_edit(SessionHandle handle, std::uint64_t edit, std::string_view title,
                            std::string_view text) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (text.size() > LineEditor::kBytesMax) return world_->edited(handle, edit, /*cancelled=*/true, {});
  if (session->editing) {
    leave_editor(*session, /*cancelled=*/true, {});
    if (find(handle) != session) return;
  }
  session->editing = std::make_unique<Editing>(
      Editing{.edit = edit, .title = std::string(title), .text = std::string(text), .lines = nullptr});
  if (!is_held(*session)) open_editor(*session);
}

void ShardSessions::open_editor(Session& session) {
  if (session.record->state() != State::kEditing) {
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, State::kEditing, clock_.wall);
    WYLD_DCHECK(moved.has_value());
  }
  Editing& editing = *session.editing;
  // What was typed into the line editor is not lost by a change of clients.
  const std::string text = editing.lines ? editing.lines->text() : editing.text;
  if (session.transport->open_editor(editing.edit, editing.title, text)) {
    editing.lines.reset();
    return;
  }
  editing.lines = std::make_unique<LineEditor>(editing.title, text);
  on_output(session.handle, editing.lines->greeting());
}

void ShardSessions::editor_line(Session& session, std::string_view line) {
  const LineEditor::Step step = session.editing->lines->line(line);
  if (!step.say.empty()) on_output(session.handle, step.say);
  if (step.outcome == LineEditor::Outcome::kGoesOn) return;
  const bool saved = step.outcome == LineEditor::Outcome::kSaved;
  leave_editor(session, !saved, saved ? session.editing->lines->text() : std::string());
}

void ShardSessions::edited(SessionHandle handle, std::uint64_t edit, bool cancelled, std::string_view text) {
  Session* const session = find(handle);
  if (session == nullptr || !session->editing || session->editing->edit != edit || session->editing->lines)
    return;
  leave_editor(*session, cancelled || text.size() > LineEditor::kBytesMax, text);
}

void ShardSessions::leave_editor(Session& session, bool cancelled, std::string_view text) {
  const std::unique_ptr<Editing> editing = std::move(session.editing);
  if (!is_held(session)) {
    if (!editing->lines) session.transport->close_editor(editing->edit);
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, State::kPlaying, clock_.wall);
    WYLD_DCHECK(moved.has_value());
  }
  world_->edited(session.handle, editing->edit, cancelled, cancelled ? std::string_view() : text);
}

}  // namespace wyld::session
