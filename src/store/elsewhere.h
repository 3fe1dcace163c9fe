#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "session/resume_token.h"
#include "session/session_store.h"

namespace wyld::store {

// Asks the database for sessions that other gateways hold, by the family of their tokens. All that are wanted
// at one time are one question, and there is a pause between two: whoever shows made-up tokens costs the
// database no more than that.
//
// Owner    DatabaseStore.
// Thread   find() any; one of its own asks, and runs `done`.
// Errors   what cannot be asked is kUnavailable.
// Limits   kWaitingMax families wait for the next question; beyond it kUnavailable at once.
class Elsewhere {
 public:
  static constexpr std::size_t kWaitingMax = 4096;

  using Done = session::SessionStore::Done;
  using Families = std::vector<session::ResumeFamily>;
  // Those of the families that are found. Blocks.
  using Ask = std::function<Result<Families>(std::span<const session::ResumeFamily>)>;

  Elsewhere(Ask ask, std::chrono::milliseconds pause) : ask_(std::move(ask)), pause_(pause) {}
  ~Elsewhere() { close(); }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

  void find(const session::ResumeFamily& family, Done done);
  // A question that is under way is waited for; what waits for the next is told kUnavailable.
  void close();

 private:
  void run();

  const Ask ask_;
  const std::chrono::milliseconds pause_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Families waiting_;
  std::vector<Done> done_;  // of waiting_, one each
  bool closed_ = false;
  std::thread thread_;  // from the first find() on
};

}  // namespace wyld::store
