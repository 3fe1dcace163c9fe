#include "http/refusal.h"

#include <gmock/gmock.h>

namespace wyld::http {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kHosts = {"play.example.org"};
const Error kFull{.code = ErrorCode::kUnavailable, .what = "Full."};
const Error kTooMany{.code = ErrorCode::kLimit, .what = "Too many."};

Request request_for(std::string_view target, std::vector<Header> headers = {{"Host", "localhost"}}) {
  Request request;
  request.method = "GET";
  request.target = target;
  request.headers = std::move(headers);
  return request;
}

unsigned status_of(const Request& request, const Error* not_admitted = nullptr) {
  const std::optional<Refusal> refusal = refusal_of(request, kHosts, not_admitted);
  if (!refusal) return 0;
  EXPECT_TRUE(refusal->response.close) << "a refusal ends the connection";
  return refusal->response.status;
}

TEST(Refusal, AnOrdinaryRequestIsNotRefused) {
  for (const std::string_view target : {"/", "/ws", "/livez", "/nowhere"}) {
    EXPECT_EQ(status_of(request_for(target)), 0U) << target;
  }
  EXPECT_EQ(status_of(request_for("/", {{"Host", "play.example.org:8443"}})), 0U);
}

TEST(Refusal, FieldsAreBoundInNumber) {
  std::vector<Header> headers(99, {"X", "a"});
  headers.push_back({"Host", "localhost"});
  EXPECT_EQ(status_of(request_for("/", headers)), 0U);
  headers.push_back({"X", "a"});
  EXPECT_EQ(status_of(request_for("/", headers)), 431U);
}

TEST(Refusal, UnclearFramingIsRefusedBeforeAnythingElseIsBelieved) {
  const Request request = request_for(
      "/livez", {{"Host", "evil.example"}, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(status_of(request, &kFull), 400U);
}

TEST(Refusal, HostIsNamedOnce) {
  EXPECT_EQ(status_of(request_for("/", {})), 400U);
  EXPECT_EQ(status_of(request_for("/livez", {})), 400U);
  EXPECT_EQ(status_of(request_for("/", {{"Host", "localhost"}, {"Host", "localhost"}})), 400U);
  Request old = request_for("/", {});
  old.http_1_1 = false;
  EXPECT_EQ(status_of(old), 0U) << "HTTP/1.0 has no Host";
}

TEST(Refusal, UnknownNamesAreRefusedAndReported) {
  const Request request = request_for("/", {{"Host", "evil.example:4080"}});
  const std::optional<Refusal> refusal = refusal_of(request, kHosts, nullptr);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->response.status, 421U);
  EXPECT_EQ(refusal->unknown_host, "evil.example");
  EXPECT_EQ(status_of(request_for("/ws", {{"Host", "evil.example"}})), 421U);
  EXPECT_EQ(status_of(request_for("http://evil.example/")), 421U) << "an absolute target says whom it is for";
  EXPECT_EQ(status_of(request_for("/", {{"Host", "user@localhost"}})), 400U);
  EXPECT_EQ(status_of(request_for("/", {{"Host", ""}})), 400U);
  EXPECT_EQ(status_of(request_for("/readyz", {{"Host", "pod-7.cluster"}})), 0U) << "a health check";
}

TEST(Refusal, AConnectionThatWasNotAdmittedMayAskForHealthOrPlay) {
  for (const std::string_view target : {"/livez", "/readyz", "/play/readyz", "/ws", "/play/ws"}) {
    EXPECT_EQ(status_of(request_for(target), &kFull), 0U) << target;
  }
  EXPECT_EQ(status_of(request_for("/"), &kFull), 503U);
  const std::optional<Refusal> refusal = refusal_of(request_for("/"), kHosts, &kTooMany);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->response.status, 429U);
  EXPECT_EQ(refusal->response.body(), "Too many.\n");
  EXPECT_THAT(refusal->response.more_headers, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_EQ(status_of(request_for("/", {{"Host", "evil.example"}}), &kFull), 421U)
      << "the name matters even when the gateway is full";
}

}  // namespace
}  // namespace wyld::http
