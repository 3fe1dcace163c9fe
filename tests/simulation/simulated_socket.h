#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "simulation/network.h"
#include "simulation/random.h"
#include "simulation/schedule.h"

namespace wyld::simulation {

// One TCP connection between a client and the gateway. The gateway's end is what its system holds of it, as
// SimulatedSystem hands it to a runtime::Stream; the client's is a ClientEnd. In between, bytes come late, in
// pieces, or not at all, but never out of order.
//
// Owner    shared by the two ends and by what is on its way.
class SimulatedSocket final : public std::enable_shared_from_this<SimulatedSocket> {
 public:
  // `plan` may change meanwhile.
  SimulatedSocket(std::uint64_t number, Schedule& schedule, Random& random, const NetworkPlan& plan)
      : number_(number), schedule_(schedule), random_(random.next()), plan_(plan) {}

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  // --- how it begins ---
  // The gateway is the side that connects: its system counts the SYN.
  void gateway_connects() noexcept { gateway_connects_ = true; }
  // A proxy is in between: it confirms what it takes, and passes it on if nothing happens.
  void put_behind_proxy() noexcept { proxied_ = true; }
  // The other side takes the connection: what was written before comes now.
  void accept();
  // Nobody is there to take it.
  void refuse();

  // --- the gateway's system; errors are minus the errno ---
  [[nodiscard]] std::uint32_t readiness() const noexcept;  // epoll's flags
  [[nodiscard]] ssize_t receive(std::span<char> into) noexcept;
  [[nodiscard]] ssize_t send(std::span<const iovec> slices);
  void end_output();
  [[nodiscard]] int take_error() noexcept;
  [[nodiscard]] bool connected() const noexcept { return accepted_ && !gone_ && !closed_; }
  [[nodiscard]] std::uint64_t confirmed_bytes() const noexcept { return confirmed_; }
  [[nodiscard]] std::size_t unconfirmed_bytes() const noexcept {
    return gone_ || proxied_ ? 0 : occupied_bytes();
  }
  // Everything the system has taken from the process.
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept { return taken_; }
  // The process has closed its descriptor; its system still delivers what it has taken.
  void close();
  // The process was killed: what its system had taken may still arrive.
  void process_gone();

  // --- the client's end ---
  void open_client(ClientEnd& end) noexcept { client_ = &end; }
  void client_write(std::string_view bytes);
  // Says no more, and still reads.
  void client_end_output();
  // Goes away: the client's system refuses what still comes for it.
  void client_close();
  // A client that does not read.
  void client_reads(bool on);

  // --- faults ---
  // Breaks; of what is on its way, some still arrives. Both ends hear of it.
  void cut();
  // Nothing moves for a while.
  void stall(Duration time);
  // From now on nothing arrives anywhere, and each end finds out for itself, so much later.
  void fall_silent(Duration gateway_after, Duration client_after);

  [[nodiscard]] bool over() const noexcept { return accepted_ && !gateway_is_there() && client_ == nullptr; }
  [[nodiscard]] bool client_is_there() const noexcept { return client_ != nullptr; }
  [[nodiscard]] bool gateway_is_there() const noexcept { return !closed_ && !gone_; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  [[nodiscard]] bool client_stopped_reading() const noexcept { return !client_reads_; }

 private:
  [[nodiscard]] Duration delay() noexcept { return random_.between(plan_.delay_min, plan_.delay_max); }
  // Of the gateway's send buffer.
  [[nodiscard]] std::size_t occupied_bytes() const noexcept { return down_.size() + unanswered_ + lost_; }
  [[nodiscard]] std::size_t room() const noexcept;
  // When what is sent now, or after a stall, arrives.
  [[nodiscard]] Duration arrival() noexcept;
  void send_down();
  void arrive_down();
  void confirm(std::size_t bytes) noexcept;
  void send_up();
  void arrive_up();
  void lose_down(std::size_t kept);
  void break_gateway(int system_errno) noexcept;
  void end_client();

  const std::uint64_t number_;
  Schedule& schedule_;
  Random random_;  // its own: a gateway that stops closes its connections in no particular order
  const NetworkPlan& plan_;
  ClientEnd* client_ = nullptr;  // null: it has let go

  // Toward the client: what the gateway's system has taken is on its way, or has arrived without the system
  // knowing, or never will.
  std::string down_;
  std::size_t unanswered_ = 0;
  std::size_t lost_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t taken_ = 0;
  // Toward the gateway: on its way, and arrived but not read.
  std::string up_;
  std::string arrived_;
  int error_ = 0;  // of the gateway's end, until it is taken

  bool gateway_connects_ = false;
  bool proxied_ = false;
  bool accepted_ = false;
  bool client_reads_ = true;
  bool down_due_ = false;      // an arrival is scheduled
  bool up_due_ = false;        // likewise
  bool down_ends_ = false;     // after what is on its way
  bool up_ends_ = false;       // likewise
  bool up_end_due_ = false;    // and has not arrived
  bool output_ended_ = false;  // by the process
  bool input_ended_ = false;   // the client's end has arrived
  bool broken_ = false;        // what is on its way may arrive, nothing more
  bool gone_ = false;          // the gateway's system knows that it is broken
  bool closed_ = false;        // by the process
  bool silent_ = false;        // nothing goes any way
  TimePoint stalled_until_{};
};

}  // namespace wyld::simulation
