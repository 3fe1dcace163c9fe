#pragma once
// Stand-ins for the parties around a session: a store, a client's connection, a world. They behave, and
// record what was done to them.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "runtime/delivery_marks.h"
#include "runtime/timing_wheel.h"
#include "session/player_transport.h"
#include "session/session_store.h"
#include "session/shard_sessions.h"
#include "session/world_link.h"

namespace wyld::testing {

// A shard's time, moved by the test.
class VirtualTime {
 public:
  VirtualTime() : timers(start()) { clock.now = start(); }

  void advance(std::chrono::steady_clock::duration by) {
    clock.now += by;
    clock.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
    timers.advance(clock.now);
  }

  TurnClock clock{.now = {},
                  .wall = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000))};
  runtime::TimingWheel timers;

 private:
  static std::chrono::steady_clock::time_point start() {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1));
  }
};

// Accepts everything and remembers it in order: "create <id>", "update <id> Playing", "remove <id>". In
// `rows` a part that a write leaves alone stays, and an empty one is null. One thread at a time.
class FakeSessionStore final : public session::SessionStore {
 public:
  Status create(session::SessionRow row, Done done) override;
  void update(session::SessionRow row, Done done) override;
  void remove(std::span<const SessionId> ids, Done done) override;
  [[nodiscard]] Result<std::vector<session::SessionRow>> load() override;
  [[nodiscard]] session::StoreHealth health() const override { return {}; }
  [[nodiscard]] bool find_elsewhere(const session::ResumeFamily& family, Done done) override;

  std::vector<std::string> calls;
  std::map<SessionId, session::SessionRow> rows;
  std::vector<std::size_t> removed_at_once;  // how many ids each remove() named
  bool full = false;                         // create() refuses
  Status commit;                             // what `done` is told
  std::optional<Status> elsewhere;  // what find_elsewhere() is told; without, nobody shares the store
  bool silent = false;              // nobody is told, until answer()
  void answer();

 private:
  void write(session::SessionRow row);
  void tell(Done done);

  std::vector<Done> unanswered_;
};

// A client's connection. `said` is everything it was told, in order, one entry a call.
class FakeTransport final : public session::PlayerTransport {
 public:
  void send_text(std::string_view utf8) override { take(utf8); }
  void send_encoded(const Payload& payload) override { take(*payload); }
  void send_prompt() override { said.emplace_back("<prompt>"); }
  bool send_side_channel(std::string_view package, std::string_view body) override;
  void send_notice(std::string_view text) override {
    said.push_back("<notice " + std::string(text) + ">");
    written_ += wire_bytes(text);
  }
  void set_client_echo(bool client_echoes) override {
    said.emplace_back(client_echoes ? "<echo on>" : "<echo off>");
  }
  [[nodiscard]] bool echo_answered() const override { return answers_echo; }
  void set_character_mode(bool on) override {
    said.emplace_back(on ? "<characters on>" : "<characters off>");
  }
  void set_reading(session::Reading how) override { reading = how == session::Reading::kOn; }
  void tell_when_drained() override { drain_wanted = true; }
  void entered() override { has_entered = true; }
  void end(session::EndReason reason, std::string_view text) override;
  void rebind(session::SessionHandle session) override { handle = session; }
  bool move_to(std::uint8_t shard, Arrived then) override;
  void begin_output(std::uint64_t offset) override { marks_.reset(offset); }
  void note_output(std::uint64_t offset) override {
    marks_.note(offset);
    marks_.commit(written_);
  }
  [[nodiscard]] bool knows_delivery() const override { return knows; }
  [[nodiscard]] std::uint64_t delivered_output() override {
    return marks_.delivered(written_ - std::min<std::uint64_t>(written_, unconfirmed_bytes()));
  }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return unconfirmed + queued; }
  void resumed(const session::ResumeAnswer& answer) override;
  void replayed() override { said.emplace_back("<replayed>"); }
  [[nodiscard]] bool keeps_tokens() const override { return has_token_store; }
  [[nodiscard]] std::string token_client() const override { return program; }
  void give_token(std::string_view text) override { token = text; }
  void give_code(std::string_view text) override { code = text; }
  [[nodiscard]] bool counts_output() const override { return counts && has_token_store; }
  void login_result(bool success, std::string_view text) override {
    said.push_back(success ? "<signed in>" : "<not signed in: " + std::string(text) + ">");
  }
  void tell_position(const session::OutputPosition& position) override {
    said.push_back("<position " + std::to_string(position.offset) + ">");
  }
  void tell_world(bool here, std::string_view /*text*/) override {
    said.emplace_back(here ? "<world here>" : "<world away>");
  }
  bool open_editor(std::uint64_t edit, std::string_view title, std::string_view text) override;
  [[nodiscard]] session::WireForm wire_form() const override { return form; }
  [[nodiscard]] std::size_t queued_bytes() const override { return queued; }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] std::string side_channel_hello() const override { return hello; }
  [[nodiscard]] std::string side_channel_supports() const override { return supports; }

  // Everything said, joined.
  [[nodiscard]] std::string transcript() const;

  std::vector<std::string> said;
  bool stuck = false;  // nothing leaves: what is sent stays in `queued`
  std::size_t queued = 0;
  bool reading = true;
  bool drain_wanted = false;
  bool has_entered = false;
  bool ended = false;
  session::EndReason end_reason{};
  session::WireForm form;
  session::SessionHandle handle;    // after rebind()
  std::size_t unconfirmed = 0;      // of the wire
  bool knows = true;                // what has arrived
  std::size_t wire_bytes_each = 0;  // what each text takes there; 0: its size
  bool answers_echo = true;
  bool has_token_store = false;
  bool counts = true;  // with a token store only
  bool has_editor = false;
  std::string program;
  std::string token;  // given last
  std::string code;
  session::ResumeAnswer answer;
  std::string answer_text;
  bool moves = true;  // move_to() succeeds
  int moved_to = -1;
  Arrived arrived;
  Capabilities capabilities_;
  std::string hello;
  std::string supports;

 private:
  void take(std::string_view bytes);

  [[nodiscard]] std::size_t wire_bytes(std::string_view text) const {
    return wire_bytes_each != 0 ? wire_bytes_each : text.size();
  }

  std::uint64_t written_ = 0;  // bytes of the wire: texts and notices
  runtime::DeliveryMarks marks_;
};

// A world that records its calls: "attach 203.0.113.7", "attach 203.0.113.7 as Ada", "input 1 look",
// "input 2 <secret>", "detach", "pause"...
class FakeWorld final : public session::WorldLink {
 public:
  [[nodiscard]] bool gateway_logs_in() const override { return logs_in; }
  [[nodiscard]] std::string login_banner(const Capabilities& /*capabilities*/) const override {
    return "The gate.\n";
  }
  [[nodiscard]] bool has_own_login() const override { return own_login; }
  [[nodiscard]] bool acknowledges_input() const override { return acknowledges; }
  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void connection_lost(session::SessionHandle session) override;
  void connection_restored(session::SessionHandle session, const session::PlayerInfo& player) override;
  void edited(session::SessionHandle session, std::uint64_t edit, bool cancelled,
              std::string_view text) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle session, std::string_view text) override;
  void side_channel(session::SessionHandle session, std::string_view package, std::string_view body) override;
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) override;
  void interrupt(session::SessionHandle session) override;
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

  std::vector<std::string> calls;
  std::string supports;       // of the client that was attached last
  bool logs_in = false;       // players log in at the gateway
  bool own_login = false;     // they log in at the world
  bool acknowledges = false;  // the link calls on_input_taken()
  // Run inside attach() and input(), before they return; may call back into the sessions.
  std::function<void(session::SessionHandle)> on_attach;
  std::function<void(session::SessionHandle, std::string_view line)> on_input;
};

}  // namespace wyld::testing
