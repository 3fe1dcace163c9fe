#include "store/memory/memory_store.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <limits>
#include <utility>

#include "store/row_json.h"
#include "store/row_parts.h"

namespace wyld::store {
namespace {

// So many that threads seldom meet, and that a part which grows moves little at once.
constexpr std::size_t kParts = 1024;

}  // namespace

// Rows lie in the table itself: measured against rows in blocks of their own, this is as fast, and simpler.
struct alignas(64) MemoryStore::Part {
  std::mutex mutex;  // guards rows
  boost::unordered_flat_map<SessionId, session::SessionRow, std::hash<SessionId>> rows;
};

MemoryStore::MemoryStore()
    : parts_(std::make_unique<Part[]>(kParts)), since_(std::chrono::system_clock::now()) {}

MemoryStore::~MemoryStore() = default;

MemoryStore::Part& MemoryStore::part_of(const SessionId& id) const noexcept {
  return parts_[std::hash<SessionId>{}(id) >> 54];
}

Status MemoryStore::create(session::SessionRow row, Done done) {
  update(std::move(row), std::move(done));
  return {};
}

void MemoryStore::update(session::SessionRow row, Done done) {
  row.session.handle = {};
  const SessionId id = row.session.id;
  {
    Part& part = part_of(id);
    const std::lock_guard lock(part.mutex);
    const auto [at, inserted] = part.rows.try_emplace(id, std::move(row));
    if (!inserted) {
      keep_parts(row, at->second);
      std::swap(at->second, row);  // what was there is let go after the lock
    }
    drop_empty_parts(at->second);
  }
  if (done) done({});
}

void MemoryStore::remove(std::span<const SessionId> ids, Done done) {
  for (const SessionId& id : ids) {
    session::SessionRow removed;  // let go after the lock
    Part& part = part_of(id);
    const std::lock_guard lock(part.mutex);
    const auto found = part.rows.find(id);
    if (found == part.rows.end()) continue;
    removed = std::move(found->second);
    part.rows.erase(found);
  }
  if (done) done({});
}

Result<std::vector<session::SessionRow>> MemoryStore::load() {
  std::vector<session::SessionRow> all;
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    for (const auto& [id, row] : parts_[i].rows) all.push_back(row);
  }
  return all;
}

session::StoreHealth MemoryStore::health() const {
  session::StoreHealth health;
  health.since = since_;
  return health;
}

Result<std::optional<session::Account>> MemoryStore::find(std::string_view name) {
  const std::lock_guard lock(accounts_mutex_);
  const auto found = accounts_.find(account_key(name));
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

Status MemoryStore::add(const session::Account& account) {
  const std::lock_guard lock(accounts_mutex_);
  if (!accounts_.try_emplace(account_key(account.name), account).second)
    return fail(ErrorCode::kAlreadyExists, "there is an account with this name");
  return {};
}

Status MemoryStore::set_password_hash(std::string_view name, std::string_view hash) {
  const std::lock_guard lock(accounts_mutex_);
  const auto found = accounts_.find(account_key(name));
  if (found == accounts_.end()) return fail(ErrorCode::kNotFound, "there is no account with this name");
  found->second.password_hash = hash;
  return {};
}

Result<session::LoginFailures> MemoryStore::failures(std::string_view key) {
  const std::lock_guard lock(accounts_mutex_);
  const auto found = failures_.find(key);
  return found == failures_.end() ? session::LoginFailures{} : found->second;
}

Result<session::LoginFailures> MemoryStore::add_failure(std::string_view key,
                                                        std::chrono::system_clock::time_point now,
                                                        std::chrono::system_clock::time_point forget_before) {
  const std::lock_guard lock(accounts_mutex_);
  std::erase_if(failures_, [forget_before](const auto& each) { return each.second.last < forget_before; });
  session::LoginFailures& failures = failures_[std::string(key)];
  if (failures.count < std::numeric_limits<std::uint32_t>::max()) ++failures.count;
  failures.last = now;
  return failures;
}

Status MemoryStore::clear_failures(std::string_view key) {
  const std::lock_guard lock(accounts_mutex_);
  if (const auto found = failures_.find(key); found != failures_.end()) failures_.erase(found);
  return {};
}

}  // namespace wyld::store
