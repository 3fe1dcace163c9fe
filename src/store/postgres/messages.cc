#include "store/postgres/messages.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/redact_url.h"

namespace wyld::store::postgres {
namespace {

struct Verdict {
  Fault fault;
  std::string fix;  // sentences, or one that ends with a command to copy; empty: the words say it all
};

// What libpq adds to its words, and our advice says better.
constexpr std::array<std::string_view, 2> kQuestions{
    "Is the server running on that host and accepting TCP/IP connections?",
    "Is the server running locally and accepting connections on that socket?",
};

// On one line, without full stop and questions.
std::string tidy(std::string_view words, std::string_view url) {
  std::string out;
  for (const char c : redact_words(words, url)) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  for (const std::string_view question : kQuestions)
    for (std::size_t at = out.find(question); at != std::string::npos && at > 0; at = out.find(question))
      out.replace(at - 1, question.size() + 1, ";");
  while (out.ends_with(' ') || out.ends_with('.') || out.ends_with(';')) out.pop_back();
  return out;
}

// As a word of a shell's command line.
std::string shell(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-./:@").contains(c);
  });
  if (plain) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// As a name in SQL.
std::string sql(std::string_view name) {
  const bool plain =
      !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
      std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
      });
  if (plain) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string command(std::string_view program, const Target& target, std::string_view options = "") {
  std::string line(program);
  if (!target.host.empty()) line += " -h " + shell(target.host);
  if (!target.port.empty()) line += " -p " + shell(target.port);
  return line.append(options);
}

// The word after `before`, as in "permission denied for schema public".
std::string_view word_after(std::string_view words, std::string_view before) {
  const std::size_t at = words.find(before);
  if (at == std::string_view::npos) return {};
  words.remove_prefix(at + before.size());
  return words.substr(0, words.find_first_of(" \n,;"));
}

constexpr std::string_view kUrlForm =
    "It has the form postgresql://USER:PASSWORD@HOST:PORT/NAME, where signs such as @ : / % in the password "
    "are "
    "written %40 %3A %2F %25.";
constexpr std::string_view kReadOnlyFix =
    "Name the primary in the URL, or all servers together with target_session_attrs=read-write.";

Verdict of_invalid_authorization(const Target& target, std::string_view words) {
  if (words.contains("no encryption"))
    return {
        Fault::kMisconfigured,
        "Add sslmode=require to the URL if the server wants TLS; else let this user in from this host in its "
        "pg_hba.conf."};
  if (words.contains("does not exist"))
    return {Fault::kMisconfigured, fmt::format("An administrator of the server makes the role with: {} {}",
                                               command("createuser", target), shell(target.user))};
  if (words.contains("not permitted to log in"))
    return {
        Fault::kMisconfigured,
        fmt::format("An administrator of the server allows it with: ALTER ROLE {} LOGIN;", sql(target.user))};
  return {
      Fault::kMisconfigured,
      fmt::format(
          "Let the user {} in from this host in the server's pg_hba.conf, or correct the user in the URL.",
          target.user)};
}

Verdict of_permission(const Target& target, std::string_view words) {
  const std::string role = sql(target.user);
  if (words.contains("for database"))
    return {Fault::kMisconfigured,
            fmt::format("The owner of the database allows it with: GRANT CONNECT ON DATABASE {} TO {};",
                        sql(target.database), role)};
  if (const std::string_view schema = word_after(words, "for schema "); !schema.empty())
    return {Fault::kMisconfigured,
            fmt::format("The owner of the database allows it with: GRANT USAGE, CREATE ON SCHEMA {} TO {};",
                        sql(schema), role)};
  return {
      Fault::kMisconfigured,
      fmt::format("The tables belong to another role: use that one in the URL, or have it run: GRANT SELECT, "
                  "INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {};",
                  sql(target.schema), role)};
}

// By the code of the server, which is the same in every language. Nullopt: an everyday failure.
std::optional<Verdict> by_sqlstate(const Target& target, const Complaint& complaint) {
  const auto [words, state] = complaint;
  if (state == "28P01")
    return Verdict{
        Fault::kMisconfigured,
        fmt::format("Correct user and password in the URL. An administrator of the server sets the "
                    "password with: ALTER ROLE {0} PASSWORD '...'; and makes the role, if it is missing, "
                    "with: CREATE ROLE {0} LOGIN PASSWORD '...';",
                    sql(target.user))};
  if (state.starts_with("28")) return of_invalid_authorization(target, words);
  if (state == "3D000")
    return Verdict{
        Fault::kMisconfigured,
        fmt::format("An administrator of the server makes it with: {} -O {} -E UTF8 -T template0 {}",
                    command("createdb", target), shell(target.user), shell(target.database))};
  if (state == "42501") return of_permission(target, words);
  if (state == "3F000")
    return Verdict{
        Fault::kMisconfigured,
        fmt::format("Make the schema that search_path names, or give the user one of its own: CREATE "
                    "SCHEMA AUTHORIZATION {};",
                    sql(target.user))};
  if (state == "53300")
    return Verdict{
        Fault::kUnreachable,
        "Raise max_connections of the server, or let its clients, this gateway included, use fewer."};
  if (state == "57P03")
    return Verdict{Fault::kUnreachable, "The server is not ready yet, or no longer: try again in a moment."};
  if (state == "25006") return Verdict{Fault::kUnreachable, std::string(kReadOnlyFix)};
  if (state == "53100") return Verdict{Fault::kUnreachable, "Make room on the server's disk."};
  if (state == "57014")
    return Verdict{Fault::kUnreachable,
                   "The server took too long: look for locks and for load in pg_stat_activity."};
  if (state.starts_with("42") || state.starts_with("0A"))
    return Verdict{
        Fault::kMisconfigured,
        "The tables are not as this program made them: name a database of its own in the URL, or bring them "
        "back from a backup."};
  return std::nullopt;
}

// By the words of libpq, which are in this program's language: English.
std::optional<Verdict> by_words(const Target& target, std::string_view words) {
  const auto says = [words](std::string_view text) { return words.contains(text); };
  if (says("session is read-only") || says("hot standby mode"))
    return Verdict{Fault::kUnreachable, std::string(kReadOnlyFix)};
  if (says("no password supplied"))
    return Verdict{
        Fault::kMisconfigured,
        "Put the password into the URL (postgresql://USER:PASSWORD@HOST/NAME), into PGPASSWORD or into "
        "~/.pgpass."};
  if (says("does not support SSL"))
    return Verdict{
        Fault::kMisconfigured,
        "Turn TLS on at the server (ssl = on), or choose sslmode=prefer or sslmode=disable in the URL."};
  if (says("certificate"))
    return Verdict{
        Fault::kMisconfigured,
        "Name the file with the certificate of the server's authority in the URL, sslrootcert=FILE, and the "
        "host as the server's certificate has it."};
  if (says("invalid port number") || says("invalid integer value") || says("value:"))
    return Verdict{Fault::kMisconfigured, std::string(kUrlForm)};
  if (says("could not translate host name"))
    return Verdict{
        Fault::kUnreachable,
        fmt::format("Correct the host \"{}\" in the URL, or the resolver of this machine.", target.host)};
  if (says("Connection refused"))
    return Verdict{
        Fault::kUnreachable,
        fmt::format("No server listens there: start PostgreSQL, or correct host and port in the URL; check "
                    "with: {}",
                    command("pg_isready", target))};
  if (says("No such file or directory"))
    return Verdict{Fault::kUnreachable,
                   "No server has a socket there: start PostgreSQL, or name its host, or the folder "
                   "and port of its socket, in the URL."};
  if (says("timeout expired") || says("Connection timed out") || says("unreachable") ||
      says("No route to host"))
    return Verdict{
        Fault::kUnreachable,
        "Nobody answers: check host and port in the URL, the network and its firewalls, and the server."};
  return std::nullopt;
}

Trouble tell(const Target& target, const Verdict& verdict, std::string_view words) {
  std::string message = redact_url(target.url) + ": " + tidy(words, target.url);
  // What libpq takes for the host may be the end of a password with an "@" in it.
  if (!verdict.fix.empty()) message += ". " + redact_words(verdict.fix, target.url);
  return {.fault = verdict.fault, .message = std::move(message)};
}

}  // namespace

Trouble malformed_url(std::string_view url, std::string_view words) {
  Target target;
  target.url = url;
  return tell(target, {Fault::kMisconfigured, std::string(kUrlForm)}, words);
}

Trouble connect_trouble(const Target& target, const Complaint& complaint) {
  std::optional<Verdict> verdict = by_sqlstate(target, complaint);
  if (!verdict) verdict = by_words(target, complaint.words);
  return tell(target, verdict.value_or(Verdict{Fault::kUnreachable, ""}), complaint.words);
}

Trouble statement_trouble(const Target& target, const Complaint& complaint) {
  const std::string_view state = complaint.sqlstate;
  // Values that do not fit, constraints that are broken, a value too large for any row.
  if (state.starts_with("22") || state.starts_with("23") || state.starts_with("54"))
    return tell(target, {Fault::kRejected, ""}, complaint.words);
  return connect_trouble(target, complaint);
}

Trouble encoding_trouble(const Target& target, std::string_view encoding) {
  return tell(
      target,
      {Fault::kMisconfigured,
       fmt::format(
           "The database must be UTF8; an administrator of the server makes another with: {} -O {} -E UTF8 "
           "-T template0 NAME",
           command("createdb", target), shell(target.user))},
      fmt::format("the encoding of the database is {}", encoding));
}

Trouble newer_schema_trouble(const Target& target, std::uint32_t stored, std::uint32_t wanted) {
  return tell(target,
              {Fault::kMisconfigured,
               "A newer wyldgate has been here: start that one, or bring the database back from a backup."},
              fmt::format("the schema has version {}, this program knows versions up to {}", stored, wanted));
}

Trouble trouble(const Target& target, Fault fault, std::string_view words) {
  return tell(target, {fault, ""}, words);
}

}  // namespace wyld::store::postgres
