// What session_store.h promises of commands and scrollback, and of the keys by which a player comes back.

#include <algorithm>
#include <array>
#include <atomic>
#include <latch>
#include <map>
#include <random>

#include "store/contract/store_contract.h"

namespace wyld::store::contract {
namespace {

using session::State;
using End = StoreUnderTest::End;

// What stands after `row` is written where `stored` was.
session::SessionRow written_over(const session::SessionRow& stored, session::SessionRow row) {
  if (row.commands == nullptr) row.commands = stored.commands;
  if (row.commands != nullptr && row.commands->empty()) row.commands = nullptr;
  if (row.scrollback == nullptr) row.scrollback = stored.scrollback;
  if (row.scrollback != nullptr && row.scrollback->pieces.empty() && !row.scrollback->complete)
    row.scrollback = nullptr;
  return row;
}

session::ScrollbackPtr no_scrollback() { return scrollback({}, false); }

}  // namespace

TEST_P(StoreContract, KeysOfASessionComeBackAndGo) {
  EXPECT_TRUE(create(with_keys(session_row(1), keys(1))));
  EXPECT_TRUE(create(with_keys(session_row(2), keys(2))));
  EXPECT_EQ(stored(), described({with_keys(session_row(1), keys(1)), with_keys(session_row(2), keys(2))}));
  session::ResumeKeys rotated = keys(1);
  rotated.previous = rotated.current;
  rotated.current = keys(9).current;
  rotated.code = {};
  EXPECT_TRUE(update(with_keys(session_row(1), rotated)));
  EXPECT_TRUE(update(session_row(2)));
  EXPECT_EQ(stored(), described({with_keys(session_row(1), rotated), session_row(2)}));
  EXPECT_TRUE(update(with_keys(session_row(1), {})));
  EXPECT_EQ(stored(), described({session_row(1), session_row(2)}));
}

TEST_P(StoreContract, WhatAWriteLeavesAloneStays) {
  const session::CommandsPtr lines = difficult_commands();
  const session::ScrollbackPtr said = difficult_scrollback();
  EXPECT_TRUE(create(with_parts(session_row(1), lines, said)));
  EXPECT_TRUE(update(session_row(1, State::kDisconnected)));
  EXPECT_EQ(stored(), described({with_parts(session_row(1, State::kDisconnected), lines, said)}));
  EXPECT_TRUE(update(with_parts(session_row(1), commands({"north"}), nullptr)));
  EXPECT_EQ(stored(), described({with_parts(session_row(1), commands({"north"}), said)}));
  EXPECT_TRUE(update(with_parts(session_row(1), nullptr, scrollback({"A hall.\n"}))));
  EXPECT_EQ(stored(),
            described({with_parts(session_row(1), commands({"north"}), scrollback({"A hall.\n"}))}));
}

TEST_P(StoreContract, PartsAreReplacedWhole) {
  const Rows versions{
      with_parts(session_row(1), commands({"a", "b", "c"}), scrollback({"one", "two", "three"})),
      with_parts(session_row(1), commands({"b", "c"}, 2), scrollback({"two"}, false)),
      with_parts(session_row(1), commands({"B", "c", "d"}, 2), scrollback({"four", "five"}, true, 2)),
      with_parts(session_row(1), commands({"x"}), scrollback({})),
      with_parts(session_row(1), difficult_commands(), difficult_scrollback())};
  EXPECT_TRUE(create(session_row(1)));
  for (const session::SessionRow& from : versions)
    for (const session::SessionRow& to : versions) {
      EXPECT_TRUE(update(from));
      EXPECT_TRUE(update(to));
      EXPECT_EQ(stored(), described({to}));
    }
}

TEST_P(StoreContract, EmptyPartsGo) {
  EXPECT_TRUE(create(with_parts(session_row(1), commands({"north"}), scrollback({"A hall.\n"}))));
  EXPECT_TRUE(create(with_parts(session_row(2), commands({}), no_scrollback())));
  EXPECT_TRUE(update(with_parts(session_row(1), commands({}), nullptr)));
  EXPECT_EQ(stored(),
            described({with_parts(session_row(1), nullptr, scrollback({"A hall.\n"})), session_row(2)}));
  EXPECT_TRUE(update(with_parts(session_row(1), nullptr, scrollback({}))));
  EXPECT_EQ(stored(), described({with_parts(session_row(1), nullptr, scrollback({})), session_row(2)}));
  EXPECT_TRUE(update(with_parts(session_row(1), commands({}), no_scrollback())));
  EXPECT_EQ(stored(), described({session_row(1), session_row(2)}));
}

TEST_P(StoreContract, PartsGoWithTheirSession) {
  const session::SessionRow row = with_parts(session_row(1), commands({"north"}), scrollback({"A hall.\n"}));
  const session::SessionRow other = with_parts(session_row(2), commands({"south"}), scrollback({}));
  EXPECT_TRUE(create(other));
  EXPECT_TRUE(create(row));
  EXPECT_TRUE(remove(std::array{row.session.id}));
  EXPECT_EQ(stored(), described({other}));
  EXPECT_TRUE(create(session_row(1)));
  EXPECT_EQ(stored(), described({session_row(1), other}));
  // Nobody waits in between.
  sessions().update(row);
  sessions().remove(std::array{row.session.id});
  EXPECT_TRUE(sessions().create(session_row(1), {}));
  EXPECT_EQ(stored(), described({session_row(1), other}));
}

TEST_P(StoreContract, ManyWritesAtOnceStandAsIfEachHadBeenAlone) {
  constexpr std::uint32_t kSeed = 2'611;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const auto one_of = [&random](std::uint32_t count) { return random() % count; };
  constexpr int kWrites = 3'000;
  std::latch answered(kWrites);
  std::atomic<int> failures = 0;
  const auto done = [&](const Status& status) {
    if (!status) ++failures;
    answered.count_down();
  };
  std::map<SessionId, session::SessionRow> expected;
  for (int i = 0; i < kWrites; ++i) {
    const std::uint64_t number = one_of(12);
    if (one_of(10) == 0) {
      expected.erase(session_id(number));
      sessions().remove(std::array{session_id(number)}, done);
      continue;
    }
    session::SessionRow row = session_row(number, one_of(2) == 0 ? State::kPlaying : State::kEditing);
    const std::string text = std::to_string(i);
    const std::array<session::CommandsPtr, 4> lines{nullptr, nullptr, commands({}), commands({text, text})};
    const std::array<session::ScrollbackPtr, 5> said{nullptr, nullptr, no_scrollback(), scrollback({}),
                                                     scrollback({text, text}, one_of(2) == 0)};
    row = with_parts(std::move(row), lines.at(one_of(4)), said.at(one_of(5)));
    session::SessionRow& there = expected[row.session.id];
    there = written_over(there, row);
    EXPECT_TRUE(sessions().create(std::move(row), done));
  }
  answered.wait();
  EXPECT_EQ(failures, 0);
  Rows rows;
  for (const auto& [id, row] : expected) rows.push_back(row);
  EXPECT_EQ(stored(), described(rows));
  EXPECT_EQ(sessions().health().backlog_bytes, 0U);
}

TEST_P(StoreContract, ALineThatCannotBeKeptIsRefusedAndHoldsUpNoOtherRow) {
  Rows expected{with_parts(session_row(1), commands({"north"}), nullptr)};
  EXPECT_TRUE(create(expected.front()));
  for (const std::string& line : {std::string("caf\xe9"), std::string("a\0b", 3)}) {
    const session::SessionRow doubtful = with_parts(session_row(2), commands({"look", line}), nullptr);
    sessions().update(session_row(1, State::kEditing));
    const Status status = create(doubtful);
    if (status)
      EXPECT_TRUE(remove(std::array{session_id(2)}));  // then it is kept as it is
    else
      EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  expected.front().session.state = State::kEditing;
  EXPECT_EQ(stored(), described(expected));
}

TEST_P(DurableStoreContract, PartsOfThousandsOfSessionsSurvive) {
  constexpr std::uint64_t kSessions = 3'000;
  for (const End end : {End::kSudden, End::kClean}) {
    Rows rows;
    std::latch answered(kSessions);
    for (std::uint64_t number = 0; number < kSessions; ++number) {
      session::SessionRow row =
          with_keys(session_row(number, State::kDisconnected), keys(static_cast<std::uint8_t>(number)));
      const std::string text = std::to_string(number);
      if (number % 2 == 0) row.commands = commands({"say " + text, "look"}, number);
      if (number % 3 == 0) row.scrollback = scrollback({text, "\n", text}, number % 2 == 0, number);
      rows.push_back(row);
      EXPECT_TRUE(sessions().create(std::move(row), [&answered](const Status& status) {
        EXPECT_TRUE(status);
        answered.count_down();
      }));
    }
    answered.wait();
    EXPECT_EQ(described(store_->restart(end)), described(rows));
    // They are resumed, and are at rest again.
    for (session::SessionRow& row : rows) {
      row.session.state = State::kPlaying;
      row = with_parts(std::move(row), commands({}), no_scrollback());
      sessions().update(row);
      row = with_parts(std::move(row), nullptr, nullptr);
    }
    EXPECT_EQ(stored(), described(rows));
  }
}

}  // namespace wyld::store::contract
