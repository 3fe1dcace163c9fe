#pragma once
// Accounts that a world keeps, for gateways that log its players in.

#include "wyldgate/world/v1/account.pb.h"

namespace wyldgate::world {

// What AccountService asks; the comments there say what an answer means. Give it to ServerOptions::accounts,
// and the world says LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS.
//
// Owner    the program; outlives Server.
// Thread   threads of gRPC's, several at a time, and beside the Handler: hashing a password holds up nobody
//          else.
// Errors   an exception is answered with INTERNAL; the player reads that they cannot log in right now. The
//          gateway waits five seconds.
// Limits   passwords in requests are wiped when the call returns: take what you keep.
class Accounts {
 public:
  virtual ~Accounts() = default;

  [[nodiscard]] virtual v1::CheckNameResponse check_name(const v1::CheckNameRequest& request) = 0;
  [[nodiscard]] virtual v1::LogInResponse log_in(const v1::LogInRequest& request) = 0;
  [[nodiscard]] virtual v1::CreateAccountResponse create_account(const v1::CreateAccountRequest& request) = 0;
};

}  // namespace wyldgate::world
