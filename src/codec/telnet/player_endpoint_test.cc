// What a transcript cannot say well: limits, floods, sizes. tests/wire/player has the conversations.
#include "codec/telnet/player_endpoint.h"

#include <gtest/gtest.h>

#include "codec/telnet/game_endpoint.h"

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;

static_assert(sizeof(PlayerEndpoint) <= 512, "an idle connection has 2 KB for everything");

class Counter final : public PlayerEndpointEvents {
 public:
  void on_line(std::string_view line, bool) override { lines.emplace_back(line); }
  void on_characters(std::string_view) override {}
  void on_capabilities_changed() override { ++changes; }
  void on_settled() override {}
  void on_gmcp(std::string_view, std::string_view) override { ++gmcp; }
  void on_interrupt() override {}
  void on_arrived() override { ++arrived; }
  void on_violation(Violation violation) override { ++violations[static_cast<std::size_t>(violation)]; }

  [[nodiscard]] int count(Violation violation) const {
    return violations[static_cast<std::size_t>(violation)];
  }

  std::vector<std::string> lines;
  int changes = 0;
  int gmcp = 0;
  int arrived = 0;
  std::array<int, 5> violations{};
};

class PlayerEndpointTest : public ::testing::Test {
 protected:
  void feed(std::string_view bytes) { endpoint_.feed(bytes, now_, events_, out_); }
  void repeat(std::string_view bytes, int times) {
    std::string all;
    for (int index = 0; index < times; ++index) all += bytes;
    feed(all);
  }

  TimePoint now_{1h};
  Counter events_;
  std::string out_;
  PlayerEndpoint endpoint_{PlayerEndpointOptions{}};
};

TEST_F(PlayerEndpointTest, NegotiationsBeyondTheBoundAreReportedOnceAndNotAnswered) {
  repeat("\xFF\xFD\x06", 200);
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 0);
  EXPECT_EQ(out_.size(), 600U);
  repeat("\xFF\xFD\x06", 100'000);
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 1);
  EXPECT_EQ(out_.size(), 600U);
  now_ += 60s;
  feed("\xFF\xFD\x06");
  EXPECT_EQ(out_.size(), 603U) << "a new minute";
}

TEST_F(PlayerEndpointTest, ATimingMarkIsAnsweredByARefusalToo) {
  EXPECT_FALSE(endpoint_.ask_what_arrived(out_)) << "it may be no telnet client at all";
  feed("\xFF\xF1");
  for (const char* const answer : {"\xFF\xFC\x06", "\xFF\xFB\x06"}) {
    out_.clear();
    EXPECT_TRUE(endpoint_.ask_what_arrived(out_));
    EXPECT_EQ(out_, "\xFF\xFD\x06");
    out_.clear();
    events_.arrived = 0;
    feed(answer);
    EXPECT_EQ(events_.arrived, 1);
    EXPECT_EQ(out_, "") << "neither is answered";
  }
  feed("\xFF\xFC\x06");
  EXPECT_EQ(events_.arrived, 1) << "nothing was asked";
}

// TinTin++ 2.02.20.
TEST_F(PlayerEndpointTest, OneThatAnswersNoSecondMarkIsAskedForItsTerminal) {
  const std::string type("\xFF\xFA\x18\x00tt\xFF\xF0", 8);
  const std::string send("\xFF\xFA\x18\x01\xFF\xF0", 6);
  endpoint_.start(now_, out_);
  feed("\xFF\xFB\x18");
  feed(type + type);  // it repeats itself: the opening has asked enough
  out_.clear();
  EXPECT_TRUE(endpoint_.ask_what_arrived(out_));
  feed("\xFF\xFC\x06");
  EXPECT_TRUE(endpoint_.ask_what_arrived(out_));
  out_.clear();
  EXPECT_TRUE(endpoint_.ask_what_arrived(out_)) << "no answer: another way";
  EXPECT_EQ(out_, send);
  EXPECT_FALSE(endpoint_.ask_what_arrived(out_)) << "there is no third";
  events_.arrived = 0;
  const Capabilities before = endpoint_.capabilities();
  feed(type);
  EXPECT_EQ(events_.arrived, 1);
  EXPECT_EQ(endpoint_.capabilities(), before);
  out_.clear();
  EXPECT_TRUE(endpoint_.ask_what_arrived(out_));
  EXPECT_EQ(out_, send) << "and it stays so";
}

TEST_F(PlayerEndpointTest, EveryOptionOfferedAgainAndAgainCostsTwoRefusalsASide) {
  endpoint_ = PlayerEndpoint(PlayerEndpointOptions{.negotiations_per_minute_max = 1'000'000});
  std::string offers;
  for (unsigned option = 0; option < 256; ++option) {
    if (option == option::kTimingMark) continue;
    for (const char verb : {'\xFB', '\xFD'}) offers += {'\xFF', verb, static_cast<char>(option)};
  }
  for (int round = 0; round < 5; ++round) {
    out_.clear();
    feed(offers);
  }
  EXPECT_EQ(out_, "");
}

TEST_F(PlayerEndpointTest, TerminalTypeTurnedOnAndOffForEverEndsInSilence) {
  endpoint_.start(now_, out_);
  out_.clear();
  repeat("\xFF\xFB\x18\xFF\xFC\x18", 10'000);
  EXPECT_LE(out_.size(), 200U * 9U);
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 1);
}

TEST_F(PlayerEndpointTest, AreYouThereIsNoAmplifier) {
  repeat("\xFF\xF6", 100'000);
  EXPECT_LE(out_.size(), 32U);
}

TEST_F(PlayerEndpointTest, AnEndlessSubnegotiationIsReportedWhenSwallowedTooMuch) {
  feed("\xFF\xFA\xC9");
  const std::string block(16 * 1024, 'x');
  feed(block);
  EXPECT_EQ(events_.count(Violation::kSubnegotiationOversized), 0);
  feed("x");
  EXPECT_EQ(events_.count(Violation::kSubnegotiationOversized), 1);
  for (int index = 0; index < 15; ++index) feed(block);
  EXPECT_EQ(events_.count(Violation::kSwallowedTooMuch), 0);
  for (int index = 0; index < 5; ++index) feed(block);
  EXPECT_EQ(events_.count(Violation::kSwallowedTooMuch), 1);
  EXPECT_TRUE(events_.lines.empty()) << "nothing of it is typed text";
}

TEST_F(PlayerEndpointTest, WindowSizesInOneReadAreOneChange) {
  endpoint_.start(now_, out_);
  endpoint_.stop_waiting();
  feed("\xFF\xFB\x1F");
  std::string resizes;
  for (char columns = 30; columns < 120; ++columns) {
    resizes += "\xFF\xFA\x1F";
    resizes += {'\0', columns, '\0', 24, '\xFF', '\xF0'};
  }
  feed(resizes);
  EXPECT_EQ(events_.changes, 1);
  EXPECT_EQ(endpoint_.capabilities().window, (WindowSize{119, 24}));
}

TEST_F(PlayerEndpointTest, DeepJsonIsPassedOnAsItIs) {
  feed("\xFF\xFB\xC9");
  feed(
      "\xFF\xFA\xC9"
      "A " +
      std::string(16'000, '[') + "\xFF\xF0");
  feed(
      "\xFF\xFA\xC9"
      "Core.Supports.Set " +
      std::string(15'000, '[') + "\xFF\xF0");
  EXPECT_EQ(events_.gmcp, 2);
  EXPECT_EQ(events_.count(Violation::kMalformed), 0);
}

TEST_F(PlayerEndpointTest, ALineTooLongIsReportedOnceAndCut) {
  feed(std::string(5000, 'a') + "\r\n");
  EXPECT_EQ(events_.count(Violation::kLineOversized), 1);
  ASSERT_EQ(events_.lines.size(), 1U);
  EXPECT_EQ(events_.lines[0], std::string(4096, 'a'));
}

TEST(EncodeText, RunsOfEveryLengthKeepTheirBytes) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (const char* end : {"\n", "\r\n"}) {
      std::string out;
      encode_text(std::string(before, 'a') + end + "b", Charset::kUtf8, out);
      ASSERT_EQ(out, std::string(before, 'a') + "\r\nb");
    }
  }
  using namespace std::string_view_literals;
  std::string out;
  encode_text("a\rb\r", Charset::kUtf8, out);
  EXPECT_EQ(out, "a\r\0b\r\0"sv);
  out.clear();
  encode_text("ÿ\n", Charset::kLatin1, out);
  EXPECT_EQ(out, "\xFF\xFF\r\n");
  out.clear();
  encode_text("ÿ日\n", Charset::kAscii, out);
  EXPECT_EQ(out, "y?\r\n");
  out.clear();
  encode_text("ÿ\u200Bx“\r\n”\rž", Charset::kLatin1, out);
  EXPECT_EQ(out, std::string_view("\xFF\xFFx\"\r\n\"\r\0z", 10))
      << "an invisible character after IAC adds nothing";
  out.clear();
  encode_for_game("ÿ “ž”", Charset::kLatin1, out);
  EXPECT_EQ(out, "\xFF\xFF \x93\x9E\x94");
}

// A player's endpoint and a game's endpoint, connected: the gateway understands itself.
class GameSilence final : public GameEndpointEvents {
 public:
  void on_text(std::string_view utf8) override { text += utf8; }
  void on_prompt() override { ++prompts; }
  void on_client_echo(bool client_echoes) override { echoes = client_echoes; }
  void on_character_mode(bool) override {}
  void on_gmcp(std::string_view package, std::string_view) override { gmcp += package; }
  void on_gmcp_enabled() override {}
  void on_violation(Violation) override { ++violations; }

  std::string text;
  std::string gmcp;
  int prompts = 0;
  int violations = 0;
  bool echoes = true;
};

TEST(Endpoints, UnderstandEachOther) {
  Capabilities client;
  client.client_name = "MUDLET";
  client.client_version = "4.19";
  client.terminal_type = "ANSI-TRUECOLOR";
  client.mtts = mtts::kAnsi | mtts::kUtf8 | mtts::kMnes;
  client.window = {120, 40};
  client.charset_agreed = true;
  client.gmcp = true;
  PlayerEndpoint server{PlayerEndpointOptions{}};
  GameEndpoint player{GameEndpointOptions{}, client};
  Counter server_events;
  GameSilence player_events;
  const TimePoint now{1h};
  std::string to_player;
  std::string to_server;
  const auto settle = [&] {
    for (int turn = 0; turn < 20 && !(to_player.empty() && to_server.empty()); ++turn) {
      player.feed(std::exchange(to_player, {}), now, player_events, to_server);
      server.feed(std::exchange(to_server, {}), now, server_events, to_player);
    }
  };
  server.start(now, to_player);
  settle();
  EXPECT_TRUE(server.settled());
  EXPECT_EQ(server.capabilities(), client);
  server.send_text("Password: ", to_player);
  server.set_client_echo(false, now, to_player);
  server.send_prompt_mark(to_player);
  EXPECT_TRUE(server.send_gmcp("Char.Name", "\"é\"", to_player));
  settle();
  EXPECT_EQ(player_events.text, "Password: ");
  EXPECT_EQ(player_events.prompts, 1);
  EXPECT_EQ(player_events.gmcp, "Char.Name");
  EXPECT_FALSE(player_events.echoes);
  player.send_line("sécret", to_server);
  settle();
  EXPECT_EQ(server_events.lines, std::vector<std::string>{"sécret"});
  EXPECT_EQ(player_events.violations, 0);
  EXPECT_EQ(server_events.violations, (std::array<int, 5>{}));
}

}  // namespace
}  // namespace wyld::telnet
