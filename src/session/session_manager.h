#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "session/expiry_queue.h"
#include "session/session_record.h"
#include "session/session_store.h"
#include "session/session_table.h"

namespace wyld::session {

// For transition() to Disconnected: held until whoever keeps it removes it; cleanup passes it over.
inline constexpr std::chrono::milliseconds kHeldUntilRemoved = std::chrono::milliseconds::max();

struct SessionManagerOptions {
  // The process-wide bound; create() refuses beyond it.
  std::size_t sessions_max = 20'000;
  // A touch reaches the store when this long nothing was stored of the session: one row each at most.
  // After a crash the last activity is wrong by this much.
  std::chrono::milliseconds touch_interval{10'000};
  // How long a session that lost its connection is kept, unless the move says otherwise.
  std::chrono::milliseconds hold{15 * 60 * 1000};
};

// Every session of the process, by id. Memory answers at once; the store follows behind.
//
// Owner    apps/, longer than anything that keeps a SessionRecord.
// Thread   any. get(), touch() and is_expired() take no lock; what changes a session takes that of its part
//          of the table, and gives the store its row there, so that rows leave in the order of the changes.
// Errors   Result: kNotFound; kState, with refused_move()'s words, and then nothing has changed; of create():
//          kLimit, kAlreadyExists, kUnavailable.
// Limits   sessions_max, over which only adopt() goes. Times are kept to the millisecond. Ids are never used
//          again.
class SessionManager {
 public:
  using Time = std::chrono::system_clock::time_point;

  SessionManager(const SessionManagerOptions& options, SessionStore& store)
      : options_(options), store_(store) {}

  // Enters a new session in state Connecting: it is there when this returns. `durable` runs once, when the
  // store knows whether it is stored too: on the store's thread, or inside this call; it must be quick and
  // must not call the manager (post to a shard from there). The session stays, whatever `durable` is told.
  // kUnavailable: the store takes no more; there is no session, and `durable` does not run.
  // The record stays this session's until remove() or cleanup_expired().
  Result<SessionRecord*> create(const SessionId& id, SessionHandle handle, Protocol protocol,
                                const AddressText& address, Time now, SessionStore::Done durable = {});
  // The same, but in memory only: the store hears of the session by store(), or never. Until then its changes
  // are not written, and nothing may be asked to be durable.
  Result<SessionRecord*> open(const SessionId& id, SessionHandle handle, Protocol protocol,
                              const AddressText& address, Time now);
  // Has the store have a session that open() made, as it is by now; `durable` and kUnavailable as for
  // create(), but the session stays. Does nothing the second time.
  Status store(SessionRecord& record, Time now, SessionStore::Done durable = {});
  // Enters sessions that the store brought back, as Disconnected; nothing is written. They are held from
  // their last activity on. Returns how many were not here yet.
  std::size_t adopt(std::span<const SessionRow> rows);

  [[nodiscard]] std::optional<SessionSnapshot> get(const SessionId& id) const;
  // Null: nothing is known, or there is no such session.
  [[nodiscard]] DetailsPtr details(const SessionId& id) const;
  // Has `change` change them, and stores them. It runs inside this call, alone of its kind for this session;
  // it must be quick, must not call the manager, and sees to their size. `durable` as for create().
  Status change_details(const SessionId& id, const std::function<void(SessionDetails&)>& change,
                        SessionStore::Done durable = {});
  // Stores what waits for the session's world, or was said to nobody; null leaves what is stored. It is not
  // kept in memory here.
  Status keep(const SessionId& id, CommandsPtr commands, ScrollbackPtr scrollback,
              SessionStore::Done durable = {});

  // Notes activity, unless a later one is known. Stored once per touch_interval.
  Status touch(const SessionId& id, Time now);
  // The same for the owner of the record, without a lookup.
  void touch(SessionRecord& record, Time now);

  // Validates the move against the state table, makes it and stores it; that counts as activity. A session
  // that goes to Disconnected is held for `hold` from `now` on (default: the option). Disconnected and Closed
  // have no connection: the handle is cleared.
  Status transition(const SessionId& id, State to, Time now,
                    std::optional<std::chrono::milliseconds> hold = {});
  Status transition(SessionRecord& record, State to, Time now,
                    std::optional<std::chrono::milliseconds> hold = {});

  // Gives a session its connection: returns the handle of the one it had before (generation 0: none), which
  // from now on is no longer this session's. Stores protocol and address. kState: the session is over.
  Result<SessionHandle> connect(const SessionId& id, SessionHandle handle, Protocol protocol,
                                const AddressText& address);
  // The same for a session that is held, which plays again from here on: one change, so that cleanup comes
  // before it or not at all. kNotFound: it came before. kState: it is not Disconnected.
  Result<SessionRecord*> resume(const SessionId& id, SessionHandle handle, Protocol protocol,
                                const AddressText& address, Time now);
  // Takes it away again, if it is still `handle`. False: it was not.
  bool disconnect(const SessionId& id, SessionHandle handle);

  // `durable` as for create(): when the store has removed it too.
  Status remove(const SessionId& id, SessionStore::Done durable = {});
  // As SessionStore::find_elsewhere().
  [[nodiscard]] bool find_elsewhere(const ResumeFamily& family, SessionStore::Done done) {
    return store_.find_elsewhere(family, std::move(done));
  }
  // Ends sessions that were held for their time, at most `at_most`, the earliest seconds first, and at most a
  // second late. Removes them from the store in batches. Costs in proportion to what has expired. Returns
  // who.
  std::vector<SessionId> cleanup_expired(Time now,
                                         std::size_t at_most = std::numeric_limits<std::size_t>::max());

  // Counts are exact when nobody is changing anything.
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t count(Protocol protocol) const noexcept;
  [[nodiscard]] std::size_t count(State state) const noexcept;
  // Sessions that have a connection now, by its protocol.
  [[nodiscard]] std::size_t connected(Protocol protocol) const noexcept;
  // Live sessions, in no order. Looks at every session.
  [[nodiscard]] std::vector<SessionSnapshot> active() const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return table_.memory_bytes(); }

 private:
  using Stripe = SessionTable::Stripe;
  template <std::size_t kCount>
  using Counts = std::array<std::atomic<std::size_t>, kCount>;

  // These are called under the stripe's lock. Null: there is a session with this id.
  SessionRecord* enter(Stripe& stripe, const SessionTable::Key& key, const SessionSnapshot& session,
                       DetailsPtr details);
  // Unless the store has not heard of the session.
  void update(const SessionRecord& record, SessionRow row, SessionStore::Done durable = {});
  void forget(Stripe& stripe, SessionRecord& record) noexcept;
  Status move(Stripe& stripe, SessionRecord& record, State to, Time now,
              std::optional<std::chrono::milliseconds> hold);
  void set_connection(SessionRecord& record, SessionHandle handle, Protocol protocol) noexcept;
  void queue_expiry(SessionRecord& record);
  [[nodiscard]] SessionRow row(SessionRecord& record, Milliseconds now);
  // A new session, `stored` by `durable` or not at all.
  Result<SessionRecord*> make(const SessionId& id, SessionHandle handle, Protocol protocol,
                              const AddressText& address, Time now, bool stored, SessionStore::Done durable);
  bool expire(SessionRecord& record, ExpiryQueue::Second queued, Milliseconds now, SessionId& id);

  [[nodiscard]] bool touch_is_due(Milliseconds stored, Milliseconds now) const noexcept;
  void store_touch(SessionRecord& record, Milliseconds now);

  const SessionManagerOptions options_;
  SessionStore& store_;
  SessionTable table_;
  ExpiryQueue expiry_;
  alignas(64) std::atomic<std::size_t> count_{0};
  Counts<kProtocolCount> by_protocol_{};
  Counts<kProtocolCount> connected_{};
  Counts<kStateCount> by_state_{};
};

}  // namespace wyld::session
