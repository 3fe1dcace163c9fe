#include "codec/tls/savable_record_layer.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/check.h"
#include "codec/tls/aead.h"

namespace wyld::tls {
namespace {

namespace saved {
// Never change or reuse a number.
constexpr std::uint32_t kSuite = 1;
constexpr std::uint32_t kFlags = 2;
constexpr std::uint32_t kTextBytesMax = 3;
constexpr std::uint32_t kRead = 4;
constexpr std::uint32_t kWrite = 5;
constexpr std::uint32_t kPart = 6;
constexpr std::uint32_t kQuietRecords = 7;
constexpr std::uint32_t kMessage = 8;
constexpr std::uint32_t kSkipBytes = 9;

constexpr archive::Schema kKeys{"keys", 1};
constexpr std::uint32_t kSecret = 1;
constexpr std::uint32_t kKey = 2;
constexpr std::uint32_t kIv = 3;
constexpr std::uint32_t kSequence = 4;
constexpr std::uint32_t kUnits = 5;
}  // namespace saved

constexpr std::size_t kUnitBytes = 64;
constexpr std::size_t kTicketBytesMax = std::size_t{1} << 17;
constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 62;
constexpr std::size_t kMessageHeaderBytes = 4;

// What the layers of one thread share: contexts, which get another key for each record, and the place where
// records that came in pieces are decrypted.
struct ThreadMemory {
  ThreadMemory() {
    for (std::size_t i = 0; i < kAeads; ++i) {
      seal[i] = make_aead_context(static_cast<Aead>(i), true);
      open[i] = make_aead_context(static_cast<Aead>(i), false);
    }
  }
  std::array<AeadContext, kAeads> seal;
  std::array<AeadContext, kAeads> open;
  std::array<char, kHeaderBytes + kRecordBytesMax> record{};
};
ThreadMemory& thread_memory() {
  thread_local const auto memory = std::make_unique<ThreadMemory>();
  return *memory;
}

std::size_t length_of(const char* header) noexcept {
  return std::size_t{static_cast<unsigned char>(header[3])} << 8 | static_cast<unsigned char>(header[4]);
}

void put_number(std::uint64_t value, unsigned char* out) noexcept {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<unsigned char>(value >> shift);
}
std::uint64_t get_number(const unsigned char* in) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | in[i];
  return value;
}

constexpr std::size_t kNumberAt = kNonceBytes - 8;

// Of the next record; a received explicit nonce is not ours to choose, so the caller puts it in.
Nonce nonce_of(const Suite& suite, const TrafficKeys& keys) noexcept {
  Nonce nonce = keys.iv;
  const std::uint64_t base = get_number(keys.iv.data() + kNumberAt);
  put_number(suite.explicit_nonce() ? base + keys.sequence : base ^ keys.sequence, nonce.data() + kNumberAt);
  return nonce;
}

// What is authenticated but not encrypted: the header itself (1.3), or sequence, type, version and length of
// the text (1.2).
Additional additional_of(const Suite& suite, const TrafficKeys& keys, const char* header,
                         std::size_t text_bytes) noexcept {
  Additional out;
  if (suite.version == Version::kTls13) {
    std::copy_n(header, kHeaderBytes, out.bytes.begin());
    out.count = kHeaderBytes;
    return out;
  }
  put_number(keys.sequence, out.bytes.data());
  std::copy_n(header, 3, out.bytes.begin() + 8);
  out.bytes[11] = static_cast<unsigned char>(text_bytes >> 8);
  out.bytes[12] = static_cast<unsigned char>(text_bytes);
  out.count = 13;
  return out;
}

std::string_view view(const unsigned char* bytes, std::size_t count) noexcept {
  return {reinterpret_cast<const char*>(bytes), count};
}

}  // namespace

struct SavableRecordLayer::KeptContexts {
  AeadContext seal;
  AeadContext open;
};

SavableRecordLayer::SavableRecordLayer(const RecordOptions& options) noexcept : options_(&options) {}

SavableRecordLayer::SavableRecordLayer(const Established& established, const RecordOptions& options)
    : options_(&options), life_(Life::kLive) {
  const Suite& suite = *established.suite;
  state_.suite = &suite;
  state_.client = established.client;
  state_.text_bytes_max =
      static_cast<std::uint16_t>(std::clamp<std::size_t>(established.text_bytes_max, 1, kTextBytesMax));
  bool derived = false;
  if (suite.version == Version::kTls13) {
    WYLD_CHECK(established.read_secret.size() == suite.secret_bytes() &&
               established.write_secret.size() == suite.secret_bytes());
    std::copy(established.read_secret.begin(), established.read_secret.end(), state_.read.secret.begin());
    std::copy(established.write_secret.begin(), established.write_secret.end(), state_.write.secret.begin());
    derived = derive_tls13(suite, state_.read) && derive_tls13(suite, state_.write);
  } else {
    TrafficKeys& client_writes = state_.client ? state_.write : state_.read;
    TrafficKeys& server_writes = state_.client ? state_.read : state_.write;
    derived = derive_tls12(suite, established.master, established.client_random, established.server_random,
                           client_writes, server_writes);
    if (suite.explicit_nonce())
      put_number(established.write_explicit_nonce, state_.write.iv.data() + kNumberAt);
  }
  state_.read.sequence = established.read_sequence;
  state_.write.sequence = established.write_sequence;
  state_.writing = true;
  if (!derived || !rekey_kept(true) || !rekey_kept(false))
    fail(Alert::kInternalError, "OpenSSL has no memory");
}

SavableRecordLayer::~SavableRecordLayer() { wipe(); }

bool SavableRecordLayer::movable() const noexcept {
  return life_ == Life::kLive && state_.writing && state_.reading != Reading::kFailed;
}

void SavableRecordLayer::freeze() {
  WYLD_CHECK(movable());
  life_ = Life::kFrozen;
}

void SavableRecordLayer::take_back() {
  WYLD_CHECK(life_ == Life::kFrozen);
  life_ = Life::kLive;
}

void SavableRecordLayer::take_over() {
  WYLD_CHECK(life_ == Life::kLoaded);
  life_ = Life::kLive;
}

void SavableRecordLayer::wipe() noexcept {
  state_.read.wipe();
  state_.write.wipe();
  state_ = State{};
  part_.reset();
  kept_.reset();
  life_ = Life::kDead;
}

// --- from the peer ---

Opened SavableRecordLayer::open(std::span<char>& input) {
  WYLD_CHECK(life_ == Life::kLive);
  while (state_.reading == Reading::kOpen && !input.empty()) {
    std::span<char> record;
    if (part_ != nullptr || input.size() < kHeaderBytes) {
      record = take_part(input);
    } else if (accept_header(input.data())) {
      const std::size_t bytes = kHeaderBytes + length_of(input.data());
      if (bytes > input.size()) {
        record = take_part(input);
      } else {
        record = input.first(bytes);
        input = input.subspan(bytes);
      }
    }
    if (record.empty()) continue;
    const Opened opened = open_record(record);
    if (opened.kind == Opened::Kind::kText) return opened;
  }
  if (state_.reading == Reading::kOpen) return {};
  input = {};
  return {.kind = state_.reading == Reading::kClosed ? Opened::Kind::kClosed : Opened::Kind::kFailed,
          .text = {}};
}

std::span<char> SavableRecordLayer::take_part(std::span<char>& input) {
  if (part_ == nullptr) part_ = std::make_unique<std::string>();
  const auto take_until = [&](std::size_t bytes) {
    const std::size_t count = std::min(bytes - part_->size(), input.size());
    part_->append(input.data(), count);
    input = input.subspan(count);
    return part_->size() == bytes;
  };
  if (part_->size() < kHeaderBytes) {
    if (!take_until(kHeaderBytes) || !accept_header(part_->data())) return {};
  }
  const std::size_t bytes = kHeaderBytes + length_of(part_->data());
  part_->reserve(bytes);
  if (!take_until(bytes)) return {};
  // The layer itself keeps no buffer, and the text must outlive this call.
  char* const record = thread_memory().record.data();
  std::copy_n(part_->data(), bytes, record);
  part_.reset();
  return {record, bytes};
}

bool SavableRecordLayer::accept_header(const char* header) noexcept {
  const bool tls13 = state_.suite->version == Version::kTls13;
  const auto type = static_cast<ContentType>(header[0]);
  if (type == ContentType::kChangeCipherSpec) {
    fail(Alert::kUnexpectedMessage, "change_cipher_spec after the handshake");
  } else if (tls13 ? type != ContentType::kApplicationData
                   : type != ContentType::kApplicationData && type != ContentType::kAlert &&
                         type != ContentType::kHandshake) {
    fail(Alert::kUnexpectedMessage, "a record of a type that does not belong here");
  } else if (header[1] != 3 || (!tls13 && header[2] != 3)) {
    fail(Alert::kDecodeError, "a record of another version");
  } else if (length_of(header) > kRecordBytesMax) {
    fail(Alert::kRecordOverflow, "a record is too long");
  } else if (length_of(header) <
             kTagBytes + (tls13 ? 1 : 0) + (state_.suite->explicit_nonce() ? kExplicitNonceBytes : 0)) {
    fail(Alert::kBadRecordMac, "a record is too short to be one");
  }
  return state_.reading == Reading::kOpen;
}

Opened SavableRecordLayer::open_record(std::span<char> record) {
  const Suite& suite = *state_.suite;
  TrafficKeys& keys = state_.read;
  Nonce nonce = nonce_of(suite, keys);
  std::span<char> content = record.subspan(kHeaderBytes);
  if (suite.explicit_nonce()) {
    std::copy_n(content.data(), kExplicitNonceBytes, nonce.begin() + kNumberAt);
    content = content.subspan(kExplicitNonceBytes);
  }
  const std::size_t bytes = content.size() - kTagBytes;
  evp_cipher_ctx_st* const context =
      kept_ ? kept_->open.get() : thread_memory().open[static_cast<std::size_t>(suite.aead)].get();
  const bool genuine = protect(context, false, kept_ ? nullptr : keys.key.data(), nonce,
                               additional_of(suite, keys, record.data(), bytes), content.data(), bytes);
  content = content.first(bytes);
  if (!genuine) {
    OPENSSL_cleanse(content.data(), content.size());
    fail(Alert::kBadRecordMac, "a record was damaged or forged");
    return {};
  }
  ++keys.sequence;
  auto type = static_cast<unsigned char>(record[0]);
  if (suite.version == Version::kTls13) {
    // The type follows the content, and padding of zeros follows the type.
    if (content.size() > kTextBytesMax + 1) {
      fail(Alert::kRecordOverflow, "a record has too much text");
    } else {
      while (!content.empty() && content.back() == 0) content = content.first(content.size() - 1);
      if (content.empty()) {
        fail(Alert::kUnexpectedMessage, "a record of padding only");
      } else {
        type = static_cast<unsigned char>(content.back());
        content = content.first(content.size() - 1);
      }
    }
  } else if (content.size() > kTextBytesMax) {
    fail(Alert::kRecordOverflow, "a record has too much text");
  }
  return state_.reading == Reading::kOpen ? take_content(type, content) : Opened{};
}

Opened SavableRecordLayer::take_content(unsigned char type, std::span<char> content) {
  const bool tls13 = state_.suite->version == Version::kTls13;
  const auto kind = static_cast<ContentType>(type);
  if ((state_.message_have > 0 || state_.skip_bytes > 0) && kind != ContentType::kHandshake) {
    fail(Alert::kUnexpectedMessage, "a handshake message was interrupted");
    return {};
  }
  if (kind == ContentType::kApplicationData && !content.empty()) {
    state_.quiet_records = 0;
    return {.kind = Opened::Kind::kText, .text = content};
  }
  if (++state_.quiet_records > kQuietRecordsMax) {
    fail(Alert::kUnexpectedMessage, "too many records without text");
  } else if (kind == ContentType::kAlert) {
    take_alert(content);
  } else if (kind == ContentType::kHandshake) {
    tls13 ? take_handshake_13(content) : take_handshake_12(content);
  } else if (kind != ContentType::kApplicationData) {
    fail(Alert::kUnexpectedMessage, "a record of a type that does not belong here");
  }
  return {};
}

void SavableRecordLayer::take_alert(std::span<const char> content) noexcept {
  if (content.size() != 2) return fail(Alert::kDecodeError, "an alert has two bytes");
  const auto level = static_cast<unsigned char>(content[0]);
  const auto alert = static_cast<Alert>(content[1]);
  if (alert == Alert::kCloseNotify) return end_reading(Reading::kClosed);
  if (alert == Alert::kUserCanceled) return;  // close_notify follows
  if (state_.suite->version == Version::kTls12 && level == kAlertWarning) return;
  // Our direction ends with it; nothing is answered.
  fail(Alert::kInternalError, "the peer ended the connection with an alert");
  state_.writing = false;
  state_.write.wipe();
}

void SavableRecordLayer::take_handshake_12(std::span<const char> content) noexcept {
  const bool hello_request = content.size() == kMessageHeaderBytes &&
                             std::all_of(content.begin(), content.end(), [](char byte) { return byte == 0; });
  // A client may ignore it, and does (RFC 5246 section 7.4.1.1).
  if (state_.client && hello_request) return;
  if (!state_.client && !content.empty() && static_cast<unsigned char>(content[0]) == kClientHello)
    return fail(Alert::kNoRenegotiation, "the peer wants to renegotiate");
  fail(Alert::kUnexpectedMessage, "a handshake message after the handshake");
}

void SavableRecordLayer::take_handshake_13(std::span<const char> content) noexcept {
  if (content.empty()) return fail(Alert::kUnexpectedMessage, "a handshake record without content");
  while (!content.empty() && state_.reading == Reading::kOpen) {
    if (state_.skip_bytes > 0) {
      const std::size_t count = std::min<std::size_t>(state_.skip_bytes, content.size());
      state_.skip_bytes -= static_cast<std::uint32_t>(count);
      content = content.subspan(count);
      continue;
    }
    const auto byte = static_cast<unsigned char>(content[0]);
    content = content.subspan(1);
    if (state_.message_have == kMessageHeaderBytes) {
      take_key_update(byte, content.empty());
      continue;
    }
    state_.message[state_.message_have++] = byte;
    const std::array<unsigned char, kMessageHeaderBytes>& header = state_.message;
    if (header[0] != kKeyUpdate && (header[0] != kNewSessionTicket || !state_.client))
      return fail(Alert::kUnexpectedMessage, "a handshake message that does not belong here");
    if (state_.message_have < kMessageHeaderBytes) continue;
    const std::uint32_t bytes = std::uint32_t{header[1]} << 16 | std::uint32_t{header[2]} << 8 | header[3];
    if (header[0] == kKeyUpdate) {
      if (bytes != 1) return fail(Alert::kDecodeError, "a KeyUpdate has one byte");
    } else {
      if (bytes > kTicketBytesMax) return fail(Alert::kDecodeError, "a session ticket is too long");
      state_.skip_bytes = bytes;
      state_.message_have = 0;
    }
  }
}

void SavableRecordLayer::take_key_update(unsigned char request, bool last) noexcept {
  state_.message_have = 0;
  if (request > 1) return fail(Alert::kIllegalParameter, "a KeyUpdate of an unknown kind");
  // RFC 8446 section 5.1: what follows must be protected with the new keys.
  if (!last) return fail(Alert::kUnexpectedMessage, "a KeyUpdate is not the last of its record");
  if (!update_tls13(*state_.suite, state_.read) || !rekey_kept(false))
    return fail(Alert::kInternalError, "OpenSSL has no memory");
  state_.update_asked = false;
  // Answered before our next text (RFC 8446 section 4.6.3): a flood of them causes no output.
  if (request == 1) state_.answer_due = true;
}

void SavableRecordLayer::fail(Alert alert, const char* what) noexcept {
  problem_ = what;
  state_.alert = alert;
  end_reading(Reading::kFailed);
}

void SavableRecordLayer::end_reading(Reading how) noexcept {
  state_.reading = how;
  state_.read.wipe();
  part_.reset();
}

// --- to the peer ---

bool SavableRecordLayer::seal(std::string_view text, std::string& out) {
  WYLD_CHECK(life_ == Life::kLive);
  if (state_.reading == Reading::kFailed) return false;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, state_.text_bytes_max);
    if (!prepare_write(out) || !append_record(ContentType::kApplicationData, piece, out)) return false;
    text.remove_prefix(piece.size());
  }
  return state_.writing;
}

bool SavableRecordLayer::prepare_write(std::string& out) noexcept {
  if (!state_.writing) return false;
  if (state_.suite->version == Version::kTls12) {
    if (std::uint64_t{state_.write.units_sealed} * kUnitBytes < options_->tls12_bytes_max) return true;
    problem_ = "the key of a TLS 1.2 connection is used up";
    return false;
  }
  const std::uint64_t most = options_->key_update_records;
  const bool peer_due = state_.read.sequence >= most && !state_.update_asked;
  const bool own_due = state_.write.sequence >= most;
  if (!state_.answer_due && !state_.update_due && !own_due && !peer_due) return true;
  return update_write_keys(out, (state_.update_due || own_due || peer_due) && !state_.update_asked);
}

bool SavableRecordLayer::update_write_keys(std::string& out, bool ask) noexcept {
  // The peer's direction may have ended: then nobody answers.
  ask = ask && state_.reading == Reading::kOpen;
  const std::array<char, 5> message{kKeyUpdate, 0, 0, 1, ask ? '\1' : '\0'};
  if (!append_record(ContentType::kHandshake, {message.data(), message.size()}, out)) return false;
  if (!update_tls13(*state_.suite, state_.write) || !rekey_kept(true)) {
    fail(Alert::kInternalError, "OpenSSL has no memory");
    state_.writing = false;
    return false;
  }
  state_.answer_due = false;
  state_.update_due = false;
  if (ask) state_.update_asked = true;
  return true;
}

bool SavableRecordLayer::append_record(ContentType type, std::string_view content,
                                       std::string& out) noexcept {
  const Suite& suite = *state_.suite;
  TrafficKeys& keys = state_.write;
  const bool tls13 = suite.version == Version::kTls13;
  const std::size_t nonce_bytes = suite.explicit_nonce() ? kExplicitNonceBytes : 0;
  const std::size_t inner_bytes = content.size() + (tls13 ? 1 : 0);
  const std::size_t length = nonce_bytes + inner_bytes + kTagBytes;
  const std::size_t start = out.size();
  out.resize(start + kHeaderBytes + length);
  char* const header = out.data() + start;
  header[0] = static_cast<char>(tls13 ? ContentType::kApplicationData : type);
  header[1] = 3;
  header[2] = 3;
  header[3] = static_cast<char>(length >> 8);
  header[4] = static_cast<char>(length);
  const Nonce nonce = nonce_of(suite, keys);
  char* const explicit_nonce = header + kHeaderBytes;
  std::copy_n(nonce.begin() + kNumberAt, nonce_bytes, explicit_nonce);
  char* const inner = explicit_nonce + nonce_bytes;
  content.copy(inner, content.size());
  if (tls13) inner[content.size()] = static_cast<char>(type);
  evp_cipher_ctx_st* const context =
      kept_ ? kept_->seal.get() : thread_memory().seal[static_cast<std::size_t>(suite.aead)].get();
  const Additional additional = additional_of(suite, keys, header, inner_bytes);
  if (!protect(context, true, kept_ ? nullptr : keys.key.data(), nonce, additional, inner, inner_bytes)) {
    // Part of the text may stand there, encrypted or not; and this sequence number is never used again.
    OPENSSL_cleanse(header, kHeaderBytes + length);
    out.resize(start);
    fail(Alert::kInternalError, "OpenSSL has no memory");
    state_.writing = false;
    state_.write.wipe();
    return false;
  }
  ++keys.sequence;
  if (!tls13) keys.units_sealed += static_cast<std::uint32_t>((inner_bytes + kUnitBytes - 1) / kUnitBytes);
  return true;
}

void SavableRecordLayer::close(std::string& out) {
  WYLD_CHECK(life_ == Life::kLive);
  if (!state_.writing) return;
  const bool failed = state_.reading == Reading::kFailed;
  const std::array<char, 2> alert{static_cast<char>(failed ? kAlertFatal : kAlertWarning),
                                  static_cast<char>(failed ? state_.alert : Alert::kCloseNotify)};
  static_cast<void>(append_record(ContentType::kAlert, {alert.data(), alert.size()}, out));
  state_.writing = false;
  state_.write.wipe();
}

bool SavableRecordLayer::rekey_kept(bool sealing) noexcept {
  if (!options_->keep_contexts) return true;
  if (!kept_) {
    kept_ = std::make_unique<KeptContexts>();
  }
  AeadContext& context = sealing ? kept_->seal : kept_->open;
  if (!context) context = make_aead_context(state_.suite->aead, sealing);
  const TrafficKeys& keys = sealing ? state_.write : state_.read;
  return set_key(context.get(), sealing, keys.key.data());
}

// --- saved state ---

void SavableRecordLayer::save(archive::Writer& out) const {
  WYLD_CHECK(life_ == Life::kFrozen);
  const Suite& suite = *state_.suite;
  out.field(saved::kSuite, suite.id);
  out.flags(saved::kFlags, {state_.client, state_.reading == Reading::kClosed, state_.answer_due,
                            state_.update_due, state_.update_asked});
  out.field(saved::kTextBytesMax, state_.text_bytes_max);
  const auto save_keys = [&](std::uint32_t tag, const TrafficKeys& keys) {
    out.section(tag, [&] {
      if (suite.version == Version::kTls13) {
        out.secret(saved::kSecret, view(keys.secret.data(), suite.secret_bytes()));
      } else {
        out.secret(saved::kKey, view(keys.key.data(), suite.key_bytes()));
        out.secret(saved::kIv, view(keys.iv.data(), keys.iv.size()));
      }
      out.field(saved::kSequence, keys.sequence);
      out.field(saved::kUnits, keys.units_sealed);
    });
  };
  if (state_.reading == Reading::kOpen) save_keys(saved::kRead, state_.read);
  save_keys(saved::kWrite, state_.write);
  if (part_) out.field(saved::kPart, *part_);
  out.field(saved::kQuietRecords, state_.quiet_records);
  out.field(saved::kMessage, view(state_.message.data(), state_.message_have));
  out.field(saved::kSkipBytes, state_.skip_bytes);
}

void SavableRecordLayer::load(archive::Reader& in) {
  WYLD_CHECK(life_ == Life::kDead);
  SavableRecordLayer fresh(*options_);
  State& state = fresh.state_;
  state.text_bytes_max = 0;
  std::uint16_t suite_id = 0;
  bool closed = false;
  struct Found {  // bytes of each kind, which must fit the suite
    bool any = false;
    std::size_t secret = 0;
    std::size_t key = 0;
    std::size_t iv = 0;
    bool operator==(const Found&) const = default;
  };
  Found read;
  Found write;
  const auto load_bytes = [&](auto& bytes, std::size_t& count) {
    const std::string_view value = in.bytes();
    in.require(value.size() <= bytes.size(), "bytes are too many");
    if (in.ok()) count += value.copy(reinterpret_cast<char*>(bytes.data()), bytes.size());
  };
  const auto load_keys = [&](TrafficKeys& keys, Found& found) {
    in.require(!found.any, "keys are there twice");
    found.any = true;
    in.section(saved::kKeys, [&] {
      while (in.next()) {
        switch (in.tag()) {
          case saved::kSecret:
            load_bytes(keys.secret, found.secret);
            break;
          case saved::kKey:
            load_bytes(keys.key, found.key);
            break;
          case saved::kIv:
            load_bytes(keys.iv, found.iv);
            break;
          case saved::kSequence:
            in.read(keys.sequence, kSequenceMax);
            break;
          case saved::kUnits:
            in.read(keys.units_sealed);
            break;
          default:
            break;
        }
      }
    });
  };
  while (in.next()) {
    switch (in.tag()) {
      case saved::kSuite:
        in.read(suite_id);
        break;
      case saved::kFlags:
        in.flags({&state.client, &closed, &state.answer_due, &state.update_due, &state.update_asked});
        break;
      case saved::kTextBytesMax:
        in.read(state.text_bytes_max, static_cast<std::uint16_t>(kTextBytesMax));
        break;
      case saved::kRead:
        load_keys(state.read, read);
        break;
      case saved::kWrite:
        load_keys(state.write, write);
        break;
      case saved::kPart:
        fresh.part_ = std::make_unique<std::string>();
        in.read(*fresh.part_, kHeaderBytes + kRecordBytesMax);
        break;
      case saved::kQuietRecords:
        in.read(state.quiet_records, static_cast<std::uint8_t>(kQuietRecordsMax));
        break;
      case saved::kMessage: {
        std::size_t have = 0;
        load_bytes(state.message, have);
        state.message_have = static_cast<std::uint8_t>(have);
        break;
      }
      case saved::kSkipBytes:
        in.read(state.skip_bytes, static_cast<std::uint32_t>(kTicketBytesMax));
        break;
      default:
        break;
    }
  }
  if (!in.ok()) return;
  state.suite = find_suite(suite_id);
  in.require(state.suite != nullptr, "an unknown cipher suite");
  if (!in.ok() || state.suite == nullptr) return;
  const bool tls13 = state.suite->version == Version::kTls13;
  const Found expected{.any = true,
                       .secret = tls13 ? state.suite->secret_bytes() : 0,
                       .key = tls13 ? 0 : state.suite->key_bytes(),
                       .iv = tls13 ? 0 : kNonceBytes};
  in.require(write == expected && read == (closed ? Found{} : expected), "keys do not fit the cipher suite");
  if (!in.ok()) return;
  state.reading = closed ? Reading::kClosed : Reading::kOpen;
  state.writing = true;
  in.require(fresh.makes_sense(), "a record layer that cannot be");
  if (!in.ok()) return;
  if (tls13) {
    for (TrafficKeys* const keys : {&state.write, &state.read}) {
      if (closed && keys == &state.read) continue;
      const std::uint64_t sequence = keys->sequence;
      in.require(derive_tls13(*state.suite, *keys), "OpenSSL has no memory");
      keys->sequence = sequence;
    }
  }
  in.require(fresh.rekey_kept(true) && fresh.rekey_kept(false), "OpenSSL has no memory");
  if (!in.ok()) return;
  std::swap(state_, fresh.state_);
  part_ = std::move(fresh.part_);
  kept_ = std::move(fresh.kept_);
  life_ = Life::kLoaded;
}

bool SavableRecordLayer::makes_sense() noexcept {
  const bool tls13 = state_.suite->version == Version::kTls13;
  if (state_.text_bytes_max == 0) return false;
  if (!tls13 && (state_.answer_due || state_.update_due || state_.update_asked || state_.message_have > 0 ||
                 state_.skip_bytes > 0))
    return false;
  const bool ticket = state_.message_have > 0 && state_.message[0] == kNewSessionTicket;
  if (state_.skip_bytes > 0 && (!state_.client || state_.message_have > 0)) return false;
  if (ticket && (!state_.client || state_.message_have == kMessageHeaderBytes)) return false;
  if (state_.message_have > 0 && !ticket && state_.message[0] != kKeyUpdate) return false;
  if (state_.message_have == kMessageHeaderBytes &&
      (state_.message[1] != 0 || state_.message[2] != 0 || state_.message[3] != 1))
    return false;
  if (state_.reading == Reading::kClosed)
    return part_ == nullptr && state_.message_have == 0 && state_.skip_bytes == 0;
  if (part_ == nullptr) return true;
  if (part_->empty()) return false;
  if (part_->size() < kHeaderBytes) return true;
  if (!accept_header(part_->data())) return false;  // the object is discarded, and so is what this has noted
  return part_->size() < kHeaderBytes + length_of(part_->data());
}

}  // namespace wyld::tls
