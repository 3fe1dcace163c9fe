#include "transport/open_listeners.h"

#include <gmock/gmock.h>

#include "runtime/socket.h"

namespace wyld::transport {
namespace {

using ::testing::HasSubstr;

TEST(Listeners, PortZeroPicksOne) {
  const auto listeners = open_listeners("http", {"127.0.0.1:0", "localhost:0"}, 1);
  ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
  ASSERT_EQ(listeners->size(), 2U);
  EXPECT_GT(listeners->front().address.port(), 0);
  EXPECT_NE(listeners->front().address.port(), listeners->back().address.port());
}

TEST(Listeners, EveryShardHasASocketOfItsOwnOnThePort) {
  const auto listeners = open_listeners("telnet", {"127.0.0.1:0"}, 3);
  ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
  ASSERT_EQ(listeners->size(), 1U);
  ASSERT_EQ(listeners->front().sockets.size(), 3U);
  for (const runtime::Fd& socket : listeners->front().sockets) {
    const auto bound = runtime::local_address(socket.get());
    ASSERT_TRUE(bound);
    EXPECT_EQ(bound->text(), listeners->front().address.text());
  }
}

TEST(Listeners, AllInterfacesShareOnePort) {
  const auto listeners = open_listeners("http", {":0"}, 1);
  ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
  ASSERT_FALSE(listeners->empty());  // one only where the machine has no IPv6
  for (const BoundAddress& listener : *listeners) {
    EXPECT_EQ(listener.address.port(), listeners->front().address.port());
  }
}

TEST(Listeners, PortInUseIsSaidWithWhatToDo) {
  const auto first = open_listeners("http", {"127.0.0.1:0"}, 1);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const std::string address = first->front().address.text();
  const auto second = open_listeners("http", {address}, 1);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message,
            "http " + address + ": port is in use by another program; stop it or choose another with --http");
}

TEST(Listeners, BadAddressesAreSaidWithAnExample) {
  for (const std::string bad :
       {"", "nonsense", "127.0.0.1", "127.0.0.1:99999", "::1:80", "[::1]", "host.test:80"}) {
    const auto listeners = open_listeners("http", {bad}, 1);
    ASSERT_FALSE(listeners.has_value()) << bad;
    EXPECT_EQ(listeners.error().message,
              "http " + bad + ": not an address; write HOST:PORT, for example 127.0.0.1:4080");
  }
}

TEST(Listeners, ForeignAddressIsSaid) {
  const auto listeners =
      open_listeners("http", {"192.0.2.1:4080"}, 1);  // reserved for documentation, RFC 5737
  ASSERT_FALSE(listeners.has_value());
  EXPECT_THAT(listeners.error().message, HasSubstr("http 192.0.2.1:4080: this machine has no such address"));
}

}  // namespace
}  // namespace wyld::transport
