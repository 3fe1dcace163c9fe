#include "session/input_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
constexpr InputGate::TimePoint kStart{1000h};

TEST(WaitingInputs, LeaveInTheOrderOfTheirArrivalWithAllTheyHad) {
  WaitingInputs waiting;
  ASSERT_TRUE(waiting.push(InputKind::kLine, "look"));
  ASSERT_TRUE(waiting.push(InputKind::kSideChannel, "{\"hp\":1}", "Char.Vitals"));
  ASSERT_TRUE(waiting.push(InputKind::kSecretLine, ""));
  EXPECT_EQ(waiting.count(), 3U);
  EXPECT_EQ(waiting.front_kind(), InputKind::kLine);
  EXPECT_EQ(waiting.pop().text, "look");
  const Input side = waiting.pop();
  EXPECT_EQ(side.kind, InputKind::kSideChannel);
  EXPECT_EQ(side.package, "Char.Vitals");
  EXPECT_EQ(side.text, "{\"hp\":1}");
  const Input empty = waiting.pop();
  EXPECT_EQ(empty.kind, InputKind::kSecretLine);
  EXPECT_EQ(empty.text, "");
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(waiting.bytes(), 0U);
}

TEST(WaitingInputs, SurviveGrowthAndPartialUse) {
  WaitingInputs waiting({.inputs_max = 10'000, .bytes_max = 1'000'000});
  int in = 0;
  int out = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(waiting.push(InputKind::kLine, "line " + std::to_string(in++)));
    for (int i = 0; i < 30; ++i) ASSERT_EQ(waiting.pop().text, "line " + std::to_string(out++));
  }
  while (!waiting.empty()) ASSERT_EQ(waiting.pop().text, "line " + std::to_string(out++));
  EXPECT_EQ(out, in);
}

TEST(WaitingInputs, AreBoundInCount) {
  WaitingInputs waiting({.inputs_max = 3, .bytes_max = 1000});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(waiting.push(InputKind::kLine, ""));
  EXPECT_FALSE(waiting.push(InputKind::kLine, ""));
  EXPECT_FALSE(waiting.push(InputKind::kLine, ""));
  EXPECT_EQ(waiting.count(), 3U);
  EXPECT_EQ(waiting.dropped(), 2U);
  (void)waiting.pop();
  EXPECT_TRUE(waiting.push(InputKind::kLine, ""));
}

TEST(WaitingInputs, AreBoundInBytesButForTheFirst) {
  WaitingInputs waiting({.inputs_max = 100, .bytes_max = 100});
  EXPECT_TRUE(waiting.push(InputKind::kLine, std::string(500, 'x'))) << "a message alone always passes";
  EXPECT_FALSE(waiting.push(InputKind::kLine, "x"));
  EXPECT_EQ(waiting.pop().text.size(), 500U);
  EXPECT_TRUE(waiting.push(InputKind::kLine, std::string(43, 'x')));
  EXPECT_TRUE(waiting.push(InputKind::kLine, std::string(43, 'x'))) << "twice seven bytes beside the text";
  EXPECT_FALSE(waiting.push(InputKind::kLine, ""));
}

TEST(WaitingInputs, NeedLittleMoreThanTheirBytes) {
  WaitingInputs waiting;
  while (waiting.push(InputKind::kLine, "")) {
  }
  EXPECT_EQ(waiting.count(), WaitingLimits{}.inputs_max);
  EXPECT_LE(waiting.bytes(), 8 * WaitingLimits{}.inputs_max);
}

TEST(WaitingInputs, MoveWithWhatWasRefused) {
  WaitingInputs waiting({.inputs_max = 1, .bytes_max = 100});
  ASSERT_TRUE(waiting.push(InputKind::kLine, "a"));
  ASSERT_FALSE(waiting.push(InputKind::kLine, "b"));
  WaitingInputs other = std::move(waiting);
  EXPECT_EQ(other.dropped(), 1U);
  EXPECT_EQ(other.pop().text, "a");
  EXPECT_TRUE(waiting.empty());  // NOLINT(bugprone-use-after-move): empty, and usable
  EXPECT_TRUE(waiting.push(InputKind::kLine, "c"));
}

TEST(InputGate, LinesSideChannelAndRequestsHaveRatesOfTheirOwn) {
  const InputRates rates{.lines_per_second = 10,
                         .lines_burst = 2,
                         .side_channel_per_second = 10,
                         .side_channel_burst = 1,
                         .requests_per_second = 2,
                         .requests_burst = 1};
  InputGate gate;
  EXPECT_TRUE(gate.take(InputKind::kLine, rates, kStart));
  EXPECT_TRUE(gate.take(InputKind::kCharacters, rates, kStart));
  EXPECT_FALSE(gate.take(InputKind::kSecretLine, rates, kStart)) << "keys and lines are one rate";
  EXPECT_TRUE(gate.take(InputKind::kSideChannel, rates, kStart));
  EXPECT_FALSE(gate.take(InputKind::kSideChannel, rates, kStart));
  EXPECT_TRUE(gate.take_request(rates, kStart));
  EXPECT_FALSE(gate.take_request(rates, kStart));
  EXPECT_EQ(gate.next(InputKind::kLine, rates), kStart + 100ms);
  EXPECT_EQ(gate.next_request(rates), kStart + 500ms);
  EXPECT_TRUE(gate.take_request(rates, kStart + 500ms));
}

}  // namespace
}  // namespace wyld::session
