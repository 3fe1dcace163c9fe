#pragma once
// The border between sessions and connections: what a session has a connection do.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/payload.h"
#include "codec/capabilities.h"
#include "session/wire_form.h"

namespace wyld::session {

enum class EndReason : std::uint8_t {
  kWorldEnded,  // the world let the player go
  kWorldLost,   // the world cannot be reached
  kShutdown,    // the gateway stops
  kLoginDeadline,
  kSlowReader,
  kViolation,  // the client broke a bound
};

// Ends of one word, as protocols tell them: "world_ended".
[[nodiscard]] constexpr std::string_view end_reason_name(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::kWorldEnded:
      return "world_ended";
    case EndReason::kWorldLost:
      return "world_lost";
    case EndReason::kShutdown:
      return "shutdown";
    case EndReason::kLoginDeadline:
      return "login_deadline";
    case EndReason::kSlowReader:
      return "slow_reader";
    case EndReason::kViolation:
      return "violation";
  }
  return "unknown";
}

// One player's connection, as its session sees it. Output is queued and leaves at the end of the turn.
//
// Owner    the transport; the session borrows it between ShardSessions::open() and either end() or
//          ShardSessions::ended(), whichever comes first.
// Thread   the session's shard.
class PlayerTransport {
 public:
  virtual void send_text(std::string_view utf8) = 0;
  // Bytes made by encode_text(wire_form(), ...).
  virtual void send_encoded(const Payload& payload) = 0;
  virtual void send_prompt() = 0;
  // False: the client does not take this side-channel message.
  virtual bool send_side_channel(std::string_view package, std::string_view body) = 0;
  // The gateway's own words: one line, set apart from the world's.
  virtual void send_notice(std::string_view text) = 0;
  virtual void set_client_echo(bool client_echoes) = 0;
  virtual void set_character_mode(bool on) = 0;
  // Whether input is read at all; false lets the peer's own flow control hold it back.
  virtual void set_reading(bool on) = 0;
  // Calls ShardSessions::drained() once, when everything queued by then has been written.
  virtual void tell_when_drained() = 0;
  // The player has been recognised by the world.
  virtual void entered() = 0;
  // Tells the player why (unless `text` is empty), writes what is queued, closes. The session must not
  // use the transport afterwards.
  virtual void end(EndReason reason, std::string_view text) = 0;

  [[nodiscard]] virtual WireForm wire_form() const = 0;
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;
  [[nodiscard]] virtual std::string side_channel_hello() const = 0;     // JSON object or empty
  [[nodiscard]] virtual std::string side_channel_supports() const = 0;  // JSON array or empty

 protected:
  ~PlayerTransport() = default;
};

}  // namespace wyld::session
