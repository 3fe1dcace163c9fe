#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/session_id.h"
#include "runtime/timing_wheel.h"
#include "session/account_service.h"
#include "session/admission.h"
#include "session/channel.h"
#include "session/code_moment.h"
#include "session/editing.h"
#include "session/key_offer.h"
#include "session/output_log.h"
#include "session/paced_input.h"
#include "session/pending_commands.h"
#include "session/player_transport.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/session_options.h"
#include "session/side_channel_memory.h"
#include "session/store_reports.h"
#include "session/world_link.h"

namespace wyld::session {

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
class ShardSessions final : public WorldEvents, private Channel::Owner {
 public:
  ShardSessions(std::uint8_t shard, SessionManager& manager, const ShardSessionsOptions& options,
                const TurnClock& clock, runtime::TimingWheel& timers, SessionIdGenerator ids);
  ~ShardSessions();
  ShardSessions(const ShardSessions&) = delete;
  ShardSessions& operator=(const ShardSessions&) = delete;

  // Before the first open(): the world of sessions that are opened without one. `world` outlives this.
  void set_world(WorldLink& world) noexcept { world_ = &world; }
  // The same, for a world whose players the gateway logs in. `accounts` outlives this.
  void set_accounts(AccountService& accounts) noexcept { accounts_ = &accounts; }
  // How the store's threads reach this shard; false: its mailbox is full. Without it no session is known to
  // be durable. The store is closed before this object goes away.
  using PostHere = std::function<bool(std::move_only_function<void(ShardSessions&)>)>;
  void set_post(PostHere post) {
    reports_.set_post(
        [post = std::move(post)] { return post([](ShardSessions& sessions) { sessions.reports_.take(); }); });
  }

  // Sessions can be resumed: who may, and where secrets come from (cryptographically random bytes).
  using Random = ResumeRegistry::Random;
  void set_resume(ResumeRegistry& registry, Random random) {
    registry_ = &registry;
    random_ = std::move(random);
  }

  // Where held sessions count. `admission` outlives this. Without it they are not bounded.
  void set_admission(Admission& admission) noexcept { admission_ = &admission; }
  // From Admission: a connection needs the place of this session, if it is still held.
  void give_way(SessionHandle session);

  // A connection has arrived. In state Connecting until settled(). `world`: which one the player is to enter,
  // if not that of set_world(); one link for each world and shard, which outlives this. A connection that
  // comes back to a session is in the world of that session.
  [[nodiscard]] Result<SessionHandle> open(PlayerTransport& transport, Protocol protocol,
                                           std::string_view address, WorldLink* world = nullptr);
  // The client's protocol is negotiated: the login begins, or the world is attached. Once.
  void settled(SessionHandle session);
  void line(SessionHandle session, std::string_view text, bool secret);
  void characters(SessionHandle session, std::string_view text);
  // The client signs in by itself, instead of settled() or behind it: at the gateway's login, which answers
  // by PlayerTransport::login_result(); or at the world's, in the place of the first two lines. Where neither
  // waits for them they go nowhere.
  void credentials(SessionHandle session, std::string_view account, std::string_view password);
  void side_channel(SessionHandle session, std::string_view package, std::string_view body);
  void capabilities_changed(SessionHandle session);
  void interrupt(SessionHandle session);
  // The client shows a token, instead of settled(). The transport may belong to another session when this
  // returns, and be on its way to another shard.
  void resume(SessionHandle session, ResumeRequest request);
  // The client has stored the token it was given.
  void token_kept(SessionHandle session);
  // The player wants a code, to go on elsewhere.
  void code_wanted(SessionHandle session);
  // What became of an editor that a transport opened.
  void edited(SessionHandle session, std::uint64_t edit, bool cancelled, std::string_view text);
  // Some of what the client sent while it moved here had no room.
  void input_dropped(SessionHandle session) {
    if (Session* const found = find(session)) tell_cut(*found);
  }
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
  // Ends every connection. On kShutdown, sessions that can be resumed are left to the store, and connections
  // that were on their way here from another shard end as well.
  void end_all(EndReason reason, std::string_view text);
  [[nodiscard]] std::size_t live_count() const noexcept { return live_; }
  // Those without a connection.
  [[nodiscard]] std::size_t held_count() const noexcept { return held_; }
  [[nodiscard]] std::size_t scrollback_bytes() const noexcept { return budget_.bytes(); }
  // Where the session's output stands.
  [[nodiscard]] OutputPosition position(SessionHandle session) const noexcept;
  [[nodiscard]] const SessionId* id_of(SessionHandle session) const noexcept;
  // Who has logged in, as the account's owner writes the name; empty: nobody the gateway knows.
  [[nodiscard]] std::string account_of(SessionHandle session) const;
  // Whether players log in at the gateway, in the world of set_world().
  [[nodiscard]] bool logs_players_in() const { return world_->gateway_logs_in(); }
  // The store has committed the session: what is given out for later may rely on it.

  // WorldEvents:
  void on_output(SessionHandle session, std::string_view utf8) override;
  void on_output_to(std::span<const SessionHandle> sessions, std::string_view utf8) override;
  void on_prompt(SessionHandle session) override;
  using WorldEvents::on_side_channel;
  void on_side_channel(SessionHandle session, std::string_view package, std::string_view body,
                       gmcp::Meaning meaning) override;
  void on_client_echo(SessionHandle session, bool client_echoes) override;
  void on_character_mode(SessionHandle session, bool on) override;
  void on_notice(SessionHandle session, std::string_view text) override;
  void on_entered(SessionHandle session) override;
  void on_input_blocked(SessionHandle session, bool blocked) override;
  void on_left(SessionHandle session, std::string_view text) override;
  void on_lost(SessionHandle session, std::string_view text) override;
  void on_away(SessionHandle session, std::string_view text, std::span<const std::string> unsure) override;
  void on_back(SessionHandle session, const WorldReturn& how) override;
  void on_logged_in(SessionHandle session) override;
  void on_input_taken(SessionHandle session, std::uint64_t sequence) override;
  void on_note(SessionHandle session, std::string_view key, std::string_view value) override;
  void on_edit(SessionHandle session, std::uint64_t edit, std::string_view title,
               std::string_view text) override;

 private:
  // What a session has while no client is connected.
  struct Detachment {
    explicit Detachment(void* session) : expires(&ShardSessions::on_expired, session) {}
    runtime::Timer expires;
    std::chrono::system_clock::time_point since{};
    HeldPlace place;
    runtime::TimePoint echo_settles{};  // until then what waits may be a password
    bool takes_side_channel = false;    // the last client did
  };

  // A connection that comes back to a session.
  struct Returning {
    SessionHandle home;
    ResumeRequest request;
    Protocol protocol = Protocol::kTelnet;
    AddressText address;
    WaitingInputs inputs;   // that it sent after its request
    OutputPosition told{};  // where the output stood of the session that the connection had
  };

  // What a slot forgets with its session: assigned as a whole, so that nothing of one is left for the next.
  struct SessionState {
    // What a broadcast looks at comes first, in one cache line.
    SessionRecord* record = nullptr;   // null: the slot is free
    std::unique_ptr<Channel> channel;  // null: detached
    SessionHandle handle;              // the slot's own, of its last session where it is free
    bool remembered = false;           // the store has heard of it
    bool attached = false;
    bool entered = false;
    bool resumable = false;       // the client has a token or a code
    bool has_place = false;       // the player has logged in here or has a code: held even if it is young
    bool previous_token = false;  // the token before is still good
    bool client_echoes = true;
    bool character_mode = false;
    bool input_blocked = false;  // the world takes no more for now
    WorldLink* world = nullptr;  // this session's own, from open() on
    SessionId id;
    std::uint64_t input_sequence = 0;
    CodeMoment code_moment;
    bool side_channel_loss_logged = false;
    std::unique_ptr<SideChannelMemory> side_memory;  // null: the world has sent nothing there
    std::unique_ptr<Detachment> detachment;          // null: connected
    std::unique_ptr<PendingCommands> pending;  // while the world is away, and until all of them are gone
    std::unique_ptr<Editing> editing;
    std::unique_ptr<KeyOffer> offer;
  };

  struct Session : SessionState {
    explicit Session(ShardSessions& sessions)
        : owner(sessions), log(sessions.logs_), input(&ShardSessions::on_throttle, this) {}
    // Keeps the handle, and the input that waits. Returns what was.
    SessionState clear() {
      SessionState was = std::exchange<SessionState>(*this, SessionState{});
      handle = was.handle;
      log.clear();
      return was;
    }

    ShardSessions& owner;
    OutputLog log;
    PacedInput input;
  };

  // Encodes one text lazily for each wire form that asks.
  class SharedEncoding;

  [[nodiscard]] Session* find(SessionHandle handle) noexcept;
  // shard_sessions_login.cc:
  void greet(Session& session);
  void attach_world(Session& session, std::string_view account, bool returning);
  void login_line(Session& session, std::string_view text);
  void follow(Session& session, const LoginStep& step);
  void consult(Session& session, LoginStep::Action action);
  void note_account(Session& session, const std::string& account);
  void note_capabilities(Session& session);
  void login_answered(SessionHandle handle, const AccountAnswer& answer);
  void login_waited(Session& session);
  // The login's question again, after words of ours.
  void repeat_question(Session& session);

  void take_input(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package = {});
  void pass_on(SessionHandle handle, InputKind kind, std::string_view text, std::string_view package);
  void take_all(SessionHandle handle, WaitingInputs inputs);
  void tell_cut(Session& session);
  void pass_on_line(Session& session, std::string_view text, bool secret);
  void update_reading(Session& session);
  void run_deferred(SessionHandle handle);
  [[nodiscard]] bool admits_output(Session& session, std::size_t bytes);
  void after_output(Session& session);
  bool deliver(Session& session, std::string_view utf8, SharedEncoding& encoding);
  // What waits on the side channel; `all`: to a client that may have forgotten what it had.
  void send_side_channel(Session& session, bool all);
  // From here on output is kept, for a client that comes back.
  void start_recording(Session& session);
  // Everything up to here has been handed to the connection.
  static void note_sent(Session& session) {
    if (session.log.is_recording()) session.channel->transport().note_output(session.log.offset());
  }
  // Numbers what is said, and keeps it for those who come back.
  void note_output(Session& session, OutputKind kind, std::string_view text) {
    session.log.note(kind, text, clock_.wall);
    if (is_held(session) && session.log.soil()) mark_dirty(session);
  }
  // Text to one session. False: it is held, or over its bound.
  bool say(Session& session, std::string_view utf8);
  void tell(Session& session, std::string_view text);
  // Tells `text`, and keeps `masked` of the same length in its place.
  void tell_secretly(Session& session, std::string_view text, std::string_view masked);

  // shard_sessions_resume.cc:
  [[nodiscard]] bool resumes_by_code(Session& session, std::string_view line);
  void resume_by_code(Session& session, const ResumeCode& code, std::string_view text);
  void resume_by_token(Session& session, ResumeRequest request);
  void resume_found(Session& session, const ResumeRegistry::Found& found, ResumeRequest request);
  [[nodiscard]] bool waits_for_store(Session& session, const SessionId& id, const ResumeRequest& request);
  void coming_back_stored(SessionHandle handle, bool stored);
  // Nobody here has it: the store is asked whether another gateway has.
  void look_elsewhere(Session& session, const ResumeFamily& family, ResumeRequest request);
  void looked_elsewhere(SessionHandle handle, bool may_be_there);
  void wait_for_store(Session& session, const SessionId& id, ResumeRequest request);
  void give_up_coming_back(Session& session);
  // Whether the client tries again by itself when its session is elsewhere. Others go on to the login.
  [[nodiscard]] static bool asks_again(const Session& session) noexcept {
    return session.record->protocol() == Protocol::kWebSocketJson;
  }
  // `told`: where the client's count stands, if another session has had the connection until now.
  void refuse_resume(Session& session, ResumeResult result, std::string_view text, bool by_code,
                     const OutputPosition* told = nullptr);
  void come_back(Session& fresh, Returning returning);
  void take_over(Session& session, PlayerTransport& transport, Returning returning);
  void arrive(PlayerTransport& transport, Returning returning);
  void revive(Session& fresh, const SessionId& id, const Returning& returning);
  void replay(Session& session, std::uint64_t from);
  // `since`: when the client was last here.
  void catch_up(Session& session, const Returning& returning, OutputLog::Time since);
  void go_on(Session& session, Returning& returning);
  void arrive_as_new(PlayerTransport& transport, Returning returning);
  void bind(Session& session, PlayerTransport& transport);
  void discard(Session& fresh);
  static void undo_modes(Session& fresh);
  // Gives the session a new channel.
  void connect(Session& session, PlayerTransport& transport);
  void change_details(Session& session, const std::function<void(SessionDetails&)>& change,
                      SessionStore::Done done = {});

  // shard_sessions_held.cc:
  void note_confirmed(Session& session);
  // The connection is gone, or about to go: the session stays.
  void hold(Session& session, std::string_view reason);
  void expire(Session& session);
  [[nodiscard]] bool keeps_place(const Session& session) const;
  void park(Session& session);
  void store_scrollback(Session& session, bool complete);
  void mark_dirty(Session& session);
  void store_dirty();

  // shard_sessions_tokens.cc:
  void offer_again(Session& session);
  void offer_next(Session& session, const ResumeRequest& request);
  enum class Secret : std::uint8_t { kToken, kCode, kCodeWanted };  // the last is asked for
  // `shown`: the token that the next one follows.
  void offer_return(Session& session, Secret what, const SecretHash* shown = nullptr);
  // The first offer to a player who has entered the world.
  void offer_first(Session& session);
  void look_for_code(Session& session, CodeMoment::Look when);
  void show_code(Session& session);
  void repeat(Session& session, const OutputLog::UnfinishedLine& line);
  void hand_out(SessionHandle handle, bool stored);
  [[nodiscard]] bool set_keys(Session& session, const ResumeKeys& keys, SessionStore::Done done);
  [[nodiscard]] std::optional<ResumeRegistry::Found> find_token(const ResumeToken& token,
                                                                std::string_view address);
  void retire_previous_token(Session& session);
  [[nodiscard]] bool may_return(const Session& session) const;

  // shard_sessions_world.cc:
  // False: the session has ended meanwhile.
  bool carry_out(Session& session, const PendingCommands::Actions& actions);
  void queue_stored(SessionHandle handle, bool stored);
  [[nodiscard]] PasswordRisk password_risk(const Session& session, bool masked) const;
  void leave_editor(Session& session, bool cancelled, std::string_view text);
  void open_editor(Session& session);
  void editor_line(Session& session, std::string_view line);

  // For the store: has this shard call `then(handle, stored)`, a member function, if the session is still
  // there.
  template <auto then>
  [[nodiscard]] SessionStore::Done when_stored(SessionHandle handle) {
    return reports_.expect([this, handle](bool stored) {
      if (find(handle) != nullptr) (this->*then)(handle, stored);
    });
  }
  void became_durable(SessionHandle handle, bool stored);
  // Has the store hear of the session: when somebody does something in it, and not when somebody only looks.
  // False: the store takes no more, and the session has ended.
  [[nodiscard]] bool remember(Session& session);
  void end(Session& session, EndReason reason, std::string_view text, bool tell_world);
  void release(Session& session, std::string_view reason);
  void free_slot(Session& session);
  [[nodiscard]] bool is_held(const Session& session) const noexcept { return session.detachment != nullptr; }
  // Nothing has begun: neither a login, nor a world, nor a way back.
  [[nodiscard]] static bool is_untouched(const Session& session) noexcept {
    return !session.attached && session.channel && !session.channel->login() &&
           !session.channel->is_resuming();
  }
  // Input waits for the accounts, or for the store; login_answered() or coming_back_stored() goes on.
  [[nodiscard]] static bool waits_for_answer(const Session& session) noexcept {
    return session.channel && session.channel->awaits_answer();
  }
  // Channel::Owner:
  [[nodiscard]] bool channel_deadline(SessionHandle session, Deadline which) override;
  void deadline_passed(Session& session, Deadline which);
  static void on_expired(void* context);
  static void on_throttle(void* context);
  [[nodiscard]] PacedInput::Pace pace() {
    return {.rates = options_.rates, .limits = options_.waiting, .timers = timers_, .now = clock_.now};
  }
  void hear_late(Session& session);

  const std::uint8_t shard_;
  SessionManager& manager_;
  const ShardSessionsOptions options_;
  const TurnClock& clock_;
  runtime::TimingWheel& timers_;
  const Channel::Shard channels_;
  SessionIdGenerator ids_;
  WorldLink* world_ = nullptr;          // of sessions that name none
  AccountService* accounts_ = nullptr;  // may stay null where the world logs players in itself
  OutputBudget budget_;                 // outlives the rings in slots_
  const OutputLog::Shard logs_;
  SideChannelBudget side_budget_;  // outlives the memories in slots_
  std::deque<Session> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;
  std::size_t held_ = 0;
  Admission* admission_ = nullptr;
  ResumeRegistry* registry_ = nullptr;  // null: nothing is resumed
  Random random_;
  std::vector<SessionHandle> dirty_;
  runtime::Timer store_dirty_;

  StoreReports reports_;
  std::optional<std::string> stopping_;  // the gateway stops: what players who arrive now are told
};

}  // namespace wyld::session
