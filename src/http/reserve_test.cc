#include "http/reserve.h"

#include <gtest/gtest.h>

#include <array>

namespace wyld::http {
namespace {

runtime::AddressKey address(std::uint64_t number) { return {.high = number, .low = 0}; }

TEST(Reserve, TheFirstOfAnAddressGivesWayWhenTheAddressIsFull) {
  Reserve<int> reserve;
  std::array<int, 6> members{};
  EXPECT_EQ(reserve.enter(members[5], address(2)), nullptr);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(reserve.enter(members[static_cast<std::size_t>(i)], address(1)), nullptr) << i;
  EXPECT_EQ(reserve.enter(members[4], address(1)), &members[0]) << "and not the other address's";
  EXPECT_EQ(reserve.members(), 5U);
}

TEST(Reserve, TheFirstOfAllGivesWayWhenItIsFull) {
  Reserve<int> reserve;
  std::array<int, Reserve<int>::kMembersMax + 2> members{};
  for (std::size_t i = 0; i < Reserve<int>::kMembersMax; ++i) {
    EXPECT_EQ(reserve.enter(members[i], address(i)), nullptr) << i;
  }
  EXPECT_EQ(reserve.enter(members[32], address(100)), &members[0]);
  EXPECT_EQ(reserve.enter(members[33], address(101)), &members[1]);
  EXPECT_EQ(reserve.members(), Reserve<int>::kMembersMax);
}

TEST(Reserve, WhoHasLeftTakesNoPlace) {
  Reserve<int> reserve;
  std::array<int, 6> members{};
  for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(reserve.enter(members[i], address(1)), nullptr);
  reserve.leave(members[1]);
  reserve.leave(members[1]);
  EXPECT_EQ(reserve.enter(members[4], address(1)), nullptr);
  EXPECT_EQ(reserve.enter(members[5], address(1)), &members[0]);
}

}  // namespace
}  // namespace wyld::http
