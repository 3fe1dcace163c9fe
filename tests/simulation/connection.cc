#include "simulation/connection.h"

#include <algorithm>
#include <utility>

namespace wyld::simulation {

void Connection::open_gateway(GatewayEnd& end) {
  gateway_ = &end;
  accepted_ = true;
  send_up();
}

void Connection::refuse() {
  accepted_ = true;
  closing_ = true;
  end_client();
}

void Connection::write(std::string_view bytes) {
  if (nobody_) lost_ += bytes.size();
  if (closing_ || gateway_ == nullptr) return;
  queue_ += bytes;
  written_ += bytes.size();
}

void Connection::flush() {
  if (queued_bytes() > 0 || tell_drained_) pump();
}

// From the process to its system, which takes as much as fits.
void Connection::pump() {
  if (broken_) return;
  const std::size_t taken = down_.size() + unanswered_;
  const std::size_t room = taken < plan_.window_bytes ? plan_.window_bytes - taken : 0;
  const std::size_t bytes = std::min(room, queued_bytes());
  if (bytes > 0) {
    down_.append(queue_, queue_sent_, bytes);
    queue_sent_ += bytes;
    if (queue_sent_ == queue_.size()) {
      queue_.clear();
      queue_sent_ = 0;
    }
    send_down();
  }
  if (queued_bytes() > 0) return;
  if (closing_) {
    down_ends_ = true;
    send_down();
  } else if (gateway_ != nullptr && std::exchange(tell_drained_, false)) {
    gateway_->on_drained();
  }
}

void Connection::send_down() {
  if (down_due_ || silent_ || (down_.empty() && !down_ends_) || (!client_reads_ && !down_.empty())) return;
  down_due_ = true;
  const Duration stalled = std::max(stalled_until_ - schedule_.clock.now, Duration(0));
  schedule_.after(stalled + delay(), [self = shared_from_this()] { self->arrive_down(); });
}

void Connection::arrive_down() {
  down_due_ = false;
  if (silent_) return;
  if (schedule_.clock.now < stalled_until_ || (!client_reads_ && !down_.empty())) return send_down();
  if (client_ == nullptr) {
    // The client's system refuses what comes for nobody, and says so.
    lose_down(0);
    if (gateway_ != nullptr && !closing_) end_gateway();
    return;
  }
  std::size_t bytes = down_.size();
  if (bytes > 1 && random_.chance(plan_.short_read)) bytes = random_.between(1, bytes);
  if (bytes > 0) {
    const std::string piece = down_.substr(0, bytes);
    down_.erase(0, bytes);
    unanswered_ += bytes;
    schedule_.after(delay(), [self = shared_from_this(), bytes] {
      self->unanswered_ -= bytes;
      self->pump();
    });
    client_->on_bytes(piece);
  }
  if (down_.empty() && down_ends_) {
    end_client();
  } else {
    send_down();
  }
}

void Connection::set_reading(bool on, bool notices_end) {
  gateway_reads_ = on;
  gateway_notices_end_ = notices_end;
  if (on || (notices_end && up_ends_)) send_up();
}

void Connection::client_reads(bool on) {
  client_reads_ = on;
  if (on) send_down();
}

void Connection::close_after_flush(Duration farewell) {
  closing_ = true;
  up_.clear();
  flush();
  gateway_ = nullptr;
  if (queued_bytes() > 0) {
    schedule_.after(farewell, [self = shared_from_this()] {
      if (self->down_ends_) return;
      self->queue_.clear();
      self->queue_sent_ = 0;
      self->down_ends_ = true;
      self->send_down();
    });
  } else {
    down_ends_ = true;
    send_down();
  }
}

void Connection::process_gone() {
  gateway_ = nullptr;
  closing_ = true;
  queue_.clear();
  queue_sent_ = 0;
  up_.clear();
  if (random_.chance(0.5)) lose_down(random_.below(down_.size() + 1));
  down_ends_ = true;
  send_down();
}

void Connection::client_write(std::string_view bytes) {
  if (client_ == nullptr || up_ends_) return;
  up_ += bytes;
  send_up();
}

void Connection::client_close() {
  client_ = nullptr;
  up_ends_ = true;
  send_up();
}

void Connection::send_up() {
  if (!accepted_ || up_due_ || silent_ || (up_.empty() && !up_ends_)) return;
  up_due_ = true;
  const Duration stalled = std::max(stalled_until_ - schedule_.clock.now, Duration(0));
  schedule_.after(stalled + delay(), [self = shared_from_this()] { self->arrive_up(); });
}

void Connection::arrive_up() {
  up_due_ = false;
  if (silent_) return;
  if (schedule_.clock.now < stalled_until_) return send_up();
  if (gateway_ == nullptr || closing_) {
    up_.clear();
    return;
  }
  if (!gateway_reads_) {
    if (gateway_notices_end_ && up_ends_) {
      up_.clear();
      end_gateway();
    }
    return;
  }
  std::size_t bytes = up_.size();
  if (bytes > 1 && random_.chance(plan_.short_read)) bytes = random_.between(1, bytes);
  if (bytes > 0) {
    std::string piece = up_.substr(0, bytes);
    up_.erase(0, bytes);
    gateway_->on_bytes(piece.data(), piece.size());
  }
  if (up_.empty() && up_ends_) {
    if (gateway_ != nullptr) end_gateway();
  } else {
    send_up();
  }
}

void Connection::lose_down(std::size_t kept) {
  lost_ += down_.size() - kept;
  down_.resize(kept);
}

void Connection::end_gateway() {
  if (GatewayEnd* const end = std::exchange(gateway_, nullptr)) {
    closing_ = true;
    end->on_end();
  }
}

void Connection::end_client() {
  if (ClientEnd* const end = std::exchange(client_, nullptr)) end->on_end();
}

void Connection::cut() {
  if (!up_.empty()) up_.resize(random_.below(up_.size() + 1));
  lose_down(random_.below(down_.size() + 1));
  broken_ = true;
  up_ends_ = down_ends_ = true;
  client_reads_ = true;
  // What the process has queued stays where it is: its system takes no more.
  stalled_until_ = {};
  send_up();
  send_down();
  if (!gateway_reads_) {
    schedule_.after(delay(), [self = shared_from_this()] { self->end_gateway(); });
  }
}

void Connection::stall(Duration time) {
  stalled_until_ = std::max(stalled_until_, schedule_.clock.now + time);
}

void Connection::fall_silent(Duration gateway_after, Duration client_after) {
  silent_ = true;
  schedule_.after(gateway_after, [self = shared_from_this()] { self->end_gateway(); });
  schedule_.after(client_after, [self = shared_from_this()] { self->end_client(); });
}

}  // namespace wyld::simulation
