// A world that speaks proto/wyldgate/world/v1 with the real LinkCore of each shard. The stream between them
// keeps messages whole and in order, until it breaks.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulation/gateway.h"
#include "simulation/world.h"
#include "world/grpc/core/link_core.h"
#include "world/grpc/core/routes.h"
#include "world/grpc/core/wire.h"

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;
using namespace grpc_world;

// Fields of the protocol.
constexpr std::uint32_t kEvents = 2;
constexpr std::uint32_t kCommands = 2;
constexpr std::uint32_t kAcknowledgements = 3;
constexpr std::uint32_t kAttach = 3;
constexpr std::uint32_t kDetach = 4;
constexpr std::uint32_t kInput = 5;
constexpr std::uint32_t kAttached = 3;
constexpr std::uint32_t kOutput = 4;
constexpr std::uint32_t kPrompt = 5;
constexpr std::uint32_t kEntered = 11;
constexpr std::size_t kMessageBytesMax = 2048;

std::string_view bytes_of(const SessionId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

SessionId id_of(std::string_view bytes) {
  SessionId id;
  if (bytes.size() == id.bytes.size()) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

class StreamWorld final : public World {
 public:
  explicit StreamWorld(Run run) : run_(run) {}

  std::unique_ptr<session::WorldLink> connect(Gateway& gateway, std::uint8_t shard) override;
  void gateway_up(Gateway& gateway) override;
  void gateway_gone() override;
  void gateway_stops() override;
  void talk() override;
  void restart(Duration time) override;
  void settle() override { down_until_ = run_.schedule.clock.now; }

 private:
  struct Command {
    std::uint64_t number;
    std::string body;           // the member of the oneof
    std::uint32_t words = ~0U;  // of what it says
  };
  // What the world knows of one session.
  struct Session {
    bool attached = false;  // on this stream
    bool named = false;
    std::uint64_t last_event = 0;
    std::uint64_t last_line = 0;
    std::uint64_t last_command = 0;
    std::deque<Command> outbox;  // not acknowledged
  };

  [[nodiscard]] Duration way() { return run_.random.between(Duration(100us), Duration(30ms)); }
  // Calls `deed(LinkCore&)` for each shard's, in a turn of its loop.
  template <typename Deed>
  void each_core(Deed deed) {
    for (std::uint8_t shard = 0; shard < kShards; ++shard)
      gateway_->enter(shard, [&] { deed(*cores_[shard]); });
  }
  void dial();
  void break_stream();
  void collect();
  void send_up(std::string message);
  void send_down();
  void read(std::string_view message);
  void read_event(std::string_view message);
  void read_acknowledgement(std::string_view message);
  void attach(const SessionId& id, std::string_view body);
  void read_input(const SessionId& id, Session& session, std::string_view body);
  void acknowledged(Session& session, std::uint64_t number);
  void say(const SessionId& id, Session& session, std::string_view words);
  void command(const SessionId& id, Session& session, std::uint32_t kind, std::string_view text,
               std::uint32_t words);
  void put_command(const SessionId& id, const Command& command);

  const Run run_;
  std::map<SessionId, Session> sessions_;
  std::set<SessionId> characters_;  // who has chosen a name: the one thing that no world forgets
  TimePoint down_until_{};
  bool forgetful_ = false;  // has forgotten something once
  std::string down_;        // to be said at the end of this turn

  // The gateway's side, while its process lives.
  Gateway* gateway_ = nullptr;
  std::unique_ptr<Routes> routes_;
  std::array<LinkCore*, kShards> cores_{};
  std::uint64_t streams_ = 0;
  std::uint64_t stream_ = 0;  // the one that stands; 0: none
  TimePoint last_up_{};
  TimePoint last_down_{};
  std::deque<std::string> on_the_way_up_;
  bool collect_due_ = false;
  bool send_due_ = false;
  bool end_due_ = false;  // the gateway is about to learn that the stream is broken, and dials then
};

// The session layer's events, watched on their way: when a session's world is away.
class WatchedEvents final : public session::WorldEvents {
 public:
  WatchedEvents(Run run, Gateway& gateway, std::uint8_t shard)
      : run_(run), gateway_(gateway), shard_(shard) {}

  void on_output(session::SessionHandle s, std::string_view text) override { to().on_output(s, text); }
  void on_output_to(std::span<const session::SessionHandle> s, std::string_view text) override {
    to().on_output_to(s, text);
  }
  void on_prompt(session::SessionHandle s) override { to().on_prompt(s); }
  void on_side_channel(session::SessionHandle s, std::string_view package, std::string_view body,
                       gmcp::Meaning meaning) override {
    to().on_side_channel(s, package, body, meaning);
  }
  void on_client_echo(session::SessionHandle s, bool on) override { to().on_client_echo(s, on); }
  void on_character_mode(session::SessionHandle s, bool on) override { to().on_character_mode(s, on); }
  void on_notice(session::SessionHandle s, std::string_view text) override { to().on_notice(s, text); }
  void on_entered(session::SessionHandle s) override { to().on_entered(s); }
  void on_input_blocked(session::SessionHandle s, bool on) override { to().on_input_blocked(s, on); }
  void on_left(session::SessionHandle s, std::string_view text) override { to().on_left(s, text); }
  void on_lost(session::SessionHandle s, std::string_view text) override { to().on_lost(s, text); }
  void on_away(session::SessionHandle s, std::string_view text,
               std::span<const std::string> unsure) override {
    if (const SessionId* const id = gateway_.sessions(shard_).id_of(s)) run_.model.away(*id, true);
    to().on_away(s, text, unsure);
  }
  void on_back(session::SessionHandle s, const session::WorldReturn& how) override {
    if (const SessionId* const id = gateway_.sessions(shard_).id_of(s)) run_.model.away(*id, false);
    to().on_back(s, how);
  }
  void on_logged_in(session::SessionHandle s) override { to().on_logged_in(s); }
  void on_input_taken(session::SessionHandle s, std::uint64_t sequence) override {
    to().on_input_taken(s, sequence);
  }
  void on_note(session::SessionHandle s, std::string_view key, std::string_view value) override {
    to().on_note(s, key, value);
  }
  void on_edit(session::SessionHandle s, std::uint64_t edit, std::string_view title,
               std::string_view text) override {
    to().on_edit(s, edit, title, text);
  }

 private:
  session::WorldEvents& to() { return gateway_.sessions(shard_); }
  const Run run_;
  Gateway& gateway_;
  const std::uint8_t shard_;
};

// A LinkCore that tells the model what it is given.
class WatchedCore final : public LinkCore {
 public:
  WatchedCore(Run run, Gateway& gateway, std::uint8_t shard, std::unique_ptr<WatchedEvents> events,
              LinkCoreOptions options, Routes& routes, std::function<void(Due)> due)
      : LinkCore(std::move(options), *events, routes, std::move(due)),
        events_(std::move(events)),
        run_(run),
        gateway_(gateway),
        shard_(shard) {}
  void input(session::SessionHandle s, std::uint64_t sequence, std::string_view line, bool secret) override {
    if (const SessionId* const id = gateway_.sessions(shard_).id_of(s)) run_.model.given(*id, line);
    LinkCore::input(s, sequence, line, secret);
  }

 private:
  std::unique_ptr<WatchedEvents> events_;
  const Run run_;
  Gateway& gateway_;
  const std::uint8_t shard_;
};

// --- the gateway's side ---

std::unique_ptr<session::WorldLink> StreamWorld::connect(Gateway& gateway, std::uint8_t shard) {
  if (!routes_) routes_ = std::make_unique<Routes>();
  LinkCoreOptions options;
  options.shard = shard;
  options.session_events_high = run_.random.chance(0.3) ? 4 : 256;
  auto core = std::make_unique<WatchedCore>(run_, gateway, shard,
                                            std::make_unique<WatchedEvents>(run_, gateway, shard),
                                            std::move(options), *routes_, [this](Due) {
                                              if (gateway_ == nullptr || std::exchange(collect_due_, true))
                                                return;
                                              gateway_->after(Duration(0), [this] { collect(); });
                                            });
  cores_[shard] = core.get();
  return core;
}

void StreamWorld::gateway_up(Gateway& gateway) {
  gateway_ = &gateway;
  dial();
}

void StreamWorld::gateway_stops() {
  if (stream_ == 0) return;
  // The stream ends in order: what was said before arrives.
  for (LinkCore* const core : cores_) {
    for (bool more = true; more;) {
      std::string message;
      more = core->collect(message, kMessageBytesMax);
      if (message.empty()) break;
      on_the_way_up_.push_back(std::move(message));
    }
  }
  for (const std::string& message : std::exchange(on_the_way_up_, {})) read(message);
}

void StreamWorld::gateway_gone() {
  gateway_ = nullptr;
  collect_due_ = end_due_ = false;
  break_stream();
  cores_ = {};
  // The links go with the process; what they know of routes goes a moment later.
  run_.schedule.after(Duration(1ms), [routes = std::shared_ptr<Routes>(std::move(routes_))] {});
}

void StreamWorld::break_stream() {
  stream_ = 0;
  down_.clear();
  // Of what is on its way to the world, some still arrives.
  for (std::size_t left = run_.random.below(on_the_way_up_.size() + 1); left > 0 && !on_the_way_up_.empty();
       --left) {
    const std::string message = std::move(on_the_way_up_.front());
    on_the_way_up_.pop_front();
    read(message);
  }
  on_the_way_up_.clear();
  down_.clear();
  for (auto& [id, session] : sessions_) session.attached = false;
}

void StreamWorld::dial() {
  if (gateway_ == nullptr) return;
  gateway_->after(run_.random.between(Duration(10ms), Duration(2s)), [this] {
    if (stream_ != 0 || end_due_) return;
    if (run_.schedule.clock.now < down_until_) return dial();
    stream_ = ++streams_;
    run_.trace([&] { return "the stream to the world stands: " + std::to_string(stream_); });
    each_core([this](LinkCore& core) { core.stream_up(stream_); });
  });
}

void StreamWorld::collect() {
  collect_due_ = false;
  each_core([this](LinkCore& core) {
    for (bool more = true; more;) {
      std::string message;
      more = core.collect(message, kMessageBytesMax);
      if (message.empty()) break;
      send_up(std::move(message));
    }
  });
}

void StreamWorld::send_up(std::string message) {
  if (stream_ == 0) return;  // broken, and the gateway has not heard of it yet
  on_the_way_up_.push_back(std::move(message));
  last_up_ = std::max(last_up_, run_.schedule.clock.now + way());
  run_.schedule.after(last_up_ - run_.schedule.clock.now, [this, stream = stream_] {
    if (stream != stream_ || on_the_way_up_.empty()) return;
    const std::string arrived = std::move(on_the_way_up_.front());
    on_the_way_up_.pop_front();
    read(arrived);
  });
}

void StreamWorld::send_down() {
  if (stream_ == 0 || gateway_ == nullptr || std::exchange(send_due_, true)) return;
  run_.schedule.after(Duration(0), [this] {
    send_due_ = false;
    if (stream_ == 0 || gateway_ == nullptr || down_.empty()) return;
    last_down_ = std::max(last_down_, run_.schedule.clock.now + way());
    gateway_->after(
        last_down_ - run_.schedule.clock.now,
        [this, stream = stream_, message = std::make_shared<std::string>(std::exchange(down_, {}))] {
          if (stream != stream_) return;
          std::array<Inbound, kShards> inbound;
          if (routes_->split(*message, inbound).malformed)
            return run_.model.fail("the gateway cannot read what the world says");
          for (std::uint8_t shard = 0; shard < kShards; ++shard) {
            inbound[shard].stream = stream;
            if (inbound[shard].empty()) continue;
            gateway_->enter(shard, [&] { cores_[shard]->receive(inbound[shard]); });
          }
        });
  });
}

// --- the world ---

void StreamWorld::restart(Duration time) {
  down_until_ = run_.schedule.clock.now + time;
  break_stream();
  if (run_.random.chance(run_.plan.forgetful)) {
    run_.trace([] { return std::string("--- ... and forgets"); });
    forgetful_ = true;
    for (const auto& [id, session] : sessions_) {
      for (const Command& command : session.outbox) {
        if (command.words != ~0U) run_.model.unsaid(id, command.words, command.words);
      }
    }
    sessions_.clear();
  }
  if (gateway_ == nullptr) return;
  end_due_ = true;
  gateway_->after(way(), [this] {
    end_due_ = false;
    each_core([](LinkCore& core) { core.stream_down("The game has gone away."); });
    dial();
  });
}

void StreamWorld::read(std::string_view message) {
  wire::Reader reader(message);
  wire::Field field;
  while (reader.next(field)) {
    if (field.is(kEvents, wire::Type::kBytes)) read_event(field.bytes);
    if (field.is(kAcknowledgements, wire::Type::kBytes)) read_acknowledgement(field.bytes);
  }
  if (!reader.ok()) run_.model.fail("the world cannot read what the gateway says");
  send_down();
}

void StreamWorld::read_acknowledgement(std::string_view message) {
  wire::Reader reader(message);
  wire::Field field;
  SessionId id;
  while (reader.next(field)) {
    if (field.number == 1) id = id_of(field.bytes);
    if (field.number != 2) continue;
    const auto session = sessions_.find(id);
    if (session != sessions_.end()) acknowledged(session->second, field.value);
  }
}

void StreamWorld::acknowledged(Session& session, std::uint64_t number) {
  while (!session.outbox.empty() && session.outbox.front().number <= number) session.outbox.pop_front();
}

void StreamWorld::read_event(std::string_view message) {
  wire::Reader reader(message);
  wire::Field field;
  SessionId id;
  std::uint64_t number = 0;
  std::uint32_t kind = 0;
  std::string_view body;
  while (reader.next(field)) {
    if (field.number == 1) {
      id = id_of(field.bytes);
    } else if (field.number == 2) {
      number = field.value;
    } else {
      kind = field.number;
      body = field.bytes;
    }
  }
  if (kind == kAttach) return attach(id, body);
  Session& session = sessions_[id];
  if (number > session.last_event) {
    session.last_event = number;
    if (kind == kInput) read_input(id, session, body);
    if (kind == kDetach) session.attached = false;
  }
  const wire::Nested acknowledgement(down_, kAcknowledgements);
  wire::put_bytes(down_, 1, bytes_of(id));
  wire::put_uint(down_, 2, session.last_event);
}

void StreamWorld::attach(const SessionId& id, std::string_view body) {
  const bool fresh = !sessions_.contains(id);
  Session& session = sessions_[id];
  wire::Reader reader(body);
  wire::Field field;
  std::uint64_t last_command = 0;
  bool returning = false;
  while (reader.next(field)) {
    if (field.is(5, wire::Type::kVarint)) returning = field.value != 0;
    if (field.is(9, wire::Type::kVarint)) last_command = field.value;
  }
  session.attached = true;
  acknowledged(session, last_command);
  session.last_command = std::max(session.last_command, last_command);
  {
    const wire::Nested command(down_, kCommands);
    wire::put_bytes(down_, 1, bytes_of(id));
    const wire::Nested attached(down_, kAttached);
    wire::put_uint(down_, 1, session.last_event);
    wire::put_uint(down_, 2, session.last_line);
  }
  // A gateway that was killed may have passed on what it had not acknowledged.
  if (last_command == 0 && !session.outbox.empty()) {
    for (const Command& command : session.outbox) {
      if (command.words == ~0U) continue;
      run_.model.may_resend_from(id, command.words);
      break;
    }
  }
  for (const Command& command : session.outbox) put_command(id, command);
  if (!fresh) return;
  session.named = returning && characters_.contains(id);
  if (session.named) {
    command(id, session, kEntered, {}, ~0U);
  } else {
    say(id, session, "name?");
    command(id, session, kPrompt, "> ", ~0U);
  }
}

void StreamWorld::read_input(const SessionId& id, Session& session, std::string_view body) {
  wire::Reader reader(body);
  wire::Field field;
  std::string_view line;
  while (reader.next(field)) {
    if (field.is(1, wire::Type::kBytes)) line = field.bytes;
    if (field.is(3, wire::Type::kVarint)) session.last_line = std::max(session.last_line, field.value);
  }
  run_.model.arrived(id, line, /*login=*/false, forgetful_);
  if (!std::exchange(session.named, true)) {
    characters_.insert(id);
    command(id, session, kEntered, {}, ~0U);
    say(id, session, "welcome");
  }
  for (std::size_t replies = run_.random.below(3); replies > 0; --replies) say(id, session, some_words(run_));
  command(id, session, kPrompt, "> ", ~0U);
}

void StreamWorld::say(const SessionId& id, Session& session, std::string_view words) {
  const std::uint32_t number = run_.model.said_count(id);
  command(id, session, kOutput, run_.model.say(id, words), number);
}

void StreamWorld::command(const SessionId& id, Session& session, std::uint32_t kind, std::string_view text,
                          std::uint32_t words) {
  Command command{.number = ++session.last_command, .body = {}, .words = words};
  {
    const wire::Nested body(command.body, kind);
    wire::put_bytes(command.body, 1, text);
  }
  session.outbox.push_back(std::move(command));
  if (session.attached) put_command(id, session.outbox.back());
}

void StreamWorld::put_command(const SessionId& id, const Command& command) {
  const wire::Nested message(down_, kCommands);
  wire::put_bytes(down_, 1, bytes_of(id));
  wire::put_uint(down_, 2, command.number);
  down_ += command.body;
}

void StreamWorld::talk() {
  if (sessions_.empty()) return;
  auto session = sessions_.begin();
  std::advance(session, static_cast<std::ptrdiff_t>(run_.random.below(sessions_.size())));
  if (!session->second.attached || !session->second.named) return;
  for (std::size_t lines = run_.random.between(1, 4); lines > 0; --lines)
    say(session->first, session->second, some_words(run_));
  send_down();
}

}  // namespace

std::unique_ptr<World> make_stream_world(Run run) { return std::make_unique<StreamWorld>(run); }

}  // namespace wyld::simulation
