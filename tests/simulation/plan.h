#pragma once
// What a seed makes of a run: who plays, in what, and what goes wrong how often.

#include "session/resume_registry.h"
#include "session/shard_sessions.h"
#include "simulation/model.h"
#include "simulation/network.h"
#include "simulation/random.h"
#include "simulation/store.h"

namespace wyld::simulation {

struct Plan {
  WorldKind world = WorldKind::kDemo;
  std::size_t players = 4;
  Duration length{};           // with faults
  Duration think_max{};        // between two deeds of a player
  Duration talk_max{};         // between two things the world says by itself
  std::size_t words_max = 40;  // bytes of one thing the world says
  double telnet = 0.4;         // that a player begins with telnet
  double telnet_on_web = 0;    // that telnet is spoken in a WebSocket
  double types_ahead = 0;      // that a player who is coming back does not wait for the answer
  Duration turn_max{};         // how long a loop may take to see what is ready

  NetworkPlan network;
  StorePlan store;
  session::ShardSessionsOptions sessions;

  // Faults: the mean time between two of a kind, for all together. Zero: never.
  Duration cut{};
  Duration stall{};
  Duration half_open{};
  Duration slow_reader{};
  Duration store_away{};
  Duration world_restart{};
  Duration gateway_killed{};
  Duration gateway_stopped{};
  Duration wall_jump{};
  Duration duplicate{};  // a token is shown by two connections
  Duration theft{};      // a retired token is shown
  Duration hostile{};    // bytes that are of no protocol
  Duration mailbox_full{};
  double refused = 0;         // that a connection is not taken
  double switches = 0;        // that a player's next deed is to go on with another client
  double template_login = 0;  // game: that the link logs its players in
  double forgetful = 0;       // that a world restarts without its memory
  double proxied = 0;         // that a proxy takes the gateway's output, confirms it, and may lose it
  double answers_marks = 1;   // that a telnet client answers timing marks
};

[[nodiscard]] Plan make_plan(Random& random);

}  // namespace wyld::simulation
