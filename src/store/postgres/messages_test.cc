// What an operator reads when the database cannot be used: a real server refuses, and the messages are
// compared with messages.golden. Run with WYLD_GOLDEN=write to renew that file.

#include "store/postgres/messages.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "runtime/fd.h"
#include "store/postgres/cluster_fixture.h"
#include "testing/source_dir.h"

namespace wyld::store::postgres {
namespace {

const std::string kGolden = testing::source_dir() + "/src/store/postgres/messages.golden";

// A port of 127.0.0.1 where connections are accepted and never answered.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address_);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(::bind(socket_.get(), address, bytes), 0);
    EXPECT_EQ(::getsockname(socket_.get(), address, &bytes), 0);
  }
  void listen() const { EXPECT_EQ(::listen(socket_.get(), 8), 0); }
  [[nodiscard]] std::string text() const { return std::to_string(ntohs(address_.sin_port)); }

 private:
  runtime::Fd socket_;
  sockaddr_in address_{};
};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// Everything a gateway does before it can work.
Trouble trouble_with(const std::string& url) {
  PostgresOptions options = options_for(url);
  options.connect_timeout = std::chrono::seconds(2);  // the least that libpq does
  PostgresDatabase database(options);
  if (const Outcome<void> done = database.connect(); !done) return done.error();
  if (const Outcome<void> done = database.ping(); !done) return done.error();
  if (const auto done = database.migrate(); !done) return done.error();
  ADD_FAILURE() << "nothing is wrong with " << url;
  return {};
}

class Collection {
 public:
  void add(std::string_view title, const Trouble& trouble) {
    EXPECT_EQ(trouble.message.find("swordfish"), std::string::npos) << title;
    EXPECT_EQ(trouble.message.find('\n'), std::string::npos) << title;
    constexpr std::array kFaults{"unreachable", "rejected", "misconfigured"};
    text_ << "[" << title << "]\n"
          << kFaults.at(static_cast<std::size_t>(trouble.fault)) << '\n'
          << trouble.message << "\n\n";
  }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

TEST(PostgresMessages, TellTheOperatorWhatIsWrongAndWhatToDo) {
  testing::PostgresCluster& server = shared_cluster();
  const std::string port = std::to_string(server.port());
  const std::string at = "@127.0.0.1:" + port;
  const auto sql = [&](const std::string& text, std::string_view database = "wyld") {
    EXPECT_EQ(server.sql(text, database), "") << text;
  };
  const SilentPort closed;
  const SilentPort silent;
  silent.listen();
  Collection all;

  all.add("not running", trouble_with("postgresql://wyld:swordfish@127.0.0.1:" + closed.text() + "/wyld"));
  all.add("not running, socket", trouble_with("postgresql:///wyld?host=/nowhere&user=wyld"));
  all.add("silent", trouble_with("postgresql://wyld:swordfish@127.0.0.1:" + silent.text() + "/wyld"));
  all.add("no such host", trouble_with("postgresql://wyld:swordfish@no..host:5432/wyld"));
  all.add("no such host, because of the password",
          trouble_with("postgresql://wyld:sword@fish@no..host:5432/wyld"));
  all.add("wrong password", trouble_with("postgresql://wyld:swordfish2" + at + "/wyld"));
  all.add("no password", trouble_with("postgresql://wyld" + at + "/wyld"));
  all.add("no such role, password asked", trouble_with("postgresql://nobody:swordfish" + at + "/wyld"));
  all.add("no such role",
          trouble_with("postgresql://no%20body:swordfish@/wyld?port=" + port + "&host=" + server.folder()));
  all.add("no such database", trouble_with("postgresql://wyld:swordfish" + at + "/nowhere"));
  all.add("no such database, odd name",
          trouble_with("host=127.0.0.1 port=" + port +
                       " user=wyld password='swordfish' dbname='it\\'s \"mine\"'"));
  all.add("server without TLS", trouble_with("postgresql://wyld:swordfish" + at + "/wyld?sslmode=require"));
  sql("CREATE ROLE guest LOGIN PASSWORD 'swordfish'; CREATE ROLE \"Sleeper\" PASSWORD 'swordfish'");
  all.add("no permission on the schema", trouble_with("postgresql://guest:swordfish" + at + "/wyld"));
  all.add("role may not log in", trouble_with("postgresql://Sleeper:swordfish" + at + "/wyld"));
  sql("CREATE DATABASE private", "postgres");
  sql("REVOKE CONNECT ON DATABASE private FROM PUBLIC", "postgres");
  all.add("no permission on the database", trouble_with("postgresql://guest:swordfish" + at + "/private"));
  all.add("no schema", trouble_with(server.url() + "?options=-csearch_path%3Dnowhere"));
  sql("CREATE SCHEMA future AUTHORIZATION wyld;"
      "CREATE TABLE future.schema_migrations AS SELECT 7 AS number; ALTER TABLE future.schema_migrations "
      "OWNER TO wyld");
  all.add("newer schema", trouble_with(server.url() + "?options=-csearch_path%3Dfuture"));
  sql("CREATE SCHEMA owned; CREATE TABLE owned.schema_migrations AS SELECT 0 AS number; GRANT USAGE ON "
      "SCHEMA owned TO guest");
  all.add("tables of another role",
          trouble_with("postgresql://guest:swordfish" + at + "/wyld?options=-csearch_path%3Downed"));
  all.add("read only", trouble_with(server.url() + "?options=-cdefault_transaction_read_only%3Don"));
  all.add("only standbys",
          trouble_with("postgresql://wyld:swordfish" + at +
                       "/wyld?target_session_attrs=read-write&options=-cdefault_transaction_read_only%3Don"));
  sql("CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C' TEMPLATE template0", "postgres");
  all.add("not UTF-8", trouble_with("postgresql://wyld:swordfish" + at + "/latin"));
  sql("ALTER ROLE guest CONNECTION LIMIT 0");
  all.add("too many connections of a role", trouble_with("postgresql://guest:swordfish" + at + "/wyld"));
  sql("ALTER ROLE guest CONNECTION LIMIT -1; ALTER DATABASE private ALLOW_CONNECTIONS false", "postgres");
  all.add("database is closed", trouble_with("postgresql://wyld:swordfish" + at + "/private"));

  all.add("not a URL", trouble_with("gateway_database"));
  all.add("no scheme", trouble_with("wyld:swordfish@db/wyld"));
  all.add("another database's URL", trouble_with("mysql://wyld:swordfish@db/wyld"));
  all.add("bad percent", trouble_with("postgresql://wyld:swordfish%zz@db/wyld"));
  all.add("unescaped slash", trouble_with("postgresql://wyld:sword/fish@db/wyld"));
  all.add("unknown option", trouble_with("postgresql://wyld:swordfish@db/wyld?colour=red"));
  all.add("bad option", trouble_with("postgresql://wyld:swordfish@db/wyld?sslmode=perhaps"));
  all.add("unquoted space", trouble_with("host=db password=swordfish swordfish user=wyld"));
  all.add("bad port", trouble_with("postgresql://wyld:swordfish@127.0.0.1:99999/wyld"));

  // What is hard to bring about at a given moment.
  const Target target{.url = "postgresql://wyld:swordfish@db/wyld",
                      .host = "db",
                      .port = "5432",
                      .user = "wyld",
                      .database = "wyld",
                      .schema = "public"};
  all.add("starting up",
          connect_trouble(
              target, {.words = "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  the "
                                "database system is starting up",
                       .sqlstate = "57P03"}));
  all.add("too many connections",
          connect_trouble(target, {.words = "FATAL:  sorry, too many clients already", .sqlstate = "53300"}));
  all.add("TLS wanted",
          connect_trouble(target, {.words = "FATAL:  no pg_hba.conf entry for host \"10.0.0.2\", user "
                                            "\"wyld\", database \"wyld\", no encryption",
                                   .sqlstate = "28000"}));
  all.add("another language",
          connect_trouble(
              target, {.words = "FATAL:  la base de données « wyld » n'existe pas", .sqlstate = "3D000"}));
  all.add("disk full", statement_trouble(
                           target, {.words = "could not extend file \"base/5/1259\": No space left on device",
                                    .sqlstate = "53100"}));
  all.add("terminated",
          statement_trouble(
              target, {.words = "terminating connection due to administrator command", .sqlstate = "57P01"}));
  all.add("refused value",
          statement_trouble(target, {.words = "unsupported Unicode escape sequence", .sqlstate = "22P05"}));

  std::string text = all.text();
  replace_all(text, closed.text(), "CLOSED_PORT");
  replace_all(text, silent.text(), "SILENT_PORT");
  replace_all(text, port, "PORT");
  replace_all(text, server.folder(), "FOLDER");
  if (const char* const wish = std::getenv("WYLD_GOLDEN");
      wish != nullptr && std::string_view(wish) == "write")
    std::ofstream(kGolden) << text;
  std::ifstream golden(kGolden);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(golden), {}));
}

}  // namespace
}  // namespace wyld::store::postgres
