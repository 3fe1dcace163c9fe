#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/payload.h"
#include "runtime/fd.h"
#include "runtime/stream.h"
#include "runtime/timing_wheel.h"
#include "session/player_transport.h"
#include "transport/dialect.h"

namespace wyld::transport {

class Connections;

// One client's connection: the socket, one timer, and the dialect that is spoken on it. Whatever is common to
// all protocols is here: flow control, closing, the move to another shard.
//
// Owner    Connections.
// Thread   the shard's.
// Errors   a socket that fails ends the dialect, and the connection is destroyed at the end of the turn.
class Connection final : private runtime::StreamEvents {
 public:
  Connection(Connections& home, runtime::Fd fd, std::unique_ptr<Dialect> dialect);
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Opens the stream and starts the dialect.
  void start(std::string_view address);

  // --- for the dialect ---
  [[nodiscard]] Connections& home() const noexcept { return home_; }
  // `append(std::string&)` adds output; it leaves at the end of this turn. Nothing after close.
  template <typename Append>
  void write(Append&& append) {
    stream_.write(append);
  }
  void write_shared(Payload payload) { stream_.write_shared(std::move(payload)); }
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return stream_.queued_bytes(); }
  [[nodiscard]] std::size_t unconfirmed_bytes() const noexcept { return stream_.unconfirmed_bytes(); }
  // session::PlayerTransport says what these are.
  void begin_output(std::uint64_t offset) { stream_.begin_tags(offset); }
  void note_output(std::uint64_t offset) { stream_.note_tag(offset); }
  [[nodiscard]] std::uint64_t delivered_output() noexcept { return stream_.delivered_tag(); }
  // Where on the socket that ends which has been written so far, in bytes; and what the client itself has
  // told of them (runtime::Stream::confirm_by_peer()).
  [[nodiscard]] std::uint64_t position() const noexcept { return stream_.position(); }
  void confirm_by_client(std::uint64_t position) { stream_.confirm_by_peer(position); }
  // Dialect::before_flush() is called once, when output is next written.
  void tell_before_flush() noexcept { stream_.tell_before_flush(); }
  // Dialect::on_drained() is called once, when the queue is next found empty after writing.
  void tell_when_drained() noexcept { stream_.tell_when_drained(); }
  void set_reading(session::Reading reading);
  [[nodiscard]] bool is_reading() const noexcept { return !stream_.reading_paused(); }
  // Dialect::on_timer() is called at `due`. A later call replaces an earlier one.
  void set_timer(runtime::TimePoint due);
  // Writes what is queued and closes; what the peer still sends is dropped. After `deadline` it closes
  // anyway.
  void close_after_flush(runtime::Duration deadline);
  // Ends the dialect, and closes at once: the peer has been silent for too long, or its place is needed.
  void give_up();
  // The shard stops.
  void on_stop() { dialect_->on_stop(); }
  [[nodiscard]] bool is_closing() const noexcept { return stream_.closing(); }

  // Another dialect takes over, as a WebSocket's does after its handshake. It is started, and gets
  // `early_bytes`: what was read and is meant for it. No timer is set, and the client is read. The dialect
  // that was spoken before hears of nothing any more; it is destroyed at the end of the turn.
  void change_dialect(std::unique_ptr<Dialect> next, std::string_view address, std::string early_bytes);

  // Goes to another shard with its dialect and all that is queued, and calls `arrived` there with the
  // connection's new self. Nothing of it may be used here after this turn. False: it cannot move, and stays.
  using Arrived = std::move_only_function<void(Connection& there)>;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived arrived);
  struct Moved;
  Connection(Connections& home, Moved& moved);
  void arrive(Moved moved);

 private:
  // runtime::StreamEvents:
  void on_bytes(char* data, std::size_t bytes) override { dialect_->on_bytes(data, bytes); }
  void before_flush() override { dialect_->before_flush(); }
  void on_drained() override { dialect_->on_drained(); }
  void on_end(int system_errno) override;

  void leave_for(std::uint8_t shard, Arrived arrived);
  static void on_timer(void* self) { static_cast<Connection*>(self)->dialect_->on_timer(); }

  Connections& home_;
  runtime::Stream stream_;
  runtime::Timer timer_;
  std::unique_ptr<Dialect> dialect_;
};

// A connection on its way between two shards.
struct Connection::Moved {
  runtime::Stream::Released socket;
  std::unique_ptr<Dialect> dialect;
  Arrived arrived;
};

}  // namespace wyld::transport
