// An endpoint that is saved and loaded after every step does the same as its twin, which is not:
// conversations drawn from a seed. Transcripts (wire_test.cc) have the sensible ones.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr unsigned kSeeds = 400;
constexpr unsigned kSteps = 80;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t bound) { return below(bound) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937 engine_;
};

// Everything that an endpoint tells, as text.
class Log final : public PlayerEndpointEvents, public GameEndpointEvents {
 public:
  void on_line(std::string_view line, bool secret) override { add(secret ? "secret" : "line", line); }
  void on_characters(std::string_view typed) override { add("characters", typed); }
  void on_capabilities_changed() override { add("changed", ""); }
  void on_settled() override { add("settled", ""); }
  void on_interrupt() override { add("interrupt", ""); }
  void on_text(std::string_view utf8) override { add("text", utf8); }
  void on_prompt() override { add("prompt", ""); }
  void on_client_echo(bool on) override { add("echo", on ? "on" : "off"); }
  void on_character_mode(bool on) override { add("character mode", on ? "on" : "off"); }
  void on_gmcp_enabled() override { add("gmcp enabled", ""); }
  void on_gmcp(std::string_view package, std::string_view body) override { add(package, body); }
  void on_violation(Violation violation) override {
    add("violation", std::to_string(static_cast<unsigned>(violation)));
  }

  std::string text;

 private:
  void add(std::string_view what, std::string_view words) {
    text.append(what).append(" ").append(words).append("\n");
  }
};

std::string subnegotiation(std::uint8_t option, const std::string& payload) {
  return "\xFF\xFA"s + static_cast<char>(option) + payload + "\xFF\xF0";
}

// Bytes that either side may send, whole or cut off.
std::string bytes(Random& random) {
  static const std::vector<std::uint8_t> options = [] {
    std::vector<std::uint8_t> all{70, 86, 255};
    for (const OptionRow& row : kOptionTable) all.push_back(row.option);
    return all;
  }();
  static const std::vector<std::string> texts = {"look\r\n",
                                                 "look\r\0"s,
                                                 "caf\xC3\xA9\n\r",
                                                 "caf\xE9\r",
                                                 "\xE2\x82\xAC",
                                                 "\xC9\x94",
                                                 "\x1B[31",
                                                 "m\b",
                                                 "\xFF\xF9",
                                                 "\xFF\xF6",
                                                 "\xFF\xF4",
                                                 "\xFF\xF7",
                                                 "\xFF\xF8",
                                                 "\xFF\xFF",
                                                 "\xFF\xEF",
                                                 "x",
                                                 "\r",
                                                 "\n",
                                                 "a long line that goes beyond the bound of a line\r\n"};
  static const std::vector<std::string> subnegotiations = {
      subnegotiation(option::kTerminalType, "\0MUDLET"s),
      subnegotiation(option::kTerminalType, "\0XTERM"s),
      subnegotiation(option::kTerminalType, "\0MTTS 13"s),
      subnegotiation(option::kTerminalType, "\1"),
      subnegotiation(option::kWindowSize, "\0\x50\0\x18"s),
      subnegotiation(option::kWindowSize, "\0\x84\0\x2B"s),
      subnegotiation(option::kNewEnviron, "\0\0CHARSET\1ISO-8859-1"s),
      subnegotiation(option::kNewEnviron, "\1"),
      subnegotiation(option::kCharset, "\1;UTF-8;ISO-8859-1"),
      subnegotiation(option::kCharset, "\2ISO-8859-1"),
      subnegotiation(option::kCharset, "\3"),
      subnegotiation(option::kGmcp, "Core.Ping"),
      subnegotiation(option::kGmcp, "Core.Hello {\"client\":\"x\"}"),
      subnegotiation(option::kGmcp, "Core.Supports.Set [\"Room 1\",\"Char 2\"]"),
      subnegotiation(option::kGmcp, "Char.Name \"caf\xE9\""),
      subnegotiation(option::kGmcp, "A " + std::string(60, 'x')),
      subnegotiation(option::kGmcp, "A " + std::string(300, 'x')),
      subnegotiation(option::kLinemode, "\xFD\x02")};
  std::string out;
  do {
    switch (random.below(6)) {
      case 0:
        out += random.of(texts);
        break;
      case 1:
        out += random.of(subnegotiations);
        break;
      default:
        out += {'\xFF', static_cast<char>(0xFB + random.below(4)), static_cast<char>(random.of(options))};
        break;
    }
  } while (!random.one_in(3));
  if (random.one_in(6)) out.resize(out.size() - 1 - random.below(std::min<std::size_t>(out.size(), 4)));
  return out;
}

// One of the two: `move` makes the difference.
class Player {
 public:
  void step(Random& random) {
    if (!started_) {
      started_ = true;
      if (!random.one_in(4)) endpoint_.start(now, out);
    }
    switch (random.below(8)) {
      case 0:
        return endpoint_.set_client_echo(random.one_in(2), now, out);
      case 1:
        return endpoint_.set_character_mode(random.one_in(2), now, out);
      case 2:
        endpoint_.send_prompt_mark(out);
        endpoint_.send_keep_alive(out);
        return endpoint_.send_text("caf\xC3\xA9\n", out);
      case 3:
        if (random.one_in(20)) endpoint_.stop_waiting();
        return;
      default:
        return endpoint_.feed(bytes(random), now, log, out);
    }
  }
  void move(TimePoint then) {
    const Result<archive::Buffer> saved = archive::save(endpoint_, now);
    now = then;
    endpoint_ = PlayerEndpoint(kOptions);
    ASSERT_TRUE(archive::load(saved->view(), now, endpoint_));
  }
  [[nodiscard]] std::string state() const {
    return endpoint_.gmcp_hello() + endpoint_.gmcp_supports() + (endpoint_.settled() ? " settled" : "") +
           (endpoint_.echo_answered() ? " answered" : "") + (endpoint_.speaks_telnet() ? " telnet" : "") +
           std::string(archive::save(endpoint_.capabilities(), now)->view());
  }

  TimePoint now{1h};
  Log log;
  std::string out;

 private:
  static constexpr PlayerEndpointOptions kOptions{.line_bytes_max = 40,
                                                  .subnegotiation_bytes_max = 50,
                                                  .swallowed_bytes_max = 100,
                                                  .negotiations_per_minute_max = 30,
                                                  .charset_default = Charset::kLatin1,
                                                  .charset_refused = Charset::kAscii};

  PlayerEndpoint endpoint_{kOptions};
  bool started_ = false;
};

class Game {
 public:
  void step(Random& random) {
    switch (random.below(8)) {
      case 0: {
        Capabilities client = endpoint_->capabilities();
        if (random.one_in(2)) client.gmcp = !client.gmcp;
        if (random.one_in(2)) client.charset_agreed = !client.charset_agreed;
        if (random.one_in(2)) client.window.columns = static_cast<std::uint16_t>(80 + random.below(2));
        return endpoint_->set_capabilities(client, now, out);
      }
      case 1:
        endpoint_->send_line("caf\xC3\xA9", out);
        endpoint_->send_gmcp("Char.Name", "\"\xC3\xA9\"", out);
        return;
      default:
        return endpoint_->feed(bytes(random), now, log, out);
    }
  }
  void move(TimePoint then) {
    const Result<archive::Buffer> saved = archive::save(*endpoint_, now);
    now = then;
    endpoint_ = std::make_unique<GameEndpoint>(options(), Capabilities{});
    ASSERT_TRUE(archive::load(saved->view(), now, *endpoint_));
  }
  [[nodiscard]] std::string state() const {
    return std::to_string(static_cast<unsigned>(endpoint_->charset())) +
           (endpoint_->client_echoes() ? " echoes" : "") + (endpoint_->gmcp_enabled() ? " gmcp" : "");
  }

  TimePoint now{1h};
  Log log;
  std::string out;

 private:
  static GameEndpointOptions options() {
    GameEndpointOptions options;
    options.subnegotiation_bytes_max = 50;
    options.swallowed_bytes_max = 100;
    options.negotiations_per_minute_max = 30;
    options.player_address = "192.0.2.1";
    return options;
  }

  std::unique_ptr<GameEndpoint> endpoint_ = std::make_unique<GameEndpoint>(options(), Capabilities{});
};

template <typename Party>
void converse() {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    Random steps(seed);
    Random same_steps(seed);
    Random clock(seed);
    Party still;
    Party moving;
    for (unsigned step = 0; step < kSteps; ++step) {
      still.step(steps);
      moving.step(same_steps);
      ASSERT_EQ(moving.log.text, still.log.text) << "seed " << seed << ", step " << step;
      ASSERT_EQ(moving.out, still.out) << "seed " << seed << ", step " << step;
      ASSERT_EQ(moving.state(), still.state()) << "seed " << seed << ", step " << step;
      // Another clock at each move; both clocks go on by as much.
      moving.move(TimePoint(std::chrono::hours(1 + clock.below(5000))));
      const std::vector<std::chrono::milliseconds> pauses = {0ms, 0ms, 0ms, 1ms, 400ms, 400ms, 1s, 2s, 20s};
      const std::chrono::milliseconds pause = clock.of(pauses);
      still.now += pause;
      moving.now += pause;
    }
  }
}

TEST(MovedEndpoint, APlayersEndpointDoesWhatItsTwinDoes) { converse<Player>(); }
TEST(MovedEndpoint, AGamesEndpointDoesWhatItsTwinDoes) { converse<Game>(); }

}  // namespace
}  // namespace wyld::telnet
