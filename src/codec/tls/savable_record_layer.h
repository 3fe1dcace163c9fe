#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/tls/keys.h"
#include "codec/tls/record_layer.h"

namespace wyld::tls {

struct RecordOptions {
  // Keep two EVP contexts with each connection (2.6 KB) instead of using the thread's, which get the key
  // again for each record (0.2 us).
  bool keep_contexts = false;
  // TLS 1.3: after so many records with one key, in either direction, both sides change theirs. RFC 8446
  // allows AES-GCM 2^24.5 records.
  std::uint64_t key_update_records = std::uint64_t{1} << 22;
  // TLS 1.2 cannot change keys. Once our records have this much text, counted in units of 64 bytes, the
  // connection ends; the player resumes. RFC 8446's bound of AES-GCM: 2^38.5 bytes.
  std::uint64_t tls12_bytes_max = std::uint64_t{1} << 37;
};

// Where a handshake has led. Views expire when the constructor returns.
struct Established {
  const Suite* suite = nullptr;
  bool client = false;  // which side we are
  // TLS 1.3: the traffic secrets.
  std::string_view read_secret;
  std::string_view write_secret;
  // TLS 1.2.
  std::string_view master;
  std::string_view client_random;
  std::string_view server_random;
  std::uint64_t write_explicit_nonce = 0;  // AES-GCM: the one of our Finished, which had sequence 0
  // Records that the handshake has used the keys for.
  std::uint64_t read_sequence = 0;
  std::uint64_t write_sequence = 0;
  // Less than kTextBytesMax if the client asked for it (RFC 6066, max_fragment_length).
  std::size_t text_bytes_max = kTextBytesMax;
};

// The record layer that can move to another process: its state is plain bytes, and OpenSSL keeps nothing of
// the connection.
//
// Two owners of one key break AES-GCM, so exactly one object is live:
//
//   old:  freeze() ── save() ──┬─ the other side has taken it:  wipe()
//                              └─ it certainly never will:      take_back()
//   new:  load() ───────────────── the old owner has wiped:     take_over()
//
// Whatever would use a key of a layer that is not live is our own mistake and stops the process.
//
// Owner, thread, errors, limits: as RecordLayer. Its EVP contexts belong to the thread.
class SavableRecordLayer final : public RecordLayer {
 public:
  static constexpr archive::Schema kArchive{"TLS record layer", 1};

  // Dead until something is loaded. `options` outlive the layer.
  explicit SavableRecordLayer(const RecordOptions& options) noexcept;
  // Live. If OpenSSL cannot derive the keys, failed.
  SavableRecordLayer(const Established& established, const RecordOptions& options);
  ~SavableRecordLayer() override;

  [[nodiscard]] Opened open(std::span<char>& input) override;
  [[nodiscard]] bool seal(std::string_view text, std::string& out) override;
  void close(std::string& out) override;
  [[nodiscard]] bool peer_closed() const noexcept override { return state_.reading == Reading::kClosed; }
  [[nodiscard]] const char* problem() const noexcept override { return problem_; }
  // Not after a failure, nor after close(): such a connection has nothing left that could move.
  [[nodiscard]] bool movable() const noexcept override;

  void freeze();     // a movable() layer
  void take_back();  // a frozen one
  void take_over();  // a loaded one
  void wipe() noexcept;

  void save(archive::Writer& out) const;  // a frozen one
  void load(archive::Reader& in);         // into a dead one

  // TLS 1.3: changes our keys before the next text; the peer is asked to do the same.
  void request_key_update() noexcept { state_.update_due = true; }

 private:
  enum class Life : std::uint8_t { kDead, kLive, kFrozen, kLoaded };
  enum class Reading : std::uint8_t { kOpen, kClosed, kFailed };
  struct KeptContexts;

  struct State {
    TrafficKeys read;
    TrafficKeys write;
    const Suite* suite = nullptr;
    std::uint32_t skip_bytes = 0;                  // of a message that is ignored
    std::uint16_t text_bytes_max = kTextBytesMax;  // of our records
    std::array<unsigned char, 4> message{};        // the header of an unfinished message
    std::uint8_t message_have = 0;
    std::uint8_t quiet_records = 0;  // records without text, since the last one with text
    Reading reading = Reading::kOpen;
    bool client = false;
    bool writing = false;
    bool answer_due = false;            // the peer has asked for our KeyUpdate
    bool update_due = false;            // we want one of each side
    bool update_asked = false;          // we have asked the peer, which has not answered
    Alert alert = Alert::kCloseNotify;  // to be sent by close()
  };

  // Collects a record that comes in pieces; it ends up in memory of the thread. Empty: not whole yet.
  [[nodiscard]] std::span<char> take_part(std::span<char>& input);
  [[nodiscard]] bool accept_header(const char* header) noexcept;
  [[nodiscard]] Opened open_record(std::span<char> record);
  [[nodiscard]] Opened take_content(unsigned char type, std::span<char> content);
  // Content without text; each leaves a failure in state_.
  void take_alert(std::span<const char> content) noexcept;
  void take_handshake_12(std::span<const char> content) noexcept;
  void take_handshake_13(std::span<const char> content) noexcept;
  void take_key_update(unsigned char request, bool last) noexcept;
  // Ends reading, and what was read from the record is not released.
  void fail(Alert alert, const char* what) noexcept;
  void end_reading(Reading how) noexcept;

  [[nodiscard]] bool prepare_write(std::string& out) noexcept;
  [[nodiscard]] bool append_record(ContentType type, std::string_view content, std::string& out) noexcept;
  [[nodiscard]] bool update_write_keys(std::string& out, bool ask) noexcept;
  [[nodiscard]] bool rekey_kept(bool sealing) noexcept;
  [[nodiscard]] bool makes_sense() noexcept;

  const RecordOptions* options_;
  State state_;
  std::unique_ptr<std::string> part_;  // an unfinished record
  std::unique_ptr<KeptContexts> kept_;
  const char* problem_ = "";
  Life life_ = Life::kDead;
};

}  // namespace wyld::tls
