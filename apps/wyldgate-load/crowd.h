// Many connections that mostly listen: opens them, answers the telnet offers, names them, and knows
// when all has gone quiet.
//
// Owner    the idle, setup and broadcast roles. Thread: one.
// Errors   a connection that closes while it is needed ends the program.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wyldgate-load/greeting.h"
#include "wyldgate-load/latency.h"
#include "wyldgate-load/net.h"
#include "wyldgate-load/wire.h"

namespace wyld::load {

class Crowd {
 public:
  // Text that reached connection `index`; expires on return.
  using OnText = std::function<void(std::size_t index, std::string_view text)>;

  Crowd(const sockaddr_in& address, Wire::Form form, TelnetPeer::Manner manner)
      : address_(address), host_(format_address(address)), form_(form), manner_(manner) {}

  // Opens `count` connections in small batches; each has received something when this returns.
  void open(std::size_t count);
  // How connections come and go: `burst` at once, `rate` a second in all.
  struct Pace {
    double rate = 500;
    std::size_t burst = 1;
  };
  // Opens `count` connections. Each has read the game's greeting when this returns; how long
  // that took is added to `latencies`, unless that is null.
  void open_at(std::size_t count, Pace pace, Latencies* latencies);
  // Ends all of them, and returns when the other side has ended every one, too.
  void close_at(Pace pace);
  // Sends each connection's name as a line, a batch at a time, and waits for an answer to each.
  void enter(std::string_view prefix);
  // Returns when nothing has arrived anywhere for `quiet`.
  void settle(std::chrono::nanoseconds quiet);
  void send_line(std::size_t index, std::string_view line);  // without its line end
  // Handles what arrives until `deadline`, or returns after one batch; false when time is up.
  bool poll(Clock::time_point deadline, const OnText& on_text);
  // Holds the connections until standard input closes or a signal asks to stop.
  void hold();

  std::size_t count() const { return members_.size(); }

  // 0 -> "Prefixa", 27 -> "Prefixbb": worlds commonly allow letters only.
  static std::string name(std::string_view prefix, std::size_t index);

 private:
  struct Member {
    Fd fd;
    Wire wire;
    GreetingWatch greeting{};
    Clock::time_point begun{};
    std::size_t reads = 0;  // beyond the answer to a WebSocket's handshake
    bool ending = false;
  };

  void add_member();
  void send(std::size_t index, std::string_view bytes);
  // Calls `act` `count` times, and handles what arrives between the bursts.
  void keep_pace(std::size_t count, Pace pace, const std::function<void()>& act, const OnText& on_text);

  void wait_for_reads(std::size_t first, std::size_t last, std::size_t reads);

  sockaddr_in address_;
  const std::string host_;
  Wire::Form form_;
  TelnetPeer::Manner manner_;
  Epoll epoll_;
  std::vector<Member> members_;
  std::array<char, 64 * 1024> buffer_{};
  std::string answers_, outgoing_, scratch_;
  std::size_t ended_ = 0;  // by both sides
};

}  // namespace wyld::load
