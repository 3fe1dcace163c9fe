#pragma once
// The gateway's own login, between a connection and its world.

#include <string_view>

#include "session/session.h"
#include "session/world_side.h"

namespace wyld::session {

// Leads a session from its welcome through the login, if there is one, into its world: carries out what
// LoginDialogue and LoginProgress decide, and asks the accounts.
//
// Owner    ShardSessions, one for all sessions of the shard.
// Thread   the shard's.
// Errors   a login that fails is answered with a sentence and the question again.
class LoginDesk {
 public:
  LoginDesk(SessionShard& shard, WorldSide& worlds) noexcept : shard_(shard), worlds_(worlds) {}

  // Connecting -> Welcome, and on to the login or the world.
  void greet(Session& session);
  void login_line(Session& session, std::string_view text);
  // The client signs in by itself: here, or at the world's login in the place of the first two lines.
  void credentials(Session& session, std::string_view account, std::string_view password);
  // A wait that was imposed is over.
  void login_waited(Session& session);
  // The question again, after words of ours; if the login waits for an answer.
  void repeat_question(Session& session);

 private:
  void follow(Session& session, const LoginStep& step);
  void consult(Session& session, LoginStep::Action action);
  void login_answered(Session& session, const AccountAnswer& answer);

  SessionShard& shard_;
  WorldSide& worlds_;
};

}  // namespace wyld::session
