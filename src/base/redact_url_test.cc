#include "base/redact_url.h"

#include <gtest/gtest.h>

#include <array>

namespace wyld {
namespace {

TEST(RedactUrl, HidesThePasswordWhereverItStands) {
  struct Case {
    const char* url;
    const char* shown;
  };
  for (const auto& [url, shown] : std::to_array<Case>({
           {"postgresql://wyld:secret@db/game", "postgresql://wyld:***@db/game"},
           {"postgres://wyld:se%63ret@[::1]:5432/game?sslmode=require",
            "postgres://wyld:***@[::1]:5432/game?sslmode=require"},
           {"postgresql://wyld:secret@one:1,two:2/game", "postgresql://wyld:***@one:1,two:2/game"},
           {"postgresql://db/game?user=wyld&password=secret&sslpassword=secret&sslmode=disable",
            "postgresql://db/game?user=wyld&password=***&sslpassword=***&sslmode=disable"},
           {"postgresql:///?pass%77ord=secret", "postgresql:///?pass%77ord=***"},
           {"postgresql://u:secret@h/d?password=secret", "postgresql://u:***@h/d?password=***"},
           {"host=db password=secret user=wyld", "host=db password=*** user=wyld"},
           {"host=db password = 'se cret\\' more' user=wyld", "host=db password = *** user=wyld"},
           {"password='never closed secret", "password=***"},
           {"password=secret", "password=***"},
           // Read generously: more may go than libpq takes for the password.
           {"postgresql://wyld:se@cret@db/game", "postgresql://wyld:***@db/game"},
           {"postgresql://wyld:se/cret@db/game", "postgresql://wyld:***@db/game"},
           {"postgresql://wyld:se?cret@db/game", "postgresql://wyld:***@db/game"},
           {"postgresql://wyld:se:cret@db/game", "postgresql://wyld:***@db/game"},
           {"mysql://wyld:secret@db/game", "mysql://wyld:***@db/game"},
           {"wyld:secret@db/game", "wyld:***@db/game"},
           {"wyld:se=cret@db/game", "wyld:***@db/game"},
           {"password=my secret user=wyld", "password=*** user=wyld"},
           {"postgresql://db/game?PASSWORD=secret&Passwd=secret&pass=secret&pwd=secret",
            "postgresql://db/game?PASSWORD=***&Passwd=***&pass=***&pwd=***"},
           {"host=db Password=secret", "host=db Password=***"},
           // The host is missing, or the "@" before it.
           {"postgresql://wyld:secret", "postgresql://wyld:***"},
           {"postgresql://wyld:secret/game", "postgresql://wyld:***"},
           {"postgresql://wyld:se/cret?sslmode=require", "postgresql://wyld:***?sslmode=require"},
           {"postgresql://wyld:se,cret", "postgresql://wyld:***"},
           {"postgresql://wyld:se?cret", "postgresql://wyld:***"},
           {"postgresql://wyld:123secret", "postgresql://wyld:***"},
           {"postgresql://wyld:1234567secret,db:5432", "postgresql://wyld:***"},
           {"postgresql://one:1,wyld:secret", "postgresql://one:1,wyld:***"},
           {"wyld:secret", "wyld:***"},
           // Nothing to hide.
           {"postgresql://[::1]:5432,[2001:db8::1]:5433/game",
            "postgresql://[::1]:5432,[2001:db8::1]:5433/game"},
           {"postgresql://one:1,two:2/game", "postgresql://one:1,two:2/game"},
           {"postgresql://:5432/game", "postgresql://:5432/game"},
           {"postgresql://wyld@db:5432/game", "postgresql://wyld@db:5432/game"},
           {"postgresql://db:5432/game", "postgresql://db:5432/game"},
           {"postgresql://db:5432?application_name=a:b", "postgresql://db:5432?application_name=a:b"},
           {"postgresql:///game?passfile=/etc/pass&host=/run",
            "postgresql:///game?passfile=/etc/pass&host=/run"},
           {"host=db user=wyld", "host=db user=wyld"},
           {"sqlite:/var/lib/a:b/wyldgate.db", "sqlite:/var/lib/a:b/wyldgate.db"},
           {"game", "game"},
           {"", ""},
       })) {
    EXPECT_EQ(redact_url(url), shown) << url;
    EXPECT_EQ(redact_url(url).find("cret"), std::string::npos) << url;
  }
}

TEST(RedactWords, HidesWhatIsQuotedOfThePassword) {
  struct Case {
    const char* url;
    const char* words;
    const char* shown;
  };
  for (const auto& [url, words, shown] : std::to_array<Case>({
           {"postgresql://u:se%zzcret@h/d", "invalid percent-encoded token: \"se%zzcret\"",
            "invalid percent-encoded token: \"***\""},
           {"postgresql://u:se/cret@h/d", "invalid integer value \"se\" for connection option \"port\"",
            "invalid integer value \"***\" for connection option \"port\""},
           {"postgresql://u:se@cret@h/d", "could not translate host name \"cret@h\" to address",
            "could not translate host name \"***\" to address"},
           {"password=my secret", "missing \"=\" after \"secret\" in connection info string",
            "missing \"=\" after \"***\" in connection info string"},
           {"postgresql://u:a%22b%22secret@h/d", "invalid \"a\"b\"secret\" there", "invalid \"***\" there"},
           {"postgresql://u:s%65cret@h/d", "database \"secret\" does not exist",
            "database \"***\" does not exist"},
           // What everybody may read stays.
           {"postgresql://wyld:wyldsecret@h/wyld", "user \"wyld\" has no database \"wyld\"",
            "user \"wyld\" has no database \"wyld\""},
           {"postgresql://u@h/d", "database \"d\" does not exist", "database \"d\" does not exist"},
           {"postgresql://u:secret@h/d", "one \" alone", "one \" alone"},
       }))
    EXPECT_EQ(redact_words(words, url), shown);
}

TEST(RedactUrl, HidesThePasswordAndNothingElse) {
  EXPECT_EQ(redact_url("postgresql://alice:s3cret@db.example.org:5432/game?sslmode=require"),
            "postgresql://alice:***@db.example.org:5432/game?sslmode=require");
  EXPECT_EQ(redact_url("postgresql://alice@db/game"), "postgresql://alice@db/game");
  EXPECT_EQ(redact_url("postgresql://db:5432/game"), "postgresql://db:5432/game");
  EXPECT_EQ(redact_url("postgresql://alice:p%40ss@db"), "postgresql://alice:***@db");
  EXPECT_EQ(redact_url("sqlite:state/wyldgate.db"), "sqlite:state/wyldgate.db");
  EXPECT_EQ(redact_url(""), "");
}

TEST(RedactUrl, HidesParametersThatArePasswords) {
  EXPECT_EQ(redact_url("postgresql:///game?host=/run&password=s3cret&user=alice"),
            "postgresql:///game?host=/run&password=***&user=alice");
  EXPECT_EQ(redact_url("postgresql:///game?sslpassword=one"), "postgresql:///game?sslpassword=***");
  EXPECT_EQ(redact_url("postgresql:///game?p%61ssword=s3cret"), "postgresql:///game?p%61ssword=***");
}

TEST(RedactUrl, LeavesNothingOfAPasswordThatIsNotEncoded) {
  for (const std::string_view password : {"pa@ss", "pa/ss", "pa:ss", "pa?ss", "pa@ss/wo:rd", "@@@"}) {
    const std::string shown = redact_url("postgresql://alice:" + std::string(password) + "@db/game");
    EXPECT_EQ(shown, "postgresql://alice:***@db/game") << password;
  }
}

}  // namespace
}  // namespace wyld
