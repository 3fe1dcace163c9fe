#include "config/check.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::config {
namespace {

// The trouble's words; empty: there is none.
std::string said(const Outcome<void>& outcome) { return outcome ? std::string() : outcome.error().message; }

TEST(CheckAddress, TakesEveryFormOfListenAddress) {
  for (const char* address : {"4000", ":4000", "127.0.0.1:4000", "0.0.0.0:0", "localhost:4000", "[::1]:4000",
                              "[2001:db8::7]:65535", "0"}) {
    EXPECT_EQ(said(check_address(address)), "") << address;
  }
}

TEST(CheckAddress, SaysWhatToWriteInstead) {
  const struct {
    const char* address;
    const char* answer;
  } cases[] = {
      {"", R"(is empty; write HOST:PORT, as in 127.0.0.1:4000, or off)"},
      {"127.0.0.1", R"("127.0.0.1" needs a port: write HOST:PORT, as in 127.0.0.1:4000)"},
      {"127.0.0.1:", R"("" is no port: a number from 0 to 65535)"},
      {"65536", R"("65536" is no port: a number from 0 to 65535)"},
      {":65536", R"("65536" is no port: a number from 0 to 65535)"},
      {"127.0.0.1:-1", R"("-1" is no port: a number from 0 to 65535)"},
      {"99999999999999999999", R"("99999999999999999999" is no port: a number from 0 to 65535)"},
      {"127.0.0.256:1", R"("127.0.0.256" is no IPv4 address: four numbers from 0 to 255 joined by dots)"},
      {"::1:4000",
       R"("::1:4000" is an IPv6 address without brackets; write it and the port as in [::1]:4000)"},
      {"fe80::1:2:3:4:5:6:4000",
       R"("fe80::1:2:3:4:5:6:4000" needs brackets around the IPv6 address: [fe80::1:2:3:4:5:6]:4000)"},
      {"a:b:1", R"("a:b:1" has too many colons; write HOST:PORT or [IPV6]:PORT)"},
      {"[::1]", R"("[::1]" needs a port, as in [::1]:4000)"},
      {"[::1:4000", R"("[::1:4000" has '[' without ']'; write an IPv6 address as [::1]:4000)"},
      {"[127.0.0.1]:4000",
       R"("127.0.0.1" is no IPv6 address; brackets are for those only, as in [::1]:4000)"},
      {"http://127.0.0.1:80",
       R"("http://127.0.0.1:80" is a URL; write only HOST:PORT, as in 127.0.0.1:4000)"},
      {"postgresql://u:secret@h/d",
       R"("postgresql://u:***@h/d" is a URL; write only HOST:PORT, as in 127.0.0.1:4000)"},
      {"mud.example.org:4000",
       R"("mud.example.org" is a name; write the numeric address of this machine, or only :4000 for all of them)"},
      {"bad host:4000", R"("bad host" is no host name: letters, digits, '.', '-' and '_' only)"},
  };
  for (const auto& each : cases) EXPECT_EQ(said(check_address(each.address)), each.answer);
}

TEST(CheckWorld, TakesTheDemoTelnetGamesAndGrpcWorlds) {
  for (const char* url : {"demo", "telnet://localhost:2860", "telnet://mud.example.org:4000",
                          "telnet://[::1]:4000", "telnet://10.0.0.1:65535", "grpc://localhost:7000",
                          "grpcs://world.example.org:443", "grpc://[::1]:7000"}) {
    EXPECT_EQ(said(check_world(url)), "") << url;
  }
}

TEST(CheckWorld, NamesWhatIsPossible) {
  const struct {
    const char* url;
    const char* answer;
  } cases[] = {
      {"",
       R"("" is no world; possible are "demo", "telnet://HOST:PORT", "grpc://HOST:PORT" and "grpcs://HOST:PORT")"},
      {"Demo",
       R"("Demo" is no world; possible are "demo", "telnet://HOST:PORT", "grpc://HOST:PORT" and "grpcs://HOST:PORT")"},
      {"localhost:2860", R"("localhost:2860" lacks the scheme; write "telnet://localhost:2860")"},
      {"mud://localhost:1",
       R"(the scheme "mud" is not known; possible are "demo", "telnet://HOST:PORT", "grpc://HOST:PORT" and "grpcs://HOST:PORT")"},
      {"telnet://localhost", R"("localhost" needs a port: write HOST:PORT, as in 127.0.0.1:4000)"},
      {"telnet://:4000", R"("telnet://:4000" names no host; write "telnet://HOST:PORT")"},
      {"telnet://localhost:0", R"("0" is no port: a number from 1 to 65535)"},
      {"telnet://localhost:4000/",
       R"("telnet://localhost:4000/" has something behind the port; write "telnet://HOST:PORT")"},
      {"telnet://me@localhost:4000",
       "a world's URL takes no user name; players log in to the game themselves"},
      {"grpcs://me@localhost:4000", "a world's URL takes no user name; world.key is the secret both know"},
      {"grpc://localhost:1/x",
       R"("grpc://localhost:1/x" has something behind the port; write "grpc://HOST:PORT")"},
      {"telnet://..:1", R"(".." is no host name: a dot or hyphen stands where a letter or digit must)"},
  };
  for (const auto& each : cases) EXPECT_EQ(said(check_world(each.url)), each.answer);
}

TEST(CheckKey, FitsIntoAHeaderAndIsNotRepeated) {
  EXPECT_EQ(said(check_key("")), "");
  EXPECT_EQ(said(check_key("aZ9!~/+=")), "");
  EXPECT_EQ(said(check_key(std::string(1024, 'k'))), "");
  EXPECT_EQ(said(check_key(std::string(1025, 'k'))), "has 1025 bytes; at most 1024 fit");
  for (const char* bad : {"open sesame", "s\xC3\xBC", "a\nb", "\x7F"}) {
    EXPECT_EQ(said(check_key(bad)),
              "has a character that cannot be sent; use letters, digits and punctuation, without spaces");
  }
}

TEST(CheckOrigin, TakesWhatBrowsersSend) {
  for (const char* origin : {"*", "https://play.example.org", "http://localhost:8080", "https://[::1]",
                             "https://[::1]:8443", "capacitor://localhost"}) {
    EXPECT_EQ(said(check_origin(origin)), "") << origin;
  }
}

TEST(CheckOrigin, RefusesWhatNoBrowserSends) {
  const struct {
    const char* origin;
    const char* answer;
  } cases[] = {
      {"play.example.org",
       R"("play.example.org" is no origin; write scheme://host, as in "https://play.example.org", or "*" for any)"},
      {"https://Play.example.org",
       R"("https://Play.example.org" must be in lower case, as browsers send it)"},
      {"https://play.example.org/",
       R"("https://play.example.org/" has more than scheme, host and port; leave out the path, also a final '/')"},
      {"https://play.example.org:443",
       R"("https://play.example.org:443" names the scheme's own port, which browsers leave out; write "https://play.example.org")"},
      {"https://", R"("https://" names no host)"},
      {"https://:8080", R"("https://:8080" names no host)"},
      {"https://[::g]", R"("[::g]" is no IPv6 address)"},
      {"://x", R"("" is no scheme; write https or http)"},
      {"https://play.example.org:0", R"("0" is no port: a number from 1 to 65535)"},
  };
  for (const auto& each : cases) EXPECT_EQ(said(check_origin(each.origin)), each.answer);
}

TEST(CheckPageHost, TakesNamesWithoutPort) {
  for (const char* host :
       {"*", "play.example.org", "Play.Example.ORG", "mud", "my_box.lan", "localhost", "10.0.0.7"}) {
    EXPECT_EQ(said(check_page_host(host)), "") << host;
  }
}

TEST(CheckPageHost, SaysWhatToWriteInstead) {
  const struct {
    const char* host;
    const char* answer;
  } cases[] = {
      {"", R"(a host name is missing; write it as in "play.example.org", or "*" for any)"},
      {"https://play.example.org",
       R"("https://play.example.org" is more than a host name; leave out scheme and path, as in "play.example.org")"},
      {"play.example.org/x",
       R"("play.example.org/x" is more than a host name; leave out scheme and path, as in "play.example.org")"},
      {"play.example.org:4080",
       R"("play.example.org:4080" names a port; leave it out, a name counts for every port)"},
      {"*.example.org", R"("*.example.org" is a pattern; write every name, or "*" for any)"},
      {"[::1]", R"("[::1]" is an address; addresses are always answered, list names only)"},
      {"a b", R"("a b" is no host name: letters, digits, '.', '-' and '_' only)"},
  };
  for (const auto& each : cases) EXPECT_EQ(said(check_page_host(each.host)), each.answer);
}

TEST(CheckNetwork, TakesPrefixesOfBothFamilies) {
  for (const char* network :
       {"0.0.0.0/0", "127.0.0.0/8", "10.1.2.3/32", "::/0", "::1/128", "fd00::/8", "2001:db8::/47"}) {
    EXPECT_EQ(said(check_network(network)), "") << network;
  }
}

TEST(CheckNetwork, RefusesStrayBitsAndWrongLengths) {
  const struct {
    const char* network;
    const char* answer;
  } cases[] = {
      {"", R"("" is no network; write ADDRESS/BITS, as in 192.168.0.0/16 or fd00::/8)"},
      {"localhost/8", R"("localhost/8" is no network; write ADDRESS/BITS, as in 192.168.0.0/16 or fd00::/8)"},
      {"10.0.0.1", R"("10.0.0.1" needs a prefix length; for this one address write 10.0.0.1/32)"},
      {"::1", R"("::1" needs a prefix length; for this one address write ::1/128)"},
      {"10.0.0.0/33", R"("10.0.0.0/33" has a wrong prefix length; behind '/' stands a number from 0 to 32)"},
      {"10.0.0.0/", R"("10.0.0.0/" has a wrong prefix length; behind '/' stands a number from 0 to 32)"},
      {"::/129", R"("::/129" has a wrong prefix length; behind '/' stands a number from 0 to 128)"},
      {"10.1.2.3/12", R"("10.1.2.3/12" has bits set behind its prefix; did you mean 10.0.0.0/12?)"},
      {"2001:db8::1/64", R"("2001:db8::1/64" has bits set behind its prefix; did you mean 2001:db8::/64?)"},
  };
  for (const auto& each : cases) EXPECT_EQ(said(check_network(each.network)), each.answer);
}

TEST(CheckName, BoundsTheBytesAndRefusesControlCharacters) {
  EXPECT_EQ(said(check_name(std::string(64, 'x'))), "");
  EXPECT_EQ(said(check_name("Die gr\xC3\xBCne Insel")), "");
  EXPECT_EQ(said(check_name(std::string(65, 'x'))), "has 65 bytes; at most 64 fit");
  EXPECT_EQ(said(check_name("")), "is empty; players need a name to see");
  EXPECT_EQ(said(check_world_name("")), "") << "it has a default that depends on the world";
  EXPECT_EQ(said(check_world_name(std::string(65, 'x'))), "has 65 bytes; at most 64 fit");
  EXPECT_EQ(said(check_name("\x1B[31m")), R"("\x1B[31m" contains a control character; use printable ones)");
  EXPECT_EQ(said(check_name("a\xC2\x9B"
                            "b")),
            R"("a\u009Bb" contains a control character; use printable ones)");
  EXPECT_EQ(said(check_name("\xFF")), R"("\xFF" is not UTF-8)");
}

TEST(InQuotes, IsFitForATerminal) {
  EXPECT_EQ(in_quotes("plain"), R"("plain")");
  EXPECT_EQ(in_quotes("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(in_quotes("\x1B]0;x\x07"), R"("\x1B]0;x\x07")");
  EXPECT_EQ(in_quotes("\xC2\x9B"
                      "31m"),
            R"("\u009B31m")");
  EXPECT_EQ(in_quotes(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xC3\xBC"
                                             "y"),
            "\"" + std::string(59, 'x') + "...\"");
}

TEST(CheckStore, TakesWhatTheGatewayCanOpen) {
  for (const char* good :
       {"memory", "sqlite", "sqlite:wyldgate.db", "sqlite:/var/lib/x.db", "sqlite:///var/lib/x.db",
        "postgresql://", "postgresql://alice:s3cret@db:5432/game?sslmode=require", "postgres:///game"}) {
    EXPECT_EQ(said(check_store(good)), "") << good;
  }
}

TEST(CheckStore, SaysWhatToWriteAndRepeatsNoPassword) {
  for (const char* bad :
       {"", "mysql://alice:s3cret@db/game", "alice:s3cret@db", "db.example.org", "sqlite:", "sqlite:state/",
        "sqlite://state.db", "postgresql:alice:s3cret@db", "/var/lib/s3cret.db"}) {
    const std::string problem = said(check_store(bad));
    EXPECT_NE(problem, "") << bad;
    EXPECT_EQ(problem.find("s3cret"), std::string::npos) << problem;
    EXPECT_NE(problem.find("sqlite"), std::string::npos) << problem;
  }
}

}  // namespace
}  // namespace wyld::config
