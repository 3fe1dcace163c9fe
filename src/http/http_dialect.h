#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_reader.h"
#include "http/message.h"
#include "http/upgrade.h"
#include "http/web.h"
#include "session/admission.h"
#include "transport/connection.h"
#include "transport/dialect.h"

namespace wyld::http {

// HTTP/1 on a connection: answers heads one after the other, or makes the connection a WebSocket, which then
// speaks a player's dialect.
//
// Owner    its Connection. It leaves no trace in `shard_web` when it is destroyed.
// Thread   the shard's.
// Errors   a malformed head is answered and ends the connection; a deadline just ends it.
// Limits   WebOptions; one answer in flight, during which the client is not read.
class HttpDialect final : public transport::Dialect {
 public:
  explicit HttpDialect(ShardWeb& shard_web);
  ~HttpDialect() override { leave(); }

  void start(std::string_view address) override;
  void on_bytes(char* data, std::size_t bytes) override;
  void on_drained() override;
  void on_timer() override { connection().give_up(); }
  void on_end() override { leave(); }
  void on_stop() override;

 private:
  enum class Phase : unsigned char { kReading, kAnswering, kClosing, kLeft };

  [[nodiscard]] const WebOptions& options() const noexcept { return shard_web_.web.options(); }
  void await_head();
  void read_head();
  void answer(const Request& request);
  void report_health(bool head_only, bool keep_alive);
  void begin_answer();
  void send(const Response& response, bool head_only, bool keep_alive);
  void upgrade(const AcceptedUpgrade& accepted);
  void answer_next();
  // Gives back its place among the connections. It does nothing any more.
  void leave();
  // For tasks on the shard's thread: points to null when this has left.
  [[nodiscard]] const std::shared_ptr<HttpDialect*>& self();

  ShardWeb& shard_web_;
  std::string address_;
  session::Lease lease_;
  // It was not admitted, and is in the reserve: it may ask for health or become a WebSocket, and reads this
  // otherwise.
  std::optional<Error> refusal_;
  HeadReader reader_;
  std::shared_ptr<HttpDialect*> self_;  // null: nobody has asked for it
  Phase phase_ = Phase::kReading;
  bool keep_alive_ = false;  // after the answer in flight
};

// Makes the dialects of one shard's web connections; outlives them. `web` outlives it.
[[nodiscard]] std::move_only_function<std::unique_ptr<transport::Dialect>()> dialects_of_a_shard(Web& web);

}  // namespace wyld::http
