// The contracts of stores and databases, held by PostgreSQL.

#include <gtest/gtest.h>

#include "store/contract/database_store_fixture.h"
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

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, DatabaseContract,
                         ::testing::Values(PlaceFactory([] { return std::make_unique<PostgresPlace>(); })));
INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract,
                         ::testing::Values(stores_on<PostgresPlace>(1), stores_on<PostgresPlace>(3)));
INSTANTIATE_TEST_SUITE_P(Postgres, DurableStoreContract,
                         ::testing::Values(stores_on<PostgresPlace>(1), stores_on<PostgresPlace>(3)));

}  // namespace wyld::store::contract
