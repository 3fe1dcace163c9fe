// What comes between a connection and a world: the gateway's own login, where the world wants it.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

// What a step says before its question, on one line.
std::string_view first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  return text.substr(0, text.find('\n'));
}

// How long a check may take, with the waits that it imposes, before the login's deadline ends the session all
// the same. Only an answer that was lost takes as long.
constexpr std::chrono::minutes kCheckPatience{10};

}  // namespace

// Connecting -> Welcome, and on to the login or the world.
void ShardSessions::greet(Session& session) {
  [[maybe_unused]] const Status welcomed = manager_.transition(*session.record, State::kWelcome, clock_.wall);
  WYLD_DCHECK(welcomed.has_value());
  note_capabilities(session);
  if (!world_->gateway_logs_in()) return attach_world(session, {}, /*returning=*/false);
  session.login = std::make_unique<Login>(&session);
  const std::string banner = world_->login_banner(session.transport->capabilities());
  follow(session, session.login->dialogue.start(banner));
}

void ShardSessions::start_recording(Session& session) {
  if (std::exchange(session.recording, true)) return;
  session.transport->begin_output(session.offset);
}

void ShardSessions::attach_world(Session& session, std::string_view account, bool returning) {
  if (!returning) {
    [[maybe_unused]] const Status playing =
        manager_.transition(*session.record, State::kPlaying, clock_.wall);
    WYLD_DCHECK(playing.has_value());
  }
  session.attached = true;
  if (may_return(session)) start_recording(session);
  const SessionHandle handle = session.handle;
  const std::string hello = session.transport->side_channel_hello();
  const std::string supports = session.transport->side_channel_supports();
  const DetailsPtr details = manager_.details(session.id);
  const bool congested = session.congested;
  world_->attach(handle, PlayerInfo{.id = session.id,
                                    .address = session.record->address().view(),
                                    .capabilities = session.transport->capabilities(),
                                    .side_channel_hello = hello,
                                    .side_channel_supports = supports,
                                    .account = account,
                                    .returning = returning,
                                    .metadata = details ? &details->metadata : nullptr});
  // The login's words have not been read yet: the world must not hear of it only when they are.
  if (congested && find(handle) == &session && session.congested) world_->pause(handle);
}

void ShardSessions::login_line(Session& session, std::string_view text) {
  follow(session, session.login->dialogue.line(text));
}

void ShardSessions::credentials(SessionHandle handle, std::string_view account, std::string_view password) {
  settled(handle);
  Session* const session = find(handle);
  if (session == nullptr || session->coming_back) return;
  if (session->login) {
    Login& login = *session->login;
    if (login.checking || !login.dialogue.takes_credentials()) return;
    if (!remember(*session)) return;
    manager_.touch(*session->record, clock_.wall);
    login.by_client = true;
    // "account:character": of characters the gateway knows nothing.
    return follow(*session, login.dialogue.credentials(account.substr(0, account.find(':')), password));
  }
  if (world_->gateway_logs_in() || !session->fresh) return;
  take_input(handle, InputKind::kLine, account);
  take_input(handle, InputKind::kSecretLine, password);
}

void ShardSessions::follow(Session& session, const LoginStep& step) {
  Login& login = *session.login;
  const bool enters = step.action == LoginStep::Action::kEnter;
  const bool asks = step.action == LoginStep::Action::kAsk;
  const bool check_begins = !login.checking && !asks && !enters && step.action != LoginStep::Action::kLeave;
  const bool check_ends = login.checking && (asks || enters);
  // The time of a check is the gateway's: the player has as much left after it as before.
  if (check_ends) session.deadlines.postpone(timers_, Deadline::kLogin, clock_.now - login.check_ends);
  if (!enters && step.state != session.record->state()) {
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, step.state, clock_.wall);
    WYLD_DCHECK(moved.has_value());
    // Making an account takes longer than logging in; each question of it has its own time, once.
    const auto bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(step.state));
    const bool first = (login.states_seen & bit) == 0;
    login.states_seen |= bit;
    if (first && step.state >= State::kNewUsername)
      set_deadline(session, Deadline::kLogin, options_.login_deadline);
  }
  if (login.secret != step.secret) {
    login.secret = step.secret;
    session.transport->set_client_echo(!step.secret);
  }
  const bool leaves = step.action == LoginStep::Action::kLeave;
  if ((asks || enters || leaves) && std::exchange(login.by_client, false))
    session.transport->login_result(enters, first_line(step.text));
  if (leaves) {
    return end(session, step.reason, step.text, /*tell_world=*/false);
  }
  if (!step.text.empty()) on_output(session.handle, step.text);
  if (check_begins) {
    login.check_ends = clock_.now + kCheckPatience;
    session.deadlines.postpone(timers_, Deadline::kLogin, kCheckPatience);
  }
  if (check_begins || check_ends) {
    login.checking = check_begins;
    update_reading(session);
  }
  switch (step.action) {
    case LoginStep::Action::kAsk:
      on_prompt(session.handle);
      return;
    case LoginStep::Action::kWait:
      timers_.schedule(login.wait, clock_.now + step.wait);
      return;
    case LoginStep::Action::kEnter: {
      const std::string account = login.dialogue.name();
      session.login.reset();
      note_account(session, account);
      on_entered(session.handle);
      return attach_world(session, account, /*returning=*/false);
    }
    default:
      return consult(session, step.action);
  }
}

void ShardSessions::note_account(Session& session, const std::string& account) {
  log(LogLevel::kInfo, "session_logged_in", {{"session", session.id.text()}, {"account", account}});
  session.has_place = true;
  change_details(session, [&account](SessionDetails& details) { details.account = account; });
}

void ShardSessions::note_capabilities(Session& session) {
  const Capabilities& capabilities = session.transport->capabilities();
  const DetailsPtr before = manager_.details(session.id);
  if (before && before->capabilities == capabilities) return;
  change_details(session, [&capabilities](SessionDetails& details) { details.capabilities = capabilities; });
}

void ShardSessions::change_details(Session& session, const std::function<void(SessionDetails&)>& change,
                                   SessionStore::Done done) {
  [[maybe_unused]] const Status noted = manager_.change_details(session.id, change, std::move(done));
  WYLD_DCHECK(noted.has_value());
}

void ShardSessions::consult(Session& session, LoginStep::Action action) {
  const LoginDialogue& dialogue = session.login->dialogue;
  AccountService::Done done = [this, handle = session.handle](const AccountAnswer& answer) {
    login_answered(handle, answer);
  };
  const auto address = session.record->address();
  bool taken = false;
  if (action == LoginStep::Action::kCheckName) {
    taken = accounts_->check_name(shard_, {.name = dialogue.name(), .address = std::string(address.view())},
                                  std::move(done));
  } else if (action == LoginStep::Action::kCreate) {
    taken = accounts_->create(shard_, dialogue.account(address.view()), std::move(done));
  } else {
    taken = accounts_->log_in(shard_, dialogue.attempt(address.view()), std::move(done));
  }
  if (!taken) follow(session, session.login->dialogue.busy());
}

// A session that has ended meanwhile is not found, and the answer goes nowhere.
void ShardSessions::login_answered(SessionHandle handle, const AccountAnswer& answer) {
  Session* const session = find(handle);
  if (session == nullptr || !session->login) return;
  follow(*session, session->login->dialogue.answered(answer));
  run_deferred(handle);
}

void ShardSessions::on_login_wait(void* context) {
  Session& session = *static_cast<Session*>(context);
  ShardSessions& owner = session.owner;
  const SessionHandle handle = session.handle;
  owner.follow(session, session.login->dialogue.waited());
  owner.run_deferred(handle);
}

}  // namespace wyld::session
