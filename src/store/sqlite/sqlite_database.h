#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/migrations.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/instance_lock.h"
#include "store/sqlite/sql.h"

namespace wyld::store::sqlite {

struct SqliteOptions {
  // The file; it and its folder are made when missing, for this user only. Beside it appear "-wal" and
  // "-shm", which are SQLite's, and ".lock", which says which gateways run.
  std::string path;
  // How long to wait for another writer of the same file.
  std::chrono::milliseconds busy_timeout{5'000};
  // Pages of the write-ahead log after which a commit also moves them to the database. More makes that
  // rarer and longer, and the log larger.
  std::uint32_t checkpoint_pages = 1'000;
  // The file may grow to so many pages of 4 KiB; 0: as large as the disk allows.
  std::uint32_t pages_max = 0;
  // For looking at the schema and nothing else: a missing or empty file is an empty database and is left
  // alone.
  bool look_only = false;
};

// A database in one file, which gateways of one machine can share. Write-ahead log, every commit synced.
//
// Owner    DatabaseStore.
// Thread   one at a time.
// Errors   as Database says. That the file was deleted or replaced is noticed by ping() and at each commit,
//          so that nothing is acknowledged that only an unlinked file holds.
class SqliteDatabase final : public Database {
 public:
  // `migrations` for tests.
  explicit SqliteDatabase(SqliteOptions options,
                          std::span<const Migration> migrations = sqlite::migrations());

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
  struct FileIdentity {
    dev_t device;
    ino_t inode;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
  };

  [[nodiscard]] static std::optional<FileIdentity> identify(const std::string& path) noexcept;
  [[nodiscard]] Trouble trouble(Fault fault, std::string_view words) const;
  [[nodiscard]] Outcome<void> check_file();
  [[nodiscard]] Outcome<void> open();
  [[nodiscard]] Outcome<void> still_there() const;
  // Runs `work` on the open connection, and closes it when the answer is kUnreachable.
  template <typename Work>
  [[nodiscard]] auto guarded(Work&& work) -> decltype(work());
  // The same inside a transaction, which is rolled back unless `work` succeeds.
  template <typename Work>
  [[nodiscard]] auto transaction(Work&& work, const char* begin = "BEGIN IMMEDIATE") -> decltype(work());
  // One statement that changes rows: whether it did.
  template <typename... Values>
  [[nodiscard]] Outcome<bool> change(Sql sql, const Values&... values);
  [[nodiscard]] Outcome<void> take_over_abandoned(const GatewayIdentity& gateway,
                                                  std::vector<std::string>& locked);
  [[nodiscard]] Outcome<std::uint32_t> stored_schema();
  [[nodiscard]] Outcome<std::optional<std::string>> migrate_once();

  const SqliteOptions options_;
  const std::string path_;  // absolute
  const std::span<const Migration> migrations_;
  std::unique_ptr<Connection> connection_;  // null: closed
  bool is_empty_ = false;                   // before it was connected
  std::optional<FileIdentity> database_file_;
  std::optional<FileIdentity> log_file_;
  InstanceLock lock_;
};

}  // namespace wyld::store::sqlite
