// What worlds say of one session.
#include "session/shard_sessions.h"

namespace wyld::session {

void ShardSessions::on_output(SessionHandle handle, std::string_view utf8) {
  if (Session* const session = find(handle)) worlds_.on_output(*session, utf8);
}

void ShardSessions::on_prompt(SessionHandle handle) {
  if (Session* const session = find(handle)) worlds_.on_prompt(*session);
}

void ShardSessions::on_side_channel(SessionHandle handle, std::string_view package, std::string_view body,
                                    gmcp::Meaning meaning) {
  if (Session* const session = find(handle)) worlds_.on_side_channel(*session, package, body, meaning);
}

void ShardSessions::on_client_echo(SessionHandle handle, bool client_echoes) {
  if (Session* const session = find(handle)) worlds_.on_client_echo(*session, client_echoes);
}

void ShardSessions::on_character_mode(SessionHandle handle, bool on) {
  if (Session* const session = find(handle)) worlds_.on_character_mode(*session, on);
}

void ShardSessions::on_notice(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) session->tell(text);
}

void ShardSessions::on_entered(SessionHandle handle) {
  if (Session* const session = find(handle)) worlds_.on_entered(*session);
}

void ShardSessions::on_input_blocked(SessionHandle handle, bool blocked) {
  if (Session* const session = find(handle)) worlds_.on_input_blocked(*session, blocked);
}

void ShardSessions::on_left(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle))
    end(*session, EndReason::kWorldEnded, text, /*tell_world=*/false);
}

void ShardSessions::on_lost(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) end(*session, EndReason::kWorldLost, text, /*tell_world=*/false);
}

void ShardSessions::on_away(SessionHandle handle, std::string_view text,
                            std::span<const std::string> unsure) {
  if (Session* const session = find(handle)) worlds_.on_away(*session, text, unsure);
}

void ShardSessions::on_back(SessionHandle handle, const WorldReturn& how) {
  if (Session* const session = find(handle)) worlds_.on_back(*session, how);
}

void ShardSessions::on_logged_in(SessionHandle handle) {
  if (Session* const session = find(handle)) worlds_.on_logged_in(*session);
}

void ShardSessions::on_input_taken(SessionHandle handle, std::uint64_t sequence) {
  if (Session* const session = find(handle)) worlds_.on_input_taken(*session, sequence);
}

void ShardSessions::on_note(SessionHandle handle, std::string_view key, std::string_view value) {
  if (Session* const session = find(handle)) worlds_.on_note(*session, key, value);
}

void ShardSessions::on_edit(SessionHandle handle, std::uint64_t edit, std::string_view title,
                            std::string_view text) {
  if (Session* const session = find(handle)) worlds_.on_edit(*session, edit, title, text);
}

}  // namespace wyld::session
