#include "world/demo/players.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace wyld::demo {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::uint64_t key_of(session::SessionHandle session) {
  return static_cast<std::uint64_t>(session.generation) << 32 |
         static_cast<std::uint64_t>(session.shard) << 24 | session.slot;
}

}  // namespace

PlayerName::PlayerName(std::string_view text) : count_(static_cast<std::uint8_t>(text.size())) {
  WYLD_CHECK(text.size() <= kNameCharactersMax);
  std::ranges::copy(text, characters_.begin());
  if (count_ > 0 && characters_[0] >= 'a' && characters_[0] <= 'z') {
    characters_[0] = static_cast<char>(characters_[0] - 'a' + 'A');
  }
}

bool operator==(const PlayerName& a, const PlayerName& b) { return session::same_name(a.text(), b.text()); }

std::size_t PlayerTable::NameHash::operator()(const PlayerName& name) const noexcept {
  std::array<char, kNameCharactersMax> folded{};
  std::ranges::transform(name.text(), folded.begin(), lower);
  return std::hash<std::string_view>{}({folded.data(), name.text().size()});
}

Player* PlayerTable::add(session::SessionHandle session) {
  if (by_session_.size() >= players_max_ || by_session_.contains(key_of(session))) return nullptr;
  if (free_.empty()) {
    free_.push_back(PlayerIndex{static_cast<std::uint32_t>(players_.size())});
    players_.emplace_back();
  }
  const PlayerIndex index = free_.back();
  free_.pop_back();
  by_session_.emplace(key_of(session), index);
  Player& player = at(index);
  player = Player{};
  player.session = session;
  return &player;
}

void PlayerTable::remove(Player& player) {
  if (!player.name.empty()) {
    take_from_room(player);
    by_name_.erase(player.name);
  }
  by_session_.erase(key_of(player.session));
  notes_.erase(index_of(player));
  player.session = {};
  player.name = {};
  free_.push_back(index_of(player));
}

bool PlayerTable::enter(Player& player, const PlayerName& name, RoomId room) {
  if (!by_name_.emplace(name, index_of(player)).second) return false;
  player.name = name;
  put_in_room(player, room);
  return true;
}

void PlayerTable::move(Player& player, RoomId room) {
  take_from_room(player);
  put_in_room(player, room);
}

std::string_view PlayerTable::note_of(const Player& player) const {
  const auto found = notes_.find(index_of(player));
  return found == notes_.end() ? std::string_view{} : std::string_view(found->second);
}

bool PlayerTable::set_note(const Player& player, std::string note) {
  const PlayerIndex index = index_of(player);
  if (note.empty()) {
    notes_.erase(index);
    return true;
  }
  if (notes_.size() >= kNotesMax && !notes_.contains(index)) return false;
  notes_[index] = std::move(note);
  return true;
}

Player* PlayerTable::find(session::SessionHandle session) {
  const auto found = by_session_.find(key_of(session));
  return found == by_session_.end() ? nullptr : &at(found->second);
}

Player* PlayerTable::find(const PlayerName& name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &at(found->second);
}

Player* PlayerTable::find_by_prefix(std::string_view prefix, bool& ambiguous) {
  ambiguous = false;
  if (prefix.empty() || prefix.size() > kNameCharactersMax) return nullptr;
  if (Player* whole = find(PlayerName(prefix))) return whole;
  Player* found = nullptr;
  for (const auto& [name, index] : by_name_) {
    if (!session::same_name(name.text().substr(0, prefix.size()), prefix)) continue;
    if (found != nullptr) {
      ambiguous = true;
      return nullptr;
    }
    found = &at(index);
  }
  return found;
}

void PlayerTable::put_in_room(Player& player, RoomId room) {
  std::vector<PlayerIndex>& list = rooms_[static_cast<std::size_t>(room)];
  player.room = room;
  player.room_place = static_cast<std::uint32_t>(list.size());
  list.push_back(index_of(player));
}

void PlayerTable::take_from_room(Player& player) {
  std::vector<PlayerIndex>& list = rooms_[static_cast<std::size_t>(player.room)];
  at(list.back()).room_place = player.room_place;
  list[player.room_place] = list.back();
  list.pop_back();
}

}  // namespace wyld::demo
