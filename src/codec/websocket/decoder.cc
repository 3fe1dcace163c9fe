#include "codec/websocket/decoder.h"

#include <algorithm>
#include <cstring>

namespace wyld::ws {
namespace {

namespace saved {
enum : std::uint32_t {
  kStage = 1,
  kHeader = 2,
  kOpcode = 3,
  kPayloadBytes = 4,
  kPayloadTaken = 5,
  kMask = 6,
  kMessage = 7,
  kControl = 8,
  kFragments = 9,
  kFlags = 10,
};
}  // namespace saved

// Byte 0 and 1 of a frame, RFC 6455 section 5.2.
constexpr unsigned kFin = 0x80;
constexpr unsigned kReservedBits = 0x70;
constexpr unsigned kOpcodeBits = 0x0F;
constexpr unsigned kMaskBit = 0x80;
constexpr unsigned kLengthBits = 0x7F;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::uint64_t kPayloadBytesMax = (std::uint64_t{1} << 63) - 1;
constexpr std::uint32_t kSavedFragmentsMax = 1U << 30;

constexpr unsigned kContinuation = 0x0;
constexpr unsigned kText = 0x1;
constexpr unsigned kBinary = 0x2;
constexpr unsigned kClose = 0x8;
constexpr unsigned kPing = 0x9;
constexpr unsigned kPong = 0xA;

constexpr bool is_control(unsigned opcode) { return (opcode & 0x8) != 0; }

constexpr const char* kNotUtf8 = "text is not UTF-8";
constexpr const char* kTooBig = "message is too big";

// Codes that may stand in a close frame: those registered with IANA and the ranges for libraries and
// private use. 1004, 1005, 1006 and 1015 never travel; the rest is unassigned.
constexpr bool is_wire_close_code(unsigned code) {
  if (code >= 3000) return code < 5000;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace

void unmask(char* bytes, std::size_t count, const std::array<unsigned char, 4>& mask,
            std::uint64_t offset) noexcept {
  std::array<unsigned char, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(offset + i) & 3];
  std::uint64_t wide = 0;
  std::memcpy(&wide, turned.data(), sizeof wide);
  std::size_t i = 0;
  // Four words a round: the compiler turns the round into vector instructions. Not as an array, which the
  // stack protector would keep in memory.
  const auto turn = [wide](char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    std::memcpy(at, &word, sizeof word);
  };
  for (; i + 32 <= count; i += 32) {
    turn(bytes + i);
    turn(bytes + i + 8);
    turn(bytes + i + 16);
    turn(bytes + i + 24);
  }
  for (; i + 8 <= count; i += 8) turn(bytes + i);
  for (; i < count; ++i) bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ turned[i & 7]);
}

// Members that follow from the stage are not saved, nor is the state of the UTF-8 check, which follows from
// the message.
void Decoder::save(archive::Writer& out) const {
  out.field(saved::kStage, stage_);
  if (ended()) return;
  if (in_message_) {
    out.secret(saved::kMessage, message_);
    out.field(saved::kFragments, fragments_);
  }
  const bool in_frame = stage_ != Stage::kOpcode;
  out.flags(saved::kFlags, {in_frame && final_, in_message_, in_message_ && kind_ == MessageKind::kBinary});
  if (!in_frame) return;
  out.field(saved::kOpcode, opcode_);
  if (stage_ == Stage::kLength) return;
  out.field(saved::kPayloadBytes, payload_bytes_);
  if (stage_ != Stage::kPayload) {
    out.field(saved::kHeader, std::string_view(reinterpret_cast<const char*>(header_.data()), header_have_));
    return;
  }
  out.field(saved::kPayloadTaken, payload_taken_);
  out.field(saved::kMask, std::string_view(reinterpret_cast<const char*>(mask_.data()), mask_.size()));
  out.secret(saved::kControl, control_);
}

void Decoder::load(archive::Reader& in) {
  Decoder fresh(options_);
  std::string header;
  std::string mask;
  bool binary = false;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kStage:
        in.read(fresh.stage_, Stage::kEnded);
        break;
      case saved::kHeader:
        in.read(header, fresh.header_.size());
        break;
      case saved::kOpcode:
        in.read(fresh.opcode_, std::uint8_t{kOpcodeBits});
        break;
      case saved::kPayloadBytes:
        in.read(fresh.payload_bytes_, kPayloadBytesMax);
        break;
      case saved::kPayloadTaken:
        in.read(fresh.payload_taken_);
        break;
      case saved::kMask:
        in.read(mask, fresh.mask_.size());
        break;
      case saved::kMessage:
        in.read(fresh.message_, archive::kBytesMax);
        break;
      case saved::kControl:
        in.read(fresh.control_, kControlBytesMax);
        break;
      case saved::kFragments:
        in.read(fresh.fragments_, kSavedFragmentsMax);
        break;
      case saved::kFlags:
        in.flags({&fresh.final_, &fresh.in_message_, &binary});
        break;
      default:
        break;
    }
  }
  fresh.kind_ = binary ? MessageKind::kBinary : MessageKind::kText;
  std::memcpy(fresh.header_.data(), header.data(), std::min(header.size(), fresh.header_.size()));
  fresh.header_have_ = static_cast<std::uint8_t>(header.size());
  std::memcpy(fresh.mask_.data(), mask.data(), std::min(mask.size(), fresh.mask_.size()));
  in.require((mask.size() == fresh.mask_.size()) == (fresh.stage_ == Stage::kPayload),
             "a mask is missing, or in the wrong place");
  in.require(fresh.expect_by_stage(), "a frame's header is longer than its field");
  in.require(fresh.frame_makes_sense(), "a frame is not of its stage");
  in.require(fresh.message_makes_sense(), "a message is not of its frames");
  if (in.ok()) *this = std::move(fresh);
}

// How long the field is that is being read. False: more of it is there already.
bool Decoder::expect_by_stage() noexcept {
  switch (stage_) {
    case Stage::kOpcode:
    case Stage::kLength:
    case Stage::kEnded:
      header_need_ = 1;
      break;
    case Stage::kExtendedLength:
      header_need_ = payload_bytes_ == kLength16 ? 2 : 8;
      break;
    case Stage::kMask:
      header_need_ = 4;
      break;
    case Stage::kPayload:
      header_need_ = 0;
      return header_have_ == 0;
  }
  return header_have_ < header_need_;
}

bool Decoder::frame_makes_sense() const noexcept {
  const bool in_frame = stage_ != Stage::kOpcode && !ended();
  const bool in_payload = stage_ == Stage::kPayload;
  if (!in_frame && final_) return false;
  if (in_payload ? payload_taken_ >= payload_bytes_ : payload_taken_ != 0) return false;
  const bool control = in_frame && is_control(opcode_);
  if (control_.size() != (control && in_payload ? payload_taken_ : 0)) return false;
  if (stage_ == Stage::kExtendedLength)
    return !control && (payload_bytes_ == kLength16 || payload_bytes_ == kLength64);
  if (control) return final_ && opcode_ <= kPong && payload_bytes_ <= kControlBytesMax;
  return true;
}

bool Decoder::message_makes_sense() noexcept {
  if (!in_message_ && !message_.empty()) return false;
  if (ended() && in_message_) return false;
  if (stage_ != Stage::kOpcode && !ended() && !is_control(opcode_)) {
    if (!in_message_ || opcode_ > kBinary) return false;
    if (message_.size() < payload_taken_) return false;
    // The first frame of a message names its kind, and nothing is before it.
    if (opcode_ != kContinuation &&
        (message_.size() != payload_taken_ || (opcode_ == kBinary) != (kind_ == MessageKind::kBinary)))
      return false;
  }
  return kind_ == MessageKind::kBinary || utf8_.feed(message_);
}

void Decoder::feed(char* input, std::size_t input_bytes, DecoderSink& sink) {
  // A frame without payload is finished as soon as its header is, hence the second condition.
  while (!ended() && (input_bytes > 0 || (stage_ == Stage::kPayload && payload_taken_ == payload_bytes_))) {
    const std::size_t taken = stage_ == Stage::kPayload ? read_payload(input, input_bytes, sink)
                                                        : read_header({input, input_bytes}, sink);
    input += taken;
    input_bytes -= taken;
  }
}

std::size_t Decoder::read_header(std::string_view input, DecoderSink& sink) {
  const std::size_t taken = std::min<std::size_t>(input.size(), header_need_ - header_have_);
  std::memcpy(header_.data() + header_have_, input.data(), taken);
  header_have_ = static_cast<std::uint8_t>(header_have_ + taken);
  if (header_have_ < header_need_) return taken;

  // One field is complete. It is judged at once, so that the verdict never depends on what follows.
  const auto expect = [this](Stage stage, std::uint8_t bytes) {
    stage_ = stage;
    header_need_ = bytes;
    header_have_ = 0;
  };
  switch (stage_) {
    case Stage::kOpcode:
      if (accept_opcode(sink)) expect(Stage::kLength, 1);
      break;
    case Stage::kLength: {
      if ((header_[0] & kMaskBit) == 0) {
        fail(CloseCode::kProtocolError, "client frame is not masked", sink);
        break;
      }
      const unsigned length = header_[0] & kLengthBits;
      if (is_control(opcode_) && length >= kLength16) {
        fail(CloseCode::kProtocolError, "control frame is longer than 125 bytes", sink);
        break;
      }
      payload_bytes_ = length;
      if (length == kLength16) {
        expect(Stage::kExtendedLength, 2);
      } else if (length == kLength64) {
        expect(Stage::kExtendedLength, 8);
      } else if (accept_length(sink)) {
        expect(Stage::kMask, 4);
      }
      break;
    }
    case Stage::kExtendedLength: {
      std::uint64_t length = 0;
      for (std::size_t i = 0; i < header_need_; ++i) length = (length << 8) | header_[i];
      if (length < kLength16 || (header_need_ == 8 && length <= 0xFFFF)) {
        fail(CloseCode::kProtocolError, "frame length is not in its shortest form", sink);
        break;
      }
      if ((length >> 63) != 0) {
        fail(CloseCode::kProtocolError, "frame length has its top bit set", sink);
        break;
      }
      payload_bytes_ = length;
      if (accept_length(sink)) expect(Stage::kMask, 4);
      break;
    }
    case Stage::kMask:
      std::copy_n(header_.begin(), 4, mask_.begin());
      payload_taken_ = 0;
      expect(Stage::kPayload, 0);
      break;
    case Stage::kPayload:
    case Stage::kEnded:
      break;
  }
  return taken;
}

bool Decoder::accept_opcode(DecoderSink& sink) {
  final_ = (header_[0] & kFin) != 0;
  opcode_ = static_cast<std::uint8_t>(header_[0] & kOpcodeBits);
  if ((header_[0] & kReservedBits) != 0) {
    return fail(CloseCode::kProtocolError, "reserved bit is set without an extension", sink);
  }
  switch (opcode_) {
    case kContinuation:
      if (!in_message_) return fail(CloseCode::kProtocolError, "continuation of no message", sink);
      break;
    case kText:
    case kBinary:
      if (in_message_) return fail(CloseCode::kProtocolError, "new message inside an unfinished one", sink);
      in_message_ = true;
      kind_ = opcode_ == kText ? MessageKind::kText : MessageKind::kBinary;
      fragments_ = 0;
      utf8_.reset();
      break;
    case kClose:
    case kPing:
    case kPong:
      if (!final_) return fail(CloseCode::kProtocolError, "control frame is fragmented", sink);
      return true;
    default:
      return fail(CloseCode::kProtocolError, "reserved opcode", sink);
  }
  if (++fragments_ > options_.fragments_max) {
    return fail(CloseCode::kPolicy, "message has too many fragments", sink);
  }
  return true;
}

bool Decoder::accept_length(DecoderSink& sink) {
  payload_taken_ = 0;
  if (is_control(opcode_) || fits()) return true;
  return fail(CloseCode::kTooBig, kTooBig, sink);
}

bool Decoder::fits() const noexcept {
  return message_.size() <= options_.message_bytes_max &&
         payload_bytes_ - payload_taken_ <= options_.message_bytes_max - message_.size();
}

std::size_t Decoder::read_payload(char* input, std::size_t input_bytes, DecoderSink& sink) {
  if (!is_control(opcode_) && !fits()) {  // loaded, and the bound was larger before
    fail(CloseCode::kTooBig, kTooBig, sink);
    return 0;
  }
  const auto taken =
      static_cast<std::size_t>(std::min<std::uint64_t>(input_bytes, payload_bytes_ - payload_taken_));
  unmask(input, taken, mask_, payload_taken_);
  const std::string_view piece(input, taken);
  const bool whole = taken == payload_bytes_;  // the frame lies in this one feed
  payload_taken_ += taken;
  const bool complete = payload_taken_ == payload_bytes_;

  if (is_control(opcode_)) {
    if (whole) {
      finish_frame(piece, sink);
      return taken;
    }
    control_.append(piece);
    if (complete) {
      const std::string payload = std::move(control_);
      control_ = std::string();
      finish_frame(payload, sink);
    }
    return taken;
  }

  const bool text = kind_ == MessageKind::kText;
  if (whole && final_ && message_.empty() && utf8_.complete()) {
    if (text && !is_valid_utf8(piece)) {
      fail(CloseCode::kInvalidPayload, kNotUtf8, sink);
    } else {
      finish_frame(piece, sink);
    }
    return taken;
  }
  if (text && !utf8_.feed(piece)) {
    fail(CloseCode::kInvalidPayload, kNotUtf8, sink);
    return taken;
  }
  message_.append(piece);
  if (complete) finish_frame(message_, sink);
  return taken;
}

void Decoder::finish_frame(std::string_view payload, DecoderSink& sink) {
  stage_ = Stage::kOpcode;
  header_need_ = 1;
  header_have_ = 0;
  switch (opcode_) {
    case kPing:
      sink.on_ping(payload);
      break;
    case kPong:
      sink.on_pong(payload);
      break;
    case kClose:
      finish_close(payload, sink);
      break;
    default:
      if (final_) finish_data(payload, sink);
      break;
  }
}

void Decoder::finish_data(std::string_view payload, DecoderSink& sink) {
  if (kind_ == MessageKind::kText && !utf8_.complete()) {
    fail(CloseCode::kInvalidPayload, kNotUtf8, sink);
    return;
  }
  in_message_ = false;
  // Moved out first: `payload` may point into it, and memory at rest is to be small again afterwards.
  const std::string kept = std::move(message_);
  message_ = std::string();
  sink.on_message(kind_, kept.empty() ? payload : std::string_view(kept));
}

void Decoder::finish_close(std::string_view payload, DecoderSink& sink) {
  if (payload.empty()) {
    end();
    sink.on_close(static_cast<std::uint16_t>(CloseCode::kNoStatus), {});
    return;
  }
  if (payload.size() == 1) {
    fail(CloseCode::kProtocolError, "close frame holds half a code", sink);
    return;
  }
  const auto byte = [payload](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(payload[i]));
  };
  const unsigned code = byte(0) << 8 | byte(1);
  if (!is_wire_close_code(code)) {
    fail(CloseCode::kProtocolError, "close code may not be sent", sink);
    return;
  }
  const std::string_view reason = payload.substr(2);
  if (!is_valid_utf8(reason)) {
    fail(CloseCode::kInvalidPayload, "close reason is not UTF-8", sink);
    return;
  }
  end();
  sink.on_close(static_cast<std::uint16_t>(code), reason);
}

bool Decoder::fail(CloseCode code, const char* what, DecoderSink& sink) {
  end();
  sink.on_failure(code, what);
  return false;
}

void Decoder::end() noexcept {
  stage_ = Stage::kEnded;
  message_ = std::string();
  control_ = std::string();
}

}  // namespace wyld::ws
