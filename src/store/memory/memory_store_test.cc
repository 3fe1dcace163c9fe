#include "store/memory/memory_store.h"

#include <gtest/gtest.h>

#include "store/contract/store_contract.h"

namespace wyld::store {
namespace {

class MemoryUnderTest final : public contract::StoreUnderTest {
 public:
  session::SessionStore& sessions() override { return store_; }
  session::AccountStore& accounts() override { return store_; }
  contract::Rows restart(End /*end*/) override {
    ADD_FAILURE() << "memory does not outlive its process";
    return {};
  }

 private:
  MemoryStore store_;
};

TEST(MemoryStore, AnswersBeforeTheCallReturns) {
  MemoryStore store;
  int answers = 0;
  const auto done = [&answers](const Status& status) {
    EXPECT_TRUE(status);
    ++answers;
  };
  const session::SessionRow row = contract::session_row(1);
  EXPECT_TRUE(store.create(row, done));
  EXPECT_EQ(answers, 1);
  store.update(row, done);
  EXPECT_EQ(answers, 2);
  store.remove(std::array{row.session.id}, done);
  EXPECT_EQ(answers, 3);
}

TEST(MemoryStore, DoesNotKeepTheHandleOfTheProcess) {
  MemoryStore store;
  session::SessionRow row = contract::session_row(1);
  row.session.handle = {.shard = 1, .slot = 2, .generation = 3};
  EXPECT_TRUE(store.create(row, {}));
  EXPECT_EQ(store.load().value().front().session.handle, session::SessionHandle{});
}

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         ::testing::Values(StoreFactory([] { return std::make_unique<MemoryUnderTest>(); })));
}  // namespace contract
}  // namespace wyld::store
