// Questions about accounts against a real gRPC server on 127.0.0.1.
#include "world/grpc/world_accounts.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <optional>

#include "base/log.h"
#include "runtime/loop.h"
#include "world/grpc/channel.h"
#include "wyldgate/world/v1/account.grpc.pb.h"

namespace wyld::grpc_world {
namespace {

using namespace std::chrono_literals;
namespace proto = ::wyldgate::world::v1;
using session::AccountAnswer;
using Verdict = session::AccountVerdict;

// One account, "Ada" with "correct horse". Can be told to keep everybody waiting.
class Server final : public proto::AccountService::Service {
 public:
  Server() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Server() override { stop(); }

  void stop() {
    release();
    if (server_) server_->Shutdown();
    server_.reset();
  }
  void release() {
    const std::scoped_lock lock(mutex_);
    silent_ = false;
    changed_.notify_all();
  }
  void be_silent() {
    const std::scoped_lock lock(mutex_);
    silent_ = true;
  }
  void until_asked(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= count; });
  }

  grpc::Status CheckName(grpc::ServerContext* context, const proto::CheckNameRequest* request,
                         proto::CheckNameResponse* response) override {
    asked(*context);
    response->set_status(request->name() == "ada" ? proto::NAME_STATUS_TAKEN : proto::NAME_STATUS_FREE);
    return grpc::Status::OK;
  }
  grpc::Status LogIn(grpc::ServerContext* context, const proto::LogInRequest* request,
                     proto::LogInResponse* response) override {
    asked(*context);
    {
      const std::scoped_lock lock(mutex_);
      login_ = *request;
    }
    if (request->name() == "broken") return {grpc::StatusCode::INTERNAL, "correct horse"};
    response->set_accepted(request->name() == "ada" && request->password() == "correct horse");
    if (response->accepted()) response->set_account("Ada");
    return grpc::Status::OK;
  }
  grpc::Status CreateAccount(grpc::ServerContext* context, const proto::CreateAccountRequest* request,
                             proto::CreateAccountResponse* response) override {
    asked(*context);
    {
      const std::scoped_lock lock(mutex_);
      created_ = *request;
    }
    response->set_created(true);
    return grpc::Status::OK;
  }

  // What was asked last.
  proto::LogInRequest login() {
    const std::scoped_lock lock(mutex_);
    return login_;
  }
  proto::CreateAccountRequest created() {
    const std::scoped_lock lock(mutex_);
    return created_;
  }
  std::string authorization() {
    const std::scoped_lock lock(mutex_);
    return authorization_;
  }

  int port = 0;

 private:
  void asked(const grpc::ServerContext& context) {
    std::unique_lock lock(mutex_);
    const auto found = context.client_metadata().find("authorization");
    if (found != context.client_metadata().end())
      authorization_.assign(found->second.data(), found->second.size());
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !silent_; });
  }

  std::unique_ptr<grpc::Server> server_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  proto::LogInRequest login_;
  proto::CreateAccountRequest created_;
  std::string authorization_;
  int asked_ = 0;
  bool silent_ = false;
};

class WorldAccountsTest : public ::testing::Test {
 protected:
  void begin() {
    options_.target = "127.0.0.1:" + std::to_string(server_.port);
    channel_ = make_channel(options_);
    accounts_.emplace(
        options_,
        [this](std::uint8_t shard, std::move_only_function<void()> task) {
          const bool full = mailbox_full_;
          last_shard_ = shard;
          return !full && loop_->post(std::move(task));
        },
        [this] { return connected_ ? channel_ : nullptr; });
  }
  session::AccountService::Done keep() {
    return [this](AccountAnswer answer) { answers_.push_back(std::move(answer)); };
  }
  static session::LoginAttempt attempt(std::string name, std::string_view password = "correct horse") {
    return {.name = std::move(name),
            .password = session::Secret(password),
            .address = "203.0.113.7",
            .waited = 1500ms};
  }
  // The answer to the one question that is out.
  AccountAnswer answer() {
    while (answers_.empty()) loop_->run_once(5ms);
    AccountAnswer first = std::move(answers_.front());
    answers_.erase(answers_.begin());
    return first;
  }

  Server server_;
  GrpcWorldOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<runtime::Loop> loop_ = *runtime::Loop::create();
  std::vector<AccountAnswer> answers_;
  std::atomic<int> last_shard_ = -1;
  std::atomic<bool> connected_ = true;
  std::atomic<bool> mailbox_full_ = false;
  std::optional<WorldAccounts> accounts_;  // last: it uses the rest
};

TEST_F(WorldAccountsTest, TheWorldSaysWhoMayComeIn) {
  options_.key = "open-sesame";
  begin();
  ASSERT_TRUE(accounts_->log_in(3, attempt("ada"), keep()));
  EXPECT_TRUE(answers_.empty()) << "never inside the call";
  const AccountAnswer accepted = answer();
  EXPECT_EQ(accepted.verdict, Verdict::kAccepted);
  EXPECT_EQ(accepted.name, "Ada");
  EXPECT_EQ(last_shard_, 3);
  EXPECT_EQ(server_.login().password(), "correct horse");
  EXPECT_EQ(server_.login().address(), "203.0.113.7");
  EXPECT_EQ(server_.login().waited().seconds(), 1);
  EXPECT_EQ(server_.login().waited().nanos(), 500'000'000);
  EXPECT_EQ(server_.authorization(), "Bearer open-sesame");
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada", "wrong"), keep()));
  EXPECT_EQ(answer().verdict, Verdict::kRefused);
}

TEST_F(WorldAccountsTest, NamesAreAskedForAndAccountsMade) {
  begin();
  ASSERT_TRUE(accounts_->check_name(0, {.name = "ada", .address = {}}, keep()));
  EXPECT_EQ(answer().verdict, Verdict::kNameTaken);
  ASSERT_TRUE(accounts_->check_name(0, {.name = "grace", .address = {}}, keep()));
  EXPECT_EQ(answer().verdict, Verdict::kAccepted);
  ASSERT_TRUE(accounts_->create(0,
                                {.name = "Grace",
                                 .password = session::Secret("battery staple"),
                                 .email = "g@example.org",
                                 .address = {}},
                                keep()));
  const AccountAnswer made = answer();
  EXPECT_EQ(made.verdict, Verdict::kAccepted);
  EXPECT_EQ(made.name, "Grace");
  EXPECT_EQ(server_.created().password(), "battery staple");
  EXPECT_EQ(server_.created().email(), "g@example.org");
}

TEST_F(WorldAccountsTest, AWorldThatIsAwayIsNotWaitedFor) {
  begin();
  connected_ = false;
  options_.call_deadline = 1h;
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  EXPECT_TRUE(answers_.empty()) << "never inside the call";
  EXPECT_EQ(answer().verdict, Verdict::kUnavailable);
  connected_ = true;
  server_.stop();
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  EXPECT_EQ(answer().verdict, Verdict::kUnavailable) << "nobody listens";
}

TEST_F(WorldAccountsTest, AWorldThatDoesNotAnswerIsGivenUp) {
  options_.call_deadline = 50ms;
  server_.be_silent();
  begin();
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  EXPECT_EQ(answer().verdict, Verdict::kUnavailable);
}

TEST_F(WorldAccountsTest, WhatAWorldSaysOfItsTroubleIsNotLogged) {
  begin();
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(accounts_->log_in(0, attempt("broken"), keep()));
  EXPECT_EQ(answer().verdict, Verdict::kUnavailable);
  flush_log(60s);
  const std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("world_accounts_unavailable"), std::string::npos) << logged;
  EXPECT_EQ(logged.find("correct horse"), std::string::npos) << logged;
}

TEST_F(WorldAccountsTest, SoManyQuestionsAreOutAndNoMore) {
  options_.account_questions_max = 2;
  options_.call_deadline = 1h;
  server_.be_silent();
  begin();
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  ASSERT_TRUE(accounts_->check_name(0, {.name = "grace", .address = {}}, keep()));
  EXPECT_FALSE(accounts_->log_in(0, attempt("ada"), keep()));
  server_.release();
  EXPECT_NE(answer().verdict, Verdict::kUnavailable);
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  EXPECT_NE(answer().verdict, Verdict::kUnavailable);
  EXPECT_NE(answer().verdict, Verdict::kUnavailable);
}

TEST_F(WorldAccountsTest, StoppingWaitsForNoAnswer) {
  options_.call_deadline = 1h;
  server_.be_silent();
  begin();
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  server_.until_asked(1);
  accounts_->stop();
  EXPECT_FALSE(accounts_->log_in(0, attempt("ada"), keep()));
  loop_->run_once(0ms);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(WorldAccountsTest, AFullMailboxLosesAnAnswerAndNothingElse) {
  begin();
  mailbox_full_ = true;
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada"), keep()));
  server_.until_asked(1);
  while (last_shard_ < 0) std::this_thread::yield();
  mailbox_full_ = false;
  ASSERT_TRUE(accounts_->log_in(0, attempt("ada", "wrong"), keep()));
  EXPECT_EQ(answer().verdict, Verdict::kRefused);
  flush_log(60s);
  static_cast<void>(::testing::internal::GetCapturedStderr());
}

}  // namespace
}  // namespace wyld::grpc_world
