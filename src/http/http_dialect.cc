#include "http/http_dialect.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

#include "http/refusal.h"
#include "http/site.h"
#include "transport/connections.h"

namespace wyld::http {
namespace {

// For a connection in the reserve to say what it wants.
constexpr std::chrono::milliseconds kReserveDeadline{2'000};
// For a health check to be answered, and for a client that reads its answer slowly.
constexpr std::chrono::seconds kAnswerDeadline{60};
// After a final answer the client is read for a moment: closing with unread bytes would reset the connection
// and take the answer with it.
constexpr std::chrono::seconds kDrainDeadline{2};

}  // namespace

HttpDialect::HttpDialect(ShardWeb& shard_web)
    : shard_web_(shard_web), reader_(shard_web.web.options().head_bytes_max) {}

void HttpDialect::start(std::string_view address) {
  address_ = address;
  transport::Connections& home = connection().home();
  Result<session::Lease> lease = home.admission().admit_web(address_, home.loop().now());
  if (lease) {
    lease_ = std::move(*lease);
  } else {
    refusal_ = lease.error();
    HttpDialect* const loser = shard_web_.reserve.enter(*this, runtime::address_key(address_));
    if (loser != nullptr) loser->connection().give_up();
  }
  await_head();
}

void HttpDialect::await_head() {
  phase_ = Phase::kReading;
  // One deadline for the head, however many pieces it comes in.
  const std::chrono::milliseconds deadline =
      refusal_ ? std::min(options().head_deadline, kReserveDeadline) : options().head_deadline;
  connection().set_timer(connection().home().loop().now() + deadline);
  connection().set_reading(session::Reading::kOn);
}

void HttpDialect::on_bytes(char* data, std::size_t bytes) {
  reader_.append({data, bytes});
  if (phase_ == Phase::kReading) read_head();
}

void HttpDialect::read_head() {
  switch (reader_.read()) {
    case HeadReader::Outcome::kNeedMore:
      break;
    case HeadReader::Outcome::kHead:
      answer(reader_.request());
      break;
    case HeadReader::Outcome::kTooLong:
      send(text_response(431, "The request head is too long."), false, false);
      break;
    case HeadReader::Outcome::kMalformed:
      send(text_response(400, "This is not an HTTP request."), false, false);
      break;
  }
}

void HttpDialect::answer(const Request& request) {
  const bool head_only = request.method == "HEAD";
  if (const std::optional<Refusal> refusal =
          refusal_of(request, options().hosts, refusal_ ? &*refusal_ : nullptr)) {
    if (!refusal->unknown_host.empty()) shard_web_.web.note_unknown_host(refusal->unknown_host);
    send(refusal->response, head_only, false);
    return;
  }
  // A body is never read; a place in the reserve is needed by others.
  const bool keep_alive = request.keep_alive && !request.has_body && !refusal_;
  const std::string_view path = local_path(request.path());
  if (path == kReadyPath && (request.method == "GET" || head_only)) {
    report_health(head_only, keep_alive);
    return;
  }
  if (path != kWebSocketPath) {
    send(respond(request, shard_web_.web.pages()), head_only, keep_alive);
    return;
  }
  const std::variant<AcceptedUpgrade, Response> verdict = judge_upgrade(request, options().allowed_origins);
  if (const Response* const refusal = std::get_if<Response>(&verdict)) {
    send(*refusal, head_only, keep_alive);
    return;
  }
  if (connection().home().is_stopping()) {
    send(text_response(503, "The gateway is not admitting players at the moment."), head_only, false);
    return;
  }
  upgrade(std::get<AcceptedUpgrade>(verdict));
}

// The owner may have to look first, and answers from any thread.
void HttpDialect::report_health(bool head_only, bool keep_alive) {
  if (!options().health) {
    send(readiness_response({.ready = true, .text = "ok"}), head_only, keep_alive);
    return;
  }
  begin_answer();
  options().health([&loop = connection().home().loop(), self = self(), head_only, keep_alive](Health health) {
    // When the shard's mailbox is full there is no answer: the deadline ends the connection.
    std::ignore = loop.post([self, health = std::move(health), head_only, keep_alive] {
      if (*self != nullptr) (*self)->send(readiness_response(health), head_only, keep_alive);
    });
  });
}

void HttpDialect::begin_answer() {
  phase_ = Phase::kAnswering;
  connection().set_reading(session::Reading::kUntilAnswer);
  connection().set_timer(connection().home().loop().now() + kAnswerDeadline);
}

void HttpDialect::send(const Response& response, bool head_only, bool keep_alive) {
  begin_answer();
  keep_alive_ = keep_alive && !response.close && !connection().home().is_stopping();
  connection().write([&](std::string& out) {
    out += head_bytes(response, keep_alive_, shard_web_.web.frame_ancestors());
    if (!head_only) out += response.text;
  });
  if (!head_only && response.shared) connection().write_shared(response.shared);
  connection().tell_when_drained();
}

void HttpDialect::on_drained() {
  if (phase_ != Phase::kAnswering) return;
  if (connection().home().is_stopping()) {
    connection().give_up();
  } else if (!keep_alive_) {
    phase_ = Phase::kClosing;
    connection().close_after_flush(kDrainDeadline);
  } else if (!reader_.has_more()) {
    await_head();
  } else {
    answer_next();
  }
}

// A client that pipelines waits for its next answer until all others have had their turn.
void HttpDialect::answer_next() {
  const bool posted = connection().home().loop().post([self = self()] {
    if (*self == nullptr) return;
    (*self)->await_head();
    (*self)->read_head();
  });
  if (!posted) connection().give_up();
}

void HttpDialect::on_stop() {
  const bool in_progress = phase_ == Phase::kAnswering || (phase_ == Phase::kReading && reader_.has_more());
  if (!in_progress) connection().give_up();
}

void HttpDialect::upgrade(const AcceptedUpgrade& accepted) {
  connection().write([&accepted](std::string& out) { out += accepted.head; });
  leave();  // it is admitted as a player's now
  connection().home().enter_websocket(connection(), accepted.protocol, address_, reader_.take_rest());
}

void HttpDialect::leave() {
  if (std::exchange(phase_, Phase::kLeft) == Phase::kLeft) return;
  lease_.release();
  shard_web_.reserve.leave(*this);
  if (self_) *self_ = nullptr;
}

const std::shared_ptr<HttpDialect*>& HttpDialect::self() {
  if (!self_) self_ = std::make_shared<HttpDialect*>(this);
  return self_;
}

std::move_only_function<std::unique_ptr<transport::Dialect>()> dialects_of_a_shard(Web& web) {
  return [shard_web = std::make_unique<ShardWeb>(web)] { return std::make_unique<HttpDialect>(*shard_web); };
}

}  // namespace wyld::http
