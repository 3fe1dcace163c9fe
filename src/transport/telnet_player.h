#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codec/gmcp/char_login.h"
#include "codec/telnet/player_endpoint.h"
#include "codec/websocket/decoder.h"
#include "runtime/stream.h"
#include "session/admission.h"
#include "session/input_gate.h"
#include "session/player_transport.h"
#include "session/secret.h"
#include "transport/connections.h"

namespace wyld::transport {

// A player who speaks Telnet, on a plain socket or inside the binary messages of a WebSocket
// (subprotocol telnet.mudstandards.org).
//
// Owner    Connections.
// Thread   the shard's.
class TelnetPlayer final : public Connection,
                           public session::PlayerTransport,
                           private runtime::StreamEvents,
                           private telnet::PlayerEndpointEvents,
                           private ws::DecoderSink {
 public:
  TelnetPlayer(Connections& home, runtime::Fd fd, session::Lease lease, bool websocket);

  // Opens the session, or tells the client why not. `early_bytes` were read before.
  void start(const std::string& address, std::string early_bytes);

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

  // What moves to another shard: what the object is made of there, and what then happens to it.
  struct Parts {
    runtime::Stream::Released socket;
    telnet::PlayerEndpoint endpoint;
    std::unique_ptr<ws::Decoder> websocket;
    session::Lease lease;
    bool at_line_start = true;
    bool told_oversized = false;
    bool drop_logged = false;
    bool encrypted = false;
    CharLogin char_login;
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
  TelnetPlayer(Connections& home, Parts parts);
  void arrive(Rest rest);

  // PlayerTransport:
  void send_text(std::string_view utf8) override;
  void send_encoded(const Payload& payload) override;
  void send_prompt() override;
  bool send_side_channel(std::string_view package, std::string_view body) override;
  void send_notice(std::string_view text) override;
  void set_client_echo(bool client_echoes) override;
  [[nodiscard]] bool echo_answered() const override { return endpoint_.echo_answered(); }
  void set_character_mode(bool on) override;
  void set_reading(session::Reading reading) override;
  void tell_when_drained() override { stream_.tell_when_drained(); }
  void entered() override { lease_.authenticated(); }
  void end(session::EndReason reason, std::string_view text) override;
  void rebind(session::SessionHandle session) override;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived then) override;
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return stream_.unconfirmed_bytes(); }
  void resumed(const session::ResumeAnswer& answer) override;
  [[nodiscard]] bool keeps_tokens() const override {
    return char_login_.version >= gmcp::char_login::kTokensSince && !char_login_.forgets_tokens;
  }
  [[nodiscard]] std::string token_client() const override;
  [[nodiscard]] bool counts_output() const override { return false; }
  void give_token(std::string_view token) override;
  void login_result(bool success, std::string_view text) override;
  [[nodiscard]] session::WireForm wire_form() const override;
  [[nodiscard]] std::size_t queued_bytes() const override { return stream_.queued_bytes(); }
  [[nodiscard]] const Capabilities& capabilities() const override { return endpoint_.capabilities(); }
  [[nodiscard]] std::string side_channel_hello() const override { return endpoint_.gmcp_hello(); }
  [[nodiscard]] std::string side_channel_supports() const override;

 private:
  // runtime::StreamEvents:
  void on_bytes(char* data, std::size_t bytes) override;
  void on_drained() override;
  void on_end(int system_errno) override;
  // telnet::PlayerEndpointEvents:
  void on_line(std::string_view line, bool secret) override;
  void on_characters(std::string_view text) override;
  void on_capabilities_changed() override;
  void on_settled() override;
  void on_gmcp(std::string_view package, std::string_view body) override;
  void on_interrupt() override;
  void on_violation(telnet::Violation violation) override;
  // ws::DecoderSink:
  void on_message(ws::MessageKind kind, std::string_view payload) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;
  void on_failure(ws::CloseCode code, const char* what) override;

  // Hands `append(std::string&)` the bytes' place: the socket's queue, or a binary message.
  template <typename Append>
  void write(Append&& append);
  void write_bytes(std::string_view bytes);
  bool send_gmcp(std::string_view package, std::string_view body);
  void log_drop(std::string_view reason);
  void feed(std::string_view bytes);
  void settle();
  void remind_later();
  void give_up();
  void close_websocket(ws::CloseCode code, std::string_view reason);
  void on_timer();
  void leave_for(std::uint8_t shard, Arrived then);

  // telnet_player_login.cc:
  [[nodiscard]] bool offers_tokens() const noexcept;
  // Whether the client may be about to sign in by itself.
  [[nodiscard]] bool awaits_char_login() const noexcept;
  void offer_char_login();
  void take_char_login(std::string_view package, std::string_view body);
  void sign_in();

  Connections& home_;
  std::string* replies_ = nullptr;  // the endpoint's, while it is being fed
  runtime::Stream stream_;
  telnet::PlayerEndpoint endpoint_;
  std::unique_ptr<ws::Decoder> websocket_;  // null on a plain socket
  session::Lease lease_;
  session::SessionHandle session_;
  runtime::Timer timer_;  // negotiation first, then keep-alive
  runtime::TimePoint negotiation_ends_{};
  bool in_session_ = false;
  std::uint8_t unanswered_pings_ = 0;
  bool told_oversized_ = false;
  bool drop_logged_ = false;
  bool moving_ = false;  // to another shard, at the end of this turn
  std::unique_ptr<session::WaitingInputs> lines_behind_;
  bool at_line_start_ = true;  // of the client's screen, as far as we can know
  bool encrypted_ = false;     // on its way between the client and here, as far as we know
  CharLogin char_login_;
  // What the client has shown, until the negotiation is over.
  struct Shown {
    gmcp::char_login::Kind kind;
    session::Secret account;
    session::Secret secret;
  };
  std::unique_ptr<Shown> shown_;
};

}  // namespace wyld::transport
