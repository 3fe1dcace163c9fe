#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/gmcp/message.h"
#include "session/world_link.h"
#include "world/grpc/core/frames.h"
#include "world/grpc/core/outbox.h"
#include "world/grpc/core/routes.h"

namespace wyld::grpc_world {

struct LinkCoreOptions {
  std::uint8_t shard = 0;
  // Players log in at the gateway: what `world.login` says, and what the world must say too.
  bool gateway_logs_in = false;
  // What the player reads while there is no stream yet.
  std::string away_text = "The game is away; your commands wait for it.";
  // Events of one session that the world may leave unacknowledged before its player's input stops being read.
  // At half of it reading goes on.
  std::size_t session_events_high = 256;
  std::size_t session_bytes_high = 64 * 1024;
  // The same over all sessions of the shard.
  std::size_t events_high = 65'536;
  std::size_t bytes_high = 32 * 1024 * 1024;
  // Sessions that have ended while the world was away, and whose last words wait for it. Beyond, they are
  // forgotten.
  std::size_t ended_max = 10'000;
  // How the session's player comes in, for Attach; empty: it is not said.
  std::function<std::string_view(const SessionId&)> protocol_of = {};
};

// Something to collect().
enum class Due : std::uint8_t {
  kEvents,            // at the end of this turn
  kAcknowledgements,  // soon; they go along with events, when there are some
};

// One shard's half of the conversation with a world: which sessions it has, what each side has taken, what is
// to be said again on a new stream. Exactly once, both ways. Pure: no network, no thread, no clock; bytes
// come in by receive() and go out by collect(). docs/design/grpc-link.md tells how both sides find each other
// again.
//
// Owner    the shard, as its WorldLink (GrpcLink); a simulation.
// Thread   the shard's.
// Errors   what a world says that cannot be is dropped and counted (malformed_input); nothing here fails.
// Limits   LinkCoreOptions; lines are never dropped, because their players' input stops first.
class LinkCore : public session::WorldLink {
 public:
  LinkCore(LinkCoreOptions options, session::WorldEvents& events, Routes& routes,
           std::function<void(Due)> due);
  ~LinkCore() override;
  LinkCore(const LinkCore&) = delete;
  LinkCore& operator=(const LinkCore&) = delete;

  // A stream stands and both hellos are said: every session is attached on it. Streams are numbered from 1.
  void stream_up(std::uint64_t stream);
  // It is gone, or could not be made; players read `text`. May be called again with a new text.
  void stream_down(std::string_view text);
  void receive(const Inbound& inbound);
  // Appends what is to be said, as a ConnectRequest; pieces may be joined. Stops soon after `bytes_max`.
  // Returns whether more is left.
  bool collect(std::string& out, std::size_t bytes_max);

  // The stream it speaks on; 0: none.
  [[nodiscard]] std::uint64_t stream() const noexcept { return stream_; }
  [[nodiscard]] std::size_t peer_count() const noexcept { return live_peers_; }
  [[nodiscard]] std::size_t unacknowledged_events() const noexcept { return total_events_; }
  // Commands taken and not yet acknowledged to the world.
  [[nodiscard]] std::size_t acknowledgements_due() const noexcept { return commands_taken_; }

  // WorldLink:
  [[nodiscard]] bool gateway_logs_in() const override { return options_.gateway_logs_in; }
  [[nodiscard]] bool acknowledges_input() const override { return true; }
  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;
  void connection_lost(session::SessionHandle session) override;
  void connection_restored(session::SessionHandle session, const session::PlayerInfo& player) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle session, std::string_view text) override;
  void side_channel(session::SessionHandle session, std::string_view package, std::string_view body) override;
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) override;
  void interrupt(session::SessionHandle session) override;
  void edited(session::SessionHandle session, std::uint64_t edit, bool cancelled,
              std::string_view text) override;
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

 private:
  enum class Phase : std::uint8_t {
    kAway,       // nothing was said of it on this stream, or there is none
    kAttaching,  // Attach is sent
    kReady,      // Attached has come
  };

  // One session, as long as this side has something to say of it.
  struct Peer {
    PeerRef ref;
    bool live = false;               // the slot is used
    session::SessionHandle session;  // generation 0: it has ended here, and the world is to hear so
    SessionId id;
    Phase phase = Phase::kAway;
    bool known = false;      // Attach was sent once: the world, or one before it, has heard of the session
    bool answered = false;   // Attached has come once
    bool returning = false;  // a former process of ours had it attached
    bool away_told = false;  // on_away() was called, on_back() not yet
    bool held = false;
    bool parked = false;  // the gateway stops: what the world still says belongs to the next process
    bool paused = false;
    bool blocked = false;
    bool state_waits = false;  // flow, presence or client have changed, and there was no room to say so
    bool dirty = false;        // in dirty_
    bool acknowledge = false;  // in acknowledge_
    bool drop_logged = false;  // that something on the side channel was dropped
    std::uint64_t last_command = 0;
    std::uint64_t last_line = 0;        // the last that came by input()
    std::uint64_t last_line_taken = 0;  // the last of which the world has told
    Outbox outbox;
    AttachInfo info;
    ClientInfo client;
    std::unique_ptr<gmcp::Supports> supports;
    std::unique_ptr<Notes> notes;
  };

  [[nodiscard]] Peer* find(session::SessionHandle session) noexcept;
  [[nodiscard]] Peer* find(PeerRef ref) noexcept;
  Peer& make_peer(session::SessionHandle session, const SessionId& id);
  void forget(Peer& peer);
  void learn(Peer& peer, const session::PlayerInfo& player);
  void mark_dirty(Peer& peer);

  // A frame goes into the outbox between these two.
  template <typename Put>
  void say(Peer& peer, Put&& put, std::uint64_t line = 0, bool secret = false);
  // The same for what tells a state: not before Attach is sent, which tells it anyway, and not while too much
  // waits already.
  template <typename Put>
  void say_state(Peer& peer, Put&& put);
  void say_waiting_state(Peer& peer);
  void say_flow(Peer& peer);
  void check_blocked(Peer& peer);
  void unblock();
  // After a change of an outbox, which had `events` and `bytes` before.
  void recount(const Peer& peer, std::size_t events, std::size_t bytes) noexcept;
  // At its own high mark; at its low one. The total is another matter.
  [[nodiscard]] bool is_full(const Peer& peer) const noexcept;
  [[nodiscard]] bool has_room(const Peer& peer) const noexcept;

  // link_core_inbound.cc, with receive():
  void take_command(Peer& peer, const Inbound::Item& item);
  void take_attached(Peer& peer, std::string_view body);
  void take_acknowledgement(Peer& peer, std::uint64_t number);
  void took_line(Peer& peer, std::uint64_t line);
  void take_side_channel(Peer& peer, std::string_view body);
  void take_note(Peer& peer, std::string_view body);
  void take_disconnect(Peer& peer, std::string_view body);
  void take_broadcast(const Inbound::ForMany& for_many);
  static void malformed() noexcept;
  // A message on the side channel is dropped, which the log says once a session.
  static void drop_side_channel(Peer& peer, std::string_view from, std::string_view reason);
  void count_taken(Peer& peer, std::uint64_t number);

  const LinkCoreOptions options_;
  session::WorldEvents& events_;
  Routes& routes_;
  const std::function<void(Due)> due_;

  std::uint64_t stream_ = 0;  // 0: none
  std::string away_text_;
  std::deque<Peer> peers_;  // slots; free ones are named by free_
  std::vector<std::uint32_t> free_;
  std::size_t live_peers_ = 0;
  std::size_t ended_peers_ = 0;
  std::vector<Peer*> by_slot_;  // indexed by SessionHandle::slot
  std::deque<PeerRef> dirty_;
  std::vector<PeerRef> acknowledge_;
  // The last acknowledgements to sessions that have ended meanwhile.
  std::vector<std::pair<SessionId, std::uint64_t>> farewells_;
  std::vector<PeerRef> blocked_;
  std::size_t total_events_ = 0;
  std::size_t total_bytes_ = 0;
  std::size_t commands_taken_ = 0;
  bool total_high_ = false;  // the total is over its high mark, or was and is not yet at the low one
  bool events_due_ = false;
  bool acknowledgements_told_ = false;
  std::string scratch_;
  std::vector<session::SessionHandle> audience_;
};

}  // namespace wyld::grpc_world
