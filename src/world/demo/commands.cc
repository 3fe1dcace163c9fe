#include "world/demo/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "world/demo/text.h"

namespace wyld::demo {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The first word of `text`, which is cut to what follows.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::string_view word = text.substr(0, text.find(' '));
  text = trimmed(text.substr(word.size()));
  return word;
}

template <typename... Args>
void answer(Turn& turn, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(turn.reply), format, std::forward<Args>(args)...);
  turn.reply += '\n';
}

void add(std::uint8_t& value, int amount, std::uint8_t least, std::uint8_t most) {
  value =
      static_cast<std::uint8_t>(std::clamp(value + amount, static_cast<int>(least), static_cast<int>(most)));
}

// --- Looking -----------------------------------------------------------------------------------------

void look_at_player(Turn& turn, const Player& other) {
  if (&other == &turn.player) {
    answer(turn, "You are about as tall as you remember, and carrying a lamp.");
  } else {
    answer(turn, "{} carries a lamp that burns {}, and has come {} far today.", styled(other.name),
           other.vitals.light * 2 >= Vitals::kLightMax ? "steadily" : "low",
           other.vitals.legs * 2 >= Vitals::kLegsMax ? "not very" : "rather");
    if (other.held) answer(turn, "{} looks through you: the connection is lost.", other.name.text());
  }
}

const Player* player_here(Turn& turn, std::string_view word) {
  if (word == "me" || word == "self" || word == "myself") return &turn.player;
  bool ambiguous = false;
  const Player* other = turn.players.find_by_prefix(word, ambiguous);
  return other != nullptr && other->room == turn.player.room ? other : nullptr;
}

void look(Turn& turn, std::string_view argument) {
  std::string thing = lowered(argument);
  std::string_view rest = thing;
  std::string_view word = take_word(rest);
  for (const std::string_view filler : {"at", "in", "into", "through", "the", "a"}) {
    if (word == filler && !rest.empty()) word = take_word(rest);
  }
  if (word.empty() || word == "here" || word == "around") return turn.describe_room();
  const std::string_view noun = rest.empty() ? word : rest.substr(rest.rfind(' ') + 1);  // "bronze herons"
  const Room& room = room_at(turn.player.room);
  for (const Feature& feature : room.features) {
    std::string_view words = feature.words;
    while (!words.empty()) {
      const std::string_view known = take_word(words);
      if (known == word || known == noun) return answer(turn, "{}", feature.text);
    }
  }
  if (const auto direction = direction_named(word)) {
    const Exit* exit = exit_of(room, *direction);
    if (exit == nullptr) return answer(turn, "Nothing of note lies {}.", name_of(*direction));
    return answer(turn, "That way lies {}.", room_at(exit->to).name);
  }
  if (const Player* other = player_here(turn, word)) return look_at_player(turn, *other);
  answer(turn, "You look for that, and find everything else.");
}

void exits(Turn& turn, std::string_view) {
  const Room& room = room_at(turn.player.room);
  for (const Exit& exit : room.exits) {
    answer(turn, "{}{:<6}{} {}", sgr::kExits, name_of(exit.direction), sgr::kReset, room_at(exit.to).name);
  }
}

// --- Walking -----------------------------------------------------------------------------------------

void walk(Turn& turn, Direction direction) {
  Player& player = turn.player;
  const Exit* exit = exit_of(room_at(player.room), direction);
  if (exit == nullptr)
    return answer(turn, "You cannot go {} from here. Type exits to see the ways out.", name_of(direction));
  turn.tell_room_in_passing(fmt::format("{} {} {}.", styled(player.name),
                                        exit->crosses_worlds ? "crosses over," : "leaves",
                                        name_of(direction)));
  turn.players.move(player, exit->to);
  const Room& room = room_at(exit->to);
  add(player.vitals.legs, -3, 0, Vitals::kLegsMax);
  if (exit->crosses_worlds) add(player.vitals.light, -8, 0, Vitals::kLightMax);
  if (room.cold) add(player.vitals.health, -4, 20, Vitals::kHealthMax);
  if (exit->one_way) {
    turn.tell_room_in_passing(fmt::format("{} comes up out of nowhere in particular.", styled(player.name)));
  } else {
    const Direction from = opposite(direction);
    const std::string_view where = from == Direction::kUp ? "above" : from == Direction::kDown ? "below" : "";
    turn.tell_room_in_passing(where.empty()
                                  ? fmt::format("{} arrives from the {}.", styled(player.name), name_of(from))
                                  : fmt::format("{} arrives from {}.", styled(player.name), where));
  }
  if (!exit->passage.empty()) answer(turn, "{}\n", exit->passage);
  turn.send_room();
  turn.send_vitals();
  turn.describe_room();
  if (player.vitals.legs == 0) answer(turn, "Your legs would like you to rest.");
}

template <Direction kDirection>
void walk_to(Turn& turn, std::string_view) {
  walk(turn, kDirection);
}

void go(Turn& turn, std::string_view argument) {
  const std::string word = lowered(argument);
  if (const auto direction = direction_named(word)) return walk(turn, *direction);
  answer(turn, "Go where? The ways are north, south, east, west, up and down; exits says which lead on.");
}

void rest(Turn& turn, std::string_view) {
  Vitals& vitals = turn.player.vitals;
  add(vitals.legs, 25, 0, Vitals::kLegsMax);
  add(vitals.health, 15, 0, Vitals::kHealthMax);
  add(vitals.light, 5, 0, Vitals::kLightMax);
  turn.send_vitals();
  answer(turn, "You sit down for a while, and nobody minds.");
  turn.tell_room_in_passing(fmt::format("{} sits down for a while.", styled(turn.player.name)));
}

void drink(Turn& turn, std::string_view) {
  const Room& room = room_at(turn.player.room);
  if (room.water.empty())
    return answer(turn, "There is nothing to drink here. There was a fountain somewhere.");
  add(turn.player.vitals.light, 30, 0, Vitals::kLightMax);
  turn.send_vitals();
  answer(turn, "{}", room.water);
  turn.tell_room_in_passing(fmt::format("{} drinks, and glows a little.", styled(turn.player.name)));
}

void score(Turn& turn, std::string_view) {
  const Vitals& v = turn.player.vitals;
  answer(turn, "Health {}/{}, light {}/{}, legs {}/{}. Walking tires the legs, crossing over takes light.",
         v.health, Vitals::kHealthMax, v.light, Vitals::kLightMax, v.legs, Vitals::kLegsMax);
  turn.send_vitals();
}

// --- Talking -----------------------------------------------------------------------------------------

// The text as others may see it; empty when there is nothing to say, and the player has been told.
std::string speech(Turn& turn, std::string_view argument, std::string_view how) {
  std::string clean = sanitise(argument);
  if (trimmed(clean).empty()) {
    answer(turn, "{} what?", how);
    return {};
  }
  if (clean.size() > kSpeechBytesMax) {
    answer(turn, "That is too long for one breath (over {} bytes). Nobody heard it.", kSpeechBytesMax);
    return {};
  }
  return clean;
}

struct Verb {
  std::string_view own;     // "say"
  std::string_view others;  // "says"
};

Verb verb_for(std::string_view text) {
  if (text.ends_with('?')) return {"ask", "asks"};
  if (text.ends_with('!')) return {"exclaim", "exclaims"};
  return {"say", "says"};
}

void say(Turn& turn, std::string_view argument) {
  const std::string text = speech(turn, argument, "Say");
  if (text.empty()) return;
  const Verb verb = verb_for(text);
  turn.speak("say", turn.others_in_room(),
             fmt::format("{} {}, \"{}\"", styled(turn.player.name), verb.others, text),
             fmt::format("You {}, \"{}\"", verb.own, text));
}

void shout(Turn& turn, std::string_view argument) {
  const std::string text = speech(turn, argument, "Shout");
  if (text.empty()) return;
  std::vector<Player*> everyone;
  for (std::size_t room = 0; room < all_rooms().size(); ++room) {
    for (const PlayerIndex index : turn.players.in_room(RoomId{static_cast<std::uint8_t>(room)})) {
      if (Player& other = turn.players.at(index); &other != &turn.player) everyone.push_back(&other);
    }
  }
  turn.speak("shout", everyone,
             fmt::format("{}{} shouts, \"{}\"{}", sgr::kShout, turn.player.name.text(), text, sgr::kReset),
             fmt::format("{}You shout, \"{}\"{}", sgr::kShout, text, sgr::kReset));
}

void tell(Turn& turn, std::string_view argument) {
  std::string_view name = take_word(argument);
  while (name.ends_with(',') || name.ends_with(':')) name.remove_suffix(1);
  if (name.empty()) return answer(turn, "Tell whom? For example: tell Alice hello.");
  bool ambiguous = false;
  Player* other = turn.players.find_by_prefix(name, ambiguous);
  if (ambiguous) return answer(turn, "Several names begin like that. Type who to see them all.");
  if (other == nullptr) return answer(turn, "Nobody by that name is here. Type who to see who is.");
  if (other == &turn.player) return answer(turn, "You have a quiet word with yourself.");
  const std::string text = speech(turn, argument, "Tell them");
  if (text.empty()) return;
  turn.speak("tell", {&other, 1},
             fmt::format("{}{} tells you, \"{}\"{}", sgr::kTell, turn.player.name.text(), text, sgr::kReset),
             fmt::format("{}You tell {}, \"{}\"{}", sgr::kTell, other->name.text(), text, sgr::kReset));
}

void emote(Turn& turn, std::string_view argument) {
  const std::string text = speech(turn, argument, "Do");
  if (text.empty()) return;
  // "'s lamp flickers" belongs to the name.
  const std::string_view gap = text.starts_with('\'') ? "" : " ";
  turn.tell_room(fmt::format("{}{}{}", styled(turn.player.name), gap, text));
  answer(turn, "{}{}{}", styled(turn.player.name), gap, text);
}

// --- Writing -----------------------------------------------------------------------------------------

void edit(Turn& turn, std::string_view argument) {
  const std::string what = lowered(argument);
  if (!what.empty() && what != "note" && what != "my note") {
    return answer(turn, "You carry one thing to write on: edit note.");
  }
  turn.edit_note();
}

void note(Turn& turn, std::string_view) {
  const std::string_view text = turn.players.note_of(turn.player);
  if (text.empty()) return answer(turn, "Your note is blank. Write on it with edit note.");
  answer(turn, "On your note stands:");
  turn.reply += text;
  if (!text.ends_with('\n')) turn.reply += '\n';
}

// --- Knowing -----------------------------------------------------------------------------------------

void who(Turn& turn, std::string_view) { list_players(turn); }

void help(Turn& turn, std::string_view argument) {
  const std::string topic = lowered(argument);
  if (topic.empty()) {
    for (const Command& command : all_commands()) {
      if (!command.usage.empty()) {
        answer(turn, "  {}{:<18}{} {}", sgr::kWord, command.usage, sgr::kReset, command.help);
      }
    }
    return answer(
        turn,
        "Walk with n, s, e, w, u and d. You can abbreviate commands, and look at much of what a room "
        "mentions.");
  }
  for (const Command& command : all_commands()) {
    if (!command.name.starts_with(topic) && command.alias != topic) continue;
    answer(turn, "{}{}{}: {}", sgr::kWord, command.usage.empty() ? command.name : command.usage, sgr::kReset,
           command.help);
    if (!command.alias.empty()) answer(turn, "Short: {}", command.alias);
    return;
  }
  answer(turn, "There is no help on that. Type help alone for a list.");
}

void colour(Turn& turn, std::string_view argument) {
  const std::string word = lowered(argument);
  if (word == "on" || word == "off") {
    turn.player.colour_choice = word == "on" ? ColourChoice::kOn : ColourChoice::kOff;
    return answer(turn, "{}Colour is {}.{}", sgr::kExits, word, sgr::kReset);
  }
  answer(turn, "Colour is {}. Say colour on or colour off.", turn.player.colour() ? "on" : "off");
}

void quit(Turn& turn, std::string_view) {
  turn.tell_room_in_passing(fmt::format("{} takes down a lamp, and goes home.", styled(turn.player.name)));
  turn.farewell =
      fmt::format("You take your lamp from its wire and go home. The court will keep your place, {}.",
                  turn.player.name.text());
}

constexpr Command kCommands[] = {
    {"look", "l", "look [thing]", "what is here, or one thing more closely", look},
    {"examine", "x", "examine thing", "the same as look", look},
    {"exits", "", "exits", "the ways out and where they lead", exits},
    {"go", "", "go direction", "walk; the direction alone will do", go},
    {"north", "n", "", "Walk north.", walk_to<Direction::kNorth>},
    {"south", "s", "", "Walk south.", walk_to<Direction::kSouth>},
    {"east", "e", "", "Walk east.", walk_to<Direction::kEast>},
    {"west", "w", "", "Walk west.", walk_to<Direction::kWest>},
    {"up", "u", "", "Climb up.", walk_to<Direction::kUp>},
    {"down", "d", "", "Climb down.", walk_to<Direction::kDown>},
    {"rest", "", "rest", "sit down until legs and lamp feel better", rest},
    {"drink", "", "drink", "where there is water", drink},
    {"score", "", "score", "how you are", score},
    {"say", "'", "say text", "speak to those in the room; ' and \" do the same", say},
    {"tell", "t", "tell name text", "speak to one player, wherever they are", tell},
    {"shout", "", "shout text", "speak to everyone in both worlds", shout},
    {"emote", ":", "emote text", "do something; :waves shows as you waving", emote},
    {"edit", "", "edit note", "write a note for yourself, kept until you go home", edit},
    {"note", "", "note", "read it", note},
    {"who", "", "who", "who is about", who},
    {"colour", "color", "colour on|off", "with colour or without", colour},
    {"help", "?", "help [command]", "this list, or more on one command", help},
    {"quit", "q", "quit", "go home", quit},
};

const Command* find_command(Turn& turn, std::string_view word) {
  for (const Command& command : kCommands) {
    if (word == command.name || word == command.alias) return &command;
  }
  const Command* found = nullptr;
  std::string several;
  for (const Command& command : kCommands) {
    if (!command.name.starts_with(word) && !(command.alias.size() > 1 && command.alias.starts_with(word)))
      continue;
    if (found != nullptr) several += " or ";
    several += command.name;
    found = &command;
  }
  if (found == nullptr) {
    answer(turn,
           "That means nothing here. Type {0}help{1} for what does, or {0}look{1} to see where you are.",
           sgr::kWord, sgr::kReset);
  } else if (several != found->name) {
    answer(turn, "Do you mean {}?", several);
    return nullptr;
  }
  return found;
}

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

void run_command(Turn& turn, std::string_view line) {
  line = trimmed(line);
  if (line.empty()) return;
  // What needs no space after it.
  if (line[0] == '\'' || line[0] == '"') return say(turn, trimmed(line.substr(1)));
  if (line[0] == ':') return emote(turn, trimmed(line.substr(1)));
  if (line[0] == '?') return help(turn, trimmed(line.substr(1)));
  const std::string word = lowered(take_word(line));
  if (const Command* command = find_command(turn, word)) command->run(turn, line);
}

void list_players(Turn& turn) {
  const std::size_t count = turn.players.named_count();
  std::size_t listed = 0;
  for (std::size_t room = 0; room < all_rooms().size(); ++room) {
    const RoomId id{static_cast<std::uint8_t>(room)};
    for (const PlayerIndex index : turn.players.in_room(id)) {
      if (listed++ == Turn::kListed) return answer(turn, "and {} more.", count - Turn::kListed);
      const Player& other = turn.players.at(index);
      const std::size_t padding = kNameCharactersMax + 2 - other.name.text().size();
      answer(turn, "  {}{:{}}{}{}", styled(other.name), "", padding, room_at(id).name,
             other.held ? ", connection lost" : "");
    }
  }
  if (count == 0) return answer(turn, "Nobody is about yet.");
  if (count == 1) return answer(turn, "One traveller is about.");
  answer(turn, "{} travellers are about.", count);
}

}  // namespace wyld::demo
