#pragma once
// WebSocket frames as a client writes and reads them (RFC 6455). The client is not the one under test: it
// masks with zeros, and takes no message in pieces.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace wyld::simulation::frames {

inline constexpr char kText = '\x81';
inline constexpr char kBinary = '\x82';
inline constexpr char kPing = '\x89';
inline constexpr char kPong = '\x8a';

[[nodiscard]] std::string masked(std::string_view message, char kind);

// What has come of the gateway's frames.
class Reader {
 public:
  // False: no more of them.
  using Sink = std::function<bool(char kind, std::string message)>;
  void clear() { buffer_.clear(); }
  // Calls `sink` for each whole one.
  void feed(std::string_view bytes, const Sink& sink);

 private:
  std::string buffer_;
};

}  // namespace wyld::simulation::frames
