#include "testing/bench_database.h"

#include <libpq-fe.h>

#include <cstring>
#include <iomanip>
#include <iostream>
#include <random>
#include <sstream>
#include <string_view>

namespace wyld::testing {
namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The value of one parameter of a URL or of "name=value" words; empty when it has none or is malformed.
std::string parameter(const std::string& url, std::string_view name) {
  PQconninfoOption* const parsed = PQconninfoParse(url.c_str(), nullptr);
  std::string value;
  for (const PQconninfoOption* each = parsed; each != nullptr && each->keyword != nullptr; ++each) {
    if (each->keyword == name && each->val != nullptr) value = each->val;
  }
  PQconninfoFree(parsed);
  return value;
}

std::string percent_encoded(std::string_view text) {
  std::ostringstream out;
  out << std::hex << std::uppercase << std::setfill('0');
  for (const char letter : text) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
    if (plain) {
      out << letter;
    } else {
      out << '%' << std::setw(2) << static_cast<unsigned>(static_cast<unsigned char>(letter));
    }
  }
  return out.str();
}

// `url` with the search path `schema`. The last of two equal parameters counts, so it may be appended.
std::string with_search_path(const std::string& url, const std::string& schema) {
  const std::string given = parameter(url, "options");
  const std::string options = (given.empty() ? "" : given + " ") + "-csearch_path=" + schema;
  if (url.find("://") == std::string::npos) {
    std::string quoted;
    for (const char letter : options) {
      if (letter == '\'' || letter == '\\') quoted += '\\';
      quoted += letter;
    }
    return url + " options='" + quoted + "'";
  }
  return url + (url.find('?') == std::string::npos ? '?' : '&') + "options=" + percent_encoded(options);
}

Outcome<void> run(const std::string& url, const std::string& statement) {
  const Connection connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) == CONNECTION_OK) {
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    const Result result(PQexec(connection.get(), statement.c_str()), PQclear);
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return {};
  }
  std::string words = PQerrorMessage(connection.get());
  while (words.ends_with('\n')) words.pop_back();
  return fail(Fault::kRejected, words.empty() ? "it was not done" : words);
}

}  // namespace

BenchDatabase choose_bench_database(const std::string& named, const std::string& database_url) {
  if (!named.empty()) return {named, ""};
  if (database_url.empty()) return {"", ""};
  const std::string name = parameter(database_url, "dbname");
  if (name.empty()) return {"", "DATABASE_URL names no database"};
  if (name.ends_with("_test") || name.ends_with("_bench")) return {database_url, ""};
  return {
      "",
      "the database \"" + name +
          "\" of DATABASE_URL is not named as one for tests (..._test, ..._bench); --database uses it all "
          "the same, in a schema of its own"};
}

Outcome<std::unique_ptr<BenchSchema>> BenchSchema::create(const std::string& database_url) {
  std::unique_ptr<BenchSchema> schema(new BenchSchema());
  std::random_device random;
  const std::string name = "wyldgate_bench_" + std::to_string(random()) + "_" + std::to_string(random());
  if (const Outcome<void> made = run(database_url, "CREATE SCHEMA " + name); !made)
    return misconfigured("no schema for the benchmarks: " + made.error().message);
  schema->database_url_ = database_url;
  schema->name_ = name;
  schema->url_ = with_search_path(database_url, name);
  return schema;
}

BenchSchema::~BenchSchema() {
  if (name_.empty()) return;
  if (const Outcome<void> dropped = run(database_url_, "DROP SCHEMA " + name_ + " CASCADE"); !dropped) {
    std::cerr << "wyldgate-bench: the schema " << name_ << " stays: " << dropped.error().message << "\n";
  }
}

}  // namespace wyld::testing
