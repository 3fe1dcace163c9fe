#include "simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/log_hook.h"

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

// After the faults: time to come back, then time for everything to arrive.
constexpr Duration kRecovery = 60s;
constexpr Duration kSilence = 40s;
constexpr std::uint64_t kStepsMax = 2'000'000;

std::unique_ptr<World> make_world(const Run& run) {
  switch (run.plan.world) {
    case WorldKind::kDemo:
      return make_demo_world(run);
    case WorldKind::kGame:
      return make_game_world(run);
    case WorldKind::kStream:
      return make_stream_world(run);
  }
  return nullptr;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Trace::Wanted trace)
    : seed_(seed),
      random_(seed * 0x9e3779b97f4a7c15U + 1),
      plan_(make_plan(random_)),
      trace_(schedule_, trace),
      model_(schedule_, trace_),
      run_{.plan = plan_, .schedule = schedule_, .random = random_, .trace = trace_, .model = model_},
      database_(schedule_, random_, model_, plan_.store),
      world_(make_world(run_)),
      dial_([this](ClientEnd& end, session::Protocol protocol) { return dial(end, protocol); }),
      network_(plan_.network) {
  model_.set_hold(plan_.sessions.hold);
}

Simulation::~Simulation() = default;

void Simulation::start_gateway() {
  trace_([&] { return fmt::format("the gateway starts, epoch {}", epoch_ + 1); });
  gateway_ = std::make_unique<Gateway>(run_, database_, *world_, ++epoch_);
}

std::shared_ptr<SimulatedSocket> Simulation::dial(ClientEnd& end, session::Protocol protocol) {
  if (!takes_connections() || (faults_ && random_.chance(plan_.refused))) return nullptr;
  auto connection = std::make_shared<SimulatedSocket>(++connection_count_, schedule_, random_, network_);
  connection->open_client(end);
  if (plan_.proxied > 0 && random_.chance(plan_.proxied)) connection->put_behind_proxy();
  std::erase_if(connections_, [](const std::shared_ptr<SimulatedSocket>& known) { return known->over(); });
  connections_.push_back(connection);
  schedule_.after(random_.between(network_.delay_min, network_.delay_max), [this, connection, protocol] {
    if (!takes_connections()) return connection->refuse();
    gateway_->accept(connection, protocol, fmt::format("203.0.113.{}", connection->number() % 200 + 1));
  });
  return connection;
}

void Simulation::act(std::size_t person) {
  persons_[person]->act();
  schedule_.after(random_.between(Duration(100ms), plan_.think_max), [this, person] { act(person); });
}

void Simulation::talk() {
  if (!quiet_) world_->talk();
  schedule_.after(random_.between(Duration(50ms), plan_.talk_max), [this] { talk(); });
}

void Simulation::run_until(TimePoint end) {
  while (!model_.failed()) {
    TimePoint next = schedule_.next();
    if (gateway_) next = std::min(next, gateway_->next_wake());
    if (next > end) break;
    schedule_.advance_to(next);
    while (schedule_.next() <= schedule_.clock.now && !model_.failed()) {
      schedule_.run_one();
      if (gateway_) gateway_->run_loops();
      if (++steps_ > kStepsMax) return model_.fail("the run goes round in circles");
    }
    former_.clear();
    if (!gateway_) continue;
    gateway_->run_loops();
    if (steps_ % 64 == 0) gateway_->check_counts();
  }
  schedule_.advance_to(end);
}

Outcome Simulation::run() {
  const LogHook hook(model_);
  trace_([&] {
    return fmt::format("seed {}: {} players, world {}", seed_, plan_.players, static_cast<int>(plan_.world));
  });
  start_gateway();
  for (std::size_t i = 0; i < plan_.players; ++i) {
    persons_.push_back(std::make_unique<Person>(run_, dial_, i, random_.chance(plan_.telnet)));
    schedule_.after(random_.between(Duration(0), Duration(2s)), [this, i] { act(i); });
  }
  talk();
  plan_faults();
  const TimePoint begin = schedule_.clock.now;
  run_until(begin + plan_.length);
  heal();
  run_until(begin + plan_.length + kRecovery);
  quiet_ = true;
  for (const std::unique_ptr<Person>& person : persons_) person->fall_silent();
  run_until(begin + plan_.length + kRecovery + kSilence - 10s);
  model_.last_words();
  run_until(begin + plan_.length + kRecovery + kSilence);
  for (std::size_t i = 0; i < persons_.size() && !model_.failed(); ++i) {
    Client& client = persons_[i]->client();
    if (!client.playing() || !persons_[i]->in_game())
      model_.fail(fmt::format("player {} is not back in the game, with nothing in the way", i));
    model_.check_screen(client.screen().shown());
    client.check_typed();
  }
  if (!model_.failed()) gateway_->check_end();
  if (!model_.failed()) model_.check_end(plan_.world == WorldKind::kGame);
  return {.seed = seed_, .steps = steps_, .failure = model_.failure(), .trace = trace_.text()};
}

Outcome run_seed(std::uint64_t seed) {
  Outcome outcome = Simulation(seed, Trace::Wanted::kNothing).run();
  if (!outcome.failure.empty()) outcome = Simulation(seed, Trace::Wanted::kTail).run();
  return outcome;
}

}  // namespace wyld::simulation
