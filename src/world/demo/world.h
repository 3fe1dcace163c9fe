#pragma once
// The demo world: a small place around a gate, to show the gateway and to test it with.

#include <cstddef>
#include <string>
#include <string_view>

#include "codec/capabilities.h"
#include "session/world_link.h"
#include "world/demo/outbox.h"
#include "world/demo/players.h"

namespace wyld::demo {

struct WorldOptions {
  // Sessions inside, those still choosing a name included. The next one is told that the world is full.
  std::size_t players_max = 100'000;
  // The gateway logs players in, and attach() says under which account. Else the world asks for a name.
  bool accounts = false;
};

// What a player reads above the gateway's login.
[[nodiscard]] std::string login_banner(const Capabilities& capabilities);

// Rooms, players and commands. Sans-I/O: lines and the time in, effects out.
//
// Owner    SharedWorld.
// Thread   one at a time; SharedWorld's lock sees to it.
// Errors   unknown sessions are ignored, or let go should they say something; a player's mistakes are
// answered with a sentence. Limits   WorldOptions; per player one record and its entries in two maps and a
// list.
class World {
 public:
  explicit World(const WorldOptions& options) : players_(options.players_max) {}

  // `account`: the player enters under this name, and takes the place of a session that is in under it;
  // empty: the player is asked for a name.
  void attach(session::SessionHandle session, const Capabilities& capabilities, std::string_view account,
              TimePoint now, Outbox& out);
  // The same for a session that was in under `name`, which it chose itself, perhaps before the world was made
  // anew: it is in again at once. If another has taken the name meanwhile, it gets one like it.
  void attach_again(session::SessionHandle session, const Capabilities& capabilities, std::string_view name,
                    TimePoint now, Outbox& out);
  void connection_lost(session::SessionHandle session, TimePoint now, Outbox& out);
  void connection_restored(session::SessionHandle session, const Capabilities& capabilities, TimePoint now,
                           Outbox& out);
  void detach(session::SessionHandle session, session::DetachReason reason, TimePoint now, Outbox& out);
  // `line` without its end. Anything is allowed in it.
  void input(session::SessionHandle session, std::string_view line, TimePoint now, Outbox& out);
  void interrupt(session::SessionHandle session, TimePoint now, Outbox& out);
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities, TimePoint now,
                            Outbox& out);
  void edited(session::SessionHandle session, std::uint64_t edit, bool cancelled, std::string_view text,
              TimePoint now, Outbox& out);

  [[nodiscard]] std::size_t player_count() const { return players_.count(); }
  [[nodiscard]] std::size_t named_player_count() const { return players_.named_count(); }

 private:
  // A new player at the door; null: the world is full, and the session has been told.
  Player* admit(session::SessionHandle session, const Capabilities& capabilities, TimePoint now, Outbox& out);
  // Others see a player who was held.
  void tell_of_return(Player& player, TimePoint now, Outbox& out);
  // A player who has just got a name comes in; `how` the keeper takes note of it.
  void welcome(Player& player, std::string_view how, TimePoint now, Outbox& out);
  // A player with a name sees the world for the first time, after `words`.
  void arrive(Player& player, std::string_view words, TimePoint now, Outbox& out);
  // Both answer a line; true when the player leaves.
  bool choose_name(Player& player, std::string_view line, TimePoint now, Outbox& out);
  bool play(Player& player, std::string_view line, TimePoint now, Outbox& out);

  PlayerTable players_;
};

}  // namespace wyld::demo
