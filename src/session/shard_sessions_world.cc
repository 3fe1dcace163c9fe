// A world that goes away and comes back, what waits for it, what it notes, and what it has players edit.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::size_t kNotesMax = 32;
constexpr std::size_t kNoteKeyBytesMax = 64;
constexpr std::size_t kNoteValueBytesMax = 1024;

}  // namespace

// --- away and back ---

void ShardSessions::on_away(SessionHandle handle, std::string_view text,
                            std::span<const std::string> unsure) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->pending) session->pending = std::make_unique<PendingCommands>(options_.pending);
  if (!carry_out(*session, session->pending->world_away(password_risk(*session, /*masked=*/false),
                                                        clock_.wall, session->input_sequence)))
    return;
  if (session->editing) {
    if (!is_held(*session) && !session->editing->by_lines())
      session->channel->transport().close_editor(session->editing->edit());
    session->editing.reset();
    if (!is_held(*session)) {
      [[maybe_unused]] const Status moved =
          manager_.transition(*session->record, State::kPlaying, clock_.wall);
      WYLD_DCHECK(moved.has_value());
    }
  }
  on_input_blocked(handle, false);
  if (!unsure.empty()) tell(*session, unsure_words(unsure));
  if (!text.empty()) tell(*session, text);
  // Behind the words: a client that has heard that it echoes again has shown them.
  on_client_echo(handle, true);
  on_character_mode(handle, false);
  if (is_held(*session)) return;
  session->channel->transport().tell_world(false, text);
  // Logging in is not possible now: that is not the player's fault.
  if (!session->entered) session->channel->set_deadline(Deadline::kLogin, options_.pending.limits.age_max);
}

void ShardSessions::on_back(SessionHandle handle, const WorldReturn& how) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->pending) {
    session->input_sequence = is_numbered(session->input_sequence)
                                  ? std::max(session->input_sequence, how.last_input)
                                  : how.last_input;
    return;
  }
  // Before its login the game knows nothing of a room or of health.
  if (session->pending->link_is_away() && !how.takes_queue && session->side_memory)
    session->side_memory->forget_states();
  carry_out(*session, session->pending->world_back(how, clock_.wall, session->input_sequence,
                                                   session->world->acknowledges_input()));
}

void ShardSessions::on_logged_in(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  on_entered(handle);
  if (find(handle) == session && session->pending)
    carry_out(*session, session->pending->logged_in(session->world->acknowledges_input()));
}

void ShardSessions::on_input_taken(SessionHandle handle, std::uint64_t sequence) {
  Session* const session = find(handle);
  if (session != nullptr && session->pending) carry_out(*session, session->pending->taken(sequence));
}

// --- commands that wait ---

PasswordRisk ShardSessions::password_risk(const Session& session, bool masked) const {
  return {.masked = masked,
          .echo_settles = session.channel ? !session.channel->echo_is_settled()
                                          : clock_.now < session.detachment->echo_settles,
          .own_login = session.world->has_own_login()};
}

bool ShardSessions::carry_out(Session& session, const PendingCommands::Actions& actions) {
  using Kind = PendingCommands::Action::Kind;
  const SessionHandle handle = session.handle;
  for (const PendingCommands::Action& action : actions) {
    switch (action.kind) {
      case Kind::kTell:
        tell(session, action.text);
        break;
      case Kind::kShow:
        if (!is_held(session)) session.channel->transport().tell_waiting(action.number);
        break;
      case Kind::kWorldBack:
        if (is_held(session)) break;
        if (action.number != 0) session.channel->transport().tell_world(true, {});
        if (!session.entered) session.channel->set_deadline(Deadline::kLogin, options_.login_deadline);
        break;
      case Kind::kStore: {
        CommandsPtr commands = action.commands ? action.commands : session.pending->commands();
        [[maybe_unused]] const Status kept = manager_.keep(session.id, std::move(commands), {},
                                                           when_stored<&ShardSessions::queue_stored>(handle));
        WYLD_DCHECK(kept.has_value());
        break;
      }
      case Kind::kSend:
        session.world->input(handle, action.number, action.text, /*secret=*/false);
        break;
    }
    if (find(handle) != &session) return false;
  }
  if (session.pending && session.pending->is_done()) session.pending.reset();
  return true;
}

void ShardSessions::queue_stored(SessionHandle handle, bool /*stored*/) {
  Session& session = *find(handle);
  if (session.pending)
    carry_out(session, session.pending->stored(session.input_sequence, session.client_echoes,
                                               session.world->acknowledges_input()));
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
  if (!Editing::accepts(text)) return session->world->edited(handle, edit, /*cancelled=*/true, {});
  if (session->editing) {
    leave_editor(*session, /*cancelled=*/true, {});
    if (find(handle) != session) return;
  }
  session->editing = std::make_unique<Editing>(edit, title, text);
  if (!is_held(*session)) open_editor(*session);
}

void ShardSessions::open_editor(Session& session) {
  if (session.record->state() != State::kEditing) {
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, State::kEditing, clock_.wall);
    WYLD_DCHECK(moved.has_value());
  }
  Editing& editing = *session.editing;
  if (session.channel->transport().open_editor(editing.edit(), editing.title(), editing.text()))
    return editing.client_edits();
  on_output(session.handle, editing.edit_by_lines());
}

void ShardSessions::editor_line(Session& session, std::string_view line) {
  const LineEditor::Step step = session.editing->line(line);
  if (!step.say.empty()) on_output(session.handle, step.say);
  if (step.outcome == LineEditor::Outcome::kGoesOn) return;
  const bool saved = step.outcome == LineEditor::Outcome::kSaved;
  leave_editor(session, !saved, saved ? session.editing->text() : std::string());
}

void ShardSessions::edited(SessionHandle handle, std::uint64_t edit, bool cancelled, std::string_view text) {
  Session* const session = find(handle);
  if (session == nullptr || !session->editing || !session->editing->is_answered_by(edit)) return;
  leave_editor(*session, cancelled || !Editing::accepts(text), text);
}

void ShardSessions::leave_editor(Session& session, bool cancelled, std::string_view text) {
  const std::unique_ptr<Editing> editing = std::move(session.editing);
  if (!is_held(session)) {
    if (!editing->by_lines()) session.channel->transport().close_editor(editing->edit());
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, State::kPlaying, clock_.wall);
    WYLD_DCHECK(moved.has_value());
  }
  session.world->edited(session.handle, editing->edit(), cancelled, cancelled ? std::string_view() : text);
}

}  // namespace wyld::session
