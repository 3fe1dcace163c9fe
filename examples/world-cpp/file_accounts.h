#pragma once
// Accounts of the demo world in a text file: a line for each, "name<tab>hash<tab>e-mail".

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "account/password_hasher.h"
#include "wyldgate/world/accounts.h"

// Made once and never changed, so the file only grows: a line is written and on the disk before the world
// says that the account is made.
//
// Owner    main().
// Thread   as Accounts says; hashing is done outside the lock.
// Errors   sentences of open(); later, exceptions, and the player is told to try again.
class FileAccounts final : public wyldgate::world::Accounts {
 public:
  explicit FileAccounts(std::string path);
  ~FileAccounts() override;
  FileAccounts(const FileAccounts&) = delete;
  FileAccounts& operator=(const FileAccounts&) = delete;

  // What is wrong with the file.
  [[nodiscard]] std::optional<std::string> open();

  wyldgate::world::v1::CheckNameResponse check_name(
      const wyldgate::world::v1::CheckNameRequest& request) override;
  wyldgate::world::v1::LogInResponse log_in(const wyldgate::world::v1::LogInRequest& request) override;
  wyldgate::world::v1::CreateAccountResponse create_account(
      const wyldgate::world::v1::CreateAccountRequest& request) override;

 private:
  struct Account {
    std::string name;
    std::string hash;
  };

  [[nodiscard]] std::optional<Account> find(const std::string& name);
  void append(const std::string& line);

  const std::string path_;
  const wyld::account::Argon2Hasher hasher_{wyld::account::Argon2Options{}};
  std::string nobodys_hash_;                 // so that a name nobody has costs what a wrong password costs
  std::mutex mutex_;                         // guards the rest
  std::map<std::string, Account> accounts_;  // by name in lower case
  int file_ = -1;
};
