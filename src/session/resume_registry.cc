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

ResumeRegistry::Lookup ResumeRegistry::find(const ResumeToken& token, Time now) {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(token.family);
  if (family == families_.end()) return {};
  const SessionId id = family->second;
  const auto entry = entries_.find(id);
  if (judge(entry->second.keys, token, now) != TokenVerdict::kReused)
    return {.found = Found{.id = id, .home = entry->second.home}, .revoked = {}};
  unindex(entry->second.keys);
  entry->second.keys = {};
  entry->second.revoked = true;
  return {.found = {}, .revoked = id};
}

std::optional<ResumeRegistry::Found> ResumeRegistry::find(const ResumeCode& code) const {
  const std::lock_guard lock(mutex_);
  const auto found = codes_.find(hash_of(code));
  if (found == codes_.end()) return std::nullopt;
  return Found{.id = found->second, .home = entries_.at(found->second).home};
}

bool ResumeRegistry::claim(const SessionId& id, SessionHandle home) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || entry->second.home.generation != 0) return false;
  entry->second.home = home;
  return true;
}

void ResumeRegistry::index(const SessionId& id, const ResumeKeys& keys) {
  if (is_set(keys.family)) families_[keys.family] = id;
  if (is_set(keys.code)) codes_[keys.code] = id;
}

void ResumeRegistry::unindex(const ResumeKeys& keys) {
  families_.erase(keys.family);
  codes_.erase(keys.code);
}

bool ResumeRegistry::set(const SessionId& id, SessionHandle home, const ResumeKeys& keys) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[id];
  if (entry.revoked) return false;
  unindex(entry.keys);
  entry.home = home;
  entry.keys = keys;
  index(id, keys);
  return true;
}

void ResumeRegistry::forget(Entries::iterator entry) {
  unindex(entry->second.keys);
  scrollback_bytes_ -= bytes_of(entry->second.scrollback);
  entries_.erase(entry);
}

void ResumeRegistry::remove(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) forget(entry);
}

void ResumeRegistry::adopt(std::span<const SessionRow> rows) {
  const std::lock_guard lock(mutex_);
  for (const SessionRow& row : rows) {
    if (row.details == nullptr) continue;
    const ResumeKeys& keys = row.details->resume;
    if (!is_set(keys.family) && !is_set(keys.code)) continue;
    const auto [entry, fresh] = entries_.try_emplace(row.session.id);
    if (!fresh) continue;
    entry->second.keys = keys;
    entry->second.commands = row.commands;
    entry->second.whole = row.scrollback != nullptr && row.scrollback->complete;
    const std::size_t bytes = bytes_of(row.scrollback);
    if (scrollback_bytes_ + bytes <= options_.scrollback_bytes_max) {
      entry->second.scrollback = row.scrollback;
      scrollback_bytes_ += bytes;
    }
    index(row.session.id, keys);
  }
}

std::optional<ResumeRegistry::Kept> ResumeRegistry::take(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return std::nullopt;
  scrollback_bytes_ -= bytes_of(entry->second.scrollback);
  return Kept{.keys = entry->second.keys,
              .commands = std::exchange(entry->second.commands, nullptr),
              .scrollback = std::exchange(entry->second.scrollback, nullptr)};
}

ScrollbackPtr ResumeRegistry::to_open(const SessionId& id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || !entry->second.whole) return nullptr;
  const ScrollbackPtr& kept = entry->second.scrollback;
  auto open = std::make_shared<Scrollback>(kept != nullptr ? *kept : Scrollback{});
  open->complete = false;
  return open;
}

void ResumeRegistry::opened(const SessionId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(id); entry != entries_.end()) entry->second.whole = false;
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
  return entries_.size();
}

}  // namespace wyld::session
