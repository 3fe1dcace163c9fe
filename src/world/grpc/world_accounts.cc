#include "world/grpc/world_accounts.h"

#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <pthread.h>

#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "session/secret.h"
#include "world/grpc/account_answers.h"
#include "world/grpc/core/wire.h"

namespace wyld::grpc_world {
namespace {

constexpr const char* kCheckName = "/wyldgate.world.v1.AccountService/CheckName";
constexpr const char* kLogIn = "/wyldgate.world.v1.AccountService/LogIn";
constexpr const char* kCreateAccount = "/wyldgate.world.v1.AccountService/CreateAccount";
constexpr std::chrono::minutes kComplainEvery{1};

// Room for everything from the start: a string that grows leaves its text in the block it had.
std::unique_ptr<std::string> room_for(std::size_t bytes) {
  auto message = std::make_unique<std::string>();
  message->reserve(bytes + 64);
  return message;
}

std::string words_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "no answer in time";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "the world offers no AccountService";
    case grpc::StatusCode::UNAVAILABLE:
      return "the connection broke";
    default:
      return fmt::format("status {}", static_cast<int>(code));
  }
}

// Wiped when gRPC is done with it.
grpc::Slice slice_of(std::unique_ptr<std::string> message) {
  std::string* const kept = message.release();
  return grpc::Slice(
      kept->data(), kept->size(),
      [](void* string) {
        const std::unique_ptr<std::string> owned(static_cast<std::string*>(string));
        session::wipe(*owned);
      },
      kept);
}

}  // namespace

struct WorldAccounts::Question {
  std::uint8_t shard;
  const char* method;
  Read read;
  Done done;
  std::shared_ptr<grpc::Channel> channel;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> call;
  grpc::ByteBuffer response;
  grpc::Status status;
};

WorldAccounts::WorldAccounts(const GrpcWorldOptions& options, ShardMail mail, Connection connection)
    : options_(options),
      mail_(std::move(mail)),
      connection_(std::move(connection)),
      thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), "wyld-accounts");
}

WorldAccounts::~WorldAccounts() { stop(); }

void WorldAccounts::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    for (Question* const question : out_) question->context.TryCancel();
  }
  queue_.Shutdown();
  thread_.join();
}

void WorldAccounts::run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    const std::unique_ptr<Question> question(static_cast<Question*>(tag));
    bool stopped = false;
    {
      const std::scoped_lock lock(mutex_);
      out_.erase(question.get());
      stopped = stopped_;
    }
    if (!stopped) answered(*question);
  }
}

bool WorldAccounts::log_in(std::uint8_t shard, session::LoginAttempt attempt, Done done) {
  auto message = room_for(attempt.name.size() + attempt.password.view().size() + attempt.address.size());
  wire::put_bytes(*message, 1, attempt.name);
  wire::put_bytes(*message, 2, attempt.password.view());
  wire::put_bytes(*message, 3, attempt.address);
  wire::put_duration(*message, 4, attempt.waited);
  return ask(shard, kLogIn, std::move(message), read_login_answer, std::move(done));
}

bool WorldAccounts::check_name(std::uint8_t shard, session::NameCheck check, Done done) {
  auto message = room_for(check.name.size());
  wire::put_bytes(*message, 1, check.name);
  return ask(shard, kCheckName, std::move(message), read_name_answer, std::move(done));
}

bool WorldAccounts::create(std::uint8_t shard, session::NewAccount account, Done done) {
  auto message = room_for(account.name.size() + account.password.view().size() + account.email.size());
  wire::put_bytes(*message, 1, account.name);
  wire::put_bytes(*message, 2, account.password.view());
  wire::put_bytes(*message, 3, account.email);
  return ask(
      shard, kCreateAccount, std::move(message),
      [name = account.name](std::string_view response) { return read_create_answer(response, name); },
      std::move(done));
}

bool WorldAccounts::ask(std::uint8_t shard, const char* method, std::unique_ptr<std::string> request,
                        Read read, Done done) {
  const grpc::Slice slice = slice_of(std::move(request));
  std::shared_ptr<grpc::Channel> channel = connection_();
  if (!channel) {
    tell(shard, std::move(done), no_answer());
    return true;
  }
  auto question = std::make_unique<Question>();
  question->shard = shard;
  question->method = method;
  question->read = std::move(read);
  question->done = std::move(done);
  question->context.set_deadline(std::chrono::system_clock::now() + options_.call_deadline);
  if (!options_.key.empty()) question->context.AddMetadata("authorization", "Bearer " + options_.key);
  const std::scoped_lock lock(mutex_);
  if (stopped_ || out_.size() >= options_.account_questions_max) {
    count(Counter::kLoginsBusy);
    return false;
  }
  question->channel = std::move(channel);
  grpc::GenericStub stub(question->channel);
  question->call = stub.PrepareUnaryCall(&question->context, method, grpc::ByteBuffer(&slice, 1), &queue_);
  question->call->StartCall();
  Question* const asked = question.release();  // comes back through the queue
  out_.insert(asked);
  asked->call->Finish(&asked->response, &asked->status, asked);
  return true;
}

void WorldAccounts::answered(Question& question) {
  if (!question.status.ok()) {
    complain(question.method, words_of(question.status.error_code()));
    return tell(question.shard, std::move(question.done), no_answer());
  }
  grpc::Slice bytes;
  session::AccountAnswer answer;
  if (question.response.TrySingleSlice(&bytes).ok() || question.response.DumpToSingleSlice(&bytes).ok()) {
    answer = question.read({reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
    if (answer.verdict == session::AccountVerdict::kUnavailable) {
      complain(question.method, "the answer cannot be used");
    }
  } else {
    answer = no_answer();
  }
  tell(question.shard, std::move(question.done), std::move(answer));
}

void WorldAccounts::tell(std::uint8_t shard, Done done, session::AccountAnswer answer) {
  const bool posted = mail_(
      shard, [done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
  if (posted) return;
  count(Counter::kMailboxFull);
  log(LogLevel::kError, "mailbox_full", {{"lost", "account_answer"}});
}

void WorldAccounts::complain(const char* method, std::string error) {
  const auto now = std::chrono::steady_clock::now();
  if (complained_.time_since_epoch().count() != 0 && now - complained_ < kComplainEvery) return;
  complained_ = now;
  log(LogLevel::kWarning, "world_accounts_unavailable",
      {{"world", options_.url},
       {"call", method},
       {"error", std::move(error)},
       {"advice", "players cannot log in; does the world offer AccountService, and answer in time?"}});
}

}  // namespace wyld::grpc_world
