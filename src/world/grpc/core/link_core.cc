// What a session tells its world; link_core_inbound.cc is the other direction.
#include "world/grpc/core/link_core.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "world/grpc/core/value.h"

namespace wyld::grpc_world {
namespace {

namespace json = boost::json;

constexpr std::size_t kHelloTextBytesMax = 64;

// The milliseconds since 1970 with which a UUIDv7 begins.
std::int64_t created_milliseconds(const SessionId& id) noexcept {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = (milliseconds << 8) | id.bytes[i];
  return milliseconds;
}

json::value parse(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  return error ? json::value() : value;
}

std::string text_of(const json::value& object, std::string_view key) {
  const json::value* const found = object.is_object() ? object.get_object().if_contains(key) : nullptr;
  if (found == nullptr || !found->is_string()) return {};
  const json::string& text = found->get_string();
  return text.size() <= kHelloTextBytesMax ? std::string(text.data(), text.size()) : std::string();
}

std::vector<std::string> packages_of(const gmcp::Supports& supports) {
  std::vector<std::string> packages;
  const json::value list = parse(supports.to_json());
  for (const json::value& element : list.get_array()) packages.emplace_back(element.get_string());
  return packages;
}

}  // namespace

LinkCore::LinkCore(LinkCoreOptions options, session::WorldEvents& events, Routes& routes,
                   std::function<void(Due)> due)
    : options_(std::move(options)),
      events_(events),
      routes_(routes),
      due_(std::move(due)),
      away_text_(options_.away_text) {}

LinkCore::~LinkCore() {
  for (const Peer& peer : peers_) {
    if (peer.live) routes_.remove(peer.id, options_.shard, peer.ref);
  }
}

LinkCore::Peer* LinkCore::find(session::SessionHandle session) noexcept {
  Peer* const peer = session.slot < by_slot_.size() ? by_slot_[session.slot] : nullptr;
  return peer != nullptr && peer->session == session ? peer : nullptr;
}

LinkCore::Peer* LinkCore::find(PeerRef ref) noexcept {
  if (ref.index >= peers_.size()) return nullptr;
  Peer& peer = peers_[ref.index];
  return peer.live && peer.ref == ref ? &peer : nullptr;
}

LinkCore::Peer& LinkCore::make_peer(session::SessionHandle session, const SessionId& id) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(peers_.size()));
    peers_.emplace_back().ref.index = free_.back();
  }
  Peer& peer = peers_[free_.back()];
  free_.pop_back();
  ++peer.ref.generation;
  peer.live = true;
  peer.session = session;
  peer.id = id;
  if (session.slot >= by_slot_.size()) by_slot_.resize(session.slot + 1, nullptr);
  by_slot_[session.slot] = &peer;
  ++live_peers_;
  routes_.add(id, options_.shard, peer.ref);
  return peer;
}

void LinkCore::forget(Peer& peer) {
  routes_.remove(peer.id, options_.shard, peer.ref);
  total_events_ -= peer.outbox.count();
  total_bytes_ -= peer.outbox.bytes();
  if (find(peer.session) == &peer) by_slot_[peer.session.slot] = nullptr;
  if (peer.session.generation == 0) --ended_peers_;
  --live_peers_;
  const PeerRef ref = peer.ref;
  peer.outbox.drop_secrets();
  peer = Peer{};
  peer.ref = ref;
  free_.push_back(ref.index);
}

void LinkCore::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  if (Peer* const old = find(session)) forget(*old);
  Peer& peer = make_peer(session, player.id);
  peer.info.account = player.account;
  peer.info.created_milliseconds = created_milliseconds(player.id);
  peer.returning = player.returning;
  if (player.metadata != nullptr && !player.metadata->empty()) {
    peer.notes = std::make_unique<Notes>(player.metadata->begin(), player.metadata->end());
  }
  learn(peer, player);
  mark_dirty(peer);
  if (stream_ == 0) {
    peer.away_told = true;
    events_.on_away(session, away_text_, {});
  } else if (peer.returning) {
    // Only Attached tells which of the lines that wait the world has already.
    peer.away_told = true;
    events_.on_away(session, {}, {});
  }
}

void LinkCore::learn(Peer& peer, const session::PlayerInfo& player) {
  peer.info.address = player.address;
  if (options_.protocol_of) peer.info.protocol = options_.protocol_of(peer.id);
  peer.client = {.capabilities = player.capabilities, .name = {}, .version = {}, .packages = {}};
  peer.supports.reset();
  if (!player.side_channel_hello.empty()) {
    const json::value hello = parse(player.side_channel_hello);
    peer.client.name = text_of(hello, "client");
    peer.client.version = text_of(hello, "version");
  }
  if (player.side_channel_supports.empty()) return;
  peer.supports = std::make_unique<gmcp::Supports>();
  if (peer.supports->set(player.side_channel_supports)) peer.client.packages = packages_of(*peer.supports);
}

void LinkCore::mark_dirty(Peer& peer) {
  if (!peer.dirty) {
    peer.dirty = true;
    dirty_.push_back(peer.ref);
  }
  if (stream_ == 0 || std::exchange(events_due_, true)) return;
  due_(Due::kEvents);
}

template <typename Put>
void LinkCore::say(Peer& peer, Put&& put, std::uint64_t line, bool secret) {
  const std::size_t events = peer.outbox.count();
  const std::size_t bytes = peer.outbox.bytes();
  put(peer.outbox.begin());
  peer.outbox.end(line, secret);
  recount(peer, events, bytes);
  if (peer.phase == Phase::kReady) mark_dirty(peer);
}

template <typename Put>
void LinkCore::say_state(Peer& peer, Put&& put) {
  if (peer.phase == Phase::kAway) return;
  if (is_full(peer)) {
    peer.state_waits = true;
  } else {
    say(peer, std::forward<Put>(put));
  }
}

void LinkCore::say_waiting_state(Peer& peer) {
  peer.state_waits = false;
  say(peer, [&peer](std::string& out) {
    if (peer.held) {
      put_presence_lost(out);
    } else {
      put_presence_back(out, peer.info, peer.client);
    }
  });
  say(peer, [&peer](std::string& out) { put_capabilities(out, peer.client); });
  say_flow(peer);
}

void LinkCore::say_flow(Peer& peer) {
  say(peer, [&peer](std::string& out) { put_flow(out, peer.paused); });
}

void LinkCore::recount(const Peer& peer, std::size_t events, std::size_t bytes) noexcept {
  total_events_ += peer.outbox.count() - events;  // unsigned, and right for less too
  total_bytes_ += peer.outbox.bytes() - bytes;
  if (total_events_ >= options_.events_high || total_bytes_ >= options_.bytes_high) {
    total_high_ = true;
  } else if (total_events_ <= options_.events_high / 2 && total_bytes_ <= options_.bytes_high / 2) {
    total_high_ = false;
  }
}

bool LinkCore::is_full(const Peer& peer) const noexcept {
  return peer.outbox.count() >= options_.session_events_high ||
         peer.outbox.bytes() >= options_.session_bytes_high;
}

bool LinkCore::has_room(const Peer& peer) const noexcept {
  return peer.outbox.count() <= options_.session_events_high / 2 &&
         peer.outbox.bytes() <= options_.session_bytes_high / 2;
}

void LinkCore::check_blocked(Peer& peer) {
  if (peer.blocked || peer.away_told || peer.session.generation == 0 || !(total_high_ || is_full(peer)))
    return;
  peer.blocked = true;
  blocked_.push_back(peer.ref);
  events_.on_input_blocked(peer.session, true);
}

void LinkCore::unblock() {
  if (blocked_.empty() || total_high_) return;
  // Whoever is told may speak at once, and be blocked again.
  const std::vector<PeerRef> blocked = std::exchange(blocked_, {});
  for (const PeerRef ref : blocked) {
    Peer* const peer = find(ref);
    if (peer == nullptr || !peer->blocked) continue;
    if (!has_room(*peer)) {
      blocked_.push_back(ref);
      continue;
    }
    peer->blocked = false;
    if (peer->session.generation != 0) events_.on_input_blocked(peer->session, false);
  }
}

void LinkCore::connection_lost(session::SessionHandle session) {
  Peer* const peer = find(session);
  if (peer == nullptr || peer->held) return;
  peer->held = true;
  say_state(*peer, [](std::string& out) { put_presence_lost(out); });
}

void LinkCore::connection_restored(session::SessionHandle session, const session::PlayerInfo& player) {
  Peer* const peer = find(session);
  if (peer == nullptr) return;
  peer->held = false;
  learn(*peer, player);
  say_state(*peer, [peer](std::string& out) { put_presence_back(out, peer->info, peer->client); });
}

void LinkCore::detach(session::SessionHandle session, session::DetachReason reason) {
  Peer* const peer = find(session);
  if (peer == nullptr) return;
  // A world that has never heard of the session need not hear of its end.
  if ((!peer->known && peer->outbox.empty()) || ended_peers_ >= options_.ended_max) return forget(*peer);
  by_slot_[session.slot] = nullptr;
  peer->session = {};
  peer->parked = reason == session::DetachReason::kShutdown;
  ++ended_peers_;
  say(*peer, [reason](std::string& out) { put_detach(out, reason); });
}

void LinkCore::input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
                     bool secret) {
  Peer* const peer = find(session);
  if (peer == nullptr) return;
  if (sequence <= peer->last_line) {
    // Given before: it is with the world, or waits here.
    if (sequence <= peer->last_line_taken) events_.on_input_taken(session, peer->last_line_taken);
    return;
  }
  peer->last_line = sequence;
  say(*peer, [&](std::string& out) { put_input(out, line, secret, sequence); }, sequence, secret);
  check_blocked(*peer);
}

// The protocol has no character mode, so nobody asks for it.
void LinkCore::characters(session::SessionHandle, std::string_view) {}

void LinkCore::side_channel(session::SessionHandle session, std::string_view package, std::string_view body) {
  Peer* const peer = find(session);
  if (peer == nullptr) return;
  if (gmcp::Supports::concerns(package)) {
    if (!peer->supports) peer->supports = std::make_unique<gmcp::Supports>();
    if (!peer->supports->apply(package, body)) return;
    peer->client.packages = packages_of(*peer->supports);
    return say_state(*peer, [peer](std::string& out) { put_capabilities(out, peer->client); });
  }
  // Unlike lines these may be lost: clients send them by themselves.
  if (total_high_ || is_full(*peer)) {
    count(Counter::kSideChannelSkipped);
    return drop_side_channel(*peer, "client", "world_too_slow");
  }
  scratch_.clear();
  std::string json;
  const std::string_view value = gmcp::as_json(body, json);
  if (!gmcp::valid_package(package) || (!value.empty() && !append_value(value, scratch_))) {
    malformed();
    return drop_side_channel(*peer, "client", "malformed");
  }
  say(*peer, [&](std::string& out) { put_side_channel(out, package, scratch_); });
}

void LinkCore::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) {
  Peer* const peer = find(session);
  if (peer == nullptr || peer->client.capabilities == capabilities) return;
  peer->client.capabilities = capabilities;
  say_state(*peer, [peer](std::string& out) { put_capabilities(out, peer->client); });
}

void LinkCore::interrupt(session::SessionHandle session) {
  Peer* const peer = find(session);
  if (peer != nullptr && peer->phase != Phase::kAway && !is_full(*peer)) {
    say(*peer, [](std::string& out) { put_interrupt(out); });
  }
}

void LinkCore::edited(session::SessionHandle session, std::uint64_t edit, bool cancelled,
                      std::string_view text) {
  Peer* const peer = find(session);
  if (peer == nullptr) return;
  say(*peer, [&](std::string& out) { put_edited(out, edit, cancelled, text); });
  check_blocked(*peer);
}

void LinkCore::pause(session::SessionHandle session) {
  Peer* const peer = find(session);
  if (peer == nullptr || std::exchange(peer->paused, true)) return;
  // A new stream begins unpaused; what is true then is said behind Attached.
  if (peer->phase == Phase::kReady) say_state(*peer, [](std::string& out) { put_flow(out, true); });
}

void LinkCore::resume(session::SessionHandle session) {
  Peer* const peer = find(session);
  if (peer == nullptr || !std::exchange(peer->paused, false)) return;
  if (peer->phase == Phase::kReady) say_state(*peer, [](std::string& out) { put_flow(out, false); });
}

bool LinkCore::collect(std::string& out, std::size_t bytes_max) {
  events_due_ = acknowledgements_told_ = false;
  if (stream_ == 0) return false;
  for (; !farewells_.empty() && out.size() < bytes_max; farewells_.pop_back()) {
    put_acknowledgement(out, farewells_.back().first, farewells_.back().second);
  }
  for (; !acknowledge_.empty() && out.size() < bytes_max; acknowledge_.pop_back()) {
    Peer* const peer = find(acknowledge_.back());
    if (peer == nullptr || !std::exchange(peer->acknowledge, false)) continue;
    put_acknowledgement(out, peer->id, peer->last_command);
  }
  if (acknowledge_.empty() && farewells_.empty()) commands_taken_ = 0;
  while (!dirty_.empty() && out.size() < bytes_max) {
    Peer* const peer = find(dirty_.front());
    dirty_.pop_front();
    if (peer == nullptr) continue;
    peer->dirty = false;
    if (peer->phase == Phase::kAway) {
      scratch_.clear();
      put_attach(scratch_, peer->info, peer->client, peer->known || peer->returning, peer->held,
                 peer->notes.get(), peer->last_command);
      put_event(out, peer->id, 0, scratch_);
      peer->known = true;
      peer->phase = Phase::kAttaching;
    }
    if (peer->phase != Phase::kReady) continue;
    while (peer->outbox.something_to_send() && out.size() < bytes_max) {
      const Outbox::Next next = peer->outbox.send_next();
      put_event(out, peer->id, next.number, next.frame);
    }
    if (peer->outbox.something_to_send()) mark_dirty(*peer);
  }
  return !dirty_.empty() || !acknowledge_.empty() || !farewells_.empty();
}

}  // namespace wyld::grpc_world
