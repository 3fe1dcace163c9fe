#include "world/grpc/link.h"

#include <algorithm>
#include <utility>

namespace wyld::grpc_world {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
// An acknowledgement waits so long for events to travel with; more than so many do not wait.
constexpr auto kAcknowledgeAfter = std::chrono::milliseconds(20);
constexpr std::size_t kAcknowledgeAtOnce = 2048;

}  // namespace

GrpcLink::GrpcLink(const LinkCoreOptions& options, GrpcWorld& world, runtime::Loop& loop,
                   session::WorldEvents& events)
    : LinkCore(options, events, world.routes(), [this](Due due) { on_due(due); }),
      world_(world),
      events_(events),
      loop_(loop),
      shard_(options.shard),
      acknowledge_(&GrpcLink::on_acknowledge, this) {}

GrpcLink::~GrpcLink() { loop_.cancel_flush(*this); }

std::string GrpcLink::login_banner(const Capabilities& /*capabilities*/) const { return world_.banner(); }

void GrpcLink::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  LinkCore::attach(session, player);
  if (!gateway_logs_in() || player.returning) return;
  if (const std::string text = world_.message_of_the_day(); !text.empty()) events_.on_output(session, text);
}

void GrpcLink::on_due(Due due) {
  if (due == Due::kEvents) {
    loop_.flush_later(*this);
  } else if (!acknowledge_.scheduled()) {
    loop_.timers().schedule(acknowledge_, loop_.now() + kAcknowledgeAfter);
  }
}

void GrpcLink::on_acknowledge(void* self) {
  auto& link = *static_cast<GrpcLink*>(self);
  link.loop_.flush_later(link);
}

void GrpcLink::take(const Inbound& inbound) {
  receive(inbound);
  if (acknowledgements_due() >= kAcknowledgeAtOnce) loop_.flush_later(*this);
}

void GrpcLink::drained() {
  if (std::exchange(congested_, false)) loop_.flush_later(*this);
}

void GrpcLink::went_down(std::string_view text) {
  congested_ = false;
  stream_down(text);
}

void GrpcLink::flush() {
  for (bool more = true; more && !congested_;) {
    std::string piece;
    piece.reserve(usual_bytes_);
    more = collect(piece, kPieceBytes);
    if (piece.empty()) break;
    usual_bytes_ = std::clamp<std::size_t>(piece.size() + piece.size() / 4, 256, kPieceBytes);
    congested_ = !world_.send(shard_, stream(), std::move(piece));
  }
  acknowledge_.cancel();
}

}  // namespace wyld::grpc_world
