#include "file_accounts.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "session/account_name.h"

namespace {

using wyld::session::name_key;

std::string hashed(const wyld::account::Argon2Hasher& hasher, std::string_view password) {
  wyld::Result<std::string> hash = hasher.hash(password);
  if (!hash) throw std::runtime_error("no memory for a hash");
  return std::move(*hash);
}

}  // namespace

FileAccounts::FileAccounts(std::string path) : path_(std::move(path)) {}

FileAccounts::~FileAccounts() {
  if (file_ >= 0) ::close(file_);
}

std::optional<std::string> FileAccounts::open() {
  nobodys_hash_ = hashed(hasher_, "nobody's password");
  std::string unfinished;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) {
      unfinished = line;  // the world was killed while it wrote: nobody was told that the account is made
      break;
    }
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      return path_ + ": \"" + line + "\" is no account.";
    const std::string name = line.substr(0, first);
    accounts_[name_key(name)] = {name, line.substr(first + 1, second - first - 1)};
  }
  file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return path_ + ": " + std::strerror(errno);
  const off_t end = ::lseek(file_, 0, SEEK_END);
  if (::ftruncate(file_, end - static_cast<off_t>(unfinished.size())) != 0)
    return path_ + ": " + std::strerror(errno);
  return std::nullopt;
}

std::optional<FileAccounts::Account> FileAccounts::find(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto found = accounts_.find(name_key(name));
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

wyldgate::world::v1::CheckNameResponse FileAccounts::check_name(
    const wyldgate::world::v1::CheckNameRequest& request) {
  using namespace wyldgate::world;
  v1::CheckNameResponse response;
  const std::string_view problem = wyld::session::name_problem(request.name());
  if (!problem.empty()) {
    response.set_status(v1::NAME_STATUS_REFUSED);
    response.set_message(std::string(problem));
  } else {
    response.set_status(find(request.name()) ? v1::NAME_STATUS_TAKEN : v1::NAME_STATUS_FREE);
  }
  return response;
}

wyldgate::world::v1::LogInResponse FileAccounts::log_in(const wyldgate::world::v1::LogInRequest& request) {
  wyldgate::world::v1::LogInResponse response;
  const std::optional<Account> account = find(request.name());
  const bool matches = hasher_.verify(account ? account->hash : nobodys_hash_, request.password());
  response.set_accepted(account && matches);
  if (response.accepted()) response.set_account(account->name);
  return response;
}

wyldgate::world::v1::CreateAccountResponse FileAccounts::create_account(
    const wyldgate::world::v1::CreateAccountRequest& request) {
  wyldgate::world::v1::CreateAccountResponse response;
  const std::string& name = request.name();
  const std::string& email = request.email();
  const bool fits = wyld::session::name_problem(name).empty() &&
                    (email.empty() || wyld::session::email_problem(email).empty());
  if (!fits) {
    response.set_message("That name is not available. Please connect again and choose another.");
    return response;
  }
  const std::string hash = hashed(hasher_, request.password());
  std::unique_lock lock(mutex_);
  if (const auto found = accounts_.find(name_key(name)); found != accounts_.end()) {
    const Account account = found->second;
    lock.unlock();
    // Asked again because the answer was lost?
    response.set_created(account.name == name && hasher_.verify(account.hash, request.password()));
    return response;
  }
  append(name + '\t' + hash + '\t' + email + '\n');
  accounts_[name_key(name)] = {name, hash};
  response.set_created(true);
  return response;
}

void FileAccounts::append(const std::string& line) {
  const off_t before = ::lseek(file_, 0, SEEK_END);
  const bool written = ::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (written && ::fdatasync(file_) == 0) return;
  if (::ftruncate(file_, before) != 0) std::abort();  // half a line would be read as somebody's account
  throw std::runtime_error("the accounts cannot be written");
}
