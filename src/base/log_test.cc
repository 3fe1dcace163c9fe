#include "base/log.h"

#include <gtest/gtest.h>

namespace wyld {
namespace {

TEST(Log, PlainValuesStayAsTheyAre) { EXPECT_EQ(log_value("203.0.113.7"), "203.0.113.7"); }

TEST(Log, ControlBytesNeverReachTheLogRaw) {
  EXPECT_EQ(log_value("a\x1b[31m\r\nb"), "a\\x1b[31m\\x0d\\x0ab");
  EXPECT_EQ(log_value("\xc2\x9b"), "\\xc2\\x9b");
}

TEST(Log, AValueCannotPretendToBeAnotherField) {
  EXPECT_EQ(log_value("x level=error"), "\"x level=error\"");
  EXPECT_EQ(log_value("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(log_value(""), "\"\"");
}

}  // namespace
}  // namespace wyld
