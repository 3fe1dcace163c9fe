#include "config/load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace wyld::config {
namespace {

using Lines = std::vector<std::string>;
using Variables = std::vector<std::pair<std::string, std::string>>;

Lines texts(const Loaded& loaded) {
  Lines lines;
  for (const Problem& problem : loaded.problems) lines.push_back(problem.text());
  return lines;
}

const Source& source(const Loaded& loaded, std::string_view section, std::string_view key) {
  return loaded.sources.at(static_cast<std::size_t>(find_row(section, key) - table().data()));
}

// A directory that goes away with the test.
class ConfigFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "wyld_config_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, std::string_view content) const {
    const std::filesystem::path path = directory_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  std::filesystem::path directory_;
};

TEST(ConfigLoad, NothingGivenIsTheDefaults) {
  const Loaded loaded = load({});
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.settings, Settings{});
  ASSERT_EQ(loaded.sources.size(), table().size());
  for (const Source& each : loaded.sources) EXPECT_EQ(each.text(), "default");
}

TEST(ConfigLoad, AFileSetsEverySection) {
  const Loaded loaded = load_text(R"(
[server]
name = "The Isles"
shards = 2
drain_timeout = "1m"
[listen]
telnet = [":4000", "[::1]:4001"]
http = "off"
[world]
name = "Green Isle"
url = "telnet://[::1]:2860"
charset = "iso-8859-1"
send_address = "new-environ"
announce_proxy = true
connect_timeout = "500ms"
[web]
allowed_origins = ["https://play.example.org", "*"]
[limits]
line_bytes = "8KiB"
connections = 100
exempt_networks = []
negotiation_quiet = "0s"
[log]
level = "debug"
)",
                                  "all.toml");
  EXPECT_EQ(texts(loaded), Lines{});
  Settings expected;
  expected.server = {"The Isles", 2, std::chrono::minutes(1), ""};
  expected.listen = {{":4000", "[::1]:4001"}, {}};
  expected.world.name = "Green Isle";
  expected.world.url = "telnet://[::1]:2860";
  expected.world.charset = "iso-8859-1";
  expected.world.send_address = "new-environ";
  expected.world.announce_proxy = true;
  expected.world.connect_timeout = std::chrono::milliseconds(500);
  expected.web.allowed_origins = {"https://play.example.org", "*"};
  expected.limits.line_bytes = 8192;
  expected.limits.connections = 100;
  expected.limits.exempt_networks = {};
  expected.limits.negotiation_quiet = std::chrono::milliseconds(0);
  expected.log.level = "debug";
  EXPECT_EQ(loaded.settings, expected);
  EXPECT_EQ(source(loaded, "log", "level").text(), "all.toml:24");
  EXPECT_EQ(source(loaded, "limits", "lines_burst").text(), "default");
}

TEST(ConfigLoad, EveryMistakeIsReportedAtOnceInTheOrderOfTheFile) {
  const Loaded loaded = load_text(R"([sever]
name = "x"

[server]
shards = 65
nmae = "x"
drain_timeout = 3

[listen]
telnet = ["127.0.0.1:4000", "127.0.0.1", 7]

[world]
url = "mud://localhost:1"
charset = "utf8"
level = "info"

[limits]
line_bytes = "4 KB"
lines_burst = 1.5
exempt_networks = ["10.0.0.1/8"]
colour = true

[log]
level = [oops]
)",
                                  "bad.toml");
  EXPECT_EQ(
      texts(loaded),
      (Lines{
          "bad.toml:1:2: unknown section [sever]; did you mean [server]?",
          "bad.toml:5:10: server.shards is 65, outside 0 to 64 shards",
          "bad.toml:6:1: unknown key \"nmae\" in [server]; did you mean \"name\"?",
          "bad.toml:7:17: server.drain_timeout must be a duration such as \"3s\" (units ms, s, m, h), not "
          "the number "
          "3; did you mean \"3s\"?",
          "bad.toml:10:29: listen.telnet: \"127.0.0.1\" needs a port: write HOST:PORT, as in 127.0.0.1:4000",
          "bad.toml:10:42: listen.telnet must be a list of texts such as [\":4000\", \"[::1]:4001\"], and "
          "this "
          "element is the number 7",
          "bad.toml:13:7: world.url: the scheme \"mud\" is not known; possible are \"demo\", "
          "\"telnet://HOST:PORT\", \"grpc://HOST:PORT\" and \"grpcs://HOST:PORT\"",
          "bad.toml:14:11: world.charset must be one of \"utf-8\", \"iso-8859-1\", \"us-ascii\", not "
          "\"utf8\"; did "
          "you mean \"utf-8\"?",
          "bad.toml:15:1: unknown key \"level\" in [world]; it belongs in [log]",
          "bad.toml:18:14: limits.line_bytes must be a number of bytes such as 4096 or \"4KiB\", not the "
          "text \"4 "
          "KB\"",
          "bad.toml:19:15: limits.lines_burst must be a whole number such as 80, not a fraction",
          "bad.toml:20:20: limits.exempt_networks: \"10.0.0.1/8\" has bits set behind its prefix; did you "
          "mean "
          "10.0.0.0/8?",
          "bad.toml:21:1: unknown key \"colour\" in [limits]; 'wyldgate config init -' shows every key",
          "bad.toml:24:10: not valid TOML: Error while parsing value: could not determine value type",
      }));
  EXPECT_EQ(loaded.settings, Settings{}) << "what is wrong keeps its default";
}

TEST(ConfigLoad, KeysOutsideSectionsAreToldWhereTheyBelong) {
  const Loaded loaded =
      load_text("url = 'demo'\nlisten = ':4000'\nshrads = 1\nfoo = 1\n[[log]]\nlevel = 'x'\n", "a");
  EXPECT_EQ(texts(loaded),
            (Lines{
                "a:1:1: \"url\" stands outside any section; put it under [world]",
                "a:2:1: \"listen\" is a section; write [listen]",
                "a:3:1: unknown key \"shrads\" outside any section; did you mean \"shards\"?",
                "a:4:1: unknown key \"foo\" outside any section; 'wyldgate config init -' shows every key",
                "a:5:3: \"log\" is a section; write [log]",
            }));
}

TEST(ConfigLoad, AnUnknownSectionFarFromAllNamesThemAll) {
  EXPECT_EQ(
      texts(load_text("[database]\nurl = 'x'\n", "a")),
      Lines{"a:1:2: unknown section [database]; there are [server], [listen], [telnet], [world], [store], "
            "[accounts], [resume], [web], "
            "[limits], [log]"});
}

TEST(ConfigLoad, AHundredMistakesOfAFileAreReportedAndNoMore) {
  std::string text = "[log]\n";
  for (int i = 0; i < 100; ++i) text += "key" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(load_text(text, "a").problems.size(), 100U);
  text += "one_more = 1\nand_another = 1\n";
  const Loaded loaded = load_text(text, "a");
  ASSERT_EQ(loaded.problems.size(), 101U);
  EXPECT_EQ(loaded.problems.back().text(), "a:102:1: more mistakes follow; these are enough to begin with");
}

TEST(ConfigLoad, UnknownNamesAreFitForATerminal) {
  EXPECT_EQ(
      texts(load_text("[\"\\u001b[31m\"]\n[log]\n\"\\u009b\" = 1\n", "a")),
      (Lines{"a:1:2: unknown section [\\x1B[31m]; there are [server], [listen], [telnet], [world], [store], "
             "[accounts], [resume], [web], [limits], [log]",
             "a:3:1: unknown key \"\\u009B\" in [log]; 'wyldgate config init -' shows every key"}));
}

TEST(ConfigLoad, NobodyCouldPlayIsAMistake) {
  EXPECT_EQ(texts(load_text("[listen]\ntelnet = 'off'\nhttp = []\n", "a")),
            Lines{"a:2:1: listen.telnet and listen.http are both off; nobody could play: turn one on"});
  EXPECT_TRUE(load_text("[listen]\nhttp = 'off'\n", "a").ok());
  EXPECT_TRUE(load_text("[listen]\ntelnet = 'off'\n", "a").ok());
}

TEST(ConfigLoad, OneAddressCannotServeBoth) {
  EXPECT_EQ(texts(load_text("[listen]\ntelnet = ':1'\nhttp = ':1'\n", "a")),
            Lines{"a:3:1: listen.telnet and listen.http both want :1; give them different ports"});
  EXPECT_EQ(
      texts(load_text("[listen]\ntelnet = '127.0.0.1:4080'\n", "a")),
      Lines{"a:2:1: listen.telnet and listen.http both want 127.0.0.1:4080; give them different ports"});
  EXPECT_TRUE(load_text("[listen]\ntelnet = '127.0.0.1:0'\nhttp = '127.0.0.1:0'\n", "a").ok());
}

TEST(ConfigLoad, FlagsGoBeforeTheEnvironmentAndThatBeforeTheFile) {
  Inputs inputs;
  const std::string_view file = "[log]\nlevel = 'debug'\n[server]\nname = 'file'\nshards = 3\n";
  inputs.environment = {{"WYLDGATE_LOG_LEVEL", "warning"}, {"WYLDGATE_SERVER_NAME", "environment"}};
  inputs.flags = {{"--log-level", "log", "level", {"error"}}};
  const Loaded loaded = load_text(file, "f.toml", inputs);
  EXPECT_EQ(texts(loaded), Lines{});
  EXPECT_EQ(loaded.settings.log.level, "error");
  EXPECT_EQ(source(loaded, "log", "level").text(), "flag --log-level");
  EXPECT_EQ(loaded.settings.server.name, "environment");
  EXPECT_EQ(source(loaded, "server", "name").text(), "environment WYLDGATE_SERVER_NAME");
  EXPECT_EQ(loaded.settings.server.shards, 3U);
  EXPECT_EQ(source(loaded, "server", "shards").text(), "f.toml:5");
}

TEST(ConfigLoad, DatabaseUrlIsReadWhereNothingMoreSpecialSpeaks) {
  const char* const environ[] = {"DATABASE_URL=postgresql://db/one", "DATABASE_URLS=x", nullptr};
  Inputs inputs;
  inputs.environment = wyldgate_variables(environ);
  EXPECT_EQ(inputs.environment.size(), 1U);
  const Loaded loaded = load_text("[store]\nurl = 'memory'\n", "f.toml", inputs);
  EXPECT_EQ(loaded.settings.store.url, "postgresql://db/one");
  EXPECT_EQ(source(loaded, "store", "url").text(), "environment DATABASE_URL");
  inputs.environment.emplace_back("WYLDGATE_STORE_URL", "postgresql://db/two");
  EXPECT_EQ(load_text("", "f.toml", inputs).settings.store.url, "postgresql://db/two");
  inputs.environment = {{"DATABASE_URL", ""}};
  EXPECT_EQ(load_text("", "f.toml", inputs).settings.store.url, "sqlite");
  inputs.environment = {{"DATABASE_URL", "mysql://alice:s3cret@db"}};
  const Loaded wrong = load_text("", "f.toml", inputs);
  ASSERT_EQ(wrong.problems.size(), 1U);
  EXPECT_EQ(wrong.problems[0].origin, "DATABASE_URL");
  EXPECT_EQ(wrong.problems[0].message.find("s3cret"), std::string::npos);
}

TEST(ConfigLoad, AMistakeIsReportedEvenWhereSomethingElseHasTheLastWord) {
  Inputs inputs;
  inputs.flags = {{"--log-level", "log", "level", {"error"}}};
  EXPECT_EQ(load_text("[log]\nlevel = 7\n", "f.toml", inputs).problems.size(), 1U);
}

TEST(ConfigLoad, EverySettingCanBeGivenByItsVariable) {
  const Variables variables{
      {"WYLDGATE_SERVER_NAME", " spaced "},       {"WYLDGATE_SERVER_SHARDS", " 2 "},
      {"WYLDGATE_LISTEN_TELNET", ":4000, :4001"}, {"WYLDGATE_LISTEN_HTTP", "off"},
      {"WYLDGATE_WORLD_ANNOUNCE_PROXY", "true"},  {"WYLDGATE_LIMITS_LINE_BYTES", "8KiB"},
      {"WYLDGATE_LIMITS_LOGIN_DEADLINE", "2m"},   {"WYLDGATE_LIMITS_EXEMPT_NETWORKS", ""}};
  const Loaded loaded = load({.file = {}, .environment = variables, .flags = {}});
  EXPECT_EQ(texts(loaded), Lines{});
  EXPECT_EQ(loaded.settings.server.name, " spaced ");
  EXPECT_EQ(loaded.settings.server.shards, 2U);
  EXPECT_EQ(loaded.settings.listen.telnet, (Lines{":4000", ":4001"}));
  EXPECT_EQ(loaded.settings.listen.http, Lines{});
  EXPECT_TRUE(loaded.settings.world.announce_proxy);
  EXPECT_EQ(loaded.settings.limits.line_bytes, 8192U);
  EXPECT_EQ(loaded.settings.limits.login_deadline, std::chrono::minutes(2));
  EXPECT_EQ(loaded.settings.limits.exempt_networks, Lines{});
  for (const Row& row : table()) {
    EXPECT_EQ(load({.file = {}, .environment = {{row.environment(), "\x01"}}, .flags = {}}).problems.size(),
              1U)
        << row.environment() << " is not read";
  }
}

TEST(ConfigLoad, UnknownVariablesOfOurSectionsAreMistakesAndOthersAreNot) {
  const Variables variables{{"WYLDGATE_LIMITS_LINES", "4096"},
                            {"WYLDGATE_LIMIT_LINE_BYTES", "4096"},
                            {"WYLDGATE_WEB_SERVICE_HOST", "10.0.0.1"},
                            {"WYLDGATE_CONFGI", "x"},
                            {"WYLDGATE_BIN", "/usr/bin/wyldgate"},
                            {"WYLDGATE_HOME", "/srv"},
                            {"WYLDGATE_", ""}};
  EXPECT_EQ(texts(load({.file = {}, .environment = variables, .flags = {}})),
            (Lines{
                "WYLDGATE_CONFGI: unknown variable; did you mean WYLDGATE_CONFIG?",
                "WYLDGATE_LIMITS_LINES: unknown variable; did you mean WYLDGATE_LIMITS_LINE_BYTES?",
                "WYLDGATE_LIMIT_LINE_BYTES: unknown variable; did you mean WYLDGATE_LIMITS_LINE_BYTES?",
                "WYLDGATE_WEB_SERVICE_HOST: unknown variable; 'wyldgate config show' lists every setting",
            }));
}

TEST(ConfigLoad, WrongVariablesAndFlagsAreNamed) {
  Inputs inputs;
  inputs.environment = {{"WYLDGATE_SERVER_SHARDS", "lots"}};
  inputs.flags = {{"--telnet", "listen", "telnet", {":70000", "off"}}};
  EXPECT_EQ(
      texts(load(inputs)),
      (Lines{
          "WYLDGATE_SERVER_SHARDS: server.shards must be a whole number such as 0, not the text \"lots\"",
          "--telnet: listen.telnet: \"70000\" is no port: a number from 0 to 65535",
          "--telnet: listen.telnet mixes \"off\" with addresses; write either",
      }));
}

TEST(ConfigLoad, VariablesAreTakenFromTheEnvironmentByPrefix) {
  const char* const environ[] = {"PATH=/bin", "WYLDGATE_A=b=c", "WYLDGATE_EMPTY=", "WYLDGATE_BROKEN",
                                 nullptr};
  EXPECT_EQ(wyldgate_variables(environ), (Variables{{"WYLDGATE_A", "b=c"}, {"WYLDGATE_EMPTY", ""}}));
  EXPECT_EQ(wyldgate_variables(nullptr), Variables{});
}

TEST_F(ConfigFile, IsReadFromTheFlagOrElseTheVariable) {
  const std::string one = write("one.toml", "[server]\nshards = 1\n");
  const std::string two = write("two.toml", "[server]\nshards = 2\n");
  EXPECT_EQ(load({.file = one, .environment = {}, .flags = {}}).settings.server.shards, 1U);
  const Variables variable{{"WYLDGATE_CONFIG", two}};
  EXPECT_EQ(load({.file = {}, .environment = variable, .flags = {}}).settings.server.shards, 2U);
  const Loaded both = load({.file = one, .environment = variable, .flags = {}});
  EXPECT_EQ(both.settings.server.shards, 1U);
  EXPECT_EQ(both.file, one);
  EXPECT_TRUE(load({.file = {}, .environment = {{"WYLDGATE_CONFIG", ""}}, .flags = {}}).ok());
}

TEST_F(ConfigFile, ThatCannotBeReadIsOneSentence) {
  const std::string missing = (directory_ / "none.toml").string();
  EXPECT_EQ(texts(load({.file = missing, .environment = {}, .flags = {}})),
            Lines{missing +
                  ": cannot be read (No such file or directory); check the name, or create it with "
                  "'wyldgate config init " +
                  missing + "'"});
  EXPECT_EQ(texts(load({.file = directory_.string(), .environment = {}, .flags = {}})),
            Lines{directory_.string() + ": cannot be read (Is a directory); name a file inside it"});
  EXPECT_EQ(load({.file = "", .environment = {}, .flags = {}}).problems.size(), 1U);
  if (::geteuid() != 0) {
    const std::string secret = write("secret.toml", "");
    ASSERT_EQ(::chmod(secret.c_str(), 0), 0);
    EXPECT_EQ(texts(load({.file = secret, .environment = {}, .flags = {}})),
              Lines{secret +
                    ": cannot be read (Permission denied); let the user that runs wyldgate read it, as with "
                    "'chmod a+r " +
                    secret + "'"});
  }
}

TEST_F(ConfigFile, LargerThanTheBoundIsNotReadToItsEnd) {
  const Loaded endless = load({.file = "/dev/zero", .environment = {}, .flags = {}});
  EXPECT_EQ(texts(endless), Lines{"/dev/zero:1:1: longer than 1048576 bytes; is it the right file?"});
}

TEST_F(ConfigFile, MayBeginWithAByteOrderMarkAndUseWindowsLineEnds) {
  const Loaded loaded = load_text("\xEF\xBB\xBF[server]\r\nshards = 2\r\n[log]\r\nlevel = 'debug'\r\n", "a");
  EXPECT_EQ(texts(loaded), Lines{});
  EXPECT_EQ(loaded.settings.server.shards, 2U);
  EXPECT_EQ(loaded.settings.log.level, "debug");
}

}  // namespace
}  // namespace wyld::config
