#include "world/demo/turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "world/demo/text.h"

namespace wyld::demo {
namespace {

struct Group {
  std::uint8_t shard;
  bool colour;
  std::uint16_t columns;  // 0: the line fits
  std::vector<session::SessionHandle> to;
};

}  // namespace

void announce(std::span<Player* const> to, std::string_view text, Outbox& out) {
  const std::size_t needed = display_columns(text);
  std::vector<Group> groups;
  for (const Player* player : to) {
    const auto shard = static_cast<std::uint8_t>(player->session.shard);
    const std::uint16_t columns = player->columns >= needed ? std::uint16_t{0} : player->columns;
    auto group = std::ranges::find_if(groups, [&](const Group& g) {
      return g.shard == shard && g.colour == player->colour() && g.columns == columns;
    });
    if (group == groups.end()) group = groups.insert(group, {shard, player->colour(), columns, {}});
    group->to.push_back(player->session);
  }
  for (Group& group : groups) {
    const std::string shown = group.colour ? std::string(text) : without_colour(text);
    out.push_back(
        {Effect::Kind::kPrompted,
         group.shard,
         std::move(group.to),
         {},
         fmt::format("\n{}\n{}", group.columns == 0 ? shown : wrap(shown, group.columns), kPrompt)});
  }
}

void Turn::tell_room(std::string_view text) { announce(others_in_room(), text, out_); }

void Turn::tell_room_in_passing(std::string_view text) {
  if (players.in_room(player.room).size() <= kCrowd) tell_room(text);
}

std::vector<Player*> Turn::others_in_room() const {
  std::vector<Player*> others;
  for (const PlayerIndex index : players.in_room(player.room)) {
    if (&players.at(index) != &player) others.push_back(&players.at(index));
  }
  return others;
}

void Turn::speak(std::string_view channel, std::span<Player* const> to, std::string_view text,
                 std::string_view own_text) {
  const std::string plain = channel_text_json(channel, player.name.text(), without_colour(text));
  std::vector<Effect> messages;  // one per shard
  for (const Player* listener : to) {
    if (!listener->gmcp) continue;
    const auto shard = static_cast<std::uint8_t>(listener->session.shard);
    auto message = std::ranges::find(messages, shard, &Effect::shard);
    if (message == messages.end()) {
      message = messages.insert(message, {Effect::Kind::kSideChannel, shard, {}, "Comm.Channel.Text", plain});
    }
    message->to.push_back(listener->session);
  }
  std::ranges::move(messages, std::back_inserter(out_));
  announce(to, text, out_);
  side_channel("Comm.Channel.Text", channel_text_json(channel, player.name.text(), without_colour(own_text)));
  reply += own_text;
  reply += '\n';
}

void Turn::describe_room() {
  const Room& room = room_at(player.room);
  fmt::format_to(std::back_inserter(reply), "{}{}{}\n{}\n{}Exits: ", sgr::kTitle, room.name, sgr::kReset,
                 room.description, sgr::kExits);
  for (const Exit& exit : room.exits) {
    if (&exit != room.exits.data()) reply += ", ";
    reply += name_of(exit.direction);
  }
  fmt::format_to(std::back_inserter(reply), ".{}\n", sgr::kReset);
  const std::vector<Player*> others = others_in_room();
  if (others.empty()) return;
  reply += "Here with you: ";
  const std::size_t listed = std::min(others.size(), kListed);
  for (std::size_t i = 0; i < listed; ++i) {
    if (i > 0) reply += ", ";
    reply += styled(others[i]->name);
  }
  if (others.size() > listed)
    fmt::format_to(std::back_inserter(reply), " and {} more", others.size() - listed);
  reply += ".\n";
}

void Turn::side_channel(std::string_view package, std::string body) {
  if (!player.gmcp) return;
  out_.push_back({Effect::Kind::kSideChannel,
                  static_cast<std::uint8_t>(player.session.shard),
                  {player.session},
                  package,
                  std::move(body)});
}

void Turn::edit_note() {
  ++player.edit;
  player.editing = edits_ = true;
  const std::string_view note = players.note_of(player);
  out_.push_back({.kind = Effect::Kind::kEdit,
                  .shard = static_cast<std::uint8_t>(player.session.shard),
                  .to = {player.session},
                  .package = {},
                  .text = std::string(note),
                  .edit = player.edit});
}

void Turn::send_room() { side_channel("Room.Info", room_info_json(room_at(player.room))); }
void Turn::send_vitals() { side_channel("Char.Vitals", vitals_json(player.vitals)); }

void Turn::send_name() {
  std::string body = "{\"name\":";
  append_json_string(player.name.text(), body);
  body += ",\"fullname\":";
  append_json_string(fmt::format("{} of the Lamps", player.name.text()), body);
  body += '}';
  side_channel("Char.Name", std::move(body));
}

void Turn::finish() {
  if (edits_) return;
  const auto shard = static_cast<std::uint8_t>(player.session.shard);
  const std::string wrapped = wrap(player.colour() ? reply : without_colour(reply), player.columns);
  if (farewell.empty()) {
    out_.push_back({Effect::Kind::kPrompted, shard, {player.session}, {}, wrapped + std::string(kPrompt)});
  } else {
    if (!wrapped.empty()) out_.push_back({Effect::Kind::kText, shard, {player.session}, {}, wrapped});
    out_.push_back({Effect::Kind::kLeft, shard, {player.session}, {}, farewell});
  }
}

std::string styled(const PlayerName& name) {
  return fmt::format("{}{}{}", sgr::kPlayer, name.text(), sgr::kReset);
}

std::string room_info_json(const Room& room) {
  std::string json = fmt::format("{{\"num\":{},\"name\":", room.number);
  append_json_string(room.name, json);
  json += ",\"area\":";
  append_json_string(room.area, json);
  json += ",\"environment\":";
  append_json_string(room.environment, json);
  json += ",\"exits\":{";
  for (const Exit& exit : room.exits) {
    if (&exit != room.exits.data()) json += ',';
    append_json_string(short_name_of(exit.direction), json);
    fmt::format_to(std::back_inserter(json), ":{}", room_at(exit.to).number);
  }
  json += "}}";
  return json;
}

std::string vitals_json(const Vitals& vitals) {
  return fmt::format("{{\"hp\":{},\"maxhp\":{},\"mp\":{},\"maxmp\":{},\"ep\":{},\"maxep\":{}}}",
                     vitals.health, Vitals::kHealthMax, vitals.light, Vitals::kLightMax, vitals.legs,
                     Vitals::kLegsMax);
}

std::string channel_text_json(std::string_view channel, std::string_view talker, std::string_view text) {
  std::string json = "{\"channel\":";
  append_json_string(channel, json);
  json += ",\"talker\":";
  append_json_string(talker, json);
  json += ",\"text\":";
  append_json_string(text, json);
  json += '}';
  return json;
}

}  // namespace wyld::demo
