#pragma once

#include <cstddef>
#include <cstdint>

namespace wyld::session {

// Which session, on which shard (inside the process; the outside knows the UUID). Outlives the
// session it names: after it ends, lookups return null, because `generation` no longer matches.
struct SessionHandle {
  std::uint32_t shard : 8 = 0;
  std::uint32_t slot : 24 = 0;
  std::uint32_t generation = 0;  // 0 names no session
  friend bool operator==(const SessionHandle&, const SessionHandle&) = default;
};
static_assert(sizeof(SessionHandle) == 8, "passed in registers and in every message");

// As many as a handle can name.
inline constexpr std::size_t kShardsMax = 256;

}  // namespace wyld::session
