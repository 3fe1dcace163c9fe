#include "runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <string>

namespace wyld::runtime {
namespace {

using Turn = WorkerPool::Turn;

TEST(WorkerPool, RunsEveryTaskItTook) {
  constexpr int kTasks = 200;
  std::latch done(kTasks);
  std::atomic<int> sum = 0;
  WorkerPool pool(3, {.first = kTasks});
  for (int i = 1; i <= kTasks; ++i) {
    ASSERT_TRUE(pool.submit(Turn::kFirst, [&, i] {
      sum += i;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(sum, kTasks * (kTasks + 1) / 2);
}

TEST(WorkerPool, RunsAsManyAtOneTimeAsItHasThreads) {
  std::latch both(2);  // two tasks that wait for one another need two threads
  WorkerPool pool(2, {.first = 2});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool.submit(Turn::kFirst, [&] { both.arrive_and_wait(); }));
  both.wait();
}

TEST(WorkerPool, RefusesBeyondItsBoundAndTakesMoreWhenThereIsRoom) {
  std::latch started(1);
  std::latch go_on(1);
  std::latch second(1);
  std::latch last(1);
  WorkerPool pool(1, {.first = 2});
  ASSERT_TRUE(pool.submit(Turn::kFirst, [&] {
    started.count_down();
    go_on.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.submit(Turn::kFirst, [&] { second.count_down(); }));
  EXPECT_TRUE(pool.submit(Turn::kFirst, [] {}));
  EXPECT_FALSE(pool.submit(Turn::kFirst, [] {})) << "one runs, two wait";
  go_on.count_down();
  second.wait();
  EXPECT_TRUE(pool.submit(Turn::kFirst, [&] { last.count_down(); }));
  last.wait();
}

TEST(WorkerPool, RunsALastTurnOnlyWhenNoFirstOneWaits) {
  std::latch started(1);
  std::latch go_on(1);
  std::latch done(4);
  std::string order;  // by the one thread
  WorkerPool pool(1, {.first = 2, .last = 2});
  const auto note = [&](char name) {
    return [&, name] {
      order += name;
      done.count_down();
    };
  };
  ASSERT_TRUE(pool.submit(Turn::kFirst, [&] {
    started.count_down();
    go_on.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.submit(Turn::kLast, note('c')));
  EXPECT_TRUE(pool.submit(Turn::kLast, note('d')));
  EXPECT_FALSE(pool.submit(Turn::kLast, [] {})) << "its own bound";
  EXPECT_TRUE(pool.submit(Turn::kFirst, note('a'))) << "whatever waits for the last turn";
  EXPECT_TRUE(pool.submit(Turn::kFirst, note('b')));
  go_on.count_down();
  done.wait();
  EXPECT_EQ(order, "abcd");
}

TEST(WorkerPool, StopWaitsForWhatRunsAndForgetsWhatWaits) {
  std::latch started(1);
  std::latch go_on(1);
  std::latch forgotten(1);
  const auto count_down = [](std::latch* latch) { latch->count_down(); };
  std::atomic<bool> finished = false;
  std::atomic<bool> ran = false;
  WorkerPool pool(1, {.first = 8});
  ASSERT_TRUE(pool.submit(Turn::kFirst, [&] {
    started.count_down();
    go_on.wait();
    finished = true;
  }));
  started.wait();
  std::unique_ptr<std::latch, decltype(count_down)> held(&forgotten, count_down);
  ASSERT_TRUE(pool.submit(Turn::kFirst, [&, held = std::move(held)] { ran = true; }));
  std::thread stopper([&] { pool.stop(); });
  forgotten.wait();
  EXPECT_FALSE(pool.submit(Turn::kFirst, [] {}));
  EXPECT_FALSE(finished);
  go_on.count_down();
  stopper.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran);
  pool.stop();
}

TEST(WorkerPool, ATaskMayHandInAnother) {
  std::latch done(1);
  WorkerPool pool(1, {.first = 1});
  ASSERT_TRUE(
      pool.submit(Turn::kFirst, [&] { EXPECT_TRUE(pool.submit(Turn::kFirst, [&] { done.count_down(); })); }));
  done.wait();
}

}  // namespace
}  // namespace wyld::runtime
