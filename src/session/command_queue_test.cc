#include "session/command_queue.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Time = CommandQueue::Time;

TEST(CommandQueue, IsBoundedInCountAndBytes) {
  CommandQueue queue;
  const CommandQueueLimits limits{.commands_max = 3, .bytes_max = 10};
  EXPECT_EQ(queue.add(1, "look", Time{}, limits), nullptr);
  EXPECT_NE(queue.add(2, "say hello", Time{}, limits), nullptr) << "4 and 9 bytes";
  EXPECT_EQ(queue.add(2, "north", Time{}, limits), nullptr);
  EXPECT_EQ(queue.add(3, "", Time{}, limits), nullptr);
  EXPECT_NE(queue.add(4, "", Time{}, limits), nullptr);
  EXPECT_EQ(queue.count(), 3U);
}

TEST(CommandQueue, DropsWhatIsOldAndWhatWasTaken) {
  CommandQueue queue;
  const CommandQueueLimits limits;
  for (std::uint64_t i = 1; i <= 5; ++i)
    EXPECT_EQ(queue.add(i, "line", Time{} + std::chrono::seconds(i), limits), nullptr);
  EXPECT_EQ(queue.drop_older_than(Time{} + 2s), 1U);
  EXPECT_EQ(queue.drop_up_to(3), 2U);
  EXPECT_EQ(queue.commands().front().sequence, 4U);
  EXPECT_EQ(queue.copy()->size(), 2U);
  EXPECT_EQ(queue.take_all().size(), 2U);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.add(6, std::string(limits.bytes_max, 'x'), Time{}, limits), nullptr)
      << "bytes were given back";
}

TEST(CommandQueue, NumbersOnlyWhatHasNoNumber) {
  CommandQueue queue;
  EXPECT_EQ(queue.last_sequence(), 0U);
  EXPECT_FALSE(queue.number_after(9));
  queue.restore({{.sequence = 2, .line = "a"}, {.sequence = 5, .line = "b"}});
  EXPECT_FALSE(queue.number_after(9)) << "a world may know it by its number";
  EXPECT_EQ(queue.commands().front().sequence, 2U);
  queue.restore({{.sequence = kUnnumbered + 1, .line = "c"}, {.sequence = kUnnumbered + 2, .line = "d"}});
  EXPECT_EQ(queue.drop_up_to(4), 1U);
  EXPECT_TRUE(queue.number_after(4));
  EXPECT_EQ(queue.commands()[0].sequence, 5U);
  EXPECT_EQ(queue.commands()[1].sequence, 6U);
  EXPECT_EQ(queue.last_sequence(), 7U);

  CommandQueue fresh;
  fresh.restore({{.sequence = kUnnumbered + 1, .line = "a"}});
  EXPECT_EQ(fresh.drop_up_to(57), 0U);
  EXPECT_TRUE(fresh.number_after(57));
  EXPECT_EQ(fresh.last_sequence(), 58U);
}

}  // namespace
}  // namespace wyld::session
