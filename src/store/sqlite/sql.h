#pragma once
// Every statement that the SQLite side sends, and its schema.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "store/migrations.h"

namespace wyld::store::sqlite {

// Kept prepared. Times are microseconds since 1970, ids 16 bytes.
enum class Sql : std::uint8_t {
  kWriteSession,   // id, gateway, protocol, state, address, account, created, last activity, two JSON texts,
                   // family, current, previous, previous until, code
  kRemoveSession,  // id, gateway
  kLoadSessions,   // gateway; columns as kWriteSession without gateway
  kClearCommands,  // id
  kWriteCommand,   // id, sequence, line, created
  kLoadCommands,   // gateway; columns as kWriteCommand
  kClearScrollback,  // id
  kWriteScrollback,  // id, number, epoch, position, kind, text, created
  kLoadScrollback,   // gateway; columns as kWriteScrollback without number
  kRemoveClosed,     // gateway
  kDisconnect,       // gateway, now
  kWriteGateway,     // instance, name, host, pid, now
  kFindAbandoned,    // instance, name: other instances of the name that have sessions
  kTakeOver,         // instance, from which
  kFindElsewhere,    // instance, held since: families of sessions that other gateways hold
  kFindAccount,      // key
  kAddAccount,       // key, name, hash, e-mail, created
  kSetPasswordHash,  // key, hash
  kFailures,         // key
  kForgetFailures,   // forget before
  kAddFailure,       // key, now, forget before
  kClearFailures,    // key
  kCount,
};
inline constexpr std::size_t kSqlCount = static_cast<std::size_t>(Sql::kCount);

[[nodiscard]] std::string_view sql_text(Sql sql) noexcept;

[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace wyld::store::sqlite
