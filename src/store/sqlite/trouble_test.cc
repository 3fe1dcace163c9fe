#include "store/sqlite/trouble.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace wyld::store::sqlite {
namespace {

struct Expected {
  int code;
  Fault connecting;
  Fault later;
};

TEST(SqliteTrouble, EachCodeHasItsFault) {
  using enum Fault;
  for (const Expected& expected : {
           Expected{SQLITE_BUSY, kUnreachable, kUnreachable},
           {SQLITE_BUSY_RECOVERY, kUnreachable, kUnreachable},
           {SQLITE_LOCKED, kUnreachable, kUnreachable},
           {SQLITE_FULL, kUnreachable, kUnreachable},
           {SQLITE_IOERR_WRITE, kUnreachable, kUnreachable},
           {SQLITE_NOMEM, kUnreachable, kUnreachable},
           {SQLITE_READONLY, kMisconfigured, kUnreachable},
           {SQLITE_READONLY_DBMOVED, kUnreachable, kUnreachable},
           {SQLITE_CANTOPEN, kMisconfigured, kUnreachable},
           {SQLITE_PERM, kMisconfigured, kUnreachable},
           {SQLITE_NOTADB, kMisconfigured, kUnreachable},
           {SQLITE_CORRUPT, kMisconfigured, kUnreachable},
           {SQLITE_CORRUPT_INDEX, kMisconfigured, kUnreachable},
           {SQLITE_CONSTRAINT_CHECK, kRejected, kRejected},
           {SQLITE_MISMATCH, kRejected, kRejected},
           {SQLITE_TOOBIG, kRejected, kRejected},
           {SQLITE_ERROR, kMisconfigured, kMisconfigured},
           {SQLITE_INTERNAL, kUnreachable, kUnreachable},
       }) {
    EXPECT_EQ(trouble_of(expected.code, "words", "/p", true).fault, expected.connecting) << expected.code;
    EXPECT_EQ(trouble_of(expected.code, "words", "/p", false).fault, expected.later) << expected.code;
  }
}

TEST(SqliteTrouble, TheMessageHasThePathSqlitesWordsAndAdvice) {
  EXPECT_EQ(
      trouble_of(SQLITE_FULL, "database or disk is full", "/var/lib/wyldgate/gateway.db", false).message,
      "/var/lib/wyldgate/gateway.db: database or disk is full (SQLite code 13); make room on its file "
      "system");
  EXPECT_EQ(trouble_of(SQLITE_TOOBIG, "string or blob too big", "/p", false).message,
            "/p: string or blob too big");
}

}  // namespace
}  // namespace wyld::store::sqlite
