#include "codec/telnet/options/linemode.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

TEST(Linemode, OnlyForwardmaskIsAnswered) {
  std::string out;
  EXPECT_TRUE(refuse_forwardmask("\xFD\x02mask", out));
  EXPECT_EQ(out, "\xFF\xFA\x22\xFC\x02\xFF\xF0");
  out.clear();
  EXPECT_TRUE(refuse_forwardmask("\xFB\x02", out));
  EXPECT_EQ(out, "\xFF\xFA\x22\xFE\x02\xFF\xF0");
  out.clear();
  for (const char* payload : {"", "\x01", "\x01\x03", "\xFD", "\xFC\x02", "\xFD\x01", "\x03\x01\x02"}) {
    EXPECT_FALSE(refuse_forwardmask(payload, out));
  }
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace wyld::telnet
