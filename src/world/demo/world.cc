#include "world/demo/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "world/demo/commands.h"
#include "world/demo/text.h"

namespace wyld::demo {
namespace {

constexpr std::string_view kBanner =
    "\n"
    "\x1b[33m            .        .              \x1b[0m\n"
    "\x1b[33m       .   _|________|_   .         \x1b[0m\n"
    "\x1b[33m           \\__________/             \x1b[0m\x1b[1;33mW Y L D G A T E\x1b[0m\n"
    "\x1b[33m    .       | |    | |       .      \x1b[0m\n"
    "\x1b[33m            | |  \x1b[1;37m.\x1b[0;33m | |              \x1b[0ma place between two places\n"
    "\x1b[33m  ._._._____|_|____|_|______._._    \x1b[0m\n"
    "\n"
    "Someone holds a lamp up to your face. \"Welcome,\" says the keeper of the gate. \"You will want a name. "
    "Any will do, as long as it is yours.\"\n"
    "\n";
constexpr std::string_view kNameQuestion = "Your name: ";
constexpr std::string_view kFull = "The world is full just now. Please come again a little later.";

std::uint8_t shard_of(const Player& player) { return static_cast<std::uint8_t>(player.session.shard); }

void take_capabilities(Player& player, const Capabilities& capabilities) {
  const std::uint16_t columns = capabilities.window.columns;
  player.columns =
      columns == 0 ? std::uint16_t{80} : std::clamp(columns, std::uint16_t{40}, std::uint16_t{120});
  const std::uint32_t bits = capabilities.mtts;
  player.client_shows_colour = bits == 0 || ((bits & mtts::kAnsi) != 0 && (bits & mtts::kScreenReader) == 0);
  player.gmcp = capabilities.gmcp;
}

void ask_name(const Player& player, std::string_view before, Outbox& out) {
  const std::string shown = player.colour() ? std::string(before) : without_colour(before);
  out.push_back({Effect::Kind::kPrompted,
                 shard_of(player),
                 {player.session},
                 {},
                 wrap(shown, player.columns) + std::string(kNameQuestion)});
}

void send_away(const Player& player, std::string_view text, Outbox& out) {
  out.push_back({Effect::Kind::kLeft, shard_of(player), {player.session}, {}, std::string(text)});
}

// Rest comes by itself: a point every two seconds, two for the legs.
void refresh(Player& player, TimePoint now) {
  const auto pairs = (now - player.refreshed) / std::chrono::seconds(2);
  if (pairs <= 0) return;
  player.refreshed += pairs * std::chrono::seconds(2);
  const int points = static_cast<int>(std::min<std::int64_t>(pairs, 100));
  const auto raised = [](std::uint8_t value, int by, std::uint8_t most) {
    return static_cast<std::uint8_t>(std::min<int>(value + by, most));
  };
  Vitals& v = player.vitals;
  v.health = raised(v.health, points, Vitals::kHealthMax);
  v.light = raised(v.light, points, Vitals::kLightMax);
  v.legs = raised(v.legs, 2 * points, Vitals::kLegsMax);
}

bool same_word(std::string_view line, std::string_view word) {
  return std::ranges::equal(line, word, [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

void World::attach(session::SessionHandle session, const Capabilities& capabilities, TimePoint now,
                   Outbox& out) {
  if (players_.find(session) != nullptr) return;
  Player* player = players_.add(session);
  if (player == nullptr) {
    Player stranger;
    stranger.session = session;
    return send_away(stranger, kFull, out);
  }
  player->refreshed = now;
  take_capabilities(*player, capabilities);
  // The drawing says nothing to a listener.
  const bool listens = (capabilities.mtts & mtts::kScreenReader) != 0;
  ask_name(*player, listens ? kBanner.substr(kBanner.find("Someone")) : kBanner, out);
}

void World::detach(session::SessionHandle session, session::DetachReason reason, TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) return;
  if (!player->name.empty() && reason == session::DetachReason::kClosed) {
    Turn turn(players_, *player, now, out);
    turn.tell_room_in_passing(fmt::format("{} flickers, and is gone.", styled(player->name)));
  }
  players_.remove(*player);
}

void World::input(session::SessionHandle session, std::string_view line, TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) return;
  const bool leaves =
      player->name.empty() ? choose_name(*player, line, now, out) : play(*player, line, now, out);
  if (leaves) players_.remove(*player);
}

bool World::choose_name(Player& player, std::string_view line, TimePoint now, Outbox& out) {
  const std::string clean = sanitise(line);
  std::string_view text = clean;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) return ask_name(player, "", out), false;
  if (same_word(text, "quit")) return send_away(player, "The keeper nods, and lowers the lamp.", out), true;
  if (same_word(text, "who")) {
    Turn turn(players_, player, now, out);
    list_players(turn);
    return ask_name(player, turn.reply, out), false;
  }
  if (const std::string_view problem = name_problem(text); !problem.empty()) {
    return ask_name(player, fmt::format("{}\n", problem), out), false;
  }
  const PlayerName name(text);
  if (!players_.enter(player, name, kEntrance)) {
    return ask_name(
               player,
               fmt::format("Somebody called {} is here already. What else are you called?\n", name.text()),
               out),
           false;
  }
  player.refreshed = now;
  out.push_back({Effect::Kind::kEntered, shard_of(player), {player.session}, {}, {}});
  Turn turn(players_, player, now, out);
  turn.tell_room_in_passing(fmt::format("{} hangs a lamp on a wire, and looks around.", styled(name)));
  turn.send_name();
  turn.send_vitals();
  turn.send_room();
  turn.reply = fmt::format(
      "\nThe keeper writes it down, hangs a lamp for you, and stands aside. ({0}help{1} says "
      "what you can do.)\n\n",
      sgr::kWord, sgr::kReset);
  turn.describe_room();
  turn.finish();
  return false;
}

bool World::play(Player& player, std::string_view line, TimePoint now, Outbox& out) {
  refresh(player, now);
  Turn turn(players_, player, now, out);
  run_command(turn, line);
  turn.finish();
  return !turn.farewell.empty();
}

void World::interrupt(session::SessionHandle session, TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) return;
  if (player->name.empty()) return ask_name(*player, "\n", out);
  Turn turn(players_, *player, now, out);
  turn.reply = "\nNothing here needs stopping. Type quit to leave.\n";
  turn.finish();
}

void World::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities,
                                 TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) return;
  const bool had_gmcp = player->gmcp;
  take_capabilities(*player, capabilities);
  if (had_gmcp || !player->gmcp || player->name.empty()) return;
  Turn turn(players_, *player, now, out);
  turn.send_name();
  turn.send_vitals();
  turn.send_room();
}

}  // namespace wyld::demo
