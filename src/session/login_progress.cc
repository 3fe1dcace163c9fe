#include "session/login_progress.h"

#include <utility>

namespace wyld::session {

LoginProgress::Effects LoginProgress::follow(const LoginStep& step, State state,
                                             runtime::TimePoint now) noexcept {
  const bool enters = step.action == LoginStep::Action::kEnter;
  const bool asks = step.action == LoginStep::Action::kAsk;
  const bool leaves = step.action == LoginStep::Action::kLeave;
  Effects effects;
  // The time of a check is the gateway's: the player has as much left after it as before.
  effects.check_ends = checking_ && (asks || enters);
  if (effects.check_ends) effects.late_by = now - check_ends_;
  if (!enters && step.state != state) {
    effects.moves = true;
    // Making an account takes longer than logging in; each question of it has its own time, once.
    const auto bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(step.state));
    const bool first = (states_seen_ & bit) == 0;
    states_seen_ |= bit;
    effects.renews_deadline = first && step.state >= State::kNewUsername;
  }
  effects.changes_echo = std::exchange(secret_, step.secret) != step.secret;
  effects.tells_result = (asks || enters || leaves) && std::exchange(by_client_, false);
  effects.success = enters;
  effects.check_begins = !checking_ && !asks && !enters && !leaves;
  if (effects.check_begins) check_ends_ = now + kCheckPatience;
  if (effects.check_begins || effects.check_ends) checking_ = effects.check_begins;
  return effects;
}

}  // namespace wyld::session
