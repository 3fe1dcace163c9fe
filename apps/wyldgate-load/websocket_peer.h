// A WebSocket client (RFC 6455): the handshake, masked frames out, and messages in, however they are cut and
// fragmented. Written apart from the gateway's codec on purpose, so that the two cannot share a mistake; the
// tests let each read what the other wrote.
//
// Owner    one per connection. Thread: the role's.
// Errors   trouble() says what the server did wrong, or why it refused or closed; nothing is read after it.
// Limits   the answer to the handshake and a message are bounded (kHeadBytesMax, kMessageBytesMax); more is
//          trouble.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace wyld::load {

class WebSocketPeer {
 public:
  static constexpr std::size_t kHeadBytesMax = 16 * 1024;
  static constexpr std::size_t kMessageBytesMax = 1024 * 1024;

  enum class Kind : std::uint8_t { kText = 1, kBinary = 2 };  // RFC 6455 section 5.2
  // A whole message; `payload` expires on return. May append to the answers.
  using OnMessage = std::function<void(Kind kind, std::string_view payload)>;

  // `subprotocol` is offered, and a server that chooses another one is refused.
  explicit WebSocketPeer(std::string_view subprotocol) : subprotocol_(subprotocol) {}

  // The client's opening request; `host` is ADDRESS:PORT.
  std::string request(std::string_view host) const;
  // Appends one masked frame with a whole message.
  void append_message(Kind kind, std::string_view payload, std::string& out);
  // Takes all of `bytes`. Pongs and the answer to a close are appended to `answers`.
  void receive(std::string_view bytes, std::string& answers, const OnMessage& on_message);

  // The server has agreed; messages may be sent.
  bool open() const { return state_ == State::kOpen; }
  // Empty while all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  enum class State : std::uint8_t { kHandshake, kOpen, kEnded };
  struct Frame {
    unsigned opcode = 0;
    bool last = false;
    std::string_view payload;
  };

  bool take_head(std::string_view& bytes);
  bool take_frame(std::string_view& bytes, Frame& frame);
  void on_frame(const Frame& frame, std::string& answers, const OnMessage& on_message);
  void append_frame(unsigned opcode, std::string_view payload, std::string& out);
  bool fail(std::string trouble);

  std::string subprotocol_;
  std::string unread_;   // an unfinished head or frame
  std::string message_;  // the fragments before
  std::string trouble_;
  std::uint32_t mask_ = 0x9E3779B9;  // another for each frame
  State state_ = State::kHandshake;
  unsigned message_opcode_ = 0;  // 0: no message is unfinished
};

}  // namespace wyld::load
