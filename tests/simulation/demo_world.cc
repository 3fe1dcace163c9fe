// A world inside the gateway: it is there as long as the process, asks for a name and answers at once.
#include <algorithm>
#include <vector>

#include "simulation/gateway.h"
#include "simulation/world.h"

namespace wyld::simulation {

std::string some_words(const Run& run) {
  constexpr std::string_view kWords[] = {"north ", "a caf\xc3\xa9 ", "lamp \xe2\x80\x94 ", "door ",
                                         "\xf0\x9f\x90\x89 "};
  std::string words;
  for (std::size_t left = run.random.below(run.plan.words_max + 1); words.size() < left;)
    words += run.random.pick(kWords);
  return words;
}

namespace {

class DemoLink final : public session::WorldLink {
 public:
  DemoLink(Run run, Gateway& gateway, std::uint8_t shard) : run_(run), gateway_(gateway), shard_(shard) {}

  void attach(session::SessionHandle session, const session::PlayerInfo& player) override {
    forget(session);
    players_.push_back({.session = session, .id = player.id, .named = player.returning});
    if (player.returning) return;
    events().on_output(session, run_.model.say(player.id, "name?"));
    prompt(session);
  }
  void detach(session::SessionHandle session, session::DetachReason) override { forget(session); }
  void input(session::SessionHandle session, std::uint64_t, std::string_view line, bool) override {
    Player* const player = find(session);
    if (player == nullptr) return run_.model.fail("input for nobody");
    run_.model.given(player->id, line);
    run_.model.arrived(player->id, line, /*login=*/false, /*forgetful=*/false);
    const SessionId id = player->id;
    if (!std::exchange(player->named, true)) {
      events().on_entered(session);
      events().on_output(session, run_.model.say(id, "welcome"));
    }
    if (line.find("quit") != std::string_view::npos) {
      forget(session);
      run_.model.world_let_go(id);
      return events().on_left(session, "Goodbye.");
    }
    for (std::size_t replies = run_.random.below(4); replies > 0; --replies) say(session, id);
    prompt(session);
  }
  void characters(session::SessionHandle, std::string_view) override {}
  void side_channel(session::SessionHandle, std::string_view, std::string_view) override {}
  void capabilities_changed(session::SessionHandle, const Capabilities&) override {}
  void interrupt(session::SessionHandle) override {}
  void pause(session::SessionHandle) override {}
  void resume(session::SessionHandle) override {}

  void enter(std::move_only_function<void()> deed) { gateway_.enter(shard_, std::move(deed)); }
  void talk() {
    if (players_.empty()) return;
    if (run_.random.chance(0.2)) {
      for (const Player& player : players_) {
        if (player.named) say(player.session, player.id);
      }
      return;
    }
    const Player player = players_[run_.random.below(players_.size())];
    if (!player.named) return;
    for (std::size_t lines = run_.random.between(1, 4); lines > 0; --lines) say(player.session, player.id);
  }

 private:
  struct Player {
    session::SessionHandle session;
    SessionId id;
    bool named = false;
  };

  session::WorldEvents& events() { return gateway_.sessions(shard_); }
  Player* find(session::SessionHandle session) {
    const auto found = std::find_if(players_.begin(), players_.end(),
                                    [&](const Player& player) { return player.session == session; });
    return found == players_.end() ? nullptr : &*found;
  }
  void forget(session::SessionHandle session) {
    std::erase_if(players_, [&](const Player& player) { return player.session == session; });
  }
  void say(session::SessionHandle session, const SessionId& id) {
    const std::string text = run_.model.say(id, some_words(run_));
    // In pieces, as games do: only never in mid-character.
    const std::size_t cut = text.find(' ');
    if (run_.random.chance(0.3)) {
      events().on_output(session, std::string_view(text).substr(0, cut));
      events().on_output(session, std::string_view(text).substr(cut));
    } else {
      events().on_output(session, text);
    }
  }
  void prompt(session::SessionHandle session) {
    events().on_output(session, "> ");
    events().on_prompt(session);
  }

  const Run run_;
  Gateway& gateway_;
  const std::uint8_t shard_;
  std::vector<Player> players_;
};

class DemoWorld final : public World {
 public:
  explicit DemoWorld(Run run) : run_(run) {}
  std::unique_ptr<session::WorldLink> connect(Gateway& gateway, std::uint8_t shard) override {
    auto link = std::make_unique<DemoLink>(run_, gateway, shard);
    links_.push_back(link.get());
    return link;
  }
  void gateway_gone() override { links_.clear(); }
  void talk() override {
    if (links_.empty()) return;
    DemoLink& link = *links_[run_.random.below(links_.size())];
    link.enter([&link] { link.talk(); });
  }

 private:
  const Run run_;
  std::vector<DemoLink*> links_;
};

}  // namespace

std::unique_ptr<World> make_demo_world(Run run) { return std::make_unique<DemoWorld>(run); }

}  // namespace wyld::simulation
