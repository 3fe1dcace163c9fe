#include "transport/connection.h"

#include <cerrno>
#include <utility>

#include "base/counters.h"
#include "transport/connections.h"

namespace wyld::transport {

Connection::Connection(Connections& home, runtime::Fd fd, std::unique_ptr<Dialect> dialect)
    : home_(home),
      stream_(home.loop(), std::move(fd), *this),
      timer_(&Connection::on_timer, this),
      dialect_(std::move(dialect)) {
  dialect_->bind(*this);
}

Connection::Connection(Connections& home, Moved& moved)
    : Connection(home, std::move(moved.socket.fd), std::move(moved.dialect)) {
  stream_.take_counts(moved.socket);
}

void Connection::start(std::string_view address) {
  if (!stream_.open()) return on_end(0);
  dialect_->start(address);
}

void Connection::change_dialect(std::unique_ptr<Dialect> next, std::string_view address,
                                std::string early_bytes) {
  timer_.cancel();
  set_reading(session::Reading::kOn);
  // It is what calls this.
  home_.loop().defer([before = std::exchange(dialect_, std::move(next))] {});
  dialect_->bind(*this);
  dialect_->start(address);
  if (!early_bytes.empty() && !stream_.closing()) on_bytes(early_bytes.data(), early_bytes.size());
}

void Connection::set_reading(session::Reading reading) {
  if (reading == session::Reading::kOn) return stream_.resume_reading();
  stream_.pause_reading(reading == session::Reading::kOff ? runtime::Stream::PeersEnd::kNoticed
                                                          : runtime::Stream::PeersEnd::kReadInTurn);
}

void Connection::set_timer(runtime::TimePoint due) { home_.loop().timers().schedule(timer_, due); }

void Connection::close_after_flush(runtime::Duration deadline) {
  timer_.cancel();
  stream_.close_after_flush(deadline);
}

void Connection::give_up() {
  on_end(ETIMEDOUT);
  stream_.close();
}

void Connection::on_end(int /*system_errno*/) {
  dialect_->on_end();
  timer_.cancel();
  home_.retire(*this);
}

// --- to another shard ---

bool Connection::move_to(std::uint8_t shard, Arrived arrived) {
  if (!home_.can_move() || stream_.closing()) return false;
  timer_.cancel();
  stream_.pause_reading();
  // Not now: the dialect is in the middle of what was read.
  home_.loop().defer(
      [this, shard, arrived = std::move(arrived)]() mutable { leave_for(shard, std::move(arrived)); });
  return true;
}

void Connection::leave_for(std::uint8_t shard, Arrived arrived) {
  if (stream_.closing()) return;
  Moved moved{.socket = stream_.release(), .dialect = std::move(dialect_), .arrived = std::move(arrived)};
  // When that shard's mailbox is full the connection closes, and its player tries again.
  if (!home_.post(shard,
                  [moved = std::move(moved)](Connections& there) mutable { there.take(std::move(moved)); })) {
    count(Counter::kMailboxFull);
  }
  home_.retire(*this);
}

void Connection::arrive(Moved moved) {
  if (!stream_.open()) return on_end(0);
  if (!moved.socket.unwritten.empty())
    stream_.write([&moved](std::string& out) { out += moved.socket.unwritten; });
  moved.arrived(*this);
}

}  // namespace wyld::transport
