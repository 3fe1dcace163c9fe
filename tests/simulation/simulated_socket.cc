#include "simulation/simulated_socket.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wyld::simulation {
namespace {

constexpr std::uint64_t kSynBytes = 1;

}  // namespace

// --- how it begins ---

void SimulatedSocket::accept() {
  accepted_ = true;
  if (gateway_connects_) confirmed_ += kSynBytes;
  send_up();
}

void SimulatedSocket::refuse() {
  accepted_ = true;
  if (gateway_connects_) {
    break_gateway(ECONNREFUSED);
    return;
  }
  closed_ = true;
  end_client();
}

// --- the gateway's system ---

std::uint32_t SimulatedSocket::readiness() const noexcept {
  std::uint32_t ready = 0;
  if (!accepted_) return ready;
  if (!arrived_.empty()) ready |= EPOLLIN;
  if (input_ended_ || gone_) ready |= EPOLLIN | EPOLLRDHUP;
  if (gone_ || output_ended_ || room() > 0) ready |= EPOLLOUT;
  if (gone_ || (input_ended_ && output_ended_)) ready |= EPOLLHUP;
  if (error_ != 0) ready |= EPOLLERR;
  return ready;
}

ssize_t SimulatedSocket::receive(std::span<char> into) noexcept {
  if (!arrived_.empty()) {
    const std::size_t bytes = std::min(into.size(), arrived_.size());
    std::memcpy(into.data(), arrived_.data(), bytes);
    arrived_.erase(0, bytes);
    return static_cast<ssize_t>(bytes);
  }
  if (error_ != 0) return -take_error();
  return input_ended_ || gone_ ? 0 : -EAGAIN;
}

ssize_t SimulatedSocket::send(std::span<const iovec> slices) {
  if (error_ != 0) return -take_error();
  if (gone_ || output_ended_) return -EPIPE;
  std::size_t left = accepted_ ? room() : 0;
  if (left == 0) return -EAGAIN;
  std::size_t taken = 0;
  for (const iovec& slice : slices) {
    const std::size_t bytes = std::min(left, slice.iov_len);
    if (broken_) {
      lost_ += bytes;  // the system does not know yet
    } else {
      down_.append(static_cast<const char*>(slice.iov_base), bytes);
    }
    taken += bytes;
    left -= bytes;
  }
  taken_ += taken;
  if (proxied_) confirmed_ += taken;
  send_down();
  return static_cast<ssize_t>(taken);
}

std::size_t SimulatedSocket::room() const noexcept {
  return occupied_bytes() < plan_.window_bytes ? plan_.window_bytes - occupied_bytes() : 0;
}

void SimulatedSocket::end_output() {
  output_ended_ = true;
  down_ends_ = true;
  send_down();
}

int SimulatedSocket::take_error() noexcept { return std::exchange(error_, 0); }

void SimulatedSocket::close() {
  closed_ = true;
  // Unread input turns the close into a reset, which overtakes some of the output.
  if (!arrived_.empty()) lose_down(random_.below(down_.size() + 1));
  arrived_.clear();
  down_ends_ = true;
  send_down();
}

void SimulatedSocket::process_gone() {
  closed_ = true;
  arrived_.clear();
  if (random_.chance(0.5)) lose_down(random_.below(down_.size() + 1));
  down_ends_ = true;
  send_down();
}

void SimulatedSocket::break_gateway(int system_errno) noexcept {
  if (closed_ || gone_) return;
  gone_ = true;
  error_ = system_errno;
}

// --- toward the client ---

Duration SimulatedSocket::arrival() noexcept {
  return std::max(stalled_until_ - schedule_.clock.now, Duration(0)) + delay();
}

void SimulatedSocket::send_down() {
  if (!accepted_ || down_due_ || silent_ || (down_.empty() && !down_ends_)) return;
  if (!client_reads_ && !down_.empty()) return;
  down_due_ = true;
  schedule_.after(arrival(), [self = shared_from_this()] { self->arrive_down(); });
}

void SimulatedSocket::arrive_down() {
  down_due_ = false;
  if (silent_) return;
  if (schedule_.clock.now < stalled_until_ || (!client_reads_ && !down_.empty())) return send_down();
  if (client_ == nullptr) {
    if (down_.empty()) return;
    // The client's system refuses what comes for nobody, and says so.
    lose_down(0);
    broken_ = true;
    break_gateway(ECONNRESET);
    return;
  }
  std::size_t bytes = down_.size();
  if (bytes > 1 && random_.chance(plan_.short_read)) bytes = random_.between(1, bytes);
  if (bytes > 0) {
    const std::string piece = down_.substr(0, bytes);
    down_.erase(0, bytes);
    unanswered_ += bytes;
    schedule_.after(delay(), [self = shared_from_this(), bytes] { self->confirm(bytes); });
    client_->on_bytes(piece);
  }
  if (down_.empty() && down_ends_) {
    end_client();
  } else {
    send_down();
  }
}

void SimulatedSocket::confirm(std::size_t bytes) noexcept {
  unanswered_ -= bytes;
  if (gone_ || proxied_) return;
  confirmed_ += bytes;
}

void SimulatedSocket::lose_down(std::size_t kept) {
  lost_ += down_.size() - kept;
  down_.resize(kept);
}

void SimulatedSocket::client_reads(bool on) {
  client_reads_ = on;
  if (on) send_down();
}

// A client that has heard of the end closes too.
void SimulatedSocket::end_client() {
  if (ClientEnd* const end = std::exchange(client_, nullptr)) end->on_end();
  client_end_output();
}

// --- toward the gateway ---

void SimulatedSocket::client_write(std::string_view bytes) {
  if (client_ == nullptr || up_ends_) return;
  up_ += bytes;
  send_up();
}

void SimulatedSocket::client_end_output() {
  if (!std::exchange(up_ends_, true)) up_end_due_ = true;
  send_up();
}

void SimulatedSocket::client_close() {
  client_ = nullptr;
  client_reads_ = true;  // what comes is refused, not left waiting
  client_end_output();
  send_down();
}

void SimulatedSocket::send_up() {
  if (!accepted_ || up_due_ || silent_ || (up_.empty() && !up_end_due_)) return;
  up_due_ = true;
  schedule_.after(arrival(), [self = shared_from_this()] { self->arrive_up(); });
}

void SimulatedSocket::arrive_up() {
  up_due_ = false;
  if (silent_) return;
  if (schedule_.clock.now < stalled_until_) return send_up();
  if (closed_) {
    up_.clear();
    return;
  }
  std::size_t bytes = up_.size();
  if (bytes > 1 && random_.chance(plan_.short_read)) bytes = random_.between(1, bytes);
  arrived_.append(up_, 0, bytes);
  up_.erase(0, bytes);
  if (!up_.empty()) return send_up();
  if (!std::exchange(up_end_due_, false)) return;
  if (broken_) {
    break_gateway(ECONNRESET);
  } else {
    input_ended_ = true;
  }
}

// --- faults ---

void SimulatedSocket::cut() {
  if (!up_.empty()) up_.resize(random_.below(up_.size() + 1));
  lose_down(random_.below(down_.size() + 1));
  broken_ = true;
  up_ends_ = up_end_due_ = down_ends_ = true;
  client_reads_ = true;
  stalled_until_ = {};
  send_up();
  send_down();
}

void SimulatedSocket::stall(Duration time) {
  stalled_until_ = std::max(stalled_until_, schedule_.clock.now + time);
}

void SimulatedSocket::fall_silent(Duration gateway_after, Duration client_after) {
  silent_ = true;
  schedule_.after(gateway_after, [self = shared_from_this()] { self->break_gateway(ETIMEDOUT); });
  schedule_.after(client_after, [self = shared_from_this()] { self->end_client(); });
}

}  // namespace wyld::simulation
