#pragma once
// What a world's AccountService answers, as the login dialogue takes it. Bytes from outside: what cannot be
// used counts as no answer (kUnavailable) and as malformed_input.

#include <string>
#include <string_view>

#include "session/account_service.h"

namespace wyld::grpc_world {

inline constexpr std::size_t kAccountBytesMax = 64;
inline constexpr std::size_t kReasonBytesMax = 200;
inline constexpr std::chrono::minutes kWaitMax{1};

[[nodiscard]] session::AccountAnswer read_name_answer(std::string_view response);
[[nodiscard]] session::AccountAnswer read_login_answer(std::string_view response);
// `name` is what was asked for.
[[nodiscard]] session::AccountAnswer read_create_answer(std::string_view response, std::string_view name);

// Nobody has answered.
[[nodiscard]] session::AccountAnswer no_answer();

}  // namespace wyld::grpc_world
