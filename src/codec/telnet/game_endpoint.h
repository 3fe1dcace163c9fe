#pragma once
// The gateway as a Telnet client, toward an unmodified game, on behalf of one player.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/capabilities.h"
#include "codec/telnet/options/new_environ.h"
#include "codec/telnet/player_endpoint.h"
#include "codec/telnet/text_decoder.h"

namespace wyld::telnet {

// What the game did, in stream order. Views expire when the callback returns.
class GameEndpointEvents {
 public:
  // UTF-8 with '\n' line ends and the game's ANSI sequences. May end in mid-line, never in mid-character.
  virtual void on_text(std::string_view utf8) = 0;
  // GA or EOR: the text since the last '\n' is a prompt.
  virtual void on_prompt() = 0;
  // False: WILL ECHO without SGA, what is typed now is a secret.
  virtual void on_client_echo(bool client_echoes) = 0;
  // The game has both ECHO and SGA on: it wants keys, not lines, and shows them itself. That is no secret.
  virtual void on_character_mode(bool on) = 0;
  virtual void on_gmcp(std::string_view package, std::string_view body) = 0;
  // Time for Core.Hello and Core.Supports; again when the game asks again.
  virtual void on_gmcp_enabled() = 0;
  virtual void on_violation(Violation violation) = 0;

 protected:
  ~GameEndpointEvents() = default;
};

struct GameEndpointOptions {
  // What games send in one GMCP message: maps and inventories can be large.
  std::size_t subnegotiation_bytes_max = 1024 * 1024;
  std::size_t swallowed_bytes_max = 4 * 1024 * 1024;
  std::uint32_t negotiations_per_minute_max = 2000;
  Charset charset_default = Charset::kUtf8;  // until the game negotiates CHARSET
  // Told by NEW-ENVIRON IPADDRESS when asked; empty: never told.
  std::string player_address;
  // Sets MTTS bit 128 (proxy).
  bool announce_proxy = false;
};

// One upstream connection. Answers the game's options from what the player's client can do: always
// agrees to TTYPE, NAWS, NEW-ENVIRON, EOR, ECHO, BINARY; to GMCP when the client has it; to CHARSET when the
// client's is known. SGA of the game is agreed to together with ECHO only: alone it means that prompts are
// not marked.
// A capability that arrives later is told later (NAWS at once, DO GMCP if the game had offered it).
// Sans-I/O like PlayerEndpoint.
//
// Owner    the telnet-game world's upstream connection.
// Thread   the owner's.
// Errors   never throws on input; every violation is an event.
class GameEndpoint {
 public:
  static constexpr archive::Schema kArchive{"game endpoint", 1};

  GameEndpoint(const GameEndpointOptions& options, const Capabilities& capabilities);

  void save(archive::Writer& out) const;
  // The options remain those of this process; the client's capabilities are loaded, since the game was told
  // them.
  void load(archive::Reader& in);

  void feed(std::string_view input, TimePoint now, GameEndpointEvents& events, std::string& out);

  // The player's client changed; what the game has asked for is told again where it differs.
  void set_capabilities(const Capabilities& capabilities, TimePoint now, std::string& out);

  void send_line(std::string_view utf8, std::string& out) const;        // appends CR LF
  void send_characters(std::string_view utf8, std::string& out) const;  // '\n' becomes CR LF
  void send_interrupt(std::string& out) const;                          // IAC IP
  // In UTF-8, or in Latin-1 to a game that writes it so. False: GMCP is off.
  bool send_gmcp(std::string_view package, std::string_view body, std::string& out) const;

  [[nodiscard]] const Capabilities& capabilities() const noexcept { return capabilities_; }
  [[nodiscard]] Charset charset() const noexcept;
  [[nodiscard]] bool client_echoes() const noexcept;
  [[nodiscard]] bool gmcp_enabled() const noexcept;

 private:
  class Feed;  // the events of one feed()

  // In what the game writes GMCP: known from the last message that was not ASCII.
  enum class GmcpText : std::uint8_t { kUnknown, kUtf8, kLatin1 };

  [[nodiscard]] std::uint32_t mtts() const noexcept;
  [[nodiscard]] std::vector<EnvironVariable> environ_variables() const;
  void want_gmcp(TimePoint now, std::string& out);
  void want_charset(TimePoint now, std::string& out);
  [[nodiscard]] bool charset_known() const noexcept;

  GameEndpointOptions options_;
  Capabilities capabilities_;
  Decoder decoder_;
  Negotiator negotiator_{Role::kClientOfGame};
  TextDecoder text_;
  TerminalTypeAnswers terminal_type_;
  RateWindow negotiations_;
  GmcpText gmcp_text_ = GmcpText::kUnknown;
  bool environ_asked_ = false;
  bool gmcp_offered_ = false;       // WILL GMCP was said, whatever we answered
  bool gmcp_asked_for_ = false;     // DO GMCP was said, the wrong way round
  bool charset_asked_for_ = false;  // DO CHARSET was said, whatever we answered
  bool sga_offered_ = false;        // WILL SGA was said, and no text since
  bool sga_joined_ = false;         // with ECHO, and taken for agreed whatever the game makes of our answer
  bool character_mode_ = false;
  bool secret_ = false;
  bool flood_reported_ = false;
  bool swallowed_reported_ = false;
};

}  // namespace wyld::telnet
