// A telnet program and the person before it: knows no tokens, reads what is written and types what it is
// told.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "codec/telnet/protocol.h"
#include "session/resume_token.h"
#include "simulation/client.h"

namespace wyld::simulation {
namespace {

// "... 12 lines": 12.
std::size_t lines_before(std::string_view words) {
  words = words.substr(0, words.rfind(' '));
  return static_cast<std::size_t>(std::atoi(std::string(words.substr(words.rfind(' ') + 1)).c_str()));
}

// A sentence without the brackets of a notice, on a line of its own: the connection ends with it. Worlds here
// end nothing they say by a full stop.
bool is_farewell(std::string_view line) {
  return line.ends_with('.') && line.find('[') == std::string_view::npos;
}

}  // namespace

void TelnetClient::greet() {
  missed_lines_ = 0;
  answers_marks_ = run_.random.chance(run_.plan.answers_marks);
  state_ = State::kGreeting;
  iac_ = 0;
  reader_.clear();
  words_ += line_;
  line_.clear();
  while (words_.starts_with("> ")) words_.erase(0, 2);
  if (words_.starts_with('W')) former_words_ = words_;
  words_.clear();
  screen_.drop_line();
  if (code_.empty()) {
    state_ = State::kPlaying;
    knowledge_.in_game = knowledge_.away = false;
  } else {
    state_ = State::kResuming;
    shown_code_ = code_;
    type("resume " + code_);
    // People type on before they read that they are back.
    if (run_.random.chance(run_.plan.types_ahead)) type(run_.model.type(LineKind::kCommand));
  }
}

void TelnetClient::lost() { state_ = State::kOffline; }

session::Protocol TelnetClient::choose_protocol() {
  return run_.random.chance(run_.plan.telnet_on_web) ? session::Protocol::kWebSocketTelnet
                                                     : session::Protocol::kTelnet;
}

void TelnetClient::send(std::string_view bytes) {
  if (!connection_) return;
  if (protocol_ == session::Protocol::kTelnet) return connection_->client_write(bytes);
  connection_->client_write(frames::masked(bytes, frames::kBinary));
}

void TelnetClient::type(const std::string& line) {
  if (connection_) typed_.push_back(line);
  send(line + "\r\n");
}

void TelnetClient::say(const std::string& line) {
  if (playing()) type(line);
}

void TelnetClient::on_command(std::uint8_t command, std::uint8_t option) {
  using telnet::Command;
  const bool known = option == telnet::option::kEcho || option == telnet::option::kEndOfRecord;
  std::string answer(1, telnet::kIac);
  if (command == static_cast<std::uint8_t>(Command::kWill)) {
    answer += static_cast<char>(known ? Command::kDo : Command::kDont);
  } else if (command == static_cast<std::uint8_t>(Command::kDo)) {
    if (option == telnet::option::kTimingMark && !answers_marks_) return;
    answer += static_cast<char>(Command::kWont);
  } else if (command == static_cast<std::uint8_t>(Command::kWont)) {
    answer += static_cast<char>(Command::kDont);
  } else {
    return;
  }
  answer += static_cast<char>(option);
  send(answer);
}

void TelnetClient::read(std::string_view bytes) {
  if (protocol_ == session::Protocol::kTelnet) return on_telnet(bytes);
  reader_.feed(bytes, [this](char kind, const std::string& message) {
    if (kind == frames::kBinary) on_telnet(message);
    if (kind == frames::kPing && connection_)
      connection_->client_write(frames::masked(message, frames::kPong));
    return connection_ != nullptr;
  });
}

void TelnetClient::on_telnet(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (iac_ == 3) {
      if (command_ == 255 && byte == static_cast<std::uint8_t>(telnet::Command::kSe)) iac_ = 0;
      command_ = byte;
    } else if (iac_ == 2) {
      on_command(command_, byte);
      iac_ = 0;
    } else if (iac_ == 1) {
      command_ = byte;
      iac_ = 0;
      if (byte == static_cast<std::uint8_t>(telnet::Command::kSb)) iac_ = 3;
      if (byte >= static_cast<std::uint8_t>(telnet::Command::kWill) && byte != 255) iac_ = 2;
    } else if (c == telnet::kIac) {
      iac_ = 1;
    } else if (c != '\r') {
      text += c;
    }
  }
  if (!text.empty()) on_text(text);
}

// A notice may stand in the middle of the world's line: what is before and behind belongs together.
void TelnetClient::on_text(std::string_view text) {
  while (!text.empty() && connection_) {
    const std::size_t end = text.find('\n');
    line_ += text.substr(0, end);
    if (end == std::string_view::npos) return;
    const std::string line = std::exchange(line_, {});
    text.remove_prefix(end + 1);
    if (is_farewell(line)) {
      tell([&] { return fmt::format("reads \"{}\"", line); });
      continue;
    }
    const std::size_t notice = line.find('[');
    words_ += line.substr(0, notice);
    const bool missed = missed_lines_ > 0;
    if (missed) --missed_lines_;
    if (notice != std::string::npos) on_gateway_line(std::string_view(line).substr(notice));
    while (words_.starts_with("> ")) words_.erase(0, 2);
    if (words_.ends_with(';')) on_world_line(std::exchange(words_, {}));
    // Nobody answers what was asked while they were away; a welcome stays one.
    if (missed && screen_.question() != "welcome") screen_.answered();
  }
}

// Whose words they are, it shows; that they can be this connection's, the model knows.
void TelnetClient::on_world_line(std::string line) {
  // A replay may begin where the last connection broke off in mid-line.
  if (line.front() != 'W') line = std::exchange(former_words_, {}) + line;
  const auto& sessions = run_.model.sessions_of(connection_->number());
  const auto said = static_cast<SessionNumber>(std::atoi(line.c_str() + 1));
  const bool possible =
      line.front() == 'W' && std::find(sessions.begin(), sessions.end(), said) != sessions.end();
  if (possible && said != screen_.session()) screen_.turn_to(said);
  screen_.text(line + "\n");
}

void TelnetClient::lose_words(bool wide) {
  words_.clear();
  former_words_.clear();
  screen_.gap(wide);
}

// The gateway's own words: "[...]".
void TelnetClient::on_gateway_line(std::string_view line) {
  std::string_view words = line.substr(1, line.size() - (line.ends_with("]") ? 2 : 1));
  tell([&] { return fmt::format("reads \"{}\"", words); });
  if (words.starts_with("You are back.")) {
    knowledge_.away = false;  // as far as one knows
    const auto& sessions = run_.model.sessions_of(connection_->number());
    if (!sessions.empty()) screen_.turn_to(sessions.back());
    const bool wide = words.find("may be missing") != std::string_view::npos;
    if (wide || words.find("could not be kept") != std::string_view::npos) lose_words(wide);
    screen_.may_repeat();
    if (const std::size_t at = words.find(" you missed:"); at != std::string_view::npos)
      missed_lines_ = lines_before(words.substr(0, at));
    if (run_.plan.world != WorldKind::kGame) knowledge_.in_game = true;
    state_ = State::kPlaying;
  } else if (words.find("some output was skipped") != std::string_view::npos) {
    lose_words(/*wide=*/false);
  } else if (state_ == State::kResuming && words.starts_with("No session has that code")) {
    run_.model.told_wrong_code(shown_code_);
    if (code_ == shown_code_) code_.clear();
    knowledge_.in_game = knowledge_.away = false;
    state_ = State::kPlaying;
  } else if (const std::size_t at = words.find("type: resume "); at != std::string_view::npos) {
    const std::string_view code = words.substr(at + 13, session::ResumeCode::kTextBytes);
    if (!code.starts_with("*")) code_ = code;
  }
  read_notice(words);
}

}  // namespace wyld::simulation
