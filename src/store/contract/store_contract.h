#pragma once
// What session_store.h and account_store.h promise, as tests that every store passes. A test program
// links wyld_store_contract and says
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(StoreFactory{...}));
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DurableStoreContract, testing::Values(StoreFactory{...}));

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "session/account_store.h"
#include "session/session_store.h"
#include "store/contract/rows_fixture.h"

namespace wyld::store::contract {

// A store that is open and empty, on a place of its own that goes with it.
class StoreUnderTest {
 public:
  enum class End {
    kClean,   // everything that was taken is written first
    kSudden,  // only what was acknowledged need be there
  };

  virtual ~StoreUnderTest() = default;
  [[nodiscard]] virtual session::SessionStore& sessions() = 0;
  [[nodiscard]] virtual session::AccountStore& accounts() = 0;
  // Ends the store and opens another one on the same place, as the next process would; returns the sessions
  // it found. Not called on stores that are not durable.
  virtual Rows restart(End end) = 0;
};

using StoreFactory = std::function<std::unique_ptr<StoreUnderTest>()>;

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  session::SessionStore& sessions() { return store_->sessions(); }
  session::AccountStore& accounts() { return store_->accounts(); }
  // Each waits for the answer.
  Status create(const session::SessionRow& row);
  Status update(const session::SessionRow& row);
  Status remove(std::span<const SessionId> ids);
  // What is stored, described.
  std::vector<std::string> stored();

  const std::unique_ptr<StoreUnderTest> store_ = GetParam()();
};

// For those that outlive their process.
class DurableStoreContract : public StoreContract {};

}  // namespace wyld::store::contract
