#pragma once
// Players' connections on the gateway's side: what src/transport does over sockets, over the network here.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/telnet/player_endpoint.h"
#include "codec/websocket/decoder.h"
#include "codec/websocket/json_form.h"
#include "runtime/delivery_marks.h"
#include "runtime/timing_wheel.h"
#include "session/player_transport.h"
#include "simulation/connection.h"
#include "simulation/model.h"

namespace wyld::simulation {

class Gateway;

// What both protocols have in common.
//
// Owner    the Gateway.
class Player : public session::PlayerTransport, public GatewayEnd {
 public:
  Player(Gateway& gateway, std::uint8_t shard, std::shared_ptr<Connection> connection);
  virtual ~Player() = default;

  virtual void start(session::Protocol protocol, std::string_view address) = 0;
  // The process is killed: nobody is told.
  void forget() { connection_->process_gone(); }
  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] bool moving() const noexcept { return moving_; }
  [[nodiscard]] Connection& connection() noexcept { return *connection_; }

  // GatewayEnd:
  void on_drained() override;
  void on_end() override;
  // PlayerTransport:
  void set_reading(session::Reading reading) override {
    connection_->set_reading(reading == session::Reading::kOn, reading == session::Reading::kOff);
  }
  void tell_when_drained() override;
  void entered() override {}
  void rebind(session::SessionHandle session) override;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived then) override;
  void begin_output(std::uint64_t offset) override {
    marks_.reset(offset);
    wire_ends_ = {{offset, connection_->written_bytes()}};
  }
  void note_output(std::uint64_t offset) override {
    marks_.note(offset);
    marks_.commit(connection_->written_bytes());
    wire_ends_[offset] = connection_->written_bytes();
  }
  [[nodiscard]] std::uint64_t delivered_output() override {
    return marks_.delivered(connection_->written_bytes() - unconfirmed_bytes());
  }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return connection_->unconfirmed_bytes(); }
  [[nodiscard]] std::size_t queued_bytes() const override { return connection_->queued_bytes(); }
  [[nodiscard]] std::string side_channel_hello() const override { return {}; }
  [[nodiscard]] std::string side_channel_supports() const override { return {}; }
  bool send_side_channel(std::string_view, std::string_view) override { return false; }
  void set_character_mode(bool) override {}

 protected:
  [[nodiscard]] session::ShardSessions& sessions();
  [[nodiscard]] SessionId session_id();
  void open(session::Protocol protocol, std::string_view address);
  void write(std::string_view bytes);
  void close(session::EndReason reason);
  void leave();
  // A deed of the client's: done now, or when the move to another shard is over.
  void pass(std::function<void()> deed);
  void pass_line(std::string_view line, bool secret);
  // The connection may belong to another session now.
  void note_session();
  [[nodiscard]] const TurnClock& clock() const;
  virtual void settle() = 0;

  Gateway& gateway_;
  std::shared_ptr<Connection> connection_;
  std::uint8_t shard_;
  session::SessionHandle session_;
  SessionId came_as_;
  bool in_session_ = false;
  bool replaying_ = false;  // what is sent was told before
  bool settled_ = false;
  // Where on the wire that output ends which the gateway takes for delivered.
  [[nodiscard]] std::uint64_t delivered_wire_end() { return wire_ends_[delivered_output()]; }
  runtime::Timer settling_;

 private:
  runtime::DeliveryMarks marks_;
  std::map<std::uint64_t, std::uint64_t> wire_ends_;  // by the offset of the output
  std::deque<std::function<void()>> behind_;          // deeds that wait for the end of a move
  bool moving_ = false;
  bool ended_ = false;  // while moving
  bool done_ = false;
};

// JSON on a WebSocket.
class JsonPlayer final : public Player, private ws::DecoderSink, private ws::json::ClientEvents {
 public:
  using Player::Player;
  void start(session::Protocol protocol, std::string_view address) override;
  [[nodiscard]] bool echo_answered() const override { return echo_pongs_ == echo_pings_; }

  void on_bytes(char* data, std::size_t bytes) override { decoder_.feed(data, bytes, *this); }
  void on_end() override;
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override;
  void send_prompt() override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  void end(session::EndReason reason, std::string_view text) override;
  void resumed(const session::ResumeAnswer& answer) override;
  void replayed() override;
  [[nodiscard]] bool keeps_tokens() const override { return true; }
  void give_token(std::string_view token) override;
  void give_code(std::string_view code) override;
  void tell_position(const session::OutputPosition& position) override;
  void tell_world(bool here, std::string_view text) override;
  void tell_waiting(std::size_t count) override;
  [[nodiscard]] session::WireForm wire_form() const override {
    return {.protocol = session::Protocol::kWebSocketJson, .charset = Charset::kUtf8};
  }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }

 private:
  void on_message(ws::MessageKind kind, std::string_view payload) override;
  void on_ping(std::string_view) override {}
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t, std::string_view) override { leave(); }
  void on_failure(ws::CloseCode, const char*) override { leave(); }
  void on_hello(const ws::json::ClientHello& hello) override;
  void on_line(std::string_view line, bool secret) override;
  void on_size(WindowSize) override {}
  void on_gmcp(std::string_view, std::string_view) override {}
  void on_ping_message(std::string_view id) override;
  void on_token_kept() override;
  void on_code_wanted() override;
  void on_malformed(const char*) override {}
  void settle() override;
  void note_repeatable();
  template <typename Append>
  void say(Append&& append);

  ws::Decoder decoder_;
  Capabilities capabilities_;
  std::string token_;  // that was shown
  std::string scratch_;
  bool client_echoes_ = true;
  std::uint32_t echo_pings_ = 0;
  std::uint32_t echo_pongs_ = 0;
};

// Telnet on a plain socket.
class TelnetPlayer final : public Player, private telnet::PlayerEndpointEvents {
 public:
  TelnetPlayer(Gateway& gateway, std::uint8_t shard, std::shared_ptr<Connection> connection);
  void start(session::Protocol protocol, std::string_view address) override;
  [[nodiscard]] bool echo_answered() const override { return endpoint_.echo_answered(); }

  void on_bytes(char* data, std::size_t bytes) override;
  void on_end() override;
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override;
  void send_prompt() override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  void end(session::EndReason reason, std::string_view text) override;
  void resumed(const session::ResumeAnswer& answer) override;
  void replayed() override { replaying_ = false; }
  [[nodiscard]] session::WireForm wire_form() const override {
    return {.protocol = session::Protocol::kTelnet, .charset = endpoint_.capabilities().charset};
  }
  [[nodiscard]] const Capabilities& capabilities() const override { return endpoint_.capabilities(); }

 private:
  void on_line(std::string_view line, bool secret) override;
  void on_characters(std::string_view) override {}
  void on_capabilities_changed() override {}
  void on_settled() override { settle(); }
  void on_gmcp(std::string_view, std::string_view) override {}
  void on_interrupt() override {}
  void on_violation(telnet::Violation violation) override;
  void settle() override;
  template <typename Append>
  void put(Append&& append);
  void flush_replies();
  void say_line(std::string_view text);
  void note_words(std::string_view utf8);
  void note_repeatable();

  telnet::PlayerEndpoint endpoint_;
  std::string replies_;
  bool at_line_start_ = true;
  // Where on the wire which words ended, of the session that is bound: the numbers of the words, and bytes.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> words_;
};

}  // namespace wyld::simulation
