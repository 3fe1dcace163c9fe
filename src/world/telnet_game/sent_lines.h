#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace wyld::telnet_game {

// The last lines of one player that the game may not have: nothing has come from it since, or its machine
// has not confirmed them.
//
// Owner    Player.
// Thread   the shard's.
// Limits   kLinesMax lines; of a line longer than kLineBytesMax the beginning, and "...".
class SentLines {
 public:
  static constexpr std::size_t kLinesMax = 3;
  static constexpr std::size_t kLineBytesMax = 200;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  // `end`: how many bytes were written to the connection up to the end of this line; kNever: it was not.
  // The caller leaves out secrets; a line that begins like a login or a change of password is left out here.
  void add(std::string_view line, std::uint64_t end);
  // The game has said something.
  void heard() noexcept;
  // The connection is over; its peer has confirmed `arrived` bytes. What stays is unsure for good.
  void settle(std::uint64_t arrived);
  // Empties it: the lines still unsure, the oldest first.
  [[nodiscard]] std::vector<std::string> take();

 private:
  struct Line {
    std::string text;
    std::uint64_t end;
    bool answered;
  };
  std::vector<Line> lines_;
};

}  // namespace wyld::telnet_game
