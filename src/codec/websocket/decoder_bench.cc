#include "codec/websocket/decoder.h"

#include <benchmark/benchmark.h>

#include "codec/websocket/json_form.h"
#include "codec/websocket/testing.h"

namespace wyld::ws {
namespace {

class CountingSink final : public DecoderSink {
 public:
  void on_message(MessageKind, std::string_view payload) override {
    ++messages;
    bytes += payload.size();
  }
  void on_ping(std::string_view) override {}
  void on_pong(std::string_view) override {}
  void on_close(std::uint16_t, std::string_view) override { ++ends; }
  void on_failure(CloseCode, const char*) override { ++ends; }

  std::size_t messages = 0;
  std::size_t bytes = 0;
  std::size_t ends = 0;
};

// One read of 64 frames as web players send them. Decoding unmasks in place, so every second round
// finds the payload unmasked and masks it again: the work is the same, and binary frames are not judged.
void decode_frames(benchmark::State& state, unsigned first, std::size_t payload_bytes, std::size_t frames) {
  std::string frame = client_frame(first, std::string(payload_bytes, 'x'), {0x11, 0x02, 0x13, 0x04});
  std::string input;
  for (std::size_t i = 0; i < frames; ++i) input += frame;
  DecoderOptions options;
  options.message_bytes_max = 1 << 24;
  Decoder decoder(options);
  CountingSink sink;
  for (auto _ : state) decoder.feed(input.data(), input.size(), sink);
  if (sink.ends != 0 || sink.bytes != sink.messages * payload_bytes)
    state.SkipWithError("decoding went wrong");
  state.SetItemsProcessed(static_cast<std::int64_t>(sink.messages));
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.messages * frame.size()));
}

void BM_DecodeSmallText(benchmark::State& state) { decode_frames(state, 0x81, 40, 64); }
BENCHMARK(BM_DecodeSmallText)->Name("websocket/decode/text_40_bytes");

void BM_DecodeBulkBinary(benchmark::State& state) { decode_frames(state, 0x82, 64 * 1024, 1); }
BENCHMARK(BM_DecodeBulkBinary)->Name("websocket/decode/binary_64_kib");

void BM_DecodeBulkText(benchmark::State& state) { decode_frames(state, 0x81, 64 * 1024, 1); }
BENCHMARK(BM_DecodeBulkText)->Name("websocket/decode/text_64_kib");

void BM_Unmask(benchmark::State& state) {
  std::string bytes(64 * 1024, 'x');
  for (auto _ : state) {
    unmask(bytes.data(), bytes.size(), {1, 2, 3, 4}, 1);
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_Unmask)->Name("websocket/unmask/64_kib");

void BM_JsonText(benchmark::State& state) {
  const std::string line =
      "\x1B[1;36mThe Crossroads\x1B[0m\nFour ways meet under an old oak. A sign says \"north: the mill\".\n";
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::append_text(line, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}
BENCHMARK(BM_JsonText)->Name("websocket/json/encode_text");

class CountingEvents final : public json::ClientEvents {
 public:
  void on_hello(const json::ClientHello&) override {}
  void on_line(std::string_view line, bool /*secret*/) override { bytes += line.size(); }
  void on_size(WindowSize) override {}
  void on_gmcp(std::string_view, std::string_view) override {}
  void on_ping_message(std::string_view) override {}
  void on_malformed(const char*) override {}

  std::size_t bytes = 0;
};

void BM_JsonLine(benchmark::State& state) {
  CountingEvents events;
  for (auto _ : state) json::decode(R"({"type":"line","text":"say hello, everybody"})", {}, events);
  if (events.bytes == 0) state.SkipWithError("no line came out");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_JsonLine)->Name("websocket/json/decode_line");

}  // namespace
}  // namespace wyld::ws
