// A session beside its shard: output, modes and what the record hears. What worlds, logins and returns do to
// it has tests of its own.
#include "session/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

ShardSessionsOptions small_options() {
  ShardSessionsOptions options;
  options.output_bytes_max = 1000;
  options.epoch = 7;
  return options;
}

// Owns one session, and remembers what it asks for.
class OneSession final : private Channel::Owner, public SessionShard {
 public:
  OneSession(SessionManager& sessions, testing::VirtualTime& time)
      : SessionShard(0, sessions, small_options(), time.clock, time.timers, *this) {}

  Session* find(SessionHandle handle) noexcept override {
    return session.handle == handle ? &session : nullptr;
  }
  Result<SessionHandle> open(PlayerTransport&, Protocol, std::string_view, WorldLink*) override {
    return session.handle;
  }
  void settled(SessionHandle) override { calls.emplace_back("settled"); }
  void take_input(SessionHandle, InputKind, std::string_view text, std::string_view) override {
    calls.push_back("input " + std::string(text));
  }
  void take_all(SessionHandle, WaitingInputs) override {}
  void run_deferred(SessionHandle) override { calls.emplace_back("deferred"); }
  void end(Session&, EndReason, std::string_view, bool) override { calls.emplace_back("end"); }
  void release(Session&, std::string_view) override { calls.emplace_back("release"); }
  void expire(Session&) override { calls.emplace_back("expire"); }
  void mark_dirty(Session&) override { calls.emplace_back("dirty"); }
  bool channel_deadline(SessionHandle, Deadline) override { return true; }

  Calls calls;
  Session session{*this};
};

class ASession : public ::testing::Test {
 protected:
  ASession() {
    session.handle = {.shard = 0, .slot = 0, .generation = 1};
    session.id = SessionIdGenerator({1, 2, 3, 4}).next(time.clock.wall);
    session.record =
        *manager.open(session.id, session.handle, Protocol::kTelnet, "203.0.113.7", time.clock.wall);
    session.world = &world;
    session.connect(client);
  }
  // As the shard does it.
  void detach() {
    session.note_confirmed();
    session.detachment = std::make_unique<Detachment>(session);
    session.channel.reset();
  }

  testing::VirtualTime time;
  testing::FakeSessionStore store;
  SessionManager manager{{.sessions_max = 10}, store};
  testing::FakeWorld world;
  OneSession shard{manager, time};
  Session& session = shard.session;
  testing::FakeTransport client;
};

TEST_F(ASession, OutputIsNumberedWhetherItIsSentOrNot) {
  EXPECT_TRUE(session.say("A room.\n"));
  session.prompt();
  session.tell("A notice.");
  EXPECT_EQ(session.output.offset(), 8U + 1U + 9U);
  EXPECT_EQ(client.said, (Calls{"A room.\n", "<prompt>", "<notice A notice.>"}));
  client.queued = 1000;
  EXPECT_FALSE(session.say("lost\n"));
  EXPECT_EQ(session.output.offset(), 23U);
}

TEST_F(ASession, ASecretIsShownAndItsMaskKept) {
  session.start_recording();
  session.tell_secretly("code 7KQ2", "code ****");
  EXPECT_EQ(client.said.back(), "<notice code 7KQ2>");
  std::string kept;
  session.output.visit(0, [&kept](const OutputRing::PieceView& piece) { kept += piece.text; });
  EXPECT_EQ(kept, "code ****");
}

TEST_F(ASession, OnlyAWorldThatIsAttachedIsPaused) {
  client.stuck = true;
  session.say(std::string(300, 'x'));
  EXPECT_TRUE(world.calls.empty());
  (void)session.channel->drained();
  session.channel->output().relieved();
  session.attached = true;
  session.say("x");
  EXPECT_EQ(world.calls, Calls{"pause"});
}

TEST_F(ASession, AnythingSaidToADetachedSessionIsKeptAndMarkedOnce) {
  session.start_recording();
  session.say("seen\n");
  detach();
  EXPECT_FALSE(session.say("missed\n"));
  session.tell("A notice.");
  EXPECT_EQ(shard.calls, Calls{"dirty"});
  EXPECT_EQ(session.output.replay_for(std::nullopt).bytes, 16U);
  session.store_scrollback(/*complete=*/false);
  session.say("more\n");
  EXPECT_EQ(shard.calls, (Calls{"dirty", "dirty"}));
}

TEST_F(ASession, ADetachedSessionAsksForItsEndWhenItsTimeIsOver) {
  detach();
  time.timers.schedule(session.detachment->expires, time.clock.now + 10s);
  time.advance(11s);
  EXPECT_EQ(shard.calls, Calls{"expire"});
}

TEST_F(ASession, SideChannelMessagesThatWereLostAreCountedToThePlayer) {
  client.capabilities_.gmcp = true;
  session.side_memory = std::make_unique<SideChannelMemory>(shard.side_budget);
  for (std::size_t i = 0; i <= SideChannelMemory::kWaitingMax; ++i)
    session.side_memory->hold_back("Comm.Channel", "{}", gmcp::Meaning::kEvent);
  session.send_side_channel(/*all=*/false);
  EXPECT_EQ(client.said.back(), "<notice One message from the game to your client was lost here.>");
}

TEST_F(ASession, WhatTheClientCanDoIsStoredWhenItChanges) {
  session.note_capabilities();
  const DetailsPtr first = manager.details(session.id);
  session.note_capabilities();
  EXPECT_EQ(manager.details(session.id), first) << "nothing has changed";
  client.capabilities_.window.columns = 132;
  session.note_capabilities();
  EXPECT_EQ(manager.details(session.id)->capabilities.window.columns, 132);
}

TEST_F(ASession, ASlotForgetsEverythingButItsHandle) {
  session.entered = session.resumable = true;
  session.start_recording();
  session.say("Ada's secret\n");
  const SessionHandle handle = session.handle;
  const SessionState was = session.clear();
  EXPECT_TRUE(was.entered);
  EXPECT_EQ(session.handle, handle);
  EXPECT_EQ(session.record, nullptr);
  EXPECT_FALSE(session.entered || session.resumable || session.channel || session.output.is_recording());
  EXPECT_EQ(session.output.offset(), 0U);
  EXPECT_EQ(shard.budget.bytes(), 0U);
}

}  // namespace
}  // namespace wyld::session
