#pragma once
// The concrete classes, wired.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/accounts.h"
#include "account/creation_limit.h"
#include "account/password_hasher.h"
#include "base/outcome.h"
#include "base/shard_mail.h"
#include "config/settings.h"
#include "http/web.h"
#include "runtime/address.h"
#include "runtime/random.h"
#include "session/admission.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/world_pulse.h"
#include "transport/shard.h"
#include "world/demo/link.h"
#include "world/telnet_game/probe.h"
#include "wyldgate/housekeeper.h"
#include "wyldgate/make_grpc_world.h"
#include "wyldgate/open_store.h"

namespace wyld {

// One running gateway.
//
// Owner    run().
// Thread   the owner's; stop() from any.
// Errors   start() fails with one sentence that says what to do.
class Gateway {
 public:
  explicit Gateway(const config::Settings& settings);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  [[nodiscard]] Outcome<void> start();
  // Stops accepting, tells the players, flushes; returns at once, wait() ends when it is done.
  void stop();
  [[nodiscard]] bool stopping() const noexcept { return stopping_.load(); }
  // Until every shard has stopped and what they stored is durable.
  void wait();

  [[nodiscard]] const std::vector<std::string>& telnet_addresses() const noexcept {
    return telnet_addresses_;
  }
  [[nodiscard]] const std::vector<std::string>& http_addresses() const noexcept { return http_addresses_; }
  // After start(): why the world did not answer then, "Connection refused"; empty when it did.
  [[nodiscard]] const std::string& world_trouble() const noexcept { return world_trouble_; }

 private:
  [[nodiscard]] Outcome<void> open_store();
  [[nodiscard]] Outcome<void> make_shards();
  [[nodiscard]] Outcome<void> make_accounts();
  // Has every shard log players in there, with the bound on new accounts before it.
  void use_accounts(session::AccountService& accounts);
  [[nodiscard]] ShardMail mail();
  [[nodiscard]] Outcome<void> make_world();
  [[nodiscard]] Outcome<void> open_telnet();
  [[nodiscard]] Outcome<void> open_http();
  // Opens a socket on every address for every shard, which `listen_on` hands it.
  [[nodiscard]] Outcome<void> listen(std::string_view kind, const std::vector<std::string>& addresses,
                                     Status (transport::Shard::*listen_on)(runtime::Fd),
                                     std::vector<std::string>& bound_addresses);
  [[nodiscard]] Outcome<void> start_shards();
  [[nodiscard]] Outcome<void> look_at_world();
  [[nodiscard]] http::Health store_health() const;
  void answer_health(std::move_only_function<void(http::Health)> answer);

  const config::Settings& settings_;
  OpenStore store_;
  session::SessionManager manager_;
  session::ResumeRegistry registry_;
  const std::size_t connections_max_;  // what the configuration and the descriptors allow
  session::Admission admission_;
  Housekeeper housekeeper_;
  demo::SharedWorld demo_world_;
  GrpcWorldHandle grpc_world_;
  session::WorldPulse world_pulse_;
  std::optional<http::Web> web_;  // none: there is no web port
  std::vector<std::unique_ptr<transport::Shard>> shards_;
  const account::Argon2Hasher hasher_;
  std::unique_ptr<account::Accounts> accounts_;             // null where no world needs them
  std::unique_ptr<account::CreationLimit> creation_limit_;  // before accounts_, or the world's
  std::vector<std::string> telnet_addresses_;
  std::string world_trouble_;
  std::vector<std::string> http_addresses_;
  std::unique_ptr<telnet_game::Probe> probe_;  // of a telnet game; it answers to web_
  std::atomic<bool> stopping_{false};
};

}  // namespace wyld
