#include "wyldgate/world/account_calls.h"

#include <string.h>  // explicit_bzero

#include <exception>
#include <string>

namespace wyldgate::world {
namespace {

// The request is gRPC's, which destroys it unread after the call.
void wipe(const std::string& password) {
  explicit_bzero(const_cast<char*>(password.data()),
                 password.size());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace

// What an exception says may hold what was typed: it goes to nobody.
template <typename Work>
grpc::Status AccountCalls::answer(const grpc::ServerContext& context, Work&& work) {
  if (!allows_(context)) return {grpc::StatusCode::UNAUTHENTICATED, "The key is wrong."};
  try {
    work();
    return grpc::Status::OK;
  } catch (const std::exception&) {
    return {grpc::StatusCode::INTERNAL, "The world's accounts have failed."};
  }
}

grpc::Status AccountCalls::CheckName(grpc::ServerContext* context, const v1::CheckNameRequest* request,
                                     v1::CheckNameResponse* response) {
  return answer(*context, [&] { *response = accounts_.check_name(*request); });
}

grpc::Status AccountCalls::LogIn(grpc::ServerContext* context, const v1::LogInRequest* request,
                                 v1::LogInResponse* response) {
  const grpc::Status status = answer(*context, [&] { *response = accounts_.log_in(*request); });
  wipe(request->password());
  return status;
}

grpc::Status AccountCalls::CreateAccount(grpc::ServerContext* context,
                                         const v1::CreateAccountRequest* request,
                                         v1::CreateAccountResponse* response) {
  const grpc::Status status = answer(*context, [&] { *response = accounts_.create_account(*request); });
  wipe(request->password());
  return status;
}

}  // namespace wyldgate::world
