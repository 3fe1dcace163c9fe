#pragma once
// A DatabaseStore on a place of its own, for the contract of stores.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "store/contract/database_contract.h"
#include "store/contract/store_contract.h"
#include "store/database_store.h"

namespace wyld::store::contract {

class DatabaseStoreUnderTest final : public StoreUnderTest {
 public:
  DatabaseStoreUnderTest(std::unique_ptr<DatabasePlace> place, std::size_t writers)
      : place_(std::move(place)), writers_(writers) {
    start();
  }

  session::SessionStore& sessions() override { return *store_; }
  session::AccountStore& accounts() override { return *store_; }
  Rows restart(End end) override {
    if (end == End::kClean) store_->close(std::chrono::seconds(60));
    store_.reset();
    return start();
  }

 private:
  Rows start() {
    DatabaseStoreOptions options;
    options.writers = writers_;
    store_.emplace([this] { return place_->make(); }, options);
    Outcome<Rows> found = store_->start();
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Rows{});
  }

  const std::unique_ptr<DatabasePlace> place_;
  const std::size_t writers_;
  std::optional<DatabaseStore> store_;
};

// One for each test, with so many writers.
template <typename Place>
StoreFactory stores_on(std::size_t writers) {
  return [writers] { return std::make_unique<DatabaseStoreUnderTest>(std::make_unique<Place>(), writers); };
}

}  // namespace wyld::store::contract
