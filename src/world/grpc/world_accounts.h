#pragma once
// The inside of GrpcWorld::accounts(); only for grpc_world.cc and tests.

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "base/shard_mail.h"
#include "session/account_service.h"
#include "world/grpc/options.h"

namespace wyld::grpc_world {

// Asks a world's AccountService, over the connection that the stream has. Without a stream the answer is
// kUnavailable at once: no login waits for a world that is away.
//
// Owner    GrpcWorld.
// Thread   AccountService's; the rest the owner's. One thread of its own ("wyld-accounts") takes the answers.
// Errors   a call that fails, is late or answers nonsense is kUnavailable, and a line in the log, at most one
// a
//          minute. What the world says there is not logged: it knows what players typed.
// Limits   `account_questions_max` are out at a time, each for at most `call_deadline`. A password is in one
// buffer
//          here, which is wiped when gRPC has written it; what gRPC or TLS copy is theirs.
class WorldAccounts final : public session::AccountService {
 public:
  // The connection whose stream is open; null: there is none.
  using Connection = std::function<std::shared_ptr<grpc::Channel>()>;

  WorldAccounts(const GrpcWorldOptions& options, ShardMail mail, Connection connection);
  ~WorldAccounts() override;

  // Questions that are out are given up; from then on none is taken.
  void stop();

  [[nodiscard]] bool log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) override;
  [[nodiscard]] bool check_name(std::uint8_t shard, session::NameCheck check, Done done) override;
  [[nodiscard]] bool create(std::uint8_t shard, session::NewAccount account, Done done) override;

 private:
  struct Question;
  using Read = std::move_only_function<session::AccountAnswer(std::string_view response)>;

  bool ask(std::uint8_t shard, const char* method, std::unique_ptr<std::string> request, Read read,
           Done done);
  void run();
  void answered(Question& question);
  void tell(std::uint8_t shard, Done done, session::AccountAnswer answer);
  void complain(const char* method, std::string error);

  const GrpcWorldOptions& options_;
  const ShardMail mail_;
  const Connection connection_;
  grpc::CompletionQueue queue_;
  std::chrono::steady_clock::time_point complained_{};  // of the thread

  std::mutex mutex_;  // guards the rest
  std::unordered_set<Question*> out_;
  bool stopped_ = false;

  std::thread thread_;  // last: it uses the rest
};

}  // namespace wyld::grpc_world
