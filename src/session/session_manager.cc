#include "session/session_manager.h"

#include <utility>

namespace wyld::session {
namespace {

// The memory store cannot fail; what a database's failure means to a session comes with its store.
void ignore(const Status& /*status*/) {}

std::size_t index(Protocol protocol) noexcept { return static_cast<std::size_t>(protocol); }
std::size_t index(State state) noexcept { return static_cast<std::size_t>(state); }

}  // namespace

SessionSnapshot SessionRecord::snapshot() const {
  using std::chrono::system_clock;
  return {.id = id,
          .protocol = protocol,
          .state = state.load(std::memory_order_acquire),
          .address = address,
          .created = created,
          .last_activity =
              system_clock::time_point(system_clock::duration(last_activity.load(std::memory_order_relaxed))),
          .handle = handle};
}

SessionManager::Stripe& SessionManager::stripe_of(const SessionId& id) const noexcept {
  return stripes_[std::hash<SessionId>{}(id) >> 58];
}

Result<SessionRecord*> SessionManager::create(const SessionId& id, SessionHandle handle, Protocol protocol,
                                              std::string address,
                                              std::chrono::system_clock::time_point now) {
  if (count_.fetch_add(1, std::memory_order_relaxed) >= options_.sessions_max) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return fail(ErrorCode::kLimit, "the gateway is full");
  }
  auto record = std::make_unique<SessionRecord>();
  record->id = id;
  record->handle = handle;
  record->protocol = protocol;
  record->address = std::move(address);
  record->created = now;
  record->touch(now);
  SessionRecord* const placed = record.get();
  {
    Stripe& stripe = stripe_of(id);
    const std::lock_guard lock(stripe.mutex);
    if (!stripe.records.try_emplace(id, std::move(record)).second) {
      count_.fetch_sub(1, std::memory_order_relaxed);
      return fail(ErrorCode::kAlreadyExists, "a session with this id exists");
    }
  }
  by_protocol_[index(protocol)].fetch_add(1, std::memory_order_relaxed);
  by_state_[index(State::kConnecting)].fetch_add(1, std::memory_order_relaxed);
  store_.create(placed->snapshot(), ignore);
  return placed;
}

std::optional<SessionSnapshot> SessionManager::get(const SessionId& id) const {
  const Stripe& stripe = stripe_of(id);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.records.find(id);
  if (found == stripe.records.end()) return std::nullopt;
  return found->second->snapshot();
}

Status SessionManager::touch(const SessionId& id, std::chrono::system_clock::time_point now) {
  const Stripe& stripe = stripe_of(id);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.records.find(id);
  if (found == stripe.records.end()) return fail(ErrorCode::kNotFound, "no session has this id");
  found->second->touch(now);
  return {};
}

Status SessionManager::transition(const SessionId& id, State to) {
  const Stripe& stripe = stripe_of(id);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.records.find(id);
  if (found == stripe.records.end()) return fail(ErrorCode::kNotFound, "no session has this id");
  return transition(*found->second, to);
}

Status SessionManager::transition(SessionRecord& record, State to) {
  State from = record.state.load(std::memory_order_acquire);
  do {
    if (!may_move(from, to)) return fail(ErrorCode::kState, "the state table has no such move");
  } while (!record.state.compare_exchange_weak(from, to, std::memory_order_acq_rel));
  by_state_[index(from)].fetch_sub(1, std::memory_order_relaxed);
  by_state_[index(to)].fetch_add(1, std::memory_order_relaxed);
  store_.update_state(record.id, to, ignore);
  return {};
}

Status SessionManager::remove(const SessionId& id) {
  std::unique_ptr<SessionRecord> record;
  {
    Stripe& stripe = stripe_of(id);
    const std::lock_guard lock(stripe.mutex);
    const auto found = stripe.records.find(id);
    if (found == stripe.records.end()) return fail(ErrorCode::kNotFound, "no session has this id");
    record = std::move(found->second);
    stripe.records.erase(found);
  }
  count_.fetch_sub(1, std::memory_order_relaxed);
  by_protocol_[index(record->protocol)].fetch_sub(1, std::memory_order_relaxed);
  by_state_[index(record->state.load(std::memory_order_relaxed))].fetch_sub(1, std::memory_order_relaxed);
  store_.remove(id, ignore);
  return {};
}

std::size_t SessionManager::count(Protocol protocol) const noexcept {
  return by_protocol_[index(protocol)].load(std::memory_order_relaxed);
}

std::size_t SessionManager::count(State state) const noexcept {
  return by_state_[index(state)].load(std::memory_order_relaxed);
}

std::vector<SessionSnapshot> SessionManager::active() const {
  std::vector<SessionSnapshot> sessions;
  sessions.reserve(count());
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    for (const auto& [id, record] : stripe.records) {
      if (is_live(record->state.load(std::memory_order_acquire))) sessions.push_back(record->snapshot());
    }
  }
  return sessions;
}

}  // namespace wyld::session
