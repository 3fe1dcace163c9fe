#include "account/creation_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::account {
namespace {

using session::AccountAnswer;
using session::AccountVerdict;

constexpr std::chrono::hours kWindow{1};

}  // namespace

CreationLimit::CreationLimit(CreationLimitOptions options, session::AccountService& accounts, ShardMail mail,
                             Clock clock)
    : options_(std::move(options)), accounts_(accounts), mail_(std::move(mail)), clock_(std::move(clock)) {}

bool CreationLimit::log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) {
  return accounts_.log_in(shard, std::move(attempt), std::move(done));
}

bool CreationLimit::check_name(std::uint8_t shard, session::NameCheck check, Done done) {
  if (!exempt(check.address)) {
    const std::chrono::seconds left = wait(runtime::address_key(check.address), /*counts=*/false);
    if (left.count() > 0) return refuse(shard, left, std::move(done));
  }
  return accounts_.check_name(shard, std::move(check), std::move(done));
}

bool CreationLimit::create(std::uint8_t shard, session::NewAccount account, Done done) {
  if (exempt(account.address)) return accounts_.create(shard, std::move(account), std::move(done));
  const runtime::AddressKey key = runtime::address_key(account.address);
  const std::chrono::seconds left = wait(key, /*counts=*/true);
  if (left.count() > 0) return refuse(shard, left, std::move(done));
  const bool taken = accounts_.create(shard, std::move(account),
                                      [this, key, done = std::move(done)](AccountAnswer answer) mutable {
                                        if (answer.verdict != AccountVerdict::kAccepted) give_back(key);
                                        done(std::move(answer));
                                      });
  if (!taken) give_back(key);
  return taken;
}

std::size_t CreationLimit::addresses() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool CreationLimit::exempt(std::string_view host) const noexcept {
  return std::ranges::any_of(options_.exempt_networks,
                             [host](const runtime::Network& network) { return network.contains(host); });
}

std::chrono::seconds CreationLimit::wait(const runtime::AddressKey& key, bool counts) {
  const TimePoint now = clock_();
  const auto rest = [now](const Entry& entry) {
    return std::max(std::chrono::ceil<std::chrono::seconds>(entry.since + kWindow - now),
                    std::chrono::seconds(0));
  };
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found != entries_.end() && rest(found->second).count() == 0) {
    entries_.erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (!counts) return std::chrono::seconds(0);
    if (entries_.size() >= options_.addresses_max) {
      std::erase_if(entries_, [&rest](const auto& item) { return rest(item.second).count() == 0; });
      if (entries_.size() >= options_.addresses_max) return kWindow;
    }
    found = entries_.emplace(key, Entry{.since = now}).first;
  }
  if (found->second.made >= options_.per_hour) return rest(found->second);
  if (counts) ++found->second.made;
  return std::chrono::seconds(0);
}

void CreationLimit::give_back(const runtime::AddressKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.made == 0) return;
  --found->second.made;
  if (found->second.made == 0) entries_.erase(found);
}

bool CreationLimit::refuse(std::uint8_t shard, std::chrono::seconds wait, Done done) {
  count(Counter::kAccountsRefused);
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(wait).count();
  AccountAnswer answer{.verdict = AccountVerdict::kRefused,
                       .name = {},
                       .message = fmt::format("Many accounts have been made from your address; please try "
                                              "again in {} minute{}.",
                                              minutes, minutes == 1 ? "" : "s")};
  const bool posted = mail_(
      shard, [done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
  if (!posted) {
    count(Counter::kMailboxFull);
    log(LogLevel::kError, "mailbox_full", {{"lost", "account_answer"}});
  }
  return true;
}

}  // namespace wyld::account
