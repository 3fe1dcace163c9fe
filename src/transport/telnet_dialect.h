#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codec/gmcp/char_login.h"
#include "codec/telnet/player_endpoint.h"
#include "session/secret.h"
#include "transport/player_dialect.h"
#include "transport/websocket.h"

namespace wyld::transport {

// A player who speaks Telnet, on a plain socket or inside the binary messages of a WebSocket
// (subprotocol telnet.mudstandards.org).
//
// Owner    its Connection.
// Thread   the shard's.
class TelnetDialect final : public PlayerDialect,
                            private telnet::PlayerEndpointEvents,
                            private WebSocketEvents {
 public:
  TelnetDialect(const PlayerOptions& options, session::Lease lease, bool websocket);

  // Dialect:
  void start(std::string_view address) override;
  void on_bytes(char* data, std::size_t bytes) override;

  // PlayerTransport:
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override;
  void send_prompt() override;
  bool send_side_channel(std::string_view package, std::string_view body) override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  [[nodiscard]] bool echo_answered() const override { return endpoint_.echo_answered(); }
  void set_character_mode(bool on) override;
  void resumed(const session::ResumeAnswer& answer) override;
  [[nodiscard]] bool keeps_tokens() const override {
    return char_login_.version >= gmcp::char_login::kTokensSince && !char_login_.forgets_tokens;
  }
  [[nodiscard]] std::string token_client() const override;
  [[nodiscard]] bool counts_output() const override { return false; }
  void give_token(std::string_view token) override;
  void login_result(bool success, std::string_view text) override;
  [[nodiscard]] session::WireForm wire_form() const override;
  [[nodiscard]] const Capabilities& capabilities() const override { return endpoint_.capabilities(); }
  [[nodiscard]] std::string side_channel_hello() const override { return endpoint_.gmcp_hello(); }
  [[nodiscard]] std::string side_channel_supports() const override;

 private:
  // PlayerDialect:
  void settle() override;
  void take_line(std::string_view line, bool secret) override;
  void take_characters(std::string_view text) override;
  void take_side_channel(std::string_view package, std::string_view body) override;
  void say_farewell(session::EndReason reason, std::string_view text) override;
  [[nodiscard]] runtime::Duration reminder_interval() const override;
  void on_due() override;
  [[nodiscard]] std::optional<std::uint32_t> put_question() override;
  // telnet::PlayerEndpointEvents:
  void on_line(std::string_view line, bool secret) override { take_line(line, secret); }
  void on_characters(std::string_view text) override { take_characters(text); }
  void on_capabilities_changed() override;
  void on_settled() override;
  void on_gmcp(std::string_view package, std::string_view body) override { take_side_channel(package, body); }
  void on_interrupt() override;
  void on_arrived() override { question_answered(0); }
  void on_violation(telnet::Violation violation) override;
  // WebSocketEvents:
  void on_message(ws::MessageKind kind, std::string_view payload) override;
  void on_pong(std::uint32_t number) override { question_answered(number); }
  void on_websocket_end() override { leave_session(); }

  // Hands `append(std::string&)` the bytes' place: the socket's queue, or a binary message.
  template <typename Append>
  void write(Append&& append);
  void write_bytes(std::string_view bytes);
  bool send_gmcp(std::string_view package, std::string_view body);
  void log_drop(std::string_view reason);
  void feed(std::string_view bytes);

  // telnet_dialect_login.cc:
  [[nodiscard]] bool offers_tokens() const noexcept;
  // Whether the client may be about to sign in by itself.
  [[nodiscard]] bool awaits_char_login() const noexcept;
  void offer_char_login();
  void take_char_login(std::string_view package, std::string_view body);
  void sign_in();

  // A client that signs in by GMCP Char.Login. Its session begins when it has said how and its options are
  // negotiated, or when the time for both is over.
  struct CharLogin {
    std::uint32_t version = 0;    // which was offered; 0: none, and the module is the world's
    std::uint8_t attempts = 0;    // tokens and passwords it has shown
    bool awaited = false;         // it has not answered the offer
    bool asked = false;           // a token of its waits for the result
    bool signed_in = false;       // passwords are taken no longer
    bool forgets_tokens = false;  // it says that it keeps none
  };
  // What the client has shown, until the negotiation is over.
  struct Shown {
    gmcp::char_login::Kind kind;
    session::Secret account;
    session::Secret secret;
  };

  std::string* replies_ = nullptr;  // the endpoint's, while it is being fed
  telnet::PlayerEndpoint endpoint_;
  std::unique_ptr<WebSocket> websocket_;  // null on a plain socket
  runtime::TimePoint negotiation_ends_{};
  bool told_oversized_ = false;
  bool drop_logged_ = false;
  bool at_line_start_ = true;  // of the client's screen, as far as we can know
  bool encrypted_ = false;     // on its way between the client and here, as far as we know
  CharLogin char_login_;
  std::unique_ptr<Shown> shown_;
};

}  // namespace wyld::transport
