// Coming back, editing, and a world that goes away, in the JSON form.

#include <gmock/gmock.h>

#include "codec/websocket/json_form.h"

namespace wyld::ws::json {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kBadResume =
    "malformed:hello: \"resume\" must hold \"token\", 1 to 128 of A-Z a-z 0-9 _ -, and the whole numbers "
    "\"epoch\" and \"offset\", below 2^53";
constexpr const char* kBadEdit =
    "malformed:edited: \"edit\" must be a whole number, 0 or more and below 2^53";

class Recorder final : public ClientEvents {
 public:
  void on_hello(const ClientHello& hello) override {
    events.push_back("hello:" + hello.client);
    if (hello.resume) {
      events.back() += " " + hello.resume->token + "@" + std::to_string(hello.resume->seen.epoch) + "/" +
                       std::to_string(hello.resume->seen.offset);
    }
  }
  void on_line(std::string_view line, bool secret) override {
    events.push_back((secret ? "secret:" : "line:") + std::string(line));
  }
  void on_size(WindowSize) override { events.emplace_back("size"); }
  void on_gmcp(std::string_view, std::string_view) override { events.emplace_back("gmcp"); }
  void on_ping_message(std::string_view) override { events.emplace_back("ping"); }
  void on_token_kept() override { events.emplace_back("kept"); }
  void on_code_wanted() override { events.emplace_back("code"); }
  void on_edited(std::uint64_t edit, bool cancelled, std::string_view text) override {
    events.push_back("edited " + std::to_string(edit) + (cancelled ? " cancelled:" : ":") +
                     std::string(text));
  }
  void on_malformed(const char* what) override { events.push_back("malformed:"s + what); }

  std::vector<std::string> events;
};

std::vector<std::string> decoded(std::string_view message, const Limits& limits = {}) {
  Recorder recorder;
  decode(message, limits, recorder);
  return recorder.events;
}

std::vector<std::string> hello(const std::string& resume) {
  return decoded(R"({"type":"hello","client":"Page","resume":)" + resume + "}");
}

std::vector<std::string> edited(const std::string& members, const Limits& limits = {}) {
  return decoded(R"({"type":"edited",)" + members + "}", limits);
}

std::vector<std::string> edited_text(const std::string& escaped, const Limits& limits = {}) {
  return edited(R"("edit":7,"text":")" + escaped + "\"", limits);
}

template <typename Append>
std::string said(const Append& append) {
  std::string out;
  append(out);
  return out;
}

std::string said_resumed(const ResumeAnswer& answer) {
  return said([&](std::string& out) { append_resumed(answer, out); });
}

TEST(JsonResume, HelloMayAskToComeBack) {
  EXPECT_THAT(hello(R"({"token":"aZ09_-","epoch":3,"offset":81920})"),
              ElementsAre("hello:Page aZ09_-@3/81920"));
  EXPECT_THAT(hello(R"({"offset":0,"epoch":0,"token":"t","later":[1]})"), ElementsAre("hello:Page t@0/0"));
  EXPECT_THAT(decoded(R"({"type":"hello","client":"Page"})"), ElementsAre("hello:Page"));
}

TEST(JsonResume, NumbersEndWhereDoublesStopCounting) {
  EXPECT_THAT(hello(R"({"token":"t","epoch":9007199254740991,"offset":9007199254740991})"),
              ElementsAre("hello:Page t@9007199254740991/9007199254740991"));
  for (const std::string_view bad : {"9007199254740992", "9223372036854775807", "18446744073709551615",
                                     "1e400", "-1", "1.0", "\"1\"", "null", "true", "[]"}) {
    EXPECT_THAT(hello(R"({"token":"t","epoch":1,"offset":)" + std::string(bad) + "}"),
                ElementsAre(kBadResume))
        << bad;
    EXPECT_THAT(hello(R"({"token":"t","offset":1,"epoch":)" + std::string(bad) + "}"),
                ElementsAre(kBadResume))
        << bad;
  }
}

TEST(JsonResume, TokensAreWordsOfABound) {
  const std::string at_bound(128, 't');
  EXPECT_THAT(hello(R"({"epoch":1,"offset":2,"token":")" + at_bound + "\"}"),
              ElementsAre("hello:Page " + at_bound + "@1/2"));
  for (const std::string& bad :
       {""s, at_bound + "t", "a b"s, "a.b"s, "a=="s, "\\u00e9"s, "\\u0000"s, "a\\n"s}) {
    EXPECT_THAT(hello(R"({"epoch":1,"offset":2,"token":")" + bad + "\"}"), ElementsAre(kBadResume)) << bad;
  }
  for (const std::string_view bad : {"7", "null", "[\"t\"]", "{}"}) {
    EXPECT_THAT(hello(R"({"epoch":1,"offset":2,"token":)" + std::string(bad) + "}"), ElementsAre(kBadResume));
  }
}

TEST(JsonResume, AResumeThatLacksSomethingIsNoHello) {
  for (const std::string bad :
       {"null", "7", "\"t\"", "[]", "{}", R"({"token":"t"})", R"({"token":"t","epoch":1})",
        R"({"token":"t","offset":1})", R"({"epoch":1,"offset":1})"}) {
    EXPECT_THAT(hello(bad), ElementsAre(kBadResume)) << bad;
  }
}

TEST(JsonResume, ATokenIsNeverRepeatedInWords) {
  for (const std::string bad :
       {R"({"token":"SECRET!","epoch":1,"offset":2})", R"({"token":"SECRET","epoch":1})"}) {
    for (const std::string& event : hello(bad)) EXPECT_THAT(event, Not(::testing::HasSubstr("SECRET")));
  }
}

TEST(JsonResume, ReadsWhatHasNoMembers) {
  EXPECT_THAT(decoded(R"({"type":"token_kept"})"), ElementsAre("kept"));
  EXPECT_THAT(decoded(R"({"type":"token_kept","token":"x"})"), ElementsAre("kept"));
  EXPECT_THAT(decoded(R"({"type":"code"})"), ElementsAre("code"));
}

TEST(JsonResume, ListenersNeedNotKnowTheNewMessages) {
  class Older final : public ClientEvents {
   public:
    void on_hello(const ClientHello&) override {}
    void on_line(std::string_view, bool) override {}
    void on_size(WindowSize) override {}
    void on_gmcp(std::string_view, std::string_view) override {}
    void on_ping_message(std::string_view) override {}
    void on_malformed(const char*) override { ++malformed; }
    int malformed = 0;
  } older;
  for (const std::string_view message :
       {R"({"type":"token_kept"})", R"({"type":"code"})", R"({"type":"edited","edit":1,"text":""})"}) {
    decode(message, {}, older);
  }
  EXPECT_EQ(older.malformed, 0);
}

TEST(JsonEdited, ReadsATextOrItsCancelling) {
  EXPECT_THAT(edited_text("Two\\nlines"), ElementsAre("edited 7:Two\nlines"));
  EXPECT_THAT(edited_text(""), ElementsAre("edited 7:"));
  EXPECT_THAT(edited(R"("edit":0,"cancelled":true)"), ElementsAre("edited 0 cancelled:"));
  EXPECT_THAT(edited(R"("edit":9007199254740991,"cancelled":true,"text":"dropped")"),
              ElementsAre("edited 9007199254740991 cancelled:"));
  EXPECT_THAT(edited(R"("edit":1,"cancelled":false,"text":"kept")"), ElementsAre("edited 1:kept"));
}

TEST(JsonEdited, LineEndsBecomeOneKindAndControlsGo) {
  EXPECT_THAT(edited_text("a\\r\\nb\\rc\\n\\nd\\n"), ElementsAre("edited 7:a\nb\nc\n\nd\n"));
  EXPECT_THAT(edited_text("\\n\\r"), ElementsAre("edited 7:\n\n"));
  EXPECT_THAT(edited_text("a\\u0000b\\u001b[31mc\\u007f\\u0085\\td\\u001b]0;x\\ny"),
              ElementsAre("edited 7:abc d\ny"));
}

TEST(JsonEdited, ATextAtTheBoundPassesAndOneBeyondIsRefusedWhole) {
  const Limits limits{.edit_bytes_max = 4};
  EXPECT_THAT(edited_text("ab\\r\\nc", limits), ElementsAre("edited 7:ab\nc"));
  for (const std::string beyond : {"abcde", "abcd\\n", "abc\\u00e9", "\\n\\n\\n\\n\\n"}) {
    EXPECT_THAT(edited_text(beyond, limits),
                ElementsAre("malformed:edited: \"text\" is too long, nothing was done"))
        << beyond;
  }
  const std::string full(64 * 1024, 'e');
  EXPECT_THAT(edited_text(full), ElementsAre("edited 7:" + full));
  EXPECT_THAT(edited_text(full + "e"),
              ElementsAre("malformed:edited: \"text\" is too long, nothing was done"));
}

TEST(JsonEdited, SaysWhatIsWrong) {
  for (const std::string bad :
       {"-1", "1.5", "9007199254740992", "18446744073709551615", "\"7\"", "null", "{}"}) {
    EXPECT_THAT(edited(R"("cancelled":true,"edit":)" + bad), ElementsAre(kBadEdit)) << bad;
  }
  EXPECT_THAT(edited(R"("text":"x")"), ElementsAre(kBadEdit));
  for (const std::string_view bad : {"7", "null", "[]", "{}", "true"}) {
    EXPECT_THAT(edited(R"("edit":7,"text":)" + std::string(bad)),
                ElementsAre("malformed:edited: \"text\" must be a string"));
  }
  EXPECT_THAT(edited(R"("edit":7)"), ElementsAre("malformed:edited: \"text\" must be a string"));
  EXPECT_THAT(edited(R"("edit":7,"cancelled":false)"),
              ElementsAre("malformed:edited: \"text\" must be a string"));
  for (const std::string_view bad : {"1", "null", "\"true\""}) {
    EXPECT_THAT(edited(R"("edit":7,"text":"x","cancelled":)" + std::string(bad)),
                ElementsAre("malformed:edited: \"cancelled\" must be true or false"));
  }
}

TEST(JsonResume, AMessageCutAnywhereIsNotValid) {
  for (const std::string_view whole :
       {R"({"type":"hello","client":"Page","resume":{"token":"aZ09_-","epoch":3,"offset":81920}})",
        R"({"type":"token_kept"})", R"({"type":"code"})", R"({"type":"edited","edit":7,"text":"a\u00e9\nb"})",
        R"({"type":"edited","edit":7,"cancelled":true})"}) {
    EXPECT_THAT(decoded(whole), Not(IsEmpty())) << whole;
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_THAT(decoded(whole.substr(0, bytes)), ElementsAre("malformed:not valid JSON"))
          << whole.substr(0, bytes);
    }
  }
}

TEST(JsonResume, WritesWhereOutputStarts) {
  EXPECT_EQ(
      said([](std::string& out) { append_hello("s1", "demo", "0.1.0", out, {.epoch = 3, .offset = 8192}); }),
      R"({"type":"hello","session":"s1","world":"demo","version":"0.1.0","epoch":3,"offset":8192})");
  EXPECT_EQ(
      said([](std::string& out) { append_hello("s1", "demo", "0.1.0", out, {}, 65536); }),
      R"({"type":"hello","session":"s1","world":"demo","version":"0.1.0","epoch":0,"offset":0,"line_bytes":65536})");
  EXPECT_EQ(said([](std::string& out) { append_position({.epoch = 3, .offset = 9007199254740991}, out); }),
            R"({"type":"position","epoch":3,"offset":9007199254740991})");
}

TEST(JsonResume, WritesEveryAnswer) {
  EXPECT_EQ(
      said_resumed({.result = ResumeResult::kResumed,
                    .final = false,
                    .session = "0190163d-8694-739b-aea5-966c26f8ad91",
                    .start = {.epoch = 3, .offset = 81920},
                    .lines = 12,
                    .bytes = 640,
                    .missing = 0,
                    .since = {},
                    .text = "Welcome back."}),
      R"({"type":"resumed","result":"resumed","final":false,"session":"0190163d-8694-739b-aea5-966c26f8ad91",)"
      R"("epoch":3,"offset":81920,"lines":12,"bytes":640,"missing":0,"since":null,"text":"Welcome back."})");
  EXPECT_EQ(
      said_resumed({.result = ResumeResult::kResumedWithGap,
                    .final = false,
                    .session = "s1",
                    .start = {.epoch = 4, .offset = 0},
                    .lines = 0,
                    .bytes = 0,
                    .missing = std::nullopt,
                    .since = "2026-11-23T21:05:00Z",
                    .text = "Some output is \"missing\"."}),
      R"({"type":"resumed","result":"resumed_with_gap","final":false,"session":"s1","epoch":4,"offset":0,)"
      R"("lines":0,"bytes":0,"missing":null,"since":"2026-11-23T21:05:00Z",)"
      R"("text":"Some output is \"missing\"."})");
  EXPECT_EQ(said_resumed({.result = ResumeResult::kGone, .missing = 0, .text = "That place is gone."}),
            R"({"type":"resumed","result":"gone","final":true,"session":"","epoch":0,"offset":0,"lines":0,)"
            R"("bytes":0,"missing":0,"since":null,"text":"That place is gone."})");
  EXPECT_THAT(said_resumed({.result = ResumeResult::kBusy, .final = false}),
              StartsWith(R"({"type":"resumed","result":"busy","final":false,)"));
}

TEST(JsonResume, WritesTheRest) {
  EXPECT_EQ(said([](std::string& out) { append_replayed(out); }), R"({"type":"replayed"})");
  EXPECT_EQ(said([](std::string& out) { append_token("aZ09_-", out); }),
            R"({"type":"token","token":"aZ09_-"})");
  EXPECT_EQ(said([](std::string& out) { append_code("7KQ2-M9XP-4DTH", out); }),
            R"({"type":"code","code":"7KQ2-M9XP-4DTH"})");
  EXPECT_EQ(said([](std::string& out) { append_world(false, "The game is away.", out); }),
            R"({"type":"world","here":false,"text":"The game is away."})");
  EXPECT_EQ(said([](std::string& out) { append_world(true, "", out); }),
            R"({"type":"world","here":true,"text":""})");
  EXPECT_EQ(said([](std::string& out) { append_waiting(0, out); }), R"({"type":"waiting","count":0})");
  EXPECT_EQ(said([](std::string& out) { append_waiting(~std::uint64_t{0}, out); }),
            R"({"type":"waiting","count":18446744073709551615})");
  EXPECT_EQ(said([](std::string& out) { append_edit_closed(7, out); }), R"({"type":"edit_closed","edit":7})");
  EXPECT_EQ(said([](std::string& out) { append_edit(7, "A \"note\"", "one\ntwo\xFF", out); }),
            "{\"type\":\"edit\",\"edit\":7,\"title\":\"A \\\"note\\\"\",\"text\":\"one\\ntwo\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace wyld::ws::json
