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
#include <tuple>

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

TEST(Stream, HandsOverWhatArrives) {
  Fixture f;
  f.say("hello");
  f.loop->run_once(1s);
  EXPECT_EQ(f.events.received, "hello");
}

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

TEST(Stream, APeerThatDoesNotReadGetsEverythingOnceItDoes) {
  Fixture f;
  const std::string big(4 * 1024 * 1024, 'x');
  f.stream.tell_when_drained();
  f.write(big);
  f.loop->run_once(0ms);
  EXPECT_GT(f.stream.queued_bytes(), 0U);
  EXPECT_EQ(f.events.drained, 0);
  std::string got;
  while (got.size() < big.size()) {
    got += drain(f.pair.theirs);
    f.loop->run_once(1s);
  }
  EXPECT_EQ(got, big);
  EXPECT_EQ(f.stream.queued_bytes(), 0U);
  EXPECT_EQ(f.events.drained, 1) << "told once";
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

TEST(Stream, PausedReadingLeavesTheBytesToTheKernel) {
  Fixture f;
  f.stream.pause_reading();
  f.say("later");
  f.loop->run_once(0ms);
  EXPECT_EQ(f.events.received, "");
  f.stream.resume_reading();
  f.loop->run_once(1s);
  EXPECT_EQ(f.events.received, "later");
}

TEST(Stream, APeerThatHangsUpIsNoticedWhilePausedIfThatIsWanted) {
  Fixture f;
  f.stream.pause_reading(Stream::PeersEnd::kNoticed);
  f.say("unread");
  f.loop->run_once(0ms);
  EXPECT_EQ(f.events.ended, 0);
  ::shutdown(f.pair.theirs.get(), SHUT_WR);
  f.loop->run_once(1s);
  EXPECT_EQ(f.events.ended, 1);
  EXPECT_EQ(f.events.error, 0);
  EXPECT_EQ(f.events.received, "");
  EXPECT_TRUE(f.stream.closed());
}

TEST(Stream, OtherwiseThePeersEndComesAfterWhatItSaid) {
  Fixture f;
  f.stream.pause_reading();
  f.say("last words");
  ::shutdown(f.pair.theirs.get(), SHUT_WR);
  f.loop->run_once(0ms);
  EXPECT_EQ(f.events.ended, 0);
  f.stream.resume_reading();
  for (int i = 0; i < 4; ++i) f.loop->run_once(0ms);
  EXPECT_EQ(f.events.received, "last words");
  EXPECT_EQ(f.events.ended, 1);
}

TEST(Stream, ThePeersEndIsToldOnce) {
  Fixture f;
  f.say("last words");
  f.pair.theirs.reset();
  for (int i = 0; i < 4; ++i) f.loop->run_once(0ms);
  EXPECT_EQ(f.events.received, "last words");
  EXPECT_EQ(f.events.ended, 1);
  EXPECT_TRUE(f.stream.closed());
}

TEST(Stream, ClosingWritesEverythingFirstAndWaitsForThePeer) {
  Fixture f;
  const std::string big(1024 * 1024, 'y');
  f.write(big);
  f.stream.close_after_flush(5s);
  f.write("never sent");
  f.say("unread input must not destroy the farewell");
  std::string got;
  for (int i = 0; i < 200 && got.size() < big.size(); ++i) {
    f.loop->run_once(1ms);
    got += drain(f.pair.theirs);
  }
  EXPECT_EQ(got, big);
  EXPECT_EQ(f.events.received, "") << "input is dropped while closing";
  EXPECT_FALSE(f.stream.closed()) << "the peer has not ended its direction";
  f.pair.theirs.reset();
  f.loop->run_once(1s);
  EXPECT_TRUE(f.stream.closed());
  EXPECT_EQ(f.events.ended, 1);
}

TEST(Stream, APeerThatNeverEndsIsCutAtTheDeadline) {
  Fixture f;
  f.write("bye");
  f.stream.close_after_flush(20ms);
  while (f.events.ended == 0) f.loop->run_once(1s);
  EXPECT_EQ(f.events.error, ETIMEDOUT);
  EXPECT_TRUE(f.stream.closed());
}

TEST(Stream, ClosingInsideAReadIsSafe) {
  Fixture f;
  f.say("x");
  f.events.on_data = [&f] { f.stream.close(); };
  f.loop->run_once(1s);
  EXPECT_TRUE(f.stream.closed());
  EXPECT_EQ(f.events.ended, 0) << "the owner knows: it closed it";
}

TEST(Stream, ARefusedConnectionIsAnEndWithItsErrno) {
  auto loop = *Loop::create();
  // A port that was free a moment ago and listens no more.
  SocketAddress address = parse_listen_address("127.0.0.1:0")->front();
  {
    const Fd listener = std::move(*listen_tcp(address, false));
    address = *local_address(listener.get());
  }
  Recorder events;
  Result<Fd> fd = connect_tcp(address);
  ASSERT_TRUE(fd);
  Stream stream(*loop, std::move(*fd), events);
  ASSERT_TRUE(stream.open_connecting(5s));
  while (events.ended == 0) loop->run_once(1s);
  EXPECT_EQ(events.error, ECONNREFUSED);
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

TEST(Stream, TellsUpToWhichTagEverythingHasArrived) {
  TcpPair pair;
  ASSERT_EQ(::fcntl(pair.theirs.get(), F_SETFL, O_NONBLOCK), 0);
  const std::unique_ptr<Loop> loop = *Loop::create();
  Recorder events;
  Stream stream(*loop, std::move(pair.ours), events);
  ASSERT_TRUE(stream.open());
  pair.deliver(stream, *loop, 100'000);
  EXPECT_EQ(stream.delivered_tag(), 0U);
  stream.begin_tags(50);
  EXPECT_EQ(stream.delivered_tag(), 50U);
  const auto arrive = [&](std::uint64_t tag) {
    while (stream.delivered_tag() < tag) {
      drain(pair.theirs);
      loop->run_once(1ms);
    }
  };

  stream.write([](std::string& out) { out = "a short line"; });
  stream.note_tag(60);
  EXPECT_EQ(stream.delivered_tag(), 50U) << "it has not left";
  arrive(60);
  stream.write([](std::string& out) { out.assign(600'000, 't'); });
  stream.note_tag(61);
  loop->run_once(0s);
  EXPECT_EQ(stream.delivered_tag(), 60U) << "a part is not the whole";
  arrive(61);
  EXPECT_EQ(stream.unconfirmed_bytes(), 0U);
}

// The system counts the SYN of the side that connects: it is not a byte of ours.
TEST(Stream, TheFirstByteOfAConnectingStreamIsUnconfirmedUntilItArrives) {
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  const int small = 2048;
  ASSERT_EQ(::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  ASSERT_EQ(::bind(listener.get(), name, bytes), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), name, &bytes), 0);
  Fd ours(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = ours.get();
  std::ignore = ::connect(fd, name, bytes);
  const std::unique_ptr<Loop> loop = *Loop::create();
  Recorder events;
  Stream stream(*loop, std::move(ours), events);
  ASSERT_TRUE(stream.open_connecting(10s));
  stream.write([](std::string& out) { out.assign(600'000, 't'); });
  int queued = 0;
  for (int turn = 0; turn < 100 && queued == 0; ++turn) {
    loop->run_once(100ms);
    ASSERT_EQ(::ioctl(fd, SIOCOUTQ, &queued), 0);
  }
  ASSERT_GT(queued, 0);
  EXPECT_EQ(stream.unconfirmed_bytes(), stream.queued_bytes() + static_cast<std::size_t>(queued));
}

TEST(Stream, WhatIsWrittenWhileConnectingLeavesWhenConnected) {
  auto loop = *Loop::create();
  const Fd listener = std::move(*listen_tcp(parse_listen_address("127.0.0.1:0")->front(), false));
  Recorder events;
  Stream stream(*loop, std::move(*connect_tcp(*local_address(listener.get()))), events);
  ASSERT_TRUE(stream.open_connecting(5s));
  stream.write([](std::string& out) { out += "early"; });
  std::string got;
  SocketAddress peer;
  Fd accepted;
  for (int i = 0; i < 1000 && got.empty(); ++i) {
    loop->run_once(1ms);
    if (!accepted.valid()) accepted = std::move(*accept_tcp(listener.get(), peer));
    if (accepted.valid()) got = drain(accepted);
  }
  EXPECT_EQ(got, "early");
}

}  // namespace
}  // namespace wyld::runtime
