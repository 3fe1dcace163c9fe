#include "codec/telnet/game_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/single_byte.h"
#include "base/utf8.h"
#include "codec/telnet/options/charset.h"
#include "codec/telnet/options/linemode.h"
#include "codec/telnet/options/naws.h"

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;

namespace saved {
enum : std::uint32_t {
  kDecoder = 1,
  kText = 2,
  kOptions = 3,
  kTerminalType = 4,
  kCapabilities = 5,
  kNegotiations = 6,
  kGmcpText = 7,
  kFlags = 8,
};
}  // namespace saved

bool is_known(WindowSize size) noexcept { return size.columns != 0; }

std::ptrdiff_t json_marks(std::string_view text) noexcept {
  return std::ranges::count_if(text, [](char c) { return c == '"' || c == '\\'; });
}

}  // namespace

// One call of feed(): what the decoder finds, in stream order.
class GameEndpoint::Feed final : public DecoderSink {
 public:
  Feed(GameEndpoint& self, TimePoint now, GameEndpointEvents& events, std::string& out) noexcept
      : self_(self), now_(now), events_(events), out_(out) {}

  void on_data(std::string_view bytes) override {
    self_.sga_offered_ = false;
    const std::string_view text = self_.text_.feed(bytes, scratch_);
    if (!text.empty()) events_.on_text(text);
  }

  void on_command(Command command) override {
    if (command != Command::kGoAhead && command != Command::kEor) return;
    const std::string_view text = self_.text_.flush(scratch_);
    if (!text.empty()) events_.on_text(text);
    events_.on_prompt();
  }

  void on_negotiation(Command verb, std::uint8_t option) override {
    if (!within_budget()) return;
    if (option == option::kGmcp) {
      if (verb == Command::kWill) self_.gmcp_offered_ = true;
      if (verb == Command::kDo) self_.gmcp_asked_for_ = true;
    }
    if (option == option::kCharset && verb == Command::kDo) self_.charset_asked_for_ = true;
    if (option == option::kSuppressGoAhead) before_suppress_go_ahead(verb);
    const bool gmcp_before = self_.gmcp_enabled();
    const Change change = self_.negotiator_.receive(verb, option, now_, out_);
    if (change == Change::kNone) return;
    switch (option) {
      case option::kTerminalType:
        self_.terminal_type_.restart();
        break;
      case option::kWindowSize:
        if (change != Change::kDisabled && is_known(self_.capabilities_.window)) {
          append_window_size(self_.capabilities_.window, out_);
        }
        break;
      case option::kEcho:
        echo(change);
        break;
      case option::kGmcp:
        if ((!gmcp_before && self_.gmcp_enabled()) || change == Change::kRepeated) events_.on_gmcp_enabled();
        break;
      default:
        break;
    }
    note_modes();
  }

  // Games send these before their offers are settled, and the wrong way round: what can be answered is.
  void on_subnegotiation(std::uint8_t option, std::string_view payload) override {
    switch (option) {
      case option::kTerminalType:
        if (!is_terminal_type_send(payload)) return malformed();
        if (within_budget()) {
          append_terminal_type_is(self_.terminal_type_.next(self_.capabilities_, self_.mtts()), out_);
        }
        break;
      case option::kNewEnviron:
        if (!within_budget()) break;
        if (!answer_environ_send(payload, self_.environ_variables(), out_)) return malformed();
        self_.environ_asked_ = true;
        break;
      case option::kCharset:
        charset(payload);
        break;
      case option::kGmcp:
        gmcp(payload);
        break;
      case option::kLinemode:
        if (within_budget()) refuse_forwardmask(payload, out_);
        break;
      default:
        break;
    }
  }

  void on_decode_error(DecodeError error) override {
    events_.on_violation(error == DecodeError::kSubnegotiationOversized ? Violation::kSubnegotiationOversized
                                                                        : Violation::kMalformed);
  }

 private:
  bool within_budget() {
    if (self_.negotiations_.allow(now_, self_.options_.negotiations_per_minute_max, 60s)) {
      self_.flood_reported_ = false;
      return true;
    }
    if (!std::exchange(self_.flood_reported_, true)) events_.on_violation(Violation::kNegotiationFlood);
    return false;
  }

  void malformed() { events_.on_violation(Violation::kMalformed); }

  // SGA alone is refused: games that hear so mark their prompts. Offered next to ECHO, in either order and
  // with no text between, it means character mode. ECHO that comes later on is for a password.
  void before_suppress_go_ahead(Command verb) {
    if (verb == Command::kWill) {
      self_.sga_offered_ = true;
      self_.negotiator_.set_wanted(Side::kHim, option::kSuppressGoAhead, !self_.client_echoes());
    } else if (verb == Command::kWont) {
      self_.sga_offered_ = false;
      // Until it has agreed, this acknowledges that SGA alone was refused.
      if (self_.negotiator_.enabled(Side::kHim, option::kSuppressGoAhead)) self_.sga_joined_ = false;
    }
  }

  void echo(Change change) {
    const bool on = change == Change::kEnabled;
    self_.sga_joined_ = on && self_.sga_offered_;
    self_.negotiator_.set_wanted(Side::kHim, option::kSuppressGoAhead, on);
    if (self_.sga_joined_ || !on)
      self_.negotiator_.request(Side::kHim, option::kSuppressGoAhead, on, now_, out_);
  }

  void note_modes() {
    const bool echo = !self_.client_echoes();
    const bool suppressed =
        self_.sga_joined_ || self_.negotiator_.enabled(Side::kHim, option::kSuppressGoAhead);
    const bool secret = echo && !suppressed;
    const bool character_mode = echo && suppressed;
    // What begins is told first: in between the client must not show a secret, nor what the game shows.
    if (secret && !std::exchange(self_.secret_, true)) events_.on_client_echo(false);
    if (character_mode != self_.character_mode_) {
      self_.character_mode_ = character_mode;
      events_.on_character_mode(character_mode);
    }
    if (!secret && std::exchange(self_.secret_, false)) events_.on_client_echo(true);
  }

  void charset(std::string_view payload) {
    const std::optional<CharsetMessage> message = charset_message(payload);
    if (!message) return malformed();
    if (*message == CharsetMessage::kTtableIs && within_budget()) {
      append_charset_reply(CharsetMessage::kTtableRejected, out_);
    }
    if (*message != CharsetMessage::kRequest || !within_budget()) return;
    const std::optional<CharsetChoice> choice =
        self_.charset_known() ? choose_charset(payload, self_.capabilities_.charset) : std::nullopt;
    if (!choice) return append_charset_reply(CharsetMessage::kRejected, out_);
    append_charset_accepted(choice->name, out_);
    self_.text_.set_charset(choice->charset, true);
  }

  void gmcp(std::string_view payload) {
    if (!self_.capabilities_.gmcp || payload.empty()) return;
    const std::optional<GmcpMessage> message = split_gmcp(payload);
    if (!message) return malformed();
    if (is_ascii(message->body)) return events_.on_gmcp(message->package, message->body);
    // GMCP is UTF-8, but old games send it in the charset of their text.
    const bool utf8 = is_valid_utf8(message->body);
    self_.gmcp_text_ = utf8 ? GmcpText::kUtf8 : GmcpText::kLatin1;
    if (utf8) return events_.on_gmcp(message->package, message->body);
    std::string body;
    append_windows1252_as_utf8(message->body, body);
    events_.on_gmcp(message->package, body);
  }

  GameEndpoint& self_;
  TimePoint now_;
  GameEndpointEvents& events_;
  std::string& out_;
  std::string scratch_;
};

GameEndpoint::GameEndpoint(const GameEndpointOptions& options, const Capabilities& capabilities)
    : options_(options),
      capabilities_(capabilities),
      decoder_(DecoderOptions{.subnegotiation_bytes_max = options.subnegotiation_bytes_max}),
      text_(options.charset_default) {
  for (const Side side : {Side::kUs, Side::kHim}) {
    negotiator_.set_wanted(side, option::kGmcp, capabilities.gmcp);
    negotiator_.set_wanted(side, option::kCharset, charset_known());
  }
  text_.set_guessing(!charset_known());
}

void GameEndpoint::save(archive::Writer& out) const {
  out.save(saved::kDecoder, decoder_);
  out.save(saved::kText, text_);
  out.save(saved::kOptions, negotiator_);
  out.save(saved::kTerminalType, terminal_type_);
  out.save(saved::kCapabilities, capabilities_);
  out.save(saved::kNegotiations, negotiations_);
  out.field(saved::kGmcpText, gmcp_text_);
  out.flags(saved::kFlags, {environ_asked_, gmcp_offered_, gmcp_asked_for_, charset_asked_for_, sga_offered_,
                            sga_joined_, character_mode_, secret_, flood_reported_, swallowed_reported_});
}

void GameEndpoint::load(archive::Reader& in) {
  GameEndpoint fresh(options_, Capabilities{});
  while (in.next()) {
    switch (in.tag()) {
      case saved::kDecoder:
        in.load(fresh.decoder_);
        break;
      case saved::kText:
        in.load(fresh.text_);
        break;
      case saved::kOptions:
        in.load(fresh.negotiator_);
        break;
      case saved::kTerminalType:
        in.load(fresh.terminal_type_);
        break;
      case saved::kCapabilities:
        in.load(fresh.capabilities_);
        break;
      case saved::kNegotiations:
        in.load(fresh.negotiations_);
        break;
      case saved::kGmcpText:
        in.read(fresh.gmcp_text_, GmcpText::kLatin1);
        break;
      case saved::kFlags:
        in.flags({&fresh.environ_asked_, &fresh.gmcp_offered_, &fresh.gmcp_asked_for_,
                  &fresh.charset_asked_for_, &fresh.sga_offered_, &fresh.sga_joined_, &fresh.character_mode_,
                  &fresh.secret_, &fresh.flood_reported_, &fresh.swallowed_reported_});
        break;
      default:
        break;
    }
  }
  if (in.ok()) *this = std::move(fresh);
}

void GameEndpoint::feed(std::string_view input, TimePoint now, GameEndpointEvents& events, std::string& out) {
  negotiator_.flush_overdue(now, out);
  Feed sink(*this, now, events, out);
  decoder_.feed(input, sink);
  if (decoder_.swallowed_bytes() > options_.swallowed_bytes_max && !swallowed_reported_) {
    swallowed_reported_ = true;
    events.on_violation(Violation::kSwallowedTooMuch);
  }
}

void GameEndpoint::set_capabilities(const Capabilities& capabilities, TimePoint now, std::string& out) {
  const WindowSize window_before = capabilities_.window;
  const bool gmcp_before = capabilities_.gmcp;
  const std::vector<EnvironVariable> environ_before =
      environ_asked_ ? environ_variables() : std::vector<EnvironVariable>{};
  capabilities_ = capabilities;
  if (capabilities.window != window_before && is_known(capabilities.window) &&
      negotiator_.enabled(Side::kUs, option::kWindowSize)) {
    append_window_size(capabilities.window, out);
  }
  if (capabilities.gmcp != gmcp_before) want_gmcp(now, out);
  want_charset(now, out);
  if (environ_asked_ && negotiator_.enabled(Side::kUs, option::kNewEnviron)) {
    std::vector<EnvironVariable> changed = environ_variables();
    std::erase_if(changed, [&](const EnvironVariable& variable) {
      return std::find(environ_before.begin(), environ_before.end(), variable) != environ_before.end();
    });
    if (!changed.empty()) append_environ_info(changed, out);
  }
}

void GameEndpoint::want_gmcp(TimePoint now, std::string& out) {
  const bool on = capabilities_.gmcp;
  for (const Side side : {Side::kUs, Side::kHim}) negotiator_.set_wanted(side, option::kGmcp, on);
  if (gmcp_offered_ || !on) negotiator_.request(Side::kHim, option::kGmcp, on, now, out);
  if ((gmcp_asked_for_ && !gmcp_offered_) || !on) negotiator_.request(Side::kUs, option::kGmcp, on, now, out);
}

// A client that refuses to tell its charset gets what it would get without the gateway: the game hears the
// same of us. What has once been agreed stays: text is translated here.
bool GameEndpoint::charset_known() const noexcept { return capabilities_.charset_agreed; }

void GameEndpoint::want_charset(TimePoint now, std::string& out) {
  if (!charset_known()) return;
  for (const Side side : {Side::kUs, Side::kHim}) negotiator_.set_wanted(side, option::kCharset, true);
  if (std::exchange(charset_asked_for_, false))
    negotiator_.request(Side::kUs, option::kCharset, true, now, out);
}

void GameEndpoint::send_line(std::string_view utf8, std::string& out) const {
  // A line end inside would be a second command.
  for (std::size_t stop = utf8.find_first_of("\r\n"); stop != std::string_view::npos;
       stop = utf8.find_first_of("\r\n")) {
    encode_for_game(utf8.substr(0, stop), charset(), out);
    out.push_back(' ');
    utf8.remove_prefix(stop + 1);
  }
  encode_for_game(utf8, charset(), out);
  out.append("\r\n");
}

void GameEndpoint::send_characters(std::string_view utf8, std::string& out) const {
  encode_for_game(utf8, charset(), out);
}

void GameEndpoint::send_interrupt(std::string& out) const {
  out.push_back(kIac);
  out.push_back(static_cast<char>(Command::kInterruptProcess));
}

bool GameEndpoint::send_gmcp(std::string_view package, std::string_view body, std::string& out) const {
  if (!gmcp_enabled()) return false;
  const bool latin1 =
      gmcp_text_ == GmcpText::kLatin1 || (gmcp_text_ == GmcpText::kUnknown && charset() == Charset::kLatin1);
  if (!latin1 || is_ascii(body)) {
    append_gmcp(package, body, out);
    return true;
  }
  std::string encoded;
  append_utf8_as_windows1252(body, encoded);
  // A quotation mark that the charset lacks becomes a plain one, which must not end a JSON string.
  const bool same_form = json_marks(encoded) == json_marks(body);
  append_gmcp(package, same_form ? std::string_view(encoded) : body, out);
  return true;
}

Charset GameEndpoint::charset() const noexcept { return text_.charset(); }

bool GameEndpoint::client_echoes() const noexcept { return !negotiator_.enabled(Side::kHim, option::kEcho); }

bool GameEndpoint::gmcp_enabled() const noexcept {
  return negotiator_.enabled(Side::kHim, option::kGmcp) || negotiator_.enabled(Side::kUs, option::kGmcp);
}

// What the client said, made true for what the game talks to: text is transcoded here, variables are
// answered here, and the client's TLS does not reach this far.
std::uint32_t GameEndpoint::mtts() const noexcept {
  std::uint32_t bits = capabilities_.mtts == 0 ? mtts::kAnsi : capabilities_.mtts;
  bits &= ~(mtts::kUtf8 | mtts::kProxy | mtts::kSsl);
  if (capabilities_.charset == Charset::kUtf8 && charset_known()) bits |= mtts::kUtf8;
  if (options_.announce_proxy) bits |= mtts::kProxy;
  return bits | mtts::kMnes;
}

std::vector<EnvironVariable> GameEndpoint::environ_variables() const {
  return mnes_variables(capabilities_, charset_known(), mtts(), options_.player_address);
}

}  // namespace wyld::telnet
