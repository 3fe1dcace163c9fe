// What befalls a run.
#include <fmt/format.h>

#include <utility>

#include "simulation/simulation.h"

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

}  // namespace

void Simulation::befalls(Duration mean, std::function<void()> fault) {
  if (mean > Duration(0)) repeat(mean, std::make_shared<std::function<void()>>(std::move(fault)));
}

void Simulation::repeat(Duration mean, std::shared_ptr<std::function<void()>> fault) {
  schedule_.after(random_.between(Duration(1ms), 2 * mean), [this, mean, fault = std::move(fault)]() mutable {
    if (!faults_) return;
    (*fault)();
    repeat(mean, std::move(fault));
  });
}

SimulatedSocket* Simulation::some_connection() {
  std::erase_if(connections_, [](const std::shared_ptr<SimulatedSocket>& known) { return known->over(); });
  return connections_.empty() ? nullptr : connections_[random_.below(connections_.size())].get();
}

void Simulation::plan_faults() {
  const auto one = [this](const char* what, void (*befall)(Simulation&, SimulatedSocket&)) {
    return [this, what, befall] {
      SimulatedSocket* const connection = some_connection();
      if (connection == nullptr) return;
      trace_([&] { return fmt::format("--- {}: connection {}", what, connection->number()); });
      befall(*this, *connection);
    };
  };
  befalls(plan_.cut, one("cut", [](Simulation&, SimulatedSocket& connection) { connection.cut(); }));
  befalls(plan_.stall, one("stall", [](Simulation& self, SimulatedSocket& connection) {
            connection.stall(self.random_.between(Duration(1s), Duration(25s)));
          }));
  befalls(plan_.half_open, one("half open", [](Simulation& self, SimulatedSocket& connection) {
            const Duration soon = self.random_.between(Duration(10ms), Duration(3s));
            const Duration late = self.random_.between(Duration(5s), Duration(30s));
            const bool client_first = self.random_.chance(0.5);
            connection.fall_silent(client_first ? late : soon, client_first ? soon : late);
          }));
  befalls(plan_.slow_reader, one("slow reader", [](Simulation& self, SimulatedSocket& connection) {
            connection.client_reads(false);
            self.schedule_.after(self.random_.between(Duration(1s), Duration(20s)),
                                 [still = connection.shared_from_this()] { still->client_reads(true); });
          }));
  befalls(plan_.store_away, [this] {
    trace_([] { return "--- the store goes away"; });
    database_.go_away(random_.between(Duration(1s), Duration(20s)));
  });
  befalls(plan_.world_restart, [this] {
    trace_([] { return "--- the world restarts"; });
    world_->restart(random_.between(Duration(500ms), Duration(15s)));
  });
  befalls(plan_.gateway_killed, [this] { kill_gateway(); });
  befalls(plan_.gateway_stopped, [this] { stop_gateway(); });
  befalls(plan_.wall_jump, [this] {
    const auto by = std::chrono::seconds(static_cast<std::int64_t>(random_.below(240)) - 120);
    trace_([&] { return fmt::format("--- the wall clock jumps by {} s", by.count()); });
    schedule_.clock.wall += by;
    model_.wall_jumped(by);
  });
  befalls(plan_.duplicate, [this] {
    trace_([] { return "--- a tab is copied"; });
    persons_[random_.below(persons_.size())]->duplicate();
  });
  befalls(plan_.theft, [this] { thief(); });
  befalls(plan_.hostile, [this] { hostile_client(); });
  befalls(plan_.mailbox_full, [this] {
    trace_([] { return "--- the mailboxes are full"; });
    if (gateway_) gateway_->fill_mailboxes(random_.between(Duration(1ms), Duration(2s)));
  });
}

void Simulation::kill_gateway() {
  if (gateway_ == nullptr) return;
  trace_([] { return "--- the gateway is killed"; });
  gateway_->kill();
  end_gateway();
}

void Simulation::stop_gateway() {
  if (gateway_ == nullptr || gateway_->is_stopping()) return;
  trace_([] { return "--- the gateway stops"; });
  gateway_->begin_stop();
  wait_for_stop();
}

void Simulation::wait_for_stop() {
  schedule_.after(20ms, [this, epoch = epoch_] {
    if (gateway_ == nullptr || epoch != epoch_) return;  // it was killed meanwhile
    if (!gateway_->has_stopped()) return wait_for_stop();
    gateway_->finish_stop();
    end_gateway();
  });
}

void Simulation::end_gateway() {
  model_.killed(database_.rows());
  former_.push_back(std::move(gateway_));
  schedule_.after(random_.between(Duration(100ms), Duration(8s)), [this] { start_gateway(); });
}

void Simulation::hostile_client() {
  using session::Protocol;
  const auto protocol =
      random_.pick({Protocol::kTelnet, Protocol::kWebSocketTelnet, Protocol::kWebSocketJson});
  const std::shared_ptr<SimulatedSocket> connection = dial(stranger_, protocol);
  if (connection == nullptr) return;
  trace_([&] { return fmt::format("--- a hostile client on connection {}", connection->number()); });
  std::string bytes;
  if (protocol != Protocol::kTelnet && random_.chance(0.7)) bytes = WebVisit::upgrade_request(protocol);
  for (std::size_t left = random_.below(300); left > 0; --left)
    bytes += random_.chance(0.2) ? '\xff' : static_cast<char>(random_.below(256));
  connection->client_write(bytes);
}

void Simulation::thief() {
  const JsonClient& page = persons_[random_.below(persons_.size())]->page();
  if (page.former_tokens().size() < 2) return;
  const std::shared_ptr<SimulatedSocket> connection = dial(stranger_, session::Protocol::kWebSocketJson);
  if (connection == nullptr) return;
  trace_([&] { return fmt::format("--- a thief on connection {}", connection->number()); });
  connection->client_write(WebVisit::upgrade_request(session::Protocol::kWebSocketJson) +
                           page.greeting(page.former_tokens().front(), {}));
}

void Simulation::heal() {
  trace_([] { return "--- the faults are over"; });
  faults_ = false;
  network_ = {};
  database_.heal();
  world_->settle();
  for (const std::shared_ptr<SimulatedSocket>& connection : connections_) connection->client_reads(true);
  for (const std::unique_ptr<Person>& person : persons_) person->calm();
  if (gateway_ == nullptr) return;  // it is about to start
  gateway_->fill_mailboxes(Duration(0));
}

}  // namespace wyld::simulation
