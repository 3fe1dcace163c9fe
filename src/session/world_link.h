#pragma once
// The border between sessions and worlds: what a session tells a world, and what a world says back.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/session_id.h"
#include "codec/capabilities.h"
#include "codec/gmcp/state.h"
#include "session/session_handle.h"

namespace wyld::session {

// What a world may know of a player at attach. References live until attach() returns.
struct PlayerInfo {
  SessionId id;
  std::string_view address;  // "203.0.113.7" or "2001:db8::7"
  const Capabilities& capabilities;
  std::string_view side_channel_hello;     // GMCP Core.Hello body, JSON; empty: none
  std::string_view side_channel_supports;  // GMCP Core.Supports, JSON array; empty: none
  // Who the gateway has logged in, as the account's owner writes the name; empty: the world asks itself.
  std::string_view account = {};
  // The session was attached before, perhaps by a former process of the gateway: who plays in it goes on
  // where they were, without a login, if the world can tell by `id` or `account` who that was.
  bool returning = false;
  // What worlds have noted of the session (WorldEvents::on_note); null: nothing.
  const std::map<std::string, std::string>* metadata = nullptr;
};

enum class DetachReason : std::uint8_t {
  kClosed,    // the player left, or the connection broke and the session is not held
  kShutdown,  // the gateway stops
  kExpired,   // nobody came back while the session was held
};

// How a world that was away takes its players back.
struct WorldReturn {
  // True: what waits in the command queue may go out at once. False: the player meets a login first; it waits
  // for on_logged_in() or the player's word.
  bool takes_queue = false;
  // The last line of this session that the world has taken, by the sequence of WorldLink::input(); what it
  // has taken is not sent again. 0: it does not say.
  std::uint64_t last_input = 0;
};

// What a world says. Implemented by the session layer, one per shard. Calls for a handle that is gone
// are ignored. May be called from inside WorldLink's functions. Views expire when the call returns.
//
// Thread   the handle's shard.
class WorldEvents {
 public:
  // UTF-8 with '\n' line ends and ANSI sequences. May end in mid-line, never in mid-character.
  virtual void on_output(SessionHandle session, std::string_view utf8) = 0;
  // The same text for many sessions of this shard; encoded once per wire form.
  virtual void on_output_to(std::span<const SessionHandle> sessions, std::string_view utf8) = 0;
  // The text since the last '\n' is a prompt.
  virtual void on_prompt(SessionHandle session) = 0;
  // GMCP: `package` as in "Room.Info", `body` UTF-8, mostly JSON, or empty. `meaning`: what becomes of it for
  // a client that is away or slow.
  virtual void on_side_channel(SessionHandle session, std::string_view package, std::string_view body,
                               gmcp::Meaning meaning) = 0;
  // Of a world that does not say which it is: the name of the package decides.
  void on_side_channel(SessionHandle session, std::string_view package, std::string_view body) {
    on_side_channel(session, package, body, gmcp::meaning_of(package));
  }
  // False: the player types a secret.
  virtual void on_client_echo(SessionHandle session, bool client_echoes) = 0;
  // True: the world wants keys as they are typed (WorldLink::characters), not lines.
  virtual void on_character_mode(SessionHandle session, bool on) = 0;
  // The gateway's own words about the world, one line: "The game has closed the connection."
  virtual void on_notice(SessionHandle session, std::string_view text) = 0;
  // The player is known to the world now: the login deadline no longer applies.
  virtual void on_entered(SessionHandle session) = 0;
  // The world takes no more input from this session until told otherwise: what was sent to it waits.
  virtual void on_input_blocked(SessionHandle session, bool blocked) = 0;
  // The world has ended this session; `text` is what the player is told (may be empty).
  virtual void on_left(SessionHandle session, std::string_view text) = 0;
  // The world cannot be reached and nobody tries any more; `text` is what the player is told.
  virtual void on_lost(SessionHandle session, std::string_view text) = 0;
  // The world cannot be reached for now; the link keeps trying. The player stays and reads `text` (one line;
  // empty: nothing is said), and what they type waits in the command queue: no input() until on_back().
  // `unsure`: lines that were sent and may not have arrived. They are named to the player and not sent again.
  // Echo and line mode are what they were at the beginning. May be called again, with a new text.
  virtual void on_away(SessionHandle session, std::string_view text, std::span<const std::string> unsure) = 0;
  virtual void on_back(SessionHandle session, const WorldReturn& how) = 0;
  // The link has logged the player in by itself: the command queue goes out.
  virtual void on_logged_in(SessionHandle session) = 0;
  // Lines up to `sequence` are the world's now: they will not be lost. Only of links that
  // acknowledge_input().
  virtual void on_input_taken(SessionHandle session, std::uint64_t sequence) = 0;
  // The world notes something about the session, for itself and for operators; it comes back in
  // PlayerInfo::metadata. An empty value removes the note. Beyond 32 notes, 64 bytes a key or 1 KiB a value
  // it is dropped and counted.
  virtual void on_note(SessionHandle session, std::string_view key, std::string_view value) = 0;
  // The world asks the player to edit `text`; WorldLink::edited() answers with the same `edit`, a number of
  // the world's. A new one takes the place of one that is open, which is then answered as cancelled.
  virtual void on_edit(SessionHandle session, std::uint64_t edit, std::string_view title,
                       std::string_view text) = 0;

 protected:
  ~WorldEvents() = default;
};

// The gateway's channel to one world, one object per shard.
//
// Owner    apps/, which names the concrete class.
// Thread   its shard.
// Errors   trouble of the world's is told through WorldEvents; nothing here fails. Calls for a session that
// is
//          not attached are ignored.
class WorldLink {
 public:
  virtual ~WorldLink() = default;

  // True: players log in at the gateway before attach(), which then names their account. Always the same.
  [[nodiscard]] virtual bool gateway_logs_in() const { return false; }
  // What a player reads above the gateway's login: UTF-8 lines, or nothing.
  [[nodiscard]] virtual std::string login_banner(const Capabilities& /*capabilities*/) const { return {}; }

  // True: players meet a login that only they and the world know of, after each attach(): what waits for the
  // world goes out when they say so. Always the same.
  [[nodiscard]] virtual bool has_own_login() const { return false; }
  // True: the link calls on_input_taken(), and drops lines it is given twice: a line may be sent again until
  // it was taken. False: a line is never given again. Always the same.
  [[nodiscard]] virtual bool acknowledges_input() const { return false; }

  virtual void attach(SessionHandle session, const PlayerInfo& player) = 0;
  // The player's connection is gone, the session is held: the world goes on, its output is kept for them.
  virtual void connection_lost(SessionHandle /*session*/) {}
  // They are back, perhaps with another client and from elsewhere.
  virtual void connection_restored(SessionHandle /*session*/, const PlayerInfo& /*player*/) {}
  virtual void detach(SessionHandle session, DetachReason reason) = 0;
  // One line without its end, valid UTF-8. `sequence` counts this session's lines from 1. `secret`: typed
  // while echo was off; not to be logged.
  virtual void input(SessionHandle session, std::uint64_t sequence, std::string_view line, bool secret) = 0;
  // Character mode: input as typed, Enter is '\n'.
  virtual void characters(SessionHandle session, std::string_view text) = 0;
  virtual void side_channel(SessionHandle session, std::string_view package, std::string_view body) = 0;
  virtual void capabilities_changed(SessionHandle session, const Capabilities& capabilities) = 0;
  virtual void interrupt(SessionHandle session) = 0;
  // What became of on_edit(): the new text with '\n' line ends, or cancelled.
  virtual void edited(SessionHandle /*session*/, std::uint64_t /*edit*/, bool /*cancelled*/,
                      std::string_view /*text*/) {}
  // The player's output is over its high mark: say no more until resume() (a link that cannot wait may
  // go on; what exceeds the bound is dropped and the player told).
  virtual void pause(SessionHandle session) = 0;
  virtual void resume(SessionHandle session) = 0;
};

}  // namespace wyld::session
