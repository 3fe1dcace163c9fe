// Arbitrary bytes as a configuration file: either settings that survive being written and read again, or at
// least one problem with a place in the file.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "config/load.h"
#include "config/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  const wyld::config::Loaded loaded = wyld::config::load_text(text, "fuzz.toml");
  for (const wyld::config::Problem& problem : loaded.problems) {
    WYLD_CHECK(!problem.message.empty());
    WYLD_CHECK(problem.origin == "fuzz.toml");
    WYLD_CHECK(problem.position.line >= 1 && problem.position.column >= 1);
    for (const char c : problem.text()) WYLD_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  if (!loaded.ok()) return 0;
  const wyld::config::Loaded again =
      wyld::config::load_text(wyld::config::effective_file(loaded), "again.toml");
  WYLD_CHECK(again.ok());
  WYLD_CHECK(again.settings == loaded.settings);
  return 0;
}
