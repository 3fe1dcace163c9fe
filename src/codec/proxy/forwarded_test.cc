#include "codec/proxy/forwarded.h"

#include <gtest/gtest.h>

namespace wyld::proxy {
namespace {

using Lines = std::vector<std::string_view>;

std::vector<runtime::Network> trusted() {
  std::vector<runtime::Network> networks;
  for (const char* const text : {"10.0.0.0/8", "2001:db8:aaaa::/48", "127.0.0.1"})
    networks.push_back(*runtime::Network::parse(text));
  return networks;
}

ForwardedClient ask(ForwardedHeader header, const Lines& lines, std::string_view peer) {
  return client_of(header, lines, peer, trusted());
}
std::string x_forwarded(const Lines& lines, std::string_view peer = "10.0.0.1") {
  return ask(ForwardedHeader::kXForwardedFor, lines, peer).host;
}
std::string forwarded(const Lines& lines, std::string_view peer = "10.0.0.1") {
  const ForwardedClient client = ask(ForwardedHeader::kForwarded, lines, peer);
  return client.host + (client.protocol.empty() ? "" : " by " + client.protocol);
}

TEST(XForwardedFor, TheFirstUntrustedHopFromTheRightIsTheClient) {
  EXPECT_EQ(x_forwarded({"203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"203.0.113.7, 10.1.2.3"}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"1.1.1.1, 203.0.113.7, 10.1.2.3, 10.9.9.9"}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"10.5.5.5, 203.0.113.7"}), "203.0.113.7") << "a claim to be trusted";
  EXPECT_EQ(x_forwarded({"1.1.1.1", "203.0.113.7", "10.1.2.3"}), "203.0.113.7")
      << "several fields are one list";
  EXPECT_EQ(x_forwarded({"2001:db8::7, 2001:db8:aaaa::1"}), "2001:db8::7");
  EXPECT_EQ(x_forwarded({"203.0.113.7"}, "2001:db8:aaaa::5"), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"203.0.113.7"}, "::ffff:10.0.0.1"), "203.0.113.7");
}

TEST(XForwardedFor, FromAnybodyElseItIsIgnored) {
  EXPECT_EQ(x_forwarded({"203.0.113.7"}, "198.51.100.9"), "198.51.100.9");
  EXPECT_EQ(x_forwarded({}, "10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(client_of(ForwardedHeader::kXForwardedFor, Lines{"203.0.113.7"}, "10.0.0.1", {}).host,
            "10.0.0.1");
  EXPECT_EQ(x_forwarded({"203.0.113.7"}, ""), "");
}

TEST(XForwardedFor, OfTrustedHopsOnlyTheLeftmostIsTheClient) {
  EXPECT_EQ(x_forwarded({"10.4.4.4, 10.5.5.5"}), "10.4.4.4");
}

TEST(XForwardedFor, ReadsTheFormsThatProxiesWrite) {
  EXPECT_EQ(x_forwarded({"203.0.113.7:51000"}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"[2001:db8::7]:51000"}), "2001:db8::7");
  EXPECT_EQ(x_forwarded({"[2001:db8::7]"}), "2001:db8::7");
  EXPECT_EQ(x_forwarded({"2001:DB8:0::7"}), "2001:db8::7") << "one spelling for each address";
  EXPECT_EQ(x_forwarded({"::ffff:203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"  203.0.113.7\t,, 10.1.1.1 , "}), "203.0.113.7");
}

TEST(XForwardedFor, WhatIsNoAddressEndsTheSearchAtTheLastProvenOne) {
  for (const char* const rubbish :
       {"unknown", "_hidden", "localhost", "203.0.113", "203.0.113.256", "203.0.113.07",
        "203.0.113.7:", "203.0.113.7:x", "203.0.113.7:123456", "203.0.113.7 x", "[2001:db8::7",
        "[203.0.113.7]", "[2001:db8::7]x", "2001:db8::7%eth0", "\"203.0.113.7\"", "<script>",
        "203.0.113.7;1.1.1.1", "0x7f.1"}) {
    const std::string line = std::string("1.1.1.1, ") + rubbish + ", 10.1.2.3";
    EXPECT_EQ(x_forwarded({line}), "10.1.2.3") << rubbish;
  }
  const std::string cut("203.0.113.7\0x", 13);
  EXPECT_EQ(x_forwarded({cut}), "10.0.0.1");
}

TEST(XForwardedFor, AQuoteHidesNoComma) { EXPECT_EQ(x_forwarded({"\"1.1.1.1, 203.0.113.7"}), "203.0.113.7"); }

TEST(XForwardedFor, EndlessListsEndAtTheBound) {
  std::string list = "203.0.113.7";
  for (std::size_t i = 0; i + 1 < kHopsMax; ++i) list += ",10.0.0." + std::to_string(i + 2);
  EXPECT_EQ(x_forwarded({list}), "203.0.113.7");
  EXPECT_EQ(x_forwarded({"1.1.1.1,10.0.0.9," + list.substr(12)}), "10.0.0.9");
  std::string commas(100000, ',');
  EXPECT_EQ(x_forwarded({commas}), "10.0.0.1");
}

TEST(Forwarded, TheFirstUntrustedHopFromTheRightIsTheClient) {
  EXPECT_EQ(forwarded({"for=203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(forwarded({"For=\"[2001:db8:cafe::17]:4711\""}), "2001:db8:cafe::17");
  EXPECT_EQ(forwarded({"for=203.0.113.7;proto=http;by=203.0.113.43"}), "203.0.113.7 by http");
  EXPECT_EQ(forwarded({"for=192.0.2.43, for=198.51.100.17"}), "198.51.100.17");
  EXPECT_EQ(forwarded({"for=1.1.1.1", "for=203.0.113.7;PROTO=HTTPS, for=10.1.1.1;proto=http"}),
            "203.0.113.7 by https");
  EXPECT_EQ(forwarded({"by=\"a, for=1.1.1.1\";for=203.0.113.7;host=\"x\\\",;\""}), "203.0.113.7")
      << "quoted commas";
  EXPECT_EQ(forwarded({"for=\"203.0.113.7:_port\""}), "203.0.113.7");
  EXPECT_EQ(forwarded({"for=203.0.113.7; proto=https ;"}), "203.0.113.7 by https");
  EXPECT_EQ(forwarded({"for=203.0.113.7;proto=https"}, "198.51.100.9"), "198.51.100.9");
}

TEST(Forwarded, WhatIsNoAddressEndsTheSearchAtTheLastProvenOne) {
  for (const char* const rubbish :
       {"for=unknown", "for=_hidden", "for=\"_SEVKISEK\"", "proto=https", "for", "for=", "for=\"\"",
        "for=2001:db8::7", "for=[2001:db8::7]x", "for=\"2001:db8::7\"", "for=203.0.113.7;for=1.1.1.1",
        "for=203.0.113.7;proto=a;proto=b", "for =203.0.113.7", "for= 203.0.113.7", "for=\"203.0.113.7\"x",
        "for=203.0.113.7 x", "203.0.113.7", "for=203.0.113.7;x"}) {
    const std::string line = std::string("for=1.1.1.1, ") + rubbish + ", for=10.1.2.3;proto=https";
    EXPECT_EQ(forwarded({line}), "10.1.2.3 by https") << rubbish;
  }
  EXPECT_EQ(forwarded({"for=1.1.1.1, for=\"203.0.113.7"}), "10.0.0.1") << "a quoted string without an end";
  EXPECT_EQ(forwarded({"for=1.1.1.1, for=\"203.0.113.7\\"}), "10.0.0.1");
}

}  // namespace
}  // namespace wyld::proxy
