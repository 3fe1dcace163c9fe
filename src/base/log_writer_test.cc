#include "base/log_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

namespace wyld {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 60s;
constexpr std::size_t kRoomy = 1024 * 1024;

std::string notice(std::uint64_t dropped) { return fmt::format("dropped {}\n", dropped); }

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reading();
    close_writing();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_reading() { close(ends_[0]); }
  void close_writing() { close(ends_[1]); }
  // Some of what was written; empty once the writing end is closed.
  std::string read_some() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(ends_[0], bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  std::string read_until(std::string_view end) {
    std::string text;
    while (text.find(end) == std::string::npos) {
      const std::string more = read_some();
      if (more.empty()) break;
      text += more;
    }
    return text;
  }

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

TEST(LogWriter, EachThreadsLinesArriveWholeAndInOrder) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  Pipe pipe;
  std::string text;
  std::thread reader([&] {
    for (std::string more = pipe.read_some(); !more.empty(); more = pipe.read_some()) text += more;
  });
  {
    LogWriter writer(pipe.writing(), kRoomy, notice);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer, t] {
        for (int i = 0; i < kLines; ++i) EXPECT_TRUE(writer.add(fmt::format("{} {}\n", t, i)));
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(writer.flush(kPatience));
  }
  pipe.close_writing();
  reader.join();
  std::array<int, kThreads> next{};
  std::size_t at = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; at = end + 1, end = text.find('\n', at)) {
    const std::string line = text.substr(at, end - at);
    const auto thread = static_cast<std::size_t>(line.at(0) - '0');
    EXPECT_EQ(line, fmt::format("{} {}", thread, next.at(thread)++));
  }
  for (const int count : next) EXPECT_EQ(count, kLines);
}

TEST(LogWriter, AStalledReaderStopsNobodyAndIsToldWhatIsMissing) {
  constexpr std::size_t kLines = 5000;
  const std::string padding(100, '.');
  Pipe pipe;
  LogWriter writer(pipe.writing(), 64 * 1024, notice);
  std::size_t kept = 0;
  bool full = false;
  for (std::size_t i = 0; i < kLines; ++i) {
    if (!writer.add(fmt::format("{} {}\n", i, padding))) {
      full = true;
    } else if (!full) {
      ++kept;
    }
  }
  ASSERT_TRUE(full) << "the pipe takes 64 KiB, and twice as much may wait";
  EXPECT_FALSE(writer.flush(1ms));

  const std::string text = pipe.read_until("dropped ");
  std::string expected;
  for (std::size_t i = 0; i < kept; ++i) expected += fmt::format("{} {}\n", i, padding);
  EXPECT_EQ(text.substr(0, expected.size()), expected) << "nothing is missing before the first notice";
}

TEST(LogWriter, KeptAndDroppedLinesAddUp) {
  constexpr std::size_t kLines = 20'000;
  // More than a pipe takes, so that lines are dropped even if the log's thread is never behind.
  constexpr std::string_view kLine = "x23456789\n";
  Pipe pipe;
  std::size_t kept = 0;
  std::string text;
  {
    LogWriter writer(pipe.writing(), 4096, notice);
    for (std::size_t i = 0; i < kLines; ++i) kept += writer.add(kLine) ? 1 : 0;
    ASSERT_LT(kept, kLines);
    text = pipe.read_until("dropped ");
    std::thread reader([&] {
      for (std::string more = pipe.read_some(); !more.empty(); more = pipe.read_some()) text += more;
    });
    EXPECT_TRUE(writer.flush(kPatience));
    pipe.close_writing();
    reader.join();
  }
  std::size_t lines = 0;
  std::size_t dropped = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    if (text[at] == 'x') {
      ++lines;
    } else {
      dropped += std::stoul(text.substr(at + std::string_view("dropped ").size()));
    }
  }
  EXPECT_EQ(lines, kept);
  EXPECT_EQ(lines + dropped, kLines);
}

TEST(LogWriter, LinesThatCouldNotBeWrittenAreCountedOnceTheyCan) {
  Pipe gone;
  LogWriter writer(gone.writing(), kRoomy, notice);
  gone.close_reading();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(writer.add("lost\n"));
  ASSERT_TRUE(writer.flush(kPatience)) << "a broken pipe is no reason to wait, and no reason to die";
  Pipe back;
  ASSERT_EQ(::dup2(back.writing(), gone.writing()), gone.writing());
  EXPECT_TRUE(writer.add("seen\n"));
  EXPECT_EQ(back.read_until("dropped 10\n"), "seen\ndropped 10\n");
}

TEST(LogWriter, EndsAlthoughNobodyReads) {
  Pipe pipe;
  LogWriter writer(pipe.writing(), kRoomy, notice);
  const std::string line(1000, 'x');
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(writer.add(line + "\n"));
}

TEST(LogWriter, LastWordsDoNotWaitForAStalledReader) {
  Pipe pipe;
  write_if_ready(pipe.writing(), "heard\n", kPatience);
  EXPECT_EQ(pipe.read_some(), "heard\n");
  ASSERT_EQ(::fcntl(pipe.writing(), F_SETFL, O_NONBLOCK), 0);
  const std::string block(4096, 'x');
  while (::write(pipe.writing(), block.data(), block.size()) > 0) {
  }
  ASSERT_EQ(::fcntl(pipe.writing(), F_SETFL, 0), 0);
  write_if_ready(pipe.writing(), "unheard\n", 1ms);
}

}  // namespace
}  // namespace wyld
