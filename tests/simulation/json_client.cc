// A page, as docs/protocols/websocket-json.md has it: counts its output, keeps its token, holds what is typed
// while it is away.
#include <fmt/format.h>

#include <utility>

#include "simulation/client.h"
#include "simulation/json_text.h"

namespace wyld::simulation {
namespace {

constexpr std::size_t kHeldMax = 5;
constexpr std::size_t kFormerTokensMax = 4;

}  // namespace

void JsonClient::send(std::string_view message) {
  if (connection_) connection_->client_write(frames::masked(message, frames::kText));
}

std::string JsonClient::greeting(std::string_view token, session::OutputPosition position) const {
  std::string hello = R"({"type":"hello","client":"Simulated","version":"1","columns":80,"rows":24)";
  if (!token.empty()) {
    hello += fmt::format(R"(,"resume":{{"token":"{}","epoch":{},"offset":{}}})", token, position.epoch,
                         position.offset);
  }
  return frames::masked(hello + "}", frames::kText);
}

void JsonClient::greet() {
  state_ = State::kGreeting;
  masked_ = false;
  reader_.clear();
  early_.clear();
  connection_->client_write(greeting(token_, position_));
}

void JsonClient::lost() { state_ = State::kOffline; }

void JsonClient::copy_from(const JsonClient& other) {
  token_ = other.token_;
  position_ = other.position_;
  screen_ = other.screen_;
}

void JsonClient::say(const std::string& line) {
  if (state_ == State::kPlaying) return type(line);
  if (held_.size() < kHeldMax) held_.push_back(line);
}

void JsonClient::type(const std::string& line) {
  if (connection_) typed_.push_back(line);
  send(fmt::format(R"({{"type":"line","text":"{}"{}}})", line, masked_ ? R"(,"secret":true)" : ""));
}

void JsonClient::want_code() { send(R"({"type":"code"})"); }

void JsonClient::read(std::string_view bytes) {
  reader_.feed(bytes, [this](char kind, const std::string& message) {
    if (kind == frames::kText) on_message(message);
    if (kind == frames::kPing && connection_)
      connection_->client_write(frames::masked(message, frames::kPong));
    return connection_ != nullptr;
  });
}

void JsonClient::count(std::string_view bytes) {
  run_.model.read_at(screen_.session(), position_, bytes);
  position_.offset += bytes.size();
}

void JsonClient::play() {
  state_ = State::kPlaying;
  for (const std::string& line : std::exchange(held_, {})) type(line);
}

void JsonClient::on_message(std::string_view message) {
  const std::string type = json_text(json_member(message, "type"));
  if (state_ == State::kGreeting && type != "hello" && type != "bye")
    return run_.model.fail("a page reads \"" + type + "\" before it is greeted");
  if (state_ == State::kResuming &&
      (type == "text" || type == "notice" || type == "prompt" || type == "token")) {
    early_.emplace_back(message);  // of the session that begins if the other one is gone
    return;
  }
  if (type == "text" || type == "notice") {
    const std::string text = json_text(json_member(message, "text"));
    count(text);
    if (type == "text") {
      screen_.text(text);
    } else {
      read_notice(text);
    }
  } else if (type == "prompt") {
    count("\x01");
    screen_.prompt();
  } else if (type == "hello") {
    fresh_ = run_.model.number_of(json_text(json_member(message, "session")));
    fresh_position_ = {.epoch = json_number(json_member(message, "epoch")).value_or(0),
                       .offset = json_number(json_member(message, "offset")).value_or(0)};
    if (!token_.empty()) {
      state_ = State::kResuming;
      return;
    }
    position_ = fresh_position_;
    screen_.turn_to(fresh_);
    knowledge_.in_game = knowledge_.away = false;
    held_.clear();
    play();
  } else if (type == "resumed") {
    on_resumed(message);
  } else if (type == "replayed") {
    if (state_ == State::kReplaying) play();
  } else if (type == "position") {
    const session::OutputPosition to{.epoch = json_number(json_member(message, "epoch")).value_or(0),
                                     .offset = json_number(json_member(message, "offset")).value_or(0)};
    if (to != position_) screen_.gap(/*wide=*/false);
    position_ = to;
  } else if (type == "token") {
    if (!token_.empty()) {
      former_tokens_.push_back(token_);
      if (former_tokens_.size() > kFormerTokensMax) former_tokens_.pop_front();
    }
    token_ = json_text(json_member(message, "token"));
    run_.model.token_received(token_);
    send(R"({"type":"token_kept"})");
  } else if (type == "code") {
    code_ = json_text(json_member(message, "code"));
  } else if (type == "world" && looked_at()) {
    knowledge_.away = message.find(R"("here":true)") == std::string_view::npos;
    knowledge_.may_send = false;
    if (knowledge_.away) screen_.answered();
  } else if (type == "waiting" && looked_at()) {
    knowledge_.waiting = json_number(json_member(message, "count")).value_or(0) > 0;
  } else if (type == "echo") {
    masked_ = message.find(R"("on":false)") != std::string_view::npos;
  } else if (type == "bye") {
    const std::string reason = json_text(json_member(message, "reason"));
    tell([&] { return "reads bye: " + reason; });
    if (reason == "world_ended" || reason == "world_lost") token_.clear();
    if (reason == "taken_over") set_wanted(false);
  }
}

void JsonClient::on_resumed(std::string_view message) {
  const std::string result = json_text(json_member(message, "result"));
  const session::OutputPosition from{.epoch = json_number(json_member(message, "epoch")).value_or(0),
                                     .offset = json_number(json_member(message, "offset")).value_or(0)};
  tell([&] { return "reads " + std::string(message); });
  const std::vector<std::string> early = std::exchange(early_, {});
  if (result == "busy") return;
  knowledge_.away = false;  // as far as one knows
  if (result == "gone") {
    run_.model.told_gone(token_);
    token_.clear();
    former_tokens_.clear();
    held_.clear();
    position_ = fresh_position_;
    screen_.turn_to(fresh_);
    knowledge_.in_game = false;
    play();
    for (const std::string& one : early) on_message(one);
    // The old session may have ended while the connection moved to its shard, and another one begins there.
    const SessionNumber now = run_.model.number_of(json_text(json_member(message, "session")));
    if (now != fresh_) {
      fresh_ = now;
      screen_.turn_to(now);
    } else if (position_ != from) {
      run_.model.fail("a page was told another position than it has");
    }
    return;
  }
  const SessionNumber session = run_.model.number_of(json_text(json_member(message, "session")));
  if (session != screen_.session())
    run_.model.fail(fmt::format("a page of S{} is brought back to S{}", screen_.session(), session));
  const std::optional<std::uint64_t> missing = json_number(json_member(message, "missing"));
  const bool gap = !missing || *missing > 0;
  if (gap != (result == "resumed_with_gap"))
    run_.model.fail("a gap is told in one place and not in the other");
  if (from.epoch == position_.epoch && missing && from.offset != position_.offset + *missing) {
    run_.model.fail(fmt::format("a page had {} and is sent on from {}, with {} missing", position_.offset,
                                from.offset, *missing));
  }
  if (gap) screen_.gap(/*wide=*/!missing);
  position_ = from;
  state_ = State::kReplaying;
}

}  // namespace wyld::simulation
