#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/shard_mail.h"
#include "runtime/fd.h"
#include "runtime/loop.h"
#include "runtime/random.h"
#include "session/admission.h"
#include "session/shard_sessions.h"
#include "transport/connection.h"
#include "transport/observer.h"
#include "transport/options.h"

namespace wyld::transport {

// The connections of one shard.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   a connection that is refused is told why and closed; each is counted.
class Connections {
 public:
  Connections(runtime::Loop& loop, session::ShardSessions& sessions, session::Admission& admission,
              const PlayerOptions& options,
              std::uint32_t seed = static_cast<std::uint32_t>(runtime::random_seed()[0]))
      : loop_(loop), sessions_(sessions), admission_(admission), options_(options), random_(seed) {}
  ~Connections() = default;
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  void accept_telnet(runtime::Fd fd, const runtime::SocketAddress& peer);
  // What is spoken on connections to the ports of the web. Before the first of them.
  using MakeDialect = std::move_only_function<std::unique_ptr<Dialect>()>;
  void set_web(MakeDialect make) { make_web_ = std::move(make); }
  void accept_web(runtime::Fd fd, const runtime::SocketAddress& peer);
  // The WebSocket's handshake on `connection` is done: it is admitted as a player's, and speaks `protocol`
  // from now on. `early_bytes` came after the handshake. Whoever is not admitted is told so in the WebSocket.
  void enter_websocket(Connection& connection, session::Protocol protocol, std::string_view address,
                       std::string early_bytes);

  // The shard stops: tells every dialect.
  void stop();
  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }

  // The connections of every shard, this one included, and the way to them. Before the first connection;
  // without it none moves.
  void set_peers(std::vector<Connections*> peers, ShardMail mail) {
    peers_ = std::move(peers);
    mail_ = std::move(mail);
  }
  [[nodiscard]] bool can_move() const noexcept { return mail_ != nullptr; }
  // How a connection reaches another shard: has it run `arrive`. False: its mailbox is full.
  using Arrive = std::move_only_function<void(Connections& there)>;
  [[nodiscard]] bool post(std::uint8_t shard, Arrive arrive) {
    return mail_(shard, [there = peers_[shard], arrive = std::move(arrive)]() mutable { arrive(*there); });
  }
  // Before the first connection.
  void set_observer(Observer& observer) noexcept { observer_ = &observer; }
  [[nodiscard]] Observer* observer() const noexcept { return observer_; }
  // Takes a connection that comes from another shard.
  void take(Connection::Moved moved);

  // Called by a connection whose stream has closed: it dies at the end of the turn.
  void retire(const Connection& connection);

  // Called by a refusal that has been read, or given up.
  void refusal_over() noexcept { admission_.end_refusal(); }

  // Those being refused included.
  [[nodiscard]] std::size_t count() const noexcept { return connections_.size(); }
  [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] session::ShardSessions& sessions() noexcept { return sessions_; }
  [[nodiscard]] session::Admission& admission() noexcept { return admission_; }
  [[nodiscard]] const PlayerOptions& options() const noexcept { return options_; }
  // Until a connection is reminded of again: `interval`, a fifth more or less, so that those which came
  // together are not all reminded together.
  [[nodiscard]] runtime::Duration spread(runtime::Duration interval);
  // Where an endpoint answers while it is fed; one at a time on a shard.
  [[nodiscard]] std::string& reply_buffer() noexcept { return reply_buffer_; }
  // Where a message is put together, at once and whole: also while an endpoint of somebody else's is fed.
  [[nodiscard]] std::string& message_buffer() noexcept { return message_buffer_; }

 private:
  // Returns the connection for a moment: it may be gone after this turn.
  Connection& add(std::unique_ptr<Connection> connection);
  void refuse(runtime::Fd fd, std::string bytes);

  runtime::Loop& loop_;
  session::ShardSessions& sessions_;
  session::Admission& admission_;
  const PlayerOptions options_;
  std::minstd_rand random_;
  std::string reply_buffer_;
  std::string message_buffer_;
  std::vector<Connections*> peers_;  // by shard
  ShardMail mail_;
  MakeDialect make_web_;  // null: there is no web port
  bool stopping_ = false;
  Observer* observer_ = nullptr;
  std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections_;
};

}  // namespace wyld::transport
