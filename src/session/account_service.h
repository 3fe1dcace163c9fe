#pragma once
// The border between sessions and accounts: what the login dialogue asks, and what it is told.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "session/secret.h"

namespace wyld::session {

enum class AccountVerdict : std::uint8_t {
  kAccepted,
  kRefused,      // wrong name or wrong password: nobody is told which
  kWait,         // logins have failed here: ask again in `wait`; nothing was checked
  kNameTaken,    // of check_name() and create(): this name cannot be had, as `message` says
  kUnavailable,  // the database or the world is away, or memory is short
};

struct AccountAnswer {
  AccountVerdict verdict = AccountVerdict::kUnavailable;
  std::chrono::milliseconds wait{0};  // of kWait
  std::string name;                   // of kAccepted: as its owner wrote it
  std::string message = {};           // why not, one sentence for the player; empty: the dialogue has its own
};

struct LoginAttempt {
  std::string name;  // has passed name_problem()
  Secret password;
  std::string address;                  // numeric, without port
  std::chrono::milliseconds waited{0};  // how long this attempt has been put off so far
};

struct NameCheck {
  std::string name;     // has passed name_problem()
  std::string address;  // numeric, without port
};

struct NewAccount {
  std::string name;  // has passed name_problem()
  Secret password;   // has passed password_problem()
  std::string email;
  std::string address;  // numeric, without port
};

// Answers the questions of logging in. Takes as long for a name that nobody has as for a wrong password.
//
// Owner    apps/.
// Thread   any shard's. `done` runs once, later, on shard `shard`; never inside the call. It does not run
//          when the gateway stops first, or that shard's mailbox is full.
// Errors   false: too many wait to be checked already; nothing was taken and `done` will not run.
class AccountService {
 public:
  using Done = std::move_only_function<void(AccountAnswer)>;

  virtual ~AccountService() = default;

  // kAccepted, kRefused, kWait, kUnavailable. A refusal has been counted, durably, before it is told.
  [[nodiscard]] virtual bool log_in(std::uint8_t shard, LoginAttempt attempt, Done done) = 0;
  // Whether a new account may have this name: kAccepted, kNameTaken, kUnavailable; kRefused, with a message,
  // when the address may make no account now.
  [[nodiscard]] virtual bool check_name(std::uint8_t shard, NameCheck check, Done done) = 0;
  // kAccepted (and durable), kNameTaken, kUnavailable, kRefused as above.
  [[nodiscard]] virtual bool create(std::uint8_t shard, NewAccount account, Done done) = 0;
};

}  // namespace wyld::session
