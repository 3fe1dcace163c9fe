#include "store/writer.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <limits>
#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::store {
namespace {

Status closed_error() {
  return fail(ErrorCode::kUnavailable, "the store was closed before this was written");
}

}  // namespace

Writer::Writer(std::size_t number, std::unique_ptr<Database> database, Prepare prepare, Identity identity,
               StoreState& state, const WriterOptions& options)
    : number_(number),
      database_(std::move(database)),
      prepare_(std::move(prepare)),
      identity_(std::move(identity)),
      state_(state),
      options_(options) {}

Writer::~Writer() { close(std::chrono::steady_clock::now()); }

void Writer::start(std::chrono::milliseconds first_retry) {
  retry_ = first_retry;
  away_ = first_retry.count() > 0;
  thread_ = std::thread([this] {
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "wyld-store-%zu", number_);
    ::pthread_setname_np(::pthread_self(), name.data());
    run();
  });
}

void Writer::add(Change change) {
  std::vector<Change> one;
  one.push_back(std::move(change));
  add(std::move(one));
}

void Writer::add(std::vector<Change> changes) {
  std::size_t bytes = 0;
  for (const Change& change : changes) bytes += change.bytes();
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      state_.add(changes.size(), bytes);
      wake = inbox_.empty();  // else the first one has woken the writer
      std::ranges::move(changes, std::back_inserter(inbox_));
      changes.clear();
      idle_ = false;
    }
  }
  if (wake) arrived_.notify_one();
  for (Change& change : changes) {
    for (Done& done : change.done) done(closed_error());
  }
}

bool Writer::wait_until_idle() {
  Lock lock(mutex_);
  settled_.wait(lock, [this] { return idle_ || away_ || closing_; });
  return idle_;
}

void Writer::close(std::chrono::steady_clock::time_point deadline) {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    deadline_ = deadline;
  }
  arrived_.notify_one();
  settled_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Writer::out_of_time() const { return std::chrono::steady_clock::now() >= deadline_; }

void Writer::run() {
  while (true) {
    collect();
    const bool nothing_left = backlog_.empty() && in_hand_.empty();
    bool closing = false;
    {
      const std::lock_guard lock(mutex_);
      closing = closing_;
      if (closing_ && ((nothing_left && inbox_.empty()) || out_of_time())) break;
    }
    if (!nothing_left) {
      commit_some();
    } else if (!closing) {
      Outcome<void> there = ready();
      if (there) there = database_->ping();
      if (there) {
        answered();
      } else {
        failed(std::move(there.error()));
      }
    }
  }
  give_up();
  database_->disconnect();
}

void Writer::collect() {
  std::vector<Change> arrived;
  {
    Lock lock(mutex_);
    const bool has_work = !backlog_.empty() || !in_hand_.empty();
    if (retry_.count() > 0) {
      // The database is away: only time helps.
      const auto until = std::chrono::steady_clock::now() + retry_;
      arrived_.wait_until(lock, closing_ ? std::min(until, deadline_) : until,
                          [this, was_closing = closing_] { return closing_ != was_closing; });
    } else if (!has_work) {
      if (inbox_.empty() && !idle_) {
        idle_ = true;
        settled_.notify_all();
      }
      arrived_.wait_for(lock, options_.ping_interval, [this] { return !inbox_.empty() || closing_; });
    }
    arrived.swap(inbox_);
  }
  for (Change& change : arrived) {
    if (const std::optional<std::size_t> saved = backlog_.add(std::move(change))) {
      state_.subtract(1, *saved);
    }
  }
}

Outcome<void> Writer::ready() {
  if (prepared_) return {};
  Outcome<void> done = prepare_(*database_);
  prepared_ = done.has_value();
  return done;
}

void Writer::commit_some() {
  if (in_hand_.empty()) {
    backlog_.take(options_.batch_rows_max, options_.batch_bytes_max, in_hand_);
    attempt_rows_ = in_hand_.size();
  }
  Outcome<void> committed = ready();
  if (committed) {
    Batch batch;
    for (std::size_t i = 0; i < attempt_rows_; ++i) {
      if (in_hand_[i].row) {
        batch.rows.push_back(*in_hand_[i].row);
      } else {
        batch.removals.push_back(in_hand_[i].id);
      }
    }
    committed = database_->commit(identity_(), batch);
  }
  if (!committed && committed.error().fault == Fault::kRejected) {
    // One of them is the culprit: half of them, and half again, find it.
    if (attempt_rows_ > 1) {
      attempt_rows_ /= 2;
      return;
    }
    count(Counter::kStoreRowsRejected);
    log(LogLevel::kError, "store_row_rejected",
        {{"session", in_hand_.front().id.text()}, {"trouble", committed.error().message}});
    acknowledge(1, fail(ErrorCode::kInvalidArgument, "the database does not take this row"));
  } else if (!committed) {
    return failed(std::move(committed.error()));
  } else {
    acknowledge(attempt_rows_, {});
  }
  answered();
  attempt_rows_ = in_hand_.size();
}

void Writer::answered() {
  if (retry_.count() == 0) return;
  retry_ = std::chrono::milliseconds(0);
  {
    const std::lock_guard lock(mutex_);
    away_ = false;
  }
  state_.report(number_, {});  // last: who sees it may count on wait_until_idle()
}

void Writer::failed(Trouble trouble) {
  prepared_ = false;
  database_->disconnect();
  retry_ = retry_.count() == 0 ? options_.retry_min : std::min(retry_ * 2, options_.retry_max);
  state_.report(number_, std::move(trouble.message));
  {
    const std::lock_guard lock(mutex_);
    away_ = true;
  }
  settled_.notify_all();
}

void Writer::acknowledge(std::size_t count, const Status& status) {
  const auto end = in_hand_.begin() + static_cast<std::ptrdiff_t>(count);
  std::size_t bytes = 0;
  for (auto change = in_hand_.begin(); change != end; ++change) bytes += change->bytes();
  state_.subtract(count, bytes);
  for (auto change = in_hand_.begin(); change != end; ++change) {
    for (Done& done : change->done) done(status);
  }
  in_hand_.erase(in_hand_.begin(), end);
}

void Writer::give_up() {
  backlog_.take(backlog_.count(), std::numeric_limits<std::size_t>::max(), in_hand_);
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(inbox_, std::back_inserter(in_hand_));
    inbox_.clear();
    closed_ = true;
    idle_ = true;
  }
  settled_.notify_all();
  if (in_hand_.empty()) return;
  log(LogLevel::kError, "store_writes_lost", {{"rows", std::to_string(in_hand_.size())}});
  acknowledge(in_hand_.size(), closed_error());
}

}  // namespace wyld::store
