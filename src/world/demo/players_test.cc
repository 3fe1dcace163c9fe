#include "world/demo/players.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "world/demo/commands.h"

namespace wyld::demo {
namespace {

session::SessionHandle handle(std::uint32_t slot, std::uint32_t shard = 0) {
  return {.shard = shard & 0xFF, .slot = slot & 0xFFFFFF, .generation = 1};
}

TEST(DemoNames, NeverLookLikeACommand) {
  for (const Command& command : all_commands()) {
    if (!command.usage.empty() && command.name != "emote" && command.name != "score" &&
        command.name != "examine" && command.name != "edit" && command.name != "note") {
      EXPECT_NE(name_problem(command.name), "") << command.name;
    }
  }
}

TEST(DemoNames, BeginWithACapitalAndCompareWithoutCase) {
  EXPECT_EQ(PlayerName("alice").text(), "Alice");
  EXPECT_EQ(PlayerName("alice"), PlayerName("ALICE"));
  EXPECT_FALSE(PlayerName("alice") == PlayerName("alicia"));
}

TEST(DemoPlayers, NamesAreUniqueAndFreeAgainAfterRemoval) {
  PlayerTable table(10);
  Player* first = table.add(handle(1));
  ASSERT_TRUE(table.enter(*first, PlayerName("Alice"), kEntrance));
  Player* second = table.add(handle(2));
  EXPECT_FALSE(table.enter(*second, PlayerName("aLICE"), kEntrance));
  EXPECT_TRUE(second->name.empty());
  table.remove(*table.find(handle(1)));
  EXPECT_TRUE(table.enter(*table.find(handle(2)), PlayerName("aLICE"), kEntrance));
  EXPECT_EQ(table.named_count(), 1U);
}

TEST(DemoPlayers, TableIsFullAtItsBoundAndNotBefore) {
  PlayerTable table(2);
  EXPECT_NE(table.add(handle(1)), nullptr);
  EXPECT_EQ(table.add(handle(1)), nullptr);  // twice the same
  EXPECT_NE(table.add(handle(2)), nullptr);
  EXPECT_EQ(table.add(handle(3)), nullptr);
  table.remove(*table.find(handle(1)));
  EXPECT_NE(table.add(handle(3)), nullptr);
}

TEST(DemoPlayers, ASlotUsedAgainIsAnotherSession) {
  PlayerTable table(10);
  table.add({.shard = 1, .slot = 7, .generation = 1});
  EXPECT_EQ(table.find(session::SessionHandle{.shard = 1, .slot = 7, .generation = 2}), nullptr);
  EXPECT_EQ(table.find(session::SessionHandle{.shard = 2, .slot = 7, .generation = 1}), nullptr);
  EXPECT_NE(table.find(session::SessionHandle{.shard = 1, .slot = 7, .generation = 1}), nullptr);
}

TEST(DemoPlayers, AreFoundByABeginningThatIsTheirsAlone) {
  PlayerTable table(10);
  table.enter(*table.add(handle(1)), PlayerName("Bert"), kEntrance);
  table.enter(*table.add(handle(2)), PlayerName("Berta"), kEntrance);
  table.enter(*table.add(handle(3)), PlayerName("Carl"), kEntrance);
  bool ambiguous = false;
  EXPECT_EQ(table.find_by_prefix("bert", ambiguous)->name.text(), "Bert");
  EXPECT_EQ(table.find_by_prefix("berta", ambiguous)->name.text(), "Berta");
  EXPECT_EQ(table.find_by_prefix("c", ambiguous)->name.text(), "Carl");
  EXPECT_EQ(table.find_by_prefix("be", ambiguous), nullptr);
  EXPECT_TRUE(ambiguous);
  EXPECT_EQ(table.find_by_prefix("x", ambiguous), nullptr);
  EXPECT_FALSE(ambiguous);
  EXPECT_EQ(table.find_by_prefix("", ambiguous), nullptr);
  EXPECT_EQ(table.find_by_prefix("a-name-beyond-any-bound", ambiguous), nullptr);
}

TEST(DemoPlayers, RoomListsAgreeWithTheirMembersAfterAnyMoves) {
  PlayerTable table(64);
  std::mt19937 random(5);
  std::set<std::uint32_t> present;
  for (int step = 0; step < 20'000; ++step) {
    const auto slot = static_cast<std::uint32_t>(random() % 40);
    Player* player = table.find(handle(slot));
    if (player == nullptr) {
      player = table.add(handle(slot));
      std::string name = "Aa";
      name[0] = static_cast<char>('A' + slot / 20);
      name[1] = static_cast<char>('a' + slot % 20);
      ASSERT_TRUE(table.enter(*player, PlayerName(name), kEntrance));
      present.insert(slot);
    } else if (random() % 4 == 0) {
      table.remove(*player);
      present.erase(slot);
    } else {
      table.move(*player, RoomId{static_cast<std::uint8_t>(random() % all_rooms().size())});
    }
    std::size_t listed = 0;
    for (std::size_t room = 0; room < all_rooms().size(); ++room) {
      for (const PlayerIndex index : table.in_room(RoomId{static_cast<std::uint8_t>(room)})) {
        ASSERT_EQ(static_cast<std::size_t>(table.at(index).room), room);
        ASSERT_TRUE(present.contains(table.at(index).session.slot));
        ++listed;
      }
    }
    ASSERT_EQ(listed, present.size());
  }
}

}  // namespace
}  // namespace wyld::demo
