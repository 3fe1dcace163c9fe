#include "config/value.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace wyld::config {
namespace {

using std::chrono::milliseconds;

const Row& row(std::string_view section, std::string_view key) {
  const Row* found = find_row(section, key);
  EXPECT_NE(found, nullptr) << section << "." << key;
  return *found;
}

// The messages after giving `raw` to the setting.
std::vector<std::string> complaints(const Row& which, const RawValue& raw, Settings& settings) {
  std::vector<ValueProblem> problems;
  assign(which, raw, settings, problems);
  std::vector<std::string> messages;
  for (const ValueProblem& problem : problems) messages.push_back(problem.message);
  return messages;
}

std::vector<std::string> text_complaints(const Row& which, std::string_view text, Settings& settings) {
  std::vector<ValueProblem> problems;
  assign_text(which, text, settings, problems);
  std::vector<std::string> messages;
  for (const ValueProblem& problem : problems) messages.push_back(problem.message);
  return messages;
}

using Messages = std::vector<std::string>;

TEST(ConfigTable, EveryRowHasASlotOfItsTypeAndADefaultThatPasses) {
  for (const Row& each : table()) {
    Settings settings;
    const Slot slot = each.slot(settings);
    bool agrees = false;
    switch (each.type) {
      case Type::kText:
      case Type::kChoice:
        agrees = std::holds_alternative<std::string*>(slot);
        break;
      case Type::kList:
        agrees = std::holds_alternative<std::vector<std::string>*>(slot);
        break;
      case Type::kCount:
        agrees = std::holds_alternative<std::uint32_t*>(slot);
        break;
      case Type::kBytes:
        agrees = std::holds_alternative<std::size_t*>(slot);
        break;
      case Type::kDuration:
        agrees = std::holds_alternative<milliseconds*>(slot);
        break;
      case Type::kFlag:
        agrees = std::holds_alternative<bool*>(slot);
        break;
    }
    EXPECT_TRUE(agrees) << each.name();
    EXPECT_TRUE(each.help.ends_with('.')) << each.name();
    EXPECT_EQ(each.type == Type::kChoice, !each.choices.empty()) << each.name();
    EXPECT_EQ(each.type == Type::kCount, !each.unit.empty()) << each.name();
    const bool is_number =
        each.type == Type::kCount || each.type == Type::kBytes || each.type == Type::kDuration;
    EXPECT_EQ(is_number, each.min < each.max) << each.name();
    EXPECT_LE(each.max, std::numeric_limits<std::uint32_t>::max()) << each.name();
    EXPECT_EQ(each.type == Type::kText || each.type == Type::kList, each.check != nullptr) << each.name();
  }
}

TEST(ConfigTable, RowsStandTogetherBySectionAndEachOnce) {
  std::vector<std::string> names;
  std::vector<std::string_view> order;
  for (const Row& each : table()) {
    for (const std::string& name : names) EXPECT_NE(name, each.name());
    names.push_back(each.name());
    if (order.empty() || order.back() != each.section) order.push_back(each.section);
  }
  std::vector<std::string_view> expected;
  for (const Section& section : sections()) expected.push_back(section.name);
  EXPECT_EQ(order, expected);
}

TEST(ConfigValue, DurationsHaveUnits) {
  const Row& deadline = row("limits", "login_deadline");
  Settings settings;
  const struct {
    const char* text;
    milliseconds duration;
  } good[] = {{"1000ms", milliseconds(1000)},
              {"60s", milliseconds(60'000)},
              {"15m", milliseconds(900'000)},
              {"1h", milliseconds(3'600'000)},
              {"90 s", milliseconds(90'000)}};
  for (const auto& each : good) {
    EXPECT_EQ(complaints(deadline, {std::string(each.text)}, settings), Messages{});
    EXPECT_EQ(settings.limits.login_deadline, each.duration) << each.text;
  }
  for (const char* bad :
       {"", "60", "s", "60sec", "1.5s", "-1s", "+1s", "60s ago", "0x10s", "18446744073709551615h"}) {
    EXPECT_EQ(
        complaints(deadline, {std::string(bad)}, settings),
        Messages{std::string("limits.login_deadline must be a duration such as \"1m\" (units ms, s, m, h), "
                             "not the text \"") +
                 bad + "\""});
  }
  EXPECT_EQ(
      complaints(deadline, {std::int64_t{60}}, settings),
      Messages{
          "limits.login_deadline must be a duration such as \"1m\" (units ms, s, m, h), not the number 60; "
          "did you mean \"60s\"?"});
}

TEST(ConfigValue, BoundsAreIncludedAndOneBeyondIsNot) {
  for (const Row& each : table()) {
    if (each.min == each.max) continue;
    const std::string unit = each.type == Type::kDuration ? "ms" : "";
    Settings settings;
    EXPECT_EQ(text_complaints(each, std::to_string(each.min) + unit, settings), Messages{}) << each.name();
    EXPECT_EQ(text_complaints(each, std::to_string(each.max) + unit, settings), Messages{}) << each.name();
    const Settings before = settings;
    EXPECT_EQ(text_complaints(each, std::to_string(each.max + 1) + unit, settings).size(), 1U) << each.name();
    if (each.min > 0) {
      EXPECT_EQ(text_complaints(each, std::to_string(each.min - 1) + unit, settings).size(), 1U)
          << each.name();
    }
    EXPECT_EQ(settings, before) << each.name();
  }
}

TEST(ConfigValue, OutOfRangeNamesTheBounds) {
  Settings settings;
  EXPECT_EQ(complaints(row("server", "shards"), {std::int64_t{65}}, settings),
            Messages{"server.shards is 65, outside 0 to 64 shards"});
  EXPECT_EQ(complaints(row("server", "shards"), {std::int64_t{-1}}, settings),
            Messages{"server.shards is -1, outside 0 to 64 shards"});
  EXPECT_EQ(complaints(row("limits", "line_bytes"), {std::string("2MiB")}, settings),
            Messages{"limits.line_bytes is 2MiB, outside 256 bytes to 1MiB"});
  EXPECT_EQ(complaints(row("limits", "login_deadline"), {std::string("2h")}, settings),
            Messages{"limits.login_deadline is 2h, outside 1s to 1h"});
  EXPECT_EQ(settings, Settings{});
}

TEST(ConfigValue, BytesAreNumbersOrTextsWithAUnit) {
  const Row& bytes = row("limits", "output_bytes");
  Settings settings;
  EXPECT_EQ(complaints(bytes, {std::int64_t{4097}}, settings), Messages{});
  EXPECT_EQ(settings.limits.output_bytes, 4097U);
  EXPECT_EQ(format_toml(bytes, settings), "4097");
  EXPECT_EQ(complaints(bytes, {std::string("5000")}, settings), Messages{});
  EXPECT_EQ(settings.limits.output_bytes, 5000U);
  EXPECT_EQ(complaints(bytes, {std::string("1MiB")}, settings), Messages{});
  EXPECT_EQ(settings.limits.output_bytes, 1024U * 1024U);
  EXPECT_EQ(format_toml(bytes, settings), "\"1MiB\"");
  EXPECT_EQ(complaints(bytes, {std::string("1MB")}, settings),
            Messages{"limits.output_bytes must be a number of bytes such as 262144 or \"256KiB\", not the "
                     "text \"1MB\""});
}

TEST(ConfigValue, WrongTypesNameWhatIsExpectedAndAnExample) {
  Settings settings;
  const RawValue flag{true};
  EXPECT_EQ(complaints(row("server", "name"), {std::int64_t{7}}, settings),
            Messages{"server.name must be a text such as \"Wyldgate\", not the number 7"});
  EXPECT_EQ(complaints(row("limits", "lines_burst"), {std::string("many")}, settings),
            Messages{"limits.lines_burst must be a whole number such as 80, not the text \"many\""});
  EXPECT_EQ(complaints(row("limits", "lines_burst"), {RawValue::Other{"a fraction"}}, settings),
            Messages{"limits.lines_burst must be a whole number such as 80, not a fraction"});
  EXPECT_EQ(complaints(row("world", "announce_proxy"), {std::string("yes")}, settings),
            Messages{"world.announce_proxy must be true or false, not the text \"yes\""});
  EXPECT_EQ(
      complaints(row("web", "allowed_origins"), flag, settings),
      Messages{
          "web.allowed_origins must be a list of texts such as [\"https://play.example.org\"], not true"});
  EXPECT_EQ(complaints(row("log", "level"), {RawValue::Array{}}, settings),
            Messages{"log.level must be one of \"error\", \"warning\", \"info\", \"debug\", not a list"});
  EXPECT_EQ(complaints(row("log", "level"), {std::string("warn")}, settings),
            Messages{"log.level must be one of \"error\", \"warning\", \"info\", \"debug\", not \"warn\""});
  EXPECT_EQ(complaints(row("log", "level"), {std::string("inof")}, settings),
            Messages{"log.level must be one of \"error\", \"warning\", \"info\", \"debug\", not \"inof\"; "
                     "did you mean \"info\"?"});
  EXPECT_EQ(settings, Settings{});
}

TEST(ConfigValue, ListsTakeOneTextOrMany) {
  const Row& telnet = row("listen", "telnet");
  Settings settings;
  EXPECT_EQ(complaints(telnet, {std::string(":4000")}, settings), Messages{});
  EXPECT_EQ(settings.listen.telnet, (std::vector<std::string>{":4000"}));
  EXPECT_EQ(text_complaints(telnet, ":4000, [::1]:4001 ,", settings), Messages{});
  EXPECT_EQ(settings.listen.telnet, (std::vector<std::string>{":4000", "[::1]:4001"}));
  EXPECT_EQ(format_toml(telnet, settings), "[\":4000\", \"[::1]:4001\"]");
  EXPECT_EQ(text_complaints(telnet, ":1,:2,:1", settings),
            Messages{"listen.telnet names \":1\" twice; remove one"});
  EXPECT_EQ(text_complaints(telnet, ":1,,:2", settings),
            Messages{"listen.telnet is empty; write HOST:PORT, as in 127.0.0.1:4000, or off"});
  EXPECT_EQ(settings.listen.telnet, (std::vector<std::string>{":4000", "[::1]:4001"}));
}

TEST(ConfigValue, OffMeansNoListenerAndStandsAlone) {
  const Row& http = row("listen", "http");
  Settings settings;
  EXPECT_EQ(complaints(http, {std::string("off")}, settings), Messages{});
  EXPECT_EQ(settings.listen.http, std::vector<std::string>{});
  EXPECT_EQ(format_toml(http, settings), "\"off\"");
  EXPECT_EQ(text_complaints(http, "off,:80", settings),
            Messages{"listen.http mixes \"off\" with addresses; write either"});
  EXPECT_EQ(text_complaints(row("limits", "exempt_networks"), "", settings), Messages{});
  EXPECT_EQ(settings.limits.exempt_networks, std::vector<std::string>{});
  EXPECT_EQ(format_toml(row("limits", "exempt_networks"), settings), "[]");
}

TEST(ConfigValue, ListsAreBounded) {
  Settings settings;
  RawValue::Array array;
  for (int port = 1; port <= 64; ++port)
    array.push_back({RawValue{":" + std::to_string(port)}, Position{1, 1}});
  EXPECT_EQ(complaints(row("listen", "telnet"), {array}, settings), Messages{});
  EXPECT_EQ(settings.listen.telnet.size(), 64U);
  array.push_back({RawValue{std::string(":65")}, Position{1, 1}});
  EXPECT_EQ(complaints(row("listen", "telnet"), {array}, settings),
            Messages{"listen.telnet has 65 elements; at most 64 fit"});
}

TEST(ConfigValue, TomlStringsEscapeWhatTomlDoesNotTakeBare) {
  EXPECT_EQ(toml_string("a\"b\\c\n\x7F"), R"("a\"b\\c\u000A\u007F")");
}

TEST(Nearest, FindsSlipsAndIgnoresStrangers) {
  const std::vector<std::string_view> keys{"line_bytes", "lines_burst", "lines_per_second"};
  EXPECT_EQ(nearest("line_byte", keys), "line_bytes");
  EXPECT_EQ(nearest("lines_brust", keys), "lines_burst");
  EXPECT_EQ(nearest("line_per_sec", keys), "lines_per_second");
  EXPECT_EQ(nearest("colour", keys), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), keys), "");
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("shrads", "shards"), 1U);
}

}  // namespace
}  // namespace wyld::config
