#include "codec/telnet/decoder.h"

#include <cstring>

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kState = 1, kVerb = 2, kOption = 3, kPayload = 4, kFlags = 5, kSwallowed = 6 };
}

// An owner has closed the connection long before.
constexpr std::uint64_t kSwallowedBytesMax = std::uint64_t{1} << 40;

constexpr std::uint8_t code(Command command) noexcept { return static_cast<std::uint8_t>(command); }

std::string_view view(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

const char* find_iac(const char* begin, const char* end) noexcept {
  const void* const found = std::memchr(begin, 0xFF, static_cast<std::size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

}  // namespace

void Decoder::feed(std::string_view input, DecoderSink& sink) {
  const char* at = input.data();
  const char* const end = at + input.size();
  while (at != end) {
    switch (state_) {
      case State::kData:
        at = feed_data(at, end, sink);
        break;
      case State::kAfterIac:
        if (*at == kIac) {  // an escaped data byte: it begins the next run
          state_ = State::kData;
          const char* const next = find_iac(at + 1, end);
          sink.on_data(view(at, next));
          at = next;
          break;
        }
        after_iac(static_cast<std::uint8_t>(*at++), sink);
        break;
      case State::kNegotiation:
        state_ = State::kData;
        sink.on_negotiation(verb_, static_cast<std::uint8_t>(*at++));
        break;
      case State::kSbOption:
      case State::kSbOptionIac:
      case State::kSbData:
      case State::kSbIac:
        at = feed_subnegotiation(at, end, sink);
        break;
    }
  }
}

const char* Decoder::feed_data(const char* at, const char* end, DecoderSink& sink) {
  const char* const iac = find_iac(at, end);
  if (iac != at) sink.on_data(view(at, iac));
  if (iac == end) return end;
  state_ = State::kAfterIac;
  return iac + 1;
}

void Decoder::after_iac(std::uint8_t byte, DecoderSink& sink) {
  state_ = State::kData;
  if (byte >= code(Command::kWill) && byte <= code(Command::kDont)) {
    verb_ = static_cast<Command>(byte);
    state_ = State::kNegotiation;
  } else if (byte == code(Command::kSb)) {
    state_ = State::kSbOption;
  } else if (byte == code(Command::kSe)) {
    sink.on_decode_error(DecodeError::kStraySe);
  } else if (byte >= code(Command::kEndOfFile)) {
    sink.on_command(static_cast<Command>(byte));
  } else {
    sink.on_decode_error(DecodeError::kUnknownCommand);
  }
}

const char* Decoder::feed_subnegotiation(const char* at, const char* end, DecoderSink& sink) {
  switch (state_) {
    case State::kSbOption:
      if (*at == kIac) {
        state_ = State::kSbOptionIac;
      } else {
        option_ = static_cast<std::uint8_t>(*at);
        state_ = State::kSbData;
      }
      return at + 1;
    case State::kSbOptionIac:
      if (*at == kIac) {  // option 255, written doubled
        option_ = 0xFF;
        state_ = State::kSbData;
      } else if (static_cast<std::uint8_t>(*at) == code(Command::kSe)) {
        state_ = State::kData;
        sink.on_decode_error(DecodeError::kSubnegotiationNoOption);
      } else {
        sink.on_decode_error(DecodeError::kSubnegotiationUnended);
        after_iac(static_cast<std::uint8_t>(*at), sink);
      }
      return at + 1;
    case State::kSbData: {
      const char* const iac = find_iac(at, end);
      if (end - iac >= 2 && static_cast<std::uint8_t>(iac[1]) == code(Command::kSe)) {
        finish_subnegotiation(view(at, iac), sink);
        return iac + 2;
      }
      collect(view(at, iac), sink);
      if (iac == end) return end;
      state_ = State::kSbIac;
      return iac + 1;
    }
    default:
      break;
  }
  if (*at == kIac) {
    collect(view(at, at + 1), sink);
    state_ = State::kSbData;
  } else if (static_cast<std::uint8_t>(*at) == code(Command::kSe)) {
    finish_subnegotiation({}, sink);
  } else {
    drop_subnegotiation();
    sink.on_decode_error(DecodeError::kSubnegotiationUnended);
    after_iac(static_cast<std::uint8_t>(*at), sink);
  }
  return at + 1;
}

void Decoder::collect(std::string_view bytes, DecoderSink& sink) {
  if (oversized_) {
    swallowed_bytes_ += bytes.size();
    return;
  }
  if (payload_.size() + bytes.size() <= options_.subnegotiation_bytes_max) {
    payload_.append(bytes);
    return;
  }
  swallowed_bytes_ = payload_.size() + bytes.size() - options_.subnegotiation_bytes_max;
  std::string().swap(payload_);
  oversized_ = true;
  sink.on_decode_error(DecodeError::kSubnegotiationOversized);
}

// `last` are the bytes just before IAC SE; a subnegotiation that came in one piece is never copied.
void Decoder::finish_subnegotiation(std::string_view last, DecoderSink& sink) {
  if (payload_.empty() && !oversized_ && last.size() <= options_.subnegotiation_bytes_max) {
    state_ = State::kData;
    sink.on_subnegotiation(option_, last);
    return;
  }
  collect(last, sink);
  const bool deliver = !oversized_;
  const std::string payload = std::move(payload_);
  drop_subnegotiation();
  if (deliver) sink.on_subnegotiation(option_, payload);
}

void Decoder::save(archive::Writer& out) const {
  out.field(saved::kState, state_);
  if (state_ == State::kNegotiation) out.field(saved::kVerb, verb_);
  if (!in_payload()) return;
  out.field(saved::kOption, option_);
  out.secret(saved::kPayload, payload_);
  out.flags(saved::kFlags, {oversized_});
  out.field(saved::kSwallowed, swallowed_bytes_);
}

void Decoder::load(archive::Reader& in) {
  Decoder fresh(options_);
  std::uint8_t verb = 0;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kState:
        in.read(fresh.state_, State::kSbIac);
        break;
      case saved::kVerb:
        in.read(verb);
        break;
      case saved::kOption:
        in.read(fresh.option_);
        break;
      case saved::kPayload:
        in.read(fresh.payload_, archive::kBytesMax);
        break;
      case saved::kFlags:
        in.flags({&fresh.oversized_});
        break;
      case saved::kSwallowed:
        in.read(fresh.swallowed_bytes_, kSwallowedBytesMax);
        break;
      default:
        break;
    }
  }
  const bool is_verb = verb >= code(Command::kWill) && verb <= code(Command::kDont);
  in.require(is_verb == (fresh.state_ == State::kNegotiation), "a verb is missing, or in the wrong place");
  if (is_verb) fresh.verb_ = static_cast<Command>(verb);
  in.require(fresh.in_payload() || (fresh.payload_.empty() && !fresh.oversized_),
             "a payload outside of a subnegotiation");
  in.require(fresh.oversized_ ? fresh.payload_.empty() : fresh.swallowed_bytes_ == 0,
             "a payload is both kept and swallowed");
  if (in.ok()) *this = std::move(fresh);
}

bool Decoder::in_payload() const noexcept { return state_ == State::kSbData || state_ == State::kSbIac; }

void Decoder::drop_subnegotiation() noexcept {
  std::string().swap(payload_);
  oversized_ = false;
  swallowed_bytes_ = 0;
  state_ = State::kData;
}

}  // namespace wyld::telnet
