#pragma once
// What the world wants said, collected while its lock is held and delivered after.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "session/session_handle.h"

namespace wyld::demo {

inline constexpr std::string_view kPrompt = "> ";

// One thing to say to sessions of one shard.
struct Effect {
  enum class Kind : std::uint8_t { kText, kPrompted, kSideChannel, kEntered, kLeft, kNamed, kEdit };
  Kind kind;  // kPrompted: text that ends in a prompt; kNamed: `text` is the player's name from now on
  std::uint8_t shard;
  std::vector<session::SessionHandle> to;
  std::string_view package;  // a literal; of kSideChannel
  std::string text;          // body of kSideChannel; what kEdit begins with
  std::uint64_t edit = 0;    // of kEdit: its number
};

using Outbox = std::vector<Effect>;

}  // namespace wyld::demo
