#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "account/password_hasher.h"
#include "base/result.h"
#include "base/shard_mail.h"
#include "runtime/address.h"
#include "runtime/worker_pool.h"
#include "session/account_service.h"
#include "session/account_store.h"

namespace wyld::account {

struct AccountsOptions {
  // So many passwords are checked at one time; each takes a core, and the hasher's memory, meanwhile.
  std::size_t workers = 2;
  // So many logins wait for that; further ones are told that the gateway is busy. Each waiting login costs a
  // few hundred bytes.
  std::size_t attempts_max = 256;
  // The same of new accounts and questions for free names, which run only when no login waits.
  std::size_t creations_max = 64;
  // Where many players share an address, behind a proxy or one router: failures there count by name only,
  // since a delay for the address would be everybody's.
  std::vector<runtime::Network> exempt_networks = {};
};

// Logs players in and makes accounts, on threads of its own, since hashing is slow by design and the store
// blocks.
//
// A login that fails is counted under three keys, and makes the next attempt wait: with this name from this
// address 1, 2, 4... up to 30 s; from this address, whatever the name, the same after four more; with this
// name from anywhere at most 4 s, after nine more and counted from the attempt, so that nobody can lock a
// player out from elsewhere. For addresses of `exempt_networks` only the last one counts. Counts are
// forgotten after 15 minutes; a success clears the name's. An IPv6 address counts by its /64.
//
// An unknown name costs what a wrong password costs: the same questions to the store, and a hash to compare
// with that nobody's password has.
//
// Owner    apps/; outlived by the store, the hasher and what `mail` needs.
// Thread   AccountService's; the rest the owner's.
// Errors   create() as the hasher. Passwords are wiped after use, and in no log and no error.
// Limits   AccountsOptions. Attempts under one key that are checked at the same moment (one for each worker)
//          do not see one another's failure.
class Accounts final : public session::AccountService {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  // Hashes once, so takes as long as a login.
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> create(const AccountsOptions& options,
                                                                session::AccountStore& store,
                                                                const PasswordHasher& hasher, ShardMail mail,
                                                                Clock clock = std::chrono::system_clock::now);

  // What is being checked is finished, what waits is forgotten; from then on every question is refused.
  void stop() { pool_.stop(); }

  [[nodiscard]] bool log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) override;
  [[nodiscard]] bool check_name(std::uint8_t shard, session::NameCheck check, Done done) override;
  [[nodiscard]] bool create(std::uint8_t shard, session::NewAccount account, Done done) override;

 private:
  struct Keys;

  Accounts(const AccountsOptions& options, session::AccountStore& store, const PasswordHasher& hasher,
           std::string nobodys_hash, ShardMail mail, Clock clock);

  template <typename Work>
  [[nodiscard]] bool submit(runtime::WorkerPool::Turn turn, std::uint8_t shard, Done done, Work work);
  [[nodiscard]] session::AccountAnswer check(session::LoginAttempt& attempt);
  [[nodiscard]] session::AccountAnswer accept(const session::Account& account, const Keys& keys,
                                              std::string_view password);
  [[nodiscard]] session::AccountAnswer refuse(const Keys& keys);
  [[nodiscard]] Result<std::chrono::milliseconds> wait_before(const session::LoginAttempt& attempt,
                                                              const Keys& keys);
  [[nodiscard]] session::AccountAnswer make(session::NewAccount& account);

  session::AccountStore& store_;
  const PasswordHasher& hasher_;
  const std::vector<runtime::Network> exempt_networks_;
  const std::string nobodys_hash_;
  const ShardMail mail_;
  const Clock clock_;
  runtime::WorkerPool pool_;  // last: its threads use the rest
};

}  // namespace wyld::account
