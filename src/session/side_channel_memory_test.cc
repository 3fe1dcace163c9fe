#include "session/side_channel_memory.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using gmcp::Meaning;

struct Client {
  std::string got;
  SideChannelMemory::Send send() {
    return [this](std::string_view package, std::string_view body) {
      got += std::string(package) + ' ' + std::string(body) + ';';
    };
  }
};

// By the table of names.
void sent(SideChannelMemory& memory, std::string_view package, std::string_view body) {
  memory.sent(package, body, gmcp::meaning_of(package));
}
bool hold_back(SideChannelMemory& memory, std::string_view package, std::string_view body) {
  return memory.hold_back(package, body, gmcp::meaning_of(package));
}

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
  hold_back(memory_, "Comm.Channel.Text", "1");
  hold_back(memory_, "Room.AddPlayer", "2");
  hold_back(memory_, "Comm.Channel.Text", "3");
  EXPECT_TRUE(memory_.waits());
  EXPECT_EQ(waiting(), "Comm.Channel.Text 1;Room.AddPlayer 2;Comm.Channel.Text 3;");
  EXPECT_FALSE(memory_.waits());
  EXPECT_EQ(all(), "");
  EXPECT_EQ(budget_.bytes, 0U);
}

TEST_F(SideChannel, AStateIsToldOnceAsItIsAndKeptForTheNextClient) {
  sent(memory_, "Room.Info", "1");
  sent(memory_, "Char.Name", "ada");
  EXPECT_EQ(waiting(), "") << "the client has had it";
  hold_back(memory_, "Room.Info", "2");
  hold_back(memory_, "Comm.Channel.Text", "x");
  hold_back(memory_, "room.info", "3");
  EXPECT_EQ(waiting(), "Comm.Channel.Text x;room.info 3;");
  EXPECT_EQ(all(), "Char.Name ada;room.info 3;");
  EXPECT_EQ(all(), "Char.Name ada;room.info 3;");
  hold_back(memory_, "Room.Info", "4");
  memory_.forget_states();
  EXPECT_EQ(all(), "");
  EXPECT_EQ(budget_.bytes, 0U);
}

TEST_F(SideChannel, FieldsThatWereNotRepeatedStay) {
  sent(memory_, "Char.Vitals", R"({"hp":1,"maxhp":9})");
  hold_back(memory_, "Char.Vitals", R"({"hp":2})");
  EXPECT_EQ(waiting(), R"(Char.Vitals {"hp":2,"maxhp":9};)");
}

TEST_F(SideChannel, AtTheBoundNothingIsLostAndOneBeyondTheOldestEvent) {
  hold_back(memory_, "Room.Info", "here");
  for (std::size_t i = 1; i < SideChannelMemory::kWaitingMax; ++i)
    EXPECT_TRUE(hold_back(memory_, "E", std::to_string(i)));
  EXPECT_EQ(memory_.take_lost(), 0U);
  EXPECT_FALSE(hold_back(memory_, "E", "last"));
  EXPECT_EQ(memory_.take_lost(), 1U);
  EXPECT_EQ(memory_.take_lost(), 0U);
  const std::string got = waiting();
  EXPECT_TRUE(got.starts_with("Room.Info here;E 2;")) << got.substr(0, 40);
  EXPECT_TRUE(got.ends_with("E last;"));
}

TEST_F(SideChannel, BytesAreBoundedForTheSessionAndForTheShard) {
  const std::string body(60'000, 'x');
  EXPECT_TRUE(hold_back(memory_, "A", body));
  EXPECT_TRUE(hold_back(memory_, "B", body));
  EXPECT_FALSE(hold_back(memory_, "C", body));
  EXPECT_EQ(memory_.take_lost(), 1U);
  EXPECT_LE(memory_.bytes(), SideChannelMemory::kBytesMax);
  EXPECT_EQ(waiting(), "B " + body + ";C " + body + ";");
  EXPECT_FALSE(hold_back(memory_, "D", std::string(SideChannelMemory::kBytesMax, 'x')));
  EXPECT_TRUE(hold_back(memory_, "E", body));
  budget_.bytes_max = budget_.bytes;
  SideChannelMemory other(budget_);
  EXPECT_FALSE(hold_back(other, "A", "1")) << "the shard has no room";
  sent(other, "Room.Info", "1");
  EXPECT_EQ(other.bytes(), 0U);
}

TEST_F(SideChannel, AStateThatIsTooLargeToKeepStillArrives) {
  const std::string body(SideChannelMemory::kStateBytesMax, 'x');
  hold_back(memory_, "Room.Map", "small");
  hold_back(memory_, "Room.Map", body);
  EXPECT_EQ(waiting(), "Room.Map " + body + ";");
  EXPECT_EQ(all(), "");
}

TEST_F(SideChannel, TheWorldsWordCountsMoreThanTheName) {
  memory_.sent("MyGame.Weather", "rain", Meaning::kState);
  memory_.sent("Room.Info", "a flash of light", Meaning::kEvent);
  EXPECT_EQ(all(), "MyGame.Weather rain;");
  memory_.hold_back("MyGame.Weather", "snow", Meaning::kState);
  memory_.hold_back("Room.Info", "a bang", Meaning::kEvent);
  memory_.hold_back("Room.Info", "a thud", Meaning::kEvent);
  memory_.hold_back("MyGame.Weather", "sun", Meaning::kState);
  EXPECT_EQ(waiting(), "Room.Info a bang;Room.Info a thud;MyGame.Weather sun;");
  memory_.sent("MyGame.Party", R"({"size":3,"leader":"Oda"})", Meaning::kFields);
  memory_.hold_back("MyGame.Party", R"({"size":4})", Meaning::kFields);
  EXPECT_EQ(waiting(), R"(MyGame.Party {"size":4,"leader":"Oda"};)");
  memory_.hold_back("MyGame.Party", R"({"size":1})", Meaning::kState);
  EXPECT_EQ(all(), R"(MyGame.Weather sun;MyGame.Party {"size":1};)") << "a whole state replaces its fields";
}

TEST_F(SideChannel, AnEventLeavesTheStateOfItsPackageAsItIs) {
  memory_.sent("Quest", "halfway", Meaning::kState);
  memory_.hold_back("Quest", "a clue", Meaning::kEvent);
  EXPECT_EQ(all(), "Quest halfway;Quest a clue;");
  memory_.hold_back("Quest", "a second clue", Meaning::kEvent);
  memory_.hold_back("Quest", "nearly", Meaning::kState);
  memory_.hold_back("Quest", "a third clue", Meaning::kEvent);
  memory_.hold_back("Quest", "done", Meaning::kState);
  EXPECT_EQ(waiting(), "Quest a second clue;Quest a third clue;Quest done;");
  EXPECT_EQ(all(), "Quest done;");
}

TEST_F(SideChannel, StatesLeaveRoomForEvents) {
  const std::string state(SideChannelMemory::kStateBytesMax - 200, 's');
  for (char name = 'a'; name <= 'z'; ++name) memory_.sent(std::string(1, name), state, Meaning::kState);
  EXPECT_LE(memory_.bytes(), SideChannelMemory::kStatesBytesMax);
  EXPECT_GT(memory_.bytes() + SideChannelMemory::kStateBytesMax, SideChannelMemory::kStatesBytesMax);
  const std::string event(SideChannelMemory::kBytesMax - SideChannelMemory::kStatesBytesMax - 200, 'e');
  EXPECT_TRUE(memory_.hold_back("Event", event, Meaning::kEvent));
  EXPECT_EQ(memory_.take_lost(), 0U);
  memory_.forget_states();
  memory_.sent("z", state, Meaning::kState);
  EXPECT_EQ(all(), "z " + state + ";Event " + event + ";") << "their room is free again";
}

TEST_F(SideChannel, AStateThatIsTooLargeToKeepIsForgottenWithTheOthers) {
  memory_.hold_back("Map", std::string(SideChannelMemory::kStateBytesMax, 'x'), Meaning::kState);
  memory_.hold_back("Event", "1", Meaning::kEvent);
  memory_.forget_states();
  EXPECT_EQ(all(), "Event 1;");
  EXPECT_EQ(budget_.bytes, 0U);
}

}  // namespace
}  // namespace wyld::session
