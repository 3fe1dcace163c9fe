#include "account/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

#include "testing/fake_accounts.h"

namespace wyld::account {
namespace {

using namespace std::chrono_literals;
using session::AccountAnswer;
using session::AccountVerdict;
using session::LoginAttempt;
using session::NewAccount;
using session::Secret;
using ::testing::ElementsAre;
using testing::FakeAccountStore;
using ::testing::HasSubstr;

// Cheap, and counts its work.
class CountingHasher final : public PasswordHasher {
 public:
  Result<std::string> hash(std::string_view password) const override {
    ++hashed;
    if (no_memory) return fail(ErrorCode::kUnavailable, "no memory");
    return "cost" + std::to_string(cost) + ":" + std::string(password);
  }
  bool verify(std::string_view hash, std::string_view password) const override {
    ++verified;
    if (on_verify) on_verify();
    return hash.substr(hash.find(':') + 1) == password;
  }
  bool needs_rehash(std::string_view hash) const override {
    return !hash.starts_with("cost" + std::to_string(cost) + ":");
  }

  mutable std::atomic<int> hashed = 0;
  mutable std::atomic<int> verified = 0;
  std::atomic<int> cost = 1;
  std::atomic<bool> no_memory = false;
  std::function<void()> on_verify;  // runs on the worker
};

// A shard's mailbox, emptied by hand.
class Mailbox {
 public:
  bool post(std::move_only_function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (full) return false;
    tasks_.push_back(std::move(task));
    arrived_.notify_all();
    return true;
  }
  void run_one() {
    std::move_only_function<void()> task;
    {
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(arrived_.wait_for(lock, 60s, [this] { return !tasks_.empty(); }));
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
  std::atomic<bool> full = false;

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::move_only_function<void()>> tasks_;
};

struct Fixture {
  explicit Fixture(const AccountsOptions& options = {}) { start(options); }

  // As after a restart: only the store is the same.
  void start(const AccountsOptions& options = {}) {
    accounts.reset();
    accounts = *Accounts::create(
        options, store, hasher,
        [this](std::uint8_t shard, std::move_only_function<void()> task) {
          return mailboxes[shard].post(std::move(task));
        },
        [this] { return now.load(); });
  }

  AccountAnswer log_in(std::string name, std::string_view password, std::string address = "203.0.113.7",
                       std::chrono::milliseconds waited = 0ms) {
    AccountAnswer answer;
    EXPECT_TRUE(accounts->log_in(0,
                                 {.name = std::move(name),
                                  .password = Secret(password),
                                  .address = std::move(address),
                                  .waited = waited},
                                 [&](AccountAnswer said) { answer = std::move(said); }));
    mailboxes[0].run_one();
    return answer;
  }
  // Lets the wait pass that the attempt is told, if it is told one.
  AccountVerdict log_in_patiently(const std::string& name, std::string_view password,
                                  const std::string& address = "203.0.113.7") {
    AccountAnswer answer = log_in(name, password, address);
    if (answer.verdict == AccountVerdict::kWait) {
      pass(answer.wait);
      answer = log_in(name, password, address, answer.wait);
    }
    return answer.verdict;
  }
  AccountAnswer create(std::string name, std::string_view password, std::string email = {}) {
    AccountAnswer answer;
    EXPECT_TRUE(accounts->create(
        1, {.name = std::move(name), .password = Secret(password), .email = std::move(email), .address = {}},
        [&](AccountAnswer said) { answer = std::move(said); }));
    mailboxes[1].run_one();
    return answer;
  }
  AccountVerdict check_name(std::string name) {
    AccountAnswer answer;
    EXPECT_TRUE(accounts->check_name(0, {.name = std::move(name), .address = {}},
                                     [&](AccountAnswer said) { answer = std::move(said); }));
    mailboxes[0].run_one();
    return answer.verdict;
  }
  std::chrono::milliseconds wait(const std::string& name, const std::string& address) {
    const AccountAnswer answer = log_in(name, "wrong password", address);
    return answer.verdict == AccountVerdict::kWait ? answer.wait : 0ms;
  }
  void pass(std::chrono::milliseconds time) { now = now.load() + time; }

  FakeAccountStore store;
  CountingHasher hasher;
  Mailbox mailboxes[2];
  std::atomic<std::chrono::system_clock::time_point> now{
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
  std::unique_ptr<Accounts> accounts;
};

TEST(Accounts, AreMadeAndLoggedInTo) {
  Fixture f;
  EXPECT_EQ(f.check_name("ada"), AccountVerdict::kAccepted);
  EXPECT_EQ(f.create("Ada", "correct horse", "ada@example.org").verdict, AccountVerdict::kAccepted);
  const session::Account kept = **f.store.find("ada");
  EXPECT_EQ(kept.email, "ada@example.org");
  EXPECT_EQ(kept.created, f.now.load());
  EXPECT_EQ(f.check_name("ADA"), AccountVerdict::kNameTaken);
  EXPECT_EQ(f.create("aDA", "battery staple").verdict, AccountVerdict::kNameTaken);
  const AccountAnswer answer = f.log_in("ada", "correct horse");
  EXPECT_EQ(answer.verdict, AccountVerdict::kAccepted);
  EXPECT_EQ(answer.name, "Ada") << "as its owner wrote it";
  EXPECT_EQ(f.log_in("ada", "battery staple").verdict, AccountVerdict::kRefused);
}

TEST(Accounts, AnUnknownNameCostsWhatAWrongPasswordCosts) {
  Fixture f;
  f.create("Ada", "correct horse");
  const auto cost = [&](const std::string& name) {
    f.hasher.hashed = f.hasher.verified = 0;
    [[maybe_unused]] const auto before = f.store.take_calls();
    const AccountAnswer answer = f.log_in(name, "battery staple", "203.0.113.1");
    EXPECT_EQ(answer.verdict, AccountVerdict::kRefused);
    EXPECT_EQ(answer.name, "");
    EXPECT_EQ(f.hasher.verified, 1);
    EXPECT_EQ(f.hasher.hashed, 0);
    std::vector<std::string> calls = f.store.take_calls();
    for (std::string& call : calls) {
      if (const std::size_t at = call.find(name); at != std::string::npos) call.replace(at, name.size(), "*");
    }
    f.pass(20min);
    return calls;
  };
  const std::vector<std::string> known = cost("ada");
  EXPECT_EQ(cost("bob"), known);
  EXPECT_THAT(known, ElementsAre("failures account/*/address/203.0.113.1", "failures address/203.0.113.1",
                                 "failures account/*", "find *", "add_failure account/*/address/203.0.113.1",
                                 "add_failure account/*", "add_failure address/203.0.113.1"));
}

TEST(Accounts, FailuresPutTheNextAttemptOffLongerAndLonger) {
  Fixture f;
  f.create("Ada", "correct horse");
  EXPECT_EQ(f.log_in("ada", "wrong").verdict, AccountVerdict::kRefused);
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    f.hasher.verified = 0;
    const AccountAnswer off = f.log_in("ada", "correct horse");
    EXPECT_EQ(off.verdict, AccountVerdict::kWait);
    EXPECT_EQ(off.wait, wait);
    EXPECT_EQ(f.hasher.verified, 0) << "nothing is checked, right or wrong";
    f.pass(off.wait - 1ms);
    EXPECT_EQ(f.log_in("ada", "correct horse", "203.0.113.7", off.wait - 1ms).wait, 1ms);
    f.pass(1ms);
    EXPECT_EQ(f.log_in("ada", "wrong", "203.0.113.7", off.wait).verdict, AccountVerdict::kRefused);
  }
}

TEST(Accounts, UnknownNamesArePutOffAlike) {
  Fixture f;
  f.create("Ada", "correct horse");
  for (int i = 0; i < 15; ++i) {
    const auto known = f.log_in("ada", "wrong password", "203.0.113.1");
    const auto unknown = f.log_in("bob", "wrong password", "203.0.113.2");
    EXPECT_EQ(known.verdict, unknown.verdict);
    EXPECT_EQ(known.wait, unknown.wait);
    f.pass(700ms);
  }
}

TEST(Accounts, ASuccessClearsTheNamesFailures) {
  Fixture f;
  f.create("Ada", "correct horse");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(f.log_in_patiently("ada", "wrong"), AccountVerdict::kRefused);
  EXPECT_EQ(f.log_in_patiently("ada", "correct horse"), AccountVerdict::kAccepted);
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted);
}

TEST(Accounts, FailuresAreForgottenAfterAQuarterOfAnHour) {
  Fixture f;
  for (int i = 0; i < 8; ++i) f.log_in_patiently("ada", "wrong");
  f.pass(15min + 1ms);
  EXPECT_EQ(f.log_in("ada", "wrong").verdict, AccountVerdict::kRefused);
  EXPECT_EQ(f.log_in("ada", "wrong").wait, 1s) << "counted from one again";
}

TEST(Accounts, AnAddressThatTriesManyNamesIsPutOff) {
  Fixture f;
  for (const char* name : {"ann", "ben", "cat", "dan", "eve"}) {
    EXPECT_EQ(f.wait(name, "2001:db8:0:1::1"), 0ms) << name;
  }
  EXPECT_EQ(f.wait("fox", "2001:db8:0:1::2"), 1s) << "the whole /64 is one address";
  EXPECT_EQ(f.wait("fox", "2001:db8:0:2::1"), 0ms);
  EXPECT_EQ(f.wait("fox", "203.0.113.7"), 0ms);
}

TEST(Accounts, FailuresAtAnAddressThatManyShareCountByNameOnly) {
  Fixture f({.exempt_networks = {*runtime::Network::parse("10.0.0.0/8")}});
  f.create("Ada", "correct horse");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(f.wait(std::string("name") + static_cast<char>('a' + i), "10.1.2.3"), 0ms);
  }
  // Somebody at the same address guesses without a pause; the owner never waits longer than four seconds.
  for (int i = 0; i < 40; ++i) f.log_in("ada", "wrong", "10.1.2.3", 4s);
  const AccountAnswer off = f.log_in("ada", "correct horse", "10.1.2.3");
  EXPECT_EQ(off.verdict, AccountVerdict::kWait);
  EXPECT_EQ(off.wait, 4s);
  f.pass(off.wait);
  EXPECT_EQ(f.log_in("ada", "wrong", "10.1.2.3", 4s).verdict, AccountVerdict::kRefused);
  EXPECT_EQ(f.log_in("ada", "correct horse", "10.1.2.3", off.wait).verdict, AccountVerdict::kAccepted);
}

TEST(Accounts, ASuccessDoesNotClearTheAddress) {
  Fixture f;
  f.create("Ada", "correct horse");
  for (const char* name : {"ann", "ben", "cat", "dan"}) EXPECT_EQ(f.wait(name, "203.0.113.7"), 0ms);
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted);
  EXPECT_EQ(f.wait("eve", "203.0.113.7"), 0ms);
  EXPECT_EQ(f.wait("fox", "203.0.113.7"), 1s) << "an account of one's own buys no more guesses";
}

TEST(Accounts, NobodyIsLockedOutFromElsewhere) {
  Fixture f;
  f.create("Ada", "correct horse");
  for (int i = 0; i < 40; ++i) f.log_in_patiently("ada", "wrong", "203.0.113." + std::to_string(i));
  // The owner, from a new address, while the guessing goes on.
  const AccountAnswer off = f.log_in("ada", "correct horse", "198.51.100.1");
  EXPECT_EQ(off.verdict, AccountVerdict::kWait);
  EXPECT_EQ(off.wait, 4s);
  f.pass(off.wait);
  EXPECT_EQ(f.log_in_patiently("ada", "wrong", "203.0.113.99"), AccountVerdict::kRefused);
  EXPECT_EQ(f.log_in("ada", "correct horse", "198.51.100.1", off.wait).verdict, AccountVerdict::kAccepted);
}

TEST(Accounts, TheDelaySurvivesARestart) {
  Fixture f;
  for (int i = 0; i < 4; ++i) f.log_in_patiently("ada", "wrong");
  f.start();
  EXPECT_EQ(f.log_in("ada", "wrong").wait, 8s);
}

TEST(Accounts, ClocksThatGoBackDoNotLockOut) {
  Fixture f;
  f.log_in("ada", "wrong");
  f.pass(-10h);
  EXPECT_EQ(f.log_in("ada", "wrong").wait, 1s);
}

TEST(Accounts, ARefusalThatCannotBeCountedIsNotTold) {
  Fixture f;
  f.create("Ada", "correct horse");
  f.hasher.on_verify = [&] { f.store.away = true; };
  EXPECT_EQ(f.log_in("ada", "wrong").verdict, AccountVerdict::kUnavailable);
  f.store.away = false;
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted)
      << "old counts that cannot be cleared keep nobody out";
}

TEST(Accounts, WithoutStoreOrMemoryNothingIsDecided) {
  Fixture f;
  f.create("Ada", "correct horse");
  f.store.away = true;
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kUnavailable);
  EXPECT_EQ(f.check_name("bob"), AccountVerdict::kUnavailable);
  EXPECT_EQ(f.create("Bob", "correct horse").verdict, AccountVerdict::kUnavailable);
  f.store.away = false;
  f.hasher.no_memory = true;
  EXPECT_EQ(f.create("Bob", "correct horse").verdict, AccountVerdict::kUnavailable);
  f.hasher.no_memory = false;
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted) << "nothing was counted";
  EXPECT_EQ(f.check_name("bob"), AccountVerdict::kAccepted);
}

TEST(Accounts, ANewCostIsTakenUpAtTheNextLogin) {
  Fixture f;
  f.create("Ada", "correct horse");
  f.hasher.cost = 2;
  EXPECT_EQ(f.log_in("ada", "wrong").verdict, AccountVerdict::kRefused);
  EXPECT_TRUE((*f.store.find("ada"))->password_hash.starts_with("cost1:"));
  f.pass(1s);
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted);
  EXPECT_TRUE((*f.store.find("ada"))->password_hash.starts_with("cost2:"));
  EXPECT_EQ(f.log_in("ada", "correct horse").verdict, AccountVerdict::kAccepted);
}

TEST(Accounts, NobodysHashIsMadeAtTheStartAndFailsWithAReason) {
  FakeAccountStore store;
  CountingHasher hasher;
  hasher.no_memory = true;
  const auto accounts = Accounts::create({}, store, hasher, [](std::uint8_t, auto) { return true; });
  ASSERT_FALSE(accounts);
  EXPECT_EQ(accounts.error().code, ErrorCode::kUnavailable);
}

TEST(Accounts, WhoComesWhenTooManyWaitIsRefused) {
  std::latch running(1);
  std::latch go_on(1);
  Fixture f({.workers = 1, .attempts_max = 2, .creations_max = 1});
  std::atomic<bool> first = true;
  f.hasher.on_verify = [&] {
    if (!first.exchange(false)) return;
    running.count_down();
    go_on.wait();
  };
  int answers = 0;
  const auto ask = [&] {
    return f.accounts->log_in(0, {.name = "ada", .password = Secret("wrong"), .address = "203.0.113.7"},
                              [&answers](const AccountAnswer&) { ++answers; });
  };
  EXPECT_TRUE(ask());
  running.wait();
  EXPECT_TRUE(ask());
  EXPECT_TRUE(ask());
  EXPECT_FALSE(ask()) << "one is checked, two wait";
  int made = 0;
  EXPECT_TRUE(
      f.accounts->create(1, {.name = "cat", .password = Secret("correct horse"), .email = {}, .address = {}},
                         [&made](const AccountAnswer&) { ++made; }))
      << "logins take no place from new accounts, nor the other way round";
  EXPECT_FALSE(f.accounts->check_name(0, {.name = "bob", .address = {}}, [](const AccountAnswer&) {}));
  EXPECT_FALSE(
      f.accounts->create(0, {.name = "bob", .password = Secret("correct horse"), .email = {}, .address = {}},
                         [](const AccountAnswer&) {}));
  go_on.count_down();
  for (int i = 0; i < 3; ++i) f.mailboxes[0].run_one();
  EXPECT_EQ(answers, 3);
  f.mailboxes[1].run_one();
  EXPECT_EQ(made, 1);
}

TEST(Accounts, StoppingForgetsWhoWaits) {
  std::latch running(1);
  std::latch go_on(1);
  std::latch forgotten(1);
  const auto count_down = [](std::latch* latch) { latch->count_down(); };
  std::unique_ptr<std::latch, decltype(count_down)> held(&forgotten, count_down);
  Fixture f({.workers = 1, .attempts_max = 8});
  f.hasher.on_verify = [&] {
    running.count_down();
    go_on.wait();
  };
  int answers = 0;
  const auto ask = [&](session::AccountService::Done done) {
    return f.accounts->log_in(0, {.name = "ada", .password = Secret("wrong"), .address = "203.0.113.7"},
                              std::move(done));
  };
  EXPECT_TRUE(ask([&answers](const AccountAnswer&) { ++answers; }));
  running.wait();
  EXPECT_TRUE(ask([held = std::move(held)](const AccountAnswer&) { FAIL(); }));
  std::thread stopper([&] { f.accounts->stop(); });
  forgotten.wait();
  go_on.count_down();
  stopper.join();
  EXPECT_FALSE(ask([](const AccountAnswer&) { FAIL(); }));
  f.mailboxes[0].run_one();
  EXPECT_EQ(answers, 1) << "what was being checked is finished";
}

TEST(Accounts, AFullMailboxLosesTheAnswerAndNothingElse) {
  Fixture f;
  f.mailboxes[0].full = true;
  std::latch lost(1);
  const auto on_lost = [](std::latch* latch) { latch->count_down(); };
  std::unique_ptr<std::latch, decltype(on_lost)> held(&lost, on_lost);
  ASSERT_TRUE(f.accounts->check_name(0, {.name = "ada", .address = {}},
                                     [held = std::move(held)](const AccountAnswer&) {}));
  lost.wait();
  f.mailboxes[0].full = false;
  EXPECT_EQ(f.check_name("ada"), AccountVerdict::kAccepted);
}

TEST(Accounts, ServeManyShardsAtOnce) {
  constexpr int kRounds = 60;
  Fixture f({.workers = 3});
  const Argon2Hasher real(Argon2Hasher::kCheapest);
  f.accounts.reset();
  f.accounts = *Accounts::create({.workers = 3}, f.store, real,
                                 [&](std::uint8_t shard, std::move_only_function<void()> task) {
                                   return f.mailboxes[shard].post(std::move(task));
                                 });
  const auto play = [&](std::uint8_t shard) {
    int accepted = 0;
    for (int i = 0; i < kRounds; ++i) {
      std::string name = shard == 0 ? "Left" : "Right";
      name += {static_cast<char>('a' + i / 26), static_cast<char>('a' + i % 26)};
      const auto note = [&accepted](const AccountAnswer& answer) {
        accepted += answer.verdict == AccountVerdict::kAccepted;
      };
      ASSERT_TRUE(f.accounts->create(
          shard, {.name = name, .password = Secret("password of " + name), .email = {}, .address = {}},
          note));
      f.mailboxes[shard].run_one();
      ASSERT_TRUE(f.accounts->log_in(
          shard, {.name = name, .password = Secret("password of " + name), .address = "203.0.113.7"}, note));
      ASSERT_TRUE(f.accounts->check_name(shard, {.name = name, .address = {}}, note));  // taken
      f.mailboxes[shard].run_one();
      f.mailboxes[shard].run_one();
    }
    EXPECT_EQ(accepted, 2 * kRounds);
  };
  std::thread left(play, std::uint8_t{0});
  std::thread right(play, std::uint8_t{1});
  left.join();
  right.join();
}

}  // namespace
}  // namespace wyld::account
