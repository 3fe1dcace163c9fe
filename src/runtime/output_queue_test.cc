#include "runtime/output_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace wyld::runtime {
namespace {

std::string gathered(const OutputQueue& queue) {
  std::array<iovec, 256> slices;
  const std::size_t count = queue.gather(slices);
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all.append(static_cast<const char*>(slices[i].iov_base), slices[i].iov_len);
  return all;
}

void append(OutputQueue& queue, std::string_view bytes) {
  queue.append([bytes](std::string& out) { out += bytes; });
}

TEST(OutputQueue, KeepsOwnAndSharedBytesInOrder) {
  OutputPool pool;
  OutputQueue queue(pool);
  append(queue, "one ");
  append(queue, "two ");
  queue.append_shared(std::make_shared<const std::string>("three "));
  append(queue, "four");
  EXPECT_EQ(gathered(queue), "one two three four");
  EXPECT_EQ(queue.bytes(), 18U);
}

TEST(OutputQueue, HoldsNothingWhenNothingWaits) {
  OutputPool pool;
  OutputQueue queue(pool);
  queue.append([](std::string&) {});
  EXPECT_TRUE(queue.empty());
  append(queue, "x");
  queue.consume(1);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(OutputQueue, OneSharedPayloadIsWrittenInPiecesAndAppendedTo) {
  OutputPool pool;
  const auto payload = std::make_shared<const std::string>("shared");
  OutputQueue queue(pool);
  queue.append_shared(payload);
  EXPECT_EQ(queue.bytes(), 6U);
  EXPECT_EQ(gathered(queue), "shared");
  queue.consume(0);
  queue.consume(2);
  EXPECT_EQ(queue.bytes(), 4U);
  EXPECT_EQ(gathered(queue), "ared");
  append(queue, " own");
  EXPECT_EQ(gathered(queue), "ared own");
  queue.consume(queue.bytes());
  EXPECT_TRUE(queue.empty());
  queue.append_shared(payload);
  queue.append_shared(payload);
  EXPECT_EQ(gathered(queue), "sharedshared");
  queue.clear();
  queue.append_shared(payload);
  queue.consume(6);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(payload.use_count(), 1) << "nothing is kept";
}

TEST(OutputQueue, ABorrowedBufferComesBackClean) {
  OutputPool pool;
  {
    OutputQueue first(pool);
    append(first, "left behind");
    first.append_shared(std::make_shared<const std::string>("shared"));
  }
  OutputQueue second(pool);
  append(second, "new");
  EXPECT_EQ(gathered(second), "new");
}

TEST(OutputQueue, LosesAndDoublesNothingHoweverItIsWritten) {
  std::mt19937 random(11);
  OutputPool pool;
  OutputQueue queue(pool);
  std::string expected;
  std::string written;
  for (int round = 0; round < 20'000; ++round) {
    const std::string piece(random() % 40, static_cast<char>('a' + round % 26));
    expected += piece;
    if (random() % 3 == 0) {
      queue.append_shared(std::make_shared<const std::string>(piece));
    } else {
      append(queue, piece);
    }
    std::array<iovec, 3> slices;
    const std::size_t count = queue.gather(slices);
    std::size_t available = 0;
    for (std::size_t i = 0; i < count; ++i) available += slices[i].iov_len;
    const std::size_t take = available == 0 ? 0 : random() % (available + 1);
    std::size_t left = take;
    for (std::size_t i = 0; i < count && left > 0; ++i) {
      const std::size_t part = std::min(left, slices[i].iov_len);
      written.append(static_cast<const char*>(slices[i].iov_base), part);
      left -= part;
    }
    queue.consume(take);
    ASSERT_EQ(queue.bytes(), expected.size() - written.size()) << "round " << round;
  }
  while (!queue.empty()) {
    const std::string rest = gathered(queue);
    written += rest;
    queue.consume(rest.size());
  }
  EXPECT_EQ(written, expected);
}

}  // namespace
}  // namespace wyld::runtime
