// What a client is told that comes back after one restart of the gateway, or several.
#include <gtest/gtest.h>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using testing::FakeTransport;
using Calls = std::vector<std::string>;

class Restart : public Resume {
 protected:
  void stop_and_start(std::uint64_t epoch) {
    shard().end_all(EndReason::kShutdown, "Restarting.");
    start(epoch);
  }
};

TEST_F(Restart, APageThatMissedOneRestartIsUnderstoodAfterTheNext) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "seen\n");
  const OutputPosition seen = shard().position(handle);
  shard().on_output(handle, "not seen\n");
  stop_and_start(2);
  FakeTransport lost = browser();
  gateway->come_back(lost, client.token, 0, seen);  // the answer never reaches the page
  stop_and_start(3);
  FakeTransport again = browser();
  gateway->come_back(again, lost.token, 0, seen);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "not seen\n", "<replayed>"}));
}

TEST_F(Restart, WhatIsSaidAfterAReturnIsNotLostWithoutAWord) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "seen\n");
  const OutputPosition seen = shard().position(handle);
  stop_and_start(2);
  const auto stopped = store.rows;
  FakeTransport lost = browser();
  lost.handle = *shard().open(lost, Protocol::kWebSocketJson, "198.51.100.4");
  shard().resume(lost.handle, {.token = client.token, .code = {}, .position = seen});
  EXPECT_TRUE(lost.said.empty()) << "the store has not answered";
  gateway->run();
  EXPECT_EQ(lost.answer.result, ResumeResult::kResumed);
  shard().on_output(lost.handle, "said to a connection that is about to break\n");
  // Of all this process has written, the store has only what it had before the client was answered.
  for (auto& [id, row] : store.rows)
    if (const auto before = stopped.find(id); before != stopped.end()) row.details = before->second.details;
  kill_and_start(3);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, seen);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_FALSE(again.answer.missing.has_value());
}

TEST_F(Restart, AStoreThatDoesNotAnswerIsAReasonToTryAgain) {
  FakeTransport client = browser();
  gateway->enter(client);
  stop_and_start(2);
  FakeTransport again = browser();
  const SessionHandle fresh = *shard().open(again, Protocol::kWebSocketJson, "198.51.100.4");
  again.handle = fresh;
  store.silent = true;
  shard().resume(fresh, {.token = client.token, .code = {}, .position = {}});
  EXPECT_FALSE(again.reading) << "what is typed meanwhile waits";
  time.advance(std::chrono::seconds(9));
  EXPECT_EQ(again.answer.result, ResumeResult::kBusy);
  EXPECT_TRUE(again.ended);
  store.answer();
  gateway->run();
  FakeTransport later = browser();
  gateway->come_back(later, client.token);
  EXPECT_EQ(later.answer.result, ResumeResult::kResumed);
}

TEST_F(Restart, WhatIsTypedWhileTheStoreIsAskedGoesToTheSession) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  stop_and_start(2);
  FakeTransport telnet;
  const SessionHandle fresh = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "resume " + client.code, false);
  shard().line(fresh, "look", false);
  gateway->run();
  EXPECT_EQ(gateway->worlds[0].calls,
            (Calls{"attach 198.51.100.4", "detach", "attach 198.51.100.4 returning", "input 1 look"}));
}

// A page is attached to no world before that, and its messages go to the one it comes back to.
TEST_F(Restart, GmcpThatComesWhileTheStoreIsAskedGoesToTheSession) {
  FakeTransport client = browser();
  gateway->enter(client);
  stop_and_start(2);
  FakeTransport again = browser();
  again.handle = *shard().open(again, Protocol::kWebSocketJson, "198.51.100.4");
  shard().resume(again.handle, {.token = client.token, .code = {}, .position = {}});
  shard().side_channel(again.handle, "Probe.Number", "7");
  shard().line(again.handle, "look", false);
  gateway->run();
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(gateway->worlds[0].calls,
            (Calls{"attach 198.51.100.4 returning", "side Probe.Number 7", "input 1 look"}));
}

TEST_F(Restart, AGapThatNobodyHasReadOfIsToldAfterTheNextRestart) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().on_output(handle, "unknown to the store\n");
  kill_and_start(2);
  FakeTransport telnet;
  telnet.handle = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(telnet.handle);
  shard().line(telnet.handle, "resume " + client.code, false);
  gateway->run();
  EXPECT_EQ(telnet.answer.result, ResumeResult::kResumedWithGap);
  telnet.unconfirmed = 10'000;
  stop_and_start(3);
  FakeTransport again;
  again.handle = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(again.handle);
  shard().line(again.handle, "resume " + client.code, false);
  gateway->run();
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
}

TEST_F(Restart, ALineWhoseBeginningIsLostIsNeverRepeatedWithoutSayingSo) {
  options.scrollback_bytes = 1024;
  start(1);
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string code = code_of(client);
  for (int i = 0; i < 100; ++i) shard().on_output(handle, "an unfinished line, longer than what is kept ");
  FakeTransport telnets[3];  // each is there until the process after it has stopped
  for (std::uint64_t epoch = 2; epoch < 5; ++epoch) {
    stop_and_start(epoch);
    FakeTransport& telnet = telnets[epoch - 2];
    type_code(telnet, code);
    gateway->run();
    EXPECT_EQ(telnet.answer.result, ResumeResult::kResumedWithGap) << "process " << epoch;
    EXPECT_GT(telnet.answer.missing, 0U);
    EXPECT_GT(telnet.answer.bytes, 0U);
  }
}

TEST_F(Restart, OffsetsGoOn) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "one\n");
  const OutputPosition before = shard().position(handle);
  stop_and_start(2);
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, before);
  EXPECT_EQ(again.answer.from, (OutputPosition{.epoch = 2, .offset = before.offset}));
}

TEST_F(Restart, AProcessThatWasKilledBeforeItCouldWriteIsAGap) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().on_output(handle, "kept\n");
  const OutputPosition end = shard().position(handle);
  shard().end_all(EndReason::kShutdown, "Restarting.");
  const auto rows = store.rows;
  start(3);
  store.rows = rows;
  start(3);  // and finds nothing of the second
  FakeTransport again = browser();
  gateway->come_back(again, client.token, 0, OutputPosition{.epoch = 2, .offset = end.offset + 100});
  EXPECT_EQ(again.answer.result, ResumeResult::kResumedWithGap);
  EXPECT_FALSE(again.answer.missing.has_value());
  EXPECT_EQ(again.said, (Calls{"<resumed_with_gap>", "<replayed>"})) << "what was kept, it has";
}

TEST_F(Restart, ACodeBringsBackWhatTheLastClientMayNotHave) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().on_output(handle, "has arrived\n");
  shard().on_output(handle, "may not have\n");
  client.unconfirmed = 13;
  stop_and_start(2);
  FakeTransport telnet;
  type_code(telnet, client.code);
  gateway->run();
  EXPECT_EQ(telnet.transcript().find("has arrived"), std::string::npos) << telnet.transcript();
  EXPECT_NE(telnet.transcript().find("may not have"), std::string::npos) << telnet.transcript();
}

TEST_F(Restart, ARevokedFamilyStaysRevoked) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  shard().token_kept(handle);
  FakeTransport thief = browser();
  gateway->come_back(thief, first);
  ASSERT_EQ(thief.answer.result, ResumeResult::kGone);
  shard().code_wanted(handle);
  gateway->run();
  EXPECT_EQ(second.code, "") << "nothing is given out any more";
  kill_and_start(2);
  FakeTransport third = browser();
  gateway->come_back(third, second.token);
  EXPECT_EQ(third.answer.result, ResumeResult::kGone);
}

}  // namespace
}  // namespace wyld::session
