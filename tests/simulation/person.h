#pragma once

#include <functional>
#include <string>

#include "simulation/client.h"

namespace wyld::simulation {

// Somebody who plays: at a page, at a telnet program, or now here and now there.
//
// Owner    Simulation.
class Person {
 public:
  Person(Run run, const Dial& dial, std::size_t number, bool telnet);

  // The next deed.
  void act();
  // The faults are over: plays on, and does nothing that could end a session.
  void calm() noexcept { calm_ = true; }
  // Says no more.
  void fall_silent() noexcept { silent_ = true; }
  [[nodiscard]] Client& client() noexcept { return *client_; }
  [[nodiscard]] bool in_game() const noexcept { return knowledge_.in_game; }
  [[nodiscard]] JsonClient& page() noexcept { return *page_; }
  // The page's tab is copied, and the copy comes forward.
  void duplicate();

 private:
  void change_clients();

  const Run run_;
  Knowledge knowledge_;
  JsonClient pages_[2];
  TelnetClient telnet_;
  JsonClient* page_;  // the tab in front
  Client* client_;    // what is used now
  bool wants_code_ = false;
  bool calm_ = false;
  bool silent_ = false;
};

}  // namespace wyld::simulation
