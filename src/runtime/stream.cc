#include "runtime/stream.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace wyld::runtime {
namespace {

constexpr std::size_t kSlicesPerWrite = 64;
constexpr std::size_t kCopiedBytesMax = 4096;
// Confirmed while a client connects: the system counts its SYN as a byte.
constexpr std::uint64_t kSynBytes = 1;

}  // namespace

Stream::Stream(Loop& loop, Fd fd, StreamEvents& events) noexcept
    : loop_(loop),
      events_(events),
      output_(loop.output_pool()),
      fd_(fd.release()),
      deadline_(&Stream::on_deadline, this) {}

Stream::~Stream() { close(); }

Status Stream::open() { return register_with_loop(State::kOpen, EPOLLIN); }

Status Stream::open_connecting(Duration deadline) {
  loop_.timers().schedule(deadline_, loop_.now() + deadline);
  uncounted_ = kSynBytes;
  return register_with_loop(State::kConnecting, EPOLLOUT);
}

Status Stream::register_with_loop(State state, std::uint32_t interest) {
  state_ = state;
  interest_ = interest;
  const Status added = loop_.add(fd_, interest_, *this);
  if (!added) {
    state_ = State::kClosed;
    deadline_.cancel();
    close_descriptor();
  }
  return added;
}

void Stream::on_deadline(void* self) { static_cast<Stream*>(self)->end(ETIMEDOUT); }

void Stream::write_shared(Payload payload) {
  if (closing()) return;
  output_.append_shared(std::move(payload));
  mark_dirty();
}

void Stream::mark_dirty() {
  if (dirty_ || blocked_ || state_ == State::kConnecting || output_.empty()) return;
  dirty_ = true;
  loop_.flush_later(*this);
}

void Stream::on_events(std::uint32_t epoll_events) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kConnecting) {
    if (const int error = loop_.system().take_error(fd_); error != 0) {
      end(error);
      return;
    }
    state_ = State::kOpen;
    deadline_.cancel();
    update_interest();
    mark_dirty();
    if (close_when_connected_ > Duration::zero()) close_after_flush(close_when_connected_);
    return;
  }
  if ((epoll_events & EPOLLOUT) != 0 && blocked_) {
    blocked_ = false;
    flush();
    if (state_ == State::kClosed) return;
    if (!blocked_) update_interest();
  }
  if ((epoll_events & EPOLLIN) != 0 && !paused_) {
    read();
  } else if ((epoll_events & (EPOLLHUP | EPOLLERR)) != 0) {
    // Nobody is reading, and both directions are gone.
    end(loop_.system().take_error(fd_));
  } else if ((epoll_events & EPOLLRDHUP) != 0 && paused_ && notices_end_) {
    end(0);
  }
}

void Stream::read() {
  const std::span<char> buffer = loop_.read_buffer();
  const ssize_t got = loop_.system().receive(fd_, buffer);
  if (got > 0) {
    // While closing, input is read and dropped: unread input would turn the close into a reset that
    // destroys what the peer has not read yet.
    if (state_ == State::kOpen) events_.on_bytes(buffer.data(), static_cast<std::size_t>(got));
    return;
  }
  if (got == -EAGAIN || got == -EINTR) return;
  end(static_cast<int>(-got));
}

ssize_t Stream::write_some() {
  std::array<iovec, kSlicesPerWrite> slices;
  const std::span<const iovec> gathered(slices.data(), output_.gather(slices));
  if (gathered.size() == 1 || output_.bytes() > kCopiedBytesMax) return loop_.system().send(fd_, gathered);
  // Copying a few small slices costs less than having the kernel walk them. Nobody reads right now, so
  // the read buffer is free.
  char* const joined = loop_.read_buffer().data();
  std::size_t bytes = 0;
  for (const iovec& slice : gathered) {
    std::memcpy(joined + bytes, slice.iov_base, slice.iov_len);
    bytes += slice.iov_len;
  }
  const iovec whole{.iov_base = joined, .iov_len = bytes};
  return loop_.system().send(fd_, {&whole, 1});
}

void Stream::flush() {
  dirty_ = false;
  if (state_ == State::kClosed) return;
  if (std::exchange(tell_flush_, false)) {
    dirty_ = true;  // what is added now leaves now
    events_.before_flush();
    if (state_ == State::kClosed) return;
    dirty_ = false;
  }
  if (marks_ != nullptr && marks_->has_pending()) {
    if (marks_->is_full()) marks_->delivered(confirmed_for_tags());
    marks_->commit(written_ + output_.bytes());
  }
  while (!output_.empty()) {
    const ssize_t put = write_some();
    if (put >= 0) {
      written_ += static_cast<std::uint64_t>(put);
      output_.consume(static_cast<std::size_t>(put));
      continue;
    }
    if (put == -EINTR) continue;
    if (put == -EAGAIN) {
      blocked_ = true;
      update_interest();
      return;
    }
    end(static_cast<int>(-put));
    return;
  }
  if (state_ == State::kClosing) {
    linger();
  } else if (tell_drained_) {
    tell_drained_ = false;
    events_.on_drained();
  }
}

void Stream::end(int system_errno) {
  if (state_ == State::kClosed) return;
  events_.on_end(system_errno);
  close();
}

void Stream::pause_reading(PeersEnd end) {
  paused_ = true;
  notices_end_ = end == PeersEnd::kNoticed;
  update_interest();
}

void Stream::resume_reading() {
  if (!paused_) return;
  paused_ = false;
  update_interest();
}

void Stream::update_interest() {
  if (state_ == State::kNew || state_ == State::kConnecting || state_ == State::kClosed) return;
  std::uint32_t wanted = 0;
  if (!paused_) {
    wanted |= EPOLLIN;
  } else if (notices_end_) {
    wanted |= EPOLLRDHUP;
  }
  if (blocked_) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.modify(fd_, wanted, *this);
}

void Stream::close_after_flush(Duration deadline) {
  if (state_ >= State::kClosing) return;
  if (state_ == State::kConnecting && !output_.empty()) {
    close_when_connected_ = deadline;  // or the deadline of connecting ends it
    return;
  }
  if (state_ == State::kNew || state_ == State::kConnecting) {
    // Nothing was ever said on it. The end is told after the caller has returned.
    loop_.timers().schedule(deadline_, loop_.now());
    state_ = State::kClosing;
    return;
  }
  loop_.timers().schedule(deadline_, loop_.now() + deadline);
  state_ = State::kClosing;
  if (paused_) resume_reading();
  if (output_.empty()) linger();
}

void Stream::linger() {
  state_ = State::kLingering;
  loop_.system().end_output(fd_);
}

// Of what was written here.
std::uint64_t Stream::confirmed_bytes() const noexcept {
  const std::uint64_t counted = std::max(loop_.system().confirmed_bytes(fd_).value_or(0), uncounted_);
  return std::min(counted - uncounted_, written_);
}

std::size_t Stream::unconfirmed_bytes() const noexcept {
  if (state_ == State::kClosed || state_ == State::kNew) return 0;
  return output_.bytes() + static_cast<std::size_t>(written_ - confirmed_bytes());
}

void Stream::begin_tags(std::uint64_t tag) {
  if (marks_ == nullptr) marks_ = std::make_unique<DeliveryMarks>();
  marks_->reset(tag);
}

void Stream::note_tag(std::uint64_t tag) {
  if (marks_ == nullptr) marks_ = std::make_unique<DeliveryMarks>();
  marks_->note(tag);
}

std::uint64_t Stream::delivered_tag() noexcept {
  if (marks_ == nullptr) return 0;
  return marks_->delivered(confirmed_for_tags());
}

std::uint64_t Stream::confirmed_for_tags() const noexcept {
  if (const std::optional<std::uint64_t> by_peer = marks_->confirmed_by_peer()) return *by_peer;
  return state_ == State::kClosed || state_ == State::kNew ? 0 : confirmed_bytes();
}

void Stream::confirm_by_peer(std::uint64_t position) {
  if (marks_ == nullptr) marks_ = std::make_unique<DeliveryMarks>();
  marks_->confirm_by_peer(position);
}

void Stream::take_counts(const Released& released) {
  written_ = released.written;
  uncounted_ = released.uncounted;
  if (released.by_peer) confirm_by_peer(*released.by_peer);
}

std::size_t Stream::waiting_bytes() const noexcept {
  return fd_ < 0 ? 0 : output_.bytes() + loop_.system().unconfirmed_bytes(fd_);
}

Stream::Released Stream::release() {
  if (state_ != State::kOpen) return {};
  std::string unwritten;
  std::array<iovec, kSlicesPerWrite> slices;
  while (!output_.empty()) {
    const std::size_t count = output_.gather(slices);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      unwritten.append(static_cast<const char*>(slices[i].iov_base), slices[i].iov_len);
      bytes += slices[i].iov_len;
    }
    output_.consume(bytes);
  }
  loop_.remove(fd_);
  Released released{.fd = loop_.system().own(std::exchange(fd_, -1)),
                    .unwritten = std::move(unwritten),
                    .written = written_,
                    .uncounted = uncounted_,
                    .by_peer = marks_ != nullptr ? marks_->confirmed_by_peer() : std::nullopt};
  state_ = State::kClosed;
  deadline_.cancel();
  if (dirty_) loop_.cancel_flush(*this);
  dirty_ = false;
  return released;
}

void Stream::close() {
  if (state_ == State::kClosed) return;
  if (state_ != State::kNew) loop_.remove(fd_);
  state_ = State::kClosed;
  deadline_.cancel();
  if (dirty_) loop_.cancel_flush(*this);
  dirty_ = false;
  output_.clear();
  close_descriptor();
}

void Stream::close_descriptor() noexcept {
  if (fd_ >= 0) loop_.system().own(std::exchange(fd_, -1)).reset();
}

}  // namespace wyld::runtime
