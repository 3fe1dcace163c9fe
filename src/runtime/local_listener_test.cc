#include "runtime/local_listener.h"

#include <gtest/gtest.h>

#include "runtime/socket.h"

namespace wyld::runtime {
namespace {

SocketAddress at(const std::string& text) { return parse_listen_address(text)->front(); }

TEST(LocalListener, ListenersOfThisMachineAreSeenWithoutAConnection) {
  Fd listener = std::move(*listen_tcp(at("127.0.0.1:0"), false));
  const SocketAddress address = *local_address(listener.get());
  EXPECT_EQ(is_listening_here(address), true);
  EXPECT_EQ(is_listening_here(at("127.0.0.2:" + std::to_string(address.port()))), false)
      << "it listens at one address";
  SocketAddress peer;
  EXPECT_FALSE(accept_tcp(listener.get(), peer)->valid()) << "nobody came";
  listener.reset();
  EXPECT_EQ(is_listening_here(address), false);
}

TEST(LocalListener, AListenerOnAllInterfacesCountsForEach) {
  const Fd listener = std::move(*listen_tcp(at("0.0.0.0:0"), false));
  const std::uint16_t port = local_address(listener.get())->port();
  EXPECT_EQ(is_listening_here(at("127.0.0.1:" + std::to_string(port))), true);
  EXPECT_EQ(is_listening_here(at("127.8.9.10:" + std::to_string(port))), true);
}

TEST(LocalListener, AConnectionIsNoListener) {
  Fd listener = std::move(*listen_tcp(at("127.0.0.1:0"), false));
  const SocketAddress address = *local_address(listener.get());
  const Fd client = std::move(*connect_tcp(address));
  listener.reset();
  EXPECT_EQ(is_listening_here(*local_address(client.get())), false);
}

TEST(LocalListener, OtherMachinesAreNotAnsweredFor) {
  EXPECT_EQ(is_listening_here(at("192.0.2.1:4000")), std::nullopt);
  EXPECT_EQ(is_listening_here(at("[2001:db8::1]:4000")), std::nullopt);
}

}  // namespace
}  // namespace wyld::runtime
