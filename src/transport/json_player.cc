#include "transport/json_player.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/counters.h"
#include "codec/websocket/encoder.h"
#include "transport/farewell.h"

namespace wyld::transport {
namespace {

// Every client of this form shows ANSI colours of all depths in UTF-8: the form says so.
constexpr std::uint32_t kFormMtts = mtts::kAnsi | mtts::kUtf8 | mtts::k256Colors | mtts::kTruecolor;

// An edited text is the longest message there is; JSON writes some characters as six.
constexpr std::size_t kMessageBytesMax = std::size_t{192} * 1024;

// What Capabilities promises: printable ASCII, bounded.
std::string capability_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.size() < kCapabilityTextBytesMax && c >= ' ' && c <= '~') out += c;
  }
  return out;
}

ws::json::Position json_position(const session::OutputPosition& position) {
  return {.epoch = position.epoch, .offset = position.offset};
}

ws::json::ResumeResult json_result(session::ResumeResult result) {
  switch (result) {
    case session::ResumeResult::kResumed:
      return ws::json::ResumeResult::kResumed;
    case session::ResumeResult::kResumedWithGap:
      return ws::json::ResumeResult::kResumedWithGap;
    case session::ResumeResult::kBusy:
      return ws::json::ResumeResult::kBusy;
    case session::ResumeResult::kGone:
      break;
  }
  return ws::json::ResumeResult::kGone;
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void append_quoted(std::string_view printable, std::string& out) {
  out += '"';
  for (const char c : printable) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

JsonPlayer::JsonPlayer(Connections& home, runtime::Fd fd, session::Lease lease)
    : home_(home),
      stream_(home.loop(), std::move(fd), *this),
      decoder_({.message_bytes_max = kMessageBytesMax}),
      lease_(std::move(lease)),
      timer_([](void* self) { static_cast<JsonPlayer*>(self)->on_timer(); }, this) {
  capabilities_.terminal_type = "XTERM-256COLOR";
  capabilities_.mtts = kFormMtts;
  capabilities_.charset_agreed = true;
}

JsonPlayer::JsonPlayer(Connections& home, Parts parts)
    : home_(home),
      stream_(home.loop(), std::move(parts.socket.fd), *this),
      decoder_(std::move(parts.decoder)),
      lease_(std::move(parts.lease)),
      timer_([](void* self) { static_cast<JsonPlayer*>(self)->on_timer(); }, this),
      capabilities_(std::move(parts.capabilities)),
      gmcp_hello_(std::move(parts.gmcp_hello)),
      gmcp_supports_(std::move(parts.gmcp_supports)),
      settled_(true),
      said_hello_(true),
      client_echoes_(parts.client_echoes),
      character_mode_(parts.character_mode),
      echo_pings_(parts.echo_pings),
      echo_pongs_(parts.echo_pongs) {
  stream_.take_counts(parts.socket);
}

template <typename Append>
void JsonPlayer::say(Append&& append) {
  std::string& message = home_.message_buffer();
  message.clear();
  append(message);
  stream_.write([&message](std::string& out) { ws::append_message(ws::MessageKind::kText, message, out); });
}

void JsonPlayer::start(const std::string& address, std::string early_bytes) {
  if (!stream_.open()) {
    home_.retire(*this);
    return;
  }
  stream_.note_sent_before();  // the page, perhaps, and the answer to the upgrade
  const Result<session::SessionHandle> opened =
      home_.sessions().open(*this, session::Protocol::kWebSocketJson, address);
  if (!opened) {
    end(session::EndReason::kWorldLost, opened.error().what);
    return;
  }
  session_ = *opened;
  in_session_ = true;
  const SessionId* const id = home_.sessions().id_of(session_);
  say([&](std::string& out) {
    ws::json::append_hello(id != nullptr ? id->text() : "", home_.options().world_name,
                           home_.options().version, out, json_position(home_.sessions().position(session_)),
                           home_.options().line_bytes_max);
  });
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.options().negotiation_deadline);
  if (!early_bytes.empty()) stream_.inject(early_bytes.data(), early_bytes.size());
}

void JsonPlayer::on_timer() {
  if (!settled_) {
    settle();
    return;
  }
  // What is not read cannot have answered.
  if (!stream_.reading_paused() && ++unanswered_pings_ > kPingsUnansweredMax) {
    count(Counter::kWebSocketFailures);
    on_end(ETIMEDOUT);
    stream_.close();
    return;
  }
  stream_.write([](std::string& out) { ws::append_ping({}, out); });
  remind_later();
}

void JsonPlayer::remind_later() {
  if (home_.options().ping == runtime::Duration::zero()) return;
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.spread(home_.options().ping));
}

void JsonPlayer::settle() {
  if (std::exchange(settled_, true)) return;
  remind_later();
  if (in_session_) home_.sessions().settled(session_);
}

void JsonPlayer::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kBinary) {
    on_failure(ws::CloseCode::kUnsupportedData, "this subprotocol has text messages only");
    return;
  }
  const ws::json::Limits limits{.line_bytes_max = home_.options().line_bytes_max,
                                .gmcp_bytes_max = home_.options().subnegotiation_bytes_max};
  ws::json::decode(payload, limits, *this);
}

void JsonPlayer::on_hello(const ws::json::ClientHello& hello) {
  capabilities_.client_name = capability_text(hello.client);
  capabilities_.client_version = capability_text(hello.version);
  capabilities_.window = hello.window;
  capabilities_.gmcp = hello.gmcp;
  capabilities_.mtts = hello.screen_reader ? kFormMtts | mtts::kScreenReader : kFormMtts;
  if (hello.gmcp) {
    gmcp_supports_.set(hello.gmcp_supports);
    gmcp_hello_ = R"({"client":)";
    append_quoted(capabilities_.client_name, gmcp_hello_);
    gmcp_hello_ += R"(,"version":)";
    append_quoted(capabilities_.client_version, gmcp_hello_);
    gmcp_hello_ += '}';
  }
  const bool first = !std::exchange(said_hello_, true);
  if (first && hello.resume && in_session_) {
    settled_ = true;
    remind_later();
    session::ResumeRequest request{.token = hello.resume->token, .code = {}, .position = {}};
    request.position = {.epoch = hello.resume->seen.epoch, .offset = hello.resume->seen.offset};
    home_.sessions().resume(session_, std::move(request));
  } else if (settled_) {
    if (in_session_) home_.sessions().capabilities_changed(session_);
  } else {
    settle();
  }
}

// Masked, as this end believes or as the other end says: they hear of a change at different times.
void JsonPlayer::on_line(std::string_view line, bool secret) {
  if (moving_) {
    if (!lines_behind_) lines_behind_ = std::make_unique<session::WaitingInputs>();
    if (!lines_behind_->push(secret ? session::InputKind::kSecretLine : session::InputKind::kLine, line))
      count(Counter::kInputsDropped);
    return;
  }
  settle();
  if (in_session_) home_.sessions().line(session_, line, secret || !client_echoes_);
}

void JsonPlayer::on_size(WindowSize window) {
  if (capabilities_.window == window) return;
  capabilities_.window = window;
  if (in_session_) home_.sessions().capabilities_changed(session_);
}

void JsonPlayer::on_gmcp(std::string_view package, std::string_view body) {
  gmcp_supports_.apply(package, body);
  if (in_session_) home_.sessions().side_channel(session_, package, body);
}

void JsonPlayer::on_ping_message(std::string_view id) {
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  say([id](std::string& out) { ws::json::append_pong(id, out); });
}

void JsonPlayer::on_malformed(const char* what) {
  count(Counter::kMalformedInput);
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  say([what](std::string& out) { ws::json::append_error(what, out); });
}

void JsonPlayer::send_text(std::string_view utf8) {
  say([utf8](std::string& out) { ws::json::append_text(utf8, out); });
}

void JsonPlayer::send_prompt() {
  say([](std::string& out) { ws::json::append_prompt(out); });
}

bool JsonPlayer::send_side_channel(std::string_view package, std::string_view body) {
  if (!capabilities_.gmcp) return false;
  if (!gmcp::valid_package(package)) return false;
  std::string scratch;
  const std::string_view data = gmcp::as_json(body, scratch);
  say([&](std::string& out) { ws::json::append_gmcp(package, data, out); });
  return true;
}

void JsonPlayer::send_notice(std::string_view text) {
  say([text](std::string& out) { ws::json::append_notice(text, out); });
}

ws::json::Echo JsonPlayer::echo() const noexcept {
  if (!client_echoes_) return ws::json::Echo::kNobody;
  return character_mode_ ? ws::json::Echo::kWorld : ws::json::Echo::kClient;
}

void JsonPlayer::tell_echo(ws::json::Echo before) {
  if (echo() == before) return;
  say([this](std::string& out) { ws::json::append_echo(echo(), out); });
  stream_.write([number = ++echo_pings_](std::string& out) { ws::append_ping(std::to_string(number), out); });
}

void JsonPlayer::set_client_echo(bool client_echoes) {
  const ws::json::Echo before = echo();
  client_echoes_ = client_echoes;
  tell_echo(before);
}

// This form has lines only; a world that wants keys gets each line with its end, and shows it.
void JsonPlayer::set_character_mode(bool on) {
  const ws::json::Echo before = echo();
  character_mode_ = on;
  tell_echo(before);
}

void JsonPlayer::set_reading(session::Reading reading) {
  if (reading == session::Reading::kOn) {
    stream_.resume_reading();
  } else {
    stream_.pause_reading(reading == session::Reading::kOff ? runtime::Stream::PeersEnd::kNoticed
                                                            : runtime::Stream::PeersEnd::kReadInTurn);
  }
}

// --- coming back ---

void JsonPlayer::rebind(session::SessionHandle session) {
  session_ = session;
  in_session_ = true;
}

bool JsonPlayer::move_to(std::uint8_t shard, Arrived then) {
  if (!home_.can_move() || stream_.closing()) return false;
  in_session_ = false;
  moving_ = true;
  timer_.cancel();
  stream_.pause_reading();
  // Not now: the decoder is in the middle of what was read.
  home_.loop().defer([this, shard, then = std::move(then)]() mutable { leave_for(shard, std::move(then)); });
  return true;
}

void JsonPlayer::leave_for(std::uint8_t shard, Arrived then) {
  if (stream_.closing()) return;
  runtime::Stream::Released socket = stream_.release();
  std::string unwritten = std::move(socket.unwritten);
  Moved moved{
      .parts = {.socket = std::move(socket),
                .decoder = std::move(decoder_),
                .lease = std::move(lease_),
                .capabilities = std::move(capabilities_),
                .gmcp_hello = std::move(gmcp_hello_),
                .gmcp_supports = std::move(gmcp_supports_),
                .client_echoes = client_echoes_,
                .character_mode = character_mode_,
                .echo_pings = echo_pings_,
                .echo_pongs = echo_pongs_},
      .rest = {
          .unwritten = std::move(unwritten), .lines = std::move(lines_behind_), .then = std::move(then)}};
  // When that shard's mailbox is full the connection closes, and its client tries again.
  if (!home_.post(shard, [moved = std::move(moved)](Connections& there) mutable {
        there.take<JsonPlayer>(std::move(moved));
      })) {
    count(Counter::kMailboxFull);
  }
  home_.retire(*this);
}

void JsonPlayer::arrive(Rest rest) {
  if (!stream_.open()) return home_.retire(*this);
  remind_later();
  if (!rest.unwritten.empty()) stream_.write([&rest](std::string& out) { out += rest.unwritten; });
  rest.then(home_.sessions(), *this);
  if (!rest.lines) return;
  if (rest.lines->dropped() > 0) home_.sessions().input_dropped(session_);
  while (!rest.lines->empty()) {
    session::Input line = rest.lines->pop();
    on_line(line.text, line.kind == session::InputKind::kSecretLine);
    session::wipe(line.text);
  }
}

void JsonPlayer::resumed(const session::ResumeAnswer& answer) {
  const bool back = answer.result == session::ResumeResult::kResumed ||
                    answer.result == session::ResumeResult::kResumedWithGap;
  const std::string id = back ? answer.session.text() : std::string();
  const std::string since =
      answer.result == session::ResumeResult::kResumedWithGap ? rfc3339(answer.since) : std::string();
  say([&](std::string& out) {
    ws::json::append_resumed({.result = json_result(answer.result),
                              .final = answer.result == session::ResumeResult::kGone,
                              .session = id,
                              .start = json_position(answer.from),
                              .lines = answer.lines,
                              .bytes = answer.bytes,
                              .missing = answer.missing,
                              .since = since,
                              .text = answer.text},
                             out);
  });
}

void JsonPlayer::replayed() {
  say([](std::string& out) { ws::json::append_replayed(out); });
}

void JsonPlayer::give_token(std::string_view token) {
  say([token](std::string& out) { ws::json::append_token(token, out); });
}

void JsonPlayer::give_code(std::string_view code) {
  say([code](std::string& out) { ws::json::append_code(code, out); });
}

void JsonPlayer::tell_position(const session::OutputPosition& position) {
  say([&position](std::string& out) { ws::json::append_position(json_position(position), out); });
}

void JsonPlayer::tell_world(bool here, std::string_view text) {
  say([&](std::string& out) { ws::json::append_world(here, text, out); });
}

void JsonPlayer::tell_waiting(std::size_t count) {
  say([count](std::string& out) { ws::json::append_waiting(count, out); });
}

bool JsonPlayer::open_editor(std::uint64_t edit, std::string_view title, std::string_view text) {
  say([&](std::string& out) { ws::json::append_edit(edit, title, text, out); });
  return true;
}

void JsonPlayer::close_editor(std::uint64_t edit) {
  say([edit](std::string& out) { ws::json::append_edit_closed(edit, out); });
}

void JsonPlayer::on_token_kept() {
  if (in_session_) home_.sessions().token_kept(session_);
}

void JsonPlayer::on_code_wanted() {
  if (in_session_) home_.sessions().code_wanted(session_);
}

void JsonPlayer::on_edited(std::uint64_t edit, bool cancelled, std::string_view text) {
  if (in_session_) home_.sessions().edited(session_, edit, cancelled, text);
}

// --- the end ---

void JsonPlayer::on_drained() {
  if (in_session_) home_.sessions().drained(session_);
}

void JsonPlayer::on_end(int /*system_errno*/) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  home_.retire(*this);
}

void JsonPlayer::end(session::EndReason reason, std::string_view text) {
  in_session_ = false;
  timer_.cancel();
  const bool retry = reason != session::EndReason::kViolation && reason != session::EndReason::kWorldEnded &&
                     reason != session::EndReason::kTakenOver;
  say([&](std::string& out) { ws::json::append_bye(end_reason_name(reason), text, retry, out); });
  stream_.write([&](std::string& out) { ws::append_close(close_code(reason), {}, out); });
  stream_.close_after_flush(farewell_time(home_.options(), reason));
}

void JsonPlayer::leave(ws::CloseCode code, std::string_view reason) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  stream_.write([&](std::string& out) { ws::append_close(code, reason, out); });
  stream_.close_after_flush(home_.options().farewell);
}

void JsonPlayer::on_ping(std::string_view payload) {
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  stream_.write([&](std::string& out) { ws::append_pong(payload, out); });
}

void JsonPlayer::on_pong(std::string_view payload) {
  std::uint32_t number = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), number);
  if (number > echo_pongs_ && number <= echo_pings_) echo_pongs_ = number;
}

void JsonPlayer::on_close(std::uint16_t /*code*/, std::string_view /*reason*/) {
  leave(ws::CloseCode::kNormal, {});
}

void JsonPlayer::on_failure(ws::CloseCode code, const char* what) {
  count(Counter::kWebSocketFailures);
  leave(code, what);
}

}  // namespace wyld::transport
