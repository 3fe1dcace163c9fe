#pragma once
// Who is in the demo world: names, one small record per player, and the table that finds a player by
// session, by name and by room.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "session/account_name.h"
#include "session/session_handle.h"
#include "world/demo/rooms.h"

namespace wyld::demo {

using TimePoint = std::chrono::steady_clock::time_point;

using session::kNameCharactersMax;
using session::name_problem;

// A name as its owner wrote it, without a heap block. Compared without regard to case.
class PlayerName {
 public:
  PlayerName() = default;
  // `text` has passed name_problem().
  explicit PlayerName(std::string_view text);

  [[nodiscard]] std::string_view text() const { return {characters_.data(), count_}; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  friend bool operator==(const PlayerName& a, const PlayerName& b);

 private:
  std::array<char, kNameCharactersMax> characters_{};
  std::uint8_t count_ = 0;
};

// Small enough for a status bar, lively enough to see it move.
struct Vitals {
  static constexpr std::uint8_t kHealthMax = 100;
  static constexpr std::uint8_t kLightMax = 60;  // spent by crossing between worlds
  static constexpr std::uint8_t kLegsMax = 80;   // spent by walking
  std::uint8_t health = kHealthMax;
  std::uint8_t light = kLightMax;
  std::uint8_t legs = kLegsMax;
};

enum class ColourChoice : std::uint8_t { kAuto, kOn, kOff };

struct Player {
  session::SessionHandle session;
  TimePoint refreshed{};         // up to when rest has been credited
  std::uint32_t room_place = 0;  // index in its room's list
  std::uint16_t columns = 80;
  std::uint16_t edit = 0;  // the number of the edit that was asked for last
  PlayerName name;         // empty: still at the door, in no room
  RoomId room = kEntrance;
  Vitals vitals;
  ColourChoice colour_choice = ColourChoice::kAuto;
  bool client_shows_colour = true;
  bool gmcp = false;
  bool editing = false;
  bool held = false;  // without a connection at the moment

  [[nodiscard]] bool colour() const {
    return colour_choice == ColourChoice::kOn ||
           (colour_choice == ColourChoice::kAuto && client_shows_colour);
  }
};
static_assert(sizeof(Player) <= 64, "ten thousand of them should go unnoticed");

// Longest note that a player may keep, and how many notes there may be in all.
inline constexpr std::size_t kNoteBytesMax = 4'000;
inline constexpr std::size_t kNotesMax = 1'000;

enum class PlayerIndex : std::uint32_t {};

// Owner    World.
// Thread   whoever holds the world's lock.
// Limits   `players_max` records; lists and maps hold one entry per player, notes kNotesMax. References to a
// Player last
//          until the next add().
class PlayerTable {
 public:
  explicit PlayerTable(std::size_t players_max) : players_max_(players_max) {}

  // Null when the table is full or the session is in it already.
  Player* add(session::SessionHandle session);
  void remove(Player& player);
  // The player enters the world under `name` and stands in `room`. False: the name is taken.
  bool enter(Player& player, const PlayerName& name, RoomId room);
  void move(Player& player, RoomId room);
  // Kept until the player is removed; empty: there is none.
  [[nodiscard]] std::string_view note_of(const Player& player) const;
  // False: there are kNotesMax, and nothing has changed.
  bool set_note(const Player& player, std::string note);

  [[nodiscard]] Player* find(session::SessionHandle session);
  [[nodiscard]] Player* find(const PlayerName& name);
  // By whole name, else by a beginning that only one player's name has.
  [[nodiscard]] Player* find_by_prefix(std::string_view prefix, bool& ambiguous);

  [[nodiscard]] Player& at(PlayerIndex index) { return players_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] std::span<const PlayerIndex> in_room(RoomId room) const {
    return rooms_[static_cast<std::size_t>(room)];
  }
  [[nodiscard]] std::size_t count() const { return by_session_.size(); }
  [[nodiscard]] std::size_t named_count() const { return by_name_.size(); }

 private:
  struct NameHash {
    std::size_t operator()(const PlayerName& name) const noexcept;
  };

  [[nodiscard]] PlayerIndex index_of(const Player& player) const {
    return PlayerIndex{static_cast<std::uint32_t>(&player - players_.data())};
  }
  void put_in_room(Player& player, RoomId room);
  void take_from_room(Player& player);

  std::size_t players_max_;
  std::vector<Player> players_;
  std::vector<PlayerIndex> free_;
  std::unordered_map<std::uint64_t, PlayerIndex> by_session_;
  std::unordered_map<PlayerName, PlayerIndex, NameHash> by_name_;
  std::unordered_map<PlayerIndex, std::string> notes_;
  std::array<std::vector<PlayerIndex>, 32> rooms_;  // the map has fewer
};

}  // namespace wyld::demo
