#include "runtime/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace wyld::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Loop, RunsWhatOtherThreadsPostInTheirOrder) {
  auto loop = *Loop::create();
  std::vector<int> seen;
  std::thread sender([&loop] {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(loop->post([] {}));
  });
  sender.join();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(loop->post([&seen, i] { seen.push_back(i); }));
  EXPECT_TRUE(loop->post([&loop] { loop->stop(); }));
  loop->run();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

TEST(Loop, AFullMailboxSaysSo) {
  auto loop = *Loop::create();
  for (std::size_t i = 0; i < Loop::kTasksMax; ++i) ASSERT_TRUE(loop->post([] {}));
  EXPECT_FALSE(loop->post([] {}));
  loop->run_once(0ms);
  EXPECT_TRUE(loop->post([] {}));
}

TEST(Loop, ManyThreadsLoseNoTask) {
  auto loop = *Loop::create();
  std::atomic<int> ran{0};
  std::thread runner([&loop] { loop->run(); });
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        while (!loop->post([&ran] { ran.fetch_add(1); })) std::this_thread::yield();
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  while (!loop->post([&loop] { loop->stop(); })) std::this_thread::yield();
  runner.join();
  EXPECT_EQ(ran.load(), 20'000);
}

TEST(Loop, FiresTimersAndWakesForThem) {
  auto loop = *Loop::create();
  struct Context {
    Loop& loop;
    Timer timer{[](void* self) { static_cast<Context*>(self)->loop.stop(); }, this};
  } context{.loop = *loop};
  const TimePoint began = Clock::now();
  loop->timers().schedule(context.timer, began + 30ms);
  loop->run();
  EXPECT_GE(Clock::now() - began, 30ms);
}

TEST(Loop, DeferredWorkRunsAfterTheTurnsFlushes) {
  auto loop = *Loop::create();
  std::vector<std::string> order;
  struct Flush final : Flushable {
    explicit Flush(std::vector<std::string>& log) : log_(log) {}
    void flush() override { log_.emplace_back("flush"); }
    std::vector<std::string>& log_;
  } flush(order);
  ASSERT_TRUE(loop->post([&] {
    loop->defer([&] { order.emplace_back("deferred"); });
    loop->flush_later(flush);
    order.emplace_back("task");
  }));
  loop->run_once(0ms);
  EXPECT_EQ(order, (std::vector<std::string>{"task", "flush", "deferred"}));
}

}  // namespace
}  // namespace wyld::runtime
