#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/gmcp/message.h"
#include "codec/websocket/decoder.h"
#include "codec/websocket/json_form.h"
#include "runtime/stream.h"
#include "session/admission.h"
#include "session/input_gate.h"
#include "session/player_transport.h"
#include "transport/connections.h"

namespace wyld::transport {

// A player on a WebSocket with the JSON form (subprotocol v1.json.wyldgate).
//
// Owner    Connections.
// Thread   the shard's.
class JsonPlayer final : public Connection,
                         public session::PlayerTransport,
                         private runtime::StreamEvents,
                         private ws::DecoderSink,
                         private ws::json::ClientEvents {
 public:
  JsonPlayer(Connections& home, runtime::Fd fd, session::Lease lease);

  void start(const std::string& address, std::string early_bytes);

  // What moves to another shard: what the object is made of there, and what then happens to it.
  struct Parts {
    runtime::Stream::Released socket;
    ws::Decoder decoder;
    session::Lease lease;
    Capabilities capabilities;
    std::string gmcp_hello;
    gmcp::Supports gmcp_supports;
    bool client_echoes = true;
    bool character_mode = false;
    std::uint32_t echo_pings = 0;
    std::uint32_t echo_pongs = 0;
  };
  struct Rest {
    std::string unwritten;
    std::unique_ptr<session::WaitingInputs> lines;  // read after the request to come back; null: none
    Arrived then;
  };
  struct Moved {
    Parts parts;
    Rest rest;
  };
  JsonPlayer(Connections& home, Parts parts);
  void arrive(Rest rest);

  // PlayerTransport:
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override { stream_.write_shared(payload); }
  void send_prompt() override;
  bool send_side_channel(std::string_view package, std::string_view body) override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  [[nodiscard]] bool echo_answered() const override { return echo_pongs_ == echo_pings_; }
  void set_character_mode(bool on) override;
  void set_reading(session::Reading reading) override;
  void tell_when_drained() override { stream_.tell_when_drained(); }
  void entered() override { lease_.authenticated(); }
  void end(session::EndReason reason, std::string_view text) override;
  void rebind(session::SessionHandle session) override;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived then) override;
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return stream_.unconfirmed_bytes(); }
  void resumed(const session::ResumeAnswer& answer) override;
  void replayed() override;
  [[nodiscard]] bool keeps_tokens() const override { return true; }
  void give_token(std::string_view token) override;
  void give_code(std::string_view code) override;
  void tell_position(const session::OutputPosition& position) override;
  void tell_world(bool here, std::string_view text) override;
  void tell_waiting(std::size_t count) override;
  void close_editor(std::uint64_t edit) override;
  [[nodiscard]] bool open_editor(std::uint64_t edit, std::string_view title, std::string_view text) override;
  [[nodiscard]] session::WireForm wire_form() const override {
    return {.protocol = session::Protocol::kWebSocketJson, .charset = Charset::kUtf8};
  }
  [[nodiscard]] std::size_t queued_bytes() const override { return stream_.queued_bytes(); }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] std::string side_channel_hello() const override { return gmcp_hello_; }
  [[nodiscard]] std::string side_channel_supports() const override { return gmcp_supports_.to_json(); }

 private:
  // runtime::StreamEvents:
  void on_bytes(char* data, std::size_t bytes) override {
    unanswered_pings_ = 0;
    decoder_.feed(data, bytes, *this);
  }
  void on_drained() override;
  void on_end(int system_errno) override;
  // ws::DecoderSink:
  void on_message(ws::MessageKind kind, std::string_view payload) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;
  void on_failure(ws::CloseCode code, const char* what) override;
  // ws::json::ClientEvents:
  void on_hello(const ws::json::ClientHello& hello) override;
  void on_line(std::string_view line, bool secret) override;
  void on_size(WindowSize window) override;
  void on_gmcp(std::string_view package, std::string_view body) override;
  void on_ping_message(std::string_view id) override;
  void on_malformed(const char* what) override;
  void on_token_kept() override;
  void on_code_wanted() override;
  void on_edited(std::uint64_t edit, bool cancelled, std::string_view text) override;

  // Sends one JSON object made by `append(std::string&)`.
  template <typename Append>
  void say(Append&& append);
  void settle();
  void leave(ws::CloseCode code, std::string_view reason);
  void on_timer();
  void remind_later();
  [[nodiscard]] ws::json::Echo echo() const noexcept;
  // After a change of what echo() says.
  void tell_echo(ws::json::Echo before);
  void leave_for(std::uint8_t shard, Arrived then);

  Connections& home_;
  runtime::Stream stream_;
  ws::Decoder decoder_;
  session::Lease lease_;
  session::SessionHandle session_;
  runtime::Timer timer_;  // waits for hello first, then keep-alive
  Capabilities capabilities_;
  std::string gmcp_hello_;
  gmcp::Supports gmcp_supports_;
  bool in_session_ = false;
  bool settled_ = false;
  bool said_hello_ = false;
  bool client_echoes_ = true;
  bool character_mode_ = false;
  std::uint8_t unanswered_pings_ = 0;
  // Behind each change of echo goes a ping with a number. What comes before its pong was typed before.
  std::uint32_t echo_pings_ = 0;
  std::uint32_t echo_pongs_ = 0;  // the number that came back last
  bool moving_ = false;           // to another shard, at the end of this turn
  std::unique_ptr<session::WaitingInputs> lines_behind_;
};

}  // namespace wyld::transport
