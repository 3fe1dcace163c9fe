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

}  // namespace

// Connecting -> Welcome, and on to the login or the world.
void ShardSessions::greet(Session& session) {
  [[maybe_unused]] const Status welcomed = manager_.transition(*session.record, State::kWelcome, clock_.wall);
  WYLD_DCHECK(welcomed.has_value());
  note_capabilities(session);
  if (!session.world->gateway_logs_in()) return attach_world(session, {}, /*returning=*/false);
  const std::string banner = session.world->login_banner(session.channel->transport().capabilities());
  follow(session, session.channel->begin_login().dialogue().start(banner));
}

void ShardSessions::start_recording(Session& session) {
  if (session.log.record()) session.channel->transport().begin_output(session.log.offset());
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
  const std::string hello = session.channel->transport().side_channel_hello();
  const std::string supports = session.channel->transport().side_channel_supports();
  const DetailsPtr details = manager_.details(session.id);
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
  if (congested && find(handle) == &session && session.channel && session.channel->output().is_congested())
    session.world->pause(handle);
}

void ShardSessions::login_line(Session& session, std::string_view text) {
  follow(session, session.channel->login()->dialogue().line(text));
}

void ShardSessions::credentials(SessionHandle handle, std::string_view account, std::string_view password) {
  settled(handle);
  Session* const session = find(handle);
  if (session == nullptr || !session->channel || session->channel->is_resuming()) return;
  if (session->channel->login() != nullptr) {
    LoginProgress& progress = *session->channel->login();
    if (progress.is_checking() || !progress.dialogue().takes_credentials()) return;
    if (!remember(*session)) return;
    manager_.touch(*session->record, clock_.wall);
    progress.signs_in();
    // "account:character": of characters the gateway knows nothing.
    return follow(*session, progress.dialogue().credentials(account.substr(0, account.find(':')), password));
  }
  if (session->world->gateway_logs_in() || !session->channel->is_fresh()) return;
  take_input(handle, InputKind::kLine, account);
  take_input(handle, InputKind::kSecretLine, password);
}

void ShardSessions::follow(Session& session, const LoginStep& step) {
  LoginProgress& login = *session.channel->login();
  const LoginProgress::Effects effects = login.follow(step, session.record->state(), clock_.now);
  if (effects.check_ends) session.channel->postpone_login(effects.late_by);
  if (effects.moves) {
    [[maybe_unused]] const Status moved = manager_.transition(*session.record, step.state, clock_.wall);
    WYLD_DCHECK(moved.has_value());
  }
  if (effects.renews_deadline) session.channel->set_deadline(Deadline::kLogin, options_.login_deadline);
  if (effects.changes_echo) session.channel->transport().set_client_echo(!step.secret);
  if (effects.tells_result) session.channel->transport().login_result(effects.success, first_line(step.text));
  if (step.action == LoginStep::Action::kLeave)
    return end(session, step.reason, step.text, /*tell_world=*/false);
  if (!step.text.empty()) on_output(session.handle, step.text);
  if (effects.check_begins) session.channel->postpone_login(LoginProgress::kCheckPatience);
  if (effects.check_begins || effects.check_ends) update_reading(session);
  switch (step.action) {
    case LoginStep::Action::kAsk:
      on_prompt(session.handle);
      return;
    case LoginStep::Action::kWait:
      session.channel->set_deadline(Deadline::kLoginWait, step.wait);
      return;
    case LoginStep::Action::kEnter: {
      const std::string account = login.dialogue().name();
      session.channel->end_login();
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
  const Capabilities& capabilities = session.channel->transport().capabilities();
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
  const LoginDialogue& dialogue = session.channel->login()->dialogue();
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
  if (!taken) follow(session, session.channel->login()->dialogue().busy());
}

// A session that has ended meanwhile is not found, and the answer goes nowhere.
void ShardSessions::login_answered(SessionHandle handle, const AccountAnswer& answer) {
  Session* const session = find(handle);
  if (session == nullptr || !session->channel || session->channel->login() == nullptr) return;
  follow(*session, session->channel->login()->dialogue().answered(answer));
  run_deferred(handle);
}

void ShardSessions::login_waited(Session& session) {
  const SessionHandle handle = session.handle;
  follow(session, session.channel->login()->dialogue().waited());
  run_deferred(handle);
}

void ShardSessions::repeat_question(Session& session) {
  LoginProgress* const login = session.channel->login();
  if (login != nullptr && !login->is_checking()) follow(session, login->dialogue().repeat());
}

}  // namespace wyld::session
