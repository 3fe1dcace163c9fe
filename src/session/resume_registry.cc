#include "session/resume_registry.h"

#include <algorithm>
#include <utility>

namespace wyld::session {
namespace {

// That are remembered for their wrong codes. When there are more at once, all of them are forgiven: 60 random
// bits are beyond guessing at any rate that the limits of connections and lines allow.
constexpr std::size_t kAddressesMax = 10'000;

std::size_t bytes_of(const ScrollbackPtr& scrollback) {
  if (scrollback == nullptr) return 0;
  std::size_t bytes = 0;
  for (const OutputPiece& piece : scrollback->pieces) bytes += sizeof(piece) + piece.text.size();
  return bytes;
}

}  // namespace

ResumeKeys ResumeRegistry::Entry::keys() const {
  return {.family = family,
          .current = current,
          .previous = previous,
          .previous_until = previous_until,
          .code = rare != nullptr ? rare->code : SecretHash{}};
}

ResumeRegistry::Rare& ResumeRegistry::Entry::make_rare() {
  if (rare == nullptr) rare = std::make_unique<Rare>();
  return *rare;
}

ResumeRegistry::Entry* ResumeRegistry::find_entry(const SessionId& id) {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? &entries_[*found] : nullptr;
}

const ResumeRegistry::Entry* ResumeRegistry::find_entry(const SessionId& id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? &entries_[*found] : nullptr;
}

ResumeRegistry::Entry& ResumeRegistry::add_entry(const SessionId& id) {
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(entries_.size()));
    entries_.emplace_back();
  }
  const Slot slot = free_.back();
  free_.pop_back();
  Entry& entry = entries_[slot];
  entry.id = id;
  entry.slot = slot;
  by_id_.insert(slot);
  return entry;
}

// Whoever got a family or a code last has it.
void ResumeRegistry::set_keys(Entry& entry, const ResumeKeys& keys) {
  const auto remove = [&entry](auto& index, const auto& key) {
    if (const auto found = index.find(key); found != index.end() && *found == entry.slot) index.erase(found);
  };
  const auto add = [&entry](auto& index, const auto& key) {
    if (const auto found = index.find(key); found != index.end()) index.erase(found);
    index.insert(entry.slot);
  };
  if (is_set(entry.family)) remove(by_family_, entry.family);
  if (entry.rare != nullptr && is_set(entry.rare->code)) remove(by_code_, entry.rare->code);
  entry.family = keys.family;
  entry.current = keys.current;
  entry.previous = keys.previous;
  entry.previous_until = keys.previous_until;
  if (is_set(keys.code) || entry.rare != nullptr) entry.make_rare().code = keys.code;
  if (is_set(keys.family)) add(by_family_, keys.family);
  if (is_set(keys.code)) add(by_code_, keys.code);
}

ResumeRegistry::Lookup ResumeRegistry::find(const ResumeToken& token, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_family_.find(token.family);
  if (found == by_family_.end()) return {};
  Entry& entry = entries_[*found];
  if (judge(entry.keys(), token, now) != TokenVerdict::kReused)
    return {.found = Found{.id = entry.id, .home = entry.home}, .revoked = {}};
  set_keys(entry, {});
  entry.revoked = true;
  return {.found = {}, .revoked = entry.id};
}

std::optional<ResumeRegistry::Found> ResumeRegistry::find(const ResumeCode& code) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_code_.find(hash_of(code));
  if (found == by_code_.end()) return std::nullopt;
  return Found{.id = entries_[*found].id, .home = entries_[*found].home};
}

bool ResumeRegistry::claim(const SessionId& id, SessionHandle home) {
  const std::lock_guard lock(mutex_);
  Entry* const entry = find_entry(id);
  if (entry == nullptr || entry->home.generation != 0) return false;
  entry->home = home;
  return true;
}

bool ResumeRegistry::set(const SessionId& id, SessionHandle home, const ResumeKeys& keys) {
  const std::lock_guard lock(mutex_);
  Entry* const known = find_entry(id);
  Entry& entry = known != nullptr ? *known : add_entry(id);
  if (entry.revoked) return false;
  entry.home = home;
  set_keys(entry, keys);
  return true;
}

void ResumeRegistry::remove(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  Entry* const entry = find_entry(id);
  if (entry == nullptr) return;
  set_keys(*entry, {});
  if (entry->rare != nullptr) scrollback_bytes_ -= bytes_of(entry->rare->scrollback);
  const Slot slot = entry->slot;
  by_id_.erase(by_id_.find(id));
  *entry = {};
  free_.push_back(slot);
}

void ResumeRegistry::adopt(std::span<const SessionRow> rows) {
  const std::lock_guard lock(mutex_);
  for (const SessionRow& row : rows) {
    if (row.details == nullptr) continue;
    const ResumeKeys& keys = row.details->resume;
    if (!is_set(keys.family) && !is_set(keys.code)) continue;
    if (find_entry(row.session.id) != nullptr) continue;
    Entry& entry = add_entry(row.session.id);
    set_keys(entry, keys);
    entry.whole = row.scrollback != nullptr && row.scrollback->complete;
    if (row.commands != nullptr) entry.make_rare().commands = row.commands;
    const std::size_t bytes = bytes_of(row.scrollback);
    if (row.scrollback == nullptr || scrollback_bytes_ + bytes > options_.scrollback_bytes_max) continue;
    entry.make_rare().scrollback = row.scrollback;
    scrollback_bytes_ += bytes;
  }
}

std::optional<ResumeRegistry::Kept> ResumeRegistry::take(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  Entry* const entry = find_entry(id);
  if (entry == nullptr) return std::nullopt;
  Kept kept{.keys = entry->keys(), .commands = {}, .scrollback = {}};
  if (entry->rare == nullptr) return kept;
  scrollback_bytes_ -= bytes_of(entry->rare->scrollback);
  kept.commands = std::move(entry->rare->commands);
  kept.scrollback = std::move(entry->rare->scrollback);
  if (!is_set(kept.keys.code)) entry->rare.reset();
  return kept;
}

ScrollbackPtr ResumeRegistry::to_open(const SessionId& id) const {
  const std::lock_guard lock(mutex_);
  const Entry* const entry = find_entry(id);
  if (entry == nullptr || !entry->whole) return nullptr;
  const ScrollbackPtr kept = entry->rare != nullptr ? entry->rare->scrollback : ScrollbackPtr{};
  auto open = std::make_shared<Scrollback>(kept != nullptr ? *kept : Scrollback{});
  open->complete = false;
  return open;
}

void ResumeRegistry::opened(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  if (Entry* const entry = find_entry(id)) entry->whole = false;
}

bool ResumeRegistry::bears_wrong_code(std::string_view address, Time now) {
  if (std::ranges::any_of(options_.exempt_networks,
                          [address](const runtime::Network& network) { return network.contains(address); }))
    return true;
  const Time most = now + options_.wrong_code_interval * options_.wrong_codes;
  const std::lock_guard lock(mutex_);
  if (used_up_to_.size() >= kAddressesMax) {
    std::erase_if(used_up_to_, [now](const auto& used) { return used.second <= now; });
    if (used_up_to_.size() >= kAddressesMax) used_up_to_.clear();
  }
  Time& used = used_up_to_[runtime::address_key(address)];
  if (used > most) used = now;  // more than all of them cannot be used up: the clock was set back
  const Time next = std::max(used, now) + options_.wrong_code_interval;
  if (next > most) return false;
  used = next;
  return true;
}

void ResumeRegistry::note_replay(std::string_view client) {
  if (client.empty() || client.size() > kClientBytesMax) return;
  const std::lock_guard lock(mutex_);
  if (clients_that_replay_.size() < kClientsMax) clients_that_replay_.emplace(client);
}

bool ResumeRegistry::has_replayed(std::string_view client) const {
  const std::lock_guard lock(mutex_);
  return clients_that_replay_.contains(client);
}

std::size_t ResumeRegistry::count() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

}  // namespace wyld::session
