#include "codec/telnet/options/linemode.h"

#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {
namespace {

constexpr char kForwardmask = 2;

}  // namespace

bool refuse_forwardmask(std::string_view payload, std::string& out) {
  if (payload.size() < 2 || payload[1] != kForwardmask) return false;
  const auto verb = static_cast<Command>(payload[0]);
  if (verb != Command::kDo && verb != Command::kWill) return false;
  const Command refusal = verb == Command::kDo ? Command::kWont : Command::kDont;
  SubnegotiationWriter(option::kLinemode, out)
      .byte(static_cast<std::uint8_t>(refusal))
      .byte(static_cast<std::uint8_t>(kForwardmask));
  return true;
}

}  // namespace wyld::telnet
