#include "runtime/socket.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <utility>

namespace wyld::runtime {
namespace {

int option_of(const Fd& fd, int level, int name) {
  int value = 0;
  socklen_t bytes = sizeof(value);
  EXPECT_EQ(::getsockopt(fd.get(), level, name, &value, &bytes), 0);
  return value;
}

void expect_tuned(const Fd& fd) {
  EXPECT_NE(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 120);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 20);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 120'000);
}

TEST(Socket, AnAcceptedOneHasWhatItsListenerHas) {
  const Result<Fd> listener = listen_tcp(parse_listen_address("127.0.0.1:0")->front(), false);
  ASSERT_TRUE(listener);
  const Result<Fd> client = connect_tcp(*local_address(listener->get()));
  ASSERT_TRUE(client);
  pollfd waiting{.fd = listener->get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&waiting, 1, -1), 1);
  SocketAddress peer;
  const Result<Fd> accepted = accept_tcp(listener->get(), peer);
  ASSERT_TRUE(accepted && accepted->valid());
  expect_tuned(*accepted);
  EXPECT_EQ(option_of(*accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 64 * 1024);
  expect_tuned(*client);
}

}  // namespace
}  // namespace wyld::runtime
