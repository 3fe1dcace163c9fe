#include "base/redact_url.h"

#include <gtest/gtest.h>

namespace wyld {
namespace {

TEST(RedactUrl, HidesThePasswordAndNothingElse) {
  EXPECT_EQ(redact_url("postgresql://alice:s3cret@db.example.org:5432/game?sslmode=require"),
            "postgresql://alice:***@db.example.org:5432/game?sslmode=require");
  EXPECT_EQ(redact_url("postgresql://alice@db/game"), "postgresql://alice@db/game");
  EXPECT_EQ(redact_url("postgresql://db:5432/game"), "postgresql://db:5432/game");
  EXPECT_EQ(redact_url("postgresql://alice:p%40ss@db"), "postgresql://alice:***@db");
  EXPECT_EQ(redact_url("sqlite:state/wyldgate.db"), "sqlite:state/wyldgate.db");
  EXPECT_EQ(redact_url(""), "");
}

TEST(RedactUrl, HidesParametersThatArePasswords) {
  EXPECT_EQ(redact_url("postgresql:///game?host=/run&password=s3cret&user=alice"),
            "postgresql:///game?host=/run&password=***&user=alice");
  EXPECT_EQ(redact_url("postgresql:///game?sslpassword=one&passfile=two"),
            "postgresql:///game?sslpassword=***&passfile=***");
  EXPECT_EQ(redact_url("postgresql:///game?p%61ssword=s3cret"), "postgresql:///game?p%61ssword=***");
}

TEST(RedactUrl, LeavesNothingOfAPasswordThatIsNotEncoded) {
  for (const std::string_view password : {"pa@ss", "pa/ss", "pa:ss", "pa?ss", "pa@ss/wo:rd", "@@@"}) {
    const std::string shown = redact_url("postgresql://alice:" + std::string(password) + "@db/game");
    EXPECT_EQ(shown, "postgresql://alice:***@db/game") << password;
  }
}

}  // namespace
}  // namespace wyld
