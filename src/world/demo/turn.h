#pragma once
// One player's turn: who acts, what they are told, what the others see. Commands are written against it.

#include <span>
#include <string>
#include <string_view>

#include "world/demo/outbox.h"
#include "world/demo/players.h"

namespace wyld::demo {

// Adds to `out` what several players see at one moment: `text` (which may hold SGR; no '\n' at its end) on a
// line of its own, then the prompt again. One Effect per shard and wire text: players without colour, and
// players whose window is too narrow for the line, are groups of their own.
void announce(std::span<Player* const> to, std::string_view text, Outbox& out);

// Owner    World, for the length of one call.
// Thread   the holder of the world's lock.
// Limits   the reply is bounded by the map's prose and the lists' bounds (kListed).
class Turn {
 public:
  static constexpr std::size_t kListed = 40;  // players named in one list; the rest are counted
  // Comings and goings are not announced in a room with more people than this.
  static constexpr std::size_t kCrowd = 64;

  Turn(PlayerTable& table, Player& actor, TimePoint at, Outbox& out)
      : players(table), player(actor), now(at), out_(out) {}

  PlayerTable& players;
  Player& player;
  const TimePoint now;
  std::string reply;     // to the player; lines end in '\n'
  std::string farewell;  // not empty: the player leaves with these words

  // The player edits their note: edited() goes on.
  void edit_note();

  // Everyone else in the player's room.
  void tell_room(std::string_view text);
  // The same, unless the room is crowded.
  void tell_room_in_passing(std::string_view text);
  // Speech: `text` to each of `to`, and GMCP Comm.Channel.Text to those and to the player.
  void speak(std::string_view channel, std::span<Player* const> to, std::string_view text,
             std::string_view own_text);
  [[nodiscard]] std::vector<Player*> others_in_room() const;

  void describe_room();
  void send_room();    // GMCP Room.Info
  void send_vitals();  // GMCP Char.Vitals
  void send_name();    // GMCP Char.Name

  // Ends the turn: sends the reply and the prompt, unless an editor is open.
  void finish();

 private:
  void side_channel(std::string_view package, std::string body);

  Outbox& out_;
  bool edits_ = false;
};

// "Alice" in the colour of names.
[[nodiscard]] std::string styled(const PlayerName& name);

// Bodies of the GMCP messages.
[[nodiscard]] std::string room_info_json(const Room& room);
[[nodiscard]] std::string vitals_json(const Vitals& vitals);
[[nodiscard]] std::string channel_text_json(std::string_view channel, std::string_view talker,
                                            std::string_view text);

}  // namespace wyld::demo
