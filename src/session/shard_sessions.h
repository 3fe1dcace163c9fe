#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/session_id.h"
#include "base/shard_mail.h"
#include "runtime/timing_wheel.h"
#include "session/login_desk.h"
#include "session/player_transport.h"
#include "session/resumption.h"
#include "session/return_offers.h"
#include "session/session.h"
#include "session/session_shard.h"
#include "session/world_link.h"
#include "session/world_side.h"

namespace wyld::session {

// What became of a text.
struct Delivery {
  std::size_t queued = 0;  // connections that will write it
  std::size_t refused =
      0;                 // connections over their output bound; the player is told that something is missing
  std::size_t gone = 0;  // sessions without a connection, or none at all
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// The sessions of one shard: their slots, lookup by handle, where input goes, how they end, broadcast. Joins
// PlayerTransport (below) to WorldLink (above). What happens in a session is told by the classes that are its
// members here. Sans-I/O: clock and timers are passed in.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   open() refuses with a sentence fit for the player; calls for a handle that is gone are ignored.
// Limits   ShardSessionsOptions.
class ShardSessions final : public WorldEvents, private SessionShard, private Channel::Owner {
 public:
  ShardSessions(std::uint8_t shard, SessionManager& manager, const ShardSessionsOptions& options,
                const TurnClock& clock, runtime::TimingWheel& timers, SessionIdGenerator ids);
  ~ShardSessions();
  ShardSessions(const ShardSessions&) = delete;
  ShardSessions& operator=(const ShardSessions&) = delete;

  // Before the first open(): the world of sessions that are opened without one. `world` outlives this.
  void set_world(WorldLink& world) noexcept { world_ = &world; }
  // The same, for a world whose players the gateway logs in. `service` outlives this.
  void set_accounts(AccountService& service) noexcept { accounts = &service; }
  // How the store's threads reach this shard. Without it no session is known to be durable. The store is
  // closed before this object goes away.
  void set_mail(ShardMail mail) {
    reports.set_post([this, mail = std::move(mail)] { return mail(index, [this] { reports.take(); }); });
  }

  // Sessions can be resumed: who may, and where secrets come from (cryptographically random bytes).
  using Random = ResumeRegistry::Random;
  void set_resume(ResumeRegistry& sessions, Random bytes) {
    registry = &sessions;
    random = std::move(bytes);
  }

  // Where held sessions count. `places` outlives this. Without it they are not bounded.
  void set_admission(Admission& places) noexcept { admission = &places; }
  // From Admission: a connection needs the place of this session, if it is still held.
  void give_way(SessionHandle session);

  // A connection has arrived. In state Connecting until settled(). `world`: which one the player is to enter,
  // if not that of set_world(); one link for each world and shard, which outlives this. A connection that
  // comes back to a session is in the world of that session.
  [[nodiscard]] Result<SessionHandle> open(PlayerTransport& transport, Protocol protocol,
                                           std::string_view address, WorldLink* world = nullptr) override;
  // The client's protocol is negotiated: the login begins, or the world is attached. Once.
  void settled(SessionHandle session) override;
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
    if (Session* const found = find(session)) found->tell_cut();
  }
  // A connection comes from another shard, to resume a session here.
  void arrive(PlayerTransport& transport, ResumingConnection returning) {
    resumption_.arrive(transport, std::move(returning));
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
  [[nodiscard]] std::size_t held_count() const noexcept { return detached; }
  [[nodiscard]] std::size_t scrollback_bytes() const noexcept { return budget.bytes(); }
  // Where the session's output stands.
  [[nodiscard]] OutputPosition position(SessionHandle session) const noexcept;
  [[nodiscard]] const SessionId* id_of(SessionHandle session) const noexcept;
  // Who has logged in, as the account's owner writes the name; empty: nobody the gateway knows.
  [[nodiscard]] std::string account_of(SessionHandle session) const;
  // Whether players log in at the gateway, in the world of set_world().
  [[nodiscard]] bool logs_players_in() const { return world_->gateway_logs_in(); }
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
  // Encodes one text lazily for each wire form that asks.
  class SharedEncoding;

  // SessionShard:
  [[nodiscard]] Session* find(SessionHandle session) noexcept override;
  void take_input(SessionHandle session, InputKind kind, std::string_view text,
                  std::string_view package) override;
  void take_all(SessionHandle session, WaitingInputs inputs) override;
  void run_deferred(SessionHandle session) override;
  void end(Session& session, EndReason reason, std::string_view text, bool tell_world) override;
  void release(Session& session, std::string_view reason) override;
  void expire(Session& session) override;
  void mark_dirty(Session& session) override;

  // Channel::Owner:
  [[nodiscard]] bool channel_deadline(SessionHandle session, Deadline which) override;
  void deadline_passed(Session& session, Deadline which);
  void hear_late(Session& session);

  void pass_on(SessionHandle session, InputKind kind, std::string_view text, std::string_view package);
  [[nodiscard]] PacedInput::Pace pace() {
    return {.rates = options.rates, .limits = options.waiting, .timers = timers, .now = clock.now};
  }
  // False: it is over its bound. The text is numbered already.
  bool deliver(Session& session, std::string_view utf8, SharedEncoding& encoding);

  // The connection is gone, or about to go: the session stays.
  void hold(Session& session, std::string_view reason);
  [[nodiscard]] bool keeps_place(const Session& session) const;
  void park(Session& session);
  void store_dirty();
  void free_slot(Session& session);

  SessionIdGenerator ids_;
  WorldLink* world_ = nullptr;  // of sessions that name none
  ReturnOffers offers_{*this};
  WorldSide worlds_{*this, offers_};
  LoginDesk logins_{*this, worlds_};
  Resumption resumption_{*this, offers_, worlds_, logins_};
  std::deque<Session> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;
  std::vector<SessionHandle> dirty_;
  runtime::Timer store_dirty_;
};

}  // namespace wyld::session
