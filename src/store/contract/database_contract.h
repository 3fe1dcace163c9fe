#pragma once
// What database.h promises, as tests that every database passes. A test program links
// wyld_database_contract and says
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DatabaseContract, testing::Values(PlaceFactory{...}));

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "store/contract/rows_fixture.h"
#include "store/database.h"

namespace wyld::store::contract {

// An empty database, removed with this.
class DatabasePlace {
 public:
  virtual ~DatabasePlace() = default;
  // One more connection to it, not yet open.
  [[nodiscard]] virtual std::unique_ptr<Database> make() = 0;
};

using PlaceFactory = std::function<std::unique_ptr<DatabasePlace>()>;

class DatabaseContract : public ::testing::TestWithParam<PlaceFactory> {
 protected:
  // A connection that is open; with the schema unless `migrated` is false.
  std::unique_ptr<Database> open(bool migrated = true);
  static GatewayIdentity claim(Database& database, std::string_view name, std::string_view held = "");
  static std::vector<std::string> stored(Database& database, const GatewayIdentity& gateway);

  const std::unique_ptr<DatabasePlace> place_ = GetParam()();
};

}  // namespace wyld::store::contract
