// Players that type: closed loop (a new line when the reply is whole) or open loop (lines at a
// fixed rate, latency counted from when a line was due, so a stall is not flattered away).
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <memory>
#include <vector>

#include "wyldgate-load/greeting.h"
#include "wyldgate-load/latency.h"
#include "wyldgate-load/net.h"
#include "wyldgate-load/roles.h"
#include "wyldgate-load/subject.h"

namespace wyld::load {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

constexpr std::size_t kTagBytes = 16;  // The part of a line that the game repeats.

nanoseconds from_seconds(double seconds) { return duration_cast<nanoseconds>(duration<double>(seconds)); }

struct Player {
  Fd fd;
  Wire wire;
  GreetingWatch greeting{};
  bool waiting = false;
  std::uint32_t round = 0;
  std::size_t reply_bytes = 0;         // Received of the current reply.
  std::array<char, kTagBytes> head{};  // Its beginning.
  Clock::time_point due{};
};

struct Phase {
  std::size_t goal = 0;  // Round trips; 0: until `end`.
  Clock::time_point end{};
  std::size_t started = 0, finished = 0;
  Clock::time_point next_due{};
  nanoseconds interval{};  // Open loop: between two lines.
};

class Players {
 public:
  explicit Players(const PlayersOptions& options)
      : options_(options), host_(format_address(options.connect)), line_(options.line_bytes - 2, '-') {}

  int run() {
    connect_all();
    if (options_.warmup > 0) {
      drive(options_.warmup, 0);
      latencies_.clear();
    }
    latencies_.reserve(options_.round_trips);
    announce_step(options_.step, "measuring");
    const std::uint64_t cpu_before = options_.subject > 0 ? cpu_nanoseconds(options_.subject) : 0;
    const Clock::time_point before = Clock::now();
    const std::size_t done = drive(options_.round_trips, options_.seconds);
    const double seconds = duration<double>(Clock::now() - before).count();
    const std::uint64_t cpu = options_.subject > 0 ? cpu_nanoseconds(options_.subject) - cpu_before : 0;
    announce_step(options_.step, "measured");
    fmt::print(
        R"({{"connections":{},"round_trips":{},"seconds":{:.3f},"rps":{:.0f},"latency_us":{},"errors":{},)"
        R"("subject_cpu_us_per_round_trip":{:.3f}}})"
        "\n",
        players_.size(), done, seconds, static_cast<double>(done) / seconds, latencies_.json(), errors_,
        done > 0 ? static_cast<double>(cpu) / 1000.0 / static_cast<double>(done) : 0.0);
    return errors_ == 0 && !stalled_ ? 0 : 1;
  }

 private:
  void connect_all() {
    need_descriptors(options_.connections);
    players_.reserve(options_.connections);
    while (players_.size() < options_.connections) {
      const std::size_t batch = std::min(options_.ramp, options_.connections - players_.size());
      for (std::size_t i = 0; i < batch; ++i) {
        players_.push_back(
            Player{.fd = connect_to(options_.connect), .wire = Wire{options_.form, options_.manner}});
        Player& player = players_.back();
        epoll_.add(player.fd, EPOLLIN, players_.size() - 1);
        const std::string opening = player.wire.opening(host_);
        if (transmit(player.fd, opening).bytes != opening.size())
          die("a connection would not take a request");
      }
      const Clock::time_point give_up = Clock::now() + from_seconds(options_.give_up_seconds);
      while (greeted_ < players_.size()) {
        read_ready(give_up, nullptr);
        if (Clock::now() >= give_up)
          die(fmt::format("{} of {} connections got no greeting", players_.size() - greeted_,
                          players_.size()));
      }
    }
    for (std::size_t i = 0; i < players_.size(); ++i) free_.push_back(i);
  }

  // Runs until `goal` lines were answered, or sends for `seconds` and waits for what is out.
  std::size_t drive(std::size_t goal, double seconds) {
    Phase phase;
    const Clock::time_point begin = Clock::now();
    phase.goal = goal;
    phase.end = begin + from_seconds(seconds);
    phase.next_due = begin;
    if (options_.rate > 0) phase.interval = from_seconds(1.0 / options_.rate);
    const nanoseconds patience = from_seconds(options_.give_up_seconds);
    Clock::time_point progress = begin;
    std::size_t seen = 0;
    while (!stalled_) {
      const bool more = start_due(phase);
      if (!more && phase.finished + lost_ >= phase.started) break;
      Clock::time_point wake = progress + patience;
      if (more && options_.rate > 0 && !free_.empty()) wake = std::min(wake, phase.next_due);
      read_ready(wake, &phase);
      const Clock::time_point now = Clock::now();
      if (phase.finished != seen) {
        seen = phase.finished;
        progress = now;
      } else if (now >= progress + patience && phase.finished + lost_ < phase.started) {
        stalled_ = true;
        fmt::print(stderr, "wyldgate-load: no reply for {} s, {} outstanding\n", options_.give_up_seconds,
                   phase.started - phase.finished);
      }
    }
    lost_ = 0;
    return phase.finished;
  }

  // Sends every line that may go now; false when the phase sends no more.
  bool start_due(Phase& phase) {
    const std::size_t bound = options_.inflight > 0 ? options_.inflight : players_.size();
    for (;;) {
      if (phase.goal > 0 ? phase.started >= phase.goal : Clock::now() >= phase.end) return false;
      if (free_.empty()) return !players_.empty() && alive_ > 0;
      const Clock::time_point now = Clock::now();
      if (options_.rate > 0) {
        if (now < phase.next_due) return true;
        send_line(phase, phase.next_due);
        phase.next_due += phase.interval;
      } else {
        if (phase.started - phase.finished - lost_ >= bound) return true;
        send_line(phase, now);
      }
    }
  }

  void send_line(Phase& phase, Clock::time_point due) {
    const std::size_t index = free_.front();
    free_.pop_front();
    Player& player = players_[index];
    player.due = due;
    player.waiting = true;
    player.reply_bytes = 0;
    ++player.round;
    const std::array<char, kTagBytes> tag = tag_of(player, index);
    std::copy(tag.begin(), tag.end(), line_.begin());
    ++phase.started;
    outgoing_.clear();
    player.wire.append_line(line_, outgoing_);
    const IoResult sent = transmit(player.fd, outgoing_);
    // One small line is out at a time, so a socket that takes only a part has failed us.
    if (sent.bytes != outgoing_.size()) lose(player);
  }

  void read_ready(Clock::time_point deadline, Phase* phase) {
    for (const epoll_event& event : epoll_.wait(deadline)) {
      Player& player = players_[event.data.u64];
      if (!player.fd) continue;  // Lost earlier in this batch.
      const IoResult got = receive(player.fd, buffer_);
      if (got.state == IoState::kWouldBlock) continue;
      if (got.state == IoState::kClosed) {
        if (!player.greeting.seen()) die("a connection was closed before its greeting");
        lose(player);
        continue;
      }
      answers_.clear();
      const std::string_view text = player.wire.receive({buffer_.data(), got.bytes}, answers_, scratch_);
      if (!player.wire.trouble().empty()) die(player.wire.trouble());
      if (!answers_.empty() && transmit(player.fd, answers_).bytes != answers_.size()) {
        lose(player);
        continue;
      }
      take_text(player, event.data.u64, text, phase);
    }
  }

  void take_text(Player& player, std::size_t index, std::string_view text, Phase* phase) {
    if (!player.greeting.seen()) {
      if (!player.greeting.completed_by(text)) return;
      ++greeted_;
      ++alive_;
      return;
    }
    while (!text.empty()) {
      const std::size_t newline = text.find('\n');
      const std::string_view piece =
          text.substr(0, newline == std::string_view::npos ? newline : newline + 1);
      if (player.reply_bytes < kTagBytes)
        piece.copy(player.head.data() + player.reply_bytes, kTagBytes - player.reply_bytes);
      player.reply_bytes += piece.size();
      text.remove_prefix(piece.size());
      if (newline == std::string_view::npos) return;
      if (!player.waiting || phase == nullptr) {
        ++errors_;  // A line nobody asked for.
        player.reply_bytes = 0;
        continue;
      }
      latencies_.add(duration_cast<nanoseconds>(Clock::now() - player.due));
      check_reply(player, index);
      player.waiting = false;
      player.reply_bytes = 0;
      ++phase->finished;
      free_.push_back(index);
    }
  }

  void check_reply(const Player& player, std::size_t index) {
    if (player.reply_bytes != options_.reply_bytes || player.head != tag_of(player, index)) ++errors_;
  }

  // "000012 000000345": who says it, and for the how manieth time.
  static std::array<char, kTagBytes> tag_of(const Player& player, std::size_t index) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%06zu %09llu", index,
                  static_cast<unsigned long long>(player.round));
    std::array<char, kTagBytes> tag{};
    std::copy_n(text.begin(), tag.size(), tag.begin());
    return tag;
  }

  void lose(Player& player) {
    ++errors_;
    --alive_;
    if (player.waiting) ++lost_;
    player.waiting = false;
    player.fd.reset();  // Leaves the epoll set; its index is not handed out again while waiting.
    std::erase(free_, static_cast<std::size_t>(&player - players_.data()));
  }

  PlayersOptions options_;
  Epoll epoll_;
  std::vector<Player> players_;
  std::deque<std::size_t> free_;  // Players with no line out, the longest idle first.
  const std::string host_;
  std::string line_;  // Without its line end.
  std::string outgoing_, answers_, scratch_;
  std::array<char, 64 * 1024> buffer_{};
  Latencies latencies_;
  std::size_t greeted_ = 0, alive_ = 0, lost_ = 0, errors_ = 0;
  bool stalled_ = false;
};

}  // namespace

int run_players(const PlayersOptions& options) {
  if (options.line_bytes < kTagBytes + 2 || options.reply_bytes < kTagBytes + 2)
    die(fmt::format("lines and replies need at least {} bytes, to tell them apart", kTagBytes + 2));
  if (options.connections == 0) die("needs at least one connection");
  if (options.round_trips == 0 && options.seconds <= 0) die("needs round trips or seconds");
  return std::make_unique<Players>(options)->run();
}

}  // namespace wyld::load
