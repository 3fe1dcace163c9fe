#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "session/account_store.h"
#include "session/session_store.h"

namespace wyld::store {

// Keeps sessions and accounts as long as the process lives: "durable" is at once, and nothing ever waits.
//
// Owner    apps/, tests.
// Thread   any; `done` runs on the caller's, before the call returns.
// Limits   none of its own: the session manager bounds sessions, and accounts are memory that grows.
class MemoryStore final : public session::SessionStore, public session::AccountStore {
 public:
  MemoryStore();
  ~MemoryStore() override;
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  [[nodiscard]] Status create(session::SessionRow row, Done done) override;
  void update(session::SessionRow row, Done done) override;
  void remove(std::span<const SessionId> ids, Done done) override;
  [[nodiscard]] Result<std::vector<session::SessionRow>> load() override;
  [[nodiscard]] session::StoreHealth health() const override;
  [[nodiscard]] Result<std::optional<session::Account>> find(std::string_view name) override;
  [[nodiscard]] Status add(const session::Account& account) override;
  [[nodiscard]] Status set_password_hash(std::string_view name, std::string_view hash) override;
  [[nodiscard]] Result<session::LoginFailures> failures(std::string_view key) override;
  [[nodiscard]] Result<session::LoginFailures> add_failure(
      std::string_view key, std::chrono::system_clock::time_point now,
      std::chrono::system_clock::time_point forget_before) override;
  [[nodiscard]] Status clear_failures(std::string_view key) override;

 private:
  struct Part;  // of the table, with its own lock

  [[nodiscard]] Part& part_of(const SessionId& id) const noexcept;

  const std::unique_ptr<Part[]> parts_;
  const std::chrono::system_clock::time_point since_;

  std::mutex accounts_mutex_;  // guards what follows
  std::map<std::string, session::Account, std::less<>> accounts_;
  std::map<std::string, session::LoginFailures, std::less<>> failures_;
};

}  // namespace wyld::store
