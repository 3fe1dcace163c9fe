#include "codec/telnet/options/gmcp.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

TEST(TelnetGmcp, SplitsAtTheFirstWhiteSpace) {
  EXPECT_EQ(split_gmcp("Core.Ping")->body, "");
  EXPECT_EQ(split_gmcp("A {\"b\": 1}")->body, "{\"b\": 1}");
  EXPECT_EQ(split_gmcp("A\n \t{}\r\n")->body, "{}");
  EXPECT_EQ(split_gmcp("A ")->body, "");
  EXPECT_FALSE(split_gmcp(""));
  EXPECT_FALSE(split_gmcp(" A"));
  EXPECT_FALSE(split_gmcp("A\x1B {}"));
}

TEST(TelnetGmcp, AHelloAtTheBoundIsKeptOneBeyondIsNot) {
  const auto hello = [](std::size_t bytes) { return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}"; };
  GmcpMemory memory;
  EXPECT_TRUE(memory.remember({"Core.Hello", hello(GmcpMemory::kHelloBytesMax)}));
  EXPECT_EQ(memory.hello().size(), GmcpMemory::kHelloBytesMax);
  GmcpMemory other;
  EXPECT_TRUE(other.remember({"Core.Hello", hello(GmcpMemory::kHelloBytesMax + 1)}));
  EXPECT_EQ(other.hello(), "");
}

}  // namespace
}  // namespace wyld::telnet
