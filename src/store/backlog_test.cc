#include "store/backlog.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/contract/rows_fixture.h"

namespace wyld::store {
namespace {

using contract::commands;
using contract::scrollback;
using contract::session_id;
using contract::session_row;
using contract::with_parts;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Change change(session::SessionRow row) {
  const SessionId id = row.session.id;
  return {.id = id, .row = std::move(row), .done = {}};
}
Change removal(std::uint64_t number) { return {.id = session_id(number), .row = {}, .done = {}}; }

std::deque<Change> taken_from(Backlog& backlog, std::size_t rows_max = kAll, std::size_t bytes_max = kAll) {
  std::deque<Change> taken;
  backlog.take(rows_max, bytes_max, taken);
  return taken;
}

TEST(Backlog, ALaterWriteTakesOverWhatItLeavesAlone) {
  Backlog backlog;
  EXPECT_EQ(backlog.add(change(with_parts(session_row(1), commands({"a"}), nullptr))), std::nullopt);
  EXPECT_TRUE(backlog.add(change(with_parts(session_row(1), nullptr, scrollback({"one"})))));
  EXPECT_TRUE(backlog.add(change(session_row(1, session::State::kEditing))));
  const std::deque<Change> taken = taken_from(backlog);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(contract::describe_row(*taken.front().row),
            contract::describe_row(
                with_parts(session_row(1, session::State::kEditing), commands({"a"}), scrollback({"one"}))));
}

TEST(Backlog, AWriteThatEmptiesAPartStillDoesWhenALaterOneLeavesItAlone) {
  Backlog backlog;
  backlog.add(change(with_parts(session_row(1), commands({}), nullptr)));
  backlog.add(change(session_row(1)));
  const std::deque<Change> taken = taken_from(backlog);
  ASSERT_NE(taken.front().row->commands, nullptr);
  EXPECT_TRUE(taken.front().row->commands->empty());
  EXPECT_EQ(taken.front().row->scrollback, nullptr);
}

TEST(Backlog, AWriteThatTakesThePlaceOfARemovalEmptiesWhatItLeavesAlone) {
  Backlog backlog;
  backlog.add(change(with_parts(session_row(1), commands({"a"}), scrollback({"one"}))));
  EXPECT_TRUE(backlog.add(removal(1)));
  EXPECT_TRUE(backlog.add(change(with_parts(session_row(1), nullptr, scrollback({"two"})))));
  EXPECT_TRUE(backlog.add(change(session_row(1))));
  const std::deque<Change> taken = taken_from(backlog);
  ASSERT_NE(taken.front().row->commands, nullptr);
  EXPECT_TRUE(taken.front().row->commands->empty());
  EXPECT_EQ(*taken.front().row->scrollback, *scrollback({"two"}));
}

TEST(Backlog, BytesThatWereCountedAreAccountedFor) {
  Backlog backlog;
  std::size_t counted = 0;
  const auto add = [&](Change one) {
    counted += one.bytes();
    if (const auto saved = backlog.add(std::move(one))) counted -= *saved;
  };
  const std::string text(1'000, 'x');
  add(change(session_row(1)));
  const std::size_t alone = counted;
  add(change(with_parts(session_row(1), commands({text}), nullptr)));
  add(change(with_parts(session_row(1), nullptr, scrollback({text, text}))));
  EXPECT_GE(counted, alone + 3'000);
  add(change(with_parts(session_row(1), commands({}), nullptr)));
  EXPECT_LT(counted, alone + 3'000);
  add(removal(1));
  add(change(session_row(1)));
  EXPECT_EQ(counted, alone);
  add(removal(1));
  const std::deque<Change> taken = taken_from(backlog);
  EXPECT_EQ(counted, taken.front().bytes());
}

TEST(Backlog, OnlySoManyRowsAndBytesAreTakenButAlwaysOne) {
  Backlog backlog;
  for (std::uint64_t number = 0; number < 10; ++number)
    backlog.add(change(with_parts(session_row(number), nullptr, scrollback({std::string(1'000, 'x')}))));
  EXPECT_EQ(taken_from(backlog, 3).size(), 3U);
  EXPECT_EQ(taken_from(backlog, kAll, 1).size(), 1U);
  const std::deque<Change> some = taken_from(backlog, kAll, 4'000);
  EXPECT_GE(some.size(), 2U);
  EXPECT_LE(some.size(), 3U);
  EXPECT_EQ(some.front().id, session_id(4));
  const std::size_t left = 6 - some.size();
  EXPECT_EQ(taken_from(backlog).size(), left);
  EXPECT_TRUE(taken_from(backlog).empty());
}

}  // namespace
}  // namespace wyld::store
