#include "wyldgate/db_command.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wyldgate/config_command.h"
#include "wyldgate/open_store.h"

namespace wyld {
namespace {

int failed(const Trouble& trouble) {
  fmt::print(stderr, "wyldgate: {}\n", trouble.message);
  return kExitFailed;
}

// Null when there is nothing to connect to, which has been said.
std::unique_ptr<store::Database> made_by(const std::function<std::unique_ptr<store::Database>()>& make) {
  if (make) return make();
  fmt::print("store     memory: there is no schema; set store.url or DATABASE_URL for a database\n");
  return nullptr;
}

}  // namespace

int db_migrate(const config::Settings& settings) {
  const Databases databases = databases_of(settings);
  const std::unique_ptr<store::Database> database = made_by(databases.connect);
  if (!database) return kExitOk;
  if (const Outcome<void> connected = database->connect(); !connected) return failed(connected.error());
  const Outcome<std::vector<std::string>> applied = database->migrate();
  if (!applied) return failed(applied.error());
  fmt::print("store     {}\n", databases.shown);
  for (const std::string& migration : *applied) fmt::print("applied   {}\n", migration);
  if (applied->empty()) fmt::print("nothing to do: the schema is up to date\n");
  return kExitOk;
}

int db_status(const config::Settings& settings) {
  const Databases databases = databases_of(settings);
  const std::unique_ptr<store::Database> database = made_by(databases.look);
  if (!database) return kExitOk;
  if (const Outcome<void> connected = database->connect(); !connected) return failed(connected.error());
  const Outcome<store::SchemaState> schema = database->schema();
  if (!schema) return failed(schema.error());
  fmt::print("store     {}\nschema    {}", databases.shown, schema->stored);
  if (schema->stored > schema->wanted) {
    fmt::print(", newer than this program's {}: run a newer wyldgate\n", schema->wanted);
    return kExitFailed;
  }
  if (schema->pending.empty()) {
    fmt::print(", up to date\n");
    return kExitOk;
  }
  fmt::print(" of {}\n", schema->wanted);
  for (const std::string& migration : schema->pending) fmt::print("pending   {}\n", migration);
  fmt::print("'wyldgate db migrate' applies them; so does the next start of the gateway\n");
  return kExitOk;
}

}  // namespace wyld
