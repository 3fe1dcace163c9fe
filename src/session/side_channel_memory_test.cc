#include "session/side_channel_memory.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

struct Client {
  std::string got;
  SideChannelMemory::Send send() {
    return [this](std::string_view package, std::string_view body) {
      got += std::string(package) + ' ' + std::string(body) + ';';
    };
  }
};

class SideChannel : public ::testing::Test {
 protected:
  std::string waiting() {
    Client client;
    memory_.send_waiting(client.send());
    return client.got;
  }
  std::string all() {
    Client client;
    memory_.send_all(client.send());
    return client.got;
  }

  SideChannelBudget budget_{.bytes_max = 1024 * 1024};
  SideChannelMemory memory_{budget_};
};

TEST_F(SideChannel, EventsWaitInOrderAndAreToldOnce) {
  memory_.hold_back("Comm.Channel.Text", "1");
  memory_.hold_back("Room.AddPlayer", "2");
  memory_.hold_back("Comm.Channel.Text", "3");
  EXPECT_TRUE(memory_.waits());
  EXPECT_EQ(waiting(), "Comm.Channel.Text 1;Room.AddPlayer 2;Comm.Channel.Text 3;");
  EXPECT_FALSE(memory_.waits());
  EXPECT_EQ(all(), "");
  EXPECT_EQ(budget_.bytes, 0U);
}

TEST_F(SideChannel, AStateIsToldOnceAsItIsAndKeptForTheNextClient) {
  memory_.sent("Room.Info", "1");
  memory_.sent("Char.Name", "ada");
  EXPECT_EQ(waiting(), "") << "the client has had it";
  memory_.hold_back("Room.Info", "2");
  memory_.hold_back("Comm.Channel.Text", "x");
  memory_.hold_back("room.info", "3");
  EXPECT_EQ(waiting(), "Comm.Channel.Text x;room.info 3;");
  EXPECT_EQ(all(), "Char.Name ada;room.info 3;");
  EXPECT_EQ(all(), "Char.Name ada;room.info 3;");
  memory_.hold_back("Room.Info", "4");
  memory_.forget_states();
  EXPECT_EQ(all(), "");
  EXPECT_EQ(budget_.bytes, 0U);
}

TEST_F(SideChannel, FieldsThatWereNotRepeatedStay) {
  memory_.sent("Char.Vitals", R"({"hp":1,"maxhp":9})");
  memory_.hold_back("Char.Vitals", R"({"hp":2})");
  EXPECT_EQ(waiting(), R"(Char.Vitals {"hp":2,"maxhp":9};)");
}

TEST_F(SideChannel, AtTheBoundNothingIsLostAndOneBeyondTheOldestEvent) {
  memory_.hold_back("Room.Info", "here");
  for (std::size_t i = 1; i < SideChannelMemory::kWaitingMax; ++i)
    EXPECT_TRUE(memory_.hold_back("E", std::to_string(i)));
  EXPECT_EQ(memory_.take_lost(), 0U);
  EXPECT_FALSE(memory_.hold_back("E", "last"));
  EXPECT_EQ(memory_.take_lost(), 1U);
  EXPECT_EQ(memory_.take_lost(), 0U);
  const std::string got = waiting();
  EXPECT_TRUE(got.starts_with("Room.Info here;E 2;")) << got.substr(0, 40);
  EXPECT_TRUE(got.ends_with("E last;"));
}

TEST_F(SideChannel, BytesAreBoundedForTheSessionAndForTheShard) {
  const std::string body(60'000, 'x');
  EXPECT_TRUE(memory_.hold_back("A", body));
  EXPECT_TRUE(memory_.hold_back("B", body));
  EXPECT_FALSE(memory_.hold_back("C", body));
  EXPECT_EQ(memory_.take_lost(), 1U);
  EXPECT_LE(memory_.bytes(), SideChannelMemory::kBytesMax);
  EXPECT_EQ(waiting(), "B " + body + ";C " + body + ";");
  EXPECT_FALSE(memory_.hold_back("D", std::string(SideChannelMemory::kBytesMax, 'x')));
  EXPECT_TRUE(memory_.hold_back("E", body));
  budget_.bytes_max = budget_.bytes;
  SideChannelMemory other(budget_);
  EXPECT_FALSE(other.hold_back("A", "1")) << "the shard has no room";
  other.sent("Room.Info", "1");
  EXPECT_EQ(other.bytes(), 0U);
}

TEST_F(SideChannel, AStateThatIsTooLargeToKeepStillArrives) {
  const std::string body(SideChannelMemory::kStateBytesMax, 'x');
  memory_.hold_back("Room.Map", "small");
  memory_.hold_back("Room.Map", body);
  EXPECT_EQ(waiting(), "Room.Map " + body + ";");
  EXPECT_EQ(all(), "");
}

}  // namespace
}  // namespace wyld::session
