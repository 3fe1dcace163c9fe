#include "store/backlog.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/row_parts.h"

namespace wyld::store {
namespace {

// `later` as it stands when it is written in the place of both.
void follow(std::optional<session::SessionRow>& later, const std::optional<session::SessionRow>& earlier) {
  if (!later) return;
  if (earlier)
    keep_parts(*later, *earlier);
  else
    clear_parts(*later);  // the row was to go with all that belongs to it
}

}  // namespace

std::size_t Change::bytes() const noexcept {
  std::size_t bytes = sizeof(Change);
  if (!row) return bytes;
  bytes += bytes_of(row->commands) + bytes_of(row->scrollback);
  if (row->details) {
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
  const std::size_t bytes = waiting.bytes() + change.bytes();
  follow(change.row, waiting.row);
  waiting.row = std::move(change.row);
  std::ranges::move(change.done, std::back_inserter(waiting.done));
  return bytes - waiting.bytes();
}

void Backlog::take(std::size_t rows_max, std::size_t bytes_max, std::deque<Change>& to) {
  std::size_t bytes = 0;
  for (std::size_t taken = 0; taken < rows_max && !changes_.empty(); ++taken) {
    bytes += changes_.front().bytes();
    if (bytes > bytes_max && taken > 0) return;
    numbers_.erase(changes_.front().id);
    to.push_back(std::move(changes_.front()));
    changes_.pop_front();
    ++taken_;
  }
}

}  // namespace wyld::store
