#pragma once
// Whether a telnet game takes connections, for health checks.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/address.h"
#include "session/world_pulse.h"

namespace wyld::telnet_game {

struct ProbeOptions {
  std::vector<runtime::SocketAddress> addresses;  // tried in order
  // How long one address may take to answer.
  std::chrono::milliseconds patience{2'000};
  // A look is good for so long, and a game that was heard within this time is not looked at.
  std::chrono::milliseconds fresh{5'000};
};

// Connects and closes. The error has the errno of the attempt; ETIMEDOUT after `patience`.
[[nodiscard]] Status try_to_connect(const runtime::SocketAddress& address,
                                    std::chrono::milliseconds patience);

struct GameSight {
  bool answers = true;
  std::string why;                              // it does not: "Connection refused"
  std::chrono::system_clock::time_point since;  // it does not, as far as was looked
};

// Looks only when somebody asks and nothing was heard from the game lately. A game on this machine does not
// notice: the system is asked whether it listens. One on another machine gets a connection that is closed at
// once.
//
// Owner    apps/.
// Thread   ask() from any; it looks on one of its own ("wyld-probe"), because a look may take seconds.
// Errors   none: trouble is what it reports.
// Limits   kWaitingMax who ask wait for one look; who comes after them gets what was seen last.
class Probe {
 public:
  using Answer = std::move_only_function<void(const GameSight&)>;

  Probe(ProbeOptions options, const session::WorldPulse& pulse);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // `answer` runs once: inside the call, on the probe's thread, or in stop(), with what was seen last.
  void ask(Answer answer);
  void stop();

 private:
  static constexpr std::size_t kWaitingMax = 64;

  void run();
  void look();  // reports to those who wait

  const ProbeOptions options_;
  const session::WorldPulse& pulse_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Answer> waiting_;
  GameSight seen_;
  std::chrono::steady_clock::time_point looked_at_{};
  bool looked_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wyld::telnet_game
