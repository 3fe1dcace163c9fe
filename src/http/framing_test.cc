#include "http/framing.h"

#include <gtest/gtest.h>

namespace wyld::http {
namespace {

Request with(std::vector<Header> headers, bool http_1_1 = true) {
  Request request;
  request.method = "GET";
  request.target = "/";
  request.http_1_1 = http_1_1;
  request.headers = std::move(headers);
  return request;
}

TEST(Framing, RequestsWhoseLengthIsClearAreFine) {
  EXPECT_EQ(framing_objection(with({})), "");
  EXPECT_EQ(framing_objection(with({{"Content-Length", "0"}})), "");
  EXPECT_EQ(framing_objection(with({{"content-length", "5"}})), "");
  EXPECT_EQ(framing_objection(with({{"Transfer-Encoding", "chunked"}})), "");
  EXPECT_EQ(framing_objection(with({{"Transfer-Encoding", "gzip, Chunked"}})), "");
  EXPECT_EQ(framing_objection(with({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}})), "");
}

TEST(Framing, ATransferEncodingEndsInChunkedOnce) {
  for (const std::string_view coding : {"xchunked", "gzip", "identity", "chunked, identity", "chunked, gzip",
                                        "", ",", "chunked;q=1", "\vchunked", "chunked, chunked", "chunke"}) {
    EXPECT_NE(framing_objection(with({{"Transfer-Encoding", coding}})), "") << coding;
  }
  EXPECT_NE(framing_objection(with({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}})),
            "");
  EXPECT_NE(framing_objection(with({{"Transfer-Encoding", "chunked"}}, /*http_1_1=*/false)), "");
}

TEST(Framing, ALengthIsSaidOnceAndInDigits) {
  for (const std::string_view length :
       {"+5", "-1", "0x5", "5, 5", "5 5", "", " ", "5a", "18446744073709551616", "1000000000000000000"}) {
    EXPECT_NE(framing_objection(with({{"Content-Length", length}})), "") << length;
  }
  EXPECT_EQ(framing_objection(with({{"Content-Length", "999999999999999999"}})), "");
  EXPECT_NE(framing_objection(with({{"Content-Length", "5"}, {"Content-Length", "5"}})), "");
  EXPECT_NE(framing_objection(with({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}})), "");
}

TEST(Framing, ABodyIsAnnouncedByEitherHeader) {
  EXPECT_FALSE(announces_body(with({})));
  EXPECT_FALSE(announces_body(with({{"Content-Length", "0"}})));
  EXPECT_FALSE(announces_body(with({{"Content-Length", "00"}})));
  EXPECT_TRUE(announces_body(with({{"Content-Length", "10"}})));
  EXPECT_TRUE(announces_body(with({{"Transfer-Encoding", "chunked"}})));
}

}  // namespace
}  // namespace wyld::http
