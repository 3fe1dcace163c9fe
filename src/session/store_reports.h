#pragma once
// How a shard hears what has become of its writes.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "runtime/timing_wheel.h"
#include "session/session_store.h"

namespace wyld::session {

// Reports of the store on their way to a shard. The store reports many at once, from its own threads; they
// arrive as one task of the shard. If the shard's mailbox is full, a later report or a timer brings them.
//
// Owner    ShardSessions. The callbacks must not be called when this is gone, but may be destroyed later.
// Thread   the shard's; the callbacks made by expect() may be called by any thread.
class StoreReports {
 public:
  // Runs on the shard. `stored`: the write is durable; otherwise the store has refused it for good.
  using Then = std::move_only_function<void(bool stored)>;
  // Any thread: has the shard call take(). False: its mailbox is full.
  using Post = std::move_only_function<bool()>;

  StoreReports(const TurnClock& clock, runtime::TimingWheel& timers);

  // Before the first report. Without it the shard learns of reports by the timer only.
  void set_post(Post post) { post_ = std::move(post); }

  // For one write: has the shard call `then`. A callback that is destroyed without a call reports nothing.
  [[nodiscard]] SessionStore::Done expect(Then then);
  // Runs what has arrived.
  void take();

 private:
  class Ticket;
  struct Report {
    Then then;
    bool stored;
  };
  // Shared with the callbacks.
  struct State {
    std::mutex mutex;  // guards the rest
    std::vector<Report> arrived;
    std::size_t expected = 0;  // reports that are still to be taken
    bool posted = false;
  };

  void arrived(Report report);
  void check();

  const TurnClock& clock_;
  runtime::TimingWheel& timers_;
  runtime::Timer check_;
  Post post_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace wyld::session
