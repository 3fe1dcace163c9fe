#include "store/sqlite/sql.h"

#include <array>

namespace wyld::store::sqlite {
namespace {

// OR ROLLBACK: a failure ends the whole transaction, which is what we want, and which spares SQLite the
// copies of pages that undoing a single statement would need.
constexpr std::array<std::string_view, kSqlCount> kTexts{
    R"(INSERT OR ROLLBACK INTO sessions (id, gateway, protocol, state, address, account, created_at, last_activity_at,
                             capabilities, metadata, resume_family, resume_current, resume_previous,
                             resume_previous_until, resume_code)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
       ON CONFLICT (id) DO UPDATE SET
         gateway = excluded.gateway, protocol = excluded.protocol, state = excluded.state,
         address = excluded.address, account = excluded.account, created_at = excluded.created_at,
         last_activity_at = excluded.last_activity_at, capabilities = excluded.capabilities,
         metadata = excluded.metadata, resume_family = excluded.resume_family,
         resume_current = excluded.resume_current, resume_previous = excluded.resume_previous,
         resume_previous_until = excluded.resume_previous_until, resume_code = excluded.resume_code)",
    "DELETE FROM sessions WHERE id = ?1 AND gateway = ?2",
    R"(SELECT id, protocol, state, address, account, created_at, last_activity_at, capabilities, metadata,
         resume_family, resume_current, resume_previous, resume_previous_until, resume_code
       FROM sessions WHERE gateway = ?1)",
    "DELETE FROM session_commands WHERE session_id = ?1",
    R"(INSERT OR ROLLBACK INTO session_commands (session_id, sequence, line, created_at, in_flight)
       VALUES (?1, ?2, ?3, ?4, ?5))",
    // Few sessions have any: these tables come first, and CROSS keeps SQLite from turning the join round.
    R"(SELECT part.session_id, part.sequence, part.line, part.created_at, part.in_flight
       FROM session_commands AS part CROSS JOIN sessions ON sessions.id = part.session_id
       WHERE sessions.gateway = ?1 ORDER BY part.session_id, part.sequence)",
    "DELETE FROM session_scrollback WHERE session_id = ?1",
    R"(INSERT OR ROLLBACK INTO session_scrollback (session_id, number, epoch, position, kind, text, created_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))",
    R"(SELECT part.session_id, part.epoch, part.position, part.kind, part.text, part.created_at
       FROM session_scrollback AS part CROSS JOIN sessions ON sessions.id = part.session_id
       WHERE sessions.gateway = ?1 ORDER BY part.session_id, part.number)",
    "DELETE FROM sessions WHERE gateway = ?1 AND state = 'Closed'",
    R"(UPDATE OR ROLLBACK sessions SET state = 'Disconnected', last_activity_at = ?2
       WHERE gateway = ?1 AND state <> 'Disconnected')",
    R"(INSERT INTO gateways (instance, name, host, pid, started_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (instance) DO UPDATE SET
         name = excluded.name, host = excluded.host, pid = excluded.pid, started_at = excluded.started_at)",
    R"(SELECT instance FROM gateways WHERE name = ?2 AND instance <> ?1
         AND EXISTS (SELECT 1 FROM sessions WHERE gateway = instance))",
    "UPDATE sessions SET gateway = ?1 WHERE gateway = ?2",
    R"(SELECT resume_family FROM sessions
       WHERE EXISTS (SELECT 1 FROM gateways WHERE instance <> ?1) AND gateway <> ?1
         AND resume_family IS NOT NULL AND state <> 'Closed'
         AND (state <> 'Disconnected' OR last_activity_at >= ?2))",
    "SELECT name, password_hash, email, created_at FROM accounts WHERE name_key = ?1",
    // The same account again, hash and salt included, is the repetition of a call whose answer was lost.
    R"(INSERT INTO accounts (name_key, name, password_hash, email, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (name_key) DO UPDATE SET name = excluded.name
       WHERE name = excluded.name AND password_hash = excluded.password_hash)",
    "UPDATE accounts SET password_hash = ?2 WHERE name_key = ?1",
    "SELECT count, last_at FROM login_failures WHERE key = ?1",
    "DELETE FROM login_failures WHERE last_at < ?1",
    R"(INSERT INTO login_failures (key, count, last_at) VALUES (?1, 1, ?2)
       ON CONFLICT (key) DO UPDATE SET
         count = iif(last_at < ?3, 1, min(count + 1, 4294967295)), last_at = excluded.last_at
       RETURNING count, last_at)",
    "DELETE FROM login_failures WHERE key = ?1",
};
static_assert(!kTexts.back().empty(), "every statement has a text");

// Checks spell out their alternatives, because SQLite builds a temporary index for each IN list of more than
// two, at each row.
//
// Rows of sessions are replaced whole and never with INSERT OR REPLACE, which would remove what refers to
// them.
constexpr std::array<Migration, kMigrationNames.size()> kMigrations{{
    {.number = 1, .name = kMigrationNames[0], .sql = R"(
CREATE TABLE gateways (
  instance TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  gateway TEXT NOT NULL,
  protocol TEXT NOT NULL CHECK (
    protocol = 'telnet' OR protocol = 'websocket-json' OR protocol = 'websocket-telnet'),
  state TEXT NOT NULL CHECK (
    state = 'Connecting' OR state = 'Playing' OR state = 'Disconnected' OR state = 'Closed' OR
    state = 'Welcome' OR state = 'Username' OR state = 'Password' OR state = 'NewUsername' OR
    state = 'NewPassword' OR state = 'NewConfirm' OR state = 'NewEmail' OR state = 'Editing'),
  address TEXT NOT NULL,
  account TEXT,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  capabilities TEXT NOT NULL,
  metadata TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session_commands (
  session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  line TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_scrollback (
  session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, epoch, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  name_key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE login_failures (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL CHECK (count > 0),
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failures_last_at ON login_failures (last_at);

CREATE TABLE bans (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('address', 'account')),
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;
)"},
    // Keys of a session are absent (NULL) or whole. Nothing has ever been written to session_scrollback; its
    // key had no room for two lines at one position. A text is a BLOB: it may hold a NUL. The last line of a
    // session is "end" or "break" ("and perhaps more"), at the position behind the others.
    {.number = 2, .name = kMigrationNames[1], .sql = R"(
ALTER TABLE sessions ADD COLUMN resume_family BLOB CHECK (length(resume_family) = 16);
ALTER TABLE sessions ADD COLUMN resume_current BLOB CHECK (length(resume_current) = 32);
ALTER TABLE sessions ADD COLUMN resume_previous BLOB CHECK (length(resume_previous) = 32);
ALTER TABLE sessions ADD COLUMN resume_previous_until INTEGER;
ALTER TABLE sessions ADD COLUMN resume_code BLOB CHECK (length(resume_code) = 32);

DROP TABLE session_scrollback;
CREATE TABLE session_scrollback (
  session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (
    kind = 'earlier' OR kind = 'confirmed' OR kind = 'text' OR kind = 'prompt' OR kind = 'notice' OR
    kind = 'end' OR kind = 'break'),
  text BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
)"},
    {.number = 3, .name = kMigrationNames[2], .sql = R"(
ALTER TABLE session_commands ADD COLUMN in_flight INTEGER NOT NULL DEFAULT 0;
)"},
}};

}  // namespace

std::string_view sql_text(Sql sql) noexcept { return kTexts[static_cast<std::size_t>(sql)]; }

std::span<const Migration> migrations() noexcept { return kMigrations; }

}  // namespace wyld::store::sqlite
