#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulation/gateway.h"
#include "simulation/model.h"
#include "simulation/person.h"
#include "simulation/plan.h"
#include "simulation/simulated_socket.h"
#include "simulation/store.h"
#include "simulation/world.h"

namespace wyld::simulation {

struct Outcome {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  std::string failure;  // empty: every promise was kept
  std::string trace;
};

// One run: a gateway, its players, its world, and what befalls them. The seed decides everything.
class Simulation {
 public:
  Simulation(std::uint64_t seed, Trace::Wanted trace);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] Outcome run();

 private:
  // Says one thing, and does not listen.
  struct Stranger final : ClientEnd {
    void on_bytes(std::string_view) override {}
    void on_end() override {}
  };

  void run_until(TimePoint end);
  [[nodiscard]] std::shared_ptr<SimulatedSocket> dial(ClientEnd& end, session::Protocol protocol);
  void start_gateway();
  [[nodiscard]] bool takes_connections() const noexcept {
    return gateway_ != nullptr && !gateway_->is_stopping();
  }
  // The process is over, in whichever way; another one starts later.
  void end_gateway();
  void kill_gateway();
  void stop_gateway();
  void wait_for_stop();
  void act(std::size_t person);
  void talk();
  // Repeats `fault` at random moments, `mean` apart; zero: never.
  void befalls(Duration mean, std::function<void()> fault);
  void repeat(Duration mean, std::shared_ptr<std::function<void()>> fault);
  void plan_faults();
  void heal();
  [[nodiscard]] SimulatedSocket* some_connection();
  void hostile_client();
  void thief();

  const std::uint64_t seed_;
  Random random_;
  const Plan plan_;
  Schedule schedule_;
  Trace trace_;
  Model model_;
  const Run run_;
  Database database_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Gateway> gateway_;  // null: none runs
  std::vector<std::unique_ptr<Gateway>> former_;
  const Dial dial_;
  NetworkPlan network_;
  std::vector<std::unique_ptr<Person>> persons_;
  std::vector<std::shared_ptr<SimulatedSocket>> connections_;
  Stranger stranger_;
  std::uint64_t epoch_ = 0;
  std::uint64_t connection_count_ = 0;
  std::uint64_t steps_ = 0;
  bool faults_ = true;
  bool quiet_ = false;
};

// Runs a seed; when it fails, once more for its story.
[[nodiscard]] Outcome run_seed(std::uint64_t seed);

}  // namespace wyld::simulation
