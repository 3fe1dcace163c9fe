// A telnet game behind a link that behaves as src/world/telnet_game: one connection to the game for each
// player, which dies with the game; a login of the game's own; lines that may have been lost are named.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "simulation/gateway.h"
#include "simulation/world.h"

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

class GameLink;

// One connection between a link and the game.
struct Upstream {
  enum class Stage : std::uint8_t { kName, kPassword, kGame };
  SessionId id;
  session::SessionHandle session;
  GameLink* link = nullptr;  // null: the gateway has let go
  Stage stage = Stage::kName;
  bool alive = true;  // the game has it
  TimePoint last_up{};
  TimePoint last_down{};
};
using UpstreamPtr = std::shared_ptr<Upstream>;

class GameWorld final : public World {
 public:
  explicit GameWorld(Run run) : run_(run) {}
  std::unique_ptr<session::WorldLink> connect(Gateway& gateway, std::uint8_t shard) override;
  void gateway_gone() override;
  void gateway_stops() override;
  void talk() override;
  void restart(Duration time) override;
  void settle() override { down_until_ = run_.schedule.clock.now; }

  [[nodiscard]] bool up() const noexcept { return run_.schedule.clock.now >= down_until_; }
  // Null: the game does not answer.
  [[nodiscard]] UpstreamPtr take(const SessionId& id, session::SessionHandle session, GameLink& link,
                                 bool logged_in);
  void hang_up(const UpstreamPtr& upstream);
  void send(const UpstreamPtr& upstream, std::string line);
  [[nodiscard]] const Run& run() const noexcept { return run_; }

 private:
  void read(const UpstreamPtr& upstream, const std::string& line);
  void say(const UpstreamPtr& upstream, std::string_view words, bool prompt, int echo = -1);
  [[nodiscard]] Duration way() { return run_.random.between(Duration(100us), Duration(30ms)); }

  const Run run_;
  std::vector<GameLink*> links_;
  std::vector<UpstreamPtr> upstreams_;
  TimePoint down_until_{};
};

class GameLink final : public session::WorldLink {
 public:
  GameLink(GameWorld& world, Gateway& gateway, std::uint8_t shard)
      : world_(world), run_(world.run()), gateway_(gateway), shard_(shard) {}
  ~GameLink() override {
    for (auto& [slot, player] : players_) {
      if (player.upstream) player.upstream->link = nullptr;
    }
  }

  [[nodiscard]] bool has_own_login() const override { return true; }
  void attach(session::SessionHandle session, const session::PlayerInfo& info) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle, std::string_view) override {}
  void side_channel(session::SessionHandle, std::string_view, std::string_view) override {}
  void capabilities_changed(session::SessionHandle, const Capabilities&) override {}
  void interrupt(session::SessionHandle) override {}
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

  // From the game.
  struct Words {
    std::string text;
    bool prompt = false;
    int echo = -1;
  };
  void hear(Upstream& upstream, const Words& words);
  void has_arrived(Upstream& upstream, const std::string& line);
  void lost(Upstream& upstream);
  void let_go(Upstream& upstream);

 private:
  enum class Phase : std::uint8_t { kDialling, kPlaying, kAway };
  struct Player {
    session::SessionHandle session;
    SessionId id;
    Phase phase = Phase::kDialling;
    UpstreamPtr upstream;
    std::deque<std::string> early;   // typed while dialling
    std::deque<std::string> unsure;  // not a secret, and not known to have arrived
    std::deque<Words> held_back;     // while paused
    bool paused = false;
    bool masked = false;
    bool logs_in = false;  // by the link's template
  };
  session::WorldEvents& events() { return gateway_.sessions(shard_); }
  Player* find(session::SessionHandle session);
  // Null: it is nobody's any more.
  Player* player_of(const Upstream& upstream) {
    Player* const player = find(upstream.session);
    return player != nullptr && player->upstream.get() == &upstream ? player : nullptr;
  }
  // In a turn of the link's loop, which may do more before.
  template <typename Deed>
  void in_turn(Deed deed) {
    gateway_.enter(shard_, std::move(deed));
  }
  void dial(session::SessionHandle session);
  void dialled(session::SessionHandle session);
  void go_away(Player& player);
  void tell(Player& player, const Words& words);

  GameWorld& world_;
  const Run run_;
  Gateway& gateway_;
  const std::uint8_t shard_;
  std::map<std::uint32_t, Player> players_;  // by slot
};

// --- the game ---

std::unique_ptr<session::WorldLink> GameWorld::connect(Gateway& gateway, std::uint8_t shard) {
  auto link = std::make_unique<GameLink>(*this, gateway, shard);
  links_.push_back(link.get());
  return link;
}

void GameWorld::gateway_gone() {
  links_.clear();
  for (const UpstreamPtr& upstream : upstreams_) upstream->link = nullptr;
  for (const UpstreamPtr& upstream : upstreams_) upstream->alive = false;
  upstreams_.clear();
}

// The system delivers what a process has written before it ended in order.
void GameWorld::gateway_stops() {}

UpstreamPtr GameWorld::take(const SessionId& id, session::SessionHandle session, GameLink& link,
                            bool logged_in) {
  if (!up()) return nullptr;
  auto upstream = std::make_shared<Upstream>();
  upstream->id = id;
  upstream->session = session;
  upstream->link = &link;
  upstreams_.push_back(upstream);
  if (logged_in) {
    upstream->stage = Upstream::Stage::kGame;
  } else {
    say(upstream, "name?", /*prompt=*/true);
  }
  return upstream;
}

void GameWorld::hang_up(const UpstreamPtr& upstream) {
  upstream->link = nullptr;
  upstream->alive = false;
  std::erase(upstreams_, upstream);
}

void GameWorld::send(const UpstreamPtr& upstream, std::string line) {
  upstream->last_up = std::max(upstream->last_up, run_.schedule.clock.now + way());
  run_.schedule.after(upstream->last_up - run_.schedule.clock.now,
                      [this, upstream, line = std::move(line)] { read(upstream, line); });
}

void GameWorld::read(const UpstreamPtr& upstream, const std::string& line) {
  if (!upstream->alive) return;
  const bool login = upstream->stage != Upstream::Stage::kGame;
  run_.model.arrived(upstream->id, line, login, /*forgetful=*/false);
  if (upstream->link != nullptr) upstream->link->has_arrived(*upstream, line);
  switch (upstream->stage) {
    case Upstream::Stage::kName:
      upstream->stage = Upstream::Stage::kPassword;
      return say(upstream, "password?", /*prompt=*/true, /*echo=*/0);
    case Upstream::Stage::kPassword:
      upstream->stage = Upstream::Stage::kGame;
      return say(upstream, "welcome", /*prompt=*/false, /*echo=*/1);
    case Upstream::Stage::kGame:
      for (std::size_t replies = run_.random.below(3); replies > 0; --replies)
        say(upstream, some_words(run_), replies == 1);
  }
}

// What a game says and what nobody reads any more was not said.
void GameWorld::say(const UpstreamPtr& upstream, std::string_view words, bool prompt, int echo) {
  upstream->last_down = std::max(upstream->last_down, run_.schedule.clock.now + way());
  run_.schedule.after(upstream->last_down - run_.schedule.clock.now,
                      [upstream, words = std::string(words), prompt, echo] {
                        if (!upstream->alive || upstream->link == nullptr) return;
                        upstream->link->hear(*upstream, {.text = words, .prompt = prompt, .echo = echo});
                      });
}

void GameWorld::talk() {
  if (upstreams_.empty()) return;
  const UpstreamPtr upstream = upstreams_[run_.random.below(upstreams_.size())];
  if (upstream->stage != Upstream::Stage::kGame) return;
  if (run_.random.chance(0.01) && upstream->link != nullptr) {
    // The game lets a player go.
    upstream->link->let_go(*upstream);
    return;
  }
  for (std::size_t lines = run_.random.between(1, 4); lines > 0; --lines)
    say(upstream, some_words(run_), lines == 1);
}

void GameWorld::restart(Duration time) {
  down_until_ = run_.schedule.clock.now + time;
  for (const UpstreamPtr& upstream : std::exchange(upstreams_, {})) {
    upstream->alive = false;
    run_.schedule.after(way(), [upstream] {
      if (upstream->link != nullptr) upstream->link->lost(*upstream);
    });
  }
}

// --- the link ---

GameLink::Player* GameLink::find(session::SessionHandle session) {
  const auto found = players_.find(session.slot);
  return found != players_.end() && found->second.session == session ? &found->second : nullptr;
}

void GameLink::attach(session::SessionHandle session, const session::PlayerInfo& info) {
  Player& player = players_[session.slot];
  player = Player{};
  player.session = session;
  player.id = info.id;
  player.logs_in = info.returning && run_.plan.template_login > 0;
  dial(session);
}

void GameLink::detach(session::SessionHandle session, session::DetachReason) {
  Player* const player = find(session);
  if (player == nullptr) return;
  // What was typed last still goes out.
  if (player->upstream) player->upstream->link = nullptr;
  players_.erase(session.slot);
}

void GameLink::dial(session::SessionHandle session) {
  gateway_.after(run_.random.between(Duration(1ms), Duration(50ms)),
                 [this, session] { in_turn([this, session] { dialled(session); }); });
}

void GameLink::dialled(session::SessionHandle session) {
  Player* const player = find(session);
  if (player == nullptr || player->upstream) return;
  player->upstream = world_.take(player->id, session, *this, player->logs_in);
  if (!player->upstream) {
    if (player->phase == Phase::kDialling) go_away(*player);
    gateway_.after(run_.random.between(Duration(500ms), Duration(3s)), [this, session] { dial(session); });
    return;
  }
  const bool was_away = player->phase == Phase::kAway;
  player->phase = Phase::kPlaying;
  run_.model.away(player->id, false);
  for (std::string& line : std::exchange(player->early, {})) world_.send(player->upstream, std::move(line));
  if (was_away) events().on_back(session, {});
  if (Player* const still = find(session); still != nullptr && still->logs_in) {
    run_.model.released(still->id, /*by_word=*/false);
    events().on_logged_in(session);
    if (Player* const in = find(session)) tell(*in, {.text = "welcome"});
  }
}

void GameLink::go_away(Player& player) {
  player.phase = Phase::kAway;
  player.upstream.reset();
  player.held_back.clear();
  player.masked = false;
  player.logs_in = run_.plan.template_login > 0;
  const std::deque<std::string> names = std::exchange(player.unsure, {});
  const std::vector<std::string> unsure(names.begin(), names.end());
  for (std::string& line : std::exchange(player.early, {})) player.unsure.push_back(std::move(line));
  const std::deque<std::string> early = std::exchange(player.unsure, {});
  std::vector<std::string> all = unsure;
  all.insert(all.end(), early.begin(), early.end());
  run_.model.away(player.id, true);
  events().on_away(player.session, "The game has gone away.", all);
}

void GameLink::input(session::SessionHandle session, std::uint64_t, std::string_view line, bool secret) {
  Player* const player = find(session);
  if (player == nullptr) return;
  const SessionId id = player->id;
  run_.model.given(id, line);
  switch (player->phase) {
    case Phase::kAway:
      return run_.model.fail("input for a world that is away");
    case Phase::kDialling:
      player->early.emplace_back(line);
      break;
    case Phase::kPlaying:
      if (secret || player->masked) {
        run_.model.unnamed(line);
      } else {
        player->unsure.emplace_back(line);
      }
      world_.send(player->upstream, std::string(line));
  }
  events().on_entered(session);
}

void GameLink::has_arrived(Upstream& upstream, const std::string& line) {
  Player* const player = find(upstream.session);
  if (player == nullptr || player->upstream.get() != &upstream) return;
  std::erase(player->unsure, line);
}

void GameLink::tell(Player& player, const Words& words) {
  if (player.paused) {
    player.held_back.push_back(words);
    return;
  }
  const session::SessionHandle session = player.session;
  if (words.echo >= 0) player.masked = words.echo == 0;
  const std::string text = run_.model.say(player.id, words.text);
  events().on_output(session, text);
  if (words.echo >= 0) events().on_client_echo(session, words.echo == 1);
  if (!words.prompt) return;
  events().on_output(session, "> ");
  events().on_prompt(session);
}

void GameLink::hear(Upstream& upstream, const Words& words) {
  in_turn([&] {
    if (Player* const player = player_of(upstream)) tell(*player, words);
  });
}

void GameLink::pause(session::SessionHandle session) {
  if (Player* const player = find(session)) player->paused = true;
}

void GameLink::resume(session::SessionHandle session) {
  Player* player = find(session);
  if (player == nullptr) return;
  player->paused = false;
  while (player != nullptr && !player->paused && !player->held_back.empty()) {
    const Words words = player->held_back.front();
    player->held_back.pop_front();
    tell(*player, words);
    player = find(session);
  }
}

void GameLink::lost(Upstream& upstream) {
  in_turn([&] {
    Player* const player = player_of(upstream);
    if (player == nullptr) return;
    const session::SessionHandle session = player->session;
    upstream.link = nullptr;
    go_away(*player);
    dial(session);
  });
}

void GameLink::let_go(Upstream& upstream) {
  in_turn([&] {
    Player* const player = player_of(upstream);
    if (player == nullptr) return;
    const session::SessionHandle session = player->session;
    run_.model.world_let_go(player->id);
    world_.hang_up(player->upstream);
    players_.erase(session.slot);
    events().on_left(session, "Goodbye.");
  });
}

}  // namespace

std::unique_ptr<World> make_game_world(Run run) { return std::make_unique<GameWorld>(run); }

}  // namespace wyld::simulation
