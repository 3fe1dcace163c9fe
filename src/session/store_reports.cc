#include "session/store_reports.h"

#include <chrono>
#include <utility>

namespace wyld::session {
namespace {

constexpr std::chrono::seconds kCheck{1};

}  // namespace

// A report that is expected: it arrives, or is given up with this.
class StoreReports::Ticket {
 public:
  Ticket(StoreReports& owner, Then then) : owner_(owner), state_(owner.state_), then_(std::move(then)) {}
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (state_ == nullptr) return;
    const std::lock_guard lock(state_->mutex);
    --state_->expected;
  }

  void report(bool stored) {
    if (std::exchange(state_, nullptr) == nullptr) return;
    owner_.arrived({.then = std::move(then_), .stored = stored});
  }

 private:
  StoreReports& owner_;
  std::shared_ptr<State> state_;  // null: it has been reported, or moved away
  Then then_;
};

StoreReports::StoreReports(const TurnClock& clock, runtime::TimingWheel& timers)
    : clock_(clock),
      timers_(timers),
      check_([](void* self) { static_cast<StoreReports*>(self)->check(); }, this) {}

SessionStore::Done StoreReports::expect(Then then) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->expected++ == 0) timers_.schedule(check_, clock_.now + kCheck);
  }
  return [ticket = Ticket(*this, std::move(then))](const Status& status) mutable {
    ticket.report(status.has_value());
  };
}

void StoreReports::arrived(Report report) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->arrived.push_back(std::move(report));
    if (!post_ || std::exchange(state_->posted, true)) return;
  }
  if (post_()) return;
  const std::lock_guard lock(state_->mutex);
  state_->posted = false;
}

void StoreReports::check() {
  take();
  const std::lock_guard lock(state_->mutex);
  if (state_->expected > 0) timers_.schedule(check_, clock_.now + kCheck);
}

void StoreReports::take() {
  std::vector<Report> reports;
  {
    const std::lock_guard lock(state_->mutex);
    reports.swap(state_->arrived);
    state_->posted = false;
    state_->expected -= reports.size();
  }
  for (Report& report : reports) report.then(report.stored);
}

}  // namespace wyld::session
