#include "wyldgate/open_store.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/redact_url.h"
#include "store/postgres/postgres_database.h"
#include "store/sqlite/sqlite_database.h"

namespace wyld {
namespace {

constexpr std::chrono::seconds kEndTakes{3};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

// Where the system keeps the state of programs (systemd.exec(5), XDG Base Directory 0.8).
std::string state_directory(const config::Settings& settings) {
  if (!settings.server.state_directory.empty()) return settings.server.state_directory;
  if (const std::string given = variable("STATE_DIRECTORY"); !given.empty()) {
    return given.substr(0, given.find(':'));
  }
  if (const std::string state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    return state + "/wyldgate";
  if (const std::string home = variable("HOME"); home.starts_with('/'))
    return home + "/.local/state/wyldgate";
  return "/var/lib/wyldgate";
}

std::string sqlite_path(const config::Settings& settings) {
  constexpr std::string_view kScheme = "sqlite:";
  const std::string& url = settings.store.url;
  if (url == "sqlite") return state_directory(settings) + "/wyldgate.db";
  std::string path = url.substr(kScheme.size());
  if (path.starts_with("///")) path.erase(0, 2);
  return path;
}

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "gateway";
  return name.data();
}

}  // namespace

Databases databases_of(const config::Settings& settings) {
  const std::string& url = settings.store.url;
  Databases databases;
  if (url == "memory") {
    databases.shown = url;
  } else if (url.starts_with("sqlite")) {
    const std::string path = sqlite_path(settings);
    databases.shown = path;
    databases.connect = [path] {
      return std::make_unique<store::sqlite::SqliteDatabase>(store::sqlite::SqliteOptions{.path = path});
    };
    databases.look = [path] {
      return std::make_unique<store::sqlite::SqliteDatabase>(
          store::sqlite::SqliteOptions{.path = path, .look_only = true});
    };
  } else {
    databases.shown = redact_url(url);
    databases.writers = settings.store.max_connections - 1;
    databases.connect = [url] {
      store::postgres::PostgresOptions options;
      options.url = url;
      return std::make_unique<store::postgres::PostgresDatabase>(std::move(options));
    };
    databases.look = databases.connect;
  }
  return databases;
}

OpenStore make_store(const config::Settings& settings) {
  Databases databases = databases_of(settings);
  OpenStore open;
  if (!databases.connect) {
    open.memory = std::make_unique<store::MemoryStore>();
    return open;
  }
  store::DatabaseStoreOptions options;
  options.writers = databases.writers;
  options.backlog_rows_max = settings.store.backlog_rows;
  options.backlog_bytes_max = settings.store.backlog_bytes;
  options.gateway = settings.store.gateway.empty() ? machine_name() : settings.store.gateway;
  // A process that has been asked to stop takes so long at most.
  options.name_patience = settings.server.drain_timeout + kStoreGrace + kEndTakes;
  options.hold = settings.limits.hold;
  open.database = std::make_unique<store::DatabaseStore>(std::move(databases.connect), std::move(options));
  return open;
}

session::SessionStore& OpenStore::sessions() noexcept {
  if (database) return *database;
  return *memory;
}

session::AccountStore& OpenStore::accounts() noexcept {
  if (database) return *database;
  return *memory;
}

}  // namespace wyld
