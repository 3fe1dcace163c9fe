#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/telnet/protocol.h"

namespace wyld::telnet {

enum class DecodeError : std::uint8_t {
  kUnknownCommand,           // IAC followed by a byte that is no command; both dropped
  kStraySe,                  // IAC SE outside a subnegotiation; dropped
  kSubnegotiationUnended,    // IAC x inside a subnegotiation: payload dropped, IAC x processed
  kSubnegotiationOversized,  // over the bound; swallowed whole up to its IAC SE
  kSubnegotiationNoOption,   // IAC SB IAC SE
};

// Receives what the decoder found, in stream order. Views expire when the callback returns.
class DecoderSink {
 public:
  virtual void on_data(std::string_view bytes) = 0;  // unescaped; never empty
  virtual void on_command(Command command) = 0;      // not WILL..DONT, SB, SE, IAC
  virtual void on_negotiation(Command verb, std::uint8_t option) = 0;
  virtual void on_subnegotiation(std::uint8_t option, std::string_view payload) = 0;  // unescaped
  virtual void on_decode_error(DecodeError error) = 0;

 protected:
  ~DecoderSink() = default;
};

struct DecoderOptions {
  // A subnegotiation longer than this (unescaped) is swallowed and reported once.
  std::size_t subnegotiation_bytes_max = 16 * 1024;
};

// Splits a byte stream into telnet events (RFC 854, RFC 855). No sockets, no clock; allocates only to
// hold an unfinished or escaped subnegotiation, and frees that when it ends.
//
// Owner    an endpoint, one decoder each.
// Thread   the owner's.
// Errors   malformed input is an event too, so decoding always continues.
// Limits   DecoderOptions.
class Decoder {
 public:
  static constexpr archive::Schema kArchive{"telnet decoder", 1};

  explicit Decoder(const DecoderOptions& options = {}) noexcept : options_(options) {}

  void save(archive::Writer& out) const;
  // A subnegotiation that is longer than these options allow is swallowed and reported, as if the bound had
  // been there from its beginning.
  void load(archive::Reader& in);

  // Consumes all of `input`. The same bytes give the same events however they are cut, except that
  // data may come in more pieces.
  void feed(std::string_view input, DecoderSink& sink);

  // Bytes of the current subnegotiation swallowed beyond the bound; the owner closes when it is too many.
  [[nodiscard]] std::size_t swallowed_bytes() const noexcept { return swallowed_bytes_; }

 private:
  enum class State : std::uint8_t {
    kData,
    kAfterIac,
    kNegotiation,
    kSbOption,
    kSbOptionIac,
    kSbData,
    kSbIac
  };

  const char* feed_data(const char* at, const char* end, DecoderSink& sink);
  const char* feed_subnegotiation(const char* at, const char* end, DecoderSink& sink);
  void after_iac(std::uint8_t byte, DecoderSink& sink);
  void collect(std::string_view bytes, DecoderSink& sink);
  void finish_subnegotiation(std::string_view last, DecoderSink& sink);
  void drop_subnegotiation() noexcept;
  [[nodiscard]] bool in_payload() const noexcept;

  DecoderOptions options_;
  State state_ = State::kData;
  Command verb_ = Command::kNop;
  std::uint8_t option_ = 0;
  bool oversized_ = false;
  std::size_t swallowed_bytes_ = 0;
  std::string payload_;
};

}  // namespace wyld::telnet
