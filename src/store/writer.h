#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/backlog.h"
#include "store/database.h"
#include "store/store_state.h"

namespace wyld::store {

struct WriterOptions {
  // The most rows one transaction carries: bounds how long a commit takes, and so how long one waits for it.
  std::size_t batch_rows_max = 2'000;
  // The same for rows that bring commands or scrollback: a row that is larger goes alone.
  std::size_t batch_bytes_max = std::size_t{8} * 1024 * 1024;
  // Between attempts to reach a database that is away: doubling from the first to the second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5'000};
  // A database that nobody writes to is asked that often whether it is still there.
  std::chrono::milliseconds ping_interval{5'000};
};

// Commits smart batches on a thread of its own: each transaction carries everything that arrived while the
// one before was committed. While the database is away the batch in hand is kept and repeated, and what
// arrives waits behind it.
//
// Owner    DatabaseStore.
// Thread   add(), wait_until_idle() and close() from any; everything else on the writer's.
// Errors   see session::SessionStore; trouble is reported to StoreState.
class Writer {
 public:
  // Makes `database` ready to commit(): connects it, and whatever must come before that.
  using Prepare = std::function<Outcome<void>(Database& database)>;
  using Identity = std::function<GatewayIdentity()>;

  Writer(std::size_t number, std::unique_ptr<Database> database, Prepare prepare, Identity identity,
         StoreState& state, const WriterOptions& options);
  ~Writer();  // as close() without time to wait
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // `first_retry`: the database is known to be away, and to be tried only then.
  void start(std::chrono::milliseconds first_retry = std::chrono::milliseconds(0));
  void add(Change change);
  void add(std::vector<Change> changes);
  // Until everything added before is durable (true), or the database is away (false).
  [[nodiscard]] bool wait_until_idle();
  // Tries to write what waits, until `deadline`; then gives it up, each with kUnavailable. Ends the thread.
  void close(std::chrono::steady_clock::time_point deadline);

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run();
  // Moves what has arrived to the backlog; waits for it when nothing else is to be done, and for the time of
  // the next attempt while the database is away.
  void collect();
  void commit_some();
  [[nodiscard]] Outcome<void> ready();
  void answered();
  void failed(Trouble trouble);
  void acknowledge(std::size_t count, const Status& status);
  void give_up();
  [[nodiscard]] bool out_of_time() const;

  const std::size_t number_;
  const std::unique_ptr<Database> database_;
  const Prepare prepare_;
  const Identity identity_;
  StoreState& state_;
  const WriterOptions options_;

  Backlog backlog_;
  std::deque<Change> in_hand_;    // being committed, or to be committed again
  std::size_t attempt_rows_ = 0;  // how many of them at once; halved while one of them is refused
  bool prepared_ = false;
  std::chrono::milliseconds retry_{0};  // 0: the last attempt succeeded

  std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::condition_variable settled_;  // idle, or away
  std::vector<Change> inbox_;
  bool idle_ = true;
  bool away_ = false;
  bool closing_ = false;
  bool closed_ = false;                               // nothing is taken any more
  std::chrono::steady_clock::time_point deadline_{};  // of closing
  std::thread thread_;
};

}  // namespace wyld::store
