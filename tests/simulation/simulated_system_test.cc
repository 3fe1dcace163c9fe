#include "simulation/simulated_system.h"

#include <gtest/gtest.h>

#include <utility>

#include "runtime/contract/stream_contract.h"
#include "runtime/loop.h"
#include "runtime/stream.h"

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

struct Peer final : ClientEnd {
  void on_bytes(std::string_view bytes) override { heard += bytes; }
  void on_end() override { ended = true; }
  std::string heard;
  bool ended = false;
};

// Two loops of one simulated process, on a network of which everything is as bad as `plan` says.
class SimulatedNetwork : public runtime::contract::StreamNetwork {
 public:
  explicit SimulatedNetwork(const NetworkPlan& plan) : plan_(plan) {}

  runtime::Loop& loop() override { return loop_; }
  runtime::Loop& other_loop() override { return other_loop_; }

  runtime::Fd accepted() override {
    socket_->accept();
    return ours();
  }
  runtime::Fd connecting() override {
    socket_->gateway_connects();
    schedule_.after(5ms, [socket = socket_] { socket->accept(); });
    return ours();
  }
  runtime::Fd refused() override {
    socket_->gateway_connects();
    schedule_.after(5ms, [socket = socket_] { socket->refuse(); });
    return ours();
  }

  void say(std::string_view bytes) override { socket_->client_write(bytes); }
  void end_output() override { socket_->client_end_output(); }
  void close() override { socket_->client_close(); }
  void reset() override { socket_->cut(); }
  std::string heard() override {
    socket_->client_reads(true);
    run_for(20ms);
    socket_->client_reads(false);
    return std::exchange(peer_.heard, {});
  }
  bool end_heard() const override { return peer_.ended; }

 private:
  runtime::Fd ours() {
    socket_->open_client(peer_);
    socket_->client_reads(false);
    return descriptors_.open(socket_);
  }
  void run_for(Duration time) {
    const TimePoint end = schedule_.clock.now + time;
    while (schedule_.next() <= end) {
      schedule_.advance_to(schedule_.next());
      schedule_.run_one();
    }
    schedule_.advance_to(end);
  }

  const NetworkPlan plan_;
  Schedule schedule_;
  Random random_{7};
  Peer peer_;
  std::shared_ptr<SimulatedSocket> socket_ = std::make_shared<SimulatedSocket>(1, schedule_, random_, plan_);
  Descriptors descriptors_;
  runtime::Loop loop_{std::make_unique<SimulatedSystem>(schedule_, random_, descriptors_)};
  runtime::Loop other_loop_{std::make_unique<SimulatedSystem>(schedule_, random_, descriptors_)};
};

// ---

class SimulatedSystemTest : public ::testing::Test {
 protected:
  struct Owner final : runtime::StreamEvents {
    void on_bytes(char* data, std::size_t bytes) override { received.append(data, bytes); }
    void on_drained() override {}
    void on_end(int system_errno) override {
      ended = true;
      error = system_errno;
    }
    std::string received;
    bool ended = false;
    int error = 0;
  };

  SimulatedSystemTest() {
    socket_->open_client(peer_);
    socket_->accept();
    EXPECT_TRUE(stream_.open());
  }
  void write(std::string_view bytes) {
    stream_.write([bytes](std::string& out) { out += bytes; });
  }
  void run_for(Duration time) {
    const TimePoint end = schedule_.clock.now + time;
    while (schedule_.clock.now < end) loop_.run_once(end - schedule_.clock.now);
  }

  NetworkPlan plan_{.delay_min = 10ms, .delay_max = 10ms};
  Schedule schedule_;
  Random random_{1};
  Peer peer_;
  std::shared_ptr<SimulatedSocket> socket_ = std::make_shared<SimulatedSocket>(1, schedule_, random_, plan_);
  Descriptors descriptors_;
  runtime::Loop loop_{std::make_unique<SimulatedSystem>(schedule_, random_, descriptors_)};
  Owner owner_;
  runtime::Stream stream_{loop_, descriptors_.open(socket_), owner_};
};

TEST_F(SimulatedSystemTest, TheLoopLivesInTheSchedulesTime) {
  const TimePoint began = schedule_.clock.now;
  bool fired = false;
  runtime::Timer timer([](void* context) { *static_cast<bool*>(context) = true; }, &fired);
  loop_.timers().schedule(timer, began + 5h);
  while (!fired) loop_.run_once(1h);
  EXPECT_GE(schedule_.clock.now, began + 5h);
  EXPECT_EQ(loop_.now(), schedule_.clock.now);
  EXPECT_EQ(loop_.clock().wall, schedule_.clock.wall);
}

TEST_F(SimulatedSystemTest, APostedTaskMakesItReady) {
  auto& system = dynamic_cast<SimulatedSystem&>(loop_.system());
  EXPECT_FALSE(system.ready());
  bool ran = false;
  ASSERT_TRUE(loop_.post([&ran] { ran = true; }));
  EXPECT_TRUE(system.ready());
  loop_.run_once(0ms);
  EXPECT_TRUE(ran);
  EXPECT_FALSE(system.ready());
}

TEST_F(SimulatedSystemTest, OutputIsConfirmedARoundTripLater) {
  write("hello");
  loop_.run_once(0ms);
  run_for(10ms);
  EXPECT_EQ(peer_.heard, "hello");
  EXPECT_EQ(stream_.unconfirmed_bytes(), 5U) << "it has arrived, but we do not know";
  run_for(10ms);
  EXPECT_EQ(stream_.unconfirmed_bytes(), 0U);
}

TEST_F(SimulatedSystemTest, TheSystemTakesAWindowFull) {
  plan_.window_bytes = 100;
  write(std::string(250, 'x'));
  loop_.run_once(0ms);
  EXPECT_EQ(stream_.queued_bytes(), 150U);
  EXPECT_EQ(stream_.waiting_bytes(), 250U);
  run_for(1s);
  EXPECT_EQ(peer_.heard.size(), 250U);
}

TEST_F(SimulatedSystemTest, AStalledConnectionGoesOnAfterwards) {
  socket_->stall(1h);
  write("down");
  socket_->client_write("up");
  run_for(59min);
  EXPECT_EQ(peer_.heard + owner_.received, "");
  run_for(2min);
  EXPECT_EQ(peer_.heard + owner_.received, "downup");
}

TEST_F(SimulatedSystemTest, EachEndOfASilentConnectionFindsOutForItself) {
  socket_->fall_silent(2min, 1min);
  write("lost");
  run_for(90s);
  EXPECT_TRUE(peer_.ended);
  EXPECT_FALSE(owner_.ended);
  run_for(1min);
  EXPECT_TRUE(owner_.ended);
  EXPECT_EQ(owner_.error, ETIMEDOUT);
  EXPECT_EQ(peer_.heard, "");
}

TEST_F(SimulatedSystemTest, ACutLosesNoMoreThanWasUnderWay) {
  write("arrived ");
  loop_.run_once(0ms);
  run_for(30ms);
  write("under way");
  loop_.run_once(0ms);
  socket_->cut();
  write("written before we know");
  EXPECT_EQ(stream_.unconfirmed_bytes(), std::string_view("under waywritten before we know").size());
  run_for(1s);
  EXPECT_TRUE(owner_.ended);
  EXPECT_TRUE(peer_.ended);
  EXPECT_TRUE(std::string_view("arrived under way").starts_with(peer_.heard)) << peer_.heard;
  EXPECT_TRUE(peer_.heard.starts_with("arrived ")) << peer_.heard;
}

TEST_F(SimulatedSystemTest, AKilledProcessEndsItsConnections) {
  write("last words");
  loop_.run_once(0ms);
  EXPECT_EQ(descriptors_.count(), 1U);
  descriptors_.kill();
  EXPECT_EQ(descriptors_.count(), 0U);
  stream_.close();  // what a killed process still does has no effect
  while (!peer_.ended) {
    ASSERT_NE(schedule_.next(), TimePoint::max());
    schedule_.advance_to(schedule_.next());
    schedule_.run_one();
  }
  EXPECT_TRUE(std::string_view("last words").starts_with(peer_.heard)) << peer_.heard;
  EXPECT_FALSE(owner_.ended);
}

TEST_F(SimulatedSystemTest, AClosedStreamLeavesNoDescriptor) {
  stream_.close();
  EXPECT_EQ(descriptors_.count(), 0U);
}

}  // namespace
}  // namespace wyld::simulation

namespace wyld::runtime::contract {
namespace {

INSTANTIATE_TEST_SUITE_P(Simulated, StreamContract, ::testing::Values([] {
                           return std::make_unique<simulation::SimulatedNetwork>(simulation::NetworkPlan{});
                         }));
INSTANTIATE_TEST_SUITE_P(SimulatedAndBad, StreamContract, ::testing::Values([] {
                           return std::make_unique<simulation::SimulatedNetwork>(simulation::NetworkPlan{
                               .delay_max = std::chrono::milliseconds(60), .short_read = 0.2});
                         }));

}  // namespace
}  // namespace wyld::runtime::contract
