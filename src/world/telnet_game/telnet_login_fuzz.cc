// Arbitrary bytes as a login script, and the rest as a game's text. The same text must give the same steps
// however it is cut.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "world/telnet_game/login_run.h"

namespace {

using wyld::telnet_game::LoginRun;
using wyld::telnet_game::LoginScript;

// What is sent, and the end; `piece` bytes at a time.
std::string steps(const LoginScript& script, std::string_view text, std::size_t piece) {
  LoginRun run(script, "alice");
  std::string out;
  std::string line;
  for (bool more = true; more; text.remove_prefix(std::min(piece, text.size()))) {
    for (LoginRun::Move move = run.next(line); move != LoginRun::Move::kWait; move = run.next(line)) {
      if (move == LoginRun::Move::kSucceeded) return out + "in";
      if (move == LoginRun::Move::kFailed) return out + "failed";
      out += line + '\n';
    }
    more = !text.empty();
    run.feed(text.substr(0, piece));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::string_view input(reinterpret_cast<const char*>(data), bytes);
  const std::size_t gap = std::min(input.find("\n\n"), input.size());
  const auto script = LoginScript::parse(input.substr(0, gap));
  if (!script) {
    WYLD_CHECK(!script.error().message.empty());
    for (const char c : script.error().message) WYLD_CHECK(c >= 0x20 && c < 0x7F);
    return 0;
  }
  if (!script->serves("alice")) return 0;
  const std::string_view text = input.substr(gap);
  const std::string whole = steps(*script, text, text.size() + 1);
  WYLD_CHECK(steps(*script, text, 1) == whole);
  WYLD_CHECK(steps(*script, text, 7) == whole);
  return 0;
}
