#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "session/refusal_log.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"

namespace wyld {

// Once a second: removes sessions that the previous process left and nobody came back to (those that are held
// here are ended by their shards), and logs how many connections were refused.
//
// Owner    Gateway.
// Thread   start() and stop() the owner's; one thread of its own between them.
class Housekeeper {
 public:
  Housekeeper(session::SessionManager& manager, session::ResumeRegistry& registry,
              session::RefusalLog& refusals)
      : manager_(manager), registry_(registry), refusals_(refusals) {}
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();

 private:
  void run();

  session::SessionManager& manager_;
  session::ResumeRegistry& registry_;
  session::RefusalLog& refusals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wyld
