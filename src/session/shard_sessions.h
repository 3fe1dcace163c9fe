#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/session_id.h"
#include "runtime/timing_wheel.h"
#include "session/account_service.h"
#include "session/login_dialogue.h"
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
  // For logging in; a player who makes an account gets it again at each new question.
  std::chrono::milliseconds login_deadline{60'000};
  // A client whose output has been waiting that long without ever emptying is let go.
  std::chrono::milliseconds slow_reader_deadline{30'000};
};

// What became of a text.
struct Delivery {
  std::size_t queued = 0;  // connections that will write it
  std::size_t refused =
      0;                 // connections over their output bound; the player is told that something is missing
  std::size_t gone = 0;  // sessions without a connection, or none at all
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// The runtime halves of one shard's sessions: login, where input goes, what waits, what output may pass.
// Joins PlayerTransport (below) to WorldLink (above). Sans-I/O: clock and timers are passed in.
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
  // The same, for a world whose players the gateway logs in. `accounts` outlives this.
  void set_accounts(AccountService& accounts) noexcept { accounts_ = &accounts; }
  // How the store's threads reach this shard; false: its mailbox is full. Without it no session is known to
  // be durable. The store is closed before this object goes away.
  using PostHere = std::function<bool(std::move_only_function<void(ShardSessions&)>)>;
  void set_post(PostHere post) { post_ = std::move(post); }

  // A connection has arrived. In state Connecting until settled().
  [[nodiscard]] Result<SessionHandle> open(PlayerTransport& transport, Protocol protocol,
                                           std::string_view address);
  // The client's protocol is negotiated: the login begins, or the world is attached. Once.
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

  // To every session here that plays.
  Delivery broadcast(std::string_view utf8);
  // To these; who is here but does not play yet counts as gone.
  Delivery broadcast_to(std::span<const SessionHandle> sessions, std::string_view utf8);
  // To one session; false: gone, or over its bound.
  bool send(SessionHandle session, std::string_view utf8);
  // Ends every session.
  void end_all(EndReason reason, std::string_view text);
  [[nodiscard]] std::size_t live_count() const noexcept { return live_; }
  [[nodiscard]] const SessionId* id_of(SessionHandle session) const noexcept;
  // The store has committed the session: what is given out for later may rely on it.
  [[nodiscard]] bool is_durable(SessionHandle session) const noexcept;

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

  // A session on its way through the gateway's own login.
  struct Login {
    explicit Login(void* session) : wait(&ShardSessions::on_login_wait, session) {}
    LoginDialogue dialogue;
    runtime::Timer wait;
    bool checking = false;          // lines wait until a question to the accounts, or `wait`, is over
    bool secret = false;            // the client has been told not to show what is typed
    std::uint16_t states_seen = 0;  // bit n: has been in state n
  };

  struct Session {
    explicit Session(ShardSessions& sessions)
        : owner(sessions),
          deadline(&ShardSessions::on_deadline, this),
          throttle(&ShardSessions::on_throttle, this) {}
    // What a broadcast looks at comes first, in one cache line.
    SessionRecord* record = nullptr;  // null: the slot is free
    PlayerTransport* transport = nullptr;
    SessionHandle handle;
    bool durable = false;
    bool attached = false;
    bool entered = false;
    bool input_blocked = false;  // the world takes no more for now
    bool congested = false;      // the world has been asked to pause
    bool skipping = false;       // output was dropped since the queue was last empty
    ShardSessions& owner;
    SessionId id;
    std::uint64_t input_sequence = 0;
    TokenBucket lines;
    TokenBucket side_channel;
    runtime::Timer deadline;  // login, later the slow reader's
    runtime::Timer throttle;
    std::unique_ptr<Deferred> deferred;
    std::unique_ptr<Login> login;  // null before and after
  };

  // Encodes one text lazily for each wire form that asks.
  class SharedEncoding;

  [[nodiscard]] Session* find(SessionHandle handle) noexcept;
  // shard_sessions_login.cc:
  void greet(Session& session);
  void attach_world(Session& session, std::string_view account);
  void login_line(Session& session, std::string_view text);
  void follow(Session& session, const LoginStep& step);
  void consult(Session& session, LoginStep::Action action);
  void note_account(Session& session, const std::string& account);
  void note_capabilities(Session& session);
  // Any thread: the store knows whether it has the session.
  void committed(SessionHandle handle, const Status& status);
  void take_committed();
  void login_answered(SessionHandle handle, const AccountAnswer& answer);
  static void on_login_wait(void* context);

  void take_input(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package = {});
  void pass_on(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package);
  [[nodiscard]] bool take_token(Session& session, InputKind kind) noexcept;
  [[nodiscard]] runtime::TimePoint next_token(const Session& session, InputKind kind) const noexcept;
  void update_reading(Session& session);
  void run_deferred(SessionHandle handle);
  [[nodiscard]] bool admits_output(Session& session, std::size_t bytes);
  void after_output(Session& session);
  bool deliver(Session& session, std::string_view utf8, SharedEncoding& encoding);
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
  AccountService* accounts_ = nullptr;  // may stay null where the world logs players in itself
  std::deque<Session> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;

  PostHere post_;
  std::mutex committed_mutex_;  // guards the next two
  std::vector<SessionHandle> committed_;
  bool committed_posted_ = false;
};

}  // namespace wyld::session
