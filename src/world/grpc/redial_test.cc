#include "world/grpc/redial.h"

#include <gtest/gtest.h>

namespace wyld::grpc_world {
namespace {

using namespace std::chrono_literals;

TEST(Redial, PausesDoubleUpToTheLongest) {
  Redial redial(100ms, 1s, 7);
  for (const auto longest : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const auto pause = redial.next();
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
  }
}

TEST(Redial, StartingOverMakesTheNextPauseTheShortest) {
  Redial redial(100ms, 5s, 7);
  for (int i = 0; i < 10; ++i) static_cast<void>(redial.next());
  EXPECT_GT(redial.next(), 2s);
  redial.start_over();
  EXPECT_LE(redial.next(), 100ms);
}

TEST(Redial, PausesOfOneLengthDiffer) {
  Redial redial(1000ms, 1000ms, 7);
  const auto pause = redial.next();
  EXPECT_NE(redial.next(), pause);
}

}  // namespace
}  // namespace wyld::grpc_world
