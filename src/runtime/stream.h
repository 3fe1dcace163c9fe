#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/delivery_marks.h"
#include "runtime/fd.h"
#include "runtime/loop.h"
#include "runtime/output_queue.h"

namespace wyld::runtime {

// Receives what happens on one Stream. May close the stream from inside any call.
class StreamEvents {
 public:
  // What one read brought, in the loop's buffer: writable, gone when the call returns.
  virtual void on_bytes(char* data, std::size_t bytes) = 0;
  // The turn's output is about to be written, after tell_before_flush(): more may be added.
  virtual void before_flush() {}
  // The output queue has emptied, after tell_when_drained().
  virtual void on_drained() = 0;
  // The connection is over: ended by the peer (0), broken or out of time (errno), or closed after
  // close_after_flush(). Not called after close(). The stream is closed when this returns.
  virtual void on_end(int system_errno) = 0;

 protected:
  ~StreamEvents() = default;
};

// A connected stream socket on a loop, of the loop's system: one read per readiness, one gathered write per
// turn.
//
// Owner    a connection, which must hand itself to Loop::defer() to die.
// Thread   the loop's.
// Errors   through StreamEvents::on_end().
// Limits   none of its own: the owner watches queued_bytes().
class Stream final : private EventHandler, private Flushable {
 public:
  Stream(Loop& loop, Fd fd, StreamEvents& events) noexcept;
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Registers a connected socket with the loop.
  [[nodiscard]] Status open();
  // Registers a socket that is connecting; on_end() tells a failure, ETIMEDOUT after `deadline`.
  // Output may be written at once; it leaves when the connection stands.
  [[nodiscard]] Status open_connecting(Duration deadline);

  // `append(std::string&)` adds output; it leaves at the end of this turn. Nothing after close.
  template <typename Append>
  void write(Append&& append) {
    if (closing()) return;
    output_.append(append);
    mark_dirty();
  }
  void write_shared(Payload payload);
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return output_.bytes(); }
  // Calls on_drained() once, when the queue is next found empty after writing.
  void tell_when_drained() noexcept { tell_drained_ = true; }

  // Calls before_flush() once, when output is next written.
  void tell_before_flush() noexcept { tell_flush_ = true; }

  // Whether the end of the peer's output is seen while its output is not read.
  enum class PeersEnd : std::uint8_t {
    kReadInTurn,  // no: it comes after all that was sent before it
    kNoticed,     // yes: it ends the connection at once, and what was sent before it is lost
  };
  void pause_reading(PeersEnd end = PeersEnd::kReadInTurn);
  void resume_reading();
  [[nodiscard]] bool reading_paused() const noexcept { return paused_; }

  // Writes what is queued, ends our direction and waits for the peer to end its own, so that nothing
  // unread on either side turns the close into a reset. Input is dropped. After `deadline` it closes
  // anyway. on_end() tells the end.
  void close_after_flush(Duration deadline);
  // Closes at once; unwritten output is lost.
  void close();
  [[nodiscard]] bool closed() const noexcept { return state_ == State::kClosed; }
  [[nodiscard]] bool closing() const noexcept {
    return state_ >= State::kClosing || close_when_connected_ > Duration::zero();
  }
  // Whether the connection stands: not yet while it is being made, not any more when it has broken.
  [[nodiscard]] bool connected() const noexcept { return fd_ >= 0 && loop_.system().connected(fd_); }

  // Everything written that the peer's system has not confirmed, queued output included. Works until the
  // stream is closed, in on_end() too. All of it when the system does not say.
  [[nodiscard]] std::size_t unconfirmed_bytes() const noexcept;
  // What has arrived, in the owner's own measure: a tag that never decreases, such as an offset into the
  // output of a session. begin_tags() says where that stands now, whatever was written before.
  void begin_tags(std::uint64_t tag);
  // Everything before `tag` has been written by now.
  void note_tag(std::uint64_t tag);
  // Everything before this tag is confirmed by the peer's system, or by the peer itself. Works as long as
  // unconfirmed_bytes(). 0 before begin_tags().
  [[nodiscard]] std::uint64_t delivered_tag() noexcept;
  // Where on the socket that ends which has been written so far, in bytes.
  [[nodiscard]] std::uint64_t position() const noexcept { return written_ + output_.bytes(); }
  // The peer itself has told that everything before `position` has reached it. From the first call on
  // delivered_tag() goes by this, and no longer by the peer's system: that may be a proxy's.
  void confirm_by_peer(std::uint64_t position);
  // Everything written that still waits here or in our system; a reset empties the latter.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept;
  // Leaves the loop: the socket, and what was to be written to it. Invalid if the stream is not open; the
  // stream is closed afterwards.
  struct Released {
    Fd fd;
    std::string unwritten;
    std::uint64_t written = 0;             // for unconfirmed_bytes() there
    std::uint64_t uncounted = 0;           // likewise
    std::optional<std::uint64_t> by_peer;  // for delivered_tag() there
  };
  [[nodiscard]] Released release();
  // Before open(): the counts of the stream that had the socket before.
  void take_counts(const Released& released);

 private:
  enum class State : std::uint8_t { kNew, kConnecting, kOpen, kClosing, kLingering, kClosed };

  void on_events(std::uint32_t epoll_events) override;
  void flush() override;
  void read();
  ssize_t write_some();
  void mark_dirty();
  void end(int system_errno);
  void update_interest();
  Status register_with_loop(State state, std::uint32_t interest);
  void linger();
  void close_descriptor() noexcept;
  static void on_deadline(void* self);
  [[nodiscard]] std::uint64_t confirmed_bytes() const noexcept;
  [[nodiscard]] std::uint64_t confirmed_for_tags() const noexcept;

  Loop& loop_;
  StreamEvents& events_;
  OutputQueue output_;
  int fd_;                           // owned; -1: none
  Timer deadline_;                   // of connecting or closing
  Duration close_when_connected_{};  // the deadline of the close that waits for the connection; 0: none
  State state_ = State::kNew;
  bool paused_ = false;
  bool notices_end_ = false;  // while paused
  bool blocked_ = false;      // the socket is full: wait for EPOLLOUT
  bool dirty_ = false;
  bool tell_drained_ = false;
  bool tell_flush_ = false;
  std::uint32_t interest_ = 0;
  std::uint64_t written_ = 0;             // bytes the system has taken
  std::unique_ptr<DeliveryMarks> marks_;  // of written_; null: nobody has asked for them
  std::uint64_t uncounted_ = 0;           // confirmed besides these: the SYN of a side that connects
};

}  // namespace wyld::runtime
