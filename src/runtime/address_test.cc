#include "runtime/address.h"

#include <gtest/gtest.h>

namespace wyld::runtime {
namespace {

std::string parsed(std::string_view text) {
  const auto addresses = parse_listen_address(text);
  if (!addresses) return "refused";
  std::string out;
  for (const SocketAddress& address : *addresses) out += (out.empty() ? "" : " ") + address.text();
  return out;
}

TEST(ListenAddress, TakesTheFormsPeopleWrite) {
  EXPECT_EQ(parsed("127.0.0.1:4000"), "127.0.0.1:4000");
  EXPECT_EQ(parsed("[::1]:4000"), "[::1]:4000");
  EXPECT_EQ(parsed("localhost:4000"), "127.0.0.1:4000");
  EXPECT_EQ(parsed(":4000"), "0.0.0.0:4000 [::]:4000");
  EXPECT_EQ(parsed("4000"), "0.0.0.0:4000 [::]:4000");
  EXPECT_EQ(parsed("127.0.0.1:0"), "127.0.0.1:0");
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:40x", "::1:4000",
        "[::1]4000", "[::1", "mud.example:4000", "300.1.1.1:1"}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

TEST(Resolve, TakesNumbersWithoutAskingAnyone) {
  const auto addresses = resolve("[::1]:4000");
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->front().text(), "[::1]:4000");
  EXPECT_FALSE(resolve("127.0.0.1:0"));
  EXPECT_FALSE(resolve(":4000"));
}

TEST(AddressKey, IsTheWholeIpv4AddressAndTheIpv6Subnet) {
  EXPECT_EQ(address_key("203.0.113.7"), address_key("::ffff:203.0.113.7"));
  EXPECT_NE(address_key("203.0.113.7"), address_key("203.0.113.8"));
  EXPECT_EQ(address_key("2001:db8::1"), address_key("2001:db8::ffff"));
  EXPECT_NE(address_key("2001:db8::1"), address_key("2001:db8:0:1::1"));
  const auto socket_address = resolve("203.0.113.7:1");
  ASSERT_TRUE(socket_address);
  EXPECT_EQ(address_key(socket_address->front()), address_key("203.0.113.7"));
}

TEST(Network, ContainsByPrefix) {
  EXPECT_TRUE(Network::parse("127.0.0.0/8")->contains("127.255.0.1"));
  EXPECT_FALSE(Network::parse("127.0.0.0/8")->contains("128.0.0.1"));
  EXPECT_TRUE(Network::parse("10.1.2.128/25")->contains("10.1.2.129"));
  EXPECT_FALSE(Network::parse("10.1.2.128/25")->contains("10.1.2.127"));
  EXPECT_TRUE(Network::parse("2001:db8::/33")->contains("2001:db8:7fff::1"));
  EXPECT_FALSE(Network::parse("2001:db8::/33")->contains("2001:db8:8000::1"));
  EXPECT_TRUE(Network::parse("203.0.113.7")->contains("203.0.113.7"));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains("8.8.8.8"));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains("2001:db8::1")) << "IPv4 networks hold IPv4 only";
  EXPECT_FALSE(Network::parse("127.0.0.0/8")->contains("not an address"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text : {"", "/8", "127.0.0.0/33", "2001:db8::/129", "127.0.0.0/x", "mud.example/8"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(NumericAddress, IsAnAddressAndNothingElse) {
  EXPECT_EQ(numeric_address("203.0.113.7", 51000)->text(), "203.0.113.7:51000");
  EXPECT_EQ(numeric_address("2001:db8::7", 4000)->text(), "[2001:db8::7]:4000");
  for (const std::string_view wrong :
       {"", "localhost", "203.0.113", "203.0.113.07", "[::1]", "::1%lo", "203.0.113.7 "})
    EXPECT_FALSE(numeric_address(wrong, 1)) << wrong;
  EXPECT_FALSE(numeric_address(std::string_view("203.0.113.7\0x", 13), 1));
}

}  // namespace
}  // namespace wyld::runtime
