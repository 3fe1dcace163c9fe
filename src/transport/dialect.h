#pragma once
// The border between a connection and the protocol that is spoken on it.

#include <cstddef>
#include <string_view>

namespace wyld::transport {

class Connection;

// What the bytes of one connection mean, and how to answer in kind. A connection has one dialect at a time;
// Connection::change_dialect() gives it another. When a connection moves to another shard, its dialect moves
// with it as it is.
//
// Owner    its Connection.
// Thread   the connection's shard.
// Errors   malformed input is the dialect's to answer; it ends the connection if it must.
class Dialect {
 public:
  virtual ~Dialect() = default;
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;

  // Called first, and again after each move: what `connection` offers may be used from now on.
  void bind(Connection& connection) noexcept { connection_ = &connection; }
  [[nodiscard]] Connection& connection() const noexcept { return *connection_; }

  // The stream is open; nothing has been read from it yet. `address` is the client's, numeric, without port.
  // May end the connection.
  virtual void start(std::string_view address) = 0;
  // What one read brought: writable, gone when the call returns.
  virtual void on_bytes(char* data, std::size_t bytes) = 0;
  // The turn's output is about to be written, after Connection::tell_before_flush(): more may be added.
  virtual void before_flush() {}
  // Everything queued by Connection::tell_when_drained() has been written.
  virtual void on_drained() {}
  // The time set by Connection::set_timer() has come.
  virtual void on_timer() {}
  // The shard stops. Players hear of it from their sessions; other dialects end their connection now, or when
  // they have finished what is in progress.
  virtual void on_stop() {}
  // The connection is gone, or is about to go without another word of its peer.
  virtual void on_end() = 0;

 private:
  Connection* connection_ = nullptr;
};

}  // namespace wyld::transport
