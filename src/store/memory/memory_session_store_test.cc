#include "store/memory/memory_session_store.h"

#include <gtest/gtest.h>

namespace wyld::store {
namespace {

session::SessionSnapshot snapshot(std::uint8_t number) {
  session::SessionSnapshot session;
  session.id.bytes[15] = number;
  session.address = "203.0.113.7";
  return session;
}

// Runs one call and returns what `done` was told.
template <typename Call>
Status told(Call&& call) {
  Status result = fail(ErrorCode::kState, "done was not called");
  call([&result](Status status) { result = status; });
  return result;
}

TEST(MemorySessionStore, KeepsWhatWasCreatedUntilItIsRemoved) {
  MemorySessionStore store;
  const auto one = snapshot(1);
  EXPECT_TRUE(told([&](auto done) { store.create(one, std::move(done)); }));
  EXPECT_TRUE(
      told([&](auto done) { store.update_state(one.id, session::State::kPlaying, std::move(done)); }));
  auto all = store.load_all();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().state, session::State::kPlaying);
  EXPECT_EQ(all->front().address, "203.0.113.7");
  EXPECT_TRUE(told([&](auto done) { store.remove(one.id, std::move(done)); }));
  EXPECT_TRUE(store.load_all()->empty());
}

TEST(MemorySessionStore, SaysWhatItCouldNotDo) {
  MemorySessionStore store;
  const auto one = snapshot(1);
  EXPECT_EQ(told([&](auto done) { store.remove(one.id, std::move(done)); }).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(told([&](auto done) { store.update_state(one.id, session::State::kPlaying, std::move(done)); })
                .error()
                .code,
            ErrorCode::kNotFound);
  EXPECT_TRUE(told([&](auto done) { store.create(one, std::move(done)); }));
  EXPECT_EQ(told([&](auto done) { store.create(one, std::move(done)); }).error().code,
            ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace wyld::store
