#include "world/telnet_game/probe.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <future>
#include <optional>

#include "runtime/socket.h"

namespace wyld::telnet_game {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class GameProbe : public ::testing::Test {
 protected:
  GameProbe() {
    listener = std::move(*runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false));
    options.addresses = {*runtime::local_address(listener.get())};
    options.fresh = milliseconds(0);
  }

  GameSight ask() {
    if (!probe) probe.emplace(options, pulse);
    std::promise<GameSight> seen;
    probe->ask([&seen](const GameSight& sight) { seen.set_value(sight); });
    return seen.get_future().get();
  }
  // Connections the game has seen since the last call.
  int arrivals() {
    int count = 0;
    runtime::SocketAddress peer;
    while (runtime::accept_tcp(listener.get(), peer)->valid()) ++count;
    return count;
  }

  runtime::Fd listener;
  ProbeOptions options;
  session::WorldPulse pulse;
  std::optional<Probe> probe;
};

TEST_F(GameProbe, TellsAGameThatListensFromOneThatDoesNot) {
  EXPECT_TRUE(ask().answers);
  listener.reset();
  const auto before = std::chrono::system_clock::now();
  const GameSight gone = ask();
  EXPECT_FALSE(gone.answers);
  EXPECT_EQ(gone.why, "Connection refused");
  EXPECT_GE(gone.since, before);
  EXPECT_EQ(ask().since, gone.since) << "it is away since it was first missed";
}

TEST_F(GameProbe, AnyOfItsAddressesWillDo) {
  runtime::Fd closed =
      std::move(*runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false));
  options.addresses.insert(options.addresses.begin(), *runtime::local_address(closed.get()));
  closed.reset();
  EXPECT_TRUE(ask().answers);
}

TEST_F(GameProbe, AFreshLookIsNotRepeated) {
  options.fresh = hours(1);
  EXPECT_TRUE(ask().answers);
  listener.reset();
  EXPECT_TRUE(ask().answers) << "as it was seen last";
}

TEST_F(GameProbe, AGameThatIsHeardIsNotLookedAt) {
  options.fresh = hours(1);
  pulse.heard(std::chrono::steady_clock::now());
  listener.reset();
  EXPECT_TRUE(ask().answers);
}

TEST_F(GameProbe, AGameOnThisMachineSeesNoConnection) {
  EXPECT_TRUE(ask().answers);
  EXPECT_EQ(arrivals(), 0);
}

TEST_F(GameProbe, AGameElsewhereIsConnectedToAndLeft) {
  const runtime::SocketAddress address = options.addresses.front();
  EXPECT_TRUE(try_to_connect(address, std::chrono::minutes(1)));
  EXPECT_EQ(arrivals(), 1);
  listener.reset();
  EXPECT_EQ(try_to_connect(address, std::chrono::minutes(1)).error().system_errno, ECONNREFUSED);
}

TEST_F(GameProbe, WhoWaitsIsAnsweredWhenItStops) {
  probe.emplace(options, pulse);
  int answers = 0;
  std::mutex mutex;
  for (int i = 0; i < 200; ++i) {
    probe->ask([&](const GameSight&) {
      const std::lock_guard lock(mutex);
      ++answers;
    });
  }
  probe->stop();
  EXPECT_EQ(answers, 200);
  probe->ask([&](const GameSight&) { ++answers; });
  EXPECT_EQ(answers, 201);
}

}  // namespace
}  // namespace wyld::telnet_game
