#include "store/row_parts.h"

#include <gtest/gtest.h>

#include "store/contract/rows_fixture.h"

namespace wyld::store {
namespace {

using contract::commands;
using contract::described;
using contract::scrollback;
using contract::session_id;
using contract::session_row;
using contract::with_parts;

// As a database gives it back.
void read_back(PartsReader& reader, const session::SessionRow& row) {
  for (const session::QueuedCommand& command :
       row.commands != nullptr ? *row.commands : std::vector<session::QueuedCommand>{})
    reader.add(row.session.id, command);
  if (row.scrollback == nullptr) return;
  for (const ScrollbackLine& line : lines_of(*row.scrollback)) EXPECT_TRUE(reader.add(row.session.id, line));
}

TEST(RowParts, AWriteKeepsWhatItLeavesAlone) {
  const session::SessionRow earlier = with_parts(session_row(1), commands({"a"}), scrollback({"one"}));
  session::SessionRow row = session_row(1);
  keep_parts(row, earlier);
  EXPECT_EQ(row.commands, earlier.commands);
  EXPECT_EQ(row.scrollback, earlier.scrollback);
  const session::CommandsPtr none = commands({});
  row = with_parts(session_row(1), none, nullptr);
  keep_parts(row, earlier);
  EXPECT_EQ(row.commands, none);
  EXPECT_EQ(row.scrollback, earlier.scrollback);
}

TEST(RowParts, ClearedPartsAreEmptyAndDroppedWhenTheyAreRead) {
  session::SessionRow row = session_row(1);
  clear_parts(row);
  EXPECT_TRUE(row.commands->empty());
  EXPECT_TRUE(is_empty(*row.scrollback));
  drop_empty_parts(row);
  EXPECT_EQ(row.commands, nullptr);
  EXPECT_EQ(row.scrollback, nullptr);
  row = with_parts(session_row(1), commands({""}), scrollback({}));
  const session::SessionRow before = row;
  clear_parts(row);
  drop_empty_parts(row);
  EXPECT_EQ(row.commands, before.commands);
  EXPECT_EQ(row.scrollback, before.scrollback);
}

TEST(RowParts, BytesGrowWithTheirText) {
  EXPECT_EQ(bytes_of(session::CommandsPtr{}), 0U);
  EXPECT_EQ(bytes_of(session::ScrollbackPtr{}), 0U);
  EXPECT_GE(bytes_of(commands({std::string(1'000, 'x'), "look"})), 1'004U);
  EXPECT_GE(bytes_of(scrollback({std::string(1'000, 'x'), "look"})), 1'004U);
}

TEST(RowParts, ComeBackAsTheyWere) {
  const contract::Rows written = contract::difficult_rows();
  contract::Rows read = written;
  for (session::SessionRow& row : read) row.commands = nullptr, row.scrollback = nullptr;
  PartsReader reader(read);
  for (const session::SessionRow& row : written) read_back(reader, row);
  EXPECT_EQ(described(read), described(written));
  EXPECT_TRUE(lines_of({}).empty());
}

TEST(RowParts, OfSessionsThatAreNotHereArePassedOver) {
  contract::Rows rows{session_row(2)};
  PartsReader reader(rows);
  for (std::uint64_t number = 1; number <= 3; ++number)
    read_back(reader, with_parts(session_row(number), commands({"a", "b"}), scrollback({"one"})));
  EXPECT_EQ(described(rows),
            described({with_parts(session_row(2), commands({"a", "b"}), scrollback({"one"}))}));
  contract::Rows nobody;
  PartsReader nothing(nobody);
  read_back(nothing, with_parts(session_row(1), commands({"a"}), scrollback({"one"})));
}

TEST(RowParts, ScrollbackThatSomebodyDeletedFromIsNotTakenForWhole) {
  contract::Rows rows{session_row(1), session_row(2)};
  PartsReader reader(rows);
  EXPECT_TRUE(reader.add(session_id(1), {.epoch = 1, .kind = "text", .position = 5, .text = "no end"}));
  EXPECT_TRUE(reader.add(session_id(2), {.epoch = 1, .kind = "end", .position = 9}));
  EXPECT_EQ(rows[0].scrollback, nullptr);
  EXPECT_EQ(*rows[1].scrollback, (session::Scrollback{.epoch = 1, .complete = true, .end = 9}));
  for (const char* const kind : {"", "texts", "End"})
    EXPECT_FALSE(reader.add(session_id(2), {.epoch = 1, .kind = kind})) << kind;
}

}  // namespace
}  // namespace wyld::store
