#pragma once
// Which PostgreSQL database the benchmarks may write to, and their place in it.

#include <memory>
#include <string>

#include "base/outcome.h"

namespace wyld::testing {

// wyldgate-bench --database sets it for the benchmarks of the store.
inline constexpr const char* kBenchDatabaseVariable = "WYLDGATE_BENCH_DATABASE";

// Exactly one of the two is empty, or both: then there is nothing to choose.
struct BenchDatabase {
  std::string url;
  std::string refusal;  // why `database_url` is not used; never contains a password
};

// `named` is the URL of --database and is always used. `database_url` is what DATABASE_URL says, which on
// many machines is the database of a game in service: it is used only if its name ends in _test or _bench.
// Either may be empty.
[[nodiscard]] BenchDatabase choose_bench_database(const std::string& named, const std::string& database_url);

// A schema of one's own in a database, dropped with its owner.
//
// Owner    the benchmarks.
// Thread   one at a time.
// Errors   the reason as a sentence. A process that is killed leaves its schema, wyldgate_bench_<random>.
class BenchSchema {
 public:
  static Outcome<std::unique_ptr<BenchSchema>> create(const std::string& database_url);
  BenchSchema(const BenchSchema&) = delete;
  BenchSchema& operator=(const BenchSchema&) = delete;
  ~BenchSchema();

  // Connections to it find this schema and no other.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  BenchSchema() = default;

  std::string database_url_;
  std::string name_;
  std::string url_;
};

}  // namespace wyld::testing
