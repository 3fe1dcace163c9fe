#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "simulation/random.h"
#include "simulation/schedule.h"

namespace wyld::simulation {

// How bad the network is.
struct NetworkPlan {
  Duration delay_min = std::chrono::milliseconds(1);
  Duration delay_max = std::chrono::milliseconds(40);
  double short_read = 0;                 // that a read brings only a part of what is there
  std::size_t window_bytes = 64 * 1024;  // that the systems in between take
};

// The gateway's end hears what a runtime::Stream would tell.
class GatewayEnd {
 public:
  virtual void on_bytes(char* data, std::size_t bytes) = 0;
  virtual void on_drained() = 0;
  virtual void on_end() = 0;

 protected:
  ~GatewayEnd() = default;
};

class ClientEnd {
 public:
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_end() = 0;

 protected:
  ~ClientEnd() = default;
};

// One connection between a client and the gateway: two streams of bytes that come late, in pieces, or not at
// all, but never out of order.
//
// Owner    shared by the two ends and by what is on its way.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // `plan` may change meanwhile.
  Connection(std::uint64_t number, Schedule& schedule, Random& random, const NetworkPlan& plan)
      : number_(number), schedule_(schedule), random_(random), plan_(plan) {}

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  // --- the gateway's end ---
  // Accepted: what was written before comes now.
  void open_gateway(GatewayEnd& end);
  // There is nobody to accept it.
  void refuse();
  void write(std::string_view bytes);
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return queue_.size() - queue_sent_; }
  [[nodiscard]] std::size_t unconfirmed_bytes() const noexcept {
    return queued_bytes() + down_.size() + unanswered_ + lost_;
  }
  [[nodiscard]] std::uint64_t written_bytes() const noexcept { return written_; }
  // The socket is gone, but not yet its owner: what is written counts as lost.
  void write_to_nobody() noexcept { nobody_ = true; }
  void tell_when_drained() noexcept { tell_drained_ = true; }
  // `notices_end`: a client that hangs up is noticed all the same; what it sent before is lost then.
  void set_reading(bool on, bool notices_end = false);
  [[nodiscard]] bool gateway_reads() const noexcept { return gateway_reads_; }
  // Writes what is queued, if that goes within `farewell`. The end is not heard of any more.
  void close_after_flush(Duration farewell);
  // The process is gone: what its system had taken may still arrive.
  void process_gone();
  // What a turn has written, leaves.
  void flush();

  // --- the client's end ---
  void open_client(ClientEnd& end) noexcept { client_ = &end; }
  void client_write(std::string_view bytes);
  void client_close();
  // A client that does not read.
  void client_reads(bool on);

  // --- what may befall it ---
  // Breaks; of what is on its way, some still arrives. Both ends hear of it.
  void cut();
  // Nothing moves for a while.
  void stall(Duration time);
  // From now on nothing arrives anywhere, and each end finds out for itself, so much later.
  void fall_silent(Duration gateway_after, Duration client_after);

  [[nodiscard]] bool over() const noexcept { return accepted_ && gateway_ == nullptr && client_ == nullptr; }
  [[nodiscard]] bool client_is_there() const noexcept { return client_ != nullptr; }
  [[nodiscard]] bool gateway_is_there() const noexcept { return gateway_ != nullptr; }
  [[nodiscard]] bool client_stopped_reading() const noexcept { return !client_reads_; }

 private:
  [[nodiscard]] Duration delay() noexcept { return random_.between(plan_.delay_min, plan_.delay_max); }
  void pump();
  void send_down();
  void arrive_down();
  void send_up();
  void arrive_up();
  void lose_down(std::size_t kept);
  void end_gateway();
  void end_client();

  const std::uint64_t number_;
  Schedule& schedule_;
  Random& random_;
  const NetworkPlan& plan_;

  GatewayEnd* gateway_ = nullptr;  // null: it has let go
  ClientEnd* client_ = nullptr;    // null: it has let go
  // Toward the client: what the process has not handed to its system, what is on its way, how much has
  // arrived without the gateway's system knowing, and how much never will.
  std::string queue_;
  std::size_t queue_sent_ = 0;
  std::string down_;
  std::size_t unanswered_ = 0;
  std::size_t lost_ = 0;
  std::uint64_t written_ = 0;
  std::string up_;          // toward the gateway
  bool down_ends_ = false;  // behind what is on its way
  bool up_ends_ = false;
  bool down_due_ = false;  // an arrival is scheduled
  bool up_due_ = false;
  bool accepted_ = false;
  bool gateway_reads_ = true;
  bool gateway_notices_end_ = false;  // while it does not read
  bool client_reads_ = true;
  bool tell_drained_ = false;
  bool closing_ = false;
  bool silent_ = false;  // nothing goes any way
  bool nobody_ = false;
  bool broken_ = false;  // what is on its way may arrive, nothing more
  TimePoint stalled_until_{};
};

}  // namespace wyld::simulation
