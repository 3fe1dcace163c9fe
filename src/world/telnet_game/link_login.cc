// The login script at work.
#include <utility>

#include "base/log.h"
#include "session/secret.h"
#include "world/telnet_game/link.h"

namespace wyld::telnet_game {

void TelnetGameLink::begin_login(Player& player) {
  const LoginScript* const script = options_.login.get();
  if (script == nullptr) return;
  if (!(player.returning || script->always()) || !script->serves(player.account)) return watch_login(player);
  player.watch.reset();
  player.login = std::make_unique<Login>(*script, player.account, *this, player.session,
                                         &TelnetGameLink::on_login_timeout);
  loop_.timers().schedule(player.login->timeout.timer, loop_.now() + script->timeout());
  const session::SessionHandle session = player.session;
  block(player, kLoggingIn, true);
  if (Player* const blocked = find(session)) go_on_logging_in(*blocked);
}

// The player logs in by hand.
void TelnetGameLink::watch_login(Player& player) const {
  if (!player.watch && options_.login && options_.login->needs_account())
    player.watch = std::make_unique<LoginWatch>(*options_.login);
}

void TelnetGameLink::learn_account(Player& player) {
  if (!player.watch->over()) return;
  const std::unique_ptr<LoginWatch> watch = std::move(player.watch);
  if (watch->account().empty()) return;
  player.account = watch->account();
  // For the gateway's next process.
  events_.on_note(player.session, "account", watch->account());
}

void TelnetGameLink::go_on_logging_in(Player& player) {
  std::string line;
  while (player.login && player.upstream) {
    switch (player.login->run.next(line)) {
      case LoginRun::Move::kWait:
        return;
      case LoginRun::Move::kSend:
        player.upstream->send_line(line);
        session::wipe(line);
        break;
      case LoginRun::Move::kSucceeded:
        end_login(player, {});
        return;
      case LoginRun::Move::kFailed:
        end_login(player, "the game refused it");
        return;
    }
  }
}

void TelnetGameLink::on_login_timeout(void* timer) {
  const auto& late = *static_cast<PlayerTimer*>(timer);
  TelnetGameLink& link = late.link;
  if (Player* const player = link.find(late.session)) {
    link.end_login(*player, "the game did not answer as expected");
  }
}

// `problem`: empty after a success.
void TelnetGameLink::end_login(Player& player, std::string_view problem) {
  const session::SessionHandle session = player.session;
  const std::unique_ptr<Login> over = std::move(player.login);
  if (problem.empty()) {
    if (!std::exchange(player.entered, true)) events_.on_entered(session);
    // What waited goes out before what is typed from now on.
    events_.on_logged_in(session);
  } else {
    log(LogLevel::kWarning, "world_login_failed",
        {{"world", options_.address},
         {"step", std::to_string(over->run.step())},
         {"reason", std::string(problem)}});
    events_.on_notice(
        session, "The gateway could not log you in: " + std::string(problem) + ". Please log in yourself.");
  }
  if (Player* const still = find(session)) {
    if (!problem.empty()) watch_login(*still);
    block(*still, kLoggingIn, false);
  }
}

}  // namespace wyld::telnet_game
