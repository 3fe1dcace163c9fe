// Throughput of the telnet codec on what players and games really send.

#include <benchmark/benchmark.h>

#include <string>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;  // what one read of a busy connection brings

class CountingDecoderSink final : public DecoderSink {
 public:
  void on_data(std::string_view bytes) override { count += bytes.size(); }
  void on_command(Command) override { ++count; }
  void on_negotiation(Command, std::uint8_t) override { ++count; }
  void on_subnegotiation(std::uint8_t, std::string_view payload) override { count += payload.size(); }
  void on_decode_error(DecodeError) override { ++count; }
  std::size_t count = 0;
};

class CountingPlayerEvents final : public PlayerEndpointEvents {
 public:
  void on_line(std::string_view line, bool) override { count += line.size(); }
  void on_characters(std::string_view text) override { count += text.size(); }
  void on_capabilities_changed() override { ++count; }
  void on_settled() override { ++count; }
  void on_gmcp(std::string_view, std::string_view) override { ++count; }
  void on_interrupt() override { ++count; }
  void on_violation(Violation) override { ++count; }
  std::size_t count = 0;
};

class CountingGameEvents final : public GameEndpointEvents {
 public:
  void on_text(std::string_view utf8) override { count += utf8.size(); }
  void on_prompt() override { ++count; }
  void on_client_echo(bool) override { ++count; }
  void on_character_mode(bool) override { ++count; }
  void on_gmcp(std::string_view, std::string_view) override { ++count; }
  void on_gmcp_enabled() override { ++count; }
  void on_violation(Violation) override { ++count; }
  std::size_t count = 0;
};

// Lines of `line_bytes` with their CR LF. `accents`: every eighth letter is not ASCII.
std::string player_lines(std::size_t line_bytes, bool accents) {
  std::string text;
  while (text.size() < kReadBytes) {
    std::string line;
    while (line.size() + 2 < line_bytes) {
      line += accents && line.size() % 8 == 4 && line.size() + 4 <= line_bytes
                  ? std::string("é")
                  : std::string(1, static_cast<char>('a' + line.size() % 26));
    }
    text += line + "\r\n";
  }
  return text;
}

// Two thirds commands and subnegotiations, one third lines.
std::string negotiation_heavy() {
  std::string text;
  while (text.size() < kReadBytes) {
    text += "\xFF\xFD\x19\xFF\xFB\x1F";
    text += std::string("\xFF\xFA\x1F\x00\x64\x00\x1E\xFF\xF0", 9);
    text += "say hello\r\n\xFF\xF1";
    text += std::string("\xFF\xFA\x18\x00TINTIN++\xFF\xF0", 14);
    text += "north\r\n\xFF\xFD\x03";
  }
  return text;
}

std::string game_output() {
  std::string text;
  while (text.size() < kReadBytes) {
    text += "\x1B[1;32mThe Temple Square\x1B[0m\r\nFour roads meet here under an old lime tree.\r\n";
  }
  return text;
}

void report(benchmark::State& state, const std::string& bytes, std::size_t count) {
  if (count == 0) state.SkipWithError("nothing was decoded");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes.size()));
}

void decode(benchmark::State& state, const std::string& bytes) {
  Decoder decoder;
  CountingDecoderSink sink;
  for (auto _ : state) decoder.feed(bytes, sink);
  report(state, bytes, sink.count);
}

void feed_player(benchmark::State& state, const std::string& bytes) {
  PlayerEndpoint endpoint(PlayerEndpointOptions{.negotiations_per_minute_max = 0xFFFFFFF0U});
  CountingPlayerEvents events;
  std::string out;
  const TimePoint now{std::chrono::hours(1)};
  endpoint.start(now, out);
  for (auto _ : state) {
    endpoint.feed(bytes, now, events, out);
    out.clear();
  }
  report(state, bytes, events.count);
}

void feed_game(benchmark::State& state, const std::string& bytes) {
  Capabilities capabilities;
  capabilities.charset_agreed = true;
  GameEndpoint endpoint(GameEndpointOptions{}, capabilities);
  CountingGameEvents events;
  std::string out;
  const TimePoint now{std::chrono::hours(1)};
  for (auto _ : state) endpoint.feed(bytes, now, events, out);
  report(state, bytes, events.count);
}

void encode(benchmark::State& state, const std::string& text, Charset charset) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    encode_text(text, charset, out);
    benchmark::DoNotOptimize(out.data());
  }
  report(state, text, out.size());
}

std::string with_line_feeds(std::string text) {
  std::erase(text, '\r');
  return text;
}

BENCHMARK_CAPTURE(decode, decode_plain, player_lines(48, false))->Name("telnet/decode/plain");
BENCHMARK_CAPTURE(decode, decode_negotiation_heavy, negotiation_heavy())
    ->Name("telnet/decode/negotiation_heavy");
BENCHMARK_CAPTURE(feed_player, player_lines_of_8, player_lines(8, false))->Name("telnet/player/lines_of_8");
BENCHMARK_CAPTURE(feed_player, player_lines_of_48, player_lines(48, false))
    ->Name("telnet/player/lines_of_48");
BENCHMARK_CAPTURE(feed_player, player_lines_of_48_utf8, player_lines(48, true))
    ->Name("telnet/player/lines_of_48_utf8");
BENCHMARK_CAPTURE(feed_player, player_negotiation_heavy, negotiation_heavy())
    ->Name("telnet/player/negotiation_heavy");
BENCHMARK_CAPTURE(feed_game, game_output, game_output())->Name("telnet/game/output");
BENCHMARK_CAPTURE(encode, encode_utf8, with_line_feeds(game_output()), Charset::kUtf8)
    ->Name("telnet/encode/utf8");
BENCHMARK_CAPTURE(encode, encode_latin1, with_line_feeds(player_lines(48, true)), Charset::kLatin1)
    ->Name("telnet/encode/latin1");

}  // namespace
}  // namespace wyld::telnet
