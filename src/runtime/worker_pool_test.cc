#include "runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>

namespace wyld::runtime {
namespace {

TEST(WorkerPool, RunsEveryTaskItTook) {
  constexpr int kTasks = 200;
  std::latch done(kTasks);
  std::atomic<int> sum = 0;
  WorkerPool pool(3, kTasks);
  for (int i = 1; i <= kTasks; ++i) {
    ASSERT_TRUE(pool.submit([&, i] {
      sum += i;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(sum, kTasks * (kTasks + 1) / 2);
}

TEST(WorkerPool, RunsAsManyAtOneTimeAsItHasThreads) {
  std::latch both(2);  // two tasks that wait for one another need two threads
  WorkerPool pool(2, 2);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool.submit([&] { both.arrive_and_wait(); }));
  both.wait();
}

TEST(WorkerPool, RefusesBeyondItsBoundAndTakesMoreWhenThereIsRoom) {
  std::latch started(1);
  std::latch go_on(1);
  std::latch second(1);
  std::latch last(1);
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.submit([&] {
    started.count_down();
    go_on.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.submit([&] { second.count_down(); }));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {})) << "one runs, two wait";
  go_on.count_down();
  second.wait();
  EXPECT_TRUE(pool.submit([&] { last.count_down(); }));
  last.wait();
}

TEST(WorkerPool, StopWaitsForWhatRunsAndForgetsWhatWaits) {
  std::latch started(1);
  std::latch go_on(1);
  std::latch forgotten(1);
  const auto count_down = [](std::latch* latch) { latch->count_down(); };
  std::atomic<bool> finished = false;
  std::atomic<bool> ran = false;
  WorkerPool pool(1, 8);
  ASSERT_TRUE(pool.submit([&] {
    started.count_down();
    go_on.wait();
    finished = true;
  }));
  started.wait();
  std::unique_ptr<std::latch, decltype(count_down)> held(&forgotten, count_down);
  ASSERT_TRUE(pool.submit([&, held = std::move(held)] { ran = true; }));
  std::thread stopper([&] { pool.stop(); });
  forgotten.wait();
  EXPECT_FALSE(pool.submit([] {}));
  EXPECT_FALSE(finished);
  go_on.count_down();
  stopper.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran);
  pool.stop();
}

TEST(WorkerPool, ATaskMayHandInAnother) {
  std::latch done(1);
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.submit([&] { EXPECT_TRUE(pool.submit([&] { done.count_down(); })); }));
  done.wait();
}

}  // namespace
}  // namespace wyld::runtime
