#pragma once
// The words the demo world understands: one table, one row a command.

#include <span>
#include <string_view>

#include "world/demo/turn.h"

namespace wyld::demo {

struct Command {
  std::string_view name;
  std::string_view alias;  // another way to type it, exactly; may be empty
  std::string_view usage;  // empty: a direction, listed under go
  std::string_view help;
  void (*run)(Turn& turn, std::string_view argument);
};

[[nodiscard]] std::span<const Command> all_commands();

// Runs one line: a command's name or alias, or a beginning that only one command has. An unknown word is
// answered with a hint.
void run_command(Turn& turn, std::string_view line);

// The list of players, as `who` shows it.
void list_players(Turn& turn);

// Longest text that may be said, told or shouted at once.
inline constexpr std::size_t kSpeechBytesMax = 1000;

}  // namespace wyld::demo
