// The contracts of stores and databases, held by SQLite.

#include <gtest/gtest.h>

#include "store/contract/database_store_fixture.h"
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

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseContract,
                         ::testing::Values(PlaceFactory([] { return std::make_unique<SqlitePlace>(); })));
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         ::testing::Values(stores_on<SqlitePlace>(1), stores_on<SqlitePlace>(2)));
INSTANTIATE_TEST_SUITE_P(Sqlite, DurableStoreContract,
                         ::testing::Values(stores_on<SqlitePlace>(1), stores_on<SqlitePlace>(2)));

}  // namespace wyld::store::contract
