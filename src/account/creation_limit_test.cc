#include "account/creation_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "testing/fake_accounts.h"

namespace wyld::account {
namespace {

using namespace std::chrono_literals;
using session::AccountAnswer;
using session::AccountVerdict;
using session::Secret;
using ::testing::ElementsAre;
using testing::FakeAccountService;
using ::testing::HasSubstr;

struct Fixture {
  explicit Fixture(CreationLimitOptions options)
      : limit(
            std::move(options), service,
            [this](std::uint8_t, std::move_only_function<void()> task) {
              if (mailbox_full) return false;
              mailbox.push_back(std::move(task));
              return true;
            },
            [this] { return now; }) {}

  // The answer of the service, where the question reaches it, is `verdict`.
  AccountAnswer create(const std::string& address, AccountVerdict verdict = AccountVerdict::kAccepted) {
    std::optional<AccountAnswer> said;
    EXPECT_TRUE(
        limit.create(0, {.name = "Ada", .password = Secret("correct horse"), .email = {}, .address = address},
                     [&said](AccountAnswer answer) { said = std::move(answer); }));
    return answered(said, verdict);
  }
  AccountAnswer check(const std::string& address) {
    std::optional<AccountAnswer> said;
    EXPECT_TRUE(limit.check_name(0, {.name = "Ada", .address = address},
                                 [&said](AccountAnswer answer) { said = std::move(answer); }));
    return answered(said, AccountVerdict::kAccepted);
  }
  AccountAnswer answered(std::optional<AccountAnswer>& said, AccountVerdict verdict) {
    EXPECT_FALSE(said) << "never inside the call";
    if (!service.waiting.empty()) {
      service.answer(verdict);
    } else if (!mailbox.empty()) {
      mailbox.front()();
      mailbox.pop_front();
    }
    EXPECT_TRUE(said);
    return said.value_or(AccountAnswer{});
  }
  void make(int accounts, const std::string& address) {
    for (int i = 0; i < accounts; ++i) EXPECT_EQ(create(address).verdict, AccountVerdict::kAccepted) << i;
  }

  FakeAccountService service;
  std::deque<std::move_only_function<void()>> mailbox;
  bool mailbox_full = false;
  std::chrono::steady_clock::time_point now{1000h};
  CreationLimit limit;
};

TEST(CreationLimit, AnAddressMakesSoManyInAnHourAndNoMore) {
  Fixture f({.per_hour = 3});
  f.make(3, "203.0.113.7");
  f.service.calls.clear();
  const AccountAnswer refused = f.create("203.0.113.7");
  EXPECT_EQ(refused.verdict, AccountVerdict::kRefused);
  EXPECT_THAT(refused.message, HasSubstr("60 minutes"));
  EXPECT_THAT(f.service.calls, ElementsAre()) << "no hash is made for it";
  f.now += 59min + 30s;
  EXPECT_THAT(f.create("203.0.113.7").message, HasSubstr("1 minute."));
  f.now += 30s;
  f.make(3, "203.0.113.7");
  EXPECT_EQ(f.create("203.0.113.7").verdict, AccountVerdict::kRefused);
}

TEST(CreationLimit, IsSaidAtTheNameAlready) {
  Fixture f({.per_hour = 1});
  EXPECT_EQ(f.check("203.0.113.7").verdict, AccountVerdict::kAccepted);
  EXPECT_EQ(f.check("203.0.113.7").verdict, AccountVerdict::kAccepted) << "asking costs nothing";
  f.make(1, "203.0.113.7");
  EXPECT_EQ(f.check("203.0.113.7").verdict, AccountVerdict::kRefused);
  EXPECT_EQ(f.check("203.0.113.8").verdict, AccountVerdict::kAccepted);
}

TEST(CreationLimit, CountsTheNetworkOfAnIPv6Address) {
  Fixture f({.per_hour = 2});
  f.make(1, "2001:db8:0:1::1");
  f.make(1, "2001:db8:0:1::2");
  EXPECT_EQ(f.create("2001:db8:0:1:ffff::3").verdict, AccountVerdict::kRefused);
  f.make(1, "2001:db8:0:2::1");
}

TEST(CreationLimit, DoesNotBindAddressesThatManyShare) {
  Fixture f({.per_hour = 1, .exempt_networks = {*runtime::Network::parse("10.0.0.0/8")}});
  f.make(20, "10.1.2.3");
  EXPECT_EQ(f.check("10.1.2.3").verdict, AccountVerdict::kAccepted);
  EXPECT_EQ(f.limit.addresses(), 0U);
}

TEST(CreationLimit, GivesBackWhatMadeNoAccount) {
  Fixture f({.per_hour = 1});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(f.create("203.0.113.7", AccountVerdict::kNameTaken).verdict, AccountVerdict::kNameTaken);
    EXPECT_EQ(f.create("203.0.113.7", AccountVerdict::kUnavailable).verdict, AccountVerdict::kUnavailable);
  }
  f.service.full = true;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(f.limit.create(
        0, {.name = "Ada", .password = Secret("correct horse"), .email = {}, .address = "203.0.113.7"},
        [](const AccountAnswer&) { FAIL(); }));
  }
  f.service.full = false;
  EXPECT_EQ(f.limit.addresses(), 0U);
  f.make(1, "203.0.113.7");
}

TEST(CreationLimit, CountsQuestionsThatAreNotAnsweredYet) {
  Fixture f({.per_hour = 2});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(f.limit.create(
        0, {.name = "Ada", .password = Secret("correct horse"), .email = {}, .address = "203.0.113.7"},
        [](const AccountAnswer&) {}));
  }
  ASSERT_EQ(f.service.waiting.size(), 2U);
  std::optional<AccountVerdict> third;
  ASSERT_TRUE(f.limit.create(
      0, {.name = "Ada", .password = Secret("correct horse"), .email = {}, .address = "203.0.113.7"},
      [&third](const AccountAnswer& answer) { third = answer.verdict; }));
  ASSERT_EQ(f.mailbox.size(), 1U);
  f.mailbox.front()();
  EXPECT_EQ(third, AccountVerdict::kRefused);
}

TEST(CreationLimit, RemembersABoundedNumberOfAddresses) {
  Fixture f({.per_hour = 5, .addresses_max = 2});
  f.make(1, "203.0.113.1");
  f.make(1, "203.0.113.2");
  EXPECT_EQ(f.create("203.0.113.3").verdict, AccountVerdict::kRefused);
  f.make(1, "203.0.113.2");
  EXPECT_EQ(f.limit.addresses(), 2U);
  f.now += 1h;
  f.make(1, "203.0.113.3");
  EXPECT_EQ(f.limit.addresses(), 1U) << "the old ones are forgotten";
}

TEST(CreationLimit, PassesLoginsOn) {
  Fixture f({.per_hour = 1});
  f.make(1, "203.0.113.7");
  f.service.calls.clear();
  std::optional<AccountVerdict> verdict;
  ASSERT_TRUE(f.limit.log_in(0,
                             {.name = "Ada", .password = Secret("correct horse"), .address = "203.0.113.7"},
                             [&verdict](const AccountAnswer& answer) { verdict = answer.verdict; }));
  f.service.answer(AccountVerdict::kAccepted);
  EXPECT_EQ(verdict, AccountVerdict::kAccepted);
  EXPECT_THAT(f.service.calls, ElementsAre("log in Ada correct horse from 203.0.113.7 after 0"));
}

}  // namespace
}  // namespace wyld::account
