#pragma once
// Players at the web door, in the JSON form (docs/protocols/websocket-json.md): they keep tokens, count what
// they are told, and come back. All are read by the benchmark's thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/address.h"
#include "runtime/fd.h"

namespace wyld::bench {

// A line with a number by which a listener knows whether one is missing, or came twice. 77 bytes.
[[nodiscard]] std::string numbered_line(std::uint64_t number);
inline constexpr std::size_t kNumberedLineBytes = 77;

// Owner    the benchmark.
// Thread   the owner's.
// Errors   the first one ends everything and is in trouble(): whoever is told something else than the next
//          number, or is not let back with everything, is trouble.
class Crowd {
 public:
  using Clock = std::chrono::steady_clock;

  Crowd(const runtime::SocketAddress& address, std::size_t count);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // The steps of everybody. Each wait ends when the last one is so far.
  void connect(bool ask_at_once);  // begins; `ask_at_once`: with ask() as soon as the door is open
  void await_open();
  void ask();           // says hello: shows the token, if there is one
  void await_back();    // `replayed` was read
  void await_tokens();  // the next token was read, and is acknowledged
  void drop();          // closes, with whatever was not read

  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  [[nodiscard]] std::size_t count() const noexcept { return clients_.size(); }
  // Whether everybody was told everything before `number`.
  [[nodiscard]] bool heard_up_to(std::uint64_t number) const noexcept;
  // From the attempt to connect to `replayed`, for each.
  [[nodiscard]] std::vector<double> seconds_back() const;

 private:
  enum class Stage : std::uint8_t { kGone, kConnecting, kUpgrading, kOpen, kAsked, kBack, kToken };
  struct Client {
    runtime::Fd fd;
    Stage stage = Stage::kGone;
    bool resuming = false;
    std::uint64_t epoch = 0;
    std::uint64_t offset = 0;
    std::uint64_t next = 0;  // number that the next line must have
    Clock::time_point begun;
    Clock::time_point back;
    std::string token;
    std::string unread;   // of the protocol
    std::string partial;  // of a line
  };

  void fail(std::string trouble);
  void await(Stage stage);
  void reach(Client& client, Stage stage);
  void on_ready(Client& client);
  void on_bytes(Client& client);
  void on_message(Client& client, std::string_view message);
  void on_text(Client& client, std::string_view text);
  void send(Client& client, std::string_view bytes);
  void send_message(Client& client, std::string_view message);
  void ask(Client& client);

  std::string trouble_;
  const runtime::SocketAddress address_;
  bool ask_at_once_ = false;
  Stage awaited_ = Stage::kGone;
  std::size_t missing_ = 0;  // clients that have not reached `awaited_`
  runtime::Fd epoll_;
  std::vector<Client> clients_;
};

}  // namespace wyld::bench
