#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/session_id.h"
#include "session/player_transport.h"
#include "session/shard_sessions.h"
#include "simulation/simulated_socket.h"
#include "transport/observer.h"

namespace wyld::simulation {

class Gateway;

// Stands between a session and the player's real connection, passes everything on, and tells the model what
// it has seen.
//
// Owner    Witnesses.
class Witness final : public session::PlayerTransport {
 public:
  Witness(Gateway& gateway, std::shared_ptr<SimulatedSocket> socket, session::PlayerTransport& player);

  [[nodiscard]] bool is_of(const session::PlayerTransport& player) const noexcept {
    return &player == &player_;
  }
  // The connection is there, and has a session. While it moves between shards it is nowhere.
  [[nodiscard]] bool in_session() const noexcept { return in_session_ && !moving_; }
  [[nodiscard]] bool is_over() const noexcept { return !in_session() && socket_->is_closed(); }
  void before(transport::Passed what, std::string_view text);
  void after(transport::Passed what, std::string_view text);

  // PlayerTransport:
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override;
  void send_prompt() override { player_.send_prompt(); }
  bool send_side_channel(std::string_view package, std::string_view body) override {
    return player_.send_side_channel(package, body);
  }
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override { player_.set_client_echo(client_echoes); }
  [[nodiscard]] bool echo_answered() const override { return player_.echo_answered(); }
  void set_character_mode(bool on) override { player_.set_character_mode(on); }
  void set_reading(session::Reading reading) override;
  void tell_when_drained() override { player_.tell_when_drained(); }
  void entered() override { player_.entered(); }
  void end(session::EndReason reason, std::string_view text) override;
  void rebind(session::SessionHandle session) override;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived then) override;
  void begin_output(std::uint64_t offset) override;
  void note_output(std::uint64_t offset) override;
  [[nodiscard]] std::uint64_t delivered_output() override { return player_.delivered_output(); }
  [[nodiscard]] bool knows_delivery() const override { return player_.knows_delivery(); }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return player_.unconfirmed_bytes(); }
  void resumed(const session::ResumeAnswer& answer) override;
  void replayed() override;
  [[nodiscard]] bool keeps_tokens() const override { return player_.keeps_tokens(); }
  [[nodiscard]] std::string token_client() const override { return player_.token_client(); }
  void give_token(std::string_view token) override;
  [[nodiscard]] bool counts_output() const override { return player_.counts_output(); }
  void give_code(std::string_view code) override;
  void tell_position(const session::OutputPosition& position) override { player_.tell_position(position); }
  void login_result(bool success, std::string_view text) override { player_.login_result(success, text); }
  void tell_world(bool here, std::string_view text) override { player_.tell_world(here, text); }
  void tell_waiting(std::size_t count) override { player_.tell_waiting(count); }
  [[nodiscard]] bool open_editor(std::uint64_t edit, std::string_view title, std::string_view text) override {
    return player_.open_editor(edit, title, text);
  }
  void close_editor(std::uint64_t edit) override { player_.close_editor(edit); }
  [[nodiscard]] session::WireForm wire_form() const override { return player_.wire_form(); }
  [[nodiscard]] std::size_t queued_bytes() const override { return player_.queued_bytes(); }
  [[nodiscard]] const Capabilities& capabilities() const override { return player_.capabilities(); }
  [[nodiscard]] std::string side_channel_hello() const override { return player_.side_channel_hello(); }
  [[nodiscard]] std::string side_channel_supports() const override { return player_.side_channel_supports(); }

 private:
  [[nodiscard]] SessionId session_id() const;
  // The connection may belong to another session now.
  void note_session();
  void note_words(std::string_view utf8);
  void note_repeatable();
  // What was written on the connection, if it has ever been.
  [[nodiscard]] std::uint64_t written_bytes() const {
    return socket_->taken_bytes() + player_.queued_bytes();
  }

  Gateway& gateway_;
  const std::shared_ptr<SimulatedSocket> socket_;
  session::PlayerTransport& player_;
  session::SessionHandle session_;
  SessionId came_as_;
  std::string token_;  // that was shown
  session::Reading reading_ = session::Reading::kOn;
  bool bound_ = false;
  bool in_session_ = false;
  bool moving_ = false;
  bool replaying_ = false;  // what is sent was told before
  // Where on the wire which words ended, of the session that is bound: the numbers of the words, and bytes.
  // Of a client that does not count its output.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> words_;
  std::map<std::uint64_t, std::uint64_t> wire_ends_;  // by the offset of the output
};

// All of one process.
//
// Owner    Gateway; they outlive the connections.
class Witnesses final : public transport::Observer {
 public:
  explicit Witnesses(Gateway& gateway) noexcept : gateway_(gateway) {}

  // The socket of the connection that is accepted now; null: none is.
  void accepting(std::shared_ptr<SimulatedSocket> socket) { accepting_ = std::move(socket); }
  [[nodiscard]] const std::vector<std::unique_ptr<Witness>>& all() const noexcept { return all_; }
  // Forgets those whose connections are over.
  void sweep();

  // transport::Observer:
  void connected(const transport::Connection& connection) override;
  [[nodiscard]] session::PlayerTransport& transport_for(session::PlayerTransport& player,
                                                        const transport::Connection& connection) override;
  void before(const session::PlayerTransport& player, transport::Passed what, std::string_view text) override;
  void after(const session::PlayerTransport& player, transport::Passed what, std::string_view text) override;

 private:
  // The latest: an address may have been another connection's before.
  [[nodiscard]] Witness& of(const session::PlayerTransport& player);

  Gateway& gateway_;
  std::shared_ptr<SimulatedSocket> accepting_;
  // Of connections that may still open a session: they do that where they were accepted.
  std::unordered_map<const transport::Connection*, std::shared_ptr<SimulatedSocket>> sockets_;
  std::vector<std::unique_ptr<Witness>> all_;
};

}  // namespace wyld::simulation
