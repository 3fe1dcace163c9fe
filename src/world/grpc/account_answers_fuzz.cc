// Whatever a world answers about accounts: what comes of it can be shown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "world/grpc/account_answers.h"

namespace {

using wyld::session::AccountAnswer;
using wyld::session::AccountVerdict;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const AccountAnswer& answer) {
  namespace grpc_world = wyld::grpc_world;
  require(wyld::is_valid_utf8(answer.name) && answer.name.size() <= grpc_world::kAccountBytesMax);
  require(wyld::is_valid_utf8(answer.message) && answer.message.size() <= grpc_world::kReasonBytesMax);
  require(answer.verdict != AccountVerdict::kWait ||
          (answer.wait.count() > 0 && answer.wait <= grpc_world::kWaitMax));
  for (const char byte : answer.name + answer.message)
    require(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t count) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), count);
  check(wyld::grpc_world::read_name_answer(bytes));
  const AccountAnswer login = wyld::grpc_world::read_login_answer(bytes);
  check(login);
  require(login.verdict != AccountVerdict::kAccepted || !login.name.empty());
  check(wyld::grpc_world::read_create_answer(bytes, "Ada"));
  return 0;
}
