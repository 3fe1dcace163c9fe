#include <algorithm>
#include <charconv>
#include <utility>

#include "simulation/gateway.h"
#include "simulation/player.h"

namespace wyld::simulation {
namespace {

constexpr Duration kQuiet = std::chrono::milliseconds(500);

}  // namespace

TelnetPlayer::TelnetPlayer(Gateway& gateway, std::uint8_t shard, std::shared_ptr<Connection> connection)
    : Player(gateway, shard, std::move(connection)), endpoint_(telnet::PlayerEndpointOptions{}) {}

// Answers of the endpoint's go before what is said meanwhile.
void TelnetPlayer::flush_replies() {
  if (replies_.empty()) return;
  write(replies_);
  replies_.clear();
}

template <typename Append>
void TelnetPlayer::put(Append&& append) {
  flush_replies();
  std::string bytes;
  append(bytes);
  if (!bytes.empty()) write(bytes);
}

void TelnetPlayer::start(session::Protocol protocol, std::string_view address) {
  open(protocol, address);
  if (!in_session_) return;
  put([this](std::string& out) { endpoint_.start(clock().now, out); });
  gateway_.timers().schedule(settling_, clock().now + kQuiet);
}

void TelnetPlayer::settle() {
  if (std::exchange(settled_, true)) return;
  settling_.cancel();
  endpoint_.stop_waiting();
  if (in_session_) sessions().settled(session_);
}

void TelnetPlayer::on_bytes(char* data, std::size_t bytes) {
  endpoint_.feed({data, bytes}, clock().now, *this, replies_);
  flush_replies();
}

void TelnetPlayer::on_line(std::string_view line, bool secret) {
  if (!secret) at_line_start_ = true;
  pass_line(line, secret);
}

void TelnetPlayer::on_violation(telnet::Violation violation) {
  if (violation != telnet::Violation::kNegotiationFlood && violation != telnet::Violation::kSwallowedTooMuch)
    return;
  pass([this] {
    if (in_session_) sessions().violated(session_, "Too many telnet negotiations; disconnecting.");
  });
}

// A client that does not count may read again what its system has not confirmed, and the line in which that
// begins.
void TelnetPlayer::note_repeatable() {
  const std::uint64_t confirmed = delivered_wire_end();
  std::uint32_t first = ~std::uint32_t{0};
  std::size_t later = 0;
  for (auto word = words_.rbegin(); word != words_.rend(); ++word, ++later) {
    constexpr std::uint64_t kOfLine = 8;     // CR, the brackets of a notice, the mark of a prompt
    constexpr std::uint64_t kAnswers = 400;  // negotiation
    if (word->second + kOfLine * (later + 1) + kAnswers < confirmed) break;
    first = word->first;
  }
  gateway_.model().may_repeat_from(came_as_, first);  // which may have ended here by now
}

void TelnetPlayer::on_end() {
  if (in_session_ && !moving()) note_repeatable();
  Player::on_end();
}

void TelnetPlayer::note_words(std::string_view utf8) {
  if (!words_.empty() && !utf8.empty()) words_.back().second = connection_->written_bytes();  // their rest
  // "W3.17 ": the number behind the point.
  for (std::size_t at = utf8.find('W'); at != std::string_view::npos; at = utf8.find('W', at + 1)) {
    const std::size_t point = utf8.find('.', at);
    if (point == std::string_view::npos) return;
    std::uint32_t number = 0;
    const char* const end = utf8.data() + utf8.size();
    if (std::from_chars(utf8.data() + point + 1, end, number).ec == std::errc{})
      words_.emplace_back(number, connection_->written_bytes());
  }
}

void TelnetPlayer::send_text(std::string_view utf8) {
  if (!utf8.empty()) at_line_start_ = utf8.back() == '\n';
  put([&](std::string& out) { endpoint_.send_text(utf8, out); });
  note_words(utf8);
}

void TelnetPlayer::send_encoded(const Payload& payload) {
  flush_replies();
  at_line_start_ = payload->ends_with('\n');
  write(*payload);
  note_words(*payload);
}

void TelnetPlayer::send_prompt() {
  put([this](std::string& out) { endpoint_.send_prompt_mark(out); });
}

void TelnetPlayer::send_notice(std::string_view text) {
  if (!replaying_) gateway_.model().noticed(session_id(), text);
  say_line(text);
}

// The gateway's own words.
void TelnetPlayer::say_line(std::string_view text) {
  std::string line(at_line_start_ ? "[" : "\n[");
  line += text;
  line += "]\n";
  at_line_start_ = true;
  put([&](std::string& out) { endpoint_.send_text(line, out); });
}

void TelnetPlayer::set_client_echo(bool client_echoes) {
  put([&](std::string& out) { endpoint_.set_client_echo(client_echoes, clock().now, out); });
}

void TelnetPlayer::end(session::EndReason reason, std::string_view text) {
  if (in_session_ && !moving()) note_repeatable();
  if (!text.empty()) say_line(text);
  close(reason);
}

void TelnetPlayer::resumed(const session::ResumeAnswer& answer) {
  note_session();
  gateway_.model().answered(answer);
  words_.clear();
  replaying_ = true;
  say_line(answer.text);
}

}  // namespace wyld::simulation
