#pragma once
// Shared by this folder's tests and fuzz targets: frames as a client sends them, events as strings.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/websocket/decoder.h"

namespace wyld::ws {

// One client frame. `first` is byte 0: FIN, reserved bits and opcode.
inline std::string client_frame(unsigned first, std::string_view payload,
                                const std::array<unsigned char, 4>& mask = {1, 2, 3, 4}) {
  std::string frame;
  const auto put = [&frame](std::uint64_t value) { frame += static_cast<char>(value & 0xFF); };
  put(first);
  if (payload.size() < 126) {
    put(0x80 | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    put(0x80 | 126);
    put(payload.size() >> 8);
    put(payload.size());
  } else {
    put(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) put(std::uint64_t{payload.size()} >> shift);
  }
  for (const unsigned char byte : mask) put(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) put(static_cast<unsigned char>(payload[i]) ^ mask[i & 3]);
  return frame;
}

using EventList = std::vector<std::string>;

class RecordingSink final : public DecoderSink {
 public:
  void on_message(MessageKind kind, std::string_view payload) override {
    events.push_back((kind == MessageKind::kText ? "text:" : "binary:") + std::string(payload));
  }
  void on_ping(std::string_view payload) override { events.push_back("ping:" + std::string(payload)); }
  void on_pong(std::string_view payload) override { events.push_back("pong:" + std::string(payload)); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    events.push_back("close:" + std::to_string(code) + ":" + std::string(reason));
  }
  void on_failure(CloseCode code, const char* what) override {
    events.push_back("fail:" + std::to_string(static_cast<unsigned>(code)) + ":" + what);
  }

  EventList events;
};

// Feeds a piece from a heap copy of its exact size, so that sanitizers see a step beyond it.
inline void feed_copy(Decoder& decoder, std::string_view piece, DecoderSink& sink) {
  const auto copy = std::make_unique<char[]>(piece.size());
  piece.copy(copy.get(), piece.size());
  decoder.feed(copy.get(), piece.size(), sink);
}

// A decoder with the state of `decoder`, by way of an archive; events say what went wrong.
inline Decoder moved(const Decoder& decoder, const DecoderOptions& options, EventList& events) {
  constexpr archive::TimePoint kNow{std::chrono::hours(1)};
  const archive::Buffer saved = *archive::save(decoder, kNow);
  Decoder fresh(options);
  std::string problem;
  if (!archive::load(saved.view(), kNow, fresh, &problem)) events.push_back(problem);
  if (archive::save(fresh, kNow)->view() != saved.view())
    events.push_back("saved differently:\n" + archive::outline(saved.view()));
  return fresh;
}

// The events of the pieces. They must be the same if the decoder moves between any two pieces.
inline EventList decode_pieces(const std::vector<std::string_view>& pieces,
                               const DecoderOptions& options = {}) {
  Decoder decoder(options);
  RecordingSink sink;
  for (const std::string_view piece : pieces) feed_copy(decoder, piece, sink);
  Decoder moving(options);
  RecordingSink moving_sink;
  for (const std::string_view piece : pieces) {
    feed_copy(moving, piece, moving_sink);
    moving = moved(moving, options, moving_sink.events);
  }
  if (moving_sink.events == sink.events) return sink.events;
  moving_sink.events.insert(moving_sink.events.begin(), "differs when it moves:");
  return moving_sink.events;
}

}  // namespace wyld::ws
