#include "http/encoding.h"

#include <gtest/gtest.h>

#include <optional>

namespace wyld::http {
namespace {

Encoding chosen(std::optional<std::string_view> accept, bool gzip = true, bool brotli = true) {
  Request request;
  if (accept) request.headers = {{"Accept-Encoding", *accept}};
  return choose_encoding(request, gzip, brotli);
}

TEST(ContentEncoding, BrowsersGetTheSmallestForm) {
  EXPECT_EQ(chosen("gzip, deflate, br, zstd"), Encoding::kBrotli);
  EXPECT_EQ(chosen("gzip, deflate"), Encoding::kGzip) << "browsers take brotli over HTTPS only";
  EXPECT_EQ(chosen("GZIP"), Encoding::kGzip);
  EXPECT_EQ(chosen("x-gzip"), Encoding::kGzip);
  EXPECT_EQ(chosen("*"), Encoding::kBrotli);
  EXPECT_EQ(chosen("br", true, false), Encoding::kIdentity);
  EXPECT_EQ(chosen("gzip, br", true, false), Encoding::kGzip);
  EXPECT_EQ(chosen("gzip, br", false, false), Encoding::kIdentity);
}

TEST(ContentEncoding, AClientThatAsksForNothingGetsThePlainForm) {
  for (const std::string_view accept : {"", "identity", "deflate", "zstd", "gzip2", ","}) {
    EXPECT_EQ(chosen(accept), Encoding::kIdentity) << accept;
  }
  EXPECT_EQ(chosen(std::nullopt), Encoding::kIdentity);
}

TEST(ContentEncoding, WeightsAreHeeded) {
  EXPECT_EQ(chosen("br;q=0.5, gzip;q=0.8"), Encoding::kGzip);
  EXPECT_EQ(chosen("br;q=0.5,gzip;q=0.5"), Encoding::kBrotli);
  EXPECT_EQ(chosen("br;q=0, gzip"), Encoding::kGzip);
  EXPECT_EQ(chosen("br ; Q=0.001"), Encoding::kBrotli);
  EXPECT_EQ(chosen("br;q=0, *"), Encoding::kGzip);
  EXPECT_EQ(chosen("*;q=0"), Encoding::kIdentity) << "nothing is acceptable: plain is what we send then";
  EXPECT_EQ(chosen("gzip;q=0, identity;q=0, br;q=0"), Encoding::kIdentity);
  EXPECT_EQ(chosen("identity;q=1, gzip;q=0.5"), Encoding::kIdentity);
  EXPECT_EQ(chosen("gzip;q=1.000"), Encoding::kGzip);
}

TEST(ContentEncoding, WeightsThatAreNoneAreNoWish) {
  for (const std::string_view accept : {"gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.0001", "gzip;q=.5",
                                        "gzip;q=-1", "gzip;q=0,5", "gzip;level=9", "gzip;", "gzip;q=1;q=0"}) {
    EXPECT_EQ(chosen(accept), Encoding::kIdentity) << accept;
  }
}

}  // namespace
}  // namespace wyld::http
