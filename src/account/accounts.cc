#include "account/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/counters.h"
#include "base/log.h"
#include "runtime/random.h"
#include "session/account_name.h"

namespace wyld::account {
namespace {

using session::Account;
using session::AccountAnswer;
using session::AccountVerdict;
using session::LoginFailures;
using Turn = runtime::WorkerPool::Turn;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::minutes kForgetAfter{15};

// How failures in a row turn into a wait.
struct Delay {
  std::uint32_t free_count;
  seconds most;

  [[nodiscard]] milliseconds after(std::uint32_t count) const {
    if (count <= free_count) return milliseconds(0);
    const std::uint32_t doublings = std::min(count - free_count - 1, std::uint32_t{10});
    return std::min(seconds(1) * (1 << doublings), most);
  }
};
constexpr Delay kPairDelay{.free_count = 0, .most = seconds(30)};
constexpr Delay kAddressDelay{.free_count = 4, .most = seconds(30)};
constexpr Delay kAccountDelay{.free_count = 9, .most = seconds(4)};

std::string address_text(std::string_view host) {
  const runtime::AddressKey key = runtime::address_key(host);
  if (key.high == 0) return std::string(host);  // IPv4
  const auto group = [&key](int from_right) { return key.high >> (16 * from_right) & 0xffffU; };
  return fmt::format("{:x}:{:x}:{:x}:{:x}::/64", group(3), group(2), group(1), group(0));
}

AccountAnswer unavailable() {
  count(Counter::kLoginsUnavailable);
  return {.verdict = AccountVerdict::kUnavailable, .name = {}};
}

}  // namespace

// What failures are counted under.
struct Accounts::Keys {
  Keys(const session::LoginAttempt& attempt, std::span<const runtime::Network> exempt)
      : account("account/" + session::name_key(attempt.name)),
        address("address/" + address_text(attempt.address)),
        pair(account + '/' + address),
        address_counts(std::ranges::none_of(
            exempt, [&](const runtime::Network& network) { return network.contains(attempt.address); })) {}
  std::string account;
  std::string address;
  std::string pair;
  bool address_counts;
};

Result<std::unique_ptr<Accounts>> Accounts::create(const AccountsOptions& options,
                                                   session::AccountStore& store, const PasswordHasher& hasher,
                                                   ShardMail mail, Clock clock) {
  std::string password;
  for (const std::uint64_t part : runtime::random_seed()) password += fmt::format("{:x}", part);
  Result<std::string> hash = hasher.hash(password);
  if (!hash) return fail(hash.error());
  return std::unique_ptr<Accounts>(
      new Accounts(options, store, hasher, std::move(*hash), std::move(mail), std::move(clock)));
}

Accounts::Accounts(const AccountsOptions& options, session::AccountStore& store, const PasswordHasher& hasher,
                   std::string nobodys_hash, ShardMail mail, Clock clock)
    : store_(store),
      hasher_(hasher),
      exempt_networks_(options.exempt_networks),
      nobodys_hash_(std::move(nobodys_hash)),
      mail_(std::move(mail)),
      clock_(std::move(clock)),
      pool_(options.workers, {.first = options.attempts_max, .last = options.creations_max}) {}

template <typename Work>
bool Accounts::submit(Turn turn, std::uint8_t shard, Done done, Work work) {
  const bool taken =
      pool_.submit(turn, [this, shard, done = std::move(done), work = std::move(work)]() mutable {
        AccountAnswer answer = work();
        const bool posted = mail_(shard, [done = std::move(done), answer = std::move(answer)]() mutable {
          done(std::move(answer));
        });
        if (!posted) {
          count(Counter::kMailboxFull);
          log(LogLevel::kError, "mailbox_full", {{"lost", "account_answer"}});
        }
      });
  if (!taken) count(Counter::kLoginsBusy);
  return taken;
}

bool Accounts::log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) {
  return submit(Turn::kFirst, shard, std::move(done),
                [this, attempt = std::move(attempt)]() mutable { return check(attempt); });
}

bool Accounts::check_name(std::uint8_t shard, session::NameCheck check, Done done) {
  return submit(Turn::kLast, shard, std::move(done), [this, name = std::move(check.name)]() -> AccountAnswer {
    const Result<std::optional<Account>> found = store_.find(name);
    if (!found) return unavailable();
    return {.verdict = found->has_value() ? AccountVerdict::kNameTaken : AccountVerdict::kAccepted,
            .name = name};
  });
}

bool Accounts::create(std::uint8_t shard, session::NewAccount account, Done done) {
  return submit(Turn::kLast, shard, std::move(done),
                [this, account = std::move(account)]() mutable { return make(account); });
}

AccountAnswer Accounts::check(session::LoginAttempt& attempt) {
  const Keys keys(attempt, exempt_networks_);
  const Result<milliseconds> wait = wait_before(attempt, keys);
  if (!wait) return unavailable();
  if (wait->count() > 0) {
    count(Counter::kLoginsDelayed);
    return {.verdict = AccountVerdict::kWait, .wait = *wait, .name = {}};
  }
  const Result<std::optional<Account>> found = store_.find(attempt.name);
  if (!found) return unavailable();
  const std::optional<Account>& account = *found;
  const session::Secret password = std::move(attempt.password);
  const bool matches = hasher_.verify(account ? account->password_hash : nobodys_hash_, password.view());
  return account && matches ? accept(*account, keys, password.view()) : refuse(keys);
}

Result<milliseconds> Accounts::wait_before(const session::LoginAttempt& attempt, const Keys& keys) {
  const auto now = clock_();
  const auto counted = [&](const std::string& key) -> Result<LoginFailures> {
    Result<LoginFailures> failures = store_.failures(key);
    if (failures && failures->last + kForgetAfter < now) return LoginFailures{};
    return failures;
  };
  const auto since_last = [now](const Delay& delay, const LoginFailures& failures) {
    const milliseconds whole = delay.after(failures.count);
    const auto end = std::chrono::ceil<milliseconds>(failures.last + whole - now);
    return std::clamp(end, milliseconds(0), whole);  // at most `whole`, should clocks have been set back
  };
  const Result<LoginFailures> of_pair = keys.address_counts ? counted(keys.pair) : LoginFailures{};
  const Result<LoginFailures> of_address = keys.address_counts ? counted(keys.address) : LoginFailures{};
  const Result<LoginFailures> of_account = counted(keys.account);
  if (!of_pair) return fail(of_pair.error());
  if (!of_address) return fail(of_address.error());
  if (!of_account) return fail(of_account.error());
  // The account's counts from the attempt, not from the last failure: others, who go on failing elsewhere,
  // cannot keep its owner waiting.
  const milliseconds for_account = kAccountDelay.after(of_account->count) - attempt.waited;
  return std::max({since_last(kPairDelay, *of_pair), since_last(kAddressDelay, *of_address), for_account,
                   milliseconds(0)});
}

AccountAnswer Accounts::accept(const Account& account, const Keys& keys, std::string_view password) {
  // Should the store fail now, the player is in all the same: old counts do little harm.
  for (const std::string& key : {keys.pair, keys.account}) {
    if (!store_.clear_failures(key)) count(Counter::kLoginsUnavailable);
  }
  if (hasher_.needs_rehash(account.password_hash)) {
    const Result<std::string> hash = hasher_.hash(password);
    if (!hash || !store_.set_password_hash(account.name, *hash)) count(Counter::kLoginsUnavailable);
  }
  return {.verdict = AccountVerdict::kAccepted, .name = account.name};
}

// The count is durable before the answer is known: nobody guesses on by having the gateway die.
AccountAnswer Accounts::refuse(const Keys& keys) {
  const auto now = clock_();
  const auto add = [&](const std::string& key) {
    return store_.add_failure(key, now, now - kForgetAfter).has_value();
  };
  if ((keys.address_counts && !add(keys.pair)) || !add(keys.account) ||
      (keys.address_counts && !add(keys.address))) {
    return unavailable();
  }
  count(Counter::kLoginsRefused);
  return {.verdict = AccountVerdict::kRefused, .name = {}};
}

AccountAnswer Accounts::make(session::NewAccount& account) {
  Result<std::string> hash = hasher_.hash(account.password.view());
  account.password.wipe();
  if (!hash) return unavailable();
  const Status added = store_.add(
      {.name = account.name, .password_hash = std::move(*hash), .email = account.email, .created = clock_()});
  if (added) return {.verdict = AccountVerdict::kAccepted, .name = account.name};
  if (added.error().code == ErrorCode::kAlreadyExists) {
    return {.verdict = AccountVerdict::kNameTaken, .name = {}};
  }
  return unavailable();
}

}  // namespace wyld::account
