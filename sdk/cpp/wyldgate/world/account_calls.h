#pragma once
// AccountService around Accounts. Not for worlds to include.

#include <grpcpp/grpcpp.h>

#include <functional>

#include "wyldgate/world/accounts.h"
#include "wyldgate/world/v1/account.grpc.pb.h"

namespace wyldgate::world {

class AccountCalls final : public v1::AccountService::Service {
 public:
  using Allows = std::function<bool(const grpc::ServerContextBase&)>;

  AccountCalls(Accounts& accounts, Allows allows) : accounts_(accounts), allows_(std::move(allows)) {}

  grpc::Status CheckName(grpc::ServerContext* context, const v1::CheckNameRequest* request,
                         v1::CheckNameResponse* response) override;
  grpc::Status LogIn(grpc::ServerContext* context, const v1::LogInRequest* request,
                     v1::LogInResponse* response) override;
  grpc::Status CreateAccount(grpc::ServerContext* context, const v1::CreateAccountRequest* request,
                             v1::CreateAccountResponse* response) override;

 private:
  template <typename Work>
  grpc::Status answer(const grpc::ServerContext& context, Work&& work);

  Accounts& accounts_;
  const Allows allows_;
};

}  // namespace wyldgate::world
