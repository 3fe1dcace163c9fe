#pragma once
// The map: a constant table of rooms around a gate between two worlds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wyld::demo {

enum class Direction : std::uint8_t { kNorth, kSouth, kEast, kWest, kUp, kDown };
inline constexpr std::array kDirections = {Direction::kNorth, Direction::kSouth, Direction::kEast,
                                           Direction::kWest,  Direction::kUp,    Direction::kDown};

[[nodiscard]] std::string_view name_of(Direction direction);        // "north"
[[nodiscard]] std::string_view short_name_of(Direction direction);  // "n"
[[nodiscard]] Direction opposite(Direction direction);
// "north" or "n", in lower case.
[[nodiscard]] std::optional<Direction> direction_named(std::string_view word);

// A room's place in the table.
enum class RoomId : std::uint8_t {};
inline constexpr RoomId kEntrance{0};

struct Exit {
  Direction direction;
  RoomId to;
  std::string_view passage = {};  // what the walker is told on the way; usually nothing
  bool one_way = false;           // there is no way straight back
  bool crosses_worlds = false;    // takes some light out of the walker
};

// Something to look at that the room's description mentions, or hides.
struct Feature {
  std::string_view words;  // what it is called, separated by spaces
  std::string_view text;
};

struct Room {
  std::uint32_t number;  // GMCP Room.Info "num"
  std::string_view name;
  std::string_view area;
  std::string_view environment;
  std::string_view description;
  std::span<const Exit> exits;
  std::span<const Feature> features;
  std::string_view water = {};  // what drinking here is like; empty: nothing to drink
  bool cold = false;            // walking in costs a little health
};

[[nodiscard]] std::span<const Room> all_rooms();
[[nodiscard]] const Room& room_at(RoomId id);
[[nodiscard]] const Exit* exit_of(const Room& room, Direction direction);

}  // namespace wyld::demo
