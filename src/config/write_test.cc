#include "config/write.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "testing/source_dir.h"

namespace wyld::config {
namespace {

TEST(ConfigWrite, TheDefaultFileChangesNothing) {
  const Loaded loaded = load_text(default_file(), "default.toml");
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.settings, Settings{});
  for (const Source& source : loaded.sources) EXPECT_EQ(source.text(), "default");
}

TEST(ConfigWrite, TheDefaultFileWithEverySettingSwitchedOnIsStillTheDefaults) {
  std::string text = default_file();
  std::size_t switched_on = 0;
  for (std::size_t at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1)) {
    if (text[at + 2] == ' ') continue;  // prose
    text.erase(at + 1, 1);
    ++switched_on;
  }
  EXPECT_EQ(switched_on, table().size());
  const Loaded loaded = load_text(text, "default.toml");
  EXPECT_TRUE(loaded.ok()) << loaded.problems.front().text();
  EXPECT_EQ(loaded.settings, Settings{});
  for (const Source& source : loaded.sources) EXPECT_EQ(source.kind, Source::Kind::kFile);
}

TEST(ConfigWrite, LinesFitTheScreen) {
  std::string line;
  for (const char c : default_file()) {
    if (c != '\n') {
      line += c;
      continue;
    }
    EXPECT_LE(line.size(), 110U) << line;
    line.clear();
  }
}

TEST(ConfigWrite, TheSettingsInForceNameTheirSources) {
  Inputs inputs;
  inputs.environment = {{"WYLDGATE_SERVER_SHARDS", "2"}};
  inputs.flags = {{"--log-level", "log", "level", {"debug"}}};
  const Loaded loaded = load_text("[server]\n\nname = 'Isles'\n", "my.toml", inputs);
  const std::string text = effective_file(loaded);
  EXPECT_TRUE(
      text.starts_with("[server]\n"
                       "name = \"Isles\"        # my.toml:3\n"
                       "shards = 2            # environment WYLDGATE_SERVER_SHARDS\n"
                       "drain_timeout = \"3s\"  # default\n"
                       "state_directory = \"\"  # default\n"
                       "core_dumps = false    # default\n"
                       "\n[listen]\n"))
      << text;
  EXPECT_TRUE(text.ends_with("[log]\nlevel = \"debug\"  # flag --log-level\n")) << text;
  EXPECT_EQ(load_text(text, "again.toml").settings, loaded.settings);
}

TEST(ConfigWrite, PasswordsAreNotShown) {
  Inputs inputs;
  inputs.environment = {{"DATABASE_URL", "postgresql://alice:s3cret@db/game?password=s3cret&user=bob"}};
  const std::string text = effective_file(load_text("", "my.toml", inputs));
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_NE(text.find("url = \"postgresql://alice:***@db/game?password=***&user=bob\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("# environment DATABASE_URL"), std::string::npos) << text;
}

TEST(ConfigWrite, SecretsAreNotShown) {
  Inputs inputs;
  inputs.environment = {{"WYLDGATE_WORLD_KEY", "s3cret"}};
  const Loaded loaded = load_text("", "my.toml", inputs);
  EXPECT_EQ(loaded.settings.world.key, "s3cret");
  const std::string text = effective_file(loaded);
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_NE(text.find("key = \"***\""), std::string::npos) << text;
  EXPECT_NE(effective_file(load_text("", "my.toml")).find("key = \"\" "), std::string::npos)
      << "there is none";
}

TEST(ConfigWrite, AFileNameCannotBreakTheSettingsInForce) {
  const Loaded loaded = load_text("[server]\nshards = 2\n", "a\nb = 1\x1B.toml");
  const Loaded again = load_text(effective_file(loaded), "again.toml");
  EXPECT_TRUE(again.ok());
  EXPECT_EQ(again.settings, loaded.settings);
}

// docs/configuration.md is written by hand up to the marker, and by manual() behind it. After a change to the
// table: WYLD_WRITE_MANUAL=1 config_test --gtest_filter='ConfigWrite.*'
TEST(ConfigWrite, TheManualIsTheTable) {
  const std::string path = testing::source_dir() + "/docs/configuration.md";
  const std::string marker = "<!-- Below this line the table of settings speaks: src/config/table.cc. -->\n";
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t end = text.find(marker);
  ASSERT_NE(end, std::string::npos) << path << " has lost its marker";
  const std::string expected = text.substr(0, end + marker.size()) + manual();
  if (std::getenv("WYLD_WRITE_MANUAL") != nullptr) {
    std::ofstream(path, std::ios::binary) << expected;
    text = expected;
  }
  EXPECT_EQ(text, expected) << "run WYLD_WRITE_MANUAL=1 config_test";
}

}  // namespace
}  // namespace wyld::config
