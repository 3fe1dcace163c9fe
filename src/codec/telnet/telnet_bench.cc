// Throughput of the telnet codec on what players and games really send.

#include <benchmark/benchmark.h>

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {
namespace {

// A gateway's input comes from many connections, so it is not in the first cache when it is decoded.
constexpr std::size_t kInputBytes = 1024 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;  // what one read of a busy connection brings

class CountingDecoderSink final : public DecoderSink {
 public:
  void on_data(std::string_view bytes) override { saw(bytes.size()); }
  void on_command(Command) override { saw(1); }
  void on_negotiation(Command, std::uint8_t) override { saw(1); }
  void on_subnegotiation(std::uint8_t, std::string_view payload) override { saw(payload.size()); }
  void on_decode_error(DecodeError) override { saw(1); }
  std::size_t count = 0;
  std::size_t calls = 0;

 private:
  void saw(std::size_t bytes) {
    count += bytes;
    ++calls;
  }
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
  while (text.size() < kInputBytes) {
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

// Lines of 4 to 79 bytes, no two alike for long, and a command after about every second one: a decoder must
// find where each begins and ends, and no branch can be learnt by heart.
std::string player_session() {
  std::uint64_t state = 7;
  const auto below = [&state](std::uint64_t bound) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % bound;
  };
  std::string text;
  while (text.size() < kInputBytes) {
    for (std::uint64_t left = 2 + below(76); left > 0; --left) text += static_cast<char>('a' + below(26));
    text += "\r\n";
    const std::uint64_t next = below(6);
    if (next == 0) text += "\xFF\xF1";                                              // NOP
    if (next == 1) text += "\xFF\xFD\x03";                                          // DO SGA
    if (next == 2) text += std::string("\xFF\xFA\x1F\x00\x64\x00\x1E\xFF\xF0", 9);  // NAWS
  }
  return text;
}

// Two thirds commands and subnegotiations, one third lines.
std::string negotiation_heavy() {
  std::string text;
  while (text.size() < kInputBytes) {
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
  while (text.size() < kInputBytes) {
    text += "\x1B[1;32mThe Temple Square\x1B[0m\r\nFour roads meet here under an old lime tree.\r\n";
  }
  return text;
}

// Calls `feed` with `bytes` in pieces of a read each.
template <typename Feed>
void in_reads(std::string_view bytes, Feed&& feed) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kReadBytes)))
    feed(bytes.substr(0, kReadBytes));
}

void report(benchmark::State& state, const std::string& bytes, std::size_t count) {
  if (count == 0) state.SkipWithError("nothing was decoded");
  if (const long first_cache = ::sysconf(_SC_LEVEL1_DCACHE_SIZE);
      static_cast<long>(bytes.size()) <= 2 * first_cache)
    state.SkipWithError("the input fits the first cache, so the figure would be of no gateway");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes.size()));
}

void decode(benchmark::State& state, const std::string& bytes) {
  Decoder decoder;
  CountingDecoderSink sink;
  in_reads(bytes, [&](std::string_view read) { decoder.feed(read, sink); });
  if (sink.calls < bytes.size() / 200)
    return state.SkipWithError("decoding this is little more than a search for one byte");
  for (auto _ : state) {
    in_reads(bytes, [&](std::string_view read) { decoder.feed(read, sink); });
  }
  report(state, bytes, sink.count);
}

void feed_player(benchmark::State& state, const std::string& bytes) {
  PlayerEndpoint endpoint(PlayerEndpointOptions{.negotiations_per_minute_max = 0xFFFFFFF0U});
  CountingPlayerEvents events;
  std::string out;
  const TimePoint now{std::chrono::hours(1)};
  endpoint.start(now, out);
  for (auto _ : state) {
    in_reads(bytes, [&](std::string_view read) {
      endpoint.feed(read, now, events, out);
      out.clear();
    });
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
  for (auto _ : state) {
    in_reads(bytes, [&](std::string_view read) { endpoint.feed(read, now, events, out); });
  }
  report(state, bytes, events.count);
}

void encode(benchmark::State& state, const std::string& text, Charset charset) {
  std::string out;
  for (auto _ : state) {
    for (std::string_view left = text; !left.empty();) {
      const std::string_view lines =
          left.substr(0, left.rfind('\n', kReadBytes) + 1);  // never half a character
      out.clear();
      encode_text(lines, charset, out);
      benchmark::DoNotOptimize(out.data());
      left.remove_prefix(lines.size());
    }
  }
  report(state, text, out.size());
}

std::string with_line_feeds(std::string text) {
  std::erase(text, '\r');
  return text;
}

BENCHMARK_CAPTURE(decode, decode_player_session, player_session())->Name("telnet/decode/player_session");
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
