#include "world/demo/rooms.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "base/utf8.h"
#include "world/demo/players.h"

namespace wyld::demo {
namespace {

TEST(DemoRooms, EveryExitLeadsSomewhereAndBackUnlessOneWay) {
  const auto rooms = all_rooms();
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    std::set<Direction> seen;
    for (const Exit& exit : rooms[i].exits) {
      ASSERT_LT(static_cast<std::size_t>(exit.to), rooms.size()) << rooms[i].name;
      EXPECT_TRUE(seen.insert(exit.direction).second)
          << rooms[i].name << " has two ways " << name_of(exit.direction);
      const Exit* back = exit_of(room_at(exit.to), opposite(exit.direction));
      const bool returns = back != nullptr && static_cast<std::size_t>(back->to) == i;
      EXPECT_EQ(returns, !exit.one_way) << rooms[i].name << ", " << name_of(exit.direction);
    }
  }
}

TEST(DemoRooms, AllCanBeReachedAndLeftForTheEntrance) {
  const auto rooms = all_rooms();
  const auto reached_from = [&](std::size_t start) {
    std::set<std::size_t> reached = {start};
    for (std::vector<std::size_t> todo = {start}; !todo.empty();) {
      const std::size_t here = todo.back();
      todo.pop_back();
      for (const Exit& exit : rooms[here].exits) {
        if (reached.insert(static_cast<std::size_t>(exit.to)).second)
          todo.push_back(static_cast<std::size_t>(exit.to));
      }
    }
    return reached;
  };
  EXPECT_EQ(reached_from(static_cast<std::size_t>(kEntrance)).size(), rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    EXPECT_TRUE(reached_from(i).contains(static_cast<std::size_t>(kEntrance))) << rooms[i].name;
  }
  EXPECT_GE(rooms.size(), 12U);
  EXPECT_LE(rooms.size(), 16U);
}

TEST(DemoRooms, AreWrittenOutInFull) {
  std::set<std::uint32_t> numbers;
  std::set<std::string_view> names;
  for (const Room& room : all_rooms()) {
    EXPECT_TRUE(numbers.insert(room.number).second) << room.name;
    EXPECT_TRUE(names.insert(room.name).second) << room.name;
    EXPECT_GT(room.description.size(), 100U) << room.name;
    EXPECT_TRUE(room.description.ends_with('.')) << room.name;
    EXPECT_GE(room.features.size(), 2U) << room.name;
    std::set<std::string> words;
    for (const Feature& feature : room.features) {
      EXPECT_TRUE(is_ascii(feature.text)) << room.name << ": " << feature.words;
      std::istringstream in{std::string(feature.words)};
      for (std::string word; in >> word;) {
        EXPECT_TRUE(words.insert(word).second) << room.name << " has two things called " << word;
        EXPECT_FALSE(direction_named(word)) << word;
      }
    }
    EXPECT_TRUE(is_ascii(room.description)) << room.name;
    for (const Exit& exit : room.exits) {
      EXPECT_NE(room.description.find(name_of(exit.direction)), std::string_view::npos)
          << room.name << " does not mention the way " << name_of(exit.direction);
    }
  }
}

TEST(DemoDirections, AreNamedBothWays) {
  for (const Direction direction : kDirections) {
    EXPECT_EQ(direction_named(name_of(direction)), direction);
    EXPECT_EQ(direction_named(short_name_of(direction)), direction);
    EXPECT_EQ(opposite(opposite(direction)), direction);
  }
  EXPECT_FALSE(direction_named("sideways"));
  EXPECT_FALSE(direction_named(""));
}

}  // namespace
}  // namespace wyld::demo
