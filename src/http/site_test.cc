#include "http/site.h"

#include <gmock/gmock.h>

#include <array>
#include <set>

namespace wyld::http {
namespace {

using ::testing::HasSubstr;

constexpr std::array<Asset, 2> kAssets = {
    Asset{"/index.html", "text/html; charset=utf-8", "\"one\"", "<p>page", "", "", false},
    Asset{"/app-ABCDEFGH.js", "text/javascript; charset=utf-8", "\"two\"", "let a", "gzipped", "brotlied",
          true},
};

Response get(std::string_view target, std::vector<Header> headers = {}, std::string_view method = "GET") {
  Request request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  return respond(request, pages_of(kAssets));
}

TEST(Site, ServesThePageAndItsAssets) {
  const Response page = get("/");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.body(), "<p>page");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page.cache_control, "no-cache");
  EXPECT_EQ(page.more_headers, "ETag: \"one\"\r\n");
  const Response script = get("/app-ABCDEFGH.js?x=1");
  EXPECT_EQ(script.body(), "let a");
  EXPECT_EQ(script.cache_control, "public, max-age=31536000, immutable");
}

TEST(Site, PathIgnoresQueryAndUnderstandsAbsoluteTargets) {
  for (const std::string_view target :
       {"/", "/?a=/b", "/index.html", "http://h.test", "http://h.test/", "HTTP://h.test:80/?x"}) {
    EXPECT_EQ(get(target).body(), "<p>page") << target;
  }
  EXPECT_EQ(get("http://h.test/app-ABCDEFGH.js").body(), "let a");
}

TEST(Site, AnAbsoluteTargetSaysWhomItIsFor) {
  Request request;
  request.headers = {{"Host", "localhost"}};
  for (const auto& [target, authority] :
       {std::pair("/http://a.test/", "localhost"), std::pair("http://a.test:80/x", "a.test:80"),
        std::pair("HTTPS://a.test?x", "a.test"), std::pair("http://", "")}) {
    request.target = target;
    EXPECT_EQ(request.authority(), authority) << target;
  }
}

TEST(Site, KnownEntityTagGivesNotModified) {
  for (const std::string_view tags : {"\"one\"", "W/\"one\"", "\"x\", \"one\"", "*"}) {
    const Response response = get("/", {{"If-None-Match", tags}});
    EXPECT_EQ(response.status, 304U) << tags;
    EXPECT_EQ(response.body(), "");
    EXPECT_EQ(response.more_headers, "ETag: \"one\"\r\n");
  }
  EXPECT_EQ(get("/", {{"If-None-Match", "\"two\""}}).status, 200U);
}

TEST(Site, UnknownPathsAreNotFound) {
  for (const std::string_view target :
       {"/index", "/../etc/passwd", "/%69ndex.html", "*", "", "/index.html/"}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 404U) << target;
    EXPECT_THAT(response.text, HasSubstr("The game is at /"));
  }
}

TEST(Site, OnlyGetAndHeadAreAllowed) {
  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const Response response = get("/", {}, method);
    EXPECT_EQ(response.status, 405U) << method;
    EXPECT_EQ(response.more_headers, "Allow: GET, HEAD\r\n");
  }
  EXPECT_EQ(get("/", {}, "HEAD").status, 200U);
}

TEST(Site, LiveIsAlwaysOkAndReadyIsWhatTheOwnerSays) {
  EXPECT_EQ(get("/livez").status, 200U);
  EXPECT_EQ(get("/livez").text, "ok\n");
  const Response bad = readiness_response({false, "degraded: store unreachable"});
  EXPECT_EQ(bad.status, 503U);
  EXPECT_EQ(bad.text, "degraded: store unreachable\n");
  EXPECT_EQ(readiness_response({true, "ok"}).status, 200U);
}

TEST(Site, EachFormOfAnAssetHasItsOwnTag) {
  const Response plain = get("/app-ABCDEFGH.js");
  EXPECT_EQ(plain.more_headers, "ETag: \"two\"\r\nVary: Accept-Encoding\r\n");
  const Response gzip = get("/app-ABCDEFGH.js", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(gzip.body(), "gzipped");
  EXPECT_EQ(gzip.more_headers, "ETag: \"two-gzip\"\r\nVary: Accept-Encoding\r\nContent-Encoding: gzip\r\n");
  EXPECT_EQ(gzip.cache_control, "public, max-age=31536000, immutable");
  const Response brotli = get("/app-ABCDEFGH.js", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(brotli.body(), "brotlied");
  EXPECT_THAT(brotli.more_headers, HasSubstr("ETag: \"two-br\"\r\n"));
  const Response known =
      get("/app-ABCDEFGH.js", {{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"two-gzip\""}});
  EXPECT_EQ(known.status, 304U);
  EXPECT_EQ(known.more_headers, "ETag: \"two-gzip\"\r\nVary: Accept-Encoding\r\n");
  EXPECT_EQ(get("/app-ABCDEFGH.js", {{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"two\""}}).status, 200U)
      << "the plain form is another one";
  EXPECT_EQ(get("/", {{"Accept-Encoding", "gzip"}}).more_headers, "ETag: \"one\"\r\n");
}

// A proxy that has the gateway under /play/ takes the prefix away, or leaves it in place.
TEST(Site, APrefixOfPlainNamesIsNoPartOfThePath) {
  for (const auto& [path, local] :
       {std::pair("/", "/"), std::pair("/ws", "/ws"), std::pair("/play/", "/"), std::pair("/play/ws", "/ws"),
        std::pair("/my-site/games_2/app-ABCDEFGH.js", "/app-ABCDEFGH.js"),
        std::pair("/play/livez", "/livez")}) {
    EXPECT_EQ(local_path(path), local) << path;
  }
  for (const std::string_view path : {"", "*", "play/ws", "//ws", "/play//ws", "/../ws", "/./ws",
                                      "/index.html/", "/%70lay/ws", "/a b/ws", "/index.html/..", "/play"}) {
    EXPECT_EQ(local_path(path), path) << path;
  }
  EXPECT_EQ(get("/play/").body(), "<p>page");
  EXPECT_EQ(get("/play/index.html").body(), "<p>page");
  EXPECT_EQ(get("/play/nothing").status, 404U);
}

TEST(Site, OnlySitesThatMayConnectMayFrameThePage) {
  EXPECT_EQ(frame_ancestors({}), "'none'");
  EXPECT_EQ(frame_ancestors({"https://isles.example", "http://localhost:8080"}),
            "'self' https://isles.example http://localhost:8080");
  EXPECT_EQ(frame_ancestors({"https://isles.example", "*"}), "*");
}

TEST(Site, EveryAnswerIsGuarded) {
  const std::string head = head_bytes(get("/"), true);
  EXPECT_THAT(head, HasSubstr("\r\nContent-Security-Policy: default-src 'self'; base-uri 'none'; "
                              "form-action 'none'; frame-ancestors 'none'\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nReferrer-Policy: no-referrer\r\n"));
}

TEST(Site, EmbeddedPageIsCompleteAndItsNamesAreUnique) {
  std::set<std::string_view> paths;
  std::string_view page;
  for (const Asset& asset : embedded_assets()) {
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path;
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    EXPECT_EQ(asset.etag.size(), 34U);
    if (asset.path == "/index.html") page = asset.bytes;
  }
  ASSERT_FALSE(page.empty());
  // Everything the page asks for by path is there.
  for (const std::string_view attribute : {"src=\"/", "href=\"/"}) {
    for (std::size_t at = page.find(attribute); at != std::string_view::npos;
         at = page.find(attribute, at + 1)) {
      const std::size_t begin = at + attribute.size() - 1;
      const std::string_view path = page.substr(begin, page.find('"', begin) - begin);
      EXPECT_TRUE(paths.contains(path)) << path;
    }
  }
}

}  // namespace
}  // namespace wyld::http
