// Broadcasts, for those who come back later.
#include <gtest/gtest.h>

#include <array>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using testing::FakeTransport;
using Calls = std::vector<std::string>;
using namespace std::chrono_literals;

TEST_F(Resume, BroadcastsAreToldAgainInTheirPlaceBetweenOwnOutput) {
  shard().broadcast("before anybody came\n");
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const OutputPosition seen = shard().position(handle);
  shard().broadcast("one\n");
  shard().on_output(handle, "own\n");
  shard().broadcast("two\n");
  shard().ended(handle);
  shard().broadcast("three\n");
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "one\nown\ntwo\nthree\n", "<replayed>"}));
  EXPECT_EQ(again.answer.from, seen);
  EXPECT_EQ(again.answer.lines, 4U);
  EXPECT_EQ(again.answer.missing, 0U);
  EXPECT_EQ(shard().position(handle).offset, seen.offset + 18);
}

TEST_F(Resume, ABroadcastToSomeIsNotToldToTheOthers) {
  const std::string text = "a sentence that is long enough to be kept once\n";
  std::array<FakeTransport, 6> clients;
  std::vector<SessionHandle> handles;
  std::vector<OutputPosition> seen;
  for (FakeTransport& client : clients) {
    client = browser();
    handles.push_back(gateway->enter(client));
    seen.push_back(shard().position(handles.back()));
  }
  shard().broadcast("all\n");
  EXPECT_EQ(shard().broadcast_to(std::span(handles).first(4), text).queued, 4U);
  shard().on_output_to(std::span(handles).subspan(1, 4), text);
  shard().broadcast("all again\n");
  for (std::size_t i = 0; i < clients.size(); ++i) {
    shard().ended(handles[i]);
    FakeTransport again = browser();
    gateway->come_back(again, clients[i].token, 0, seen[i]);
    const std::string wanted = "all\n" + (i < 4 ? text : "") + (i > 0 && i < 5 ? text : "") + "all again\n";
    EXPECT_EQ(again.said, (Calls{"<resumed>", wanted, "<replayed>"})) << i;
    shard().ended(handles[i]);
  }
}

TEST_F(Resume, BroadcastsToWhoIsAwayReachTheStore) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const OutputPosition seen = shard().position(handle);
  shard().on_output(handle, "own\n");
  shard().broadcast("one\n");
  shard().ended(handle);
  shard().broadcast("two\n");
  time.advance(61s);
  kill_and_start(2);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  ASSERT_EQ(again.said.size(), 3U);
  EXPECT_EQ(again.said[1], "own\none\ntwo\n");
}

TEST_F(Resume, NoMoreBroadcastsAreKeptThanAllOtherOutput) {
  options.scrollback_bytes = 2048;
  start(2);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const OutputPosition seen = shard().position(handle);
  shard().ended(handle);
  for (int i = 0; i < 1000; ++i) shard().broadcast(std::string(99, 'x') + "\n");
  EXPECT_LE(shard().scrollback_bytes(), 3500U);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_EQ(*again.answer.missing + again.answer.bytes, 100'000U);
  EXPECT_LE(again.answer.bytes, 2048U);
  EXPECT_GE(again.answer.bytes, 1500U);
}

}  // namespace
}  // namespace wyld::session
