#include "session/session_manager.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wyld::session {
namespace {

constexpr std::size_t kRemoveBatch = 1024;  // ids in one call to the store
// Held sessions have long left the caches. Cleanup fetches records 2 * kAhead of them early, and then their
// places in the index.
constexpr std::size_t kAhead = 8;
constexpr Milliseconds kNever = 9'000'000'000'000;  // the year 2255: system_clock can still say it

template <typename Enum>
std::size_t index(Enum value) noexcept {
  return static_cast<std::size_t>(value);
}

void add(std::atomic<std::size_t>& count) noexcept { count.fetch_add(1, std::memory_order_relaxed); }
void subtract(std::atomic<std::size_t>& count) noexcept { count.fetch_sub(1, std::memory_order_relaxed); }

std::unexpected<Error> not_found() { return fail(ErrorCode::kNotFound, "no session has this id"); }

}  // namespace

// --- what happens under the lock of a stripe ---

SessionRecord* SessionManager::enter(Stripe& stripe, const SessionTable::Key& key,
                                     const SessionSnapshot& session, DetailsPtr details) {
  const Milliseconds active = to_milliseconds(session.last_activity);
  SessionRecord* const entered = stripe.insert(key, [&](SessionRecord& record) {
    record.set_made(to_milliseconds(session.created), session.protocol, session.state);
    record.set_address(session.address);
    record.set_handle(session.handle);
    const std::uint64_t uses = SessionRecord::load(record.activity_) & SessionRecord::kGenerationMask;
    SessionRecord::store(record.activity_, active << SessionRecord::kGenerationBits | uses);
    SessionRecord::store(record.stored_, active);
    SessionRecord::store(record.expires_, to_milliseconds(session.expires));
    record.has_details_.store(details != nullptr, std::memory_order_release);
  });
  if (entered == nullptr) return nullptr;
  entered->details_ = std::move(details);
  entered->unstored_ = false;
  add(by_protocol_[index(session.protocol)]);
  add(by_state_[index(session.state)]);
  if (session.handle.generation != 0) add(connected_[index(session.protocol)]);
  return entered;
}

void SessionManager::forget(Stripe& stripe, SessionRecord& record) noexcept {
  subtract(count_);
  subtract(by_protocol_[index(record.protocol())]);
  subtract(by_state_[index(record.state())]);
  if (record.handle().generation != 0) subtract(connected_[index(record.protocol())]);
  stripe.erase(record);
}

SessionRow SessionManager::row(SessionRecord& record, Milliseconds now) {
  SessionRecord::store(record.stored_, now);
  SessionRow row{.session = record.snapshot(), .details = record.details_};
  row.session.handle = {};
  return row;
}

void SessionManager::update(const SessionRecord& record, SessionRow row, SessionStore::Done durable) {
  WYLD_DCHECK(!record.unstored_ || !durable);
  if (!record.unstored_) store_.update(std::move(row), std::move(durable));
}

void SessionManager::queue_expiry(SessionRecord& record) {
  const auto second = static_cast<ExpiryQueue::Second>((SessionRecord::load(record.expires_) + 999) / 1000);
  if (record.queued_second_ != 0 && record.queued_second_ <= second)
    return;  // it will be looked at, and sent on
  expiry_.add(second, record);
  record.queued_second_ = second;
}

void SessionManager::set_connection(SessionRecord& record, SessionHandle handle, Protocol protocol) noexcept {
  if (record.handle().generation != 0) subtract(connected_[index(record.protocol())]);
  if (handle.generation != 0) add(connected_[index(protocol)]);
  record.set_handle(handle);
}

Status SessionManager::move(Stripe& stripe, SessionRecord& record, State to, Time now,
                            std::optional<std::chrono::milliseconds> hold) {
  const State from = record.state();
  State state = from;
  if (const Status allowed = session::move(state, to); !allowed) return allowed;
  const Milliseconds time = to_milliseconds(now);
  const bool kept = hold == kHeldUntilRemoved;
  stripe.write([&] {
    record.set_made(record.created(), record.protocol(), to);
    if (to == State::kDisconnected) {
      SessionRecord::store(record.expires_,
                           kept ? kNever : to_milliseconds(now + hold.value_or(options_.hold)));
    }
    if (!is_live(to)) set_connection(record, {}, record.protocol());
  });
  record.touch(time);
  subtract(by_state_[index(from)]);
  add(by_state_[index(to)]);
  update(record, row(record, time));
  if (to == State::kDisconnected && !kept) queue_expiry(record);
  return {};
}

// --- creation ---

Result<SessionRecord*> SessionManager::create(const SessionId& id, SessionHandle handle, Protocol protocol,
                                              const AddressText& address, Time now,
                                              SessionStore::Done durable) {
  return make(id, handle, protocol, address, now, /*stored=*/true, std::move(durable));
}

Result<SessionRecord*> SessionManager::open(const SessionId& id, SessionHandle handle, Protocol protocol,
                                            const AddressText& address, Time now) {
  return make(id, handle, protocol, address, now, /*stored=*/false, {});
}

Status SessionManager::store(SessionRecord& record, Time now, SessionStore::Done durable) {
  const std::lock_guard lock(table_.stripe_of(record).mutex);
  if (!record.unstored_) return {};
  const Status taken = store_.create(row(record, to_milliseconds(now)), std::move(durable));
  if (taken) record.unstored_ = false;
  return taken;
}

Result<SessionRecord*> SessionManager::make(const SessionId& id, SessionHandle handle, Protocol protocol,
                                            const AddressText& address, Time now, bool stored,
                                            SessionStore::Done durable) {
  if (count_.fetch_add(1, std::memory_order_relaxed) >= options_.sessions_max) {
    subtract(count_);
    return fail(ErrorCode::kLimit, "the gateway is full");
  }
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = enter(stripe, key,
                                      {.id = id,
                                       .protocol = protocol,
                                       .state = State::kConnecting,
                                       .address = address,
                                       .created = now,
                                       .last_activity = now,
                                       .handle = handle},
                                      {});
  if (record == nullptr) {
    subtract(count_);
    return fail(ErrorCode::kAlreadyExists, "a session with this id exists");
  }
  if (!stored) {
    record->unstored_ = true;
    return record;
  }
  if (const Status taken = store_.create(row(*record, to_milliseconds(now)), std::move(durable)); !taken) {
    forget(stripe, *record);
    return fail(taken.error());
  }
  return record;
}

std::size_t SessionManager::adopt(std::span<const SessionRow> rows) {
  std::size_t adopted = 0;
  for (const SessionRow& row : rows) {
    const SessionTable::Key key(row.session.id);
    Stripe& stripe = table_.stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    SessionSnapshot session = row.session;
    session.state = State::kDisconnected;
    session.handle = {};
    session.expires = session.last_activity + options_.hold;
    SessionRecord* const record = enter(stripe, key, session, row.details);
    if (record == nullptr) continue;
    queue_expiry(*record);
    add(count_);
    ++adopted;
  }
  return adopted;
}

// --- reading, and noting activity ---

std::optional<SessionSnapshot> SessionManager::get(const SessionId& id) const {
  std::optional<SessionSnapshot> session(std::in_place);
  if (!table_.read(id, [&](const SessionRecord& record) { record.copy_to(*session); })) session.reset();
  return session;
}

DetailsPtr SessionManager::details(const SessionId& id) const {
  bool any = false;
  const bool found = table_.read(
      id, [&](const SessionRecord& record) { any = record.has_details_.load(std::memory_order_acquire); });
  if (!found || !any) return {};
  const SessionTable::Key key(id);
  const Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  const SessionRecord* const record = stripe.find(key);
  return record != nullptr ? record->details_ : DetailsPtr{};
}

Status SessionManager::change_details(const SessionId& id, const std::function<void(SessionDetails&)>& change,
                                      SessionStore::Done durable) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  auto details = record->details_ ? std::make_shared<SessionDetails>(*record->details_)
                                  : std::make_shared<SessionDetails>();
  change(*details);
  stripe.write([&] { record->has_details_.store(true, std::memory_order_release); });
  record->details_ = std::move(details);
  update(*record, row(*record, record->last_activity()), std::move(durable));
  return {};
}

Status SessionManager::keep(const SessionId& id, CommandsPtr commands, ScrollbackPtr scrollback,
                            SessionStore::Done durable) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  SessionRow kept = row(*record, record->last_activity());
  kept.commands = std::move(commands);
  kept.scrollback = std::move(scrollback);
  update(*record, std::move(kept), std::move(durable));
  return {};
}

bool SessionManager::touch_is_due(Milliseconds stored, Milliseconds now) const noexcept {
  return now > stored && now - stored >= static_cast<Milliseconds>(options_.touch_interval.count());
}

Status SessionManager::touch(const SessionId& id, Time now) {
  const Milliseconds time = to_milliseconds(now);
  SessionRecord* found = nullptr;
  std::uint64_t seen = 0;
  Milliseconds stored = 0;
  do {
    const bool exists = table_.read(id, [&](SessionRecord& record) {
      found = &record;
      seen = SessionRecord::load(record.activity_);
      stored = SessionRecord::load(record.stored_);
    });
    if (!exists) return not_found();
  } while (!found->touch(seen, time));
  if (touch_is_due(stored, time)) store_touch(*found, time);
  return {};
}

void SessionManager::touch(SessionRecord& record, Time now) {
  const Milliseconds time = to_milliseconds(now);
  record.touch(time);
  if (touch_is_due(SessionRecord::load(record.stored_), time)) store_touch(record, time);
}

void SessionManager::store_touch(SessionRecord& record, Milliseconds now) {
  const std::lock_guard lock(table_.stripe_of(record).mutex);
  // Somebody may have stored it meanwhile, or ended the session.
  if (!record.in_use_ || !touch_is_due(SessionRecord::load(record.stored_), now)) return;
  update(record, row(record, now));
}

// --- moves, connections ---

Status SessionManager::transition(const SessionId& id, State to, Time now,
                                  std::optional<std::chrono::milliseconds> hold) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  return move(stripe, *record, to, now, hold);
}

Status SessionManager::transition(SessionRecord& record, State to, Time now,
                                  std::optional<std::chrono::milliseconds> hold) {
  Stripe& stripe = table_.stripe_of(record);
  const std::lock_guard lock(stripe.mutex);
  return move(stripe, record, to, now, hold);
}

Result<SessionHandle> SessionManager::connect(const SessionId& id, SessionHandle handle, Protocol protocol,
                                              const AddressText& address) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  if (record->state() == State::kClosed) return fail(ErrorCode::kState, "the session is over");
  const SessionHandle before = record->handle();
  const Protocol spoken = record->protocol();
  stripe.write([&] {
    set_connection(*record, handle, protocol);
    record->set_made(record->created(), protocol, record->state());
    record->set_address(address);
  });
  subtract(by_protocol_[index(spoken)]);
  add(by_protocol_[index(protocol)]);
  update(*record, row(*record, record->last_activity()));
  return before;
}

Result<SessionRecord*> SessionManager::resume(const SessionId& id, SessionHandle handle, Protocol protocol,
                                              const AddressText& address, Time now) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  if (record->state() != State::kDisconnected) return fail(ErrorCode::kState, "the session is not held");
  const Protocol spoken = record->protocol();
  const Milliseconds time = to_milliseconds(now);
  stripe.write([&] {
    set_connection(*record, handle, protocol);
    record->set_made(record->created(), protocol, State::kPlaying);
    record->set_address(address);
  });
  record->touch(time);
  subtract(by_protocol_[index(spoken)]);
  add(by_protocol_[index(protocol)]);
  subtract(by_state_[index(State::kDisconnected)]);
  add(by_state_[index(State::kPlaying)]);
  update(*record, row(*record, time));
  return record;
}

bool SessionManager::disconnect(const SessionId& id, SessionHandle handle) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr || handle.generation == 0 || record->handle() != handle) return false;
  stripe.write([&] { set_connection(*record, {}, record->protocol()); });
  return true;
}

// --- the end ---

Status SessionManager::remove(const SessionId& id, SessionStore::Done durable) {
  const SessionTable::Key key(id);
  Stripe& stripe = table_.stripe_of(key);
  const std::lock_guard lock(stripe.mutex);
  SessionRecord* const record = stripe.find(key);
  if (record == nullptr) return not_found();
  const bool stored = !record->unstored_;
  forget(stripe, *record);
  if (stored) {
    store_.remove({&id, 1}, std::move(durable));
  } else if (durable) {
    durable({});
  }
  return {};
}

bool SessionManager::expire(SessionRecord& record, ExpiryQueue::Second queued, Milliseconds now,
                            SessionId& id) {
  Stripe& stripe = table_.stripe_of(record);
  const std::lock_guard lock(stripe.mutex);
  if (record.queued_second_ != queued) return false;  // was queued again for an earlier second
  record.queued_second_ = 0;
  if (!record.in_use_ || record.state() != State::kDisconnected) return false;
  if (const Milliseconds expires = SessionRecord::load(record.expires_); expires > now) {
    if (expires != kNever) queue_expiry(record);  // another session by now, or held once more
    return false;
  }
  id = record.id();
  forget(stripe, record);
  return true;
}

std::vector<SessionId> SessionManager::cleanup_expired(Time now, std::size_t at_most) {
  std::vector<SessionId> expired;
  const Milliseconds time = to_milliseconds(now);
  const auto second = static_cast<ExpiryQueue::Second>(time / 1000);
  while (expired.size() < at_most) {
    auto due = expiry_.take(second);
    if (!due) break;
    auto& [queued, places] = *due;
    while (!places.empty() && expired.size() < at_most) {
      if (places.size() > 2 * kAhead) places[places.size() - 1 - 2 * kAhead]->prefetch();
      if (places.size() > kAhead) {
        const SessionTable::Key key(places[places.size() - 1 - kAhead]->id());
        table_.stripe_of(key).prefetch(key);
      }
      SessionId id;
      if (expire(*places.back(), queued, time, id)) expired.push_back(id);
      places.pop_back();
    }
    if (!places.empty()) expiry_.give_back(queued, std::move(places));
  }
  for (std::size_t first = 0; first < expired.size(); first += kRemoveBatch) {
    store_.remove(std::span(expired).subspan(first, std::min(kRemoveBatch, expired.size() - first)));
  }
  return expired;
}

// --- counts ---

std::size_t SessionManager::count(Protocol protocol) const noexcept {
  return by_protocol_[index(protocol)].load(std::memory_order_relaxed);
}

std::size_t SessionManager::count(State state) const noexcept {
  return by_state_[index(state)].load(std::memory_order_relaxed);
}

std::size_t SessionManager::connected(Protocol protocol) const noexcept {
  return connected_[index(protocol)].load(std::memory_order_relaxed);
}

std::vector<SessionSnapshot> SessionManager::active() const {
  std::vector<SessionSnapshot> sessions;
  sessions.reserve(count() - std::min(count(), count(State::kDisconnected)));
  for (const Stripe& stripe : table_.stripes()) {
    const std::lock_guard lock(stripe.mutex);
    stripe.for_each([&sessions](const SessionRecord& record) {
      if (is_live(record.state())) sessions.push_back(record.snapshot());
    });
  }
  return sessions;
}

}  // namespace wyld::session
