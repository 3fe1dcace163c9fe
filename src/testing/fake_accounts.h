#pragma once
// Stand-ins around accounts: where they are kept, and who answers for them.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/account_name.h"
#include "session/account_service.h"
#include "session/account_store.h"

namespace wyld::testing {

// Keeps accounts in memory, for any thread, and remembers what was asked: "find ada", "add_failure ...".
class FakeAccountStore final : public session::AccountStore {
 public:
  Result<std::optional<session::Account>> find(std::string_view name) override {
    const auto lock = enter("find", name);
    if (away) return gone();
    const auto found = accounts_.find(session::name_key(name));
    if (found == accounts_.end()) return std::nullopt;
    return found->second;
  }
  Status add(const session::Account& account) override {
    const auto lock = enter("add", account.name);
    if (away) return gone();
    if (!accounts_.emplace(session::name_key(account.name), account).second) {
      return fail(ErrorCode::kAlreadyExists, "the name is taken");
    }
    return {};
  }
  Status set_password_hash(std::string_view name, std::string_view hash) override {
    const auto lock = enter("set_password_hash", name);
    if (away) return gone();
    const auto found = accounts_.find(session::name_key(name));
    if (found == accounts_.end()) return fail(ErrorCode::kNotFound, "no such account");
    found->second.password_hash = hash;
    return {};
  }
  Result<session::LoginFailures> failures(std::string_view key) override {
    const auto lock = enter("failures", key);
    if (away) return gone();
    const auto found = failures_.find(key);
    return found == failures_.end() ? session::LoginFailures{} : found->second;
  }
  Result<session::LoginFailures> add_failure(std::string_view key, std::chrono::system_clock::time_point now,
                                             std::chrono::system_clock::time_point forget_before) override {
    const auto lock = enter("add_failure", key);
    if (away) return gone();
    session::LoginFailures& failures = failures_[std::string(key)];
    failures = {.count = failures.last < forget_before ? 1 : failures.count + 1, .last = now};
    return failures;
  }
  Status clear_failures(std::string_view key) override {
    const auto lock = enter("clear_failures", key);
    if (away) return gone();
    failures_.erase(std::string(key));
    return {};
  }

  [[nodiscard]] std::vector<std::string> take_calls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

  std::atomic<bool> away = false;

 private:
  std::unique_lock<std::mutex> enter(std::string_view call, std::string_view key) {
    std::unique_lock lock(mutex_);
    calls_.push_back(std::string(call) + ' ' + std::string(key));
    return lock;
  }
  static std::unexpected<Error> gone() { return fail(ErrorCode::kUnavailable, "the database is away"); }

  std::mutex mutex_;  // guards the rest
  std::map<std::string, session::Account, std::less<>> accounts_;
  std::map<std::string, session::LoginFailures, std::less<>> failures_;
  std::vector<std::string> calls_;
};

// Remembers the questions of one shard and answers when told to.
class FakeAccountService final : public session::AccountService {
 public:
  bool log_in(std::uint8_t /*shard*/, session::LoginAttempt attempt, Done done) override {
    return take("log in " + attempt.name + " " + std::string(attempt.password.view()) + " from " +
                    attempt.address + " after " + std::to_string(attempt.waited.count()),
                std::move(done));
  }
  bool check_name(std::uint8_t /*shard*/, session::NameCheck check, Done done) override {
    return take("check " + check.name, std::move(done));
  }
  bool create(std::uint8_t /*shard*/, session::NewAccount account, Done done) override {
    return take(
        "create " + account.name + " " + std::string(account.password.view()) + " <" + account.email + ">",
        std::move(done));
  }

  // Answers the oldest question.
  void answer(session::AccountAnswer answer) {
    Done done = std::move(waiting.front());
    waiting.pop_front();
    done(std::move(answer));
  }
  void answer(session::AccountVerdict verdict, std::string name = {}) {
    answer({.verdict = verdict, .name = std::move(name)});
  }

  std::vector<std::string> calls;
  std::deque<Done> waiting;
  bool full = false;

 private:
  bool take(std::string call, Done done) {
    calls.push_back(std::move(call));
    if (full) return false;
    waiting.push_back(std::move(done));
    return true;
  }
};

}  // namespace wyld::testing
