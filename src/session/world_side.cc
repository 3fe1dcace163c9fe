#include "session/world_side.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"

namespace wyld::session {
namespace {

constexpr std::size_t kNotesMax = 32;
constexpr std::size_t kNoteKeyBytesMax = 64;
constexpr std::size_t kNoteValueBytesMax = 1024;

}  // namespace

void WorldSide::pass_on_line(Session& session, std::string_view text, bool secret) {
  if (!secret) session.code_moment.typed();
  if (session.editing && session.editing->by_lines()) return editor_line(session, text);
  if (session.pending) {
    using Route = PendingCommands::Route;
    PendingCommands& pending = *session.pending;
    switch (pending.route(text, secret)) {
      case Route::kWord:
        carry_out(session, pending.word(text, session.world->acknowledges_input()));
        return;
      case Route::kWaits:
        carry_out(session, pending.add(text, password_risk(session, secret), shard_.clock.wall,
                                       session.input_sequence));
        return;
      case Route::kFollows:
        carry_out(session, pending.follow(text));
        return;
      case Route::kToWorld:
        break;
    }
  }
  session.world->input(session.handle, ++session.input_sequence, text, secret);
}

void WorldSide::on_input_blocked(Session& session, bool blocked) {
  if (session.input_blocked == blocked) return;
  session.input_blocked = blocked;
  session.update_reading();
}

bool WorldSide::remember(Session& session) {
  if (session.remembered) return true;
  const Status taken = shard_.manager.store(
      *session.record, shard_.clock.wall,
      shard_.when_stored(session.handle,
                         [this](Session& found, bool stored) { became_durable(found, stored); }));
  session.remembered = taken.has_value();
  if (taken) return true;
  count(Counter::kSessionsRefused);
  shard_.end(session, EndReason::kBusy, taken.error().what, /*tell_world=*/true);
  return false;
}

void WorldSide::became_durable(Session& session, bool stored) {
  const SessionHandle handle = session.handle;
  if (!stored) return;
  log(LogLevel::kDebug, "session_durable", {{"session", shard_.find(handle)->id.text()}});
}

void WorldSide::attach_world(Session& session, std::string_view account, bool returning) {
  if (!returning) {
    [[maybe_unused]] const Status playing =
        shard_.manager.transition(*session.record, State::kPlaying, shard_.clock.wall);
    WYLD_DCHECK(playing.has_value());
  }
  session.attached = true;
  if (offers_.may_return(session)) session.start_recording();
  const SessionHandle handle = session.handle;
  const std::string hello = session.channel->transport().side_channel_hello();
  const std::string supports = session.channel->transport().side_channel_supports();
  const DetailsPtr details = shard_.manager.details(session.id);
  const bool congested = session.channel->output().is_congested();
  session.world->attach(handle, PlayerInfo{.id = session.id,
                                           .address = session.record->address().view(),
                                           .capabilities = session.channel->transport().capabilities(),
                                           .side_channel_hello = hello,
                                           .side_channel_supports = supports,
                                           .account = account,
                                           .returning = returning,
                                           .metadata = details ? &details->metadata : nullptr});
  // The login's words have not been read yet: the world must not hear of it only when they are.
  if (congested && shard_.find(handle) == &session && session.channel &&
      session.channel->output().is_congested())
    session.world->pause(handle);
}

void WorldSide::on_output(Session& session, std::string_view utf8) {
  if (session.code_moment.awaits_answer())
    offers_.look_for_code(session, session.code_moment.answered(shard_.clock.now));
  session.say(utf8);
}

void WorldSide::on_prompt(Session& session) { session.prompt(); }

void WorldSide::on_side_channel(Session& session, std::string_view package, std::string_view body,
                                gmcp::Meaning meaning) {
  if (!session.side_memory) session.side_memory = std::make_unique<SideChannelMemory>(shard_.side_budget);
  if (session.is_held() || session.channel->output().holds_back()) {
    const bool takes = session.is_held() ? session.detachment->takes_side_channel
                                         : session.channel->transport().capabilities().gmcp;
    if (!takes)
      return session.side_memory->sent(package, body, meaning);  // it would not get the events either
    const bool kept = session.side_memory->hold_back(package, body, meaning);
    if (!kept && !std::exchange(session.side_channel_loss_logged, true))
      log(LogLevel::kWarning, "side_channel_dropped",
          {{"session", session.id.text()}, {"from", "world"}, {"reason", "too_many_wait"}});
    return;
  }
  session.side_memory->sent(package, body, meaning);
  session.channel->transport().send_side_channel(package, body);
  session.after_output();
}

void WorldSide::on_client_echo(Session& session, bool client_echoes) {
  // What the client sends before it has heard of it may still be a password.
  if (client_echoes && !session.client_echoes) {
    if (session.channel) {
      session.channel->echo_returns();
    } else {
      session.detachment->echo_settles = shard_.clock.now + EchoReturn::kInterval;
    }
    offers_.look_for_code(session, session.code_moment.echo_is_back(shard_.clock.now));
  }
  session.client_echoes = client_echoes;
  if (!session.is_held()) session.channel->transport().set_client_echo(client_echoes);
  if (client_echoes && session.pending)
    carry_out(session, session.pending->may_send_now(session.input_sequence));
}

void WorldSide::on_character_mode(Session& session, bool on) {
  session.character_mode = on;
  if (!session.is_held()) session.channel->transport().set_character_mode(on);
}

void WorldSide::on_entered(Session& session) {
  if (session.entered || !remember(session)) return;
  session.entered = true;
  if (session.is_held()) return;
  session.channel->deadlines().cancel(Deadline::kLogin);
  session.channel->transport().entered();
  offers_.offer_first(session);
}

void WorldSide::on_away(Session& session, std::string_view text, std::span<const std::string> unsure) {
  if (!session.pending) session.pending = std::make_unique<PendingCommands>(shard_.options.pending);
  if (!carry_out(session, session.pending->world_away(password_risk(session, /*masked=*/false),
                                                      shard_.clock.wall, session.input_sequence)))
    return;
  if (session.editing) {
    if (!session.is_held() && !session.editing->by_lines())
      session.channel->transport().close_editor(session.editing->edit());
    session.editing.reset();
    if (!session.is_held()) {
      [[maybe_unused]] const Status moved =
          shard_.manager.transition(*session.record, State::kPlaying, shard_.clock.wall);
      WYLD_DCHECK(moved.has_value());
    }
  }
  on_input_blocked(session, false);
  if (!unsure.empty()) session.tell(unsure_words(unsure));
  if (!text.empty()) session.tell(text);
  // Behind the words: a client that has heard that it echoes again has shown them.
  on_client_echo(session, true);
  on_character_mode(session, false);
  if (session.is_held()) return;
  session.channel->transport().tell_world(false, text);
  // Logging in is not possible now: that is not the player's fault.
  if (!session.entered)
    session.channel->set_deadline(Deadline::kLogin, shard_.options.pending.limits.age_max);
}

void WorldSide::on_back(Session& session, const WorldReturn& how) {
  if (!session.pending) {
    session.input_sequence = is_numbered(session.input_sequence)
                                 ? std::max(session.input_sequence, how.last_input)
                                 : how.last_input;
    return;
  }
  // Before its login the game knows nothing of a room or of health.
  if (session.pending->link_is_away() && !how.takes_queue && session.side_memory)
    session.side_memory->forget_states();
  carry_out(session, session.pending->world_back(how, shard_.clock.wall, session.input_sequence,
                                                 session.world->acknowledges_input()));
}

void WorldSide::on_logged_in(Session& session) {
  const SessionHandle handle = session.handle;
  on_entered(session);
  if (shard_.find(handle) == &session && session.pending)
    carry_out(session, session.pending->logged_in(session.world->acknowledges_input()));
}

void WorldSide::on_input_taken(Session& session, std::uint64_t sequence) {
  if (session.pending) carry_out(session, session.pending->taken(sequence));
}

PasswordRisk WorldSide::password_risk(const Session& session, bool masked) const {
  return {.masked = masked,
          .echo_settles = session.channel ? !session.channel->echo_is_settled()
                                          : shard_.clock.now < session.detachment->echo_settles,
          .own_login = session.world->has_own_login()};
}

bool WorldSide::carry_out(Session& session, const PendingCommands::Actions& actions) {
  using Kind = PendingCommands::Action::Kind;
  const SessionHandle handle = session.handle;
  for (const PendingCommands::Action& action : actions) {
    switch (action.kind) {
      case Kind::kTell:
        session.tell(action.text);
        break;
      case Kind::kShow:
        if (!session.is_held()) session.channel->transport().tell_waiting(action.number);
        break;
      case Kind::kWorldBack:
        if (session.is_held()) break;
        if (action.number != 0) session.channel->transport().tell_world(true, {});
        if (!session.entered) session.channel->set_deadline(Deadline::kLogin, shard_.options.login_deadline);
        break;
      case Kind::kStore: {
        CommandsPtr commands = action.commands ? action.commands : session.pending->commands();
        [[maybe_unused]] const Status kept = shard_.manager.keep(
            session.id, std::move(commands), {},
            shard_.when_stored(handle, [this](Session& found, bool stored) { queue_stored(found, stored); }));
        WYLD_DCHECK(kept.has_value());
        break;
      }
      case Kind::kSend:
        session.world->input(handle, action.number, action.text, /*secret=*/false);
        break;
    }
    if (shard_.find(handle) != &session) return false;
  }
  if (session.pending && session.pending->is_done()) session.pending.reset();
  return true;
}

void WorldSide::queue_stored(Session& session, bool /*stored*/) {
  if (session.pending)
    carry_out(session, session.pending->stored(session.input_sequence, session.client_echoes,
                                               session.world->acknowledges_input()));
}

void WorldSide::on_note(Session& session, std::string_view key, std::string_view value) {
  const DetailsPtr before = shard_.manager.details(session.id);
  const std::string name(key);
  const bool known = before && before->metadata.contains(name);
  const bool full = !known && before && before->metadata.size() >= kNotesMax;
  if (key.empty() || key.size() > kNoteKeyBytesMax || value.size() > kNoteValueBytesMax ||
      (full && !value.empty())) {
    count(Counter::kNotesRefused);
    return;
  }
  if (known ? before->metadata.at(name) == value : value.empty()) return;
  session.change_details([&](SessionDetails& details) {
    if (value.empty()) {
      details.metadata.erase(name);
    } else {
      details.metadata[name] = value;
    }
  });
}

void WorldSide::on_edit(Session& session, std::uint64_t edit, std::string_view title, std::string_view text) {
  const SessionHandle handle = session.handle;
  if (!Editing::accepts(text)) return session.world->edited(handle, edit, /*cancelled=*/true, {});
  if (session.editing) {
    leave_editor(session, /*cancelled=*/true, {});
    if (shard_.find(handle) != &session) return;
  }
  session.editing = std::make_unique<Editing>(edit, title, text);
  if (!session.is_held()) open_editor(session);
}

void WorldSide::open_editor(Session& session) {
  if (session.record->state() != State::kEditing) {
    [[maybe_unused]] const Status moved =
        shard_.manager.transition(*session.record, State::kEditing, shard_.clock.wall);
    WYLD_DCHECK(moved.has_value());
  }
  Editing& editing = *session.editing;
  if (session.channel->transport().open_editor(editing.edit(), editing.title(), editing.text()))
    return editing.client_edits();
  on_output(session, editing.edit_by_lines());
}

void WorldSide::editor_line(Session& session, std::string_view line) {
  const LineEditor::Step step = session.editing->line(line);
  if (!step.say.empty()) on_output(session, step.say);
  if (step.outcome == LineEditor::Outcome::kGoesOn) return;
  const bool saved = step.outcome == LineEditor::Outcome::kSaved;
  leave_editor(session, !saved, saved ? session.editing->text() : std::string());
}

void WorldSide::edited(Session& session, std::uint64_t edit, bool cancelled, std::string_view text) {
  if (!session.editing || !session.editing->is_answered_by(edit)) return;
  leave_editor(session, cancelled || !Editing::accepts(text), text);
}

void WorldSide::leave_editor(Session& session, bool cancelled, std::string_view text) {
  const std::unique_ptr<Editing> editing = std::move(session.editing);
  if (!session.is_held()) {
    if (!editing->by_lines()) session.channel->transport().close_editor(editing->edit());
    [[maybe_unused]] const Status moved =
        shard_.manager.transition(*session.record, State::kPlaying, shard_.clock.wall);
    WYLD_DCHECK(moved.has_value());
  }
  session.world->edited(session.handle, editing->edit(), cancelled, cancelled ? std::string_view() : text);
}

}  // namespace wyld::session
