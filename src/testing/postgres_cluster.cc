#include "testing/postgres_cluster.h"

#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <tuple>
#include <vector>

namespace wyld::testing {
namespace {

namespace fs = std::filesystem;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

constexpr std::chrono::seconds kPatience{60};
constexpr const char* kServerUser = "postgres";

// $1 binaries, $2 folder, $3 port. Standard input is the leash: a line names the signal that ends the server;
// when the other end just goes away, the folder goes too.
constexpr const char* kShell = R"(
cd "$2" && exec >>log 2>&1
[ -d data ] || "$1/initdb" -D data -N -U postgres -E UTF8 --locale=C.UTF-8 \
  --auth-local=trust --auth-host=scram-sha-256 || exit 1
"$1/postgres" -D data -k "$2" -p "$3" -c listen_addresses=127.0.0.1 </dev/null &
read -r how
kill -s "${how:-QUIT}" $!
wait $!
[ -n "$how" ] || { cd / && rm -rf "$2"; }
)";

std::string find_binaries() {
  std::error_code ignored;
  std::vector<std::string> found;
  for (const fs::directory_entry& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(version.path() / "bin" / "initdb", ignored)) found.push_back(version.path() / "bin");
  }
  return found.empty() ? "" : *std::ranges::max_element(found);
}

// Below the ports that the system hands out by itself, so that nobody takes it while the server restarts.
std::uint16_t free_port() {
  std::random_device random;
  while (true) {
    const auto port = static_cast<std::uint16_t>(20'000 + random() % 12'000);
    const runtime::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return port;
  }
}

std::unexpected<Trouble> why_not(std::string reason) {
  return misconfigured("no private PostgreSQL server: " + std::move(reason));
}

}  // namespace

Outcome<std::unique_ptr<PostgresCluster>> PostgresCluster::create() {
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster());
  cluster->binaries_ = find_binaries();
  if (cluster->binaries_.empty()) return why_not("there is no initdb in /usr/lib/postgresql/*/bin");
  const passwd* const server_user = ::geteuid() == 0 ? ::getpwnam(kServerUser) : nullptr;
  if (::geteuid() == 0 && server_user == nullptr)
    return why_not("it does not run as root, and there is no user \"postgres\" to run it");

  std::array folder =
      std::to_array("/tmp/wyld-pg-XXXXXX");  // short: the path of a socket is at most 107 bytes
  if (::mkdtemp(folder.data()) == nullptr) return why_not(std::strerror(errno));
  cluster->folder_ = folder.data();
  if (server_user != nullptr && ::chown(folder.data(), server_user->pw_uid, server_user->pw_gid) != 0)
    return why_not(std::strerror(errno));

  Outcome<void> started = why_not("no port is free");
  for (int attempt = 0; attempt < 3 && !started; ++attempt) {
    cluster->port_ = free_port();
    started = cluster->start();
  }
  if (!started) return fail(started.error());
  std::string made = cluster->sql(
      "CREATE ROLE " + std::string(kUser) + " LOGIN PASSWORD '" + std::string(kPassword) + "'", "postgres");
  if (made.empty()) made = cluster->create_database(kDatabase);
  if (!made.empty()) return why_not(made);
  return cluster;
}

PostgresCluster::~PostgresCluster() {
  leash_.reset();
  end_shell();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Outcome<void> PostgresCluster::start() {
  if (shell_ != 0) return {};
  const std::string log_before = log();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return why_not(std::strerror(errno));
  leash_ = runtime::Fd(ends[0]);
  const runtime::Fd other_end(ends[1]);

  std::vector<std::string> line;
  if (::geteuid() == 0)
    line = {"setpriv", std::string("--reuid=") + kServerUser, std::string("--regid=") + kServerUser,
            "--init-groups", "--"};
  line.insert(line.end(), {"sh", "-c", kShell, "sh", binaries_, folder_, std::to_string(port_)});
  std::vector<char*> arguments;
  arguments.reserve(line.size() + 1);
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, other_end.get(), STDIN_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);  // a Ctrl-C is not for the shell
  const int failed = ::posix_spawnp(&shell_, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    shell_ = 0;
    return why_not(std::strerror(failed));
  }

  const std::string target = socket_url("postgres", kServerUser);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (PQping(target.c_str()) != PQPING_OK) {
    const std::string said = log().substr(log_before.size());
    const bool over = ::waitpid(shell_, nullptr, WNOHANG) == shell_;
    if (over) shell_ = 0;
    if (over || said.contains("database system is shut down") ||
        std::chrono::steady_clock::now() > deadline) {
      std::ignore = stop(Stop::kImmediate);
      return why_not(said);
    }
    ::poll(nullptr, 0, 5);
  }
  return {};
}

Outcome<void> PostgresCluster::stop(Stop how) {
  if (shell_ == 0) return {};
  const std::string_view signal_name = how == Stop::kFast ? "INT\n" : "QUIT\n";
  const bool told = ::send(leash_.get(), signal_name.data(), signal_name.size(), MSG_NOSIGNAL) > 0;
  end_shell();
  leash_.reset();
  if (!told) return why_not("its shell is gone");
  return {};
}

void PostgresCluster::end_shell() {
  while (shell_ != 0 && ::waitpid(shell_, nullptr, 0) < 0 && errno == EINTR) {
  }
  shell_ = 0;
}

std::string PostgresCluster::sql(const std::string& text, std::string_view database) const {
  const Connection connection(PQconnectdb(socket_url(database, kServerUser).c_str()), PQfinish);
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const Result result(PQexec(connection.get(), text.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return std::string("ERROR: ") + PQerrorMessage(connection.get());
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string PostgresCluster::create_database(std::string_view name) const {
  return sql("CREATE DATABASE " + std::string(name) + " OWNER " + std::string(kUser), "postgres");
}

void PostgresCluster::terminate_connections() const {
  // Each is given time to go, so that what follows finds none of them.
  std::ignore =
      sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
          " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
          "postgres");
}

std::string PostgresCluster::url(std::string_view database) const {
  return "postgresql://" + std::string(kUser) + ':' + std::string(kPassword) +
         "@127.0.0.1:" + std::to_string(port_) + '/' + std::string(database);
}

std::string PostgresCluster::socket_url(std::string_view database, std::string_view user) const {
  return "postgresql:///" + std::string(database) + "?host=" + folder_ + "&port=" + std::to_string(port_) +
         "&user=" + std::string(user);
}

std::string PostgresCluster::log() const {
  std::ifstream in(folder_ + "/log");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace wyld::testing
