#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/gmcp/message.h"
#include "codec/websocket/json_form.h"
#include "transport/player_dialect.h"
#include "transport/websocket.h"

namespace wyld::transport {

// A player on a WebSocket with the JSON form (subprotocol v1.json.wyldgate).
//
// Owner    its Connection.
// Thread   the shard's.
class JsonDialect final : public PlayerDialect, private WebSocketEvents, private ws::json::ClientEvents {
 public:
  explicit JsonDialect(session::Lease lease);

  // Dialect:
  void start(std::string_view address) override;
  void on_bytes(char* data, std::size_t bytes) override { websocket_.feed(data, bytes); }

  // PlayerTransport:
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override { connection().write_shared(payload); }
  void send_prompt() override;
  bool send_side_channel(std::string_view package, std::string_view body) override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  [[nodiscard]] bool echo_answered() const override { return websocket_.pong() >= echo_ping_; }
  void set_character_mode(bool on) override;
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
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] std::string side_channel_hello() const override { return gmcp_hello_; }
  [[nodiscard]] std::string side_channel_supports() const override { return gmcp_supports_.to_json(); }

 private:
  // PlayerDialect:
  void settle() override;
  void take_line(std::string_view line, bool secret) override;
  void take_characters(std::string_view /*text*/) override {}  // this form has none
  void take_side_channel(std::string_view package, std::string_view body) override;
  void say_farewell(session::EndReason reason, std::string_view text) override;
  [[nodiscard]] runtime::Duration reminder_interval() const override;
  void on_due() override;
  [[nodiscard]] std::optional<std::uint32_t> put_question() override;
  // WebSocketEvents:
  void on_message(ws::MessageKind kind, std::string_view payload) override;
  void on_pong(std::uint32_t number) override { question_answered(number); }
  void on_websocket_end() override { leave_session(); }
  // ws::json::ClientEvents:
  void on_hello(const ws::json::ClientHello& hello) override;
  void on_line(std::string_view line, bool secret) override { take_line(line, secret); }
  void on_size(WindowSize window) override;
  void on_gmcp(std::string_view package, std::string_view body) override { take_side_channel(package, body); }
  void on_ping_message(std::string_view id) override;
  void on_malformed(const char* what) override;
  void on_token_kept() override;
  void on_code_wanted() override;
  void on_edited(std::uint64_t edit, bool cancelled, std::string_view text) override;

  // Sends one JSON object made by `append(std::string&)`.
  template <typename Append>
  void say(Append&& append);
  [[nodiscard]] ws::json::Echo echo() const noexcept;
  // After a change of what echo() says.
  void tell_echo(ws::json::Echo before);

  WebSocket websocket_;
  Capabilities capabilities_;
  std::string gmcp_hello_;
  gmcp::Supports gmcp_supports_;
  bool settled_ = false;
  bool said_hello_ = false;
  bool client_echoes_ = true;
  bool character_mode_ = false;
  // A ping follows each change of echo. What comes before its pong was typed before.
  std::uint32_t echo_ping_ = 0;
};

}  // namespace wyld::transport
