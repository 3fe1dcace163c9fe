#include "runtime/stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "runtime/contract/stream_contract.h"
#include "runtime/socket.h"

namespace wyld::runtime {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    ours = Fd(fds[0]);
    theirs = Fd(fds[1]);
  }
  Fd ours;
  Fd theirs;
};

std::string drain(const Fd& fd) {
  std::string all;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

struct Recorder final : StreamEvents {
  void on_bytes(char* data, std::size_t bytes) override {
    received.append(data, bytes);
    if (on_data) on_data();
  }
  void on_drained() override { ++drained; }
  void on_end(int system_errno) override {
    ++ended;
    error = system_errno;
  }
  std::string received;
  std::move_only_function<void()> on_data;
  int drained = 0;
  int ended = 0;
  int error = 0;
};

struct Fixture {
  Fixture() : loop(*Loop::create()), stream(*loop, std::move(pair.ours), events) {
    EXPECT_TRUE(stream.open());
  }
  void say(std::string_view bytes) {
    EXPECT_EQ(::send(pair.theirs.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void write(std::string_view bytes) {
    stream.write([bytes](std::string& out) { out += bytes; });
  }
  Pair pair;
  std::unique_ptr<Loop> loop;
  Recorder events;
  Stream stream;
};

TEST(Stream, EverythingOfATurnLeavesTogetherAtItsEnd) {
  Fixture f;
  f.say("x");
  f.events.on_data = [&f] {
    f.write("one ");
    f.stream.write_shared(std::make_shared<const std::string>("two "));
    f.write("three");
    EXPECT_EQ(drain(f.pair.theirs), "") << "nothing is written before the turn ends";
  };
  f.loop->run_once(1s);
  EXPECT_EQ(drain(f.pair.theirs), "one two three");
}

TEST(Stream, DrainedIsToldAlsoWhenTheSocketNeverWasFull) {
  Fixture f;
  f.stream.tell_when_drained();
  f.write("short");
  f.loop->run_once(0ms);
  EXPECT_EQ(f.events.drained, 1);
  f.write("again");
  f.loop->run_once(0ms);
  EXPECT_EQ(f.events.drained, 1) << "only when asked";
}

TEST(Stream, ClosingInsideAReadIsSafe) {
  Fixture f;
  f.say("x");
  f.events.on_data = [&f] { f.stream.close(); };
  f.loop->run_once(1s);
  EXPECT_TRUE(f.stream.closed());
  EXPECT_EQ(f.events.ended, 0) << "the owner knows: it closed it";
}

// Two ends of a connection over TCP. The client's system takes little, so that bytes stay unconfirmed.
struct TcpPair {
  TcpPair() {
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener.get(), name, bytes), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener.get(), name, &bytes), 0);
    theirs = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int small = 4096;
    EXPECT_EQ(::setsockopt(theirs.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    EXPECT_EQ(::connect(theirs.get(), name, bytes), 0);
    ours = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_EQ(::fcntl(ours.get(), F_SETFL, O_NONBLOCK), 0);
  }
  // Writes `bytes` on the stream of our end, as a page that is served before a WebSocket; they are read and
  // confirmed.
  void deliver(Stream& stream, Loop& loop, std::size_t bytes) {
    stream.write([bytes](std::string& out) { out.assign(bytes, 'p'); });
    while (stream.unconfirmed_bytes() > 0) {
      loop.run_once(1ms);
      std::array<char, 65536> piece;
      while (::recv(theirs.get(), piece.data(), piece.size(), MSG_DONTWAIT) > 0) {
      }
    }
  }
  Fd ours;
  Fd theirs;
};

// A page that was served on the connection must not make output pass for confirmed.
TEST(Stream, WhatWasSentBeforeItIsNotConfirmedOutput) {
  for (const std::size_t before : {std::size_t{0}, std::size_t{249'178}}) {
    TcpPair pair;
    const int fd = pair.ours.get();
    const std::unique_ptr<Loop> loop = *Loop::create();
    Recorder events;
    Stream stream(*loop, std::move(pair.ours), events);
    ASSERT_TRUE(stream.open());
    if (before > 0) pair.deliver(stream, *loop, before);
    constexpr std::size_t kBytes = 600'000;
    stream.write([](std::string& out) { out.assign(kBytes, 't'); });
    loop->run_once(0s);
    // Whatever the client's system confirms meanwhile lies between two looks at the system's own queue.
    const auto waiting = [&] {
      int queued = 0;
      EXPECT_EQ(::ioctl(fd, SIOCOUTQ, &queued), 0);
      return stream.queued_bytes() + static_cast<std::size_t>(queued);
    };
    const std::size_t before_look = waiting();
    const std::size_t unconfirmed = stream.unconfirmed_bytes();
    const std::size_t after_look = waiting();
    EXPECT_GT(after_look, kBytes / 2) << before << " bytes before";
    EXPECT_GE(unconfirmed, after_look) << before << " bytes before";
    EXPECT_LE(unconfirmed, before_look) << before << " bytes before";
  }
}

TEST(Stream, WhatWasSentBeforeMovesWithTheSocket) {
  TcpPair pair;
  const std::unique_ptr<Loop> loop = *Loop::create();
  Recorder events;
  Stream first(*loop, std::move(pair.ours), events);
  ASSERT_TRUE(first.open());
  pair.deliver(first, *loop, 100'000);
  first.write([](std::string& out) { out.assign(600'000, 't'); });
  loop->run_once(0s);
  Stream::Released socket = first.release();
  Stream second(*loop, std::move(socket.fd), events);
  second.take_counts(socket);
  ASSERT_TRUE(second.open());
  second.write([&](std::string& out) { out = socket.unwritten; });
  EXPECT_GT(second.unconfirmed_bytes(), 300'000U);
}

// Two ends of a connection over TCP, on the real kernel.
class TcpNetwork final : public contract::StreamNetwork {
 public:
  Loop& loop() override { return *loop_; }
  Loop& other_loop() override { return *other_loop_; }

  Fd accepted() override {
    TcpPair pair;
    theirs_ = std::move(pair.theirs);
    EXPECT_EQ(::fcntl(theirs_.get(), F_SETFL, O_NONBLOCK), 0);
    return std::move(pair.ours);
  }
  Fd connecting() override {
    listener_ = std::move(*listen_tcp(parse_listen_address("127.0.0.1:0")->front(), false));
    return std::move(*connect_tcp(*local_address(listener_.get())));
  }
  Fd refused() override {
    // A port that was free a moment ago and listens no more.
    SocketAddress address = parse_listen_address("127.0.0.1:0")->front();
    address = *local_address(listen_tcp(address, false)->get());
    return std::move(*connect_tcp(address));
  }

  void say(std::string_view bytes) override {
    EXPECT_EQ(::send(theirs_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void end_output() override { ::shutdown(theirs_.get(), SHUT_WR); }
  void close() override { theirs_.reset(); }
  void reset() override {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(::setsockopt(theirs_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    theirs_.reset();
  }
  std::string heard() override {
    SocketAddress peer;
    if (listener_.valid() && !theirs_.valid()) theirs_ = std::move(*accept_tcp(listener_.get(), peer));
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(theirs_.get(), buffer.data(), buffer.size(), 0);
      if (got == 0) end_heard_ = true;
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  bool end_heard() const override { return end_heard_; }

 private:
  std::unique_ptr<Loop> loop_ = *Loop::create();
  std::unique_ptr<Loop> other_loop_ = *Loop::create();
  Fd listener_;
  Fd theirs_;
  bool end_heard_ = false;
};

}  // namespace

namespace contract {
namespace {

INSTANTIATE_TEST_SUITE_P(Linux, StreamContract,
                         ::testing::Values([] { return std::make_unique<TcpNetwork>(); }));

}  // namespace
}  // namespace contract
}  // namespace wyld::runtime
