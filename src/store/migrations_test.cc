#include "store/migrations.h"

#include <gtest/gtest.h>

namespace wyld::store {
namespace {

constexpr std::array<Migration, 3> kThree{{{.number = 1, .name = "one", .sql = ""},
                                           {.number = 2, .name = "two", .sql = ""},
                                           {.number = 4, .name = "four", .sql = ""}}};

TEST(Migrations, AnEmptyDatabaseLacksAllOfThem) {
  const SchemaState state = schema_state(0, kThree);
  EXPECT_EQ(state.stored, 0U);
  EXPECT_EQ(state.wanted, 4U);
  EXPECT_EQ(state.pending, (std::vector<std::string>{"1 one", "2 two", "4 four"}));
  EXPECT_FALSE(is_newer_than_program(state));
}

TEST(Migrations, OnlyWhatFollowsTheStoredNumberIsPending) {
  EXPECT_EQ(schema_state(2, kThree).pending, std::vector<std::string>{"4 four"});
  EXPECT_EQ(schema_state(3, kThree).pending, std::vector<std::string>{"4 four"});
  EXPECT_TRUE(schema_state(4, kThree).pending.empty());
  EXPECT_FALSE(is_newer_than_program(schema_state(4, kThree)));
}

TEST(Migrations, ANumberBeyondTheLastIsANewerProgramsWork) {
  EXPECT_TRUE(is_newer_than_program(schema_state(5, kThree)));
  EXPECT_TRUE(schema_state(5, kThree).pending.empty());
  EXPECT_TRUE(is_newer_than_program(schema_state(1, {})));
}

}  // namespace
}  // namespace wyld::store
