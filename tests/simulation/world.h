#pragma once
// Games, as the gateway's processes reach them. A world outlives those processes.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "session/shard_sessions.h"
#include "session/world_link.h"
#include "simulation/model.h"
#include "simulation/plan.h"
#include "simulation/random.h"
#include "simulation/schedule.h"
#include "simulation/trace.h"

namespace wyld::simulation {

class Gateway;

// What all parts of a run share.
struct Run {
  const Plan& plan;
  Schedule& schedule;
  Random& random;
  Trace& trace;
  Model& model;
};

class World {
 public:
  virtual ~World() = default;

  // A link for each shard of a new process.
  virtual std::unique_ptr<session::WorldLink> connect(Gateway& gateway, std::uint8_t shard) = 0;
  // The process is ready, or gone. A clean one has told all it had to tell.
  virtual void gateway_up(Gateway&) {}
  virtual void gateway_gone() {}
  // What is left of the gateway's last words, before gateway_gone().
  virtual void gateway_stops() {}
  // Says something to somebody.
  virtual void talk() = 0;
  virtual void restart(Duration) {}
  // Faults are over: the world is there, and stays.
  virtual void settle() {}
};

[[nodiscard]] std::unique_ptr<World> make_demo_world(Run run);
[[nodiscard]] std::unique_ptr<World> make_game_world(Run run);
[[nodiscard]] std::unique_ptr<World> make_stream_world(Run run);

// Words of a length up to the plan's, with characters of more than one byte among them.
[[nodiscard]] std::string some_words(const Run& run);

}  // namespace wyld::simulation
