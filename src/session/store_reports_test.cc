#include "session/store_reports.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  Fixture() {
    reports.set_post([this] {
      ++posts;
      return mailbox_takes;
    });
  }
  SessionStore::Done expect(const std::string& name) {
    return reports.expect(
        [this, name](bool stored) { heard.push_back(name + (stored ? " stored" : " refused")); });
  }

  testing::VirtualTime time;
  StoreReports reports{time.clock, time.timers};
  std::vector<std::string> heard;
  int posts = 0;
  bool mailbox_takes = true;
};

using Names = std::vector<std::string>;

TEST(StoreReports, WhatOneCommitBringsArrivesAsOneTask) {
  Fixture f;
  SessionStore::Done first = f.expect("first");
  SessionStore::Done second = f.expect("second");
  first({});
  second(fail(ErrorCode::kUnavailable, "full"));
  EXPECT_EQ(f.posts, 1);
  EXPECT_TRUE(f.heard.empty()) << "not on the store's thread";
  f.reports.take();
  EXPECT_EQ(f.heard, (Names{"first stored", "second refused"}));
  f.expect("third")({});
  EXPECT_EQ(f.posts, 2);
}

TEST(StoreReports, AFullMailboxDelaysThemToTheNextReport) {
  Fixture f;
  f.mailbox_takes = false;
  f.expect("first")({});
  f.mailbox_takes = true;
  f.expect("second")({});
  EXPECT_EQ(f.posts, 2);
  f.reports.take();
  EXPECT_EQ(f.heard, (Names{"first stored", "second stored"}));
}

TEST(StoreReports, ATimerBringsThemIfNoOtherReportFollows) {
  Fixture f;
  f.mailbox_takes = false;
  f.expect("only")({});
  f.time.advance(2s);
  EXPECT_EQ(f.heard, Names{"only stored"});
}

TEST(StoreReports, TheTimerStopsWhenNothingIsExpected) {
  Fixture f;
  f.expect("never") = {};  // as a store does that refuses the write at once
  f.time.advance(2s);
  SessionStore::Done late = f.expect("late");
  f.mailbox_takes = false;
  f.time.advance(10s);
  late({});
  EXPECT_TRUE(f.heard.empty());
  f.time.advance(2s);
  EXPECT_EQ(f.heard, Names{"late stored"}) << "it is looked for as long as it is expected";
}

TEST(StoreReports, AStoreMayForgetACallbackWhenTheShardIsGone) {
  SessionStore::Done forgotten;
  {
    Fixture f;
    forgotten = f.expect("never");
  }
  forgotten = {};
}

TEST(StoreReports, ComeFromManyThreads) {
  Fixture f;
  constexpr int kEach = 200;
  f.reports.set_post([] { return false; });
  std::vector<SessionStore::Done> callbacks;
  for (int i = 0; i < 4 * kEach; ++i) callbacks.push_back(f.expect(std::to_string(i)));
  std::vector<std::thread> store;
  for (int t = 0; t < 4; ++t) {
    store.emplace_back([&callbacks, t] {
      for (int i = 0; i < kEach; ++i) callbacks[static_cast<std::size_t>(t * kEach + i)]({});
    });
  }
  while (f.heard.size() < callbacks.size()) f.reports.take();
  for (std::thread& thread : store) thread.join();
  EXPECT_EQ(f.heard.size(), callbacks.size());
}

}  // namespace
}  // namespace wyld::session
