#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "session/session_manager.h"

namespace wyld {

// Removes expired sessions, once a second.
//
// Owner    Gateway.
// Thread   start() and stop() the owner's; one thread of its own between them.
class Housekeeper {
 public:
  explicit Housekeeper(session::SessionManager& manager) : manager_(manager) {}
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

 private:
  void run();

  session::SessionManager& manager_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wyld
