#include "session/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

class Conversation : public ::testing::Test, protected Channel::Owner {
 protected:
  Conversation() {
    options.output_bytes_max = 1000;
    options.rates.requests_burst = 1;
    options.rates.requests_per_second = 1;
    channel =
        std::make_unique<Channel>(shard, transport, SessionHandle{.shard = 1, .slot = 2, .generation = 3});
  }
  bool channel_deadline(SessionHandle session, Deadline which) override {
    EXPECT_EQ(session.slot, 2U);
    passed += std::to_string(static_cast<int>(which));
    if (which == Deadline::kEcho) channel->look_at_echo();
    if (destroyed_by == which) channel.reset();
    return channel != nullptr;
  }

  testing::VirtualTime time;
  ShardSessionsOptions options;
  testing::FakeTransport transport;
  Channel::Shard shard{.owner = *this, .options = options, .clock = time.clock, .timers = time.timers};
  std::unique_ptr<Channel> channel;
  std::string passed;
  std::optional<Deadline> destroyed_by;
};

TEST_F(Conversation, OutputOverTheBoundIsSkippedAndTheSlowReaderIsWatched) {
  transport.queued = 900;
  EXPECT_FALSE(channel->admits(101));
  EXPECT_TRUE(transport.drain_wanted);
  EXPECT_TRUE(channel->deadlines().is_set(Deadline::kSlowReader));
  EXPECT_TRUE(channel->drained().skipped);
  EXPECT_FALSE(channel->deadlines().is_set(Deadline::kSlowReader));
}

TEST_F(Conversation, ASecondFullQueueDoesNotMoveTheSlowReadersDeadline) {
  transport.queued = 300;
  EXPECT_TRUE(channel->congests());
  const auto due = channel->deadlines().due(Deadline::kSlowReader);
  time.advance(5s);
  EXPECT_FALSE(channel->admits(2000));
  EXPECT_EQ(channel->deadlines().due(Deadline::kSlowReader), due);
}

TEST_F(Conversation, ADeadlineMayEndTheChannel) {
  destroyed_by = Deadline::kSlowReader;
  channel->set_deadline(Deadline::kLogin, 1s);
  channel->set_deadline(Deadline::kSlowReader, 1s);
  channel->set_deadline(Deadline::kCode, 1s);
  time.advance(2s);
  EXPECT_EQ(passed, "01");
  EXPECT_EQ(channel, nullptr);
  EXPECT_EQ(time.timers.count(), 0U);
}

TEST_F(Conversation, RequestsThatComeTooFastAreHeardOnceAndLater) {
  InputGate gate;
  EXPECT_TRUE(channel->may_request(Channel::Request::kCapabilities, gate));
  EXPECT_FALSE(channel->may_request(Channel::Request::kCapabilities, gate));
  EXPECT_FALSE(channel->may_request(Channel::Request::kCapabilities, gate));
  EXPECT_FALSE(channel->may_request(Channel::Request::kCode, gate));
  time.advance(1100ms);
  EXPECT_EQ(passed, std::to_string(static_cast<int>(Deadline::kLate)));
  const Channel::LateRequests late = channel->take_late();
  EXPECT_TRUE(late.capabilities && late.code);
  EXPECT_FALSE(channel->take_late().code);
}

TEST_F(Conversation, EchoSettlesAfterTheClientHasAnswered) {
  transport.answers_echo = false;
  channel->echo_returns();
  time.advance(3s);
  EXPECT_FALSE(channel->echo_is_settled());
  transport.answers_echo = true;
  time.advance(2100ms);
  time.advance(2100ms);
  EXPECT_TRUE(channel->echo_is_settled());
  EXPECT_EQ(time.timers.count(), 0U);
}

TEST_F(Conversation, TheTimeThatTheStoreTakesIsNotThePlayers) {
  channel->set_deadline(Deadline::kLogin, 60s);
  const auto due = *channel->deadlines().due(Deadline::kLogin);
  channel->begin_resume({}, {.token = "t", .code = {}, .position = {}}, 8s);
  EXPECT_TRUE(channel->awaits_answer());
  EXPECT_EQ(channel->deadlines().due(Deadline::kLogin), due + 8s);
  time.advance(3s);
  const auto resuming = channel->end_resume();
  ASSERT_NE(resuming, nullptr);
  EXPECT_EQ(resuming->request.token, "t");
  EXPECT_EQ(channel->deadlines().due(Deadline::kLogin), due + 3s);
  EXPECT_FALSE(channel->deadlines().is_set(Deadline::kStore));
  EXPECT_EQ(channel->end_resume(), nullptr);
}

TEST_F(Conversation, ReadingStopsForTheRateAndTheWorldAndPausesForAnAnswer) {
  channel->set_reading(/*throttled=*/true, /*world_is_full=*/false);
  EXPECT_FALSE(transport.reading);
  channel->set_reading(false, false);
  EXPECT_TRUE(transport.reading);
  channel->set_reading(false, true);
  EXPECT_FALSE(transport.reading);
}

TEST_F(Conversation, OnlyTheFirstInputIsTheFirst) {
  EXPECT_TRUE(channel->is_fresh());
  EXPECT_TRUE(channel->has_typed());
  EXPECT_FALSE(channel->has_typed());
  EXPECT_FALSE(channel->is_fresh());
}

}  // namespace
}  // namespace wyld::session
