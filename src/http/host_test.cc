#include "http/host.h"

#include <gmock/gmock.h>

namespace wyld::http {
namespace {

using ::testing::HasSubstr;

TEST(Host, ThePortIsNoPartOfTheHost) {
  EXPECT_EQ(host_of("play.example.org"), "play.example.org");
  EXPECT_EQ(host_of("play.example.org:4080"), "play.example.org");
  EXPECT_EQ(host_of("127.0.0.1:4080"), "127.0.0.1");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
  EXPECT_EQ(host_of("[2001:db8::7]:443"), "[2001:db8::7]");
  EXPECT_EQ(host_of("localhost:"), "localhost") << "an empty port is allowed (RFC 3986 section 3.2.3)";
}

TEST(Host, WhatIsNoHostIsNone) {
  for (const std::string_view text :
       {"", ":80", "a b", "user@host", "host/path", "host:port", "host:123456", "[::1", "[::1]x", "[::1]:x",
        "[127.0.0.1]", "[evil.example]", "::1", "a:1:2", "h\xc3\xa9", "[fe80::1%25eth0]"}) {
    EXPECT_EQ(host_of(text), "") << text;
  }
  EXPECT_EQ(host_of(std::string(253, 'a')).size(), 253U);
  EXPECT_EQ(host_of(std::string(254, 'a')), "");
}

TEST(Host, AddressesAndLocalhostAreKnownByDefault) {
  for (const std::string_view host :
       {"127.0.0.1", "203.0.113.7", "[::1]", "[2001:db8::7]", "localhost", "LOCALHOST", "localhost."}) {
    EXPECT_TRUE(is_known_host(host, {})) << host;
  }
}

// None of these is an address that a browser would send: it writes numbers in their one usual form.
TEST(Host, NamesThatLookLikeAddressesAreNames) {
  for (const std::string_view host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.localhost.example", "127.1",
        "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "1.2.3.4.5"}) {
    EXPECT_FALSE(is_known_host(host, {})) << host;
  }
}

TEST(Host, ConfiguredNamesAreKnownWhole) {
  const std::vector<std::string> names = {"play.example.org", "isles.test"};
  EXPECT_TRUE(is_known_host("play.example.org", names));
  EXPECT_TRUE(is_known_host("PLAY.example.ORG.", names));
  EXPECT_TRUE(is_known_host("isles.test", names));
  EXPECT_TRUE(is_known_host("localhost", names)) << "the defaults remain";
  EXPECT_FALSE(is_known_host("example.org", names));
  EXPECT_FALSE(is_known_host("x.play.example.org", names));
  EXPECT_TRUE(is_known_host("whatever.example", {"*"}));
}

TEST(Host, TheRefusalSaysWhatToSet) {
  const Response response = unknown_host_response("play.example.org.");
  EXPECT_EQ(response.status, 421U);
  EXPECT_TRUE(response.close);
  EXPECT_THAT(response.text, HasSubstr("not known as \"play.example.org\""));
  EXPECT_THAT(response.text, HasSubstr("[web]\n  hosts = [\"play.example.org\"]\n"));
}

}  // namespace
}  // namespace wyld::http
