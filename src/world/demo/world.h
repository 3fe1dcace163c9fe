#pragma once
// The demo world: a small place around a gate, to show the gateway and to test it with.

#include <cstddef>
#include <string_view>

#include "codec/capabilities.h"
#include "session/world_link.h"
#include "world/demo/outbox.h"
#include "world/demo/players.h"

namespace wyld::demo {

struct WorldOptions {
  // Sessions inside, those still choosing a name included. The next one is told that the world is full.
  std::size_t players_max = 100'000;
};

// Rooms, players and commands. Sans-I/O: lines and the time in, effects out.
//
// Owner    SharedWorld.
// Thread   one at a time; SharedWorld's lock sees to it.
// Errors   unknown sessions are ignored; a player's mistakes are answered with a sentence.
// Limits   WorldOptions; per player one record and its entries in two maps and a list.
class World {
 public:
  explicit World(const WorldOptions& options) : players_(options.players_max) {}

  void attach(session::SessionHandle session, const Capabilities& capabilities, TimePoint now, Outbox& out);
  void detach(session::SessionHandle session, session::DetachReason reason, TimePoint now, Outbox& out);
  // `line` without its end. Anything is allowed in it.
  void input(session::SessionHandle session, std::string_view line, TimePoint now, Outbox& out);
  void interrupt(session::SessionHandle session, TimePoint now, Outbox& out);
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities, TimePoint now,
                            Outbox& out);

  [[nodiscard]] std::size_t player_count() const { return players_.count(); }
  [[nodiscard]] std::size_t named_player_count() const { return players_.named_count(); }

 private:
  // Both answer a line; true when the player leaves.
  bool choose_name(Player& player, std::string_view line, TimePoint now, Outbox& out);
  bool play(Player& player, std::string_view line, TimePoint now, Outbox& out);

  PlayerTable players_;
};

}  // namespace wyld::demo
