#include "store/sqlite/trouble.h"

#include <sqlite3.h>

#include <string>

namespace wyld::store::sqlite {
namespace {

struct Meaning {
  Fault while_connecting;
  Fault later;
  const char* advice;
};

Meaning meaning_of(int code) noexcept {
  using enum Fault;
  if (code == SQLITE_READONLY_DBMOVED)
    return {kUnreachable, kUnreachable, "the file was moved or deleted while it was in use: put it back"};
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {kUnreachable, kUnreachable, "another program keeps it locked: end that program"};
    case SQLITE_FULL:
      return {kUnreachable, kUnreachable, "make room on its file system"};
    case SQLITE_IOERR:
      return {kUnreachable, kUnreachable,
              "the disk refuses to read or write: make room or see the kernel's log"};
    case SQLITE_NOMEM:
      return {kUnreachable, kUnreachable, "give the gateway more memory"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {kMisconfigured, kUnreachable, "let the gateway's user write the file and its folder"};
    case SQLITE_CANTOPEN:
      return {kMisconfigured, kUnreachable, "let the gateway's user read and write the file and its folder"};
    case SQLITE_NOTADB:
      return {kMisconfigured, kUnreachable,
              "this is not an SQLite database: name another file, or move this one away"};
    case SQLITE_CORRUPT:
      return {kMisconfigured, kUnreachable, "restore the file from a backup, or move it away to begin anew"};
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return {kRejected, kRejected, ""};
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
      return {kMisconfigured, kMisconfigured,
              "its tables are not as this program expects: see 'wyldgate db status'"};
    default:
      return {kUnreachable, kUnreachable, "see what SQLite says of this code"};
  }
}

}  // namespace

Trouble trouble_of(int code, std::string_view words, std::string_view path, bool connecting) {
  const Meaning meaning = meaning_of(code);
  std::string message(path);
  message.append(": ").append(words);
  if (meaning.while_connecting != Fault::kRejected)
    message.append(" (SQLite code ").append(std::to_string(code)).append("); ").append(meaning.advice);
  return {connecting ? meaning.while_connecting : meaning.later, std::move(message)};
}

}  // namespace wyld::store::sqlite
