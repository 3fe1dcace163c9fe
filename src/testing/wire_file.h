#pragma once
// Commented transcripts of a connection: tests/wire/*.wire. tests/wire/README.md describes the form.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wyld::testing {

enum class WireStepKind : std::uint8_t {
  kPeer,     // C> or S>: bytes that arrive, one element of `reads` each read
  kGateway,  // G>: bytes that must have been sent since the last step
  kEvent,    // = : an event that must have been raised
  kCommand,  // ! : something the application does
  kCheck,    // ? : something that must be true now
};

struct WireStep {
  WireStepKind kind;
  std::vector<std::string> reads;  // kPeer; kGateway has one
  std::string text;                // the others: what stands after the mark
  unsigned line = 0;
};

struct WireCase {
  std::string name;  // after "==", or the file's name
  std::vector<WireStep> steps;

  [[nodiscard]] std::string peer_bytes() const;  // everything that arrives, joined
};

// Bytes of `text`: pairs of hex digits and "quoted text" with \r \n \t \" \\ and \xNN. '|' ends a read.
// Throws std::runtime_error on anything else.
[[nodiscard]] std::vector<std::string> parse_wire_bytes(std::string_view text);

// All cases of one file. Throws std::runtime_error, naming file and line, when it cannot be read.
[[nodiscard]] std::vector<WireCase> load_wire_file(const std::string& path);

// Names of the .wire files of a directory, sorted. Throws when there is none: a test without cases is none.
[[nodiscard]] std::vector<std::string> wire_files_in(const std::string& directory);

// The bytes in the form that parse_wire_bytes() reads, for messages.
[[nodiscard]] std::string to_wire_text(std::string_view bytes);

// Printable text in quotes, the rest escaped; UTF-8 is kept.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace wyld::testing
