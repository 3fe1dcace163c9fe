#pragma once
// One player, as a world sees them.

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "wyldgate/world/journal.pb.h"
#include "wyldgate/world/v1/session.pb.h"

namespace wyldgate::world {

class Sessions;

using TimePoint = std::chrono::steady_clock::time_point;

// Owner    Sessions. Gone when Handler::detached() has returned.
// Thread   only inside a turn: in a Handler's function, or in Server::turn().
// Errors   none: what is said to a session that is over is dropped. Invalid UTF-8 is replaced by U+FFFD.
// Limits   SessionsOptions; texts beyond 64 KiB leave in pieces.
class Session {
 public:
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // 16 bytes, the same for the life of the session.
  [[nodiscard]] const std::string& id() const { return id_; }
  // Who the gateway has logged in; empty: the world asks for itself.
  [[nodiscard]] const std::string& account() const { return account_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::string& protocol() const { return protocol_; }
  [[nodiscard]] const v1::Capabilities& capabilities() const { return capabilities_; }
  [[nodiscard]] const std::map<std::string, std::string>& notes() const { return notes_; }
  // False: nobody is looking. What is said now is kept for the player.
  [[nodiscard]] bool connected() const { return connected_; }
  // In Handler::attached(): the gateway has had this session before, but this world does not know it.
  [[nodiscard]] bool returning() const { return returning_; }
  // The player's client reads too slowly: better say little.
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] Sessions& sessions() { return sessions_; }

  // UTF-8 text with '\n' line ends and ANSI colours.
  void output(std::string_view text);
  // The text since the last '\n' is a prompt; `text` is said before.
  void prompt(std::string_view text = {});
  // `kind`: whether it is an event or a state, which decides what a player gets who was away. When it is not
  // said, the name of the package decides.
  void side_channel(std::string_view package, v1::Value value,
                    v1::SideChannelKind kind = v1::SIDE_CHANNEL_KIND_UNSPECIFIED);
  // False asks for a secret.
  void echo(bool on);
  // The player is known to the world now: the gateway holds the session when its connection breaks.
  void entered();
  // The gateway keeps it, shows it to operators and gives it back in Attach. An empty value removes it.
  void note(std::string_view key, std::string_view value);
  // Answered by Handler::edited() with the same `edit`.
  void edit(std::uint64_t edit, std::string_view title, std::string_view text);
  // The last word: what is said after it is dropped. Handler::detached() follows.
  void disconnect(std::string_view text, v1::DisconnectReason reason = v1::DISCONNECT_REASON_LEFT);

  // Kept by the SequenceStore, together with the numbers of the turn in which it was set.
  [[nodiscard]] const std::string& state() const { return state_; }
  void set_state(std::string state);

  // The world's own, in memory only.
  std::any data;

 private:
  friend class Sessions;

  Session(Sessions& sessions, std::string id) : sessions_(sessions), id_(std::move(id)) {}
  v1::SessionCommand command() const;
  void say(v1::SessionCommand command, bool can_be_left_out);

  Sessions& sessions_;
  const std::string id_;
  std::string account_;
  std::string address_;
  std::string protocol_;
  v1::Capabilities capabilities_;
  std::map<std::string, std::string> notes_;
  bool connected_ = false;
  bool returning_ = false;
  bool paused_ = false;

  // What the store keeps.
  std::uint64_t last_event_ = 0;
  std::uint64_t last_line_ = 0;
  std::uint64_t last_command_ = 0;
  std::uint64_t acknowledged_ = 0;
  bool ended_ = false;
  std::string state_;
  std::deque<v1::SessionCommand> unacknowledged_;

  std::size_t skipped_ = 0;       // said beyond the bound, and left out
  std::uint64_t sent_ = 0;        // the last command written to this stream
  std::uint64_t stream_ = 0;      // 0: no gateway has it now
  TimePoint left_at_{};           // since when
  std::size_t said_in_turn_ = 0;  // and not numbered yet
  bool changed_ = false;          // in this turn
  bool state_changed_ = false;    // in this turn
  bool answer_is_due_ = false;    // Attached
  bool acknowledgement_is_due_ = false;
  bool waits_ = false;  // its stream knows that there is something to write
};

}  // namespace wyldgate::world
