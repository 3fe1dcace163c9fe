#include "world/demo/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "world/demo/commands.h"
#include "world/demo/text.h"

namespace wyld::demo {
namespace {

constexpr std::uint16_t kDrawingColumns = 62;
constexpr std::string_view kDrawing =
    "\n"
    "\x1b[33m            .        .              \x1b[0m\n"
    "\x1b[33m       .   _|________|_   .         \x1b[0m\n"
    "\x1b[33m           \\__________/             \x1b[0m\x1b[1;33mW Y L D G A T E\x1b[0m\n"
    "\x1b[33m    .       | |    | |       .      \x1b[0m\n"
    "\x1b[33m            | |  \x1b[1;37m.\x1b[0;33m | |              \x1b[0ma place between two places\n"
    "\x1b[33m  ._._._____|_|____|_|______._._    \x1b[0m\n"
    "\n";
// For a phone.
constexpr std::string_view kNarrowDrawing =
    "\n"
    "\x1b[33m          .        .\x1b[0m\n"
    "\x1b[33m     .   _|________|_   .\x1b[0m\n"
    "\x1b[33m         \\__________/\x1b[0m\n"
    "\x1b[33m  .       | |    | |       .\x1b[0m\n"
    "\x1b[33m          | |  \x1b[1;37m.\x1b[0;33m | |\x1b[0m\n"
    "\x1b[33m._._._____|_|____|_|______._._\x1b[0m\n"
    "\n"
    "       \x1b[1;33mW Y L D G A T E\x1b[0m\n"
    "   a place between two places\n"
    "\n";
constexpr std::string_view kStranger =
    "Someone holds a lamp up to your face. \"Welcome,\" says the keeper of the gate. \"You will want a name. "
    "Any will do, as long as it is yours.\"\n"
    "\n";
constexpr std::string_view kReader =
    "Someone holds a lamp up to your face. \"Welcome,\" says the keeper of the gate, and opens a book of "
    "names.\n"
    "\n";
constexpr std::string_view kNameQuestion = "Your name: ";
constexpr std::string_view kTakenOver =
    "You have connected from somewhere else, so this connection ends here.";
constexpr std::string_view kGone = "You are no longer in this world. Please connect again.";
constexpr std::string_view kFull = "The world is full right now. Please try again a little later.";

std::uint8_t shard_of(const Player& player) { return static_cast<std::uint8_t>(player.session.shard); }

void take_capabilities(Player& player, const Capabilities& capabilities) {
  const std::uint16_t columns = capabilities.window.columns;
  player.columns =
      columns == 0 ? std::uint16_t{80} : std::clamp(columns, std::uint16_t{40}, std::uint16_t{120});
  const std::uint32_t bits = capabilities.mtts;
  player.client_shows_colour = bits == 0 || ((bits & mtts::kAnsi) != 0 && (bits & mtts::kScreenReader) == 0);
  player.gmcp = capabilities.gmcp;
}

// As the player's client shows it.
std::string shown(const Player& player, std::string_view text) {
  return wrap(player.colour() ? std::string(text) : without_colour(text), player.columns);
}

// The drawing says nothing to a listener.
std::string banner(const Player& player, const Capabilities& capabilities, std::string_view greeting) {
  const bool listens = (capabilities.mtts & mtts::kScreenReader) != 0;
  const std::string_view drawing = player.columns < kDrawingColumns ? kNarrowDrawing : kDrawing;
  return shown(player, (listens ? "" : std::string(drawing)) + std::string(greeting));
}

void ask_name(const Player& player, std::string_view before, Outbox& out) {
  out.push_back({Effect::Kind::kPrompted,
                 shard_of(player),
                 {player.session},
                 {},
                 shown(player, before) + std::string(kNameQuestion)});
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

// What a player has written, fit for a terminal; sanitise() is for one line.
std::string sanitised_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t stop = std::min(text.find('\n'), text.size());
    out += sanitise(text.substr(0, stop));
    if (stop < text.size()) out += '\n';
    text.remove_prefix(std::min(stop + 1, text.size()));
  }
  return out;
}

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";

bool same_word(std::string_view line, std::string_view word) {
  return std::ranges::equal(line, word, [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

std::string login_banner(const Capabilities& capabilities) {
  Player stranger;
  take_capabilities(stranger, capabilities);
  return banner(stranger, capabilities, kReader);
}

Player* World::admit(session::SessionHandle session, const Capabilities& capabilities, TimePoint now,
                     Outbox& out) {
  Player* const player = players_.add(session);
  if (player == nullptr) {
    Player stranger;
    stranger.session = session;
    send_away(stranger, kFull, out);
    return nullptr;
  }
  player->refreshed = now;
  take_capabilities(*player, capabilities);
  return player;
}

void World::attach(session::SessionHandle session, const Capabilities& capabilities, std::string_view account,
                   TimePoint now, Outbox& out) {
  if (players_.find(session) != nullptr) return;
  const PlayerName name(account);
  Player before;
  std::string note;
  if (Player* const same = name.empty() ? nullptr : players_.find(name)) {
    before = *same;
    note = players_.note_of(*same);
    send_away(*same, kTakenOver, out);
    players_.remove(*same);
  }
  Player* const player = admit(session, capabilities, now, out);
  if (player == nullptr) return;
  if (name.empty()) return ask_name(*player, banner(*player, capabilities, kStranger), out);
  players_.enter(*player, name, before.room);
  if (before.name.empty()) return welcome(*player, "finds your name in it", now, out);
  player->vitals = before.vitals;
  player->refreshed = before.refreshed;
  player->colour_choice = before.colour_choice;
  players_.set_note(*player, std::move(note));
  if (before.held) tell_of_return(*player, now, out);
  arrive(*player, "\nYour lamp still burns where you left it.\n\n", now, out);
}

void World::attach_again(session::SessionHandle session, const Capabilities& capabilities,
                         std::string_view name, TimePoint now, Outbox& out) {
  if (!name_problem(name).empty()) return attach(session, capabilities, {}, now, out);
  if (players_.find(session) != nullptr) return;
  Player* const player = admit(session, capabilities, now, out);
  if (player == nullptr) return;
  if (players_.enter(*player, PlayerName(name), kEntrance)) {
    return welcome(*player, "remembers your name", now, out);
  }
  // Nothing is asked: what was typed while the world was away would answer.
  for (std::string other(name.substr(0, kNameCharactersMax - 2));;) {
    for (const char first : kLetters) {
      for (const char second : kLetters) {
        if (!players_.enter(*player, PlayerName(other + first + second), kEntrance)) continue;
        out.push_back(
            {Effect::Kind::kNamed, shard_of(*player), {session}, {}, std::string(player->name.text())});
        return welcome(*player,
                       fmt::format("knows another {} by now, and writes {}", name, player->name.text()), now,
                       out);
      }
    }
    if (other.size() < 2) break;
    other.pop_back();
  }
  ask_name(*player, banner(*player, capabilities, kStranger), out);
}

void World::tell_of_return(Player& player, TimePoint now, Outbox& out) {
  player.held = false;
  Turn(players_, player, now, out).tell_room_in_passing(fmt::format("{} is back.", styled(player.name)));
}

void World::connection_lost(session::SessionHandle session, TimePoint now, Outbox& out) {
  Player* const player = players_.find(session);
  if (player == nullptr || std::exchange(player->held, true) || player->name.empty()) return;
  Turn(players_, *player, now, out)
      .tell_room_in_passing(fmt::format("{} has lost the connection.", styled(player->name)));
}

void World::connection_restored(session::SessionHandle session, const Capabilities& capabilities,
                                TimePoint now, Outbox& out) {
  Player* const player = players_.find(session);
  if (player == nullptr) return;
  const bool was_held = std::exchange(player->held, false);
  take_capabilities(*player, capabilities);
  if (player->name.empty()) return;
  if (was_held) tell_of_return(*player, now, out);
  Turn turn(players_, *player, now, out);
  turn.send_name();
  turn.send_vitals();
  turn.send_room();
}

void World::detach(session::SessionHandle session, session::DetachReason reason, TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) return;
  if (!player->name.empty() && reason != session::DetachReason::kShutdown) {
    Turn turn(players_, *player, now, out);
    turn.tell_room_in_passing(fmt::format("{} flickers, and is gone.", styled(player->name)));
  }
  players_.remove(*player);
}

void World::input(session::SessionHandle session, std::string_view line, TimePoint now, Outbox& out) {
  Player* player = players_.find(session);
  if (player == nullptr) {
    // Whoever was told to leave while a mailbox was full.
    Player stranger;
    stranger.session = session;
    return send_away(stranger, kGone, out);
  }
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
  out.push_back({Effect::Kind::kNamed, shard_of(player), {player.session}, {}, std::string(name.text())});
  welcome(player, "writes it down", now, out);
  return false;
}

void World::welcome(Player& player, std::string_view how, TimePoint now, Outbox& out) {
  Turn(players_, player, now, out)
      .tell_room_in_passing(fmt::format("{} hangs a lamp on a wire, and looks around.", styled(player.name)));
  arrive(player,
         fmt::format("\nThe keeper {}, hangs a lamp for you, and stands aside. ({}help{} says what you can "
                     "do.)\n\n",
                     how, sgr::kWord, sgr::kReset),
         now, out);
}

void World::arrive(Player& player, std::string_view words, TimePoint now, Outbox& out) {
  out.push_back({Effect::Kind::kEntered, shard_of(player), {player.session}, {}, {}});
  Turn turn(players_, player, now, out);
  turn.send_name();
  turn.send_vitals();
  turn.send_room();
  turn.reply = words;
  turn.describe_room();
  turn.finish();
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

void World::edited(session::SessionHandle session, std::uint64_t edit, bool cancelled, std::string_view text,
                   TimePoint now, Outbox& out) {
  Player* const player = players_.find(session);
  if (player == nullptr || !player->editing || player->edit != edit) return;
  player->editing = false;
  Turn turn(players_, *player, now, out);
  if (cancelled) {
    turn.reply = "Your note stays as it was.\n";
  } else if (text.size() > kNoteBytesMax) {
    turn.reply = fmt::format(
        "That is more than your note has room for (over {} bytes). It stays as it was.\n", kNoteBytesMax);
  } else {
    turn.reply = players_.set_note(*player, sanitised_lines(text))
                     ? "You have written on your note. Read it with note.\n"
                     : "So many people are writing that no paper is left. Your note stays as it was.\n";
  }
  turn.finish();
}

}  // namespace wyld::demo
