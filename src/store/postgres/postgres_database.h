#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.h"
#include "store/migrations.h"
#include "store/postgres/connection.h"
#include "store/postgres/sql.h"

namespace wyld::store::postgres {

struct PostgresOptions : ConnectionOptions {
  // How long a new process waits for its predecessor's connections to end, before it takes another instance.
  std::chrono::milliseconds claim_patience{3'000};
  // For what reads or rebuilds whole tables: migrations, and the sessions of a gateway.
  std::chrono::milliseconds long_timeout{600'000};
};

// A database of a PostgreSQL server, which gateways of many machines can share. Needs connections of its own:
// not a pooler that hands them out by transaction, because instances are locks of a connection.
//
// Owner    DatabaseStore.
// Thread   one at a time.
// Errors   as Database says.
class PostgresDatabase final : public Database {
 public:
  // `migrations` for tests.
  explicit PostgresDatabase(PostgresOptions options,
                            std::span<const Migration> migrations = postgres::migrations());

  ~PostgresDatabase() override { disconnect(); }
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  [[nodiscard]] Outcome<void> connect() override;
  void disconnect() noexcept override;
  [[nodiscard]] Outcome<void> ping() override;
  [[nodiscard]] Outcome<SchemaState> schema() override;
  [[nodiscard]] Outcome<std::vector<std::string>> migrate() override;
  [[nodiscard]] Outcome<GatewayIdentity> claim(std::string_view name, std::string_view held) override;
  [[nodiscard]] Outcome<std::vector<session::SessionRow>> adopt(
      const GatewayIdentity& gateway, std::chrono::system_clock::time_point now) override;
  [[nodiscard]] Outcome<std::vector<session::SessionRow>> load(const GatewayIdentity& gateway) override;
  [[nodiscard]] Outcome<std::vector<session::ResumeFamily>> find_elsewhere(
      const GatewayIdentity& gateway, std::span<const session::ResumeFamily> families,
      std::chrono::system_clock::time_point held_since) override;
  [[nodiscard]] Outcome<void> commit(const GatewayIdentity& gateway, const Batch& batch) override;
  [[nodiscard]] Outcome<std::optional<session::Account>> find_account(std::string_view name) override;
  [[nodiscard]] Outcome<bool> add_account(const session::Account& account) override;
  [[nodiscard]] Outcome<bool> set_password_hash(std::string_view name, std::string_view hash) override;
  [[nodiscard]] Outcome<session::LoginFailures> failures(std::string_view key) override;
  [[nodiscard]] Outcome<session::LoginFailures> add_failure(
      std::string_view key, std::chrono::system_clock::time_point now,
      std::chrono::system_clock::time_point forget_before) override;
  [[nodiscard]] Outcome<void> clear_failures(std::string_view key) override;

 private:
  using Rows = std::vector<session::SessionRow>;

  [[nodiscard]] Outcome<ResultPtr> ask(const char* sql, const Parameters& parameters);
  // Runs `work` in a transaction that may take long, and commits it if `work` succeeds.
  template <typename Work>
  [[nodiscard]] auto long_transaction(Work&& work, const char* begin = "BEGIN") -> decltype(work());
  // The first pending migration, if there is one.
  [[nodiscard]] Outcome<std::optional<std::string>> migrate_once();
  // Whether this connection holds `instance` from now on.
  [[nodiscard]] Outcome<bool> take(std::string_view instance, bool again);
  [[nodiscard]] Outcome<bool> lock(std::int32_t what, std::string_view instance,
                                   std::chrono::milliseconds patience);
  [[nodiscard]] Outcome<void> take_over_abandoned(const GatewayIdentity& gateway);
  // The rows that `sessions` answers with, and what belongs to the sessions of `gateway`.
  [[nodiscard]] Outcome<Rows> read(const GatewayIdentity& gateway, const Statement& sessions);
  // One statement that changes rows: whether it did.
  [[nodiscard]] Outcome<bool> change(const char* sql, const Parameters& parameters);
  [[nodiscard]] static Outcome<session::LoginFailures> failures_of(Outcome<ResultPtr> answer);

  const PostgresOptions options_;
  const std::span<const Migration> migrations_;
  Connection connection_;
  std::string claimed_;     // the instance that this connection holds
  std::string writes_for_;  // the instance whose writers' lock this connection shares
};

}  // namespace wyld::store::postgres
