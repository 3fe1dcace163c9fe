#include "session/login_desk.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wyld::session {
namespace {

// What a step says before its question, on one line.
std::string_view first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  return text.substr(0, text.find('\n'));
}

}  // namespace

// Connecting -> Welcome, and on to the login or the world.
void LoginDesk::greet(Session& session) {
  [[maybe_unused]] const Status welcomed =
      shard_.manager.transition(*session.record, State::kWelcome, shard_.clock.wall);
  WYLD_DCHECK(welcomed.has_value());
  session.note_capabilities();
  if (!session.world->gateway_logs_in()) return worlds_.attach_world(session, {}, /*returning=*/false);
  const std::string banner = session.world->login_banner(session.channel->transport().capabilities());
  follow(session, session.channel->begin_login().dialogue().start(banner));
}

void LoginDesk::login_line(Session& session, std::string_view text) {
  follow(session, session.channel->login()->dialogue().line(text));
}

void LoginDesk::credentials(Session& session, std::string_view account, std::string_view password) {
  const SessionHandle handle = session.handle;
  shard_.settled(handle);
  if (shard_.find(handle) != &session || !session.channel || session.channel->is_resuming()) return;
  if (session.channel->login() != nullptr) {
    LoginProgress& progress = *session.channel->login();
    if (progress.is_checking() || !progress.dialogue().takes_credentials()) return;
    if (!worlds_.remember(session)) return;
    shard_.manager.touch(*session.record, shard_.clock.wall);
    progress.signs_in();
    // "account:character": of characters the gateway knows nothing.
    return follow(session, progress.dialogue().credentials(account.substr(0, account.find(':')), password));
  }
  if (session.world->gateway_logs_in() || !session.channel->is_fresh()) return;
  shard_.take_input(handle, InputKind::kLine, account, {});
  shard_.take_input(handle, InputKind::kSecretLine, password, {});
}

void LoginDesk::follow(Session& session, const LoginStep& step) {
  LoginProgress& login = *session.channel->login();
  const LoginProgress::Effects effects = login.follow(step, session.record->state(), shard_.clock.now);
  if (effects.check_ends) session.channel->postpone_login(effects.late_by);
  if (effects.moves) {
    [[maybe_unused]] const Status moved =
        shard_.manager.transition(*session.record, step.state, shard_.clock.wall);
    WYLD_DCHECK(moved.has_value());
  }
  if (effects.renews_deadline) session.channel->set_deadline(Deadline::kLogin, shard_.options.login_deadline);
  if (effects.changes_echo) session.channel->transport().set_client_echo(!step.secret);
  if (effects.tells_result) session.channel->transport().login_result(effects.success, first_line(step.text));
  if (step.action == LoginStep::Action::kLeave)
    return shard_.end(session, step.reason, step.text, /*tell_world=*/false);
  if (!step.text.empty()) worlds_.on_output(session, step.text);
  if (effects.check_begins) session.channel->postpone_login(LoginProgress::kCheckPatience);
  if (effects.check_begins || effects.check_ends) session.update_reading();
  switch (step.action) {
    case LoginStep::Action::kAsk:
      worlds_.on_prompt(session);
      return;
    case LoginStep::Action::kWait:
      session.channel->set_deadline(Deadline::kLoginWait, step.wait);
      return;
    case LoginStep::Action::kEnter: {
      const std::string account = login.dialogue().name();
      session.channel->end_login();
      session.note_account(account);
      worlds_.on_entered(session);
      return worlds_.attach_world(session, account, /*returning=*/false);
    }
    default:
      return consult(session, step.action);
  }
}

void LoginDesk::consult(Session& session, LoginStep::Action action) {
  const LoginDialogue& dialogue = session.channel->login()->dialogue();
  AccountService::Done done = [this, handle = session.handle](const AccountAnswer& answer) {
    // A session that has ended meanwhile is not found, and the answer goes nowhere.
    if (Session* const found = shard_.find(handle)) login_answered(*found, answer);
  };
  const auto address = session.record->address();
  bool taken = false;
  if (action == LoginStep::Action::kCheckName) {
    taken = shard_.accounts->check_name(
        shard_.index, {.name = dialogue.name(), .address = std::string(address.view())}, std::move(done));
  } else if (action == LoginStep::Action::kCreate) {
    taken = shard_.accounts->create(shard_.index, dialogue.account(address.view()), std::move(done));
  } else {
    taken = shard_.accounts->log_in(shard_.index, dialogue.attempt(address.view()), std::move(done));
  }
  if (!taken) follow(session, session.channel->login()->dialogue().busy());
}

void LoginDesk::login_answered(Session& session, const AccountAnswer& answer) {
  const SessionHandle handle = session.handle;
  if (!session.channel || session.channel->login() == nullptr) return;
  follow(session, session.channel->login()->dialogue().answered(answer));
  shard_.run_deferred(handle);
}

void LoginDesk::login_waited(Session& session) {
  const SessionHandle handle = session.handle;
  follow(session, session.channel->login()->dialogue().waited());
  shard_.run_deferred(handle);
}

void LoginDesk::repeat_question(Session& session) {
  LoginProgress* const login = session.channel->login();
  if (login != nullptr && !login->is_checking()) follow(session, login->dialogue().repeat());
}

}  // namespace wyld::session
