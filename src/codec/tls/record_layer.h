#pragma once
// A TLS connection after its handshake. docs/design/tls.md

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace wyld::tls {

// What RecordLayer::open() has found.
struct Opened {
  enum class Kind : std::uint8_t {
    kMore,    // nothing; all bytes have been taken
    kText,    // text; call again, even without input
    kClosed,  // the peer's close_notify: nothing follows. We may still write, and should close()
    kFailed,  // the peer, or OpenSSL, broke the connection: call close(), and end it
  };
  Kind kind = Kind::kMore;
  std::span<char> text;  // kText only; may be changed in place
};

// Text to records and back.
//
// Owner    the connection.
// Thread   the owner's.
// Errors   the first one ends both directions: open() says kFailed, seal() false. No text of a record that
//          failed is released.
// Limits   one unfinished record; an idle layer keeps no buffer. kQuietRecordsMax records in a row without
//          text.
class RecordLayer {
 public:
  RecordLayer() = default;
  RecordLayer(const RecordLayer&) = delete;
  RecordLayer& operator=(const RecordLayer&) = delete;
  virtual ~RecordLayer() = default;

  // Takes bytes from the front of `input`, which is decrypted in place: at most one record with text. The
  // same bytes give the same text however they are cut. Opened::text lies in `input` or in memory of the
  // thread: it expires with the next call of any layer on this thread.
  [[nodiscard]] virtual Opened open(std::span<char>& input) = 0;

  // Appends records with all of `text` to `out`, and before them whatever else is due. False: our direction
  // has ended, and nothing was appended for `text` or for the rest of it.
  [[nodiscard]] virtual bool seal(std::string_view text, std::string& out) = 0;

  // Ends our direction: appends close_notify or, after a failure of the peer's, an alert. Once.
  virtual void close(std::string& out) = 0;

  // Whether the peer has said that nothing follows. If its socket ends without, the end may be an attacker's.
  [[nodiscard]] virtual bool peer_closed() const noexcept = 0;
  // Why it failed, as a literal; empty if it has not.
  [[nodiscard]] virtual const char* problem() const noexcept = 0;
  // Whether the connection can be saved and loaded elsewhere now.
  [[nodiscard]] virtual bool movable() const noexcept = 0;

  static constexpr std::size_t kQuietRecordsMax = 32;
};

}  // namespace wyld::tls
