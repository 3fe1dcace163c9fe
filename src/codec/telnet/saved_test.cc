// Cases of saved endpoints that a transcript cannot express: limits, floods, sizes, damage. wire_test.cc
// moves endpoints in the middle of every conversation.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class Recorder final : public PlayerEndpointEvents {
 public:
  void on_line(std::string_view line, bool secret) override {
    lines.push_back((secret ? "secret " : "") + std::string(line));
  }
  void on_characters(std::string_view text) override { characters += text; }
  void on_capabilities_changed() override {}
  void on_settled() override { ++settled; }
  void on_gmcp(std::string_view, std::string_view) override { ++gmcp; }
  void on_interrupt() override {}
  void on_violation(Violation violation) override { ++violations.at(static_cast<std::size_t>(violation)); }

  [[nodiscard]] int count(Violation violation) const {
    return violations.at(static_cast<std::size_t>(violation));
  }

  std::vector<std::string> lines;
  std::string characters;
  int settled = 0;
  int gmcp = 0;
  std::array<int, 5> violations{};
};

class SavedPlayerEndpoint : public ::testing::Test {
 protected:
  void feed(std::string_view bytes) { endpoint_.feed(bytes, now_, events_, out_); }
  std::string answer_to(std::string_view bytes) {
    out_.clear();
    feed(bytes);
    return std::exchange(out_, {});
  }
  std::string repeat(std::string_view bytes, int times) {
    std::string all;
    for (int index = 0; index < times; ++index) all += bytes;
    return all;
  }
  [[nodiscard]] std::string saved() const { return std::string(archive::save(endpoint_, now_)->view()); }

  // To another process, with another clock and perhaps other options.
  void move(const PlayerEndpointOptions& options = {}) {
    const std::string bytes = saved();
    now_ += 77h;
    endpoint_ = PlayerEndpoint(options);
    std::string problem;
    ASSERT_TRUE(archive::load(bytes, now_, endpoint_, &problem)) << problem;
  }

  // Mudlet, negotiated and at rest.
  void settle() {
    endpoint_.start(now_, out_);
    const auto subnegotiation = [](char option, const std::string& payload) {
      return "\xFF\xFA"s + option + payload + "\xFF\xF0";
    };
    feed("\xFF\xFB\x18\xFF\xFB\x1F\xFF\xFB\x27\xFF\xFD\x2A\xFF\xFD\x19\xFF\xFD\xC9\xFF\xFD\x45\xFF\xFD\x56");
    now_ += 40ms;
    feed(subnegotiation('\x1F', "\0\x84\0\x2B"s) + subnegotiation('\x2A', "\x02UTF-8"));
    for (const char* name : {"MUDLET", "XTERM-256COLOR", "MTTS 2349"})
      feed(subnegotiation('\x18', "\0"s + name));
    feed(subnegotiation('\xC9', R"(Core.Hello {"client":"Mudlet","version":"4.17.2"})") +
         subnegotiation(
             '\xC9', R"(Core.Supports.Set ["Char 1","Char.Skills 1","Char.Items 1","Room 1","IRE.Rift 1"])"));
    feed("guest\r\nlook\r\n");
    now_ += 10min;
    ASSERT_TRUE(endpoint_.settled());
    ASSERT_EQ(events_.lines.size(), 2U);
    ASSERT_NE(endpoint_.gmcp_supports(), "");
  }

  TimePoint now_{1h};
  Recorder events_;
  std::string out_;
  PlayerEndpoint endpoint_{PlayerEndpointOptions{}};
};

TEST_F(SavedPlayerEndpoint, IsSmallAtRest) {
  const std::size_t fresh = saved().size();
  settle();
  const std::size_t idle = saved().size();
  RecordProperty("fresh_bytes", static_cast<int>(fresh));
  RecordProperty("idle_bytes", static_cast<int>(idle));
  EXPECT_LE(fresh, 40U);
  EXPECT_LE(idle, 300U) << archive::outline(saved());
}

TEST_F(SavedPlayerEndpoint, StaysWithinItsBudgetOfNegotiations) {
  feed(repeat("\xFF\xFD\x06", 150));
  move();
  EXPECT_EQ(answer_to(repeat("\xFF\xFD\x06", 51)).size(), 150U);
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 1);
  move();
  EXPECT_EQ(answer_to(repeat("\xFF\xFD\x06", 51)), "");
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 1) << "reported once";
  now_ += 60s;
  move();
  EXPECT_EQ(answer_to("\xFF\xFD\x06").size(), 3U) << "a new minute";
  feed(repeat("\xFF\xFD\x06", 250));
  EXPECT_EQ(events_.count(Violation::kNegotiationFlood), 2);
}

TEST_F(SavedPlayerEndpoint, AnswersAreRationedAcrossAMove) {
  EXPECT_NE(answer_to("\xFF\xF6"), "");
  move();
  EXPECT_EQ(answer_to("\xFF\xF6"), "");
  now_ += 1s;
  EXPECT_NE(answer_to("\xFF\xF6"), "");

  feed("\xFF\xFD\xC9");
  const std::string ping =
      "\xFF\xFA\xC9"
      "Core.Ping\xFF\xF0";
  EXPECT_NE(answer_to(repeat(ping, 3)), "");
  move();
  EXPECT_EQ(answer_to(repeat(ping, 9)).size(), ping.size());
}

TEST_F(SavedPlayerEndpoint, RemembersWhatItHasRefused) {
  endpoint_ = PlayerEndpoint(PlayerEndpointOptions{.negotiations_per_minute_max = 1'000'000});
  std::string offers;
  for (unsigned option = 0; option < 256; ++option) {
    if (option == option::kTimingMark) continue;
    for (const char verb : {'\xFB', '\xFD'}) offers += {'\xFF', verb, static_cast<char>(option)};
  }
  EXPECT_NE(answer_to(offers), "");
  move({.negotiations_per_minute_max = 1'000'000});
  EXPECT_NE(answer_to(offers), "");
  move({.negotiations_per_minute_max = 1'000'000});
  EXPECT_EQ(answer_to(offers), "") << "twice a side";
}

TEST_F(SavedPlayerEndpoint, AsksForNamesSoManyTimesInAll) {
  endpoint_ = PlayerEndpoint(PlayerEndpointOptions{});
  endpoint_.start(now_, out_);
  const std::string question = "\xFF\xFA\x18\x01\xFF\xF0";
  unsigned questions = 0;
  for (unsigned turn = 0; turn < 2 * TerminalTypeQuery::kQuestionsMax; ++turn) {
    const std::string out = answer_to("\xFF\xFB\x18\xFF\xFA\x18\0x\xFF\xF0\xFF\xFC\x18"s);
    for (std::size_t at = out.find(question); at != std::string::npos; at = out.find(question, at + 1))
      ++questions;
    move();
  }
  EXPECT_EQ(questions, TerminalTypeQuery::kQuestionsMax);
}

TEST_F(SavedPlayerEndpoint, AQueuedChangeIsSentWhenItsTimeHasCome) {
  endpoint_.start(now_, out_);
  feed("\xFF\xFD\x03");  // SGA, which a client that answers WONT has
  endpoint_.set_character_mode(true, now_, out_);
  feed("\xFF\xFD\x01");
  endpoint_.set_character_mode(false, now_, out_);
  feed("\xFF\xFE\x03\xFF\xFE\x01");  // acknowledged: from now on it is waited for
  endpoint_.set_character_mode(true, now_, out_);
  endpoint_.set_character_mode(false, now_, out_);
  endpoint_.set_character_mode(true, now_, out_);
  PlayerEndpoint twin{PlayerEndpointOptions{}};
  ASSERT_TRUE(archive::load(saved(), now_, twin));
  now_ += 2s;
  Recorder twin_events;
  std::string twin_out;
  twin.feed("x", now_, twin_events, twin_out);
  EXPECT_EQ(twin_out, answer_to("x"));
  EXPECT_NE(twin_out, "") << "nothing was queued: the test tests nothing";
}

TEST_F(SavedPlayerEndpoint, AnEndlessSubnegotiationIsReportedOnce) {
  feed("\xFF\xFA\xC9");
  const std::string block(16 * 1024, 'x');
  for (int index = 0; index < 40; ++index) {
    feed(block);
    move();
  }
  EXPECT_EQ(events_.count(Violation::kSubnegotiationOversized), 1);
  EXPECT_EQ(events_.count(Violation::kSwallowedTooMuch), 1);
  EXPECT_LE(saved().size(), 100U) << "what is swallowed is not kept";
}

TEST_F(SavedPlayerEndpoint, ASubnegotiationOverANewBoundIsSwallowed) {
  for (const char* rest : {"", "more"}) {
    endpoint_ = PlayerEndpoint(PlayerEndpointOptions{});
    events_ = Recorder();
    feed(
        "\xFF\xFD\xC9\xFF\xFA\xC9"
        "A " +
        std::string(100, 'x'));
    move({.subnegotiation_bytes_max = 50});
    feed(rest + "\xFF\xF0look\r\n"s);
    EXPECT_EQ(events_.count(Violation::kSubnegotiationOversized), 1);
    EXPECT_EQ(events_.gmcp, 0);
    EXPECT_EQ(events_.lines, std::vector<std::string>{"look"});
  }
}

TEST_F(SavedPlayerEndpoint, ALineOverANewBoundIsCutAndReportedOnce) {
  for (const char* rest : {"", "more"}) {
    endpoint_ = PlayerEndpoint(PlayerEndpointOptions{});
    events_ = Recorder();
    feed(std::string(100, 'a'));
    move({.line_bytes_max = 50});
    move({.line_bytes_max = 50});
    feed(rest + "\r\nlook\r\n"s);
    EXPECT_EQ(events_.lines, (std::vector<std::string>{std::string(50, 'a'), "look"}));
    EXPECT_EQ(events_.count(Violation::kLineOversized), 1);
  }
}

TEST_F(SavedPlayerEndpoint, ALineAtTheBoundIsWhole) {
  feed(std::string(50, 'a'));
  move({.line_bytes_max = 50});
  feed("\r\n");
  EXPECT_EQ(events_.lines, std::vector<std::string>{std::string(50, 'a')});
  EXPECT_EQ(events_.count(Violation::kLineOversized), 0);
}

TEST_F(SavedPlayerEndpoint, APasswordStaysASecret) {
  settle();
  endpoint_.set_client_echo(false, now_, out_);
  feed("open ses");
  EXPECT_EQ(archive::outline(saved()).find("open"), std::string::npos);
  move();
  feed("ame\r\n");
  EXPECT_EQ(events_.lines.back(), "secret open sesame");
  EXPECT_FALSE(endpoint_.client_echoes());
}

TEST_F(SavedPlayerEndpoint, AnOptionInUseThatIsUnknownIsRefusedAndOneThatIsOffIsSkipped) {
  const auto with_option = [&](std::uint32_t state) {
    archive::Writer out(now_);
    out.section(1, [&] {
      out.section(3, [&] {
        out.section(1, [&] {
          out.field(1, 200U);
          out.field(2, state);
          out.flags(3, {true});
        });
      });
    });
    PlayerEndpoint loaded{PlayerEndpointOptions{}};
    std::string problem;
    static_cast<void>(archive::load(out.finish()->view(), now_, loaded, &problem));
    return problem;
  };
  EXPECT_EQ(with_option(0), "");
  EXPECT_NE(with_option(1).find(
                "in player endpoint, options, option: an option is in use that this program does not"),
            std::string::npos)
      << with_option(1);
  EXPECT_NE(with_option(6).find("out of range"), std::string::npos);
}

TEST_F(SavedPlayerEndpoint, StatesThatCannotBeAreRefused) {
  const auto loads = [&](std::uint32_t part, auto&& write) {
    archive::Writer out(now_);
    out.section(1, [&] { out.section(part, [&] { write(out); }); });
    PlayerEndpoint loaded{PlayerEndpointOptions{}};
    return archive::load(out.finish()->view(), now_, loaded).has_value();
  };
  using archive::Writer;
  constexpr std::uint32_t kDecoder = 1;
  EXPECT_TRUE(loads(kDecoder, [](Writer& out) { out.field(1, 2U), out.field(2, 251U); }));
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(1, 2U); })) << "no verb";
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(1, 2U), out.field(2, 250U); })) << "no verb";
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(2, 251U); })) << "a verb between data";
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(1, 7U); }));
  EXPECT_TRUE(loads(kDecoder, [](Writer& out) { out.field(1, 5U), out.secret(4, "x"); }));
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.secret(4, "x"); }));
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(5, 1U); }));
  EXPECT_FALSE(loads(kDecoder, [](Writer& out) { out.field(1, 5U), out.field(6, 9U); }));
  constexpr std::uint32_t kLines = 2;
  EXPECT_TRUE(loads(kLines, [](Writer& out) { out.secret(1, "caf\xE9"); }));
  for (const char* bad : {"look\n", "\x1B[2J", "\x7F", "\b"})
    EXPECT_FALSE(loads(kLines, [bad](Writer& out) { out.secret(1, bad); }));
  EXPECT_FALSE(loads(kLines, [](Writer& out) { out.field(2, 3U); })) << "charset";
  EXPECT_FALSE(loads(kLines, [](Writer& out) { out.field(4, 3U); })) << "line end";
  EXPECT_FALSE(loads(kLines, [](Writer& out) { out.field(5, 7U); })) << "escape";
  EXPECT_FALSE(loads(kLines, [](Writer& out) { out.field(6, 3U); })) << "lines ended";
  EXPECT_FALSE(loads(kLines, [](Writer& out) { out.field(7, 4U); })) << "latin1 lines";
  EXPECT_FALSE(loads(3, [](Writer& out) { out.field(2, 4096U); })) << "a refused option";
  EXPECT_FALSE(loads(4, [](Writer& out) { out.field(2, 5U); })) << "answers";
  EXPECT_FALSE(loads(4, [](Writer& out) { out.field(3, 13U); })) << "questions";
  constexpr std::uint32_t kGmcp = 5;
  EXPECT_TRUE(loads(kGmcp, [](Writer& out) { out.field(1, "{}"); }));
  EXPECT_FALSE(loads(kGmcp, [](Writer& out) { out.field(1, "[]"); })) << "a hello that is no object";
  EXPECT_FALSE(loads(kGmcp, [](Writer& out) { out.field(1, "{"); }));
  const auto packages = [](Writer& out, const std::string& package, int count) {
    out.section(2, [&] {
      for (int index = 0; index < count; ++index) out.element(1, package + std::to_string(index) + " 1");
    });
  };
  EXPECT_TRUE(loads(kGmcp, [&](Writer& out) { packages(out, "Room", gmcp::kSupportsMax); }));
  EXPECT_FALSE(loads(kGmcp, [&](Writer& out) { packages(out, "Room", gmcp::kSupportsMax + 1); }));
  EXPECT_FALSE(loads(kGmcp, [&](Writer& out) { packages(out, "\"Room", 1); }));
  constexpr std::uint32_t kCapabilities = 6;
  EXPECT_TRUE(loads(kCapabilities, [](Writer& out) { out.field(5, 500U), out.field(6, 300U); }));
  EXPECT_FALSE(loads(kCapabilities, [](Writer& out) { out.field(5, 501U), out.field(6, 300U); }));
}

// In the middle of everything at once.
class DamagedPlayerEndpoint : public SavedPlayerEndpoint {
 protected:
  void SetUp() override {
    settle();
    feed("caf\xC3\xA9 \x1B[3\xFF\xFA\xC9 Char.Vitals {");
  }
};

TEST_F(DamagedPlayerEndpoint, EveryTruncationIsRefusedAndChangesNothing) {
  const std::string whole = saved();
  PlayerEndpoint other{PlayerEndpointOptions{}};
  other.feed("half a li", now_, events_, out_);
  const std::string before(archive::save(other, now_)->view());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(archive::load(whole.substr(0, bytes), now_, other)) << bytes;
    EXPECT_EQ(archive::save(other, now_)->view(), before) << bytes;
  }
}

TEST_F(DamagedPlayerEndpoint, EveryChangedByteIsAnErrorOrAStateThatGoesOn) {
  const std::string whole = saved();
  unsigned loaded = 0;
  unsigned refused = 0;
  for (std::size_t index = 0; index < whole.size(); ++index) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      std::string changed = whole;
      changed[index] = static_cast<char>(static_cast<unsigned char>(changed[index]) ^ flip);
      PlayerEndpoint endpoint{PlayerEndpointOptions{}};
      if (!archive::load(changed, now_, endpoint)) {
        ++refused;
        continue;
      }
      ++loaded;
      Recorder events;
      std::string out;
      endpoint.feed("\xFF\xF0m\r\nlook\r\n\xFF\xFB\x1F\xFF\xFA\x18\0x\xFF\xF0"s, now_, events, out);
      for (const std::string& line : events.lines) EXPECT_LE(line.size(), 4096U + 7U);
    }
  }
  EXPECT_GT(loaded, 0U);
  EXPECT_GT(refused, whole.size()) << "next to nothing is checked";
}

}  // namespace
}  // namespace wyld::telnet
