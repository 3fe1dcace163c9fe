#include "codec/gmcp/state.h"

#include <gtest/gtest.h>

namespace wyld::gmcp {
namespace {

TEST(GmcpState, KnownPackagesReportAStateAndAllOthersAnEvent) {
  EXPECT_EQ(meaning_of("Room.Info"), Meaning::kState);
  EXPECT_EQ(meaning_of("room.info"), Meaning::kState);
  EXPECT_EQ(meaning_of("Char.Vitals"), Meaning::kFields);
  for (const char* package :
       {"Comm.Channel.Text", "Room", "Room.Info.X", "Char.Items.List", "Client.GUI", "MyGame.Weather", ""}) {
    EXPECT_EQ(meaning_of(package), Meaning::kEvent) << package;
  }
}

TEST(GmcpState, AMessageMayHoldOnlyTheFieldsThatHaveChanged) {
  EXPECT_EQ(merge_fields(R"({"hp":1,"maxhp":9})", R"({"hp":2})"), R"({"hp":2,"maxhp":9})");
  EXPECT_EQ(merge_fields(R"({"hp":1})", R"({"mp":{"now":2}})"), R"({"hp":1,"mp":{"now":2}})");
  EXPECT_EQ(merge_fields("", R"({"hp":2})"), R"({"hp":2})");
  EXPECT_EQ(merge_fields(R"({"hp":1})", "dead"), "dead");
  EXPECT_EQ(merge_fields("[1]", R"({"hp":2})"), R"({"hp":2})");
}

}  // namespace
}  // namespace wyld::gmcp
