#include "codec/websocket/json_form.h"

#include <gmock/gmock.h>

namespace wyld::ws::json {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recorder final : public ClientEvents {
 public:
  void on_hello(const ClientHello& hello) override {
    events.push_back("hello:" + hello.client + "/" + hello.version + " " + size(hello.window) +
                     (hello.gmcp ? " gmcp=" + hello.gmcp_supports : "") +
                     (hello.screen_reader ? " reader" : ""));
  }
  void on_line(std::string_view line, bool secret) override {
    events.push_back((secret ? "secret:" : "line:") + std::string(line));
  }
  void on_size(WindowSize window) override { events.push_back("size:" + size(window)); }
  void on_gmcp(std::string_view package, std::string_view body) override {
    events.push_back("gmcp:" + std::string(package) + " " + std::string(body));
  }
  void on_ping_message(std::string_view id) override { events.push_back("ping:" + std::string(id)); }
  void on_malformed(const char* what) override { events.push_back("malformed:"s + what); }

  std::vector<std::string> events;

 private:
  static std::string size(WindowSize window) {
    return std::to_string(window.columns) + "x" + std::to_string(window.rows);
  }
};

std::vector<std::string> decoded(std::string_view message, const Limits& limits = {}) {
  Recorder recorder;
  decode(message, limits, recorder);
  return recorder.events;
}

std::vector<std::string> line(std::string_view escaped, const Limits& limits = {}) {
  return decoded(R"({"type":"line","text":")" + std::string(escaped) + "\"}", limits);
}

template <typename Append>
std::string said(const Append& append) {
  std::string out;
  append(out);
  return out;
}

std::string text(std::string_view utf8) {
  return said([&](std::string& out) { append_text(utf8, out); });
}

TEST(JsonForm, ReadsHello) {
  EXPECT_THAT(decoded(R"({"type":"hello","client":"Page","version":"1.2","columns":80,"rows":24,
                          "gmcp":["Room 1", "Char 1"],"screen_reader":true})"),
              ElementsAre(R"(hello:Page/1.2 80x24 gmcp=["Room 1", "Char 1"] reader)"));
  EXPECT_THAT(decoded(R"({"type":"hello"})"), ElementsAre("hello:/ 0x0"));
  EXPECT_THAT(decoded(R"({"type":"hello","gmcp":[]})"), ElementsAre("hello:/ 0x0 gmcp=[]"));
}

TEST(JsonForm, HelloKeepsPrintableNamesOnly) {
  EXPECT_THAT(decoded(R"({"type":"hello","client":"a\u001b[31m\u00e9b","version":7})"),
              ElementsAre("hello:a[31mb/ 0x0"));
  EXPECT_THAT(decoded(R"({"type":"hello","client":")" + std::string(100, 'n') + "\"}"),
              ElementsAre("hello:" + std::string(64, 'n') + "/ 0x0"));
}

TEST(JsonForm, HelloBoundsTheGmcpList) {
  const auto hello = [](std::size_t names) {
    std::string list = R"("Room 1")";
    for (std::size_t i = 1; i < names; ++i) list += R"(,"Room 1")";
    return decoded(R"({"type":"hello","gmcp":[)" + list + "]}");
  };
  EXPECT_THAT(hello(256).front(), ::testing::StartsWith("hello:"));
  EXPECT_THAT(hello(257), ElementsAre("malformed:hello: \"gmcp\" is too long"));
  EXPECT_THAT(decoded(R"({"type":"hello","gmcp":["abc"]})", {.gmcp_bytes_max = 6}),
              ElementsAre("malformed:hello: \"gmcp\" is too long"));
  EXPECT_THAT(decoded(R"({"type":"hello","gmcp":["a",1]})"),
              ElementsAre("malformed:hello: \"gmcp\" must be an array of strings"));
  EXPECT_THAT(decoded(R"({"type":"hello","gmcp":true})"),
              ElementsAre("malformed:hello: \"gmcp\" must be an array of strings"));
}

TEST(JsonForm, ReadsLines) {
  EXPECT_THAT(line("look"), ElementsAre("line:look"));
  EXPECT_THAT(line(""), ElementsAre("line:"));
  EXPECT_THAT(line("say \\\"h\\u00e9\\\""), ElementsAre("line:say \"h\xC3\xA9\""));
}

TEST(JsonForm, NewlinesSeparateLinesAndOneAtTheEndEndsThem) {
  EXPECT_THAT(line("north\\nlook"), ElementsAre("line:north", "line:look"));
  EXPECT_THAT(line("look\\n"), ElementsAre("line:look"));
  EXPECT_THAT(line("a\\r\\n\\r\\nb\\r\\n"), ElementsAre("line:a", "line:", "line:b"));
  EXPECT_THAT(line("\\n"), ElementsAre("line:"));
}

TEST(JsonForm, RemovesControlCharactersAndEscapeSequencesFromLines) {
  EXPECT_THAT(line("\\u001b[6nhi"), ElementsAre("line:hi"));
  EXPECT_THAT(line("\\u009b31m"), ElementsAre("line:31m"));
  EXPECT_THAT(line("a\\u0000b\\u0007c\\u007fd"), ElementsAre("line:abcd"));
  EXPECT_THAT(line("a\\tb"), ElementsAre("line:a b"));
  EXPECT_THAT(line("x\\u001b]0;title\\u0007y\\u001b]8;;z\\u001b\\\\w"), ElementsAre("line:xyw"));
  EXPECT_THAT(line("x\\u001b(By\\u001bcz"), ElementsAre("line:xyz"));
  EXPECT_THAT(line("cut\\u001b[38;5"), ElementsAre("line:cut"));
  EXPECT_THAT(line("cut\\u001b"), ElementsAre("line:cut"));
  EXPECT_THAT(line("a\\u202eb\\u2066c\\u200bd\\u2028e\\u0085f\\ufeffg"), ElementsAre("line:abcd efg"));
  EXPECT_THAT(line("1\\u001b[0\\u200dx"), ElementsAre("line:1x"));
  EXPECT_THAT(line("\\u001b]0;never ends\\nnext"), ElementsAre("line:", "line:next"));
  EXPECT_THAT(line("\\u001b[\\u0001x"), ElementsAre("line:x"));
}

TEST(JsonForm, LineAtTheBoundPassesAndOneBeyondIsCutAndSaid) {
  const Limits limits{.line_bytes_max = 8};
  EXPECT_THAT(line("12345678", limits), ElementsAre("line:12345678"));
  EXPECT_THAT(line("123456789", limits),
              ElementsAre("line:12345678", "malformed:line: too long, its rest was dropped"));
  EXPECT_THAT(line("1234567\\u00e9", limits),
              ElementsAre("line:1234567", "malformed:line: too long, its rest was dropped"));
}

TEST(JsonForm, ReadsSizes) {
  EXPECT_THAT(decoded(R"({"type":"size","columns":120,"rows":40})"), ElementsAre("size:120x40"));
  EXPECT_THAT(decoded(R"({"type":"size","columns":65535,"rows":18446744073709551615})"),
              ElementsAre("size:1000x1000"));
  EXPECT_THAT(decoded(R"({"type":"size","columns":1000,"rows":0})"), ElementsAre("size:1000x0"));
  for (const std::string_view bad : {"-1", "80.5", "\"80\"", "null", "1e400"}) {
    EXPECT_THAT(decoded(R"({"type":"size","rows":24,"columns":)" + std::string(bad) + "}"),
                ElementsAre(::testing::StartsWith("malformed:")))
        << bad;
  }
}

TEST(JsonForm, GmcpDataIsPassedOnAsWritten) {
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"Room.Info","data":{"n": 1.50, "t":"\u00e9}\""}})"),
              ElementsAre(R"(gmcp:Room.Info {"n": 1.50, "t":"\u00e9}\""})"));
  EXPECT_THAT(decoded(R"({ "data" : [ 1 , 2 ] , "package" : "A" , "type" : "gmcp" })"),
              ElementsAre("gmcp:A [ 1 , 2 ]"));
  EXPECT_THAT(decoded(R"({"type":"gmcp","data":"text","package":"A.b-c_9"})"),
              ElementsAre("gmcp:A.b-c_9 \"text\""));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","data":null})"), ElementsAre("gmcp:A null"));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A"})"), ElementsAre("gmcp:A "));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","data":-1.5e3})"), ElementsAre("gmcp:A -1.5e3"));
}

TEST(JsonForm, TheLastOfSeveralKeysWinsForEveryReader) {
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","package":"B","data":1,"data":2})"),
              ElementsAre("gmcp:B 2"));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","data":1,"d\u0061ta":3})"), ElementsAre("gmcp:A 3"));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","x":{"data":1}})"), ElementsAre("gmcp:A "));
}

TEST(JsonForm, RefusesOtherPackageNames) {
  const std::string at_bound(128, 'p');
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":")" + at_bound + "\"}"),
              ElementsAre("gmcp:" + at_bound + " "));
  for (const std::string& bad : {""s, at_bound + "p", "a b"s, "\\u001b"s, "\\u00e9"s}) {
    EXPECT_THAT(decoded(R"({"type":"gmcp","package":")" + bad + "\"}"),
                ElementsAre("malformed:gmcp: \"package\" must be 1 to 128 of A-Z a-z 0-9 _ . -"));
  }
}

TEST(JsonForm, BoundsGmcpData) {
  const Limits limits{.gmcp_bytes_max = 5};
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","data":12345})", limits), ElementsAre("gmcp:A 12345"));
  EXPECT_THAT(decoded(R"({"type":"gmcp","package":"A","data":123456})", limits),
              ElementsAre("malformed:gmcp: \"data\" is too long"));
}

TEST(JsonForm, PingIdComesBackAsWritten) {
  for (const std::string_view id : {"7", "\"a\\n\"", "[1,{}]", "null"}) {
    EXPECT_THAT(decoded(R"({"type":"ping","id":)" + std::string(id) + "}"),
                ElementsAre("ping:" + std::string(id)));
  }
  EXPECT_THAT(decoded(R"({"type":"ping"})"), ElementsAre("ping:"));
  EXPECT_THAT(decoded(R"({"type":"ping","id":")" + std::string(62, 'i') + "\"}").front().size(), 5U + 64U);
  EXPECT_THAT(decoded(R"({"type":"ping","id":")" + std::string(63, 'i') + "\"}"),
              ElementsAre("malformed:ping: \"id\" is too long"));
}

TEST(JsonForm, IgnoresTypesItDoesNotKnow) {
  EXPECT_THAT(decoded(R"({"type":"resume","token":"x"})"), IsEmpty());
  EXPECT_THAT(decoded(R"({"type":"line","text":"x","later":[1,2]})"), ElementsAre("line:x"));
  EXPECT_THAT(decoded(R"({"type":"line","text":"x\ny","secret":true})"), ElementsAre("secret:x", "secret:y"));
  EXPECT_THAT(decoded(R"({"type":"line","text":"x","secret":false})"), ElementsAre("line:x"));
}

TEST(JsonForm, SaysWhatIsMalformed) {
  EXPECT_THAT(decoded(""), ElementsAre("malformed:not valid JSON"));
  EXPECT_THAT(decoded("{"), ElementsAre("malformed:not valid JSON"));
  EXPECT_THAT(decoded("{} x"), ElementsAre("malformed:not valid JSON"));
  EXPECT_THAT(decoded(R"({"type":"line","text":"\ud800"})"), ElementsAre("malformed:not valid JSON"));
  EXPECT_THAT(decoded("[1]"), ElementsAre("malformed:a message must be one JSON object"));
  EXPECT_THAT(decoded("{}"), ElementsAre("malformed:\"type\" must be a string"));
  EXPECT_THAT(decoded(R"({"type":1})"), ElementsAre("malformed:\"type\" must be a string"));
  EXPECT_THAT(decoded(R"({"type":"line"})"), ElementsAre("malformed:line: \"text\" must be a string"));
  EXPECT_THAT(decoded(R"({"type":"line","text":"x","secret":1})"),
              ElementsAre("malformed:line: \"secret\" must be true or false"));
}

TEST(JsonForm, DeepNestingIsRefused) {
  const auto nested = [](std::size_t depth) {
    return decoded(R"({"type":"gmcp","package":"A","data":)" + std::string(depth, '[') +
                   std::string(depth, ']') + "}");
  };
  EXPECT_THAT(nested(31), ElementsAre("gmcp:A " + std::string(31, '[') + std::string(31, ']')));
  EXPECT_THAT(nested(32), ElementsAre("malformed:nested too deeply"));
  EXPECT_THAT(nested(30'000), ElementsAre("malformed:nested too deeply"));
  EXPECT_THAT(decoded(std::string(60'000, '[')), ElementsAre("malformed:nested too deeply"));
}

TEST(JsonForm, WritesEveryMessage) {
  EXPECT_EQ(said([](std::string& out) { append_hello("s1", "demo", "0.1.0", out); }),
            R"({"type":"hello","session":"s1","world":"demo","version":"0.1.0","epoch":0,"offset":0})");
  EXPECT_EQ(text("A door.\n"), R"({"type":"text","text":"A door.\n"})");
  EXPECT_EQ(said([](std::string& out) { append_prompt(out); }), R"({"type":"prompt"})");
  EXPECT_EQ(said([](std::string& out) { append_echo(Echo::kNobody, out); }), R"({"type":"echo","on":false})");
  EXPECT_EQ(said([](std::string& out) { append_echo(Echo::kClient, out); }), R"({"type":"echo","on":true})");
  EXPECT_EQ(said([](std::string& out) { append_echo(Echo::kWorld, out); }),
            R"({"type":"echo","on":false,"secret":false})");
  EXPECT_EQ(said([](std::string& out) { append_gmcp("Char.Vitals", R"({"hp":9})", out); }),
            R"({"type":"gmcp","package":"Char.Vitals","data":{"hp":9}})");
  EXPECT_EQ(said([](std::string& out) { append_gmcp("Core.Ping", "", out); }),
            R"({"type":"gmcp","package":"Core.Ping"})");
  EXPECT_EQ(said([](std::string& out) { append_notice("The world is away.", out); }),
            R"({"type":"notice","text":"The world is away."})");
  EXPECT_EQ(said([](std::string& out) { append_pong("7", out); }), R"({"type":"pong","id":7})");
  EXPECT_EQ(said([](std::string& out) { append_pong("", out); }), R"({"type":"pong"})");
  EXPECT_EQ(said([](std::string& out) { append_bye("shutdown", "Stopping.", true, out); }),
            R"({"type":"bye","reason":"shutdown","text":"Stopping.","retry":true})");
  EXPECT_EQ(said([](std::string& out) { append_error("not valid JSON", out); }),
            R"({"type":"error","text":"not valid JSON"})");
}

TEST(JsonForm, EscapesEveryAsciiCharacterAtEveryPlaceInAWord) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (unsigned c = 0; c < 0x80; ++c) {
    std::string expected;
    if (c == '"' || c == '\\') {
      expected = {'\\', static_cast<char>(c)};
    } else if (c == '\n') {
      expected = "\\n";
    } else if (c == '\r') {
      expected = "\\r";
    } else if (c == '\t') {
      expected = "\\t";
    } else if (c < 0x20) {
      expected = std::string("\\u00") + kHex[c >> 4] + kHex[c & 15];
    } else {
      expected = static_cast<char>(c);
    }
    for (std::size_t before = 0; before < 17; ++before) {
      EXPECT_EQ(text(std::string(before, 'x') + static_cast<char>(c) + "tail of it"),
                R"({"type":"text","text":")" + std::string(before, 'x') + expected + "tail of it\"}")
          << c << " after " << before;
    }
  }
}

TEST(JsonForm, KeepsUtf8AndReplacesWhatIsNot) {
  constexpr const char* kBefore = R"({"type":"text","text":")";
  const std::string good = "\x1B[1m\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x89\xF4\x8F\xBF\xBF";
  EXPECT_EQ(text(good), kBefore + "\\u001b"s + good.substr(1) + "\"}");
  const std::string mark = "\xEF\xBF\xBD";
  for (const auto& [bytes, marks] : std::vector<std::pair<std::string, std::size_t>>{{"\xFF", 1},
                                                                                     {"\xC3", 1},
                                                                                     {"\xC0\xAF", 2},
                                                                                     {"\xED\xA0\x80", 3},
                                                                                     {"\xF4\x90\x80\x80", 4},
                                                                                     {"\xE2\x82", 2}}) {
    std::string expected;
    for (std::size_t i = 0; i < marks; ++i) expected += mark;
    EXPECT_EQ(text(bytes), kBefore + expected + "\"}");
    EXPECT_EQ(text("a" + bytes + "z"), kBefore + ("a" + expected) + "z\"}");
  }
}

}  // namespace
}  // namespace wyld::ws::json
