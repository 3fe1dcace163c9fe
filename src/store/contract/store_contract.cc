#include "store/contract/store_contract.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

namespace wyld::store::contract {
namespace {

using session::State;
using End = StoreUnderTest::End;

// Makes one call with a `done` and waits for it.
template <typename Call>
Status answer_to(Call&& call) {
  std::promise<Status> told;
  std::future<Status> answer = told.get_future();
  call([&told](Status status) { told.set_value(status); });
  if (answer.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
    ADD_FAILURE() << "`done` did not run";
    std::abort();  // it may still run, and refers to what would be gone
  }
  return answer.get();
}

session::SessionRow with_note(session::SessionRow row, std::string note) {
  row.details = details("", {{"note", std::move(note)}});
  return row;
}

}  // namespace

Status StoreContract::create(const session::SessionRow& row) {
  return answer_to([&](session::SessionStore::Done done) {
    EXPECT_TRUE(sessions().create(row, std::move(done)).has_value());
  });
}

Status StoreContract::update(const session::SessionRow& row) {
  return answer_to([&](session::SessionStore::Done done) { sessions().update(row, std::move(done)); });
}

Status StoreContract::remove(std::span<const SessionId> ids) {
  return answer_to([&](session::SessionStore::Done done) { sessions().remove(ids, std::move(done)); });
}

std::vector<std::string> StoreContract::stored() {
  const Result<Rows> rows = sessions().load();
  if (!rows) {
    ADD_FAILURE() << rows.error().message();
    return {};
  }
  return described(*rows);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DurableStoreContract);

TEST_P(StoreContract, IsEmptyAndWellAtFirst) {
  EXPECT_TRUE(stored().empty());
  const session::StoreHealth health = sessions().health();
  EXPECT_TRUE(health.reachable);
  EXPECT_EQ(health.trouble, "");
  EXPECT_EQ(health.backlog_rows, 0U);
  EXPECT_EQ(health.backlog_bytes, 0U);
}

TEST_P(StoreContract, KeepsWhatWasCreatedUntilItIsRemoved) {
  const session::SessionRow one = session_row(1);
  const session::SessionRow two = session_row(2);
  EXPECT_TRUE(create(one));
  EXPECT_TRUE(create(two));
  EXPECT_EQ(stored(), described({one, two}));
  EXPECT_TRUE(remove(std::array{one.session.id}));
  EXPECT_EQ(stored(), described({two}));
}

TEST_P(StoreContract, RowsComeBackWhole) {
  const Rows rows = difficult_rows();
  for (const session::SessionRow& row : rows) EXPECT_TRUE(create(row)) << describe_row(row);
  EXPECT_EQ(stored(), described(rows));
}

TEST_P(StoreContract, AnUpdateReplacesTheWholeRow) {
  for (const session::SessionRow& changed : difficult_rows()) {
    session::SessionRow before = with_note(session_row(77, State::kConnecting), "before");
    before.session.id = changed.session.id;
    EXPECT_TRUE(create(before));
    EXPECT_TRUE(update(changed));
  }
  EXPECT_EQ(stored(), described(difficult_rows()));
}

TEST_P(StoreContract, WritingTwiceChangesNothing) {
  const session::SessionRow row = with_note(session_row(1), "x");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(create(row));
    EXPECT_TRUE(update(row));
  }
  EXPECT_EQ(stored(), described({row}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(remove(std::array{row.session.id}));
  EXPECT_TRUE(stored().empty());
}

TEST_P(StoreContract, IdsThatAreNotStoredMayBeRemoved) {
  const session::SessionRow one = session_row(1);
  EXPECT_TRUE(create(one));
  EXPECT_TRUE(remove(std::array{session_id(8), session_id(9)}));
  EXPECT_TRUE(remove({}));
  EXPECT_EQ(stored(), described({one}));
}

TEST_P(StoreContract, ALoadSeesEveryCallBeforeIt) {
  EXPECT_TRUE(sessions().create(session_row(1), {}));
  EXPECT_TRUE(sessions().create(session_row(2), {}));
  sessions().update(session_row(1, State::kEditing));
  sessions().remove(std::array{session_id(2)});
  EXPECT_EQ(stored(), described({session_row(1, State::kEditing)}));
}

TEST_P(StoreContract, CallsForOneSessionTakeEffectInOrder) {
  Rows expected;
  for (std::uint64_t number = 0; number < 20; ++number) {
    for (int round = 0; round < 5; ++round) {
      EXPECT_TRUE(sessions().create(with_note(session_row(number), "created"), {}));
      sessions().update(with_note(session_row(number), "round " + std::to_string(round)));
      if (round < 4 || number % 2 == 0) sessions().remove(std::array{session_id(number)});
    }
    if (number % 2 == 1) expected.push_back(with_note(session_row(number), "round 4"));
  }
  EXPECT_EQ(stored(), described(expected));
}

TEST_P(StoreContract, OfManyUpdatesTheLastStandsAndAllAreAnswered) {
  constexpr int kUpdates = 1'000;
  std::latch answered(kUpdates + 10);
  std::atomic<int> failures = 0;
  const auto done = [&](const Status& status) {
    if (!status) ++failures;
    answered.count_down();
  };
  Rows expected;
  for (std::uint64_t number = 0; number < 10; ++number) {
    EXPECT_TRUE(sessions().create(session_row(number), done));
    expected.push_back(
        with_note(session_row(number), std::to_string(kUpdates - 10 + static_cast<int>(number))));
  }
  for (int i = 0; i < kUpdates; ++i)
    sessions().update(with_note(session_row(static_cast<std::uint64_t>(i % 10)), std::to_string(i)), done);
  answered.wait();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(stored(), described(expected));
}

TEST_P(StoreContract, TenThousandRowsComeAndGo) {
  constexpr std::uint64_t kRows = 10'000;
  std::latch answered(kRows);
  Rows all;
  all.reserve(kRows);
  for (std::uint64_t number = 0; number < kRows; ++number) {
    all.push_back(session_row(number));
    EXPECT_TRUE(sessions().create(all.back(), [&answered](const Status& status) {
      EXPECT_TRUE(status);
      answered.count_down();
    }));
  }
  answered.wait();
  EXPECT_EQ(stored(), described(all));
  std::vector<SessionId> first;
  for (std::uint64_t number = 0; number < kRows / 2; ++number) first.push_back(session_id(number));
  EXPECT_TRUE(remove(first));
  all.erase(all.begin(), all.begin() + kRows / 2);
  EXPECT_EQ(stored(), described(all));
}

TEST_P(StoreContract, FourThreadsMayCallAtOnce) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kSessions = 500;
  std::latch answered(kThreads * (2 * kSessions + kSessions / 2));
  std::atomic<int> failures = 0;
  const auto done = [&](const Status& status) {
    if (!status) ++failures;
    answered.count_down();
  };
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (std::uint64_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < kSessions; ++i) {
        const std::uint64_t number = i * kThreads + thread;
        if (!sessions().create(session_row(number), done)) ++failures;
        sessions().update(with_note(session_row(number), "updated"), done);
        if (i % 2 == 0) sessions().remove(std::array{session_id(number)}, done);
      }
    });
  threads.clear();
  answered.wait();
  EXPECT_EQ(failures, 0);
  Rows expected;
  for (std::uint64_t number = 0; number < kThreads * kSessions; ++number)
    if (number / kThreads % 2 == 1) expected.push_back(with_note(session_row(number), "updated"));
  EXPECT_EQ(stored(), described(expected));
}

TEST_P(StoreContract, TextThatCannotBeKeptIsRefusedAndHoldsUpNoOtherRow) {
  const Rows good{session_row(1), session_row(3), session_row(5)};
  Rows expected = good;
  Rows doubtful{session_row(2), session_row(4), session_row(6)};
  doubtful[0].details = details("", {{"note", "caf\xe9"}});
  doubtful[1].details = details(std::string("a\0b", 3));
  doubtful[2].session.address = std::string("\xff\0x", 3);
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_TRUE(sessions().create(good[i], [](const Status& status) { EXPECT_TRUE(status); }));
    const Status status = create(doubtful[i]);
    if (status)
      expected.push_back(doubtful[i]);  // then it is kept as it is
    else
      EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(stored(), described(expected));
}

TEST_P(StoreContract, AccountsAreFoundWithoutRegardToAsciiCase) {
  const session::Account ada = account("Ada_Lovelace");
  EXPECT_EQ(accounts().find("ada_lovelace").value(), std::nullopt);
  EXPECT_TRUE(accounts().add(ada));
  for (const char* const name : {"Ada_Lovelace", "ada_lovelace", "ADA_LOVELACE"})
    EXPECT_EQ(accounts().find(name).value(), ada);
  EXPECT_EQ(accounts().find("Ada").value(), std::nullopt);
  EXPECT_EQ(accounts().find("").value(), std::nullopt);
}

TEST_P(StoreContract, ANameIsGivenOnce) {
  EXPECT_TRUE(accounts().add(account("Ada", "first")));
  for (const char* const name : {"Ada", "aDA"}) {
    const Status again = accounts().add(account(name, "second"));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  }
  EXPECT_EQ(accounts().find("ada").value(), account("Ada", "first"));
}

TEST_P(StoreContract, OfFourWhoWantANameOneGetsIt) {
  std::atomic<int> added = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int name = 0; name < 20; ++name)
          if (accounts().add(account("name" + std::to_string(name), "hash " + std::to_string(thread))))
            ++added;
      });
  }
  EXPECT_EQ(added, 20);
}

TEST_P(StoreContract, APasswordHashIsReplaced) {
  session::Account ada = account("Ada", "old");
  EXPECT_TRUE(accounts().add(ada));
  EXPECT_TRUE(accounts().set_password_hash("ADA", "new"));
  ada.password_hash = "new";
  EXPECT_EQ(accounts().find("Ada").value(), ada);
  const Status unknown = accounts().set_password_hash("Grace", "new");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, FailedLoginsAreCountedByKey) {
  using session::LoginFailures;
  EXPECT_EQ(accounts().failures("account/ada").value(), LoginFailures{});
  EXPECT_EQ(accounts().add_failure("account/ada", at_second(1, 7), at_second(-60)).value(),
            (LoginFailures{1, at_second(1, 7)}));
  EXPECT_EQ(accounts().add_failure("account/ada", at_second(2), at_second(-60)).value(),
            (LoginFailures{2, at_second(2)}));
  EXPECT_EQ(accounts().add_failure("address/203.0.113.7", at_second(3), at_second(-60)).value(),
            (LoginFailures{1, at_second(3)}));
  EXPECT_EQ(accounts().failures("account/ada").value(), (LoginFailures{2, at_second(2)}));
}

TEST_P(StoreContract, OldFailuresOfOthersAreDroppedWithANewOne) {
  using session::LoginFailures;
  EXPECT_TRUE(accounts().add_failure("old", at_second(10), at_second(0)));
  EXPECT_TRUE(accounts().add_failure("recent", at_second(30), at_second(0)));
  EXPECT_TRUE(accounts().add_failure("new", at_second(40), at_second(20)));
  EXPECT_EQ(accounts().failures("old").value(), LoginFailures{});
  EXPECT_EQ(accounts().failures("recent").value(), (LoginFailures{1, at_second(30)}));
}

TEST_P(StoreContract, AnOldFailureIsForgotten) {
  using session::LoginFailures;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(accounts().add_failure("k", at_second(10), at_second(0)));
  EXPECT_EQ(accounts().add_failure("k", at_second(20), at_second(10)).value(),
            (LoginFailures{4, at_second(20)}));
  EXPECT_EQ(accounts().add_failure("k", at_second(99), at_second(20, 1)).value(),
            (LoginFailures{1, at_second(99)}));
}

TEST_P(StoreContract, FailuresAreCleared) {
  for (const char* const key : {"one", "two"})
    EXPECT_TRUE(accounts().add_failure(key, at_second(1), at_second(0)));
  EXPECT_TRUE(accounts().clear_failures("one"));
  EXPECT_TRUE(accounts().clear_failures("never counted"));
  EXPECT_EQ(accounts().failures("one").value().count, 0U);
  EXPECT_EQ(accounts().failures("two").value().count, 1U);
}

TEST_P(StoreContract, FailuresOfFourThreadsAreAllCounted) {
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(accounts().add_failure("k", at_second(i), at_second(-1)));
      });
  }
  EXPECT_EQ(accounts().failures("k").value().count, 100U);
}

TEST_P(DurableStoreContract, AcknowledgedSessionsComeBackDisconnectedAndWhole) {
  for (const End end : {End::kClean, End::kSudden}) {
    Rows rows = difficult_rows();
    for (const session::SessionRow& row : rows) EXPECT_TRUE(create(row));
    const auto before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    Rows found = store_->restart(end);
    std::erase_if(rows, [](const auto& row) { return row.session.state == State::kClosed; });
    ASSERT_EQ(found.size(), rows.size());
    std::ranges::sort(found, {}, [](const auto& row) { return row.session.id; });
    std::ranges::sort(rows, {}, [](const auto& row) { return row.session.id; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (session::is_live(rows[i].session.state)) {
        // Held from now on.
        EXPECT_GE(found[i].session.last_activity, before);
        rows[i].session.last_activity = found[i].session.last_activity;
      }
      rows[i].session.state = State::kDisconnected;
    }
    EXPECT_EQ(described(found), described(rows));
    EXPECT_EQ(stored(), described(rows));
  }
}

TEST_P(DurableStoreContract, SessionsThatCameBackAreResumedAndRemoved) {
  EXPECT_TRUE(create(session_row(1)));
  EXPECT_TRUE(create(session_row(2)));
  EXPECT_EQ(store_->restart(End::kSudden).size(), 2U);
  EXPECT_TRUE(update(session_row(1, State::kEditing)));
  EXPECT_TRUE(remove(std::array{session_id(2)}));
  EXPECT_EQ(stored(), described({session_row(1, State::kEditing)}));
  EXPECT_EQ(store_->restart(End::kSudden).size(), 1U);
}

TEST_P(DurableStoreContract, ACleanEndWritesWhatWasTaken) {
  for (std::uint64_t number = 0; number < 1'000; ++number)
    EXPECT_TRUE(sessions().create(session_row(number), {}));
  EXPECT_EQ(store_->restart(End::kClean).size(), 1'000U);
}

TEST_P(DurableStoreContract, WhatWasAcknowledgedSurvivesASuddenEnd) {
  std::mutex mutex;
  std::vector<SessionId> acknowledged;
  std::latch some_written(100);
  for (std::uint64_t number = 0; number < 5'000; ++number) {
    EXPECT_TRUE(sessions().create(session_row(number), [&, number](const Status& status) {
      const std::lock_guard lock(mutex);
      if (status) acknowledged.push_back(session_id(number));
      if (number < 100) some_written.count_down();
    }));
    if (number == 1'000) some_written.wait();
  }
  const Rows found = store_->restart(End::kSudden);
  std::vector<SessionId> ids;
  for (const session::SessionRow& row : found) ids.push_back(row.session.id);
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
  EXPECT_GE(acknowledged.size(), 100U);
  for (const SessionId& id : acknowledged) EXPECT_TRUE(std::ranges::binary_search(ids, id)) << id.text();
}

TEST_P(DurableStoreContract, AccountsAndFailuresSurvive) {
  const session::Account ada = account("Ada");
  EXPECT_TRUE(accounts().add(ada));
  EXPECT_TRUE(accounts().add_failure("account/ada", at_second(1), at_second(0)));
  EXPECT_TRUE(accounts().add_failure("account/ada", at_second(2, 3), at_second(0)));
  for (const End end : {End::kSudden, End::kClean}) {
    store_->restart(end);
    EXPECT_EQ(accounts().find("ada").value(), ada);
    EXPECT_EQ(accounts().failures("account/ada").value(), (session::LoginFailures{2, at_second(2, 3)}));
  }
}

}  // namespace wyld::store::contract
