#include "http/listeners.h"

#include <gmock/gmock.h>

namespace wyld::http {
namespace {

using ::testing::HasSubstr;

TEST(Listeners, PortZeroPicksOne) {
  const auto listeners = open_listeners({"127.0.0.1:0", "localhost:0"});
  ASSERT_TRUE(listeners.has_value()) << listeners.error();
  ASSERT_EQ(listeners->size(), 2U);
  EXPECT_GT(listeners->front().address.port(), 0);
  EXPECT_NE(listeners->front().address.port(), listeners->back().address.port());
}

TEST(Listeners, AllInterfacesShareOnePort) {
  const auto listeners = open_listeners({":0"});
  ASSERT_TRUE(listeners.has_value()) << listeners.error();
  ASSERT_FALSE(listeners->empty());  // one only where the machine has no IPv6
  for (const Listener& listener : *listeners) {
    EXPECT_EQ(listener.address.port(), listeners->front().address.port());
  }
}

TEST(Listeners, PortInUseIsSaidWithWhatToDo) {
  const auto first = open_listeners({"127.0.0.1:0"});
  ASSERT_TRUE(first.has_value()) << first.error();
  const std::string address = first->front().address.text();
  const auto second = open_listeners({address});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(),
            "http " + address + ": port is in use by another program; stop it or choose another with --http");
}

TEST(Listeners, BadAddressesAreSaidWithAnExample) {
  for (const std::string bad :
       {"", "nonsense", "127.0.0.1", "127.0.0.1:99999", "::1:80", "[::1]", "host.test:80"}) {
    const auto listeners = open_listeners({bad});
    ASSERT_FALSE(listeners.has_value()) << bad;
    EXPECT_EQ(listeners.error(),
              "http " + bad + ": not an address; write HOST:PORT, for example 127.0.0.1:4080");
  }
}

TEST(Listeners, ForeignAddressIsSaid) {
  const auto listeners = open_listeners({"192.0.2.1:4080"});  // reserved for documentation, RFC 5737
  ASSERT_FALSE(listeners.has_value());
  EXPECT_THAT(listeners.error(), HasSubstr("http 192.0.2.1:4080: this machine has no such address"));
}

}  // namespace
}  // namespace wyld::http
