#include "transport/json_dialect.h"

#include <array>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/counters.h"
#include "transport/connections.h"
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
    case session::ResumeResult::kElsewhere:
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

JsonDialect::JsonDialect(session::Lease lease)
    : PlayerDialect(std::move(lease)), websocket_(*this, *this, {.message_bytes_max = kMessageBytesMax}) {
  capabilities_.terminal_type = "XTERM-256COLOR";
  capabilities_.mtts = kFormMtts;
  capabilities_.charset_agreed = true;
  ask_client(DeliveryProbe::Answers::kAlways);
}

template <typename Append>
void JsonDialect::say(Append&& append) {
  std::string& message = connection().home().message_buffer();
  message.clear();
  append(message);
  websocket_.send(ws::MessageKind::kText, message);
}

void JsonDialect::start(std::string_view address) {
  if (!open_session(session::Protocol::kWebSocketJson, address)) return;
  const SessionId* const id = sessions().id_of(session());
  say([&](std::string& out) {
    ws::json::append_hello(id != nullptr ? id->text() : "", options().world_name, options().version, out,
                           json_position(sessions().position(session())), options().line_bytes_max);
  });
  set_timer(now() + options().negotiation_deadline);
}

void JsonDialect::on_due() {
  if (!settled_) return settle();
  if (websocket_.remind()) remind_later();
}

std::optional<std::uint32_t> JsonDialect::put_question() {
  if (probe()->outstanding()) return std::nullopt;
  return websocket_.ping();
}

runtime::Duration JsonDialect::reminder_interval() const { return options().ping; }

void JsonDialect::settle() {
  if (std::exchange(settled_, true)) return;
  remind_later();
  if (in_session()) sessions().settled(session());
}

void JsonDialect::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kBinary) {
    return websocket_.fail(ws::CloseCode::kUnsupportedData, "this subprotocol has text messages only");
  }
  const ws::json::Limits limits{.line_bytes_max = options().line_bytes_max,
                                .gmcp_bytes_max = options().subnegotiation_bytes_max};
  ws::json::decode(payload, limits, *this);
}

void JsonDialect::on_hello(const ws::json::ClientHello& hello) {
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
  if (first && hello.resume && in_session()) {
    settled_ = true;
    remind_later();
    session::ResumeRequest request{.token = hello.resume->token, .code = {}, .position = {}};
    request.position = {.epoch = hello.resume->seen.epoch, .offset = hello.resume->seen.offset};
    observed(Passed::kToken, hello.resume->token, [&] { sessions().resume(session(), std::move(request)); });
  } else if (settled_) {
    if (in_session()) sessions().capabilities_changed(session());
  } else {
    settle();
  }
}

// Masked, as this end believes or as the other end says: they hear of a change at different times.
void JsonDialect::take_line(std::string_view line, bool secret) {
  pass_line(line, secret || !client_echoes_);
}

void JsonDialect::on_size(WindowSize window) {
  if (capabilities_.window == window) return;
  capabilities_.window = window;
  if (in_session()) sessions().capabilities_changed(session());
}

void JsonDialect::take_side_channel(std::string_view package, std::string_view body) {
  if (keep_while_moving(session::InputKind::kSideChannel, body, package)) return;
  gmcp_supports_.apply(package, body);
  if (in_session()) sessions().side_channel(session(), package, body);
}

void JsonDialect::on_ping_message(std::string_view id) {
  if (connection().queued_bytes() > kAnswersBytesMax) return;
  say([id](std::string& out) { ws::json::append_pong(id, out); });
}

void JsonDialect::on_malformed(const char* what) {
  count(Counter::kMalformedInput);
  if (connection().queued_bytes() > kAnswersBytesMax) return;
  say([what](std::string& out) { ws::json::append_error(what, out); });
}

void JsonDialect::send_text(std::string_view utf8) {
  say([utf8](std::string& out) { ws::json::append_text(utf8, out); });
}

void JsonDialect::send_prompt() {
  say([](std::string& out) { ws::json::append_prompt(out); });
}

bool JsonDialect::send_side_channel(std::string_view package, std::string_view body) {
  if (!capabilities_.gmcp) return false;
  if (!gmcp::valid_package(package)) return false;
  std::string scratch;
  const std::string_view data = gmcp::as_json(body, scratch);
  say([&](std::string& out) { ws::json::append_gmcp(package, data, out); });
  return true;
}

void JsonDialect::send_notice(std::string_view text) {
  say([text](std::string& out) { ws::json::append_notice(text, out); });
}

ws::json::Echo JsonDialect::echo() const noexcept {
  if (!client_echoes_) return ws::json::Echo::kNobody;
  return character_mode_ ? ws::json::Echo::kWorld : ws::json::Echo::kClient;
}

void JsonDialect::tell_echo(ws::json::Echo before) {
  if (echo() == before) return;
  say([this](std::string& out) { ws::json::append_echo(echo(), out); });
  echo_ping_ = websocket_.ping();
}

void JsonDialect::set_client_echo(bool client_echoes) {
  const ws::json::Echo before = echo();
  client_echoes_ = client_echoes;
  tell_echo(before);
}

// This form has lines only; a world that wants keys gets each line with its end, and shows it.
void JsonDialect::set_character_mode(bool on) {
  const ws::json::Echo before = echo();
  character_mode_ = on;
  tell_echo(before);
}

void JsonDialect::resumed(const session::ResumeAnswer& answer) {
  const bool goes_on =
      answer.result != session::ResumeResult::kBusy && answer.result != session::ResumeResult::kElsewhere;
  const std::string id = goes_on ? answer.session.text() : std::string();
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

void JsonDialect::replayed() {
  say([](std::string& out) { ws::json::append_replayed(out); });
}

void JsonDialect::give_token(std::string_view token) {
  say([token](std::string& out) { ws::json::append_token(token, out); });
}

void JsonDialect::give_code(std::string_view code) {
  say([code](std::string& out) { ws::json::append_code(code, out); });
}

void JsonDialect::tell_position(const session::OutputPosition& position) {
  say([&position](std::string& out) { ws::json::append_position(json_position(position), out); });
}

void JsonDialect::tell_world(bool here, std::string_view text) {
  say([&](std::string& out) { ws::json::append_world(here, text, out); });
}

void JsonDialect::tell_waiting(std::size_t count) {
  say([count](std::string& out) { ws::json::append_waiting(count, out); });
}

bool JsonDialect::open_editor(std::uint64_t edit, std::string_view title, std::string_view text) {
  say([&](std::string& out) { ws::json::append_edit(edit, title, text, out); });
  return true;
}

void JsonDialect::close_editor(std::uint64_t edit) {
  say([edit](std::string& out) { ws::json::append_edit_closed(edit, out); });
}

void JsonDialect::on_token_kept() {
  if (in_session()) observed(Passed::kTokenKept, {}, [this] { sessions().token_kept(session()); });
}

void JsonDialect::on_code_wanted() {
  if (in_session()) observed(Passed::kCodeWanted, {}, [this] { sessions().code_wanted(session()); });
}

void JsonDialect::on_edited(std::uint64_t edit, bool cancelled, std::string_view text) {
  if (in_session()) sessions().edited(session(), edit, cancelled, text);
}

void JsonDialect::say_farewell(session::EndReason reason, std::string_view text) {
  const bool retry = reason != session::EndReason::kViolation && reason != session::EndReason::kWorldEnded &&
                     reason != session::EndReason::kTakenOver;
  say([&](std::string& out) { ws::json::append_bye(end_reason_name(reason), text, retry, out); });
  websocket_.send_close(close_code(reason), {});
}

}  // namespace wyld::transport
