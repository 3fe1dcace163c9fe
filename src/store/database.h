#pragma once
// What a database must be able to do for the store: one connection, blocking, one statement of truth for
// SQLite and PostgreSQL.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "session/account_store.h"
#include "session/resume_token.h"
#include "session/session_record.h"

namespace wyld::store {

// One transaction. No id stands in both lists, nor twice in one.
struct Batch {
  std::vector<session::SessionRow> rows;  // inserted, or replaced when the id is stored
  std::vector<SessionId> removals;
};

// Who holds a session. Rows carry it, so that gateways can share a database.
struct GatewayIdentity {
  std::string name;      // "host", the operator's choice
  std::string instance;  // what this process got: the name, or "host-2" while another gateway holds "host"
};

struct SchemaState {
  std::uint32_t stored = 0;          // 0: an empty database
  std::uint32_t wanted = 0;          // what this program was built for
  std::vector<std::string> pending;  // "2 resume tokens", in the order they would be applied
};

// One connection to one database, and the SQL for it.
//
// Owner    DatabaseStore, one per writer and one for questions.
// Thread   one at a time.
// Errors   Trouble. After kUnreachable the connection is closed; connect() opens it again, and the call may
//          then be repeated: every write here may be, also one whose answer was lost.
class Database {
 public:
  virtual ~Database() = default;

  // Opens the connection; does nothing when it is open. Does not look at the schema.
  [[nodiscard]] virtual Outcome<void> connect() = 0;
  // Drops the connection, if there is one.
  virtual void disconnect() noexcept = 0;
  // Whether writes would be taken now; one cheap round trip.
  [[nodiscard]] virtual Outcome<void> ping() = 0;

  [[nodiscard]] virtual Outcome<SchemaState> schema() = 0;
  // Applies what is pending, each migration in one transaction together with its number, all inside a lock
  // that keeps other gateways out. Returns what was applied. kMisconfigured when the stored schema is newer
  // than this program.
  [[nodiscard]] virtual Outcome<std::vector<std::string>> migrate() = 0;

  // Takes the first free instance of `name` ("host", "host-2", ...) and holds it as long as this
  // connection lasts. When `held` names an instance, that one is taken again (after a reconnect); another
  // gateway has it: kUnreachable.
  [[nodiscard]] virtual Outcome<GatewayIdentity> claim(std::string_view name, std::string_view held) = 0;
  // The sessions that an earlier process of this instance left behind, and those of other instances of the
  // same name that no process holds: all this instance's now, all Disconnected, with rows that were Closed
  // removed. `now` becomes the last activity of those that were live: they are held from now on.
  [[nodiscard]] virtual Outcome<std::vector<session::SessionRow>> adopt(
      const GatewayIdentity& gateway, std::chrono::system_clock::time_point now) = 0;
  // The rows of this gateway, as they are.
  [[nodiscard]] virtual Outcome<std::vector<session::SessionRow>> load(const GatewayIdentity& gateway) = 0;

  // Those of `families` whose session another gateway than this holds, or held when its process ended: it
  // will have it again. Not one that has waited for its player since before `held_since`. Reads every session
  // once, however many are asked for, and none where no other gateway has ever used the database.
  [[nodiscard]] virtual Outcome<std::vector<session::ResumeFamily>> find_elsewhere(
      const GatewayIdentity& gateway, std::span<const session::ResumeFamily> families,
      std::chrono::system_clock::time_point held_since) = 0;

  // All of it or nothing; durable on return.
  [[nodiscard]] virtual Outcome<void> commit(const GatewayIdentity& gateway, const Batch& batch) = 0;

  // session::AccountStore, in the database's terms.
  [[nodiscard]] virtual Outcome<std::optional<session::Account>> find_account(std::string_view name) = 0;
  // False: the name is taken. The same account again, hash and all, is a repetition: true.
  [[nodiscard]] virtual Outcome<bool> add_account(const session::Account& account) = 0;
  // False: no such account.
  [[nodiscard]] virtual Outcome<bool> set_password_hash(std::string_view name, std::string_view hash) = 0;
  [[nodiscard]] virtual Outcome<session::LoginFailures> failures(std::string_view key) = 0;
  [[nodiscard]] virtual Outcome<session::LoginFailures> add_failure(
      std::string_view key, std::chrono::system_clock::time_point now,
      std::chrono::system_clock::time_point forget_before) = 0;
  [[nodiscard]] virtual Outcome<void> clear_failures(std::string_view key) = 0;
};

}  // namespace wyld::store
