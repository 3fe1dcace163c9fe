#include "codec/telnet/options/gmcp.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

TEST(TelnetGmcp, SplitsAtTheFirstWhiteSpace) {
  EXPECT_EQ(split_gmcp("Core.Ping")->body, "");
  EXPECT_EQ(split_gmcp("A {\"b\": 1}")->body, "{\"b\": 1}");
  EXPECT_EQ(split_gmcp("A\n \t{}\r\n")->body, "{}");
  EXPECT_EQ(split_gmcp("A ")->body, "");
  EXPECT_EQ(split_gmcp("A{\"b\": 1}")->package, "A");
  EXPECT_EQ(split_gmcp("A{\"b\": 1}")->body, "{\"b\": 1}");
  EXPECT_EQ(split_gmcp("request char")->body, "char");
  EXPECT_EQ(split_gmcp("A one\ntwo")->body, "one\ntwo");
  EXPECT_FALSE(split_gmcp(""));
  EXPECT_FALSE(split_gmcp(" A"));
  EXPECT_FALSE(split_gmcp("A\x1B {}"));
}

TEST(TelnetGmcp, AHelloAtTheBoundIsKeptOneBeyondIsNot) {
  const auto hello = [](std::size_t bytes) { return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}"; };
  GmcpMemory memory;
  memory.remember({"Core.Hello", hello(GmcpMemory::kHelloBytesMax)});
  EXPECT_EQ(memory.hello().size(), GmcpMemory::kHelloBytesMax);
  GmcpMemory other;
  other.remember({"Core.Hello", hello(GmcpMemory::kHelloBytesMax + 1)});
  EXPECT_EQ(other.hello(), "");
}

TEST(TelnetGmcp, AHelloOrAListInAnotherFormIsNotRemembered) {
  GmcpMemory memory;
  for (const char* body : {"", "1", "client name", "{", "{} {}"}) memory.remember({"Core.Hello", body});
  for (const char* body : {"", "{}", "Char 1"}) memory.remember({"Core.Supports.Set", body});
  EXPECT_EQ(memory.hello(), "");
  EXPECT_EQ(memory.supports(), "");
}

}  // namespace
}  // namespace wyld::telnet
