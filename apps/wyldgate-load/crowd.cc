#include "wyldgate-load/crowd.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace wyld::load {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr auto kPatience = std::chrono::seconds{60};

}  // namespace

std::string Crowd::name(std::string_view prefix, std::size_t index) {
  std::string letters;
  do {
    letters.insert(letters.begin(), static_cast<char>('a' + index % 26));
    index /= 26;
  } while (index > 0);
  return std::string(prefix) + letters;
}

void Crowd::open(std::size_t count) {
  need_descriptors(count);
  members_.reserve(count);
  while (members_.size() < count) {
    const std::size_t first = members_.size();
    for (std::size_t i = std::min(kBatch, count - first); i > 0; --i) add_member();
    wait_for_reads(first, members_.size(), 1);
  }
}

void Crowd::add_member() {
  const Clock::time_point begun = Clock::now();
  members_.push_back(Member{.fd = connect_to(address_), .wire = Wire{form_, manner_}, .begun = begun});
  epoll_.add(members_.back().fd, EPOLLIN, members_.size() - 1);
  if (const std::string opening = members_.back().wire.opening(host_); !opening.empty())
    send(members_.size() - 1, opening);
}

void Crowd::keep_pace(std::size_t count, Pace pace, const std::function<void()>& act, const OnText& on_text) {
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(static_cast<double>(pace.burst) / pace.rate));
  for (Clock::time_point due = Clock::now(); count > 0; due += interval) {
    while (poll(due, on_text)) continue;
    for (std::size_t left = std::min(pace.burst, count); left > 0; --left, --count) act();
  }
}

void Crowd::open_at(std::size_t count, Pace pace, Latencies* latencies) {
  need_descriptors(count);
  members_.reserve(count);
  std::size_t greeted = 0;
  const OnText on_text = [&](std::size_t index, std::string_view text) {
    Member& member = members_[index];
    if (!member.greeting.completed_by(text)) return;
    ++greeted;
    if (latencies != nullptr) latencies->add(Clock::now() - member.begun);
  };
  keep_pace(count, pace, [this] { add_member(); }, on_text);
  const Clock::time_point give_up = Clock::now() + kPatience;
  while (greeted < count) {
    if (!poll(give_up, on_text))
      die(fmt::format("{} of {} connections got no greeting", count - greeted, count));
  }
}

void Crowd::close_at(Pace pace) {
  std::size_t next = 0;
  ended_ = 0;
  const auto end_next = [&] {
    Member& member = members_[next++];
    member.ending = true;
    if (::shutdown(member.fd.get(), SHUT_WR) != 0) die_errno("shutdown");
  };
  keep_pace(members_.size(), pace, end_next, nullptr);
  const Clock::time_point give_up = Clock::now() + kPatience;
  while (ended_ < members_.size()) {
    if (!poll(give_up, nullptr))
      die(fmt::format("{} of {} connections were not ended by the other side", members_.size() - ended_,
                      members_.size()));
  }
  members_.clear();
}

void Crowd::enter(std::string_view prefix) {
  for (std::size_t first = 0; first < members_.size(); first += kBatch) {
    const std::size_t last = std::min(first + kBatch, members_.size());
    for (std::size_t i = first; i < last; ++i) {
      members_[i].reads = 0;
      send_line(i, name(prefix, i));
    }
    wait_for_reads(first, last, 1);
  }
}

void Crowd::wait_for_reads(std::size_t first, std::size_t last, std::size_t reads) {
  const Clock::time_point give_up = Clock::now() + kPatience;
  std::size_t index = first;
  while (index < last) {
    if (members_[index].reads >= reads) {
      ++index;
    } else if (!poll(give_up, nullptr)) {
      die(fmt::format("connection {} of {} heard nothing", index + 1, members_.size()));
    }
  }
}

void Crowd::settle(std::chrono::nanoseconds quiet) {
  while (poll(Clock::now() + quiet, nullptr)) continue;
}

void Crowd::send_line(std::size_t index, std::string_view line) {
  outgoing_.clear();
  members_[index].wire.append_line(line, outgoing_);
  send(index, outgoing_);
}

void Crowd::send(std::size_t index, std::string_view bytes) {
  if (transmit(members_[index].fd, bytes).bytes != bytes.size())
    die("a connection would not take what was sent");
}

bool Crowd::poll(Clock::time_point deadline, const OnText& on_text) {
  const std::span<const epoll_event> events = epoll_.wait(deadline);
  if (events.empty()) return Clock::now() < deadline;
  for (const epoll_event& event : events) {
    Member& member = members_[event.data.u64];
    const IoResult got = receive(member.fd, buffer_);
    if (got.state == IoState::kWouldBlock) continue;
    if (got.state == IoState::kClosed) {
      if (!member.ending) die(fmt::format("connection {} was closed by the other side", event.data.u64 + 1));
      member.fd.reset();
      ++ended_;
      continue;
    }
    answers_.clear();
    const bool was_open = member.wire.open();
    const std::string_view text = member.wire.receive({buffer_.data(), got.bytes}, answers_, scratch_);
    if (!member.wire.trouble().empty()) die(member.wire.trouble());
    if (was_open || !text.empty()) ++member.reads;
    if (!answers_.empty() && !member.ending) send(event.data.u64, answers_);
    if (on_text) on_text(event.data.u64, text);
  }
  return true;
}

void Crowd::hold() {
  const Fd stop = stop_signals();
  pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {stop.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) return;
    char byte = 0;
    if (watched[0].revents != 0 && ::read(STDIN_FILENO, &byte, 1) <= 0) return;
  }
}

}  // namespace wyld::load
