#pragma once

#include <functional>

#include "runtime/address.h"
#include "runtime/fd.h"
#include "runtime/loop.h"

namespace wyld::transport {

// Accepts on one listening socket.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   out of descriptors: waits a moment and tries again; counted and logged.
class Listener final : private runtime::EventHandler {
 public:
  using OnAccept = std::function<void(runtime::Fd, const runtime::SocketAddress& peer)>;

  Listener(runtime::Loop& loop, runtime::Fd fd, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] Status open();
  // No more is accepted; the socket is closed.
  void close();

 private:
  void on_events(std::uint32_t epoll_events) override;

  runtime::Loop& loop_;
  runtime::Fd fd_;
  OnAccept on_accept_;
  runtime::Timer retry_;
};

}  // namespace wyld::transport
