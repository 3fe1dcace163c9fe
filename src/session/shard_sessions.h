#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/session_id.h"
#include "runtime/timing_wheel.h"
#include "session/player_transport.h"
#include "session/session_manager.h"
#include "session/token_bucket.h"
#include "session/world_link.h"

namespace wyld::session {

struct ShardSessionsOptions {
  // Input beyond this rate is not lost: the session stops reading until there is room again.
  std::uint32_t lines_per_second = 20;
  std::uint32_t lines_burst = 80;
  // The same for side-channel messages, which clients send by themselves.
  std::uint32_t side_channel_per_second = 60;
  std::uint32_t side_channel_burst = 120;
  // Output waiting for one client. Over a quarter of it the world is asked to pause; over all of it
  // whole messages are dropped and the player is told. One message may exceed it when nothing waits.
  std::size_t output_bytes_max = 256 * 1024;
  std::chrono::milliseconds login_deadline{60'000};
  // A client whose output has been waiting that long without ever emptying is let go.
  std::chrono::milliseconds slow_reader_deadline{30'000};
};

// The runtime halves of one shard's sessions: where input goes, what waits, what output may pass. Joins
// PlayerTransport (below) to WorldLink (above). Sans-I/O: clock and timers are passed in.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   open() refuses with a sentence fit for the player; calls for a handle that is gone are ignored.
// Limits   ShardSessionsOptions.
class ShardSessions final : public WorldEvents {
 public:
  ShardSessions(std::uint8_t shard, SessionManager& manager, const ShardSessionsOptions& options,
                const TurnClock& clock, runtime::TimingWheel& timers, SessionIdGenerator ids);
  ~ShardSessions();
  ShardSessions(const ShardSessions&) = delete;
  ShardSessions& operator=(const ShardSessions&) = delete;

  // Before the first open(). `world` outlives this.
  void set_world(WorldLink& world) noexcept { world_ = &world; }

  // A connection has arrived. In state Connecting until settled().
  [[nodiscard]] Result<SessionHandle> open(PlayerTransport& transport, Protocol protocol,
                                           std::string address);
  // The client's protocol is negotiated: the world is attached. Once.
  void settled(SessionHandle session);
  void line(SessionHandle session, std::string_view text, bool secret);
  void characters(SessionHandle session, std::string_view text);
  void side_channel(SessionHandle session, std::string_view package, std::string_view body);
  void capabilities_changed(SessionHandle session);
  void interrupt(SessionHandle session);
  // The client broke a bound that ends its connection; `text` tells it which.
  void violated(SessionHandle session, std::string_view text);
  // The transport's queue has emptied, after tell_when_drained().
  void drained(SessionHandle session);
  // The connection is gone; the transport is not used again.
  void ended(SessionHandle session);

  // To every session here that plays. Returns how many got it; what is over its bound is not counted.
  std::size_t broadcast(std::string_view utf8);
  // To one session; false: gone, or over its bound.
  bool send(SessionHandle session, std::string_view utf8);
  // Ends every session.
  void end_all(EndReason reason, std::string_view text);
  [[nodiscard]] std::size_t live_count() const noexcept { return live_; }
  [[nodiscard]] const SessionId* id_of(SessionHandle session) const noexcept;

  // WorldEvents:
  void on_output(SessionHandle session, std::string_view utf8) override;
  void on_output_to(std::span<const SessionHandle> sessions, std::string_view utf8) override;
  void on_prompt(SessionHandle session) override;
  void on_side_channel(SessionHandle session, std::string_view package, std::string_view body) override;
  void on_client_echo(SessionHandle session, bool client_echoes) override;
  void on_character_mode(SessionHandle session, bool on) override;
  void on_notice(SessionHandle session, std::string_view text) override;
  void on_entered(SessionHandle session) override;
  void on_input_blocked(SessionHandle session, bool blocked) override;
  void on_left(SessionHandle session, std::string_view text) override;
  void on_lost(SessionHandle session, std::string_view text) override;

 private:
  enum class InputKind : std::uint8_t { kLine, kSecretLine, kCharacters, kSideChannel };

  struct Input {
    InputKind kind;
    std::string text;     // the body of a side-channel message
    std::string package;  // side channel only
  };

  // Input that came faster than its rate, and what was held back of the side channel. Most sessions
  // never need one.
  struct Deferred {
    struct Update {
      std::string package;
      std::string body;
    };
    std::deque<Input> inputs;
    std::vector<Update> updates;  // the latest body of each package
    std::size_t updates_bytes = 0;
  };

  struct Session {
    explicit Session(ShardSessions& sessions)
        : owner(sessions),
          deadline(&ShardSessions::on_deadline, this),
          throttle(&ShardSessions::on_throttle, this) {}
    ShardSessions& owner;
    SessionHandle handle;
    SessionRecord* record = nullptr;  // null: the slot is free
    PlayerTransport* transport = nullptr;
    std::uint64_t input_sequence = 0;
    TokenBucket lines;
    TokenBucket side_channel;
    runtime::Timer deadline;  // login, later the slow reader's
    runtime::Timer throttle;
    std::unique_ptr<Deferred> deferred;
    bool attached = false;
    bool entered = false;
    bool input_blocked = false;  // the world takes no more for now
    bool congested = false;      // the world has been asked to pause
    bool skipping = false;       // output was dropped since the queue was last empty
  };

  // Encodes one text lazily for each wire form that asks.
  class SharedEncoding;

  [[nodiscard]] Session* find(SessionHandle handle) noexcept;
  void begin_world(Session& session);
  void take_input(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package = {});
  void pass_on(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package);
  [[nodiscard]] bool take_token(Session& session, InputKind kind) noexcept;
  [[nodiscard]] runtime::TimePoint next_token(const Session& session, InputKind kind) const noexcept;
  void update_reading(Session& session);
  void run_deferred(SessionHandle handle);
  [[nodiscard]] bool admits_output(Session& session, std::size_t bytes);
  void after_output(Session& session);
  void hold_back(Session& session, std::string_view package, std::string_view body);
  void end(Session& session, EndReason reason, std::string_view text, bool tell_world);
  void release(Session& session, std::string_view reason);
  static void on_deadline(void* context);
  static void on_throttle(void* context);

  const std::uint8_t shard_;
  SessionManager& manager_;
  const ShardSessionsOptions options_;
  const TurnClock& clock_;
  runtime::TimingWheel& timers_;
  SessionIdGenerator ids_;
  WorldLink* world_ = nullptr;
  std::deque<Session> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;
};

}  // namespace wyld::session
