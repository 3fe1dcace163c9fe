#pragma once
// Sessions toward their worlds: what a world says of a session, and what a session's player sends it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "session/return_offers.h"
#include "session/session.h"

namespace wyld::session {

// Follows WorldEvents for a session, and gives its world lines, edits and its return. Each session has a link
// of its own. on_* may be called from inside WorldLink's functions.
//
// Owner    ShardSessions, one for all sessions of the shard.
// Thread   the shard's.
// Errors   notes beyond their bounds are dropped and counted; a text too long to edit is answered as
// cancelled.
class WorldSide {
 public:
  WorldSide(SessionShard& shard, ReturnOffers& offers) noexcept : shard_(shard), offers_(offers) {}

  void attach_world(Session& session, std::string_view account, bool returning);
  // A line to the editor, to the commands that wait, or to the world.
  void pass_on_line(Session& session, std::string_view text, bool secret);
  // Has the store hear of the session: when somebody does something in it, and not when somebody only looks.
  // False: the store takes no more, and the session has ended.
  [[nodiscard]] bool remember(Session& session);

  void on_output(Session& session, std::string_view utf8);
  void on_prompt(Session& session);
  void on_side_channel(Session& session, std::string_view package, std::string_view body,
                       gmcp::Meaning meaning);
  void on_client_echo(Session& session, bool client_echoes);
  void on_character_mode(Session& session, bool on);
  void on_entered(Session& session);
  void on_input_blocked(Session& session, bool blocked);
  void on_away(Session& session, std::string_view text, std::span<const std::string> unsure);
  void on_back(Session& session, const WorldReturn& how);
  void on_logged_in(Session& session);
  void on_input_taken(Session& session, std::uint64_t sequence);
  void on_note(Session& session, std::string_view key, std::string_view value);
  void on_edit(Session& session, std::uint64_t edit, std::string_view title, std::string_view text);

  // --- commands that wait ---
  // False: the session has ended meanwhile.
  bool carry_out(Session& session, const PendingCommands::Actions& actions);
  [[nodiscard]] PasswordRisk password_risk(const Session& session, bool masked) const;

  // --- editing ---
  // For the client that has just come, or the edit that has just begun.
  void open_editor(Session& session);
  void edited(Session& session, std::uint64_t edit, bool cancelled, std::string_view text);

 private:
  void became_durable(Session& session, bool stored);
  void queue_stored(Session& session, bool stored);
  void editor_line(Session& session, std::string_view line);
  void leave_editor(Session& session, bool cancelled, std::string_view text);

  SessionShard& shard_;
  ReturnOffers& offers_;
};

}  // namespace wyld::session
