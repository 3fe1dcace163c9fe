#pragma once
// How work reaches a shard from any thread. There is no other way.

#include <cstdint>
#include <functional>

namespace wyld {

using ShardTask = std::move_only_function<void()>;

// Has `shard` run the task on its own thread, soon and in the order of the calls. False: its mailbox is full
// or it has ended; the task will not run, and is destroyed. Any thread.
using ShardMail = std::function<bool(std::uint8_t shard, ShardTask task)>;

}  // namespace wyld
