#include "store/backlog.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wyld::store {

std::size_t Change::bytes() const noexcept {
  std::size_t bytes = sizeof(Change);
  if (row && row->details) {
    const session::SessionDetails& details = *row->details;
    bytes += sizeof(details) + details.account.size();
    for (const auto& [key, value] : details.metadata)
      bytes += key.size() + value.size() + 2 * sizeof(std::string);
  }
  return bytes;
}

std::optional<std::size_t> Backlog::add(Change change) {
  const auto [at, inserted] = numbers_.try_emplace(change.id, taken_ + changes_.size());
  if (inserted) {
    changes_.push_back(std::move(change));
    return std::nullopt;
  }
  Change& waiting = changes_[static_cast<std::size_t>(at->second - taken_)];
  const std::size_t bytes = waiting.bytes();
  waiting.row = std::move(change.row);
  std::ranges::move(change.done, std::back_inserter(waiting.done));
  return bytes;
}

void Backlog::take(std::size_t rows_max, std::deque<Change>& to) {
  for (std::size_t left = std::min(rows_max, changes_.size()); left > 0; --left) {
    numbers_.erase(changes_.front().id);
    to.push_back(std::move(changes_.front()));
    changes_.pop_front();
    ++taken_;
  }
}

}  // namespace wyld::store
