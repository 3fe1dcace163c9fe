// The contracts of stores and databases, held by SQLite.

#include <gtest/gtest.h>

#include <optional>

#include "store/contract/database_contract.h"
#include "store/contract/store_contract.h"
#include "store/database_store.h"
#include "store/sqlite/sqlite_fixture.h"

namespace wyld::store::contract {
namespace {

using sqlite::SqliteDatabase;
using sqlite::TemporaryFolder;

class SqlitePlace final : public DatabasePlace {
 public:
  std::unique_ptr<Database> make() override {
    return std::make_unique<SqliteDatabase>(sqlite::options_for(folder_ / "gateway.db"));
  }

 private:
  TemporaryFolder folder_;
};

class SqliteUnderTest final : public StoreUnderTest {
 public:
  explicit SqliteUnderTest(std::size_t writers) : writers_(writers) { start(); }

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
  SqlitePlace place_;
  std::optional<DatabaseStore> store_;
};

const StoreFactory kOneWriter = [] { return std::make_unique<SqliteUnderTest>(1); };
const StoreFactory kTwoWriters = [] { return std::make_unique<SqliteUnderTest>(2); };

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseContract,
                         ::testing::Values(PlaceFactory([] { return std::make_unique<SqlitePlace>(); })));
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(kOneWriter, kTwoWriters));
INSTANTIATE_TEST_SUITE_P(Sqlite, DurableStoreContract, ::testing::Values(kOneWriter, kTwoWriters));

}  // namespace wyld::store::contract
