#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "world/demo/turn.h"
#include "world/demo/world_fixture.h"

namespace wyld::demo {
namespace {

namespace json = boost::json;

// The last body of `package`, parsed; null when there was none.
json::value last(const Heard& heard, std::string_view package) {
  for (auto it = heard.side_channel.rbegin(); it != heard.side_channel.rend(); ++it) {
    if (it->first == package) return json::parse(it->second);
  }
  return nullptr;
}

TEST(DemoGmcp, EntryTellsNameVitalsAndRoom) {
  TwoShards game;
  const auto alice = game.enter("alice", 0, gmcp_client());
  const Heard& heard = game.heard(alice);
  EXPECT_EQ(last(heard, "Char.Name").at("name"), "Alice");
  EXPECT_EQ(last(heard, "Char.Vitals"),
            json::parse(R"({"hp":100,"maxhp":100,"mp":60,"maxmp":60,"ep":80,"maxep":80})"));
  EXPECT_EQ(last(heard, "Room.Info"),
            json::parse(R"({"num":100,"name":"The Lamplit Court","area":"The Threshold","environment":"City",
                            "exits":{"n":101,"e":102,"w":104,"s":105,"u":107}})"));
}

TEST(DemoGmcp, WalkingTellsTheNewRoomBeforeItsText) {
  TwoShards game;
  const auto alice = game.enter("alice", 0, gmcp_client());
  game.says(alice, "n");
  game.says(alice, "n");
  EXPECT_EQ(last(game.heard(alice), "Room.Info").at("num"), 200);
  EXPECT_EQ(last(game.heard(alice), "Char.Vitals").at("mp"), 52);
  EXPECT_EQ(last(game.heard(alice), "Char.Vitals").at("ep"), 74);
}

TEST(DemoGmcp, SpeechGoesToListenersAndSpeaker) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, gmcp_client());
  const auto bob = game.enter("Bob", 1, gmcp_client());
  const auto carl = game.enter("Carl", 1, plain_client());
  game.says(alice, "say \"hi\" \\ \xE2\x82\xAC\x01");
  EXPECT_EQ(
      last(game.heard(bob), "Comm.Channel.Text"),
      (json::value{
          {"channel", "say"}, {"talker", "Alice"}, {"text", "Alice says, \"\"hi\" \\ \xE2\x82\xAC\""}}));
  EXPECT_EQ(last(game.heard(alice), "Comm.Channel.Text").at("text"), "You say, \"\"hi\" \\ \xE2\x82\xAC\"");
  EXPECT_TRUE(game.heard(carl).side_channel.empty());
  game.says(alice, "tell bob psst");
  EXPECT_EQ(last(game.heard(bob), "Comm.Channel.Text").at("channel"), "tell");
  game.says(bob, "shout HEY");
  EXPECT_EQ(last(game.heard(alice), "Comm.Channel.Text").at("channel"), "shout");
  EXPECT_EQ(last(game.heard(alice), "Comm.Channel.Text").at("talker"), "Bob");
}

TEST(DemoGmcp, AClientThatAgreesLateIsToldEverythingThen) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  EXPECT_TRUE(game.heard(alice).side_channel.empty());
  game.links[0]->capabilities_changed(alice, gmcp_client());
  EXPECT_EQ(game.heard(alice).side_channel.size(), 3U);
  game.links[0]->capabilities_changed(alice, gmcp_client());
  EXPECT_EQ(game.heard(alice).side_channel.size(), 3U);
}

TEST(DemoGmcp, EveryRoomIsValidJson) {
  for (const Room& room : all_rooms()) {
    const json::value info = json::parse(room_info_json(room));
    EXPECT_EQ(info.at("num"), room.number);
    EXPECT_EQ(info.at("exits").as_object().size(), room.exits.size());
  }
}

}  // namespace
}  // namespace wyld::demo
