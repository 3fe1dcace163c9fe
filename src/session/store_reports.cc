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
  Ticket(StoreReports& owner, Then then) : owner_(&owner), then_(std::move(then)) {}
  Ticket(Ticket&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), then_(std::move(other.then_)) {}
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (owner_ != nullptr) owner_->dropped();
  }

  void report(bool stored) {
    if (StoreReports* const owner = std::exchange(owner_, nullptr))
      owner->arrived({.then = std::move(then_), .stored = stored});
  }

 private:
  StoreReports* owner_;
  Then then_;
};

StoreReports::StoreReports(const TurnClock& clock, runtime::TimingWheel& timers)
    : clock_(clock),
      timers_(timers),
      check_([](void* self) { static_cast<StoreReports*>(self)->check(); }, this) {}

SessionStore::Done StoreReports::expect(Then then) {
  {
    const std::lock_guard lock(mutex_);
    if (expected_++ == 0) timers_.schedule(check_, clock_.now + kCheck);
  }
  return [ticket = Ticket(*this, std::move(then))](const Status& status) mutable {
    ticket.report(status.has_value());
  };
}

void StoreReports::dropped() {
  const std::lock_guard lock(mutex_);
  --expected_;
}

void StoreReports::arrived(Report report) {
  {
    const std::lock_guard lock(mutex_);
    arrived_.push_back(std::move(report));
    if (!post_ || std::exchange(posted_, true)) return;
  }
  if (post_()) return;
  const std::lock_guard lock(mutex_);
  posted_ = false;
}

void StoreReports::check() {
  take();
  const std::lock_guard lock(mutex_);
  if (expected_ > 0) timers_.schedule(check_, clock_.now + kCheck);
}

void StoreReports::take() {
  std::vector<Report> reports;
  {
    const std::lock_guard lock(mutex_);
    reports.swap(arrived_);
    posted_ = false;
    expected_ -= reports.size();
  }
  for (Report& report : reports) report.then(report.stored);
}

}  // namespace wyld::session
