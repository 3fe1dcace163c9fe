#pragma once
// One private server for a whole test program, and a database of its own for each test.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/postgres/postgres_database.h"
#include "testing/postgres_cluster.h"

namespace wyld::store::postgres {

// Started at its first use. Tests that stop it start it again.
inline testing::PostgresCluster& shared_cluster() {
  static const std::unique_ptr<testing::PostgresCluster> cluster = [] {
    auto made = testing::PostgresCluster::create();
    if (!made) {
      std::fprintf(stderr, "%s\n", made.error().message.c_str());
      std::exit(1);
    }
    return std::move(*made);
  }();
  return *cluster;
}

// The URL of a new empty schema on the shared server; removed with the server.
inline std::string new_place() {
  static int count = 0;
  const std::string schema = "test_" + std::to_string(++count);
  EXPECT_EQ(shared_cluster().sql("CREATE SCHEMA " + schema + " AUTHORIZATION wyld"), "");
  return shared_cluster().url() + "?options=-csearch_path%3D" + schema;
}

inline PostgresOptions options_for(const std::string& url) {
  PostgresOptions options;
  options.url = url;
  options.answer_timeout = std::chrono::seconds(60);
  return options;
}

}  // namespace wyld::store::postgres
