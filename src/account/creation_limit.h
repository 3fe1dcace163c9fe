#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/shard_mail.h"
#include "runtime/address.h"
#include "session/account_service.h"

namespace wyld::account {

struct CreationLimitOptions {
  // Accounts that one address (IPv6: one /64) may make within an hour of its first one.
  std::uint32_t per_hour = 10;
  // Addresses in these networks are not bound: many players may share one.
  std::vector<runtime::Network> exempt_networks = {};
  // Addresses remembered at one time. When it is full, and an hour frees no place, addresses that are not
  // remembered are refused; to fill it, that many accounts must be made within one hour.
  std::size_t addresses_max = 65'536;
};

// Bounds how many new accounts an address may have, whoever keeps the accounts. Asked at the name already, so
// that a player does not answer four questions in vain; counted at create(), and given back if no account
// came of it. Everything else is passed on as it is.
//
// Owner    apps/; outlived by the service it stands before and by what `mail` needs.
// Thread   AccountService's; one short lock.
// Errors   kRefused, with a sentence that says how long to wait.
// Memory   CreationLimitOptions::addresses_max small entries.
class CreationLimit final : public session::AccountService {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  CreationLimit(CreationLimitOptions options, session::AccountService& accounts, ShardMail mail,
                Clock clock = std::chrono::steady_clock::now);

  [[nodiscard]] bool log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) override;
  [[nodiscard]] bool check_name(std::uint8_t shard, session::NameCheck check, Done done) override;
  [[nodiscard]] bool create(std::uint8_t shard, session::NewAccount account, Done done) override;

  [[nodiscard]] std::size_t addresses() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Entry {
    TimePoint since{};
    std::uint32_t made = 0;
  };

  [[nodiscard]] bool exempt(std::string_view host) const noexcept;
  // How long until the address may make an account; 0: now, and with `counts` it is counted.
  [[nodiscard]] std::chrono::seconds wait(const runtime::AddressKey& key, bool counts);
  void give_back(const runtime::AddressKey& key);
  bool refuse(std::uint8_t shard, std::chrono::seconds wait, Done done);

  const CreationLimitOptions options_;
  session::AccountService& accounts_;
  const ShardMail mail_;
  const Clock clock_;
  mutable std::mutex mutex_;  // guards the rest
  std::unordered_map<runtime::AddressKey, Entry, runtime::AddressKeyHash> entries_;
};

}  // namespace wyld::account
