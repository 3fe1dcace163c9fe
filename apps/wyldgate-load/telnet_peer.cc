#include "wyldgate-load/telnet_peer.h"

#include <cstring>

namespace wyld::load {
namespace {

// RFC 854 commands and the options a game and a client commonly agree on.
constexpr std::uint8_t kIac = 255, kDont = 254, kDo = 253, kWont = 252, kWill = 251;
constexpr std::uint8_t kSb = 250, kSe = 240;
constexpr std::uint8_t kEcho = 1, kSga = 3, kTtype = 24, kEor = 25, kNaws = 31, kGmcp = 201;

void append(std::string& out, std::initializer_list<std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(static_cast<char>(byte));
}

bool client_performs(std::uint8_t option) { return option == kTtype || option == kNaws; }
bool client_wants(std::uint8_t option) {
  return option == kEcho || option == kSga || option == kEor || option == kGmcp;
}

// What game_offers() has already said, so a matching answer needs none from us.
bool game_asked(std::uint8_t verb, std::uint8_t option) {
  if (verb == kDo || verb == kDont) return option == kEor || option == kGmcp;
  return option == kTtype || option == kNaws;
}

}  // namespace

std::string_view TelnetPeer::game_offers() {
  return "\xff\xfb\x19"   // WILL EOR
         "\xff\xfb\xc9"   // WILL GMCP
         "\xff\xfd\x18"   // DO TTYPE
         "\xff\xfd\x1f";  // DO NAWS
}

std::size_t TelnetPeer::strip(std::span<char> bytes, std::string& answers) {
  if (state_ == State::kText && std::memchr(bytes.data(), kIac, bytes.size()) == nullptr) return bytes.size();
  std::size_t kept = 0;
  for (const char raw : bytes) {
    const auto byte = static_cast<std::uint8_t>(raw);
    switch (state_) {
      case State::kText:
        if (byte == kIac)
          state_ = State::kIac;
        else
          bytes[kept++] = raw;
        break;
      case State::kIac:
        if (byte == kIac) {
          bytes[kept++] = raw;
          state_ = State::kText;
        } else if (byte == kSb) {
          sub_seen_ = 0;
          state_ = State::kSub;
        } else if (byte >= kWill) {
          verb_ = byte;
          state_ = State::kVerb;
        } else {
          state_ = State::kText;
        }
        break;
      case State::kVerb:
        on_option(verb_, byte, answers);
        state_ = State::kText;
        break;
      case State::kSub:
        if (byte == kIac)
          state_ = State::kSubIac;
        else if (sub_seen_ < 2)
          sub_head_[sub_seen_++] = byte;
        break;
      case State::kSubIac:
        if (byte == kSe) on_subnegotiation(answers);
        state_ = byte == kSe ? State::kText : State::kSub;
        break;
    }
  }
  return kept;
}

void TelnetPeer::on_option(std::uint8_t verb, std::uint8_t option, std::string& answers) {
  if (manner_ == Manner::kSilent) return;
  const bool asks_us = verb == kDo || verb == kDont;
  const std::size_t slot = option + (asks_us ? 256U : 0U);
  if (answered_.test(slot) || verb == kDont || verb == kWont) return;
  answered_.set(slot);
  if (manner_ == Manner::kGame) {
    if (!game_asked(verb, option)) append(answers, {kIac, asks_us ? kWont : kDont, option});
    if (verb == kWill && option == kTtype)
      append(answers, {kIac, kSb, kTtype, 1, kIac, kSe});  // RFC 1091 SEND.
    return;
  }
  if (asks_us) {
    append(answers, {kIac, client_performs(option) ? kWill : kWont, option});
    if (option == kNaws) append(answers, {kIac, kSb, kNaws, 0, 80, 0, 24, kIac, kSe});
  } else {
    append(answers, {kIac, client_wants(option) ? kDo : kDont, option});
  }
}

void TelnetPeer::on_subnegotiation(std::string& answers) {
  if (sub_seen_ < 2) return;
  if (manner_ == Manner::kGame) {
    if (sub_head_[0] == kTtype && sub_head_[1] == 0) type_told_ = true;  // RFC 1091 IS.
    if (sub_head_[0] == kNaws) window_told_ = true;
    return;
  }
  if (manner_ != Manner::kClient) return;
  if (sub_head_[0] != kTtype || sub_head_[1] != 1) return;
  append(answers, {kIac, kSb, kTtype, 0});  // RFC 1091 IS.
  answers += "XTERM";
  append(answers, {kIac, kSe});
}

}  // namespace wyld::load
