#include "wyldgate/world/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>

#include "wyldgate/world/service.h"

namespace wyldgate::world {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr int kReceiveBytesMax = 1024 * 1024;  // the contract's bound of one message
constexpr const char* kServiceName = "wyldgate.world.v1.WorldService";

TimePoint now() { return std::chrono::steady_clock::now(); }

std::string new_process_id() {
  std::random_device random;
  return std::to_string(::getpid()) + "-" + std::to_string(random()) + std::to_string(random());
}

// As long for a key that is nearly right as for one that is not.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

// gRPC only says that it cannot, and prints its own words for it. Empty: it can.
std::string why_it_cannot_listen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon + 1);
  std::uint16_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (host.empty() || port.empty() || parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size())
    return "write HOST:PORT, as in 127.0.0.1:4100";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
    return error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error);
  std::string why;
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  // As gRPC does, or the connections of the previous process would be in the way.
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0)
    why = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  ::freeaddrinfo(found);
  return why;
}

}  // namespace

Server::Service::Service(Handler& handler, ServerOptions options, SequenceStore* store)
    : handler_(handler),
      options_(std::move(options)),
      process_id_(new_process_id()),
      sessions_(handler, store, options_.sessions) {}

Server::Service::~Service() {
  stop();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return streams_.empty(); });
  }
  server_.reset();  // other calls may still use the rest
}

std::shared_ptr<grpc::ServerCredentials> Server::Service::credentials() const {
  if (options_.tls_certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls(options_.tls_ca.empty()
                                            ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = options_.tls_ca;
  tls.pem_key_cert_pairs.push_back({options_.tls_key, options_.tls_certificate});
  return grpc::SslServerCredentials(tls);
}

std::optional<std::string> Server::Service::start() {
  {
    const std::scoped_lock lock(mutex_);
    if (auto failure = sessions_.load(now())) return failure;
  }
  if (const std::string why = why_it_cannot_listen(options_.listen); !why.empty())
    return "Cannot listen on " + options_.listen + ": " + why + ".";
  grpc::EnableDefaultHealthCheckService(true);
  if (options_.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.AddListeningPort(options_.listen, credentials(), &port_);
  builder.RegisterService(this);
  if (options_.accounts != nullptr) {
    account_calls_ = std::make_unique<AccountCalls>(
        *options_.accounts, [this](const grpc::ServerContextBase& context) { return allows(context); });
    builder.RegisterService(account_calls_.get());
  }
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A gateway that went without a word is noticed; one that asks whether we are there is not sent away.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return "Cannot listen on " + options_.listen +
           (options_.tls_certificate.empty() ? "." : ": check the certificate, its key and the CA.");
  }
  server_->GetHealthCheckService()->SetServingStatus(kServiceName, true);
  return std::nullopt;
}

void Server::Service::turn(const std::function<void(Sessions&)>& work) {
  const std::scoped_lock lock(mutex_);
  if (auto failure = sessions_.turn([&] { work(sessions_); }, now())) fail(std::move(*failure));
  write_all();
}

std::optional<std::string> Server::Service::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || failure_; });
  return failure_;
}

void Server::Service::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (Stream* stream : streams_) end(*stream, {grpc::StatusCode::UNAVAILABLE, "The world stops."});
    changed_.notify_all();
  }
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

// Calls.

bool Server::Service::allows(const grpc::ServerContextBase& context) const {
  if (options_.key.empty()) return true;
  const auto& metadata = context.client_metadata();
  const auto given = metadata.find("authorization");
  return given != metadata.end() &&
         same({given->second.data(), given->second.size()}, "Bearer " + options_.key);
}

grpc::ServerBidiReactor<v1::ConnectRequest, v1::ConnectResponse>* Server::Service::Connect(
    grpc::CallbackServerContext* context) {
  auto* const stream = new Stream(*this, *context);  // deleted in on_done()
  const std::scoped_lock lock(mutex_);
  streams_.insert(stream);
  if (stopping_ || failure_) {
    end(*stream, {grpc::StatusCode::UNAVAILABLE, "The world stops."});
  } else if (!allows(*context)) {
    end(*stream, {grpc::StatusCode::UNAUTHENTICATED, "The key is wrong."});
  } else {
    stream->StartRead(&stream->request);
  }
  return stream;
}

grpc::ServerUnaryReactor* Server::Service::GetProperties(grpc::CallbackServerContext* context,
                                                         const v1::GetPropertiesRequest*,
                                                         v1::GetPropertiesResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (allows(*context)) {
    const std::scoped_lock lock(mutex_);
    *response = handler_.properties();
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish({grpc::StatusCode::UNAUTHENTICATED, "The key is wrong."});
  }
  return reactor;
}

grpc::ServerUnaryReactor* Server::Service::GetStatistics(grpc::CallbackServerContext* context,
                                                         const v1::GetStatisticsRequest*,
                                                         v1::GetStatisticsResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (allows(*context)) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, value] : handler_.statistics()) (*response->mutable_statistics())[name] = value;
    (*response->mutable_statistics())["sessions"] = static_cast<double>(sessions_.count());
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish({grpc::StatusCode::UNAUTHENTICATED, "The key is wrong."});
  }
  return reactor;
}

void Server::Service::on_read(Stream& stream, bool ok) {
  const std::scoped_lock lock(mutex_);
  if (stream.end) return;
  if (!ok) return end(stream, grpc::Status::OK);
  if (stream.id == 0) {
    greet(stream);
  } else if (auto failure = sessions_.take(stream.id, stream.request, now())) {
    fail(std::move(*failure));
  }
  if (!stream.end) stream.StartRead(&stream.request);
  write_all();
}

void Server::Service::greet(Stream& stream) {
  const v1::GatewayHello& hello = stream.request.hello();
  if (!stream.request.has_hello()) {
    return end(stream, {grpc::StatusCode::INVALID_ARGUMENT, "The first message holds no hello."});
  }
  if (hello.version_min() > kVersion || hello.version_max() < kVersion) {
    return end(stream, {grpc::StatusCode::FAILED_PRECONDITION,
                        "This world speaks version " + std::to_string(kVersion) + " of the protocol only."});
  }
  Stream*& place = by_gateway_[hello.gateway()];
  if (Stream* const before = std::exchange(place, &stream)) {
    // Should nobody read there, it hears so when somebody does; the keep-alive ends it if nobody is there.
    end(*before, {grpc::StatusCode::ABORTED, "A newer stream of the same gateway took over."});
  }
  stream.gateway = hello.gateway();
  stream.id = sessions_.open();
  v1::WorldHello& answer = *stream.response.mutable_hello();
  answer.set_version(kVersion);
  answer.set_name(options_.name);
  answer.set_program(options_.program);
  answer.set_process_id(process_id_);
  answer.set_login(options_.accounts != nullptr ? v1::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS : options_.login);
  answer.set_window(static_cast<std::uint32_t>(options_.sessions.unacknowledged_max));
  stream.writes = true;
  stream.StartWrite(&stream.response);
}

void Server::Service::on_write(Stream& stream, bool ok) {
  const std::scoped_lock lock(mutex_);
  stream.writes = false;
  if (stream.end) return stream.Finish(*stream.end);
  if (!ok) return end(stream, grpc::Status::OK);
  write(stream);
}

void Server::Service::on_cancel(Stream& stream) {
  const std::scoped_lock lock(mutex_);
  end(stream, grpc::Status::CANCELLED);
}

void Server::Service::on_done(Stream& stream) {
  // Under the lock to the last: the service goes when it sees that no streams are left.
  const std::scoped_lock lock(mutex_);
  streams_.erase(&stream);
  delete &stream;
  changed_.notify_all();
}

void Server::Service::end(Stream& stream, grpc::Status status) {
  if (stream.end) return;
  stream.end = std::move(status);
  if (stream.id != 0) sessions_.close(stream.id, now());
  const auto place = by_gateway_.find(stream.gateway);
  if (place != by_gateway_.end() && place->second == &stream) by_gateway_.erase(place);
  if (!stream.writes) stream.Finish(*stream.end);
}

void Server::Service::write(Stream& stream) {
  if (stream.end || stream.writes || stream.id == 0 || !sessions_.next(stream.id, stream.response)) return;
  stream.writes = true;
  stream.StartWrite(&stream.response);
}

void Server::Service::write_all() {
  for (Stream* stream : streams_) write(*stream);
}

void Server::Service::fail(std::string what) {
  if (!failure_) failure_ = std::move(what);
  for (Stream* stream : streams_)
    end(*stream, {grpc::StatusCode::UNAVAILABLE, "The world cannot save its state."});
  changed_.notify_all();
}

// The outside.

Server::Server(Handler& handler, ServerOptions options, SequenceStore* store)
    : service_(std::make_unique<Service>(handler, std::move(options), store)) {}

Server::~Server() = default;

std::optional<std::string> Server::start() { return service_->start(); }
int Server::port() const { return service_->port(); }
void Server::turn(const std::function<void(Sessions&)>& work) { service_->turn(work); }
std::optional<std::string> Server::wait() { return service_->wait(); }
void Server::stop() { service_->stop(); }

}  // namespace wyldgate::world
