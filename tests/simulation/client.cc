#include "simulation/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 12s;  // with a gateway that does not answer a greeting
constexpr Duration kPauseMax = 8s;

}  // namespace

std::string Client::name() const {
  return fmt::format("player {}'s {} ", player_,
                     protocol_ == session::Protocol::kWebSocketJson ? "page" : "telnet");
}

void Client::set_wanted(bool wanted) {
  if (wanted_ == wanted) return;
  wanted_ = wanted;
  next_try_ = {};
  if (!wanted) hang_up();
}

void Client::hang_up() {
  if (!connection_) return;
  const std::shared_ptr<SimulatedSocket> connection = std::move(connection_);
  connection->client_close();
  lost();
}

void Client::on_end() {
  if (!connection_) return;
  connection_.reset();
  tell([] { return std::string("loses its connection"); });
  lost();
  next_try_ = run_.schedule.clock.now + run_.random.between(pause_ / 2, pause_);
  pause_ = std::min(pause_ * 2, kPauseMax);
}

void Client::attend() {
  const TimePoint now = run_.schedule.clock.now;
  if (connection_) {
    if (playing()) {
      pause_ = 500ms;
      answer_questions();
    } else if (now - waits_since_ > kPatience) {
      hang_up();
      next_try_ = now + pause_;
    }
    return;
  }
  if (!wanted_ || now < next_try_) return;
  waits_since_ = typed_at_ = now;
  protocol_ = choose_protocol();
  typed_.clear();
  connection_ = dial_(*this, protocol_);
  if (!connection_) {
    next_try_ = now + run_.random.between(pause_ / 2, pause_);
    pause_ = std::min(pause_ * 2, kPauseMax);
    return;
  }
  tell([&] { return fmt::format("connects as {}", connection_->number()); });
  screen_.answered();
  if (protocol_ == session::Protocol::kTelnet) return greet();
  visit();
}

// Loads a page first, or not; some clients do not wait for it.
void Client::visit() {
  constexpr std::string_view kPaths[] = {"", "/livez", "/", "/nowhere"};
  const std::string_view path = run_.random.pick(kPaths);
  web_.begin(path.empty() ? 0 : 1);
  upgrade_asked_ = path.empty() || run_.random.chance(0.3);
  if (!path.empty()) connection_->client_write(WebVisit::page_request(path));
  if (upgrade_asked_) connection_->client_write(WebVisit::upgrade_request(protocol_));
}

void Client::on_bytes(std::string_view bytes) {
  if (!connection_) return;
  if (protocol_ == session::Protocol::kTelnet || web_.awaited() == 0) return read(bytes);
  const std::string frames = web_.feed(bytes);
  if (web_.awaited() == 1 && !std::exchange(upgrade_asked_, true))
    connection_->client_write(WebVisit::upgrade_request(protocol_));
  if (web_.awaited() > 0) return;
  greet();
  if (!frames.empty()) read(frames);
}

void Client::check_typed() {
  if (!connection_) return;
  for (const std::string& line : typed_) {
    if (!run_.model.was_received(line))
      return run_.model.fail(fmt::format("\"{}\" was typed on connection {}, and no session has it", line,
                                         connection_->number()));
  }
}

void Client::read_notice(std::string_view words) {
  // A telnet program learns only from the world's words whose they are.
  SessionNumber session = screen_.session();
  const auto& sessions = run_.model.sessions_of(connection_->number());
  if (protocol_ != session::Protocol::kWebSocketJson && !sessions.empty()) session = sessions.back();
  run_.model.read_notice(session, words);
  const bool back = words.find("The game is back") != std::string_view::npos;
  const bool of_the_world = back || words.find("gone away") != std::string_view::npos ||
                            words.find("waiting for the game") != std::string_view::npos ||
                            words.find("is not back yet") != std::string_view::npos;
  // What was asked before is not asked any more.
  if (of_the_world) screen_.answered();
  if (!looked_at_) return;
  if (words.find(" waiting") != std::string_view::npos) knowledge_.waiting = true;
  if (words.find("ending ") != std::string_view::npos || words.find("dropped") != std::string_view::npos)
    knowledge_.waiting = false;
  // Whoever types goes on typing while the game is away. A game that is back asks for a login first.
  if (of_the_world) {
    knowledge_.away = !back;
    knowledge_.may_send = false;
  }
  if (back && run_.plan.world == WorldKind::kGame) knowledge_.in_game = false;
}

void Client::answer_questions() {
  constexpr Duration kSilence = 10s;
  const TimePoint now = run_.schedule.clock.now;
  const std::string question = screen_.question();
  screen_.answered();
  if (question == "welcome") {
    // Whoever goes away has no words: these came later.
    if (looked_at_) {
      knowledge_.away = false;
      knowledge_.in_game = knowledge_.may_send = true;
    }
    return;
  }
  // A question may be among what was skipped: who hears nothing for long types something.
  if (question.empty() && (knowledge_.in_game || now - typed_at_ < kSilence)) return;
  typed_at_ = now;
  knowledge_.in_game = false;
  type(run_.model.type(question == "password?" ? LineKind::kSecret : LineKind::kLogin));
}

}  // namespace wyld::simulation
