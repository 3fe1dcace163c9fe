// Runs every transcript of tests/wire/player and tests/wire/game through an endpoint: as written, byte by
// byte, and cut in two at every place of every read. And all of it again with an endpoint that is saved and
// loaded into another one, as by an upgrade, wherever it has been touched.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <sstream>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_endpoint.h"
#include "testing/source_dir.h"
#include "testing/wire_file.h"

namespace wyld::telnet {
namespace {

using testing::WireCase;
using testing::WireStep;
using testing::WireStepKind;

const char* name_of(Violation violation) {
  switch (violation) {
    case Violation::kMalformed:
      return "violation malformed";
    case Violation::kLineOversized:
      return "violation line";
    case Violation::kSubnegotiationOversized:
      return "violation subnegotiation";
    case Violation::kNegotiationFlood:
      return "violation flood";
    case Violation::kSwallowedTooMuch:
      return "violation swallowed";
  }
  return "?";
}

// Collects events as the lines after "=" of a transcript; text that came in pieces is joined.
class EventLog {
 public:
  void add(std::string event) {
    flush();
    events.push_back(std::move(event));
  }
  void add_text(const char* kind, std::string_view text) {
    if (kind_ != nullptr && std::string_view(kind_) != kind) flush();
    kind_ = kind;
    text_ += text;
  }
  std::vector<std::string> take() {
    flush();
    return std::exchange(events, {});
  }

 private:
  void flush() {
    if (kind_ != nullptr) events.push_back(std::string(kind_) + ' ' + testing::quoted(text_));
    kind_ = nullptr;
    text_.clear();
  }
  std::vector<std::string> events;
  const char* kind_ = nullptr;
  std::string text_;
};

std::string text_of_gmcp(std::string_view package, std::string_view body) {
  return "gmcp " + std::string(package) + (body.empty() ? "" : " ") + std::string(body);
}

// What the player's and the game's side of the test have in common.
class Party {
 public:
  virtual ~Party() = default;
  virtual void feed(std::string_view bytes) = 0;
  virtual void command(const std::string& word, std::istringstream& rest) = 0;
  virtual std::string check(const std::string& key) = 0;

  // Goes on with a fresh endpoint that has loaded what this one saved, in a process with another clock.
  void move() {
    const TimePoint before = now;
    now += std::exchange(clock_step_, -clock_step_);
    move(before);
  }

  void run_command(const std::string& text) {
    std::istringstream rest(text);
    std::string word;
    rest >> word;
    if (word == "advance") {
      int milliseconds = 0;
      rest >> milliseconds;
      now += std::chrono::milliseconds(milliseconds);
    } else {
      command(word, rest);
    }
  }

  TimePoint now{std::chrono::hours(1)};
  EventLog log;
  std::string out;

 protected:
  virtual void move(TimePoint before) = 0;

  template <typename Endpoint>
  void move(const Endpoint& endpoint, TimePoint before, Endpoint& fresh) {
    const Result<archive::Buffer> saved = archive::save(endpoint, before);
    std::string problem;
    EXPECT_TRUE(archive::load(saved->view(), now, fresh, &problem)) << problem;
    EXPECT_EQ(archive::outline(archive::save(fresh, now)->view()), archive::outline(saved->view()));
  }

  static bool is_on(std::istringstream& rest) {
    std::string word;
    rest >> word;
    return word == "on";
  }
  static std::string bytes(std::istringstream& rest) {
    std::string text;
    std::getline(rest, text);
    return testing::parse_wire_bytes(text).front();
  }
  static Charset charset_of_word(const std::string& word) {
    return word == "latin1" ? Charset::kLatin1 : word == "ascii" ? Charset::kAscii : Charset::kUtf8;
  }
  static std::string charset_word(Charset charset) {
    return charset == Charset::kUtf8 ? "utf8" : charset == Charset::kLatin1 ? "latin1" : "ascii";
  }

 private:
  std::chrono::hours clock_step_{999};
};

class PlayerParty final : public Party, private PlayerEndpointEvents {
 public:
  void feed(std::string_view bytes) override { endpoint_.feed(bytes, now, *this, out); }

  void command(const std::string& word, std::istringstream& rest) override {
    if (word == "options") return configure(rest);
    if (word == "start") return endpoint_.start(now, out);
    if (word == "stop_waiting") return endpoint_.stop_waiting();
    if (word == "echo") return endpoint_.set_client_echo(is_on(rest), now, out);
    if (word == "character_mode") return endpoint_.set_character_mode(is_on(rest), now, out);
    if (word == "text") return endpoint_.send_text(bytes(rest), out);
    if (word == "prompt_mark") return endpoint_.send_prompt_mark(out);
    if (word == "keep_alive") return endpoint_.send_keep_alive(out);
    if (word == "gmcp") {
      std::string package;
      std::string body;
      rest >> package >> body;
      if (!endpoint_.send_gmcp(package, body, out)) log.add("gmcp not sent");
      return;
    }
    ADD_FAILURE() << "no such command: " << word;
  }

  std::string check(const std::string& key) override {
    const Capabilities& it = endpoint_.capabilities();
    if (key == "name") return it.client_name;
    if (key == "version") return it.client_version;
    if (key == "type") return it.terminal_type;
    if (key == "mtts") return std::to_string(it.mtts);
    if (key == "window") return std::to_string(it.window.columns) + 'x' + std::to_string(it.window.rows);
    if (key == "charset") return charset_word(it.charset) + (it.charset_agreed ? "" : " refused");
    if (key == "gmcp") return it.gmcp ? "on" : "off";
    if (key == "settled") return endpoint_.settled() ? "yes" : "no";
    if (key == "hello") return endpoint_.gmcp_hello();
    if (key == "supports") return endpoint_.gmcp_supports();
    if (key == "supports_may_come") return endpoint_.gmcp_supports_may_come() ? "yes" : "no";
    if (key == "char_login") return std::to_string(endpoint_.gmcp_version_of("Char.Login"));
    return "no such check";
  }

 private:
  void move(TimePoint before) override {
    PlayerEndpoint fresh(options_);
    Party::move(endpoint_, before, fresh);
    endpoint_ = std::move(fresh);
  }

  void on_line(std::string_view line, bool secret) override {
    log.add((secret ? "secret " : "line ") + testing::quoted(line));
  }
  void on_characters(std::string_view text) override { log.add_text("characters", text); }
  void on_capabilities_changed() override { log.add("changed"); }
  void on_settled() override { log.add("settled"); }
  void on_gmcp(std::string_view package, std::string_view body) override {
    log.add(text_of_gmcp(package, body));
  }
  void on_interrupt() override { log.add("interrupt"); }
  void on_violation(Violation violation) override { log.add(name_of(violation)); }

  // Before anything else.
  void configure(std::istringstream& rest) {
    PlayerEndpointOptions& options = options_;
    for (std::string pair; rest >> pair;) {
      const std::string key = pair.substr(0, pair.find('='));
      const Charset charset = charset_of_word(pair.substr(pair.find('=') + 1));
      if (key == "default") {
        options.charset_default = charset;
      } else if (key == "refused") {
        options.charset_refused = charset;
      } else if (key == "assumed") {
        options.charset_default = options.charset_refused = charset;
        options.charset_assumed = true;
      } else {
        ADD_FAILURE() << "no such key: " << key;
      }
    }
    endpoint_ = PlayerEndpoint(options);
  }

  PlayerEndpointOptions options_;
  PlayerEndpoint endpoint_{options_};
};

class GameParty final : public Party, private GameEndpointEvents {
 public:
  void feed(std::string_view bytes) override {
    make();
    endpoint_->feed(bytes, now, *this, out);
  }

  // Words before the first byte describe the client and the options; after it, the client changes.
  void command(const std::string& word, std::istringstream& rest) override {
    if (word == "client") {
      for (std::string pair; rest >> pair;) describe(pair);
      if (endpoint_ != nullptr) endpoint_->set_capabilities(client_, now, out);
      return;
    }
    if (word == "options") {
      for (std::string pair; rest >> pair;) describe(pair);
      return;
    }
    make();
    if (word == "line") return endpoint_->send_line(bytes(rest), out);
    if (word == "characters") return endpoint_->send_characters(bytes(rest), out);
    if (word == "interrupt") return endpoint_->send_interrupt(out);
    if (word == "gmcp") {
      std::string package;
      std::string body;
      rest >> package >> body;
      if (!endpoint_->send_gmcp(package, body, out)) log.add("gmcp not sent");
      return;
    }
    ADD_FAILURE() << "no such command: " << word;
  }

  std::string check(const std::string& key) override {
    make();
    if (key == "charset") return charset_word(endpoint_->charset());
    if (key == "gmcp") return endpoint_->gmcp_enabled() ? "on" : "off";
    if (key == "echo") return endpoint_->client_echoes() ? "on" : "off";
    return "no such check";
  }

 private:
  void move(TimePoint before) override {
    if (endpoint_ == nullptr) return;
    auto fresh = std::make_unique<GameEndpoint>(options_, Capabilities{});
    Party::move(*endpoint_, before, *fresh);
    endpoint_ = std::move(fresh);
  }

  void make() {
    if (endpoint_ == nullptr) endpoint_ = std::make_unique<GameEndpoint>(options_, client_);
  }

  void describe(const std::string& pair) {
    const std::string key = pair.substr(0, pair.find('='));
    const std::string value = pair.substr(pair.find('=') + 1);
    const Charset charset = charset_of_word(value);
    if (key == "name") {
      client_.client_name = value;
    } else if (key == "version") {
      client_.client_version = value;
    } else if (key == "type") {
      client_.terminal_type = value;
    } else if (key == "mtts") {
      client_.mtts = static_cast<std::uint32_t>(std::stoul(value));
    } else if (key == "window") {
      client_.window.columns = static_cast<std::uint16_t>(std::stoul(value));
      client_.window.rows = static_cast<std::uint16_t>(std::stoul(value.substr(value.find('x') + 1)));
    } else if (key == "gmcp") {
      client_.gmcp = value == "on";
    } else if (key == "charset") {
      client_.charset = charset;
      client_.charset_agreed = value != "refused";
    } else if (key == "default") {
      options_.charset_default = charset;
    } else if (key == "address") {
      options_.player_address = value;
    } else if (key == "proxy") {
      options_.announce_proxy = value == "on";
    } else {
      ADD_FAILURE() << "no such key: " << key;
    }
  }

  void on_text(std::string_view utf8) override { log.add_text("text", utf8); }
  void on_prompt() override { log.add("prompt"); }
  void on_client_echo(bool on) override { log.add(on ? "echo on" : "echo off"); }
  void on_character_mode(bool on) override { log.add(on ? "character_mode on" : "character_mode off"); }
  void on_gmcp(std::string_view package, std::string_view body) override {
    log.add(text_of_gmcp(package, body));
  }
  void on_gmcp_enabled() override { log.add("gmcp_enabled"); }
  void on_violation(Violation violation) override { log.add(name_of(violation)); }

  GameEndpointOptions options_;
  Capabilities client_ = [] {
    Capabilities client;
    client.charset_agreed = true;
    return client;
  }();
  std::unique_ptr<GameEndpoint> endpoint_;
};

using MakeParty = std::function<std::unique_ptr<Party>()>;
// Splits the bytes of one "C>" line into reads.
using Cutter = std::function<std::vector<std::string>(const std::vector<std::string>& reads)>;

// "changed" comes once a feed, so its number depends on the cuts.
std::vector<std::string> without_changed(std::vector<std::string> events) {
  std::erase(events, "changed");
  return events;
}

void run(const WireCase& it, const MakeParty& make, const Cutter& cutter, bool as_written, bool moving,
         const std::string& how) {
  const std::unique_ptr<Party> party = make();
  std::vector<std::string> expected_events;
  std::string expected_bytes;
  unsigned line = 0;
  const auto compare = [&] {
    std::vector<std::string> events = party->log.take();
    if (!as_written) {
      events = without_changed(events);
      expected_events = without_changed(expected_events);
    }
    EXPECT_EQ(events, expected_events) << it.name << ", after line " << line << ", " << how;
    EXPECT_EQ(testing::to_wire_text(party->out), testing::to_wire_text(expected_bytes))
        << it.name << ", after line " << line << ", " << how;
    party->out.clear();
    expected_events.clear();
    expected_bytes.clear();
  };
  for (const WireStep& step : it.steps) {
    switch (step.kind) {
      case WireStepKind::kPeer:
        compare();
        for (const std::string& read : cutter(step.reads)) {
          party->feed(read);
          if (moving) party->move();
        }
        break;
      case WireStepKind::kGateway:
        expected_bytes += step.reads.front();
        break;
      case WireStepKind::kEvent:
        expected_events.push_back(step.text);
        break;
      case WireStepKind::kCommand:
        compare();
        party->run_command(step.text);
        if (moving) party->move();
        break;
      case WireStepKind::kCheck: {
        const std::string key = step.text.substr(0, step.text.find(' '));
        const std::size_t value = step.text.find_first_not_of(' ', key.size());
        EXPECT_EQ(party->check(key), value == std::string::npos ? "" : step.text.substr(value))
            << it.name << ", line " << step.line << ", " << key << ", " << how;
        break;
      }
    }
    line = step.line;
  }
  compare();
}

std::string joined(const std::vector<std::string>& reads) {
  std::string all;
  for (const std::string& read : reads) all += read;
  return all;
}

std::size_t longest_peer_line(const WireCase& it) {
  std::size_t longest = 0;
  for (const WireStep& step : it.steps) {
    if (step.kind == WireStepKind::kPeer) longest = std::max(longest, joined(step.reads).size());
  }
  return longest;
}

void run_directory(const std::string& name, const MakeParty& make, bool moving) {
  for (const std::string& path : testing::wire_files_in(testing::source_dir() + "/tests/wire/" + name)) {
    SCOPED_TRACE(std::filesystem::path(path).filename().string());
    const std::vector<WireCase> cases = testing::load_wire_file(path);
    ASSERT_FALSE(cases.empty());
    for (const WireCase& it : cases) {
      run(it, make, [](const auto& reads) { return reads; }, true, moving, "as written");
      if (::testing::Test::HasFailure()) continue;  // the cuts would only repeat it
      run(
          it, make,
          [](const auto& reads) {
            std::vector<std::string> bytes;
            for (const char byte : joined(reads)) bytes.emplace_back(1, byte);
            return bytes;
          },
          false, moving, "byte by byte");
      for (std::size_t cut = 1; cut < longest_peer_line(it); ++cut) {
        run(
            it, make,
            [cut](const auto& reads) {
              const std::string all = joined(reads);
              if (cut >= all.size()) return std::vector<std::string>{all};
              return std::vector<std::string>{all.substr(0, cut), all.substr(cut)};
            },
            false, moving, "cut at " + std::to_string(cut));
      }
    }
  }
}

TEST(TelnetWire, PlayersClientsAreUnderstoodHoweverTheirBytesAreCut) {
  run_directory("player", [] { return std::make_unique<PlayerParty>(); }, false);
}

TEST(TelnetWire, GamesAreUnderstoodHoweverTheirBytesAreCut) {
  run_directory("game", [] { return std::make_unique<GameParty>(); }, false);
}

TEST(TelnetWire, PlayersDoNotNoticeThatTheirEndpointMoves) {
  run_directory("player", [] { return std::make_unique<PlayerParty>(); }, true);
}

TEST(TelnetWire, GamesDoNotNoticeThatTheirEndpointMoves) {
  run_directory("game", [] { return std::make_unique<GameParty>(); }, true);
}

}  // namespace
}  // namespace wyld::telnet
