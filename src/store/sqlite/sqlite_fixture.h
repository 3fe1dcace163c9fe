#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "store/sqlite/sqlite_database.h"

namespace wyld::store::sqlite {

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = ::testing::TempDir() + "wyld-sqlite-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + '/' + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline SqliteOptions options_for(std::string path) {
  SqliteOptions options;
  options.path = std::move(path);
  options.busy_timeout = std::chrono::seconds(60);
  return options;
}

// A connection past ours, as somebody with the sqlite3 shell has it.
class Shell {
 public:
  explicit Shell(const std::string& path) {
    EXPECT_EQ(::sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    ::sqlite3_busy_timeout(handle_, 60'000);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() { ::sqlite3_close(handle_); }

  // All columns of all rows, each followed by a blank.
  std::string run(const std::string& sql) {
    std::string answer;
    char* words = nullptr;
    const auto take = [](void* into, int count, char** values, char** /*names*/) {
      for (int i = 0; i < count; ++i)
        *static_cast<std::string*>(into) += values[i] != nullptr ? values[i] : "NULL";
      *static_cast<std::string*>(into) += ' ';
      return 0;
    };
    EXPECT_EQ(::sqlite3_exec(handle_, sql.c_str(), take, &answer, &words), SQLITE_OK) << sql << ": " << words;
    ::sqlite3_free(words);
    return answer;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace wyld::store::sqlite
