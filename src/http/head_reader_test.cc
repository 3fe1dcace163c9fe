#include "http/head_reader.h"

#include <gtest/gtest.h>

namespace wyld::http {
namespace {

using Outcome = HeadReader::Outcome;

constexpr std::string_view kHead = "GET /a?b HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\n\r\n";

TEST(HeadReader, ReadsAHeadFromSingleBytes) {
  HeadReader reader(1024);
  EXPECT_FALSE(reader.has_more());
  for (const char& byte : kHead.substr(0, kHead.size() - 1)) {
    reader.append({&byte, 1});
    ASSERT_EQ(reader.read(), Outcome::kNeedMore);
    EXPECT_TRUE(reader.has_more()) << "a request is in progress";
  }
  reader.append("\n");
  ASSERT_EQ(reader.read(), Outcome::kHead);
  const Request& request = reader.request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a?b");
  EXPECT_TRUE(request.http_1_1);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(request.has_body);
  ASSERT_EQ(request.headers.size(), 2U);
  EXPECT_EQ(request.header("x-one"), "1");
  EXPECT_FALSE(reader.has_more());
  EXPECT_EQ(reader.read(), Outcome::kNeedMore);
}

TEST(HeadReader, ReadsOneHeadAtATime) {
  HeadReader reader(1024);
  reader.append(std::string(kHead) + "HEAD /second HTTP/1.0\r\n\r\nrest");
  ASSERT_EQ(reader.read(), Outcome::kHead);
  EXPECT_TRUE(reader.has_more());
  ASSERT_EQ(reader.read(), Outcome::kHead);
  EXPECT_EQ(reader.request().method, "HEAD");
  EXPECT_FALSE(reader.request().http_1_1);
  EXPECT_TRUE(reader.request().headers.empty()) << "nothing is left of the first one";
  EXPECT_EQ(reader.take_rest(), "rest");
  EXPECT_FALSE(reader.has_more());
}

TEST(HeadReader, WhatFollowsAHeadIsKeptAsItCame) {
  HeadReader reader(1024);
  reader.append(kHead);
  ASSERT_EQ(reader.read(), Outcome::kHead);
  reader.append("\x81\x80");
  reader.append("1234");
  EXPECT_EQ(reader.request().target, "/a?b") << "the request outlives what is appended";
  EXPECT_EQ(reader.take_rest(),
            "\x81\x80"
            "1234");
}

TEST(HeadReader, TheBoundHoldsFromBothSides) {
  const auto head = [](std::size_t bytes) {
    const std::string start = "GET / HTTP/1.1\r\nX: ";
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  const auto outcome = [](std::string_view bytes) {
    HeadReader reader(1024);
    reader.append(bytes);
    return reader.read();
  };
  EXPECT_EQ(outcome(head(1024)), Outcome::kHead);
  EXPECT_EQ(outcome(head(1025)), Outcome::kTooLong);
  EXPECT_EQ(outcome(head(100'000)), Outcome::kTooLong);
  EXPECT_EQ(outcome(std::string(100'000, 'x')), Outcome::kTooLong) << "no end of a line in sight";
  HeadReader second(1024);
  second.append(head(1024) + head(1024));
  EXPECT_EQ(second.read(), Outcome::kHead);
  EXPECT_EQ(second.read(), Outcome::kHead) << "each head has the bound for itself";
}

TEST(HeadReader, SaysWhatIsNotHttp) {
  for (const std::string_view junk :
       {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nBad Header\r\n\r\n"}) {
    HeadReader reader(1024);
    reader.append(junk);
    EXPECT_EQ(reader.read(), Outcome::kMalformed) << junk;
  }
}

TEST(HeadReader, NeverReadsABody) {
  HeadReader reader(1024);
  reader.append("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_EQ(reader.read(), Outcome::kHead);
  EXPECT_TRUE(reader.request().has_body);
  EXPECT_EQ(reader.take_rest(), "body");
}

}  // namespace
}  // namespace wyld::http
