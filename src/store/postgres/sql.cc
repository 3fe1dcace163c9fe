#include "store/postgres/sql.h"

#include <array>

namespace wyld::store::postgres {
namespace {

// No index on gateway: only a gateway that starts asks by it, once. No room is kept in pages: nearly all
// updates find some that an earlier one has left.
constexpr std::array<Migration, kMigrationNames.size()> kMigrations{{
    {.number = 1, .name = kMigrationNames[0], .sql = R"(
CREATE TABLE gateways (
  instance text PRIMARY KEY,
  name text NOT NULL,
  process text NOT NULL,
  started_at timestamptz NOT NULL
);

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  gateway text NOT NULL,
  protocol text NOT NULL CHECK (protocol IN ('telnet', 'websocket-json', 'websocket-telnet')),
  state text NOT NULL CHECK (state IN ('Connecting', 'Welcome', 'Username', 'Password', 'NewUsername',
    'NewPassword', 'NewConfirm', 'NewEmail', 'Playing', 'Editing', 'Disconnected', 'Closed')),
  address text NOT NULL,
  account text,
  created_at timestamptz NOT NULL,
  last_activity_at timestamptz NOT NULL,
  capabilities jsonb NOT NULL,
  metadata jsonb NOT NULL
);

CREATE TABLE session_commands (
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  sequence bigint NOT NULL,
  line text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, sequence)
);

CREATE TABLE session_scrollback (
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  epoch bigint NOT NULL,
  position bigint NOT NULL,
  kind text NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, epoch, position)
);

CREATE TABLE accounts (
  name_key text PRIMARY KEY,
  name text NOT NULL,
  password_hash text NOT NULL,
  email text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE login_failures (
  key text PRIMARY KEY,
  count bigint NOT NULL CHECK (count > 0),
  last_at timestamptz NOT NULL
);
CREATE INDEX login_failures_last_at ON login_failures (last_at);

CREATE TABLE bans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('address', 'account')),
  value text NOT NULL,
  reason text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz
);
)"},
    // Keys of a session are absent (NULL) or whole. Nothing has ever been written to session_scrollback; its
    // key had no room for two lines at one position, and its text none for a NUL. The table stays, with what
    // roles may do with it. The last line of a session is "end" or "break" ("and perhaps more"), at the
    // position behind the others.
    {.number = 2, .name = kMigrationNames[1], .sql = R"(
ALTER TABLE sessions
  ADD COLUMN resume_family bytea CHECK (length(resume_family) = 16),
  ADD COLUMN resume_current bytea CHECK (length(resume_current) = 32),
  ADD COLUMN resume_previous bytea CHECK (length(resume_previous) = 32),
  ADD COLUMN resume_previous_until timestamptz,
  ADD COLUMN resume_code bytea CHECK (length(resume_code) = 32);

DELETE FROM session_scrollback;
ALTER TABLE session_scrollback
  DROP CONSTRAINT session_scrollback_pkey,
  ADD COLUMN number bigint NOT NULL,
  ALTER COLUMN text TYPE bytea USING convert_to(text, 'UTF8'),
  ADD CHECK (kind IN ('earlier', 'confirmed', 'text', 'prompt', 'notice', 'end', 'break')),
  ADD PRIMARY KEY (session_id, number);
)"},
    {.number = 3, .name = kMigrationNames[2], .sql = R"(
ALTER TABLE session_commands ADD COLUMN in_flight boolean NOT NULL DEFAULT false;
)"},
}};

}  // namespace

std::span<const Migration> migrations() noexcept { return kMigrations; }

}  // namespace wyld::store::postgres
