#pragma once
// WebSocket frames from a client, RFC 6455 section 5.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "base/utf8.h"

namespace wyld::ws {

// RFC 6455 section 7.4.1.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,
  kNoStatus = 1005,  // never on the wire: the close frame had no code
  kInvalidPayload = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kServiceRestart = 1012,
  kTryAgainLater = 1013,
};

enum class MessageKind : std::uint8_t { kText, kBinary };

// Receives what the decoder found, in order. Views expire when the callback returns.
class DecoderSink {
 public:
  virtual void on_message(MessageKind kind, std::string_view payload) = 0;  // whole, unmasked; text is UTF-8
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;
  // The peer's close frame; nothing follows.
  virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
  // The peer broke the protocol; nothing follows. The owner sends a close frame with `code` and ends.
  virtual void on_failure(CloseCode code, const char* what) = 0;

 protected:
  ~DecoderSink() = default;
};

struct DecoderOptions {
  // A message over this, counted over all its fragments, fails with 1009 before anything is allocated.
  std::size_t message_bytes_max = 64 * 1024;
  // Empty or tiny fragments in one message; more fail with 1008.
  std::uint32_t fragments_max = 1024;
};

// Splits a client's byte stream into WebSocket messages (RFC 6455 section 5). No sockets, no clock.
// A message that arrives whole in one feed() is handed over without a copy (unmasked in place).
//
// Owner    the transport's connection.
// Thread   the owner's.
// Errors   the first protocol violation ends decoding with on_failure().
// Limits   DecoderOptions; memory at rest is the object itself plus an unfinished message.
class Decoder {
 public:
  static constexpr archive::Schema kArchive{"WebSocket decoder", 1};

  explicit Decoder(const DecoderOptions& options = {}) noexcept : options_(options) {}

  void save(archive::Writer& out) const;
  // A message that is longer than these options allow fails with 1009 at the next bytes.
  void load(archive::Reader& in);

  // Consumes all of `input`, which is unmasked in place. After a close or failure the rest is ignored.
  void feed(char* input, std::size_t input_bytes, DecoderSink& sink);

  [[nodiscard]] bool ended() const noexcept { return stage_ == Stage::kEnded; }

 private:
  // What the next header byte completes.
  enum class Stage : std::uint8_t { kOpcode, kLength, kExtendedLength, kMask, kPayload, kEnded };

  // Each answers how many bytes of `input` it took, and sets `stage_`.
  std::size_t read_header(std::string_view input, DecoderSink& sink);
  std::size_t read_payload(char* input, std::size_t input_bytes, DecoderSink& sink);

  // Of what was loaded.
  [[nodiscard]] bool expect_by_stage() noexcept;
  [[nodiscard]] bool frame_makes_sense() const noexcept;
  [[nodiscard]] bool message_makes_sense() noexcept;
  // Whether what is left of the present data frame stays within the bound of a message.
  [[nodiscard]] bool fits() const noexcept;
  bool accept_opcode(DecoderSink& sink);
  bool accept_length(DecoderSink& sink);
  void finish_frame(std::string_view payload, DecoderSink& sink);
  void finish_data(std::string_view payload, DecoderSink& sink);
  void finish_close(std::string_view payload, DecoderSink& sink);
  bool fail(CloseCode code, const char* what, DecoderSink& sink);
  void end() noexcept;

  DecoderOptions options_;
  std::uint64_t payload_bytes_ = 0;        // of the present frame
  std::uint64_t payload_taken_ = 0;        // of these, already seen
  std::string message_;                    // the unfinished data message, unmasked
  std::string control_;                    // the unfinished control frame's payload, unmasked
  std::uint32_t fragments_ = 0;            // frames of the unfinished message
  std::array<unsigned char, 8> header_{};  // the field that is being read
  std::array<unsigned char, 4> mask_{};
  std::uint8_t header_have_ = 0;
  std::uint8_t header_need_ = 1;
  Stage stage_ = Stage::kOpcode;
  bool final_ = false;       // FIN of the present frame
  bool in_message_ = false;  // a first fragment came, its last one not
  std::uint8_t opcode_ = 0;
  MessageKind kind_ = MessageKind::kText;
  Utf8Validator utf8_;
};

// XORs `bytes` with the repeated `mask`, which begins at mask[offset % 4].
void unmask(char* bytes, std::size_t count, const std::array<unsigned char, 4>& mask,
            std::uint64_t offset) noexcept;

}  // namespace wyld::ws
