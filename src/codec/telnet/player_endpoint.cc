#include "codec/telnet/player_endpoint.h"

#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "codec/telnet/options/charset.h"
#include "codec/telnet/options/linemode.h"
#include "codec/telnet/options/naws.h"
#include "codec/telnet/options/new_environ.h"

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;

namespace saved {
enum : std::uint32_t {
  kDecoder = 1,
  kLines = 2,
  kOptions = 3,
  kTerminalType = 4,
  kGmcp = 5,
  kCapabilities = 6,
  kStarted = 7,
  kNegotiations = 8,
  kPresenceAnswers = 9,
  kPings = 10,
  kCharsetSource = 11,
  kFlags = 12,
  kQuestion = 13,
};
}  // namespace saved

constexpr std::string_view kPresence = "\r\n[Wyldgate is here]\r\n";
constexpr std::string_view kPing = "Core.Ping";
constexpr std::uint32_t kPingsPerSecondMax = 4;
constexpr auto kSettlingMax = 2s;

void append_command(Command command, std::string& out) {
  out.push_back(kIac);
  out.push_back(static_cast<char>(command));
}

}  // namespace

// One call of feed(): what the decoder and the line assembler find, in stream order.
class PlayerEndpoint::Feed final : public DecoderSink, public LineSink {
 public:
  Feed(PlayerEndpoint& self, TimePoint now, PlayerEndpointEvents& events, std::string& out) noexcept
      : self_(self), now_(now), events_(events), out_(out) {}

  void on_data(std::string_view bytes) override { self_.lines_.feed(bytes, *this); }

  void on_command(Command command) override {
    self_.speaks_telnet_ = true;
    switch (command) {
      case Command::kAreYouThere:
        if (self_.presence_answers_.allow(now_, 1, 1s)) out_.append(kPresence);
        break;
      case Command::kInterruptProcess:
      case Command::kBreak:
        events_.on_interrupt();
        break;
      case Command::kEraseCharacter:
        self_.lines_.erase_character(*this);
        break;
      case Command::kEraseLine:
        self_.lines_.erase_line(*this);
        break;
      default:
        break;  // NOP, GA, EOR and their like mean nothing from a client
    }
  }

  void on_negotiation(Command verb, std::uint8_t option) override {
    self_.speaks_telnet_ = true;
    if (option == option::kTimingMark && answers_timing_mark(verb)) return;
    if (!within_budget()) return;
    const Change change = self_.negotiator_.receive(verb, option, now_, out_);
    if (change == Change::kNone) return;
    const bool ours = verb == Command::kDo || verb == Command::kDont;
    option_changed(ours ? Side::kUs : Side::kHim, option, change);
    announce_if_settled();
  }

  void on_subnegotiation(std::uint8_t option, std::string_view payload) override {
    self_.speaks_telnet_ = true;
    switch (option) {
      case option::kWindowSize:
        window_size(payload);
        break;
      case option::kTerminalType:
        terminal_type(payload);
        break;
      case option::kNewEnviron:
        environ(payload);
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
        break;  // of an option that is not on: ignored
    }
    announce_if_settled();
  }

  void on_decode_error(DecodeError error) override {
    events_.on_violation(error == DecodeError::kSubnegotiationOversized ? Violation::kSubnegotiationOversized
                                                                        : Violation::kMalformed);
  }

  void on_line(std::string_view line) override { events_.on_line(line, !self_.client_echoes_); }
  void on_characters(std::string_view text) override { events_.on_characters(text); }
  void on_line_oversized() override { events_.on_violation(Violation::kLineOversized); }
  void on_latin1_noticed() override {
    if (self_.charset_source_ > CharsetSource::kMtts) return;
    self_.set_charset(Charset::kLatin1, self_.charset_source_);
  }
  void on_utf8_noticed() override {
    if (self_.charset_source_ == CharsetSource::kDefault)
      self_.set_charset(Charset::kUtf8, CharsetSource::kDefault);
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

  bool answers_timing_mark(Command verb) {
    if (self_.question_ != Question::kTimingMark || verb == Command::kDo || verb == Command::kDont)
      return false;
    self_.question_ = Question::kNone;
    self_.ignores_marks_ = false;  // it was only late
    events_.on_arrived();
    return true;
  }

  void malformed() { events_.on_violation(Violation::kMalformed); }

  void announce_if_settled() {
    if (self_.settled_ || !self_.all_answered()) return;
    self_.settled_ = true;
    self_.waiting_ = false;
    self_.capabilities_changed_ = false;
    events_.on_settled();
  }

  void option_changed(Side side, std::uint8_t option, Change change) {
    const bool enabled = change == Change::kEnabled;
    switch (option) {
      case option::kTerminalType:
        if (side != Side::kHim) break;
        if (enabled && self_.terminal_type_.start()) {
          append_terminal_type_send(out_);
        } else if (!enabled) {
          self_.terminal_type_.stop();
        }
        break;
      case option::kWindowSize:
        if (!enabled) self_.window_answered_ = true;
        break;
      case option::kNewEnviron:
        if (enabled) append_environ_send(out_);
        break;
      case option::kCharset:
        if (side != Side::kUs) break;
        self_.charset_requested_ = enabled;
        if (enabled) {
          append_charset_request(out_);
        } else {
          charset_refused();
        }
        break;
      case option::kGmcp: {
        const bool on = gmcp_enabled();
        if (on != self_.capabilities_.gmcp) self_.capabilities_changed_ = true;
        self_.capabilities_.gmcp = on;
        break;
      }
      default:
        break;
    }
  }

  [[nodiscard]] bool gmcp_enabled() const noexcept {
    return self_.negotiator_.enabled(Side::kUs, option::kGmcp) ||
           self_.negotiator_.enabled(Side::kHim, option::kGmcp);
  }

  void window_size(std::string_view payload) {
    if (!self_.negotiator_.expected(Side::kHim, option::kWindowSize)) return;
    const std::optional<WindowSize> size = parse_window_size(payload);
    if (!size) return malformed();
    self_.window_answered_ = true;
    const WindowSize usable = usable_window_size(*size);
    if (usable == self_.capabilities_.window) return;
    self_.capabilities_.window = usable;
    self_.capabilities_changed_ = true;
  }

  void terminal_type(std::string_view payload) {
    if (!self_.negotiator_.expected(Side::kHim, option::kTerminalType)) return;
    const std::optional<std::string_view> name = parse_terminal_type_is(payload);
    if (!name) return malformed();
    if (self_.question_ == Question::kTerminalType) {
      self_.question_ = Question::kNone;
      events_.on_arrived();
    }
    const Capabilities before = self_.capabilities_;
    if (self_.terminal_type_.on_answer(*name, self_.capabilities_)) append_terminal_type_send(out_);
    take_mtts(before);
  }

  void environ(std::string_view payload) {
    if (!self_.negotiator_.expected(Side::kHim, option::kNewEnviron)) return;
    const auto variables = parse_environ(payload);
    if (!variables) return malformed();
    const Capabilities before = self_.capabilities_;
    const std::optional<std::string> name = apply_environ(*variables, self_.capabilities_);
    take_mtts(before);
    if (!name) return;
    if (const std::optional<Charset> charset = parse_charset_name(*name)) {
      self_.set_charset(*charset, CharsetSource::kEnviron);
    }
  }

  void take_mtts(const Capabilities& before) {
    const Capabilities& after = self_.capabilities_;
    if (after == before) return;
    self_.capabilities_changed_ = true;
    if (after.mtts == before.mtts || after.mtts == 0) return;
    self_.set_charset((after.mtts & mtts::kUtf8) != 0 ? Charset::kUtf8 : Charset::kLatin1,
                      CharsetSource::kMtts);
  }

  void charset(std::string_view payload) {
    if (!self_.negotiator_.expected(Side::kUs, option::kCharset) &&
        !self_.negotiator_.expected(Side::kHim, option::kCharset)) {
      return;
    }
    const std::optional<CharsetMessage> message = charset_message(payload);
    if (!message) return malformed();
    switch (*message) {
      case CharsetMessage::kRequest:
        return charset_request(payload);
      case CharsetMessage::kAccepted: {
        const std::optional<Charset> accepted = parse_charset_name(payload.substr(1));
        if (!accepted || !self_.charset_requested_) malformed();
        if (accepted && self_.charset_requested_) self_.set_charset(*accepted, CharsetSource::kCharset);
        if (self_.charset_requested_) self_.charset_answered_ = true;
        self_.charset_requested_ = false;
        break;
      }
      case CharsetMessage::kRejected:
        if (self_.charset_requested_) charset_refused();
        self_.charset_requested_ = false;
        break;
      case CharsetMessage::kTtableIs:
        if (within_budget()) append_charset_reply(CharsetMessage::kTtableRejected, out_);
        break;
      default:
        break;
    }
  }

  void charset_refused() {
    self_.charset_answered_ = true;
    self_.charset_refused_ = true;
    if (self_.charset_source_ == CharsetSource::kDefault)
      self_.set_charset(self_.options_.charset_refused, CharsetSource::kDefault);
  }

  void charset_request(std::string_view payload) {
    if (!within_budget()) return;
    const std::optional<CharsetChoice> choice = choose_charset(payload);
    // Of two requests that cross, the server's counts.
    if (!choice || self_.charset_requested_) return append_charset_reply(CharsetMessage::kRejected, out_);
    append_charset_accepted(choice->name, out_);
    self_.set_charset(choice->charset, CharsetSource::kCharset);
  }

  void gmcp(std::string_view payload) {
    if (!gmcp_enabled() || payload.empty()) return;
    const std::optional<GmcpMessage> message = split_gmcp(payload);
    if (!message || !is_valid_utf8(message->body)) return malformed();
    if (gmcp::same_package(message->package, kPing)) {
      if (self_.pings_.allow(now_, kPingsPerSecondMax, 1s)) append_gmcp(kPing, {}, out_);
      return;
    }
    self_.gmcp_.remember(*message);
    events_.on_gmcp(message->package, message->body);
  }

  PlayerEndpoint& self_;
  TimePoint now_;
  PlayerEndpointEvents& events_;
  std::string& out_;
};

PlayerEndpoint::PlayerEndpoint(const PlayerEndpointOptions& options)
    : options_(options),
      decoder_(DecoderOptions{.subnegotiation_bytes_max = options.subnegotiation_bytes_max}),
      lines_(options.line_bytes_max, options.charset_default) {
  capabilities_.charset = options.charset_default;
  capabilities_.charset_agreed = true;
}

void PlayerEndpoint::save(archive::Writer& out) const {
  out.save(saved::kDecoder, decoder_);
  out.save(saved::kLines, lines_);
  out.save(saved::kOptions, negotiator_);
  out.save(saved::kTerminalType, terminal_type_);
  out.save(saved::kGmcp, gmcp_);
  out.save(saved::kCapabilities, capabilities_);
  out.field(saved::kStarted, started_);
  out.save(saved::kNegotiations, negotiations_);
  out.save(saved::kPresenceAnswers, presence_answers_);
  out.save(saved::kPings, pings_);
  out.field(saved::kCharsetSource, charset_source_);
  out.flags(saved::kFlags, {client_echoes_, echoes_, speaks_telnet_, settled_, waiting_, window_answered_,
                            charset_answered_, charset_requested_, charset_refused_, capabilities_changed_,
                            flood_reported_, swallowed_reported_, ignores_marks_});
  out.field(saved::kQuestion, question_);
}

void PlayerEndpoint::load(archive::Reader& in) {
  PlayerEndpoint fresh(options_);
  fresh.client_echoes_ = false;  // absent flags are false
  fresh.waiting_ = false;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kDecoder:
        in.load(fresh.decoder_);
        break;
      case saved::kLines:
        in.load(fresh.lines_);
        break;
      case saved::kOptions:
        in.load(fresh.negotiator_);
        break;
      case saved::kTerminalType:
        in.load(fresh.terminal_type_);
        break;
      case saved::kGmcp:
        in.load(fresh.gmcp_);
        break;
      case saved::kCapabilities:
        in.load(fresh.capabilities_);
        break;
      case saved::kStarted:
        in.read(fresh.started_);
        break;
      case saved::kNegotiations:
        in.load(fresh.negotiations_);
        break;
      case saved::kPresenceAnswers:
        in.load(fresh.presence_answers_);
        break;
      case saved::kPings:
        in.load(fresh.pings_);
        break;
      case saved::kCharsetSource:
        in.read(fresh.charset_source_, CharsetSource::kCharset);
        break;
      case saved::kFlags:
        in.flags({&fresh.client_echoes_, &fresh.echoes_, &fresh.speaks_telnet_, &fresh.settled_,
                  &fresh.waiting_, &fresh.window_answered_, &fresh.charset_answered_,
                  &fresh.charset_requested_, &fresh.charset_refused_, &fresh.capabilities_changed_,
                  &fresh.flood_reported_, &fresh.swallowed_reported_, &fresh.ignores_marks_});
        break;
      case saved::kQuestion:
        in.read(fresh.question_, Question::kTerminalType);
        break;
      default:
        break;
    }
  }
  in.require(usable_window_size(fresh.capabilities_.window) == fresh.capabilities_.window,
             "a window has no usable size");
  if (in.ok()) *this = std::move(fresh);
}

void PlayerEndpoint::start(TimePoint now, std::string& out) {
  started_ = now;
  negotiator_.offer_all(now, out);
}

void PlayerEndpoint::feed(std::string_view input, TimePoint now, PlayerEndpointEvents& events,
                          std::string& out) {
  negotiator_.flush_overdue(now, out);
  Feed sink(*this, now, events, out);
  decoder_.feed(input, sink);
  if (decoder_.swallowed_bytes() > options_.swallowed_bytes_max && !swallowed_reported_) {
    swallowed_reported_ = true;
    events.on_violation(Violation::kSwallowedTooMuch);
  }
  if (capabilities_changed_ && (!waiting_ || now - started_ >= kSettlingMax)) {
    capabilities_changed_ = false;
    events.on_capabilities_changed();
  }
}

void PlayerEndpoint::send_text(std::string_view utf8, std::string& out) const {
  encode_text(utf8, capabilities_.charset, out);
}

void PlayerEndpoint::send_prompt_mark(std::string& out) const {
  if (negotiator_.enabled(Side::kUs, option::kEndOfRecord)) {
    append_command(Command::kEor, out);
  } else if (speaks_telnet_ && !negotiator_.enabled(Side::kUs, option::kSuppressGoAhead)) {
    append_command(Command::kGoAhead, out);
  }
}

bool PlayerEndpoint::send_gmcp(std::string_view package, std::string_view body, std::string& out) const {
  if (!capabilities_.gmcp) return false;
  append_gmcp(package, body, out);
  return true;
}

void PlayerEndpoint::set_client_echo(bool client_echoes, TimePoint now, std::string& out) {
  client_echoes_ = client_echoes;
  update_echo(now, out);
}

void PlayerEndpoint::set_character_mode(bool on, TimePoint now, std::string& out) {
  if (on == lines_.character_mode()) return;
  lines_.set_character_mode(on);
  update_echo(now, out);
  negotiator_.request(Side::kUs, option::kSuppressGoAhead, on, now, out);
}

void PlayerEndpoint::update_echo(TimePoint now, std::string& out) {
  const bool on = !client_echoes_ || lines_.character_mode();
  if (on == echoes_) return;
  echoes_ = on;
  negotiator_.set_wanted(Side::kUs, option::kEcho, on);
  if (on) {
    negotiator_.request(Side::kUs, option::kEcho, true, now, out);
  } else {
    negotiator_.withdraw(Side::kUs, option::kEcho, now, out);
  }
}

bool PlayerEndpoint::ask_what_arrived(std::string& out) {
  if (!speaks_telnet_ || question_ == Question::kTerminalType) return false;
  if (question_ == Question::kTimingMark) ignores_marks_ = true;
  if (!ignores_marks_) {
    question_ = Question::kTimingMark;
    append_command(Command::kDo, out);
    out.push_back(static_cast<char>(option::kTimingMark));
    return true;
  }
  // While the opening asks for the types, an answer would be the opening's.
  if (!negotiator_.enabled(Side::kHim, option::kTerminalType) || !terminal_type_.ended()) return false;
  question_ = Question::kTerminalType;
  append_terminal_type_send(out);
  return true;
}

void PlayerEndpoint::send_keep_alive(std::string& out) const {
  if (speaks_telnet_) append_command(Command::kNop, out);
}

const Capabilities& PlayerEndpoint::capabilities() const noexcept { return capabilities_; }
bool PlayerEndpoint::settled() const noexcept { return settled_; }
bool PlayerEndpoint::speaks_telnet() const noexcept { return speaks_telnet_; }
bool PlayerEndpoint::client_echoes() const noexcept { return client_echoes_; }
bool PlayerEndpoint::echo_answered() const noexcept {
  return !negotiator_.unanswered(Side::kUs, option::kEcho);
}
std::string PlayerEndpoint::gmcp_hello() const { return gmcp_.hello(); }
std::string PlayerEndpoint::gmcp_supports() const { return gmcp_.supports(); }
std::uint32_t PlayerEndpoint::gmcp_version_of(std::string_view package) const noexcept {
  return gmcp_.version_of(package);
}

bool PlayerEndpoint::gmcp_supports_may_come() const noexcept {
  const bool possible =
      negotiator_.expected(Side::kUs, option::kGmcp) || negotiator_.expected(Side::kHim, option::kGmcp);
  return possible && !gmcp_.lists_any();
}

bool PlayerEndpoint::all_answered() const noexcept {
  return terminal_type_.ended() && window_answered_ && charset_answered_;
}

void PlayerEndpoint::set_charset(Charset charset, CharsetSource source) noexcept {
  if (source < charset_source_) return;
  charset_source_ = source;
  const bool agreed = source >= CharsetSource::kEnviron;
  const bool counts = source != CharsetSource::kDefault || options_.charset_assumed || !charset_refused_;
  if (charset != capabilities_.charset || counts != capabilities_.charset_agreed)
    capabilities_changed_ = true;
  capabilities_.charset = charset;
  capabilities_.charset_agreed = counts;
  lines_.set_charset(charset, agreed);
}

}  // namespace wyld::telnet
