#include "codec/capabilities.h"

#include <gtest/gtest.h>

namespace wyld {
namespace {

constexpr archive::TimePoint kNow{std::chrono::hours(1)};

TEST(Capabilities, AreSavedAndLoaded) {
  const Capabilities mudlet{.client_name = "MUDLET",
                            .client_version = "4.17",
                            .terminal_type = "XTERM-256COLOR",
                            .mtts = mtts::kAnsi | mtts::kMslp,
                            .window = {.columns = 132, .rows = 43},
                            .charset = Charset::kAscii,
                            .charset_agreed = true,
                            .gmcp = true};
  for (const Capabilities& it : {mudlet, Capabilities{}}) {
    Capabilities loaded;
    loaded.client_name = "before";
    loaded.gmcp = true;
    ASSERT_TRUE(archive::load(archive::save(it, kNow)->view(), kNow, loaded));
    EXPECT_EQ(loaded, it);
  }
}

TEST(Capabilities, TextsThatNoDecoderTakesAreRefused) {
  for (const char* bad : {"\x1B[2J", "tab\t", "caf\xC3\xA9", "\x7F"}) {
    Capabilities it;
    it.terminal_type = bad;
    Capabilities loaded;
    loaded.client_name = "before";
    EXPECT_FALSE(archive::load(archive::save(it, kNow)->view(), kNow, loaded)) << bad;
    EXPECT_EQ(loaded.client_name, "before");
  }
  for (const std::size_t bytes : {kCapabilityTextBytesMax, kCapabilityTextBytesMax + 1}) {
    Capabilities it;
    it.client_name = std::string(bytes, 'x');
    Capabilities loaded;
    EXPECT_EQ(archive::load(archive::save(it, kNow)->view(), kNow, loaded).has_value(),
              bytes == kCapabilityTextBytesMax);
  }
}

}  // namespace
}  // namespace wyld
