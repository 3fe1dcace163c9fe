#include "world/demo/link.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "world/demo/world_fixture.h"

namespace wyld::demo {
namespace {

TEST(DemoLink, OneCallPerWireTextAndShard) {
  TwoShards game;
  const auto alice = game.enter("Alice");
  std::vector<session::SessionHandle> coloured;
  for (int i = 0; i < 10; ++i) {
    coloured.push_back(game.enter(std::string("Col") + static_cast<char>('a' + i), 1));
  }
  game.enter("Plaina", 1, plain_client());
  game.enter("Plainb", 1, plain_client());
  game.events[1].calls = 0;
  game.says(alice, "shout to arms");
  EXPECT_EQ(game.events[1].calls, 2);
  for (const auto session : coloured) {
    EXPECT_EQ(game.take(session), "\n\x1b[33mAlice shouts, \"to arms\"\x1b[0m\n> |");
  }
}

TEST(DemoLink, AFullMailboxIsCountedAndHarmsNobodyElse) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  const auto carl = game.enter("Carl", 0, plain_client());
  game.mailbox_full = true;
  EXPECT_EQ(game.says(alice, "say lost"), "You say, \"lost\"\n> |");
  EXPECT_EQ(game.take(carl), "\nAlice says, \"lost\"\n> |");
  EXPECT_EQ(game.take(bob), "");
  EXPECT_EQ(game.shared.dropped_count(), 1U);
}

TEST(DemoLink, WhatItHasNoUseForIsIgnored) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.links[0]->characters(alice, "abc");
  game.links[0]->side_channel(alice, "Core.Ping", "120");
  game.links[0]->pause(alice);
  game.links[0]->resume(alice);
  game.links[0]->detach({.shard = 0, .slot = 999, .generation = 3}, session::DetachReason::kClosed);
  game.links[0]->capabilities_changed({.shard = 0, .slot = 999, .generation = 3}, plain_client());
  game.links[0]->interrupt({.shard = 0, .slot = 999, .generation = 3});
  EXPECT_EQ(game.take(alice), "");
}

// A shard that acts while it is being told something.
class LeavingEvents final : public testing::QuietWorldEvents {
 public:
  void on_output(session::SessionHandle session, std::string_view text) override {
    if (text.find(" says, ") != std::string_view::npos) link->detach(session, session::DetachReason::kClosed);
  }
  void on_output_to(std::span<const session::SessionHandle> sessions, std::string_view text) override {
    for (const auto session : sessions) on_output(session, text);
  }
  DemoLink* link = nullptr;
};

TEST(DemoLink, SessionsMayEndWhileTheyAreTold) {
  SharedWorld shared;
  LeavingEvents events;
  DemoLink link(shared, 0, events, [](std::uint8_t, auto) { return true; });
  events.link = &link;
  const Capabilities capabilities;
  const session::PlayerInfo info{{}, "127.0.0.1", capabilities, {}, {}};
  const std::string_view names[] = {"Alice", "Bob", "Carl"};
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    const session::SessionHandle session{.shard = 0, .slot = slot & 3, .generation = 1};
    link.attach(session, info);
    link.input(session, 1, names[slot], false);
  }
  link.input({.shard = 0, .slot = 0, .generation = 1}, 2, "say go", false);
  shared.with([](World& world) { EXPECT_EQ(world.player_count(), 1U); });
}

// Counts, on its own thread only.
class CountingEvents final : public testing::QuietWorldEvents {
 public:
  void on_output(session::SessionHandle, std::string_view text) override { bytes += text.size(); }
  void on_output_to(std::span<const session::SessionHandle> sessions, std::string_view text) override {
    bytes += sessions.size() * text.size();
  }
  void on_prompt(session::SessionHandle) override { ++prompts; }
  void on_side_channel(session::SessionHandle, std::string_view, std::string_view body,
                       gmcp::Meaning) override {
    bytes += body.size();
  }
  void on_entered(session::SessionHandle) override { ++entered; }
  void on_left(session::SessionHandle, std::string_view) override { ++left; }
  std::size_t bytes = 0, prompts = 0, entered = 0, left = 0;
};

TEST(DemoLink, TwoThreadsMayHammerOneWorld) {
  struct Mailbox {
    std::mutex mutex;
    std::vector<ShardTask> work;
  };
  constexpr int kRounds = 300;
  SharedWorld shared;
  Mailbox mailboxes[2];
  CountingEvents events[2];
  const ShardMail mail = [&](std::uint8_t shard, ShardTask work) {
    const std::scoped_lock lock(mailboxes[shard].mutex);
    if (mailboxes[shard].work.size() >= 64) return false;
    mailboxes[shard].work.push_back(std::move(work));
    return true;
  };
  DemoLink links[] = {DemoLink(shared, 0, events[0], mail), DemoLink(shared, 1, events[1], mail)};
  std::atomic<int> finished = 0;
  const auto run = [&](std::uint8_t shard) {
    DemoLink& link = links[shard];
    const Capabilities capabilities = gmcp_client();
    const session::PlayerInfo info{{}, "127.0.0.1", capabilities, {}, {}};
    const auto drain = [&] {
      std::vector<ShardTask> work;
      {
        const std::scoped_lock lock(mailboxes[shard].mutex);
        work.swap(mailboxes[shard].work);
      }
      for (ShardTask& piece : work) piece();
    };
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
      const session::SessionHandle session{.shard = shard, .slot = round & 7, .generation = round};
      link.attach(session, info);
      std::string name = shard == 0 ? "Left" : "Right";
      name += static_cast<char>('a' + (round & 7));
      link.input(session, 1, name, false);
      link.input(session, 2, "say hello", false);
      link.input(session, 3, "shout hello", false);
      link.input(session, 4, "n", false);
      link.connection_lost(session);
      link.input(session, 5, "who", false);
      link.connection_restored(session, info);
      link.input(session, 6, "edit note", false);
      link.edited(session, 1, /*cancelled=*/false, "remember this");
      if (round >= 8) {
        const std::uint32_t old = round - 7;
        link.detach({.shard = shard, .slot = old & 7, .generation = old}, session::DetachReason::kClosed);
      }
      drain();
    }
    ++finished;
    while (finished < 2) {
      drain();
      std::this_thread::yield();
    }
    drain();
  };
  std::thread left(run, std::uint8_t{0});
  std::thread right(run, std::uint8_t{1});
  left.join();
  right.join();
  for (const CountingEvents& side : events) {
    EXPECT_EQ(side.entered, static_cast<std::size_t>(kRounds));
    EXPECT_GE(side.prompts, static_cast<std::size_t>(5 * kRounds));
  }
  shared.with([](World& world) { EXPECT_EQ(world.player_count(), 14U); });
}

}  // namespace
}  // namespace wyld::demo
