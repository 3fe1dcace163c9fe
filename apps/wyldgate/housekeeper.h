#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "session/resume_registry.h"
#include "session/session_manager.h"

namespace wyld {

// Removes sessions that a former process left and nobody came back to, once a second. Those that are held
// here are ended by their shards.
//
// Owner    Gateway.
// Thread   start() and stop() the owner's; one thread of its own between them.
class Housekeeper {
 public:
  Housekeeper(session::SessionManager& manager, session::ResumeRegistry& registry)
      : manager_(manager), registry_(registry) {}
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

 private:
  void run();

  session::SessionManager& manager_;
  session::ResumeRegistry& registry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wyld
