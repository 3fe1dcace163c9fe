#pragma once
// Clients that come back to their session. docs/design/resume.md has the whole.

#include <memory>
#include <optional>
#include <string_view>

#include "session/login_desk.h"
#include "session/return_offers.h"
#include "session/session.h"
#include "session/world_side.h"

namespace wyld::session {

// A connection on its way to the session it resumes: all that goes with it, to a session of this shard or of
// another.
struct ResumingConnection {
  SessionHandle home;
  ResumeRequest request;
  Protocol protocol = Protocol::kTelnet;
  AddressText address;
  WaitingInputs inputs;   // that it sent after its request
  OutputPosition told{};  // where the output stood of the session that the connection had
};

// Resumes sessions, in two phases. begin: the client's proof is checked, if need be with the store, and its
// connection leaves the fresh session that it had. finish: the session gets the connection, wherever it came
// from; the client is told what it missed, and its world hears that it is back. A session that a previous
// process left is restored first.
//
// Owner    ShardSessions, one for all sessions of the shard.
// Thread   the shard's.
// Errors   a client whose proof is not good goes on as the new session that it has, and is told why.
// Limits   one request at a time for each connection; the store has eight seconds to answer.
class Resumption {
 public:
  Resumption(SessionShard& shard, ReturnOffers& offers, WorldSide& worlds, LoginDesk& logins) noexcept
      : shard_(shard), offers_(offers), worlds_(worlds), logins_(logins) {}

  // The client shows a token. The transport may belong to another session when this returns, and be on its
  // way to another shard.
  void resume(Session& session, ResumeRequest request);
  // Whether `line` is a code; then it has been followed.
  [[nodiscard]] bool resumes_by_code(Session& session, std::string_view line);
  // Deadline::kStore has passed.
  void give_up_coming_back(Session& session);
  // The connection has come from another shard.
  void arrive(PlayerTransport& transport, ResumingConnection returning);

 private:
  // --- begin ---
  void resume_by_code(Session& session, const ResumeCode& code, std::string_view text);
  void resume_by_token(Session& session, ResumeRequest request);
  void resume_found(Session& session, const ResumeRegistry::Found& found, ResumeRequest request);
  [[nodiscard]] bool waits_for_store(Session& session, const SessionId& id, const ResumeRequest& request);
  void coming_back_stored(Session& session, bool stored);
  // Nobody here has it: the store is asked whether another gateway has.
  void look_elsewhere(Session& session, const ResumeFamily& family, ResumeRequest request);
  void looked_elsewhere(Session& session, bool may_be_there);
  void wait_for_store(Session& session, const SessionId& id, ResumeRequest request);
  // Whether the client tries again by itself when its session is elsewhere. Others go on to the login.
  [[nodiscard]] static bool asks_again(const Session& session) noexcept {
    return session.record->protocol() == Protocol::kWebSocketJson;
  }
  // `told`: where the client's count stands, if another session has had the connection until now.
  void refuse_resume(Session& session, ResumeResult result, std::string_view text, bool by_code,
                     const OutputPosition* told = nullptr);
  void begin_resume(Session& fresh, ResumingConnection returning);
  void discard(Session& fresh);
  static void undo_modes(Session& fresh);

  // --- finish ---
  void finish_resume(Session& session, PlayerTransport& transport, ResumingConnection returning);
  void arrive_as_new(PlayerTransport& transport, ResumingConnection returning);
  void bind(Session& session, PlayerTransport& transport);
  // `since`: when the client was last here.
  void catch_up(Session& session, const ResumingConnection& returning, OutputLog::Time since);
  void replay(Session& session, std::uint64_t from);
  void go_on(Session& session, ResumingConnection& returning);
  void revive(Session& fresh, const SessionId& id, const ResumingConnection& returning);

  SessionShard& shard_;
  ReturnOffers& offers_;
  WorldSide& worlds_;
  LoginDesk& logins_;
};

}  // namespace wyld::session
