#pragma once
// The shard as its sessions see it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "runtime/timing_wheel.h"
#include "session/account_service.h"
#include "session/admission.h"
#include "session/channel.h"
#include "session/output_log.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/session_options.h"
#include "session/side_channel_memory.h"
#include "session/store_reports.h"

namespace wyld::session {

struct Session;

// Everything that the sessions of one shard share: clock, store, registry and budgets, and the few things
// that only the owner of the slots can do. Any of these functions may end any session: whoever goes on with
// one afterwards looks it up again by its handle.
//
// Owner    ShardSessions, which implements it.
// Thread   the shard's.
class SessionShard {
 public:
  SessionShard(const SessionShard&) = delete;
  SessionShard& operator=(const SessionShard&) = delete;

  // Null: the session is gone.
  [[nodiscard]] virtual Session* find(SessionHandle session) noexcept = 0;
  [[nodiscard]] virtual Result<SessionHandle> open(PlayerTransport& transport, Protocol protocol,
                                                   std::string_view address, WorldLink* world) = 0;
  virtual void settled(SessionHandle session) = 0;
  virtual void take_input(SessionHandle session, InputKind kind, std::string_view text,
                          std::string_view package) = 0;
  // As if it were read now: it takes tokens, or waits.
  virtual void take_all(SessionHandle session, WaitingInputs inputs) = 0;
  // Input that waits is heard as far as its rate allows.
  virtual void run_deferred(SessionHandle session) = 0;
  // The connection ends. The session ends with it, unless its client can come back.
  virtual void end(Session& session, EndReason reason, std::string_view text, bool tell_world) = 0;
  // The session ends, whoever could come back to it; the connection and the world hear nothing.
  virtual void release(Session& session, std::string_view reason) = 0;
  virtual void expire(Session& session) = 0;
  // The output of a detached session is to be stored again.
  virtual void mark_dirty(Session& session) = 0;

  // For the store: has this shard call `then(session, stored)` if the session is still there.
  template <typename Then>
  [[nodiscard]] SessionStore::Done when_stored(SessionHandle handle, Then then) {
    return reports.expect([this, handle, then = std::move(then)](bool stored) {
      if (Session* const session = find(handle)) then(*session, stored);
    });
  }

  const std::uint8_t index;
  SessionManager& manager;
  const ShardSessionsOptions options;
  const TurnClock& clock;
  runtime::TimingWheel& timers;
  const Channel::Shard channels;
  OutputBudget budget;            // outlives the rings of the sessions
  SideChannelBudget side_budget;  // outlives their memories
  const OutputLog::Shard logs;
  AccountService* accounts = nullptr;  // may stay null where worlds log players in themselves
  Admission* admission = nullptr;      // null: detached sessions are not bounded
  ResumeRegistry* registry = nullptr;  // null: nothing is resumed
  ResumeRegistry::Random random;
  StoreReports reports;
  std::size_t detached = 0;             // sessions without a connection
  std::optional<std::string> stopping;  // the gateway stops: what players who arrive now are told

 protected:
  SessionShard(std::uint8_t shard, SessionManager& sessions, const ShardSessionsOptions& settings,
               const TurnClock& time, runtime::TimingWheel& wheel, Channel::Owner& owner)
      : index(shard),
        manager(sessions),
        options(settings),
        clock(time),
        timers(wheel),
        channels{.owner = owner, .options = options, .clock = clock, .timers = timers},
        budget(settings.scrollback_shard_bytes, settings.scrollback_bytes),
        side_budget{.bytes_max = settings.side_channel_shard_bytes},
        logs{.budget = budget, .bytes_max = settings.scrollback_bytes, .epoch = settings.epoch},
        reports(clock, timers) {}
  ~SessionShard() = default;
};

}  // namespace wyld::session
