// Looks for the game's greeting in what a connection is told: the gateway may say a word before the game
// does.
//
// Owner    one per connection. Thread: the role's. Errors: none.
#pragma once

#include <cstddef>
#include <string_view>

namespace wyld::load {

// The game's greeting on a new connection. Players wait for it before they count as settled.
inline constexpr std::string_view kGreeting = "ready\r\n";

class GreetingWatch {
 public:
  // True once, when `text` completes the greeting.
  bool completed_by(std::string_view text) {
    for (const char byte : text) {
      if (seen()) return false;
      matched_ = byte == kGreeting[matched_] ? matched_ + 1 : (byte == kGreeting[0] ? 1 : 0);
      if (seen()) return true;
    }
    return false;
  }
  bool seen() const { return matched_ == kGreeting.size(); }

 private:
  std::size_t matched_ = 0;
};

}  // namespace wyld::load
