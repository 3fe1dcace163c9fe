#pragma once
// Every statement that the PostgreSQL side sends, and its schema. All in the first schema of the search path.

#include <cstdint>
#include <span>

#include "store/migrations.h"

namespace wyld::store::postgres {

// The keys of our advisory locks are a class and a hash. hashtext() serves: no lock outlives the server, so
// nobody minds when another version hashes in another way. Schemas of one database do not meet.
inline constexpr std::int32_t kMigrationLock = 0x57594C00;  // "WYL"
inline constexpr std::int32_t kInstanceLock = 0x57594C01;   // who is this instance
inline constexpr std::int32_t kWriterLock = 0x57594C02;     // shared by all connections that write for it

// session ids and columns as arrays; $2 is the gateway.
inline constexpr const char* kWriteSessions = R"(
INSERT INTO sessions (id, gateway, protocol, state, address, account, created_at, last_activity_at, capabilities,
                      metadata, resume_family, resume_current, resume_previous, resume_previous_until, resume_code)
SELECT id, $2, protocol, state, address, account, created_at, last_activity_at, capabilities, metadata,
  family, current, previous, previous_until, code
FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
            $9::jsonb[], $10::jsonb[], $11::bytea[], $12::bytea[], $13::bytea[], $14::timestamptz[], $15::bytea[])
  AS row (id, protocol, state, address, account, created_at, last_activity_at, capabilities, metadata,
          family, current, previous, previous_until, code)
ON CONFLICT (id) DO UPDATE SET
  gateway = excluded.gateway, protocol = excluded.protocol, state = excluded.state, address = excluded.address,
  account = excluded.account, created_at = excluded.created_at, last_activity_at = excluded.last_activity_at,
  capabilities = excluded.capabilities, metadata = excluded.metadata, resume_family = excluded.resume_family,
  resume_current = excluded.resume_current, resume_previous = excluded.resume_previous,
  resume_previous_until = excluded.resume_previous_until, resume_code = excluded.resume_code)";

// $1: sessions whose commands, or scrollback, are about to be written anew.
inline constexpr const char* kClearCommands =
    "DELETE FROM session_commands WHERE session_id = ANY($1::uuid[])";
inline constexpr const char* kClearScrollback =
    "DELETE FROM session_scrollback WHERE session_id = ANY($1::uuid[])";
// Columns as arrays.
inline constexpr const char* kWriteCommands = R"(
INSERT INTO session_commands (session_id, sequence, line, created_at, in_flight)
SELECT id, sequence, line, created_at, in_flight <> 0
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[])
  AS command (id, sequence, line, created_at, in_flight))";
inline constexpr const char* kWriteScrollback = R"(
INSERT INTO session_scrollback (session_id, number, epoch, position, kind, text, created_at)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[],
                     $7::timestamptz[]))";

inline constexpr const char* kRemoveSessions =
    "DELETE FROM sessions WHERE id = ANY($1::uuid[]) AND gateway = $2";

// As the columns of kLoadSessions.
inline constexpr const char* kAdoptSessions = R"(
WITH
  removed AS (DELETE FROM sessions WHERE gateway = $1 AND state = 'Closed'),
  left_behind AS (
    UPDATE sessions SET state = 'Disconnected', last_activity_at = $2
    WHERE gateway = $1 AND state NOT IN ('Closed', 'Disconnected') RETURNING *)
SELECT id, protocol, state, address, coalesce(account, ''), created_at, last_activity_at, capabilities::text,
  metadata::text, resume_family, resume_current, resume_previous, coalesce(resume_previous_until, 'epoch'),
  resume_code
FROM (TABLE left_behind UNION ALL SELECT * FROM sessions WHERE gateway = $1 AND state = 'Disconnected') AS all_of_them)";

inline constexpr const char* kLoadSessions = R"(
SELECT id, protocol, state, address, coalesce(account, ''), created_at, last_activity_at, capabilities::text,
  metadata::text, resume_family, resume_current, resume_previous, coalesce(resume_previous_until, 'epoch'),
  resume_code
FROM sessions WHERE gateway = $1)";

inline constexpr const char* kLoadCommands = R"(
SELECT session_id, sequence, line, part.created_at, in_flight
FROM session_commands AS part JOIN sessions ON sessions.id = session_id
WHERE gateway = $1 ORDER BY session_id, sequence)";
inline constexpr const char* kLoadScrollback = R"(
SELECT session_id, epoch, position, kind, text, part.created_at
FROM session_scrollback AS part JOIN sessions ON sessions.id = session_id
WHERE gateway = $1 ORDER BY session_id, number)";

// Whether writes are refused.
inline constexpr const char* kIsReadOnly =
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";

inline constexpr const char* kHasSchema = "SELECT to_regclass('schema_migrations') IS NOT NULL";
inline constexpr const char* kStoredSchema = "SELECT coalesce(max(number), 0)::bigint FROM schema_migrations";
inline constexpr const char* kMakeMigrationTable = R"(
CREATE TABLE IF NOT EXISTS schema_migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
))";
inline constexpr const char* kRecordMigration =
    "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)";

// $1 the class, $2 what is locked.
inline constexpr const char* kLockInTransaction =
    "SELECT pg_advisory_xact_lock($1, hashtext(concat_ws('.', current_schema(), $2::text)))";
inline constexpr const char* kTryLock =
    "SELECT pg_try_advisory_lock($1, hashtext(concat_ws('.', current_schema(), $2::text)))";
inline constexpr const char* kLockShared =
    "SELECT pg_advisory_lock_shared($1, hashtext(concat_ws('.', current_schema(), $2::text)))";
inline constexpr const char* kUnlock =
    "SELECT pg_advisory_unlock($1, hashtext(concat_ws('.', current_schema(), $2::text)))";
inline constexpr const char* kUnlockAll = "SELECT pg_advisory_unlock_all()";

inline constexpr const char* kFindGateway = "SELECT process FROM gateways WHERE instance = $1";
// Where nobody runs, nobody is waited for.
inline constexpr const char* kLeaveGateway =
    "UPDATE gateways SET process = '' WHERE instance = $1 AND process = $2";
inline constexpr const char* kWriteGateway = R"(
INSERT INTO gateways (instance, name, process, started_at) VALUES ($1, $2, $3, now())
ON CONFLICT (instance) DO UPDATE SET
  name = excluded.name, process = excluded.process, started_at = excluded.started_at)";

// Other instances of the name $2 that have sessions, and the process that held each.
inline constexpr const char* kFindAbandoned = R"(
SELECT instance, process FROM gateways
WHERE name = $2 AND instance <> $1 AND EXISTS (SELECT FROM sessions WHERE gateway = instance))";
inline constexpr const char* kTakeOver = "UPDATE sessions SET gateway = $1 WHERE gateway = $2";

// $1 the instance that asks, $2 families, $3 held since.
inline constexpr const char* kFindElsewhere = R"(
SELECT resume_family FROM sessions
WHERE EXISTS (SELECT FROM gateways WHERE instance <> $1) AND gateway <> $1 AND resume_family = ANY($2::bytea[])
  AND state <> 'Closed' AND (state <> 'Disconnected' OR last_activity_at >= $3))";

inline constexpr const char* kFindAccount =
    "SELECT name, password_hash, email, created_at FROM accounts WHERE name_key = $1";
// The same account again, hash and salt included, is the repetition of a call whose answer was lost.
inline constexpr const char* kAddAccount = R"(
INSERT INTO accounts (name_key, name, password_hash, email, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name_key) DO UPDATE SET name = excluded.name
WHERE accounts.name = excluded.name AND accounts.password_hash = excluded.password_hash)";
inline constexpr const char* kSetPasswordHash = "UPDATE accounts SET password_hash = $2 WHERE name_key = $1";
inline constexpr const char* kFailures = "SELECT count, last_at FROM login_failures WHERE key = $1";
// Old counts of others are dropped some at a time, and none that somebody else is counting.
inline constexpr const char* kAddFailure = R"(
WITH dropped AS (
  DELETE FROM login_failures WHERE key IN (
    SELECT key FROM login_failures WHERE last_at < $3 AND key <> $1
    ORDER BY last_at LIMIT 100 FOR UPDATE SKIP LOCKED))
INSERT INTO login_failures AS stored (key, count, last_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN stored.last_at < $3 THEN 1 ELSE least(stored.count + 1, 4294967295) END,
  last_at = excluded.last_at
RETURNING count, last_at)";
inline constexpr const char* kClearFailures = "DELETE FROM login_failures WHERE key = $1";

[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace wyld::store::postgres
