#include "store/store_state.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::store {
namespace {

constexpr auto kIsTrouble = [](const std::string& trouble) { return !trouble.empty(); };

}  // namespace

void StoreState::report(std::size_t writer, std::string trouble) {
  const std::lock_guard lock(mutex_);
  const bool was_reachable = std::ranges::none_of(troubles_, kIsTrouble);
  troubles_[writer] = std::move(trouble);
  const bool is_reachable = std::ranges::none_of(troubles_, kIsTrouble);
  if (was_reachable == is_reachable) return;
  since_ = std::chrono::system_clock::now();
  if (is_reachable) {
    log(LogLevel::kInfo, "store_reachable", {{"backlog", std::to_string(rows())}});
  } else {
    count(Counter::kStoreLosses);
    log(LogLevel::kError, "store_unreachable", {{"trouble", troubles_[writer]}});
  }
}

session::StoreHealth StoreState::health() const {
  session::StoreHealth health;
  health.backlog_rows = rows();
  health.backlog_bytes = bytes();
  const std::lock_guard lock(mutex_);
  const auto trouble = std::ranges::find_if(troubles_, kIsTrouble);
  health.reachable = trouble == troubles_.end();
  if (!health.reachable) health.trouble = *trouble;
  health.since = since_;
  return health;
}

}  // namespace wyld::store
