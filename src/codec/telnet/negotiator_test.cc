#include "codec/telnet/negotiator.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

// One side of one option, driven by both parties. The option is ECHO on our side toward a player (agreed to
// only while wanted) or BINARY on his.
struct Bench {
  Side side;
  Negotiator it{Role::kServerOfPlayer};
  TimePoint now = kStart;
  std::string out{};

  [[nodiscard]] std::uint8_t option() const { return side == Side::kUs ? option::kEcho : option::kBinary; }
  Change peer(bool positive) {
    const Command verb = side == Side::kUs ? (positive ? Command::kDo : Command::kDont)
                                           : (positive ? Command::kWill : Command::kWont);
    return it.receive(verb, option(), now, out);
  }
  Change want(bool on) {
    it.set_wanted(side, option(), on);
    return it.request(side, option(), on, now, out);
  }
  // "+" for WILL or DO, "-" for WONT or DONT, since the last call.
  std::string sent() {
    std::string marks;
    for (std::size_t index = 0; index + 2 < out.size(); index += 3) {
      const auto verb = static_cast<Command>(static_cast<unsigned char>(out[index + 1]));
      marks += verb == Command::kWill || verb == Command::kDo ? '+' : '-';
      EXPECT_EQ(verb == Command::kWill || verb == Command::kWont, side == Side::kUs);
    }
    out.clear();
    return marks;
  }
};

class QMethod : public ::testing::TestWithParam<Side> {
 protected:
  Bench bench_{.side = GetParam()};
  // A peer that has acknowledged once is held to RFC 1143 to the letter.
  void acknowledge_once() {
    bench_.want(true);
    bench_.peer(true);
    bench_.want(false);
    bench_.peer(false);
    EXPECT_EQ(bench_.sent(), "+-");
  }
};

TEST_P(QMethod, No) {
  EXPECT_EQ(bench_.peer(false), Change::kNone);
  EXPECT_EQ(bench_.want(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
  bench_.it.set_wanted(GetParam(), bench_.option(), true);
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
  EXPECT_EQ(bench_.sent(), "+");
}

TEST_P(QMethod, Yes) {
  bench_.want(true);
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
  EXPECT_EQ(bench_.sent(), "+");
  EXPECT_EQ(bench_.peer(true), Change::kNone);
  EXPECT_EQ(bench_.want(true), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
  EXPECT_EQ(bench_.peer(false), Change::kDisabled);
  EXPECT_EQ(bench_.sent(), "-");
  EXPECT_FALSE(bench_.it.enabled(GetParam(), bench_.option()));
}

TEST_P(QMethod, WantNo) {
  bench_.want(true);
  bench_.peer(true);
  EXPECT_EQ(bench_.want(false), Change::kDisabled);
  EXPECT_FALSE(bench_.it.enabled(GetParam(), bench_.option())) << "a WONT counts at once";
  EXPECT_EQ(bench_.want(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "+-");
  EXPECT_EQ(bench_.peer(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
}

TEST_P(QMethod, WantNoAnsweredByTheOppositeEndsInNo) {
  bench_.want(true);
  bench_.peer(true);
  bench_.want(false);
  bench_.sent();
  EXPECT_EQ(bench_.peer(true), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
  EXPECT_FALSE(bench_.it.enabled(GetParam(), bench_.option()));
}

TEST_P(QMethod, WantNoOppositeWaitsForAPeerThatAcknowledges) {
  acknowledge_once();
  bench_.want(true);
  bench_.peer(true);
  bench_.want(false);
  bench_.sent();
  bench_.want(true);
  bench_.want(true);
  EXPECT_EQ(bench_.sent(), "") << "queued";
  EXPECT_EQ(bench_.peer(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "+");
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
}

TEST_P(QMethod, WantNoOppositeTakenBack) {
  acknowledge_once();
  bench_.want(true);
  bench_.peer(true);
  bench_.want(false);
  bench_.want(true);
  bench_.want(false);
  EXPECT_EQ(bench_.sent(), "+-");
  EXPECT_EQ(bench_.peer(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
}

TEST_P(QMethod, WantNoOppositeAnsweredByTheOppositeIsOn) {
  acknowledge_once();
  bench_.want(true);
  bench_.peer(true);
  bench_.want(false);
  bench_.want(true);
  bench_.sent();
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
  EXPECT_EQ(bench_.sent(), "");
  EXPECT_TRUE(bench_.it.enabled(GetParam(), bench_.option()));
}

TEST_P(QMethod, WantYes) {
  bench_.want(true);
  EXPECT_FALSE(bench_.it.enabled(GetParam(), bench_.option())) << "not in force before the answer";
  EXPECT_TRUE(bench_.it.expected(GetParam(), bench_.option()));
  EXPECT_EQ(bench_.want(true), Change::kNone);
  EXPECT_EQ(bench_.sent(), "+");
  EXPECT_EQ(bench_.peer(false), Change::kRefused);
  EXPECT_FALSE(bench_.it.expected(GetParam(), bench_.option()));
  EXPECT_EQ(bench_.sent(), "");
}

TEST_P(QMethod, WantYesOppositeTurnsOffWhatIsAgreedTo) {
  bench_.want(true);
  bench_.want(false);
  bench_.want(false);
  EXPECT_EQ(bench_.sent(), "+");
  EXPECT_EQ(bench_.peer(true), Change::kNone);
  EXPECT_EQ(bench_.sent(), "-");
  EXPECT_EQ(bench_.peer(false), Change::kNone);
  EXPECT_EQ(bench_.sent(), "");
}

TEST_P(QMethod, WantYesOppositeRefusedIsNo) {
  bench_.want(true);
  bench_.want(false);
  EXPECT_EQ(bench_.peer(false), Change::kRefused);
  EXPECT_EQ(bench_.sent(), "+");
}

TEST_P(QMethod, WantYesOppositeTakenBack) {
  bench_.want(true);
  bench_.want(false);
  bench_.want(true);
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
  EXPECT_EQ(bench_.sent(), "+");
}

TEST_P(QMethod, APeerThatAcknowledgesNothingIsToldDirectly) {
  bench_.want(true);
  bench_.peer(true);
  for (int round = 0; round < 3; ++round) {
    bench_.want(false);
    bench_.want(true);
  }
  EXPECT_EQ(bench_.sent(), "+-+-+-+");
}

TEST_P(QMethod, WhatWaitsTooLongIsSent) {
  bench_.want(true);
  bench_.want(false);
  bench_.it.flush_overdue(bench_.now, bench_.out);
  EXPECT_EQ(bench_.sent(), "+");
  bench_.now += Negotiator::kPatience;
  bench_.it.flush_overdue(bench_.now, bench_.out);
  bench_.it.flush_overdue(bench_.now, bench_.out);
  EXPECT_EQ(bench_.sent(), "-");
}

TEST_P(QMethod, ALateAcknowledgementIsNotARefusal) {
  bench_.want(true);
  bench_.peer(true);
  bench_.want(false);
  bench_.want(true);
  EXPECT_EQ(bench_.sent(), "+-+");
  EXPECT_EQ(bench_.peer(false), Change::kNone) << "answers the earlier message";
  EXPECT_EQ(bench_.peer(true), Change::kEnabled);
  EXPECT_EQ(bench_.sent(), "");
}

INSTANTIATE_TEST_SUITE_P(EitherSide, QMethod, ::testing::Values(Side::kUs, Side::kHim),
                         [](const auto& parameter) { return parameter.param == Side::kUs ? "Us" : "Him"; });

// Two of them, connected: whatever both want, in whatever order, they come to rest and agree.
TEST(Negotiator, TwoOfThemAlwaysComeToRest) {
  std::uint32_t random = 2024;
  const auto next = [&random](std::uint32_t bound) {
    random = random * 1664525U + 1013904223U;
    return (random >> 16U) % bound;
  };
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    Negotiator server(Role::kServerOfPlayer);
    Negotiator client(Role::kClientOfGame);
    std::string to_client;
    std::string to_server;
    TimePoint now = kStart;
    const auto deliver = [&](std::string& from, Negotiator& to, std::string& back) {
      if (from.empty()) return;
      const std::string message = from.substr(0, 3);
      from.erase(0, 3);
      to.receive(static_cast<Command>(static_cast<unsigned char>(message[1])),
                 static_cast<std::uint8_t>(message[2]), now, back);
    };
    bool masked = false;
    for (int step = 0; step < 30; ++step) {
      switch (next(5)) {
        case 0:
          masked = next(2) == 0;
          server.set_wanted(Side::kUs, option::kEcho, masked);
          server.request(Side::kUs, option::kEcho, masked, now, to_client);
          break;
        case 1:
          deliver(to_client, client, to_server);
          break;
        case 2:
          deliver(to_server, server, to_client);
          break;
        case 3:
          now += std::chrono::milliseconds(next(700));
          break;
        default:
          server.flush_overdue(now, to_client);
          break;
      }
    }
    int messages = 0;
    for (; !(to_client.empty() && to_server.empty()) && messages < 500; ++messages) {
      deliver(to_client, client, to_server);
      deliver(to_server, server, to_client);
      if (to_client.empty() && to_server.empty()) {
        now += Negotiator::kPatience;
        server.flush_overdue(now, to_client);
      }
    }
    ASSERT_LT(messages, 500) << "it loops";
    ASSERT_EQ(server.enabled(Side::kUs, option::kEcho), masked);
    ASSERT_EQ(client.enabled(Side::kHim, option::kEcho), masked);
  }
}

TEST(Negotiator, WithdrawingDoesNotWaitForAnAnswerToTheOffer) {
  Bench bench{.side = Side::kUs};
  bench.want(true);
  bench.it.withdraw(Side::kUs, option::kEcho, bench.now, bench.out);
  EXPECT_EQ(bench.sent(), "+-");
  bench.want(true);
  EXPECT_EQ(bench.sent(), "+") << "a client that answers nothing is masked the second time as well";
}

TEST(Negotiator, LateAnswersToAWithdrawnOfferChangeNothing) {
  Bench bench{.side = Side::kUs};
  bench.want(true);
  bench.it.set_wanted(Side::kUs, option::kEcho, false);
  bench.it.withdraw(Side::kUs, option::kEcho, bench.now, bench.out);
  bench.sent();
  EXPECT_EQ(bench.peer(true), Change::kNone);   // DO, to our WILL
  EXPECT_EQ(bench.peer(false), Change::kNone);  // DONT, to our WONT
  EXPECT_EQ(bench.sent(), "") << "both were expected";
  EXPECT_FALSE(bench.it.expected(Side::kUs, option::kEcho));
  bench.want(true);
  EXPECT_EQ(bench.peer(true), Change::kEnabled);
  EXPECT_EQ(bench.sent(), "+");
}

TEST(Negotiator, EveryUnknownOptionIsRefusedTwiceASide) {
  Negotiator it(Role::kServerOfPlayer);
  for (int round = 0; round < 5; ++round) {
    std::string out;
    unsigned unknown = 0;
    for (unsigned option = 0; option < 256; ++option) {
      if (option_row(static_cast<std::uint8_t>(option))) continue;
      ++unknown;
      it.receive(Command::kWill, static_cast<std::uint8_t>(option), kStart, out);
      it.receive(Command::kDo, static_cast<std::uint8_t>(option), kStart, out);
    }
    EXPECT_EQ(out.size(), round < 2 ? unknown * 6U : 0U) << "round " << round;
  }
}

TEST(OptionTable, EachOptionHasOneRow) {
  std::set<std::uint8_t> seen;
  for (const OptionRow& row : kOptionTable) {
    EXPECT_TRUE(seen.insert(row.option).second) << static_cast<int>(row.option);
    EXPECT_EQ(kOptionTable[*option_row(row.option)].option, row.option);
  }
  EXPECT_FALSE(option_row(99));
}

TEST(OptionTable, OneSideOffersWhatTheOtherAgreesTo) {
  for (const OptionRow& row : kOptionTable) {
    EXPECT_FALSE(row.player_us == Policy::kOffer && row.game_him == Policy::kRefuse);
    EXPECT_FALSE(row.player_him == Policy::kOffer && row.game_us == Policy::kRefuse);
    EXPECT_NE(row.game_us, Policy::kOffer) << "a client only answers";
    EXPECT_NE(row.game_him, Policy::kOffer) << "a client only answers";
  }
}

class Copyover : public ::testing::Test {
 protected:
  Change game_says(Command verb, std::uint8_t option) { return it_.receive(verb, option, now_, out_); }
  // How many messages have gone out since the last call.
  std::size_t sent() { return std::exchange(out_, {}).size() / 3; }

  Negotiator it_{Role::kClientOfGame};
  TimePoint now_ = kStart;
  std::string out_;
};

TEST_F(Copyover, AGameThatAsksAgainIsAnsweredAgain) {
  EXPECT_EQ(game_says(Command::kDo, option::kWindowSize), Change::kEnabled);
  EXPECT_EQ(sent(), 1U);
  now_ += 1h;
  EXPECT_EQ(game_says(Command::kDo, option::kWindowSize), Change::kRepeated);
  EXPECT_EQ(sent(), 1U);
  EXPECT_TRUE(it_.enabled(Side::kUs, option::kWindowSize));
  EXPECT_EQ(game_says(Command::kWill, option::kEcho), Change::kEnabled)
      << "another option has its own answer";
  EXPECT_EQ(sent(), 1U);
}

TEST_F(Copyover, AGameThatAnswersAnswersIsNotKeptBusy) {
  std::size_t answers = 0;
  game_says(Command::kWill, option::kEcho);
  while (const std::size_t count = sent()) {
    answers += count;
    ASSERT_LT(answers, 3U);
    now_ += 10ms;
    game_says(Command::kWill, option::kEcho);
  }
  EXPECT_EQ(answers, 1U);
}

TEST_F(Copyover, RefusalsAreCountedAfresh) {
  constexpr std::uint8_t kUnknown = 99;
  for (int i = 0; i < 5; ++i) game_says(Command::kDo, kUnknown);
  EXPECT_EQ(sent(), Negotiator::kRefusalsMax);
  now_ += 2s;
  for (int i = 0; i < 5; ++i) game_says(Command::kDo, kUnknown);
  EXPECT_EQ(sent(), Negotiator::kRefusalsMax);
}

TEST_F(Copyover, APlayersClientThatAsksAgainIsNotAnswered) {
  Negotiator toward_player{Role::kServerOfPlayer};
  toward_player.receive(Command::kWill, option::kBinary, now_, out_);
  EXPECT_EQ(sent(), 1U);
  now_ += 1h;
  EXPECT_EQ(toward_player.receive(Command::kWill, option::kBinary, now_, out_), Change::kNone);
  EXPECT_EQ(sent(), 0U);
}

}  // namespace
}  // namespace wyld::telnet
