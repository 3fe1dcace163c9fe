#include "world/telnet_game/link.h"

#include <cstring>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "runtime/socket.h"

namespace wyld::telnet_game {

void TelnetGameLink::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  dial(session, 0, player.capabilities, player.address, player.side_channel_hello,
       player.side_channel_supports);
}

void TelnetGameLink::dial(session::SessionHandle session, std::size_t address_index,
                          const Capabilities& capabilities, std::string_view player_address,
                          std::string_view hello, std::string_view supports) {
  if (session.slot >= by_slot_.size()) by_slot_.resize(session.slot + 1);
  int last_error = 0;
  for (std::size_t at = address_index; at < options_.addresses.size(); ++at) {
    count(Counter::kUpstreamConnects);
    Result<runtime::Fd> fd = runtime::connect_tcp(options_.addresses[at]);
    if (!fd) {
      last_error = fd.error().system_errno;
      continue;
    }
    auto upstream = std::make_unique<Upstream>(*this, session, std::move(*fd), at, capabilities,
                                               player_address, hello, supports);
    if (const Status opened = upstream->open(); !opened) {
      last_error = opened.error().system_errno;
      continue;
    }
    by_slot_[session.slot] = std::move(upstream);
    return;
  }
  unreachable(session, last_error);
}

void TelnetGameLink::unreachable(session::SessionHandle session, int system_errno) {
  count(Counter::kUpstreamFailures);
  log(LogLevel::kWarning, "world_unreachable",
      {{"world", options_.address}, {"error", std::strerror(system_errno)}});
  events_.on_lost(session, options_.name + " cannot be reached (" + std::strerror(system_errno) +
                               "). Please try again in a few minutes.");
}

Upstream* TelnetGameLink::find(session::SessionHandle session) noexcept {
  if (session.slot >= by_slot_.size()) return nullptr;
  Upstream* const upstream = by_slot_[session.slot].get();
  return upstream != nullptr && upstream->session() == session ? upstream : nullptr;
}

void TelnetGameLink::detach(session::SessionHandle session, session::DetachReason /*reason*/) {
  Upstream* const upstream = find(session);
  if (upstream == nullptr) return;
  finishing_.emplace(upstream, std::move(by_slot_[session.slot]));
  upstream->finish();
}

void TelnetGameLink::input(session::SessionHandle session, std::uint64_t /*sequence*/, std::string_view line,
                           bool /*secret*/) {
  if (Upstream* const upstream = find(session)) upstream->send_line(line);
}

void TelnetGameLink::characters(session::SessionHandle session, std::string_view text) {
  if (Upstream* const upstream = find(session)) upstream->send_characters(text);
}

void TelnetGameLink::side_channel(session::SessionHandle session, std::string_view package,
                                  std::string_view body) {
  if (Upstream* const upstream = find(session)) upstream->send_side_channel(package, body);
}

void TelnetGameLink::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) {
  if (Upstream* const upstream = find(session)) upstream->set_capabilities(capabilities);
}

void TelnetGameLink::interrupt(session::SessionHandle session) {
  if (Upstream* const upstream = find(session)) upstream->send_interrupt();
}

void TelnetGameLink::pause(session::SessionHandle session) {
  if (Upstream* const upstream = find(session)) upstream->set_reading(false);
}

void TelnetGameLink::resume(session::SessionHandle session) {
  if (Upstream* const upstream = find(session)) upstream->set_reading(true);
}

void TelnetGameLink::lost(Upstream& upstream, int system_errno) {
  // The upstream is inside its own stream's callback: it dies at the end of the turn.
  std::unique_ptr<Upstream> dying;
  if (const auto finishing = finishing_.find(&upstream); finishing != finishing_.end()) {
    dying = std::move(finishing->second);
    finishing_.erase(finishing);
  } else {
    dying = std::move(by_slot_[upstream.session().slot]);
  }
  if (!dying) return;
  const session::SessionHandle session = upstream.session();
  if (!upstream.finished_) {
    if (!upstream.heard_ && system_errno != 0 && upstream.address_index_ + 1 < options_.addresses.size()) {
      // This address does not answer; the next one may. Nothing has been said yet.
      dial(session, upstream.address_index_ + 1, upstream.endpoint_.capabilities(), upstream.player_address_,
           upstream.hello_, upstream.supports_.to_json());
    } else if (!upstream.heard_ && system_errno != 0) {
      unreachable(session, system_errno);
    } else {
      count(Counter::kUpstreamLosses);
      if (system_errno == 0) {
        events_.on_left(session, options_.name + " has closed the connection.");
      } else {
        log(LogLevel::kWarning, "world_connection_broke",
            {{"world", options_.address}, {"error", std::strerror(system_errno)}});
        events_.on_lost(session, "The connection to " + options_.name + " broke.");
      }
    }
  }
  loop_.defer([dying = std::move(dying)] {});
}

}  // namespace wyld::telnet_game
