#pragma once
// What the library's tests share: a handler that remembers and obeys, and a store in memory.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wyldgate/world/handler.h"
#include "wyldgate/world/sequence_store.h"
#include "wyldgate/world/sessions.h"

namespace wyldgate::world {

// Answers each line with "heard LINE" to everybody, and obeys a few.
class RememberingHandler : public Handler {
 public:
  void attached(Session& session) override {
    heard.push_back(session.returning() ? "attached again" : "attached");
  }
  void returned(Session&) override { heard.emplace_back("returned"); }
  void line(Session& session, std::string_view text, bool secret) override {
    heard.push_back((secret ? "secret " : "line ") + std::string(text));
    if (text == "throw") {
      session.output("never said");
      throw std::runtime_error("on purpose");
    }
    if (text == "flood") {
      for (int i = 0; i < 100; ++i) session.output("x");
    } else if (text == "leave") {
      session.disconnect("Goodbye.");
    } else if (text == "ask") {
      session.edit(1, "Poem", "poem");
    } else if (text == "status") {
      v1::Value value;
      value.set_integer(3);
      session.side_channel("Named", value);
      session.side_channel("Status", value, v1::SIDE_CHANNEL_KIND_STATE);
    } else if (text.starts_with("keep ")) {
      session.set_state(std::string(text.substr(5)));
    } else {
      session.sessions().for_each([&](Session& each) { each.output("heard " + std::string(text)); });
    }
  }
  void presence(Session& session) override { heard.emplace_back(session.connected() ? "connected" : "held"); }
  void flow(Session& session) override { heard.emplace_back(session.paused() ? "paused" : "resumed"); }
  void interrupt(Session&) override { heard.emplace_back("interrupt"); }
  void edited(Session&, std::uint64_t edit, bool cancelled, std::string_view text) override {
    heard.push_back("edited " + std::to_string(edit) + (cancelled ? " cancelled" : " " + std::string(text)));
  }
  void detached(Session&, v1::DetachReason reason) override {
    heard.push_back(reason == v1::DETACH_REASON_EXPIRED ? "expired" : "detached");
  }
  void failed(const Session&, std::string_view what) override {
    heard.push_back("failed " + std::string(what));
  }

  std::vector<std::string> heard;
};

class MemoryStore final : public SequenceStore {
 public:
  std::optional<Error> load(const std::function<void(journal::Turn&&)>& take) override {
    for (const journal::Turn& turn : turns) take(journal::Turn(turn));
    return std::nullopt;
  }
  std::optional<Error> append(const journal::Turn& turn) override {
    if (broken) return "The disk is full.";
    turns.push_back(turn);
    return std::nullopt;
  }
  bool is_long() const override { return turns.size() > turns_max; }
  std::optional<Error> rewrite(std::span<const journal::Turn> next) override {
    ++rewrites;
    turns.assign(next.begin(), next.end());
    return std::nullopt;
  }

  std::vector<journal::Turn> turns;
  std::size_t turns_max = 1'000'000;
  int rewrites = 0;
  bool broken = false;
};

inline std::string session_id(char letter) { return std::string(16, letter); }

// What a gateway would send.
inline v1::SessionEvent attach_event(char letter, std::uint64_t last_command = 0) {
  v1::SessionEvent event;
  event.set_session_id(session_id(letter));
  event.mutable_attach()->set_last_command(last_command);
  return event;
}

inline v1::SessionEvent line_event(char letter, std::uint64_t sequence, std::string_view line) {
  v1::SessionEvent event;
  event.set_session_id(session_id(letter));
  event.set_sequence(sequence);
  event.mutable_input()->set_line(std::string(line));
  event.mutable_input()->set_line_number(sequence);
  return event;
}

inline v1::SessionEvent detach_event(char letter, std::uint64_t sequence, v1::DetachReason reason) {
  v1::SessionEvent event;
  event.set_session_id(session_id(letter));
  event.set_sequence(sequence);
  event.mutable_detach()->set_reason(reason);
  return event;
}

}  // namespace wyldgate::world
