// How connections to the game are made, what their ends mean, and how players are brought back.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "runtime/socket.h"
#include "session/secret.h"
#include "world/telnet_game/link.h"

namespace wyld::telnet_game {
namespace {

// A close this soon after a line may be the game's answer to it, even if it asked back and saved first.
constexpr auto kOwnLine = std::chrono::seconds(5);

constexpr std::uint8_t kShortLivesMax = 20;

constexpr std::string_view kStay = " You stay connected, and the gateway keeps trying to reach it.";

std::string reason_of(int system_errno) {
  return system_errno == 0 ? "it hangs up at once" : std::strerror(system_errno);
}

}  // namespace

void TelnetGameLink::set_phase(Player& player, Phase phase) noexcept {
  const auto counted = [&](Phase of) -> std::size_t* {
    return of == Phase::kAway ? &away_ : of == Phase::kReturning ? &returning_ : nullptr;
  };
  if (std::size_t* const before = counted(player.phase)) --*before;
  player.phase = phase;
  if (std::size_t* const after = counted(phase)) ++*after;
}

std::chrono::milliseconds TelnetGameLink::redial_delay_after(unsigned failures) {
  return redial_delay(failures, options_.redial_first, options_.redial_max, random_());
}

Status TelnetGameLink::dial(Player& player, std::size_t address_index) {
  Status dialled = fail(ErrorCode::kUnavailable, "connect", EDESTADDRREQ);
  for (std::size_t at = address_index; at < options_.addresses.size(); ++at) {
    count(Counter::kUpstreamConnects);
    Result<runtime::Fd> fd = runtime::connect_tcp(options_.addresses[at]);
    if (!fd) {
      dialled = fail(fd.error());
      continue;
    }
    auto upstream = std::make_unique<Upstream>(*this, player, std::move(*fd), at);
    dialled = upstream->open();
    if (!dialled) continue;
    if (player.paused) upstream->set_reading(false);
    player.upstream = std::move(upstream);
    break;
  }
  return dialled;
}

bool TelnetGameLink::tries(const Player& player) const noexcept {
  if (player.phase == Phase::kClosed) return true;
  return player.phase == Phase::kReturning && (!proven_ || player.short_lives > 0);
}

void TelnetGameLink::lasted() {
  proven_ = true;
  game_is_there();
}

void TelnetGameLink::answered(Upstream& upstream) {
  Player& player = *upstream.player();
  const session::SessionHandle session = player.session;
  // A player's own first connection may be turned away too: it proves nothing before it has lasted.
  const bool first = player.phase == Phase::kDialling;
  if (first && !proven_) upstream.watch();
  proven_ = proven_ || !first;
  if (asking_ == session) asking_.reset();
  failures_ = 0;
  if (std::exchange(down_, false)) log(LogLevel::kInfo, "world_back", {{"world", options_.address}});
  if (player.phase == Phase::kClosed) {
    // The connection has answered the question it was made for.
    player.upstream->finish();
    finishing_.emplace(&upstream, std::move(player.upstream));
  } else {
    ++living_;
    player.answered_at = loop_.now();
    forget_early(player);
    const bool was_away = player.phase == Phase::kReturning;
    player.redialled = was_away;
    set_phase(player, Phase::kPlaying);
    if (was_away) events_.on_back(session, {});
    if (Player* const back = find(session)) begin_login(*back);
  }
  if (proven_) game_is_there();
}

void TelnetGameLink::lost(Upstream& upstream, int system_errno) {
  Player* const player = upstream.player();
  std::unique_ptr<Upstream> dying;
  if (player != nullptr) {
    player->sent.settle(upstream.arrived_bytes());
    dying = std::move(player->upstream);
  } else if (const auto finishing = finishing_.find(&upstream); finishing != finishing_.end()) {
    dying = std::move(finishing->second);
    finishing_.erase(finishing);
  }
  // It may be inside its own stream's callback: it dies at the end of the turn.
  upstream.close();
  loop_.defer([dying = std::move(dying)] {});
  if (player == nullptr) return;
  player->login.reset();
  player->watch.reset();
  if (upstream.answered()) {
    --living_;
    closed(*player, system_errno);
    return;
  }
  if (upstream.on_trial() && player->phase == Phase::kReturning && player->short_lives < kShortLivesMax) {
    ++player->short_lives;
  }
  if (system_errno != 0 && !upstream.on_trial() && upstream.address_index() + 1 < options_.addresses.size()) {
    // This address does not answer; the next one may. Nothing has been said yet.
    const Status dialled = dial(*player, upstream.address_index() + 1);
    if (dialled) {
      send_again(*player);
      return;
    }
    system_errno = dialled.error().system_errno;
  }
  refused(*player, system_errno);
}

// What was typed to an address that did not answer.
void TelnetGameLink::send_again(Player& player) {
  player.sent = {};
  for (const EarlyLine& early : player.early) {
    player.upstream->send_line(early.text);
    if (early.shown) player.sent.add(early.text, player.upstream->written_bytes());
  }
  block(player, kGameDoesNotRead, false);
}

void TelnetGameLink::forget_early(Player& player) {
  for (EarlyLine& early : player.early) session::wipe(early.text);
  player.early = {};
}

// A connection was not taken.
void TelnetGameLink::refused(Player& player, int system_errno) {
  count(Counter::kUpstreamFailures);
  if (!std::exchange(down_, true)) {
    log(LogLevel::kWarning, "world_unreachable",
        {{"world", options_.address}, {"error", reason_of(system_errno)}});
  }
  const bool asked = asking_ == player.session;
  if (asked) {
    asking_.reset();
    ++failures_;
  }
  forget_early(player);
  if (player.phase == Phase::kDialling) {
    go_away(player,
            options_.name + " cannot be reached (" + reason_of(system_errno) + ")." + std::string(kStay));
  } else if (player.phase == Phase::kReturning) {
    // Nothing has changed for the player. Where the game is known to be there, only this one was turned away.
    if (!asked && proven_ && player.short_lives > 0) {
      rest(player);
    } else {
      set_phase(player, Phase::kAway);
      ask_at(loop_.now() + redial_delay_after(failures_));
    }
  }
  if (asked) game_is_gone();
}

// A connection that the game had taken is over.
void TelnetGameLink::closed(Player& player, int system_errno) {
  count(Counter::kUpstreamLosses);
  const runtime::TimePoint now = loop_.now();
  const bool lasted = now - player.answered_at >= options_.steady;
  player.short_lives =
      lasted ? std::uint8_t{0}
             : std::min<std::uint8_t>(kShortLivesMax, static_cast<std::uint8_t>(player.short_lives + 1));
  player.own_line = player.spoke_at != runtime::TimePoint{} && now - player.spoke_at <= kOwnLine;
  const bool broke = system_errno != 0;
  closings_.note(now, player.own_line && !broke);
  // The gateway came by itself, and was turned away before the player had said anything.
  const bool turned_away = player.redialled && !lasted && player.spoke_at < player.answered_at;
  if (!broke && !turned_away && options_.on_close == OnClose::kLeave) {
    leave(player, options_.name + " has closed the connection.");
    return;
  }
  if (broke && !std::exchange(down_, true)) {
    log(LogLevel::kWarning, "world_connection_broke",
        {{"world", options_.address}, {"error", std::strerror(system_errno)}});
  }
  if (broke || turned_away || options_.on_close == OnClose::kReconnect) {
    go_away(player, options_.name + " has gone away." + std::string(kStay));
    return;
  }
  set_phase(player, Phase::kClosed);
  player.asks = false;
  player.closed_at = now;
  suspects_.push_back(player.session);
  if (!judge_timer_.scheduled()) loop_.timers().schedule(judge_timer_, now + options_.settle);
  set_blocks(player, kClosing);
}

void TelnetGameLink::on_judge(void* self) { static_cast<TelnetGameLink*>(self)->judge_closings(); }

void TelnetGameLink::judge_closings() {
  const runtime::TimePoint now = loop_.now();
  const std::vector<session::SessionHandle> suspects = std::exchange(suspects_, {});
  bool asks = false;
  for (const session::SessionHandle session : suspects) {
    Player* const player = find(session);
    if (player == nullptr || player->phase != Phase::kClosed) continue;
    const runtime::TimePoint due = player->closed_at + options_.settle;
    if (!player->asks && due <= now) {
      const Verdict verdict = judge(player->own_line, closings_, living_, now);
      if (verdict == Verdict::kLeft) {
        leave(*player, options_.name + " has closed the connection.");
        continue;
      }
      if (verdict == Verdict::kDied) {
        go_away(*player, options_.name + " has gone away." + std::string(kStay));
        continue;
      }
      player->asks = true;
    }
    asks = asks || player->asks;
    suspects_.push_back(session);
    if (!player->asks && !judge_timer_.scheduled()) loop_.timers().schedule(judge_timer_, due);
  }
  if (asks) ask();
}

void TelnetGameLink::go_away(Player& player, const std::string& text) {
  const session::SessionHandle session = player.session;
  const std::vector<std::string> unsure = player.sent.take();
  const bool was_blocked = std::exchange(player.blocks, std::uint8_t{0}) != 0;
  player.returning = true;
  proven_ = false;
  if (!std::exchange(down_, true)) log(LogLevel::kWarning, "world_away", {{"world", options_.address}});
  if (player.short_lives == 0) {
    set_phase(player, Phase::kAway);
    ask_at(loop_.now() + redial_delay_after(failures_));
  } else {
    rest(player);
  }
  events_.on_away(session, text, unsure);
  if (was_blocked) events_.on_input_blocked(session, false);
}

void TelnetGameLink::rest(Player& player) {
  set_phase(player, Phase::kResting);
  player.rest = std::make_unique<PlayerTimer>(*this, player.session, &TelnetGameLink::on_rested);
  loop_.timers().schedule(player.rest->timer, loop_.now() + redial_delay_after(player.short_lives - 1U));
}

void TelnetGameLink::on_rested(void* timer) {
  const auto& rested = *static_cast<PlayerTimer*>(timer);
  TelnetGameLink& link = rested.link;
  Player* const player = link.find(rested.session);
  if (player == nullptr || player->phase != Phase::kResting) return;
  player->rest.reset();
  link.set_phase(*player, Phase::kAway);
  // Where others play, nobody needs to find out.
  if (link.living_ > 0 && link.proven_) {
    link.bring_back();
  } else {
    link.ask_at(link.loop_.now() + (link.failures_ == 0 ? std::chrono::milliseconds(0)
                                                        : link.redial_delay_after(link.failures_)));
  }
}

void TelnetGameLink::on_ask(void* self) { static_cast<TelnetGameLink*>(self)->ask(); }

void TelnetGameLink::ask_at(runtime::TimePoint when) {
  if (ask_timer_.scheduled() && ask_due_ <= when) return;
  ask_due_ = when;
  loop_.timers().schedule(ask_timer_, when);
}

void TelnetGameLink::ask() {
  if (asking_) return;
  Player* player = nullptr;
  for (const session::SessionHandle session : suspects_) {
    player = find(session);
    if (player != nullptr && player->phase == Phase::kClosed && player->asks) break;
    player = nullptr;
  }
  if (player == nullptr) player = next_away();
  if (player == nullptr) return;
  if (loop_.now() < next_ask_) {
    ask_at(next_ask_);
    return;
  }
  next_ask_ = loop_.now() + options_.ask_every;
  asking_ = player->session;
  if (player->phase == Phase::kAway) set_phase(*player, Phase::kReturning);
  if (const Status dialled = dial(*player, 0); !dialled) refused(*player, dialled.error().system_errno);
}

void TelnetGameLink::game_is_there() {
  // Whoever it closed while it lives was let go.
  const std::vector<session::SessionHandle> suspects = std::exchange(suspects_, {});
  for (const session::SessionHandle session : suspects) {
    Player* const player = find(session);
    if (player == nullptr || player->phase != Phase::kClosed) continue;
    if (player->asks) {
      leave(*player, options_.name + " has closed the connection.");
    } else {
      suspects_.push_back(session);
    }
  }
  bring_back();
}

void TelnetGameLink::game_is_gone() {
  const std::vector<session::SessionHandle> suspects = std::exchange(suspects_, {});
  for (const session::SessionHandle session : suspects) {
    Player* const player = find(session);
    if (player == nullptr || player->phase != Phase::kClosed) continue;
    go_away(*player, options_.name + " has gone away." + std::string(kStay));
  }
}

void TelnetGameLink::bring_back() {
  while (returning_ < options_.returning_max) {
    Player* const player = next_away();
    if (player == nullptr) return;
    set_phase(*player, Phase::kReturning);
    if (const Status dialled = dial(*player, 0); !dialled) {
      refused(*player, dialled.error().system_errno);
      return;
    }
  }
}

Player* TelnetGameLink::next_away() noexcept {
  if (away_ == 0) return nullptr;
  for (std::size_t looked = 0; looked < by_slot_.size(); ++looked) {
    if (search_from_ >= by_slot_.size()) search_from_ = 0;
    Player* const player = by_slot_[search_from_++].get();
    if (player != nullptr && player->phase == Phase::kAway) return player;
  }
  return nullptr;
}

}  // namespace wyld::telnet_game
