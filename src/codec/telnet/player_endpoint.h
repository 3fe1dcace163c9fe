#pragma once
// The gateway as a Telnet server, toward a player's client.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/capabilities.h"
#include "codec/telnet/decoder.h"
#include "codec/telnet/line_assembler.h"
#include "codec/telnet/negotiator.h"
#include "codec/telnet/options/gmcp.h"
#include "codec/telnet/options/terminal_type.h"
#include "codec/telnet/rate_window.h"

namespace wyld::telnet {

enum class Violation : std::uint8_t {
  kMalformed,      // any DecodeError, or an option payload that is not of its form
  kLineOversized,  // the rest of the line is dropped; reported once a line
  kSubnegotiationOversized,
  kNegotiationFlood,  // over negotiations_per_minute_max: the owner closes the connection
  kSwallowedTooMuch,  // over swallowed_bytes_max in one subnegotiation: the owner closes
};

// What a player's client did, in stream order. Views expire when the callback returns.
class PlayerEndpointEvents {
 public:
  // One line without its end, valid UTF-8, C0 controls and escape sequences removed. `secret`: typed
  // while echo was off. Only in line mode.
  virtual void on_line(std::string_view line, bool secret) = 0;
  // Character mode: UTF-8 as typed, Enter is '\n'; other control characters are kept.
  virtual void on_characters(std::string_view text) = 0;
  // capabilities() changed after settling, window size included; at most once per feed().
  virtual void on_capabilities_changed() = 0;
  // Once: the opening negotiation is over (all asked questions answered). The owner has its own
  // deadline for clients that never answer.
  virtual void on_settled() = 0;
  // A GMCP message: `package` is [A-Za-z0-9_.-]{1,128}, `body` UTF-8: mostly JSON, but games that ask for
  // plain words get them. May be empty.
  virtual void on_gmcp(std::string_view package, std::string_view body) = 0;
  virtual void on_interrupt() = 0;  // IP or BRK
  // The answer to ask_what_arrived(): everything that was sent before the question has reached the client.
  virtual void on_arrived() {}
  virtual void on_violation(Violation violation) = 0;

 protected:
  ~PlayerEndpointEvents() = default;
};

struct PlayerEndpointOptions {
  std::size_t line_bytes_max = 4096;
  std::size_t subnegotiation_bytes_max = 16 * 1024;
  std::size_t swallowed_bytes_max = 256 * 1024;
  std::uint32_t negotiations_per_minute_max = 200;
  Charset charset_default = Charset::kUtf8;  // until the client says otherwise
  Charset charset_refused = Charset::kUtf8;  // for a client that refuses CHARSET, or every name of ours
  bool charset_assumed = false;              // a refusal counts as if the client had said so
};

// One player's Telnet connection: decoder, option negotiation (RFC 1143), line editor, charset, and the
// encoders of output. Sans-I/O: bytes in, events and reply bytes out; `now` comes from the caller and
// never goes backwards. Options are rows of option_table.h.
//
// Owner    the transport's connection.
// Thread   the owner's.
// Errors   never throws on input; every violation is an event.
// Limits   PlayerEndpointOptions; memory at rest is the object itself plus an unfinished line.
class PlayerEndpoint {
 public:
  static constexpr archive::Schema kArchive{"player endpoint", 1};

  explicit PlayerEndpoint(const PlayerEndpointOptions& options);

  void save(archive::Writer& out) const;
  // Instead of start(). The options remain those of this process; what was agreed with the client stays
  // agreed.
  void load(archive::Reader& in);

  // Appends the opening burst (TTYPE, NAWS, NEW-ENVIRON, CHARSET, EOR, GMCP) to `out`.
  void start(TimePoint now, std::string& out);

  // The owner's deadline has passed: what the client says from now on is told by
  // on_capabilities_changed(), although the opening negotiation may never be over. Two seconds after
  // start() that is so in any case.
  void stop_waiting() noexcept { waiting_ = false; }

  // Consumes all of `input`; replies are appended to `out`.
  void feed(std::string_view input, TimePoint now, PlayerEndpointEvents& events, std::string& out);

  // Text in UTF-8 with '\n' line ends and ANSI sequences; encoded for this client.
  void send_text(std::string_view utf8, std::string& out) const;
  // Marks what was sent last as a prompt: EOR or GA as negotiated, else nothing.
  void send_prompt_mark(std::string& out) const;
  // True when the message was appended: GMCP is on. Core.Supports says what a client asks for, not what it
  // can take, so the list is the world's to heed. `body` is UTF-8 or empty.
  bool send_gmcp(std::string_view package, std::string_view body, std::string& out) const;

  // Password mode: false masks (WILL ECHO), true shows again (WONT ECHO, unless in character mode). No bytes
  // when already so.
  void set_client_echo(bool client_echoes, TimePoint now, std::string& out);
  // Character mode (WILL ECHO + WILL SGA; RFC 857, RFC 858): input comes as on_characters(), and the world
  // shows it. Off withdraws both, but ECHO not in password mode.
  void set_character_mode(bool on, TimePoint now, std::string& out);
  // Asks the client to answer when it has read this far: a timing mark (RFC 860), which a refusal answers as
  // well. Called again before the answer, it asks a client that answers no second mark for its terminal type
  // once more (RFC 1091), which those do answer. False: there is nothing to ask, or no other way.
  [[nodiscard]] bool ask_what_arrived(std::string& out);
  // IAC NOP, if the peer has shown that it speaks Telnet.
  void send_keep_alive(std::string& out) const;

  [[nodiscard]] const Capabilities& capabilities() const noexcept;
  [[nodiscard]] bool settled() const noexcept;
  [[nodiscard]] bool speaks_telnet() const noexcept;  // sent at least one telnet command
  [[nodiscard]] bool client_echoes() const noexcept;
  // The client has answered the last set_client_echo(): what comes from now on was typed after it.
  [[nodiscard]] bool echo_answered() const noexcept;

  // What GMCP Core.Hello and Core.Supports carried, for a world that is attached later; empty if none.
  [[nodiscard]] std::string gmcp_hello() const;     // JSON object
  [[nodiscard]] std::string gmcp_supports() const;  // JSON array of "Name version"
  // The version in which Core.Supports lists `package` itself; 0: not at all.
  [[nodiscard]] std::uint32_t gmcp_version_of(std::string_view package) const noexcept;
  // GMCP is in force or not refused yet, and the client has listed nothing so far.
  [[nodiscard]] bool gmcp_supports_may_come() const noexcept;

 private:
  class Feed;  // the events of one feed()

  // Where the charset is known from; a better source is never overruled by a lesser one.
  enum class CharsetSource : std::uint8_t { kDefault, kMtts, kEnviron, kCharset };

  // What ask_what_arrived() waits for.
  enum class Question : std::uint8_t { kNone, kTimingMark, kTerminalType };

  [[nodiscard]] bool all_answered() const noexcept;
  void set_charset(Charset charset, CharsetSource source) noexcept;
  void update_echo(TimePoint now, std::string& out);

  PlayerEndpointOptions options_;
  Decoder decoder_;
  LineAssembler lines_;
  Negotiator negotiator_{Role::kServerOfPlayer};
  TerminalTypeQuery terminal_type_;
  GmcpMemory gmcp_;
  Capabilities capabilities_;
  TimePoint started_{};
  RateWindow negotiations_;
  RateWindow presence_answers_;
  RateWindow pings_;
  CharsetSource charset_source_ = CharsetSource::kDefault;
  Question question_ = Question::kNone;
  bool ignores_marks_ = false;  // it has left one unanswered
  bool client_echoes_ = true;
  bool echoes_ = false;  // WILL ECHO was said last
  bool speaks_telnet_ = false;
  bool settled_ = false;
  bool waiting_ = true;  // for the opening negotiation
  bool window_answered_ = false;
  bool charset_answered_ = false;
  bool charset_requested_ = false;  // our REQUEST has no answer yet
  bool charset_refused_ = false;
  bool capabilities_changed_ = false;
  bool flood_reported_ = false;
  bool swallowed_reported_ = false;
};

// Encodes text for every Telnet client of one charset: CR LF line ends, IAC doubled, and the plain form of
// what the charset lacks (base/single_byte.h). A broadcast is encoded once by this. send_text() uses the
// same.
void encode_text(std::string_view utf8, Charset charset, std::string& out);
// The same for a game. What games call Latin-1 is Windows-1252.
void encode_for_game(std::string_view utf8, Charset charset, std::string& out);

}  // namespace wyld::telnet
