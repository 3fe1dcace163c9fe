#include "world/grpc/grpc_world.h"

#include <fmt/format.h>

#include <utility>

#include "world/grpc/stream.h"
#include "world/grpc/world_accounts.h"

namespace wyld::grpc_world {

GrpcWorld::GrpcWorld(GrpcWorldOptions options, std::size_t shard_count, ShardMail mail)
    : stream_(std::make_unique<Stream>(std::move(options), shard_count, mail)) {
  if (stream_->options().login != Login::kWorldAccounts) return;
  accounts_ = std::make_unique<WorldAccounts>(stream_->options(), std::move(mail),
                                              [this] { return stream_->connection(); });
}

GrpcWorld::~GrpcWorld() = default;

std::unique_ptr<session::WorldLink> GrpcWorld::make_link(
    std::uint8_t shard, runtime::Loop& loop, session::WorldEvents& events,
    std::function<std::string_view(const SessionId&)> protocol_of) {
  const GrpcWorldOptions& options = stream_->options();
  LinkCoreOptions link_options;
  link_options.shard = shard;
  link_options.gateway_logs_in = options.login != Login::kWorld;
  link_options.away_text = away_text(options);
  link_options.events_high = options.window_events / stream_->shard_count();
  link_options.bytes_high /= stream_->shard_count();
  link_options.protocol_of = std::move(protocol_of);
  auto link = std::make_unique<GrpcLink>(link_options, *this, loop, events);
  stream_->add_link(shard, *link);
  return link;
}

void GrpcWorld::start() { stream_->start(); }

void GrpcWorld::stop(std::chrono::milliseconds grace) {
  if (accounts_) accounts_->stop();
  stream_->stop(grace);
}

session::AccountService* GrpcWorld::accounts() noexcept { return accounts_.get(); }
bool GrpcWorld::connected() const { return stream_->connected(); }
std::string GrpcWorld::banner() const { return stream_->banner(); }
std::string GrpcWorld::message_of_the_day() const { return stream_->message_of_the_day(); }
std::map<std::string, double> GrpcWorld::statistics() const { return stream_->statistics(); }
Routes& GrpcWorld::routes() noexcept { return stream_->routes(); }

bool GrpcWorld::send(std::uint8_t shard, std::uint64_t stream, std::string piece) {
  return stream_->send(shard, stream, std::move(piece));
}

}  // namespace wyld::grpc_world
