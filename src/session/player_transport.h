#pragma once
// The border between sessions and connections: what a session has a connection do.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/payload.h"
#include "codec/capabilities.h"
#include "session/session_handle.h"
#include "session/session_record.h"
#include "session/wire_form.h"

namespace wyld::session {

class PlayerTransport;
class ShardSessions;

enum class EndReason : std::uint8_t {
  kWorldEnded,  // the world let the player go
  kWorldLost,   // the world cannot be reached
  kShutdown,    // the gateway stops
  kLoginDeadline,
  kSlowReader,
  kViolation,  // the client broke a bound
  kTakenOver,  // the player came back by another connection
  kBusy,       // coming back is not possible just now
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
    case EndReason::kTakenOver:
      return "taken_over";
    case EndReason::kBusy:
      return "busy";
  }
  return "unknown";
}

// Whether a connection's input is read. While it is not, the peer's own flow control holds it back.
enum class Reading : std::uint8_t {
  kOn,
  kOff,          // but a client that has hung up is noticed, and what it sent and was not read is lost
  kUntilAnswer,  // for a moment only: what has come, its end included, is read in its turn
};

enum class ResumeResult : std::uint8_t {
  kResumed,
  kResumedWithGap,
  kGone,  // final: the place is no more, or the proof was wrong; the connection goes on as a new session
  kBusy,  // try again later; the connection ends
  // Another gateway may have the place. A client that asks again by itself is to do so, and its connection
  // ends; any other goes on as a new session, and may keep its proof.
  kElsewhere,
};

[[nodiscard]] constexpr std::string_view resume_result_name(ResumeResult result) noexcept {
  switch (result) {
    case ResumeResult::kResumed:
      return "resumed";
    case ResumeResult::kResumedWithGap:
      return "resumed_with_gap";
    case ResumeResult::kGone:
      return "gone";
    case ResumeResult::kBusy:
      return "busy";
    case ResumeResult::kElsewhere:
      return "elsewhere";
  }
  return "unknown";
}

// What became of an attempt to come back.
struct ResumeAnswer {
  ResumeResult result = ResumeResult::kGone;
  SessionId session = {};
  OutputPosition from = {};  // where the output that follows begins
  std::uint64_t lines = 0;   // of the output that is replayed
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> missing = 0;       // bytes that are lost; none: nobody knows how many
  bool in_transit = false;                        // those may be what was on its way at `since`, and no more
  std::chrono::system_clock::time_point since{};  // when the output that is missing began
  std::string_view text = {};                     // for the player
};

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
  // Where the protocol has answers to that: whether the last one has been given. Clients may never give it.
  [[nodiscard]] virtual bool echo_answered() const { return true; }
  virtual void set_character_mode(bool on) = 0;
  virtual void set_reading(Reading reading) = 0;
  // Calls ShardSessions::drained() once, when everything queued by then has been written.
  virtual void tell_when_drained() = 0;
  // The player has been recognised by the world.
  virtual void entered() = 0;
  // Tells the player why (unless `text` is empty), writes what is queued, closes. The session must not
  // use the transport afterwards.
  virtual void end(EndReason reason, std::string_view text) = 0;

  // Coming back (session/resume_token.h).
  // The connection belongs to this session now.
  virtual void rebind(SessionHandle session) = 0;
  // Goes to another shard with all it has read and not passed on, and there calls `then`, which binds it to a
  // session. Nothing of it may be used here afterwards. False: that shard takes nothing now; it stays.
  using Arrived = std::move_only_function<void(ShardSessions& there, PlayerTransport& self)>;
  [[nodiscard]] virtual bool move_to(std::uint8_t shard, Arrived then) = 0;
  // How much of the session's output has arrived. begin_output(): from now on this counts from `offset`;
  // what the connection was sent before belongs to another session, or is not kept. note_output(): everything
  // before `offset` has been sent. delivered_output(): everything before this has arrived, as far as the
  // client's system says.
  virtual void begin_output(std::uint64_t offset) = 0;
  virtual void note_output(std::uint64_t offset) = 0;
  [[nodiscard]] virtual std::uint64_t delivered_output() = 0;
  // False: the system that confirms may be a proxy's, and the client itself has not told. What
  // delivered_output() says has left us then, and may be lost.
  [[nodiscard]] virtual bool knows_delivery() const { return true; }
  // What was sent or queued and not confirmed by the client's system, in bytes on the wire.
  [[nodiscard]] virtual std::size_t unconfirmed_bytes() const = 0;
  // Comes before the replay; replayed() behind it. Not called for codes that were wrong.
  virtual void resumed(const ResumeAnswer& answer) = 0;
  virtual void replayed() {}
  // Whether the client keeps tokens by itself. One that does shows no codes unless asked.
  [[nodiscard]] virtual bool keeps_tokens() const { return false; }
  // Of one whose kind may keep tokens and yet never show them: how it names itself. Until one of that kind
  // has shown a token, its player is shown a code too. Empty: it shows them for certain.
  [[nodiscard]] virtual std::string token_client() const { return {}; }
  virtual void give_token(std::string_view /*token*/) {}
  // Whether the client counts its output, and says what it has when it comes back.
  [[nodiscard]] virtual bool counts_output() const { return keeps_tokens(); }
  // The player asked for a code to type elsewhere.
  virtual void give_code(std::string_view /*code*/) {}
  // Clients that count their output: output was left out, what follows begins here.
  virtual void tell_position(const OutputPosition& /*position*/) {}

  // What became of ShardSessions::credentials(): `text` is why not. The player reads it by itself.
  virtual void login_result(bool /*success*/, std::string_view /*text*/) {}

  // Clients that show more than text. What these say is told in words too.
  // Whether the world is there.
  virtual void tell_world(bool /*here*/, std::string_view /*text*/) {}
  // How many commands wait for it.
  virtual void tell_waiting(std::size_t /*count*/) {}
  // Opens an editor; ShardSessions::edited() has what became of it. False: there is none.
  [[nodiscard]] virtual bool open_editor(std::uint64_t /*edit*/, std::string_view /*title*/,
                                         std::string_view /*text*/) {
    return false;
  }
  virtual void close_editor(std::uint64_t /*edit*/) {}

  [[nodiscard]] virtual WireForm wire_form() const = 0;
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;
  [[nodiscard]] virtual std::string side_channel_hello() const = 0;     // JSON object or empty
  [[nodiscard]] virtual std::string side_channel_supports() const = 0;  // JSON array or empty

 protected:
  ~PlayerTransport() = default;
};

}  // namespace wyld::session
