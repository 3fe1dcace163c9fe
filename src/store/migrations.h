#pragma once
// Numbered changes of the schema. Every database has the same numbers and names, each with its own SQL.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/database.h"

namespace wyld::store {

// Number 1 is the first. A migration that was released is never edited: the next one mends it.
inline constexpr std::array<std::string_view, 3> kMigrationNames{
    "sessions, accounts and bans", "resume keys and scrollback", "commands in flight"};

struct Migration {
  std::uint32_t number = 0;
  std::string_view name;
  std::string_view sql;
};

// "2 resume tokens".
[[nodiscard]] inline std::string describe(const Migration& migration) {
  return std::to_string(migration.number) + ' ' + std::string(migration.name);
}

// What of `migrations` (by number, growing) a database that is at `stored` still lacks.
[[nodiscard]] inline std::span<const Migration> pending_after(
    std::uint32_t stored, std::span<const Migration> migrations) noexcept {
  while (!migrations.empty() && migrations.front().number <= stored) migrations = migrations.subspan(1);
  return migrations;
}

[[nodiscard]] inline SchemaState schema_state(std::uint32_t stored, std::span<const Migration> migrations) {
  SchemaState state{
      .stored = stored, .wanted = migrations.empty() ? 0 : migrations.back().number, .pending = {}};
  for (const Migration& migration : pending_after(stored, migrations))
    state.pending.push_back(describe(migration));
  return state;
}

// Whether another, newer program has been here.
[[nodiscard]] inline bool is_newer_than_program(const SchemaState& state) noexcept {
  return state.stored > state.wanted;
}

}  // namespace wyld::store
