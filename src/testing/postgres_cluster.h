#pragma once
// A PostgreSQL server of one's own, for tests and benchmarks.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"
#include "runtime/fd.h"

namespace wyld::testing {

// A private server in a directory of its own under /tmp, on a socket there and on a free port of 127.0.0.1:
// UTF-8, fsync on, passwords (scram) over TCP, none over the socket. It has the role and the database "wyld".
//
// A shell watches over the server and listens to us: when this object goes away, or its process in whatever
// manner, the shell ends the server and removes the directory.
//
// Owner    a test, a benchmark. Root runs the server as the user "postgres".
// Thread   one at a time; sql() any.
// Errors   the reason as a sentence, with what the server said.
class PostgresCluster {
 public:
  enum class Stop : std::uint8_t {
    kFast,       // connections are cut, all is written
    kImmediate,  // as if it had crashed
  };
  static constexpr std::string_view kUser = "wyld";
  static constexpr std::string_view kPassword = "swordfish";
  static constexpr std::string_view kDatabase = "wyld";

  // Makes one and starts it; takes about a second.
  static Outcome<std::unique_ptr<PostgresCluster>> create();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;
  ~PostgresCluster();

  // Both return when it is done. The port stays the same.
  Outcome<void> start();
  Outcome<void> stop(Stop how = Stop::kFast);

  // Runs statements as the superuser. The first value of the last result, or "ERROR: ...".
  [[nodiscard]] std::string sql(const std::string& text, std::string_view database = kDatabase) const;
  // A new empty database that `wyld` owns.
  std::string create_database(std::string_view name) const;
  // Cuts all connections of clients; new ones are welcome.
  void terminate_connections() const;

  // Over TCP with the password, and over the socket without.
  [[nodiscard]] std::string url(std::string_view database = kDatabase) const;
  [[nodiscard]] std::string socket_url(std::string_view database = kDatabase,
                                       std::string_view user = kUser) const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }  // the socket is here

 private:
  PostgresCluster() = default;
  [[nodiscard]] std::string log() const;
  void end_shell();

  std::string binaries_;
  std::string folder_;
  std::uint16_t port_ = 0;
  pid_t shell_ = 0;    // 0: the server is stopped
  runtime::Fd leash_;  // the shell reads from the other end
};

}  // namespace wyld::testing
