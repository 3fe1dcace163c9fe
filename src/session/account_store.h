#pragma once
// Where accounts are kept. Declared by the core, implemented in store/.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wyld::session {

struct Account {
  std::string name;           // as its owner wrote it; account_name.h has the rules
  std::string password_hash;  // libsodium's string form: algorithm, cost, salt, hash
  std::string email;          // may be empty
  std::chrono::system_clock::time_point created{};
  friend bool operator==(const Account&, const Account&) = default;
};

// How often a login failed in a row for one key, and when last.
struct LoginFailures {
  std::uint32_t count = 0;
  std::chrono::system_clock::time_point last{};
  friend bool operator==(const LoginFailures&, const LoginFailures&) = default;
};

// Accounts by name (compared without regard to ASCII case), and counts of failed logins by key.
//
// Owner    apps/.
// Thread   any; every call blocks until the database has answered, so none is made on a shard.
// Errors   kUnavailable: the database is away; kAlreadyExists from add().
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  [[nodiscard]] virtual Result<std::optional<Account>> find(std::string_view name) = 0;
  // Durable on return.
  [[nodiscard]] virtual Status add(const Account& account) = 0;
  // A new hash for an old password, when the cost has been raised. kNotFound.
  [[nodiscard]] virtual Status set_password_hash(std::string_view name, std::string_view hash) = 0;

  // Keys are the caller's: "account/alice", "address/203.0.113.7". A count that is absent is zero.
  [[nodiscard]] virtual Result<LoginFailures> failures(std::string_view key) = 0;
  // Durable on return: a count must survive a restart. Returns the new count. Counts whose last failure is
  // before `forget_before` are dropped, whatever their key, so that the table stays small.
  [[nodiscard]] virtual Result<LoginFailures> add_failure(
      std::string_view key, std::chrono::system_clock::time_point now,
      std::chrono::system_clock::time_point forget_before) = 0;
  [[nodiscard]] virtual Status clear_failures(std::string_view key) = 0;
};

}  // namespace wyld::session
