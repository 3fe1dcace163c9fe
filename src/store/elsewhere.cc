#include "store/elsewhere.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace wyld::store {
namespace {

Status nobody_can_tell() { return fail(ErrorCode::kUnavailable, "the database could not be asked"); }

}  // namespace

void Elsewhere::find(const session::ResumeFamily& family, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_ && waiting_.size() < kWaitingMax) {
      waiting_.push_back(family);
      done_.push_back(std::move(done));
      changed_.notify_all();
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
      return;
    }
  }
  done(nobody_can_tell());
}

void Elsewhere::close() {
  std::vector<Done> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    left.swap(done_);
    changed_.notify_all();
  }
  for (Done& done : left) done(nobody_can_tell());
  if (thread_.joinable()) thread_.join();  // nobody starts it any more
}

void Elsewhere::run() {
  ::pthread_setname_np(::pthread_self(), "wyld-elsewhere");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (closed_) return;
    Families families = std::exchange(waiting_, {});
    std::vector<Done> done = std::exchange(done_, {});
    lock.unlock();
    const Result<Families> found = ask_(families);
    for (std::size_t i = 0; i < families.size(); ++i) {
      const bool there = found && std::ranges::find(*found, families[i]) != found->end();
      done[i](!found  ? nobody_can_tell()
              : there ? Status{}
                      : Status(fail(ErrorCode::kNotFound, "no other gateway has it")));
    }
    lock.lock();
    changed_.wait_for(lock, pause_, [this] { return closed_; });
  }
}

}  // namespace wyld::store
