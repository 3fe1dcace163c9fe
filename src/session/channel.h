#pragma once
// One connection's conversation: the part of a session that exists only while a client is connected.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "session/deadlines.h"
#include "session/echo_return.h"
#include "session/input_gate.h"
#include "session/login_progress.h"
#include "session/output_gate.h"
#include "session/player_transport.h"
#include "session/session_options.h"

namespace wyld::session {

// How a client wants to come back.
struct ResumeRequest {
  std::string token;                       // ResumeToken; or
  std::string code;                        // ResumeCode, as typed
  std::optional<OutputPosition> position;  // what the client has; none: the gateway knows best
};

// The state of a connection toward its session: how much output may wait, which deadlines run, the login, the
// request to resume another session, and requests that came too fast. It does no business in the store, and
// knows no world; what a deadline or a late request means, its owner decides.
//
// Owner    a session, from the connection's arrival until its end. Destroying it cancels its timers.
// Thread   the shard's.
// Limits   ShardSessionsOptions.
class Channel {
 public:
  // The same for all channels of a shard; outlives them.
  class Owner {
   public:
    // A deadline of this session's channel has passed. False: the channel is gone.
    [[nodiscard]] virtual bool channel_deadline(SessionHandle session, Deadline which) = 0;

   protected:
    ~Owner() = default;
  };
  struct Shard {
    Owner& owner;
    const ShardSessionsOptions& options;
    const TurnClock& clock;
    runtime::TimingWheel& timers;
  };

  Channel(const Shard& shard, PlayerTransport& transport, SessionHandle session) noexcept;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] PlayerTransport& transport() noexcept { return transport_; }
  [[nodiscard]] const PlayerTransport& transport() const noexcept { return transport_; }

  // --- output ---
  // False: the client reads too slowly, and the message is skipped.
  [[nodiscard]] bool admits(std::size_t bytes);
  // The same for one of many: `waiting` as the transport has just said.
  [[nodiscard]] bool passes(std::size_t bytes, std::size_t waiting) const noexcept {
    return output_.passes(bytes, waiting, shard_.options.output_bytes_max);
  }
  // After a message was sent or skipped. True: the world is to be asked to pause, until drained().
  [[nodiscard]] bool congests();
  // Everything has been written.
  [[nodiscard]] OutputGate::Drained drained() noexcept;
  [[nodiscard]] OutputGate& output() noexcept { return output_; }
  [[nodiscard]] const OutputGate& output() const noexcept { return output_; }

  // --- deadlines ---
  void set_deadline(Deadline which, runtime::Duration after) {
    deadlines_.set(shard_.timers, which, shard_.clock.now + after);
  }
  [[nodiscard]] Deadlines& deadlines() noexcept { return deadlines_; }
  void postpone_login(runtime::Duration by) { deadlines_.postpone(shard_.timers, Deadline::kLogin, by); }

  // --- input ---
  // Nobody has typed anything since the connection began. True once.
  [[nodiscard]] bool is_fresh() const noexcept { return fresh_; }
  [[nodiscard]] bool has_typed() noexcept { return std::exchange(fresh_, false); }
  // Requests that came faster than their rate: each is heard once, after Deadline::kLate.
  enum class Request : std::uint8_t { kCapabilities, kCode };
  // False: it is heard later.
  [[nodiscard]] bool may_request(Request which, InputGate& gate);
  struct LateRequests {
    bool capabilities = false;
    bool code = false;
  };
  [[nodiscard]] LateRequests take_late() noexcept { return std::exchange(late_, {}); }
  void set_reading(bool throttled, bool world_is_full);

  // The client is told to echo again: what it sends may still be a password.
  void echo_returns();
  // After Deadline::kEcho.
  void look_at_echo();
  [[nodiscard]] bool echo_is_settled() const noexcept { return echo_.is_settled(); }

  // --- the gateway's own login ---
  [[nodiscard]] LoginProgress* login() noexcept { return login_.get(); }
  [[nodiscard]] const LoginProgress* login() const noexcept { return login_.get(); }
  LoginProgress& begin_login() { return *(login_ = std::make_unique<LoginProgress>()); }
  void end_login() noexcept { login_.reset(); }

  // --- the request to resume another session ---
  // Waits until the store has answered, or Deadline::kStore. `id`: of the session; zero if it is not known.
  struct Resuming {
    SessionId id;
    ResumeRequest request;
  };
  void begin_resume(const SessionId& id, ResumeRequest request, runtime::Duration patience);
  // The store has answered. Null: nobody waits any more.
  [[nodiscard]] std::unique_ptr<Resuming> end_resume();
  [[nodiscard]] bool is_resuming() const noexcept { return resuming_ != nullptr; }

  // Input waits for the accounts, or for the store.
  [[nodiscard]] bool awaits_answer() const noexcept {
    return resuming_ != nullptr || (login_ != nullptr && login_->is_checking());
  }

 private:
  static void on_timer(void* context);
  // Until drained().
  void watch_reader();

  PlayerTransport& transport_;
  const Shard& shard_;
  const SessionHandle session_;
  OutputGate output_;
  EchoReturn echo_;
  LateRequests late_;
  bool fresh_ = true;
  std::unique_ptr<LoginProgress> login_;  // null before and after
  std::unique_ptr<Resuming> resuming_;
  Deadlines deadlines_;
};

}  // namespace wyld::session
