#include "codec/gmcp/char_login.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace wyld::gmcp::char_login {
namespace {

namespace json = boost::json;

TEST(CharLogin, ConcernsTheModuleAndWhatIsBelowItInAnyCase) {
  for (const char* package : {"Char.Login", "char.login", "Char.Login.Default", "CHAR.LOGIN.reconnect"})
    EXPECT_TRUE(concerns(package)) << package;
  for (const char* package : {"Char", "Char.Vitals", "Char.LoginX", "Char.Log", ""})
    EXPECT_FALSE(concerns(package)) << package;
}

TEST(CharLogin, AReconnectHasATokenAndPerhapsAnAccount) {
  const auto message = parse(kReconnect, R"({"account":"ada:elf","token":"T1","version":2})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, Kind::kReturn);
  EXPECT_EQ(message->account, "ada:elf");
  EXPECT_EQ(message->secret, "T1");
  EXPECT_FALSE(message->keeps_tokens);
  EXPECT_EQ(parse("char.login.RECONNECT", R"({"token":""})")->kind, Kind::kReturn);
  EXPECT_FALSE(parse(kReconnect, R"({"account":"ada"})")) << "there is nothing to come back with";
}

TEST(CharLogin, CredentialsWithoutNameOrPasswordHandTheLoginOver) {
  const auto full = parse(kCredentials, R"({"account":"ada","password":"s\u00e9same","version":2})");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->kind, Kind::kSignIn);
  EXPECT_EQ(full->account, "ada");
  EXPECT_EQ(full->secret, "s\xC3\xA9same");
  for (const char* body :
       {"{}", R"({"version":2,"token_storage":true})", R"({"account":null})", R"({"account":"ada"})",
        R"({"account":"","password":""})", R"({"password":"x"})"}) {
    const auto message = parse(kCredentials, body);
    ASSERT_TRUE(message) << body;
    EXPECT_EQ(message->kind, Kind::kHandOff) << body;
  }
}

TEST(CharLogin, WhetherTokensAreKeptMayBeSaidInFourWaysAndInAnyMessage) {
  for (const char* yes : {"true", "\"true\"", "1", "\"1\""}) {
    const auto message = parse(kCredentials, std::string(R"({"token_storage":)") + yes + '}');
    ASSERT_TRUE(message) << yes;
    EXPECT_EQ(message->keeps_tokens, true) << yes;
  }
  for (const char* no : {"false", "\"false\"", "0", "\"0\""}) {
    const auto message = parse("Char.Login.Other", std::string(R"({"token_storage":)") + no + '}');
    ASSERT_TRUE(message) << no;
    EXPECT_EQ(message->keeps_tokens, false) << no;
    EXPECT_EQ(message->kind, Kind::kOther);
  }
  for (const char* neither : {"2", "\"yes\"", "[]", "1.0", "{}"})
    EXPECT_FALSE(parse(kCredentials, std::string(R"({"token_storage":)") + neither + '}')) << neither;
}

TEST(CharLogin, WhatIsNotOfItsFormIsNoMessage) {
  for (const char* body : {"", "[]", "null", "\"x\"", "{", R"({"token":1})", R"({"token":["T"]})",
                           R"({"token":"T","account":7})", R"({"token":{"a":{"b":{"c":{}}}}})"})
    EXPECT_FALSE(parse(kReconnect, body)) << body;
  for (const char* body : {R"({"account":"ada","password":7})", R"({"account":["ada"],"password":"x"})"})
    EXPECT_FALSE(parse(kCredentials, body)) << body;
}

TEST(CharLogin, ALineEndInANameOrPasswordWouldBeAnotherLineAndIsRefused) {
  for (const char* end : {"\\n", "\\r", "\\u0000", "\\u001b", "\\u007f", "\\u0085"}) {
    const std::string text = std::string("a") + end + "b";
    EXPECT_FALSE(parse(kCredentials, R"({"account":")" + text + R"(","password":"x"})")) << end;
    EXPECT_FALSE(parse(kCredentials, R"({"account":"ada","password":")" + text + R"("})")) << end;
  }
  EXPECT_TRUE(parse(kCredentials, R"({"account":"a\u00a0b","password":"x"})")) << "no control";
}

TEST(CharLogin, ItsBoundsHold) {
  const auto credentials = [](std::size_t account, std::size_t password) {
    return R"({"account":")" + std::string(account, 'a') + R"(","password":")" + std::string(password, 'p') +
           R"("})";
  };
  EXPECT_TRUE(parse(kCredentials, credentials(kAccountBytesMax, kPasswordBytesMax)));
  EXPECT_FALSE(parse(kCredentials, credentials(kAccountBytesMax + 1, 8)));
  EXPECT_FALSE(parse(kCredentials, credentials(8, kPasswordBytesMax + 1)));
  const auto padded = [](std::size_t bytes) {
    const std::string frame = R"({"token":""})";
    return R"({"token":")" + std::string(bytes - frame.size(), 't') + R"("})";
  };
  EXPECT_TRUE(parse(kReconnect, padded(kBodyBytesMax))) << "long tokens of others are answered, too";
  EXPECT_FALSE(parse(kReconnect, padded(kBodyBytesMax + 1)));
}

TEST(CharLogin, TheOfferNamesAVersionOnlyToThoseWhoKnowVersions) {
  std::string body;
  append_default(2, body);
  EXPECT_EQ(body, R"({"version":2,"type":["password-credentials"]})");
  body.clear();
  append_default(1, body);
  EXPECT_EQ(body, R"({"type":["password-credentials"]})");
}

TEST(CharLogin, ResultAndTokenAreWhatClientsRead) {
  std::string body;
  append_result(true, {}, body);
  EXPECT_EQ(body, R"({"success":true})");
  body.clear();
  append_result(false, "No \"place\".", body);
  EXPECT_EQ(body, R"({"success":false,"message":"No \"place\"."})");
  body.clear();
  append_token("Ada", "T2", true, body);
  EXPECT_EQ(body, R"({"account":"Ada","token":"T2","secure_only":true})");
  body.clear();
  append_token("a\"\xC3\xA9\n", "T2", false, body);
  const json::value read = json::parse(body);
  EXPECT_EQ(read.at("account").as_string(), "a\"\xC3\xA9\n");
  EXPECT_EQ(read.at("secure_only").as_bool(), false);
}

TEST(CharLogin, WorldsAreNotToldOfIt) {
  const auto told = [](std::string_view package, std::string_view body) {
    return supports_without(package, body).value_or("as it was");
  };
  EXPECT_EQ(told("Core.Supports.Set", R"(["Char 1","Char.Login 2","Room 1"])"), R"(["Char 1","Room 1"])");
  EXPECT_EQ(told("core.supports.add", R"(["char.login 2"])"), "[]");
  EXPECT_EQ(told("Core.Supports.Remove", R"(["Char.Login"])"), "[]");
  EXPECT_EQ(told("Core.Supports.Set", R"(["Char 1","Char.LoginX 1"])"), "as it was");
  EXPECT_EQ(told("Core.Supports.Set", "{}"), "as it was");
  EXPECT_EQ(told("Core.Hello", R"(["Char.Login 2"])"), "as it was");
}

}  // namespace
}  // namespace wyld::gmcp::char_login
