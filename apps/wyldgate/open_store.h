#pragma once
// Which database the configuration names, as concrete classes.

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "config/settings.h"
#include "session/account_store.h"
#include "session/session_store.h"
#include "store/database.h"
#include "store/database_store.h"
#include "store/memory/memory_store.h"

namespace wyld {

// How long a stopping gateway tries to write what its database has not taken yet.
inline constexpr std::chrono::seconds kStoreGrace{5};

// What a URL stands for.
struct Databases {
  // Makes an unopened connection; empty for "memory".
  std::function<std::unique_ptr<store::Database>()> connect;
  // The same, for looking at the schema: makes no file.
  std::function<std::unique_ptr<store::Database>()> look;
  std::string shown;        // the URL, or the file, without a password
  std::size_t writers = 1;  // connections that may write at once
};

// Never fails: what is wrong with a URL shows when a connection is opened.
[[nodiscard]] Databases databases_of(const config::Settings& settings);

// The store of a running gateway, one of the two.
struct OpenStore {
  std::unique_ptr<store::MemoryStore> memory;
  std::unique_ptr<store::DatabaseStore> database;

  [[nodiscard]] session::SessionStore& sessions() noexcept;
  [[nodiscard]] session::AccountStore& accounts() noexcept;
};

[[nodiscard]] OpenStore make_store(const config::Settings& settings);

}  // namespace wyld
