#include "world/telnet_game/upstream.h"

#include <cerrno>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "world/telnet_game/link.h"

namespace wyld::telnet_game {
namespace {

// What may wait for a game that does not read; above it the player's own input is left in the kernel.
constexpr std::size_t kInputBytesHigh = std::size_t{64} * 1024;

constexpr std::size_t kTrialBytesMax = std::size_t{64} * 1024;

// How long a game may take to read what its player typed last.
constexpr auto kFarewell = std::chrono::seconds(3);

telnet::GameEndpointOptions endpoint_options(const TelnetGameOptions& options,
                                             std::string_view player_address) {
  telnet::GameEndpointOptions out;
  out.charset_default = options.charset_default;
  out.subnegotiation_bytes_max = options.subnegotiation_bytes_max;
  out.announce_proxy = options.announce_proxy;
  if (options.send_address) out.player_address = player_address;
  return out;
}

}  // namespace

Upstream::Upstream(TelnetGameLink& link, Player& player, runtime::Fd fd, std::size_t address_index)
    : link_(link),
      player_(&player),
      address_index_(address_index),
      stream_(link.loop_, std::move(fd), *this),
      endpoint_(endpoint_options(link.options_, player.address), player.capabilities),
      patience_(&Upstream::on_patience, this),
      opened_at_(link.loop_.now()) {}

Status Upstream::open() {
  link_.loop_.timers().schedule(patience_, opened_at_ + link_.options_.patience);
  return stream_.open_connecting(link_.options_.connect_timeout);
}

template <typename Append>
void Upstream::queue(Append&& append) {
  const std::size_t before = stream_.queued_bytes();
  stream_.write(append);
  written_ += stream_.queued_bytes() - before;
}

template <typename Append>
void Upstream::write(Append&& append) {
  if (replies_ != nullptr && !replies_->empty()) {
    queue([this](std::string& out) { out += *replies_; });
    replies_->clear();
  }
  queue(append);
  if (player_ == nullptr || stream_.queued_bytes() <= kInputBytesHigh) return;
  if ((player_->blocks & kGameDoesNotRead) != 0) return;
  stream_.tell_when_drained();
  link_.block(*player_, kGameDoesNotRead, true);
}

void Upstream::send_line(std::string_view text) {
  spoken_to_ = true;
  write([&](std::string& out) { endpoint_.send_line(text, out); });
}

void Upstream::send_characters(std::string_view text) {
  spoken_to_ = true;
  write([&](std::string& out) { endpoint_.send_characters(text, out); });
}

void Upstream::send_side_channel(std::string_view package, std::string_view body) {
  write([&](std::string& out) { endpoint_.send_gmcp(package, body, out); });
}

void Upstream::send_interrupt() {
  write([this](std::string& out) { endpoint_.send_interrupt(out); });
}

void Upstream::set_capabilities(const Capabilities& capabilities, bool another_client) {
  const bool knew_gmcp = endpoint_.gmcp_enabled();
  write([&](std::string& out) {
    endpoint_.set_capabilities(capabilities, link_.loop_.now(), out);
    // Where GMCP comes on only now, on_gmcp_enabled() introduces.
    if (another_client && knew_gmcp && endpoint_.gmcp_enabled()) introduce(out);
  });
}

void Upstream::set_reading(bool on) {
  if (on) {
    stream_.resume_reading();
  } else {
    stream_.pause_reading();
  }
}

void Upstream::finish() {
  player_ = nullptr;
  patience_.cancel();
  stream_.close_after_flush(kFarewell);
}

void Upstream::close() {
  player_ = nullptr;
  patience_.cancel();
  stream_.close();
}

std::uint64_t Upstream::arrived_bytes() const noexcept {
  const std::uint64_t waiting = stream_.waiting_bytes();
  return written_ > waiting ? written_ - waiting : 0;
}

// Nothing has come yet. A connection may stand in the queue of a process that is dying or hangs: where the
// game is known to speak first, silence is no answer.
void Upstream::on_patience(void* self) {
  Upstream& upstream = *static_cast<Upstream*>(self);
  TelnetGameLink& link = upstream.link_;
  if (upstream.player_ == nullptr) return;
  if (upstream.trial_) return upstream.end_trial();
  if (upstream.answered_) return link.lasted();
  const bool connected = upstream.stream_.connected();
  if (connected && !link.speaks_first_) {
    upstream.answered_ = true;
    link.answered(upstream);
    return;
  }
  // The first connection of a player is theirs to give up.
  if (connected && upstream.player_->phase == Phase::kDialling) return;
  if (connected && link.loop_.now() - upstream.opened_at_ >= link.options_.connect_timeout) {
    link.lost(upstream, ETIMEDOUT);
    return;
  }
  link.loop_.timers().schedule(upstream.patience_, link.loop_.now() + link.options_.patience);
}

void Upstream::on_bytes(char* data, std::size_t bytes) {
  if (player_ == nullptr) return;
  if (link_.options_.pulse != nullptr) link_.options_.pulse->heard(link_.loop_.now());
  if (!answered_ && !trial_) {
    patience_.cancel();
    if (!spoken_to_) link_.speaks_first_ = true;
    if (link_.tries(*player_)) {
      begin_trial();
    } else {
      answered_ = true;
      link_.answered(*this);
    }
  }
  if (player_ == nullptr) return;
  player_->sent.heard();
  std::string& replies = link_.reply_buffer_;
  replies.clear();
  replies_ = &replies;
  endpoint_.feed({data, bytes}, link_.loop_.now(), *this, replies);
  replies_ = nullptr;
  if (!replies.empty()) queue([&replies](std::string& out) { out += replies; });
}

void Upstream::watch() { link_.loop_.timers().schedule(patience_, link_.loop_.now() + link_.options_.trial); }

void Upstream::begin_trial() {
  trial_ = std::make_unique<Trial>();
  watch();
}

// The connection has lasted: the game is there, and what it has said so far is the player's.
void Upstream::end_trial() {
  patience_.cancel();
  const std::unique_ptr<Trial> trial = std::move(trial_);
  answered_ = true;
  link_.answered(*this);
  for (const Trial::Event& event : trial->events) {
    if (player_ == nullptr) return;
    switch (event.kind) {
      case Trial::Kind::kText:
        on_text(event.text);
        break;
      case Trial::Kind::kPrompt:
        on_prompt();
        break;
      case Trial::Kind::kEcho:
        on_client_echo(event.on);
        break;
      case Trial::Kind::kCharacterMode:
        on_character_mode(event.on);
        break;
      case Trial::Kind::kGmcp:
        on_gmcp(event.package, event.text);
        break;
    }
  }
}

bool Upstream::keeps(Trial::Kind kind, bool on, std::string_view text, std::string_view package) {
  if (!trial_) return false;
  const std::size_t bytes = sizeof(Trial::Event) + text.size() + package.size();
  if (trial_->bytes + bytes > kTrialBytesMax) {
    end_trial();
    return false;
  }
  trial_->bytes += bytes;
  trial_->events.push_back({kind, on, std::string(text), std::string(package)});
  return true;
}

void Upstream::on_drained() {
  if (player_ != nullptr) link_.block(*player_, kGameDoesNotRead, false);
}

void Upstream::on_end(int system_errno) { link_.lost(*this, system_errno); }

void Upstream::on_text(std::string_view utf8) {
  if (keeps(Trial::Kind::kText, false, utf8)) return;
  if (player_ != nullptr) link_.events_.on_output(player_->session, utf8);
  if (player_ != nullptr && player_->login) {
    player_->login->run.feed(utf8);
    link_.go_on_logging_in(*player_);
  } else if (player_ != nullptr && player_->watch) {
    player_->watch->said(utf8);
    link_.learn_account(*player_);
  }
}

void Upstream::on_prompt() {
  if (keeps(Trial::Kind::kPrompt, false, {})) return;
  if (player_ != nullptr) link_.events_.on_prompt(player_->session);
}

void Upstream::on_client_echo(bool client_echoes) {
  if (keeps(Trial::Kind::kEcho, client_echoes, {})) return;
  if (player_ != nullptr) link_.events_.on_client_echo(player_->session, client_echoes);
}

void Upstream::on_character_mode(bool on) {
  if (keeps(Trial::Kind::kCharacterMode, on, {})) return;
  if (player_ != nullptr) link_.events_.on_character_mode(player_->session, on);
}

void Upstream::on_gmcp(std::string_view package, std::string_view body) {
  if (keeps(Trial::Kind::kGmcp, false, body, package)) return;
  if (player_ != nullptr) link_.events_.on_side_channel(player_->session, package, body);
}

void Upstream::on_gmcp_enabled() {
  if (player_ == nullptr) return;
  write([this](std::string& out) { introduce(out); });
}

// A game learns what the client wants as if it had asked the client itself.
void Upstream::introduce(std::string& out) {
  if (!player_->hello.empty()) endpoint_.send_gmcp("Core.Hello", player_->hello, out);
  if (!player_->supports.empty()) endpoint_.send_gmcp("Core.Supports.Set", player_->supports.to_json(), out);
}

void Upstream::on_violation(telnet::Violation violation) {
  switch (violation) {
    case telnet::Violation::kSubnegotiationOversized:
      count(Counter::kSubnegotiationsOversized);
      log_drop("too_long");
      return;
    case telnet::Violation::kNegotiationFlood:
    case telnet::Violation::kSwallowedTooMuch:
      count(Counter::kNegotiationFloods);
      if (player_ != nullptr) {
        link_.leave(*player_, "The game sent too many telnet commands; disconnecting.");
      }
      return;
    case telnet::Violation::kMalformed:
    case telnet::Violation::kLineOversized:
      count(Counter::kMalformedInput);
      log_drop("malformed");
      return;
  }
}

// Once a session: the counters say how often.
void Upstream::log_drop(std::string_view reason) {
  if (player_ == nullptr || std::exchange(player_->drop_logged, true)) return;
  log(LogLevel::kWarning, "subnegotiation_dropped",
      {{"session", player_->id.text()}, {"from", "world"}, {"reason", std::string(reason)}});
}

}  // namespace wyld::telnet_game
