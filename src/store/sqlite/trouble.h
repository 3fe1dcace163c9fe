#pragma once

#include <string_view>

#include "store/database.h"

namespace wyld::store::sqlite {

// What a result code of SQLite means to the store. `code` may be extended; `words` is SQLite's own message,
// `path` the database. While connecting, what only an operator can mend is kMisconfigured; later the same is
// kUnreachable, because it was right once.
[[nodiscard]] Trouble trouble_of(int code, std::string_view words, std::string_view path, bool connecting);

}  // namespace wyld::store::sqlite
