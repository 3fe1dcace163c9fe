// What the session side asks of the link. link_dial.cc makes the connections, link_login.cc logs in.
#include "world/telnet_game/link.h"

#include <algorithm>
#include <utility>

#include "codec/gmcp/char_login.h"
#include "session/secret.h"

namespace wyld::telnet_game {
TelnetGameLink::TelnetGameLink(runtime::Loop& loop, session::WorldEvents& events,
                               const TelnetGameOptions& options, const std::array<std::uint64_t, 4>& seed)
    : loop_(loop),
      events_(events),
      options_(options),
      judge_timer_(&TelnetGameLink::on_judge, this),
      ask_timer_(&TelnetGameLink::on_ask, this) {
  std::seed_seq sequence(seed.begin(), seed.end());
  random_.seed(sequence);
}

std::size_t TelnetGameLink::upstream_count() const noexcept {
  const auto open = std::ranges::count_if(
      by_slot_, [](const std::unique_ptr<Player>& player) { return player && player->upstream; });
  return static_cast<std::size_t>(open) + finishing_.size();
}

Player* TelnetGameLink::find(session::SessionHandle session) noexcept {
  if (session.slot >= by_slot_.size()) return nullptr;
  Player* const player = by_slot_[session.slot].get();
  return player != nullptr && player->session == session ? player : nullptr;
}

void TelnetGameLink::attach(session::SessionHandle session, const session::PlayerInfo& info) {
  if (session.slot >= by_slot_.size()) by_slot_.resize(session.slot + 1);
  if (by_slot_[session.slot]) remove(*by_slot_[session.slot]);
  auto player = std::make_unique<Player>();
  player->session = session;
  player->id = info.id;
  player->capabilities = info.capabilities;
  player->address = info.address;
  player->hello = info.side_channel_hello;
  player->supports.set(info.side_channel_supports);
  player->returning = info.returning;
  player->account = info.account;
  if (player->account.empty() && info.metadata != nullptr) {
    const auto note = info.metadata->find("account");
    if (note != info.metadata->end()) player->account = note->second;
  }
  by_slot_[session.slot] = std::move(player);
  Player& attached = *by_slot_[session.slot];
  watch_login(attached);  // lines may go out before the game has answered
  if (const Status dialled = dial(attached, 0); !dialled) refused(attached, dialled.error().system_errno);
}

void TelnetGameLink::connection_lost(session::SessionHandle session) { resume(session); }

void TelnetGameLink::connection_restored(session::SessionHandle session, const session::PlayerInfo& info) {
  Player* const player = find(session);
  if (player == nullptr) return;
  player->address = info.address;
  player->capabilities = info.capabilities;
  player->hello = info.side_channel_hello;
  player->supports = {};
  player->supports.set(info.side_channel_supports);
  if (player->upstream) player->upstream->set_capabilities(info.capabilities, /*another_client=*/true);
}

void TelnetGameLink::detach(session::SessionHandle session, session::DetachReason /*reason*/) {
  if (Player* const player = find(session)) remove(*player);
}

void TelnetGameLink::remove(Player& player) {
  const std::unique_ptr<Player> gone = std::move(by_slot_[player.session.slot]);
  set_phase(player, Phase::kResting);  // which is not counted
  if (asking_ == player.session) {
    asking_.reset();
    ask_at(loop_.now());
  }
  if (!gone->upstream) return;
  Upstream* const upstream = gone->upstream.get();
  if (upstream->answered()) --living_;
  finishing_.emplace(upstream, std::move(gone->upstream));
  upstream->finish();
}

void TelnetGameLink::leave(Player& player, const std::string& text) {
  const session::SessionHandle session = player.session;
  remove(player);
  events_.on_left(session, text);
}

void TelnetGameLink::block(Player& player, Block reason, bool on) {
  set_blocks(player, static_cast<std::uint8_t>(on ? player.blocks | reason : player.blocks & ~reason));
}

void TelnetGameLink::set_blocks(Player& player, std::uint8_t blocks) {
  const bool before = std::exchange(player.blocks, blocks) != 0;
  if (before != (blocks != 0)) events_.on_input_blocked(player.session, !before);
}

// The gateway cannot see a game's own login. Whoever speaks to the game is no idle connection.
void TelnetGameLink::spoken(Player& player) {
  player.spoke_at = loop_.now();
  if (!std::exchange(player.entered, true)) events_.on_entered(player.session);
}

void TelnetGameLink::input(session::SessionHandle session, std::uint64_t /*sequence*/, std::string_view line,
                           bool secret) {
  Player* const player = find(session);
  if (player == nullptr) return;
  if (player->phase == Phase::kClosed && !secret) player->sent.add(line, SentLines::kNever);
  if (player->phase != Phase::kPlaying && player->phase != Phase::kDialling) return;
  Upstream& upstream = *player->upstream;
  const bool shown = !secret && upstream.shows_input();
  upstream.send_line(line);
  if (player->watch) player->watch->typed(line, !shown);
  if (shown) player->sent.add(line, upstream.written_bytes());
  if (!upstream.answered() && upstream.address_index() + 1 < options_.addresses.size()) {
    player->early.push_back({std::string(line), shown});
  }
  spoken(*player);
}

void TelnetGameLink::characters(session::SessionHandle session, std::string_view text) {
  Player* const player = find(session);
  if (player == nullptr || (player->phase != Phase::kPlaying && player->phase != Phase::kDialling)) return;
  player->upstream->send_characters(text);
  spoken(*player);
}

// A game may turn GMCP on long after the client has introduced itself.
void TelnetGameLink::side_channel(session::SessionHandle session, std::string_view package,
                                  std::string_view body) {
  Player* const player = find(session);
  if (player == nullptr) return;
  if (gmcp::same_package(package, "Core.Hello")) {
    player->hello = body;
  } else {
    player->supports.apply(package, body);
  }
  if (player->watch && gmcp::same_package(package, gmcp::char_login::kCredentials)) {
    auto message = gmcp::char_login::parse(package, body);
    if (message) {
      player->watch->offered(message->account);
      session::wipe(message->secret);
    }
  }
  if (player->upstream) player->upstream->send_side_channel(package, body);
}

void TelnetGameLink::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) {
  Player* const player = find(session);
  if (player == nullptr) return;
  player->capabilities = capabilities;
  if (player->upstream) player->upstream->set_capabilities(capabilities, /*another_client=*/false);
}

void TelnetGameLink::interrupt(session::SessionHandle session) {
  Player* const player = find(session);
  if (player == nullptr || (player->phase != Phase::kPlaying && player->phase != Phase::kDialling)) return;
  player->upstream->send_interrupt();
}

void TelnetGameLink::pause(session::SessionHandle session) {
  Player* const player = find(session);
  if (player == nullptr) return;
  player->paused = true;
  if (player->upstream) player->upstream->set_reading(false);
}

void TelnetGameLink::resume(session::SessionHandle session) {
  Player* const player = find(session);
  if (player == nullptr) return;
  player->paused = false;
  if (player->upstream) player->upstream->set_reading(true);
}

}  // namespace wyld::telnet_game
