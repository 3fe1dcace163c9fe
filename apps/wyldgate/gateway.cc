#include "wyldgate/gateway.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "base/log.h"
#include "http/http_dialect.h"
#include "runtime/random.h"
#include "runtime/socket.h"
#include "transport/open_listeners.h"
#include "world/telnet_game/link.h"
#include "wyldgate/version.h"

namespace wyld {
namespace {

constexpr std::string_view kTelnetScheme = "telnet://";
// How long a start waits for a gRPC world before it says that there is none.
constexpr std::chrono::seconds kGreetingPatience{1};
constexpr std::chrono::milliseconds kGreetingStep{10};
// How long it waits for its world to take the last words.
constexpr std::chrono::seconds kWorldGrace{1};

std::size_t shard_count(const config::Settings& settings) {
  if (settings.server.shards != 0) return settings.server.shards;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 64);
}

// Every player needs a descriptor, and one more where the game has its own connection for each. What the
// system gives bounds what the configuration allows.
std::size_t connections_max(const config::Settings& settings) {
  // Files, database, world, log; refused connections that read why; players who come back while all places
  // are taken.
  constexpr std::size_t kOwnDescriptors = 160;
  // Loop, wake-up, listeners; the reserve of its web side.
  constexpr std::size_t kDescriptorsPerShard = 8 + http::Reserve<http::HttpDialect>::kMembersMax;
  const std::size_t own = kOwnDescriptors + kDescriptorsPerShard * shard_count(settings);
  const std::size_t descriptors = runtime::raise_descriptor_limit();
  const std::size_t per_player = settings.world.url.starts_with(kTelnetScheme) ? 2 : 1;
  const std::size_t possible = descriptors > own ? (descriptors - own) / per_player : 1;
  return std::min<std::size_t>(possible, settings.limits.connections);
}

std::vector<runtime::Network> exempt_networks(const config::Settings::Limits& limits) {
  std::vector<runtime::Network> networks;
  for (const std::string& text : limits.exempt_networks) {
    // The configuration has checked the syntax.
    if (Result<runtime::Network> network = runtime::Network::parse(text)) networks.push_back(*network);
  }
  return networks;
}

session::AdmissionOptions admission_options(const config::Settings::Limits& limits,
                                            std::size_t connections_max) {
  session::AdmissionOptions options;
  options.connections_max = connections_max;
  options.connections_per_address = limits.connections_per_address;
  options.unauthenticated_per_address = limits.unauthenticated_per_address;
  options.new_per_second_per_address = limits.new_per_second_per_address;
  options.new_burst_per_address = limits.new_burst_per_address;
  options.exempt_networks = exempt_networks(limits);
  return options;
}

session::ShardSessionsOptions session_options(const config::Settings& settings, std::size_t shards,
                                              std::uint64_t epoch) {
  const config::Settings::Limits& limits = settings.limits;
  session::ShardSessionsOptions options;
  options.rates.lines_per_second = limits.lines_per_second;
  options.rates.lines_burst = limits.lines_burst;
  options.output_bytes_max = limits.output_bytes;
  options.login_deadline = limits.login_deadline;
  options.slow_reader_deadline = limits.slow_reader_deadline;
  const config::Settings::Resume& resume = settings.resume;
  options.hold = limits.hold;
  options.scrollback_bytes = resume.scrollback_bytes;
  options.scrollback_shard_bytes = resume.memory_bytes / shards;
  options.resume_codes = resume.codes;
  options.pending.limits = {
      .commands_max = resume.queue_commands, .bytes_max = resume.queue_bytes, .age_max = resume.queue_age};
  options.pending.send_word = resume.send_word;
  options.pending.cancel_word = resume.cancel_word;
  options.epoch = epoch;
  return options;
}

session::SessionManagerOptions manager_options(const config::Settings& settings) {
  session::SessionManagerOptions options;
  // Held sessions count too: after a crash with all places taken, everybody must find one again.
  constexpr std::size_t kSessionsPerConnection = 10;
  options.sessions_max = std::size_t{settings.limits.connections} * kSessionsPerConnection;
  options.hold = settings.limits.hold;
  return options;
}

Charset charset_named(std::string_view name) {
  if (name == "iso-8859-1") return Charset::kLatin1;
  if (name == "us-ascii") return Charset::kAscii;
  return Charset::kUtf8;
}

telnet_game::OnClose on_close_named(std::string_view name) {
  if (name == "leave") return telnet_game::OnClose::kLeave;
  if (name == "reconnect") return telnet_game::OnClose::kReconnect;
  return telnet_game::OnClose::kAuto;
}

// Nobody comes back to what is not held.
transport::GmcpTokens gmcp_tokens(const config::Settings& settings) {
  const std::string& where = settings.resume.gmcp_tokens;
  if (where == "off" || settings.limits.hold.count() == 0) return transport::GmcpTokens::kOff;
  return where == "plain" ? transport::GmcpTokens::kPlain : transport::GmcpTokens::kEncrypted;
}

// What players read. The address of a game is the operator's business.
std::string world_name(const config::Settings& settings) {
  if (!settings.world.name.empty()) return settings.world.name;
  return settings.world.url == "demo" ? "Demo world" : "The game";
}

transport::PlayerOptions player_options(const config::Settings& settings) {
  transport::PlayerOptions options;
  options.line_bytes_max = settings.limits.line_bytes;
  options.subnegotiation_bytes_max = settings.limits.subnegotiation_bytes;
  options.negotiations_per_minute_max = settings.limits.negotiations_per_minute;
  options.negotiation_quiet = settings.limits.negotiation_quiet;
  options.negotiation_deadline = settings.limits.negotiation_deadline;
  options.gmcp_tokens = gmcp_tokens(settings);
  options.tls_in_front = settings.telnet.tls_in_front;
  options.proxy_in_front = settings.telnet.proxy_in_front;
  options.ping = settings.web.ping;
  const std::string& charset = settings.telnet.charset;
  options.charset_assumed = charset != "auto";
  options.charset_default = charset_named(charset);
  options.charset_refused = options.charset_assumed ? charset_named(charset)
                            : settings.world.url.starts_with(kTelnetScheme)
                                ? charset_named(settings.world.charset)
                                : Charset::kUtf8;
  options.world_name = world_name(settings);
  options.drain_timeout = settings.server.drain_timeout;
  options.version = version_number();
  return options;
}

}  // namespace

Gateway::Gateway(const config::Settings& settings)
    : settings_(settings),
      store_(make_store(settings)),
      manager_(manager_options(settings), store_.sessions()),
      registry_(runtime::fill_random, {.exempt_networks = exempt_networks(settings.limits)}),
      connections_max_(connections_max(settings)),
      admission_(admission_options(settings.limits, connections_max_)),
      housekeeper_(manager_, registry_, admission_.refusals()),
      demo_world_({.accounts = settings.world.accounts}),
      hasher_({.memory_bytes = settings.accounts.hash_bytes}) {}

Gateway::~Gateway() {
  stop();
  wait();
}

Outcome<void> Gateway::start() {
  using Step = Outcome<void> (Gateway::*)();
  for (const Step step :
       {&Gateway::open_store, &Gateway::make_shards, &Gateway::make_accounts, &Gateway::make_world,
        &Gateway::open_telnet, &Gateway::open_http, &Gateway::start_shards, &Gateway::look_at_world}) {
    if (Outcome<void> done = (this->*step)(); !done) return done;
    if (stopping_.load()) return fail(Fault::kUnreachable, "stopped before it was open");
  }
  if (connections_max_ < settings_.limits.connections) {
    log(LogLevel::kInfo, "connections_bounded_by_descriptors",
        {{"connections", std::to_string(connections_max_)},
         {"configured", std::to_string(settings_.limits.connections)},
         {"advice", "raise ulimit -n or LimitNOFILE for more"}});
  }
  return {};
}

Outcome<void> Gateway::open_store() {
  const auto adopt = [this](store::DatabaseStore::Rows rows) {
    const std::size_t adopted = manager_.adopt(rows);
    registry_.adopt(rows);
    log(LogLevel::kInfo, "sessions_held",
        {{"count", std::to_string(adopted)}, {"stored", std::to_string(rows.size())}});
  };
  if (store_.database) {
    Outcome<store::DatabaseStore::Rows> rows = store_.database->start();
    if (rows) {
      adopt(std::move(*rows));
    } else if (settings_.store.required) {
      return fail(std::move(rows.error()));
    } else {
      store_.database->start_without(std::move(rows.error()), adopt);
    }
  }
  housekeeper_.start();
  return {};
}

Outcome<void> Gateway::make_shards() {
  const std::size_t count = shard_count(settings_);
  // Milliseconds since 1970 grow from process to process, and stay below 2^53 for longer than we do.
  const auto epoch = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
          .time_since_epoch()
          .count());
  for (std::size_t i = 0; i < count; ++i) {
    Result<std::unique_ptr<transport::Shard>> shard =
        transport::Shard::create(static_cast<std::uint8_t>(i), manager_, admission_,
                                 session_options(settings_, count, epoch), player_options(settings_));
    if (!shard) return misconfigured(fmt::format("the gateway cannot start: {}", shard.error().message()));
    (*shard)->sessions().set_resume(registry_, runtime::fill_random);
    shards_.push_back(std::move(*shard));
  }
  std::vector<transport::Connections*> connections;
  connections.reserve(shards_.size());
  for (const std::unique_ptr<transport::Shard>& shard : shards_) connections.push_back(&shard->connections());
  for (const std::unique_ptr<transport::Shard>& shard : shards_)
    shard->connections().set_peers(connections, mail());
  admission_.set_give_way([this](session::SessionHandle session) {
    transport::Shard& there = *shards_[session.shard];
    return there.post([&there, session] { there.sessions().give_way(session); });
  });
  return {};
}

Outcome<void> Gateway::make_accounts() {
  if (!gateway_logs_in(settings_)) return {};
  Result<std::unique_ptr<account::Accounts>> accounts = account::Accounts::create(
      {.workers = settings_.accounts.hash_workers, .exempt_networks = exempt_networks(settings_.limits)},
      store_.accounts(), hasher_, mail());
  if (!accounts) {
    return misconfigured(fmt::format("accounts: {}; lower accounts.hash_bytes", accounts.error().message()));
  }
  accounts_ = std::move(*accounts);
  use_accounts(*accounts_);
  return {};
}

void Gateway::use_accounts(session::AccountService& accounts) {
  creation_limit_ = std::make_unique<account::CreationLimit>(
      account::CreationLimitOptions{.per_hour = settings_.accounts.per_hour_per_address,
                                    .exempt_networks = exempt_networks(settings_.limits)},
      accounts, mail());
  for (const std::unique_ptr<transport::Shard>& shard : shards_) {
    shard->sessions().set_accounts(*creation_limit_);
  }
}

ShardMail Gateway::mail() {
  return [this](std::uint8_t shard, ShardTask task) { return shards_[shard]->post(std::move(task)); };
}

Outcome<void> Gateway::make_world() {
  const std::string& url = settings_.world.url;
  if (url == "demo") {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      shards_[i]->set_world(std::make_unique<demo::DemoLink>(demo_world_, static_cast<std::uint8_t>(i),
                                                             shards_[i]->sessions(), mail()));
    }
    return {};
  }
  if (is_grpc_world(url)) {
    Outcome<GrpcWorldHandle> made =
        make_grpc_world(settings_, world_name(settings_), manager_, shards_, mail());
    if (!made) return fail(std::move(made.error()));
    grpc_world_ = std::move(*made);
    if (session::AccountService* const accounts = grpc_world_.accounts()) use_accounts(*accounts);
    return {};
  }
  telnet_game::TelnetGameOptions options;
  options.address = url.substr(kTelnetScheme.size());
  options.name = world_name(settings_);
  options.charset_default = charset_named(settings_.world.charset);
  options.subnegotiation_bytes_max =
      std::max<std::size_t>(options.subnegotiation_bytes_max, settings_.limits.subnegotiation_bytes);
  options.send_address = settings_.world.send_address == "new-environ";
  options.announce_proxy = settings_.world.announce_proxy;
  options.connect_timeout = settings_.world.connect_timeout;
  options.on_close = on_close_named(settings_.world.on_close);
  options.redial_max = settings_.world.redial_max;
  if (!settings_.world.login_template_file.empty()) {
    auto script = telnet_game::load_login_script(settings_.world.login_template_file);
    if (!script) return misconfigured(fmt::format("world.login_template_file: {}", script.error().message));
    options.login = std::move(*script);
    if (options.login->needs_account()) {
      log(LogLevel::kInfo, "login_template_needs_account",
          {{"account", "learnt when a player logs in by hand, or by the note \"account\""}});
    }
  }
  Result<std::vector<runtime::SocketAddress>> addresses = runtime::resolve(options.address);
  if (!addresses) {
    return misconfigured(fmt::format("world {}: {}; check the name, or give the address as a number", url,
                                     addresses.error().message()));
  }
  options.addresses = std::move(*addresses);
  options.pulse = &world_pulse_;
  telnet_game::ProbeOptions probe;
  probe.addresses = options.addresses;
  probe.patience = std::min(probe.patience, options.connect_timeout);
  probe_ = std::make_unique<telnet_game::Probe>(std::move(probe), world_pulse_);
  for (const std::unique_ptr<transport::Shard>& shard : shards_) {
    shard->set_world(
        std::make_unique<telnet_game::TelnetGameLink>(shard->loop(), shard->sessions(), options));
  }
  return {};
}

Outcome<void> Gateway::open_telnet() {
  return listen("telnet", settings_.listen.telnet, &transport::Shard::listen_telnet, telnet_addresses_);
}

Outcome<void> Gateway::open_http() {
  if (settings_.listen.http.empty()) return {};
  http::WebOptions options;
  options.head_deadline = settings_.limits.http_head_deadline;
  options.allowed_origins = settings_.web.allowed_origins;
  options.hosts = settings_.web.hosts;
  options.health = [this](auto answer) { answer_health(std::move(answer)); };
  web_.emplace(std::move(options));
  for (const std::unique_ptr<transport::Shard>& shard : shards_) {
    shard->connections().set_web(http::dialects_of_a_shard(*web_));
  }
  return listen("http", settings_.listen.http, &transport::Shard::listen_web, http_addresses_);
}

Outcome<void> Gateway::listen(std::string_view kind, const std::vector<std::string>& addresses,
                              Status (transport::Shard::*listen_on)(runtime::Fd),
                              std::vector<std::string>& bound_addresses) {
  Outcome<std::vector<transport::BoundAddress>> bound =
      transport::open_listeners(kind, addresses, shards_.size());
  if (!bound) return fail(std::move(bound.error()));
  for (transport::BoundAddress& address : *bound) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      if (const Status opened = (shards_[i].get()->*listen_on)(std::move(address.sockets[i])); !opened) {
        return misconfigured(
            fmt::format("{} {}: {}", kind, address.address.text(), opened.error().message()));
      }
    }
    bound_addresses.push_back(address.address.text());
  }
  return {};
}

Outcome<void> Gateway::start_shards() {
  for (const std::unique_ptr<transport::Shard>& shard : shards_) shard->start();
  return {};
}

// A gateway in front of a world that is away is open all the same: players wait in it. Whoever starts it is
// told.
Outcome<void> Gateway::look_at_world() {
  if (probe_) {
    std::promise<telnet_game::GameSight> look;
    probe_->ask([&look](const telnet_game::GameSight& seen) { look.set_value(seen); });
    const telnet_game::GameSight seen = look.get_future().get();
    if (seen.answers) return {};
    world_trouble_ = seen.why;
    log(LogLevel::kWarning, "world_unreachable",
        {{"world", settings_.world.url.substr(kTelnetScheme.size())}, {"error", seen.why}});
  } else if (grpc_world_.world) {
    // Its own thread has been dialling since make_world(), and logs what is wrong.
    const auto give_up = std::chrono::steady_clock::now() + kGreetingPatience;
    while (!grpc_world_.connected()) {
      if (std::chrono::steady_clock::now() >= give_up) {
        world_trouble_ = "no greeting yet; the log says why";
        break;
      }
      std::this_thread::sleep_for(kGreetingStep);
    }
  }
  return {};
}

void Gateway::answer_health(std::move_only_function<void(http::Health)> answer) {
  const auto with_world = [](http::Health health, const std::string& trouble) {
    health.text = health.text == "ok" ? "degraded: " + trouble : health.text + "; " + trouble;
    health.ready = false;
    return health;
  };
  http::Health health = store_health();
  if (stopping_.load()) {
    answer({.ready = false, .text = "stopping"});
  } else if (probe_) {
    probe_->ask([with_world, health = std::move(health),
                 answer = std::move(answer)](const telnet_game::GameSight& seen) mutable {
      if (seen.answers) {
        answer(std::move(health));
        return;
      }
      const std::string since =
          fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seen.since)));
      answer(with_world(std::move(health),
                        fmt::format("the game has not answered since {} ({})", since, seen.why)));
    });
  } else if (is_grpc_world(settings_.world.url) && !grpc_world_.connected()) {
    answer(with_world(std::move(health), "the world is not connected"));
  } else {
    answer(std::move(health));
  }
}

http::Health Gateway::store_health() const {
  if (!store_.database) return {.ready = true, .text = "ok"};
  const session::StoreHealth store = store_.database->health();
  if (store.reachable) return {.ready = true, .text = "ok"};
  const bool full = store.backlog_rows >= settings_.store.backlog_rows ||
                    store.backlog_bytes >= settings_.store.backlog_bytes;
  return {.ready = !full,
          .text = fmt::format("degraded: store unreachable since {:%Y-%m-%dT%H:%M:%SZ}, {} rows wait{}",
                              fmt::gmtime(std::chrono::system_clock::to_time_t(store.since)),
                              store.backlog_rows, full ? ", new sessions are refused" : "")};
}

void Gateway::stop() {
  if (stopping_.exchange(true)) return;
  if (store_.database) store_.database->stop_waiting();
  const auto grace = settings_.server.drain_timeout;
  for (const std::unique_ptr<transport::Shard>& shard : shards_) {
    shard->stop(grace,
                fmt::format("\n{} is shutting down. Please come back in a moment.", settings_.server.name));
  }
}

void Gateway::wait() {
  for (const std::unique_ptr<transport::Shard>& shard : shards_) shard->join();
  if (probe_) probe_->stop();
  grpc_world_.stop(kWorldGrace);
  if (accounts_) accounts_->stop();
  housekeeper_.stop();
  if (store_.database) store_.database->close(kStoreGrace);
}

}  // namespace wyld
