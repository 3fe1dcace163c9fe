#pragma once
// Tokens and codes, by which a client comes back: offered, stored, handed out, retired.

#include <cstdint>
#include <optional>
#include <string_view>

#include "session/session.h"

namespace wyld::session {

// Decides when a session's client is offered a token or a code. docs/design/resume.md has the rules.
//
// Owner    ShardSessions, one for all sessions of the shard.
// Thread   the shard's.
// Errors   a family that was revoked gets nothing.
class ReturnOffers {
 public:
  explicit ReturnOffers(SessionShard& shard) noexcept : shard_(shard) {}

  // Whether this client could come back.
  [[nodiscard]] bool may_return(const Session& session) const;
  // The token's session. A token that was used before revokes its family, here and in the store.
  [[nodiscard]] std::optional<ResumeRegistry::Found> find_token(const ResumeToken& token,
                                                                std::string_view address);

  // The first offer to a player who has entered the world.
  void offer_first(Session& session);
  // To a client that has come back by `request`.
  void offer_next(Session& session, const ResumeRequest& request);
  // To a client that was refused, and has forgotten its token.
  void offer_again(Session& session);

  // When a code may be shown (CodeMoment), and that this is now.
  void look_for_code(Session& session, CodeMoment::Look when);
  void show_code(Session& session);

  // The client has stored the token it was given.
  void token_kept(Session& session);
  // The player wants a code, to go on elsewhere.
  void code_wanted(Session& session);

 private:
  enum class Secret : std::uint8_t { kToken, kCode, kCodeWanted };  // the last is asked for
  // `shown`: the token that the next one follows.
  void offer_return(Session& session, Secret what, const SecretHash* shown = nullptr);
  [[nodiscard]] bool set_keys(Session& session, const ResumeKeys& keys, SessionStore::Done done);
  void hand_out(Session& session, bool stored);
  void repeat(Session& session, const OutputLog::UnfinishedLine& line);
  void retire_previous_token(Session& session);

  SessionShard& shard_;
};

}  // namespace wyld::session
