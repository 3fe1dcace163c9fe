// The contracts of stores and databases, held by PostgreSQL.

#include <gtest/gtest.h>

#include <optional>

#include "store/contract/database_contract.h"
#include "store/contract/store_contract.h"
#include "store/database_store.h"
#include "store/postgres/cluster_fixture.h"

namespace wyld::store::contract {
namespace {

class PostgresPlace final : public DatabasePlace {
 public:
  std::unique_ptr<Database> make() override {
    return std::make_unique<postgres::PostgresDatabase>(postgres::options_for(url_));
  }

 private:
  const std::string url_ = postgres::new_place();
};

class PostgresUnderTest final : public StoreUnderTest {
 public:
  explicit PostgresUnderTest(std::size_t writers) : writers_(writers) { start(); }

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
    store_.emplace([this] { return place_.make(); }, options);
    Outcome<Rows> found = store_->start();
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Rows{});
  }

  const std::size_t writers_;
  PostgresPlace place_;
  std::optional<DatabaseStore> store_;
};

const StoreFactory kOneWriter = [] { return std::make_unique<PostgresUnderTest>(1); };
const StoreFactory kThreeWriters = [] { return std::make_unique<PostgresUnderTest>(3); };

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, DatabaseContract,
                         ::testing::Values(PlaceFactory([] { return std::make_unique<PostgresPlace>(); })));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, ::testing::Values(kOneWriter, kThreeWriters));
INSTANTIATE_TEST_SUITE_P(Postgres, DurableStoreContract, ::testing::Values(kOneWriter, kThreeWriters));

}  // namespace wyld::store::contract
