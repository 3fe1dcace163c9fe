// What an idle player costs. Replaces this program's global new and delete to count live bytes.

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "world/demo/world.h"

#if defined(__SANITIZE_THREAD__)
#define WYLD_COUNTED_BY_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WYLD_COUNTED_BY_SANITIZER
#endif
#endif

#ifdef WYLD_COUNTED_BY_SANITIZER
// ThreadSanitizer brings operators of its own, and counts for us.
#include <sanitizer/allocator_interface.h>

namespace {
std::size_t live_bytes() { return __sanitizer_get_current_allocated_bytes(); }
}  // namespace
#else
namespace {
std::atomic<std::size_t> counted_bytes = 0;
std::size_t live_bytes() { return counted_bytes; }
}  // namespace

void* operator new(std::size_t bytes) {
  void* block = std::malloc(bytes);
  if (block == nullptr) throw std::bad_alloc();
  counted_bytes += malloc_usable_size(block) + 8;  // the allocator's own header
  return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  void* block = std::malloc(bytes);
  if (block != nullptr) counted_bytes += malloc_usable_size(block) + 8;
  return block;
}
void operator delete(void* block) noexcept {
  if (block != nullptr) counted_bytes -= malloc_usable_size(block) + 8;
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }
#endif

namespace wyld::demo {
namespace {

session::SessionHandle handle(std::uint32_t slot) {
  return {.shard = 0, .slot = slot & 0xFFFFFF, .generation = 1};
}

TEST(DemoMemory, AnIdlePlayerTakesLittle) {
  constexpr std::uint32_t kPlayers = 10'000;
  World world(WorldOptions{});
  const std::size_t before = live_bytes();
  for (std::uint32_t slot = 0; slot < kPlayers; ++slot) {
    Outbox out;
    world.attach(handle(slot), Capabilities{}, {}, {}, out);
  }
  const std::size_t unnamed = (live_bytes() - before) / kPlayers;
  for (std::uint32_t slot = 0; slot < kPlayers; ++slot) {
    std::string name = "Aaaaaaaaaaaaaaaa";
    for (std::uint32_t rest = slot, at = 1; rest > 0; rest /= 26)
      name[at++] = static_cast<char>('a' + rest % 26);
    Outbox out;
    world.input(handle(slot), name, {}, out);
  }
  ASSERT_EQ(world.named_player_count(), kPlayers);
  const std::size_t named = (live_bytes() - before) / kPlayers;
  std::printf("demo world: %zu bytes a player without a name, %zu with one\n", unnamed, named);
  EXPECT_LE(unnamed, 250U);
  EXPECT_LE(named, 400U);
  for (std::uint32_t slot = 0; slot < kPlayers; ++slot) {
    Outbox out;
    world.detach(handle(slot), session::DetachReason::kShutdown, {}, out);
  }
  EXPECT_EQ(world.player_count(), 0U);
}

}  // namespace
}  // namespace wyld::demo
