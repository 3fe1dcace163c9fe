#include "world/telnet_game/upstream.h"

#include <utility>

#include "base/counters.h"
#include "world/telnet_game/link.h"

namespace wyld::telnet_game {
namespace {

// What may wait for a game that does not read; above it the player's own input is left in the kernel.
constexpr std::size_t kInputBytesHigh = std::size_t{64} * 1024;

// How long a game may take to read what its player typed last.
constexpr auto kFarewell = std::chrono::seconds(3);

telnet::GameEndpointOptions endpoint_options(const TelnetGameOptions& options,
                                             std::string_view player_address) {
  telnet::GameEndpointOptions out;
  out.charset_default = options.charset_default;
  out.announce_proxy = options.announce_proxy;
  if (options.send_address) out.player_address = player_address;
  return out;
}

}  // namespace

Upstream::Upstream(TelnetGameLink& link, session::SessionHandle session, runtime::Fd fd,
                   std::size_t address_index, const Capabilities& capabilities,
                   std::string_view player_address, std::string_view hello, std::string_view supports)
    : link_(link),
      session_(session),
      address_index_(address_index),
      stream_(link.loop_, std::move(fd), *this),
      endpoint_(endpoint_options(link.options_, player_address), capabilities),
      player_address_(player_address),
      hello_(hello) {
  supports_.set(supports);
}

Status Upstream::open() { return stream_.open_connecting(link_.options_.connect_timeout); }

template <typename Append>
void Upstream::write(Append&& append) {
  if (replies_ != nullptr && !replies_->empty()) {
    stream_.write([this](std::string& out) { out += *replies_; });
    replies_->clear();
  }
  stream_.write(append);
  if (!input_blocked_ && !finished_ && stream_.queued_bytes() > kInputBytesHigh) {
    input_blocked_ = true;
    stream_.tell_when_drained();
    link_.events_.on_input_blocked(session_, true);
  }
}

void Upstream::send_line(std::string_view text) {
  write([&](std::string& out) { endpoint_.send_line(text, out); });
  // The gateway cannot see a game's own login. Whoever speaks to the game is no idle connection.
  if (!std::exchange(entered_, true)) link_.events_.on_entered(session_);
}

void Upstream::send_characters(std::string_view text) {
  write([&](std::string& out) { endpoint_.send_characters(text, out); });
  if (!std::exchange(entered_, true)) link_.events_.on_entered(session_);
}

// A game may turn GMCP on long after the client has introduced itself.
void Upstream::remember(std::string_view package, std::string_view body) {
  if (gmcp::same_package(package, "Core.Hello")) {
    hello_ = body;
  } else {
    supports_.apply(package, body);
  }
}

void Upstream::send_side_channel(std::string_view package, std::string_view body) {
  remember(package, body);
  write([&](std::string& out) { endpoint_.send_gmcp(package, body, out); });
}

void Upstream::send_interrupt() {
  write([this](std::string& out) { endpoint_.send_interrupt(out); });
}

void Upstream::set_capabilities(const Capabilities& capabilities) {
  write([&](std::string& out) { endpoint_.set_capabilities(capabilities, link_.loop_.now(), out); });
}

void Upstream::set_reading(bool on) {
  if (on) {
    stream_.resume_reading();
  } else {
    stream_.pause_reading();
  }
}

void Upstream::finish() {
  finished_ = true;
  stream_.close_after_flush(kFarewell);
}

void Upstream::on_bytes(char* data, std::size_t bytes) {
  heard_ = true;
  std::string& replies = link_.reply_buffer_;
  replies.clear();
  replies_ = &replies;
  endpoint_.feed({data, bytes}, link_.loop_.now(), *this, replies);
  replies_ = nullptr;
  if (!replies.empty()) stream_.write([&replies](std::string& out) { out += replies; });
}

void Upstream::on_drained() {
  if (std::exchange(input_blocked_, false) && !finished_) link_.events_.on_input_blocked(session_, false);
}

void Upstream::on_end(int system_errno) { link_.lost(*this, system_errno); }

void Upstream::on_text(std::string_view utf8) {
  if (!finished_) link_.events_.on_output(session_, utf8);
}

void Upstream::on_prompt() {
  if (!finished_) link_.events_.on_prompt(session_);
}

void Upstream::on_client_echo(bool client_echoes) {
  if (!finished_) link_.events_.on_client_echo(session_, client_echoes);
}

void Upstream::on_character_mode(bool on) {
  if (!finished_) link_.events_.on_character_mode(session_, on);
}

void Upstream::on_gmcp(std::string_view package, std::string_view body) {
  if (!finished_) link_.events_.on_side_channel(session_, package, body);
}

// A game learns what the client wants as if it had asked the client itself.
void Upstream::on_gmcp_enabled() {
  write([this](std::string& out) {
    if (!hello_.empty()) endpoint_.send_gmcp("Core.Hello", hello_, out);
    if (!supports_.empty()) endpoint_.send_gmcp("Core.Supports.Set", supports_.to_json(), out);
  });
}

void Upstream::on_violation(telnet::Violation violation) {
  switch (violation) {
    case telnet::Violation::kSubnegotiationOversized:
      count(Counter::kSubnegotiationsOversized);
      return;
    case telnet::Violation::kNegotiationFlood:
    case telnet::Violation::kSwallowedTooMuch:
      count(Counter::kNegotiationFloods);
      if (!finished_) {
        link_.events_.on_left(session_, "The game sends telnet commands without end; the gateway hung up.");
        link_.detach(session_, session::DetachReason::kClosed);
      }
      return;
    case telnet::Violation::kMalformed:
    case telnet::Violation::kLineOversized:
      count(Counter::kMalformedInput);
      return;
  }
}

}  // namespace wyld::telnet_game
