#include "codec/gmcp/message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wyld::gmcp {
namespace {

TEST(GmcpPackage, HasBetweenOneAndTheMostOfTheAllowedCharacters) {
  EXPECT_TRUE(valid_package("Core.Hello"));
  EXPECT_TRUE(valid_package("a_b-c.9"));
  EXPECT_TRUE(valid_package(std::string(kPackageBytesMax, 'a')));
  EXPECT_FALSE(valid_package(std::string(kPackageBytesMax + 1, 'a')));
  EXPECT_FALSE(valid_package(""));
  EXPECT_FALSE(valid_package("a b"));
  EXPECT_FALSE(valid_package("a\x1B"));
  EXPECT_FALSE(valid_package("caf\xC3\xA9"));
}

TEST(GmcpBody, IsNothingOrOneJsonValue) {
  for (const char* body : {"", "{}", "[]", "1", "-1.5e3", "\"x\"", "true", "null", " {\"a\": [1,2]} ",
                           "\"\\u001b\"", "\"\xF0\x9F\x98\x80\""}) {
    EXPECT_TRUE(valid_body(body)) << body;
  }
  for (const char* body : {"{", "}", "bare words", "{} {}", "'x'", "{\"a\":1,}", "[1,]", "\"a\nb\"", "nul",
                           "\"\xFF\"", "\"\xC0\xAF\"", "// x\n1", "NaN", "01"}) {
    EXPECT_FALSE(valid_body(body)) << body;
  }
}

TEST(GmcpBody, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(valid_body(nested(kBodyDepthMax)));
  EXPECT_FALSE(valid_body(nested(kBodyDepthMax + 1)));
  EXPECT_FALSE(valid_body(std::string(100'000, '[')));
}

TEST(GmcpSupports, SetReplacesAddOverridesRemoveIgnoresVersions) {
  Supports supports;
  EXPECT_TRUE(supports.empty());
  EXPECT_TRUE(supports.set(R"(["Char 1", "Room 2"])"));
  EXPECT_TRUE(supports.add(R"(["room 1", "Comm.Channel"])"));
  EXPECT_EQ(supports.to_json(), R"(["Char 1","Room 1","Comm.Channel 1"])");
  EXPECT_TRUE(supports.remove(R"(["CHAR 9"])"));
  EXPECT_EQ(supports.to_json(), R"(["Room 1","Comm.Channel 1"])");
  EXPECT_TRUE(supports.set("[]"));
  EXPECT_TRUE(supports.empty());
  EXPECT_EQ(supports.to_json(), "[]");
}

TEST(GmcpBody, BecomesOneJsonValueWhateverItIs) {
  std::string scratch;
  EXPECT_EQ(as_json("", scratch), "");
  EXPECT_EQ(as_json(R"({"a":1})", scratch), R"({"a":1})");
  EXPECT_EQ(as_json("{\"a\":\"\x1b[1mred\tb\\\"\n\"}", scratch), R"({"a":"\u001b[1mred\u0009b\"\u000a"})");
  EXPECT_EQ(as_json("12\nhttp://127.0.0.1/x.zip", scratch), R"("12\nhttp://127.0.0.1/x.zip")");
  EXPECT_EQ(as_json(R"({"name":"X",})", scratch), R"("{\"name\":\"X\",}")");
  EXPECT_EQ(as_json("request char", scratch), R"("request char")");
  const std::vector<std::string> odd = {"\"", "\"\\", "\"\\\x01\"", "{\"\x1f", "\x7f", std::string(200, '[')};
  for (const std::string& body : odd) EXPECT_TRUE(valid_body(as_json(body, scratch))) << body;
}

TEST(GmcpSupports, WhatIsNoListChangesNothing) {
  Supports supports;
  ASSERT_TRUE(supports.set(R"(["Char 1"])"));
  for (const char* body : {"", "{}", "\"Char\"", "[", "[\"a\"] x"}) {
    EXPECT_FALSE(supports.set(body)) << body;
    EXPECT_FALSE(supports.add(body)) << body;
    EXPECT_FALSE(supports.remove(body)) << body;
  }
  EXPECT_EQ(supports.to_json(), R"(["Char 1"])");
  EXPECT_TRUE(supports.add(R"([1, {}, "a\"b 1", "", "Room x"])"));
  EXPECT_EQ(supports.to_json(), R"(["Char 1","Room 1"])");
}

TEST(GmcpSupports, AppliesTheMessagesThatConcernIt) {
  Supports supports;
  EXPECT_TRUE(Supports::concerns("core.supports.SET"));
  EXPECT_FALSE(Supports::concerns("Core.Hello"));
  EXPECT_TRUE(supports.apply("Core.Supports.Set", R"(["Char 1"])"));
  EXPECT_TRUE(supports.apply("Core.Supports.Add", R"(["Room 1"])"));
  EXPECT_TRUE(supports.apply("core.supports.remove", R"(["Char"])"));
  EXPECT_EQ(supports.to_json(), R"(["Room 1"])");
  EXPECT_FALSE(supports.apply("Core.Hello", R"(["Char 1"])"));
  EXPECT_FALSE(supports.apply("Core.Supports.Set", "{}"));
  EXPECT_EQ(supports.to_json(), R"(["Room 1"])");
}

TEST(GmcpSupports, HoldsABoundedNumberOfPackages) {
  Supports supports;
  for (int round = 0; round < 3; ++round) {
    std::string body = "[";
    for (int index = 0; index < 1000; ++index) {
      body += (index == 0 ? "\"P" : ",\"P") + std::to_string(round) + '_' + std::to_string(index) + " 1\"";
    }
    ASSERT_TRUE(supports.add(body + "]"));
  }
  EXPECT_TRUE(supports.version_of("P0_255") != 0);
  EXPECT_FALSE(supports.version_of("P0_256") != 0);
  EXPECT_FALSE(supports.version_of("P1_0") != 0);
}

TEST(GmcpSupports, TheVersionIsThatOfThePackageItself) {
  Supports supports;
  EXPECT_TRUE(supports.set(R"(["Char 1","Char.Login 2","Room"])"));
  EXPECT_EQ(supports.version_of("char.login"), 2U);
  EXPECT_EQ(supports.version_of("Char"), 1U);
  EXPECT_EQ(supports.version_of("Room"), 1U);
  EXPECT_EQ(supports.version_of("Char.Vitals"), 0U) << "covered, but not listed";
  EXPECT_TRUE(supports.add(R"(["Char.Login 1"])"));
  EXPECT_EQ(supports.version_of("Char.Login"), 1U);
}

TEST(GmcpSupports, AModuleGoesWithItsParts) {
  Supports supports;
  EXPECT_TRUE(supports.set(R"(["Char 1","Char.Login 2","Char.Login.Extra 1","Char.LoginX 1"])"));
  EXPECT_TRUE(supports.remove_if_part_of("char.login"));
  EXPECT_EQ(supports.to_json(), R"(["Char 1","Char.LoginX 1"])");
  EXPECT_FALSE(supports.remove_if_part_of("Char.Login"));
}

TEST(GmcpSupports, ASavedListLoadsInItsOrder) {
  constexpr archive::TimePoint kNow{std::chrono::hours(1)};
  Supports supports;
  EXPECT_TRUE(supports.set(R"(["Room 3","Char 0","IRE.Rift 4294967295","Comm"])"));
  const archive::Buffer saved = *archive::save(supports, kNow);
  Supports loaded;
  EXPECT_TRUE(loaded.set(R"(["Before 1"])"));
  ASSERT_TRUE(archive::load(saved.view(), kNow, loaded));
  EXPECT_EQ(loaded.to_json(), R"(["Room 3","Char 0","IRE.Rift 4294967295","Comm 1"])");
  ASSERT_TRUE(archive::load(archive::save(Supports(), kNow)->view(), kNow, loaded));
  EXPECT_TRUE(loaded.empty());
}

}  // namespace
}  // namespace wyld::gmcp
