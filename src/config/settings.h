#pragma once
// What an operator may set, as plain data. The member initialisers are the defaults, and the only place
// that states them; section and member names are the section and key names of the TOML file.
// config/table.h has the row of every setting: help, unit, bounds, check.
//
// Owner    apps/: filled once by config/load.h before anything starts, then passed as const.
// Errors   a Settings that load() returned without problems has passed every check, so readers need not
//          check again: addresses, networks and URLs have the syntax stated here, numbers are in bounds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wyld::config {

struct Settings {
  struct Server {
    std::string name = "Wyldgate";
    std::uint32_t shards = 0;  // 0: one per core
    std::chrono::milliseconds drain_timeout{3'000};
    std::string state_directory;  // empty: the system's place for the state of programs
    bool core_dumps = false;
    friend bool operator==(const Server&, const Server&) = default;
  };

  // Each address is "PORT", ":PORT", "HOST:PORT" or "[IPV6]:PORT", HOST being an IPv4 address or
  // "localhost"; port 0 picks a free one. An empty list means the listener is off (the file says "off"); at
  // least one of the two is not empty.
  struct Listen {
    std::vector<std::string> telnet{"127.0.0.1:4000"};
    std::vector<std::string> http{"127.0.0.1:4080"};
    friend bool operator==(const Listen&, const Listen&) = default;
  };

  struct Telnet {
    bool tls_in_front = false;
    bool proxy_in_front = false;
    std::string charset = "auto";  // or "utf-8", "iso-8859-1", "us-ascii"
    friend bool operator==(const Telnet&, const Telnet&) = default;
  };

  struct World {
    std::string name;  // what players read; empty: "Demo world" or "The game"
    // "demo", or "telnet://HOST:PORT" with telnet, grpc or grpcs; an IPv6 address stands in brackets.
    std::string url = "demo";
    std::string charset = "utf-8";     // "utf-8", "iso-8859-1" or "us-ascii"
    std::string send_address = "off";  // "off" or "new-environ"
    bool announce_proxy = false;
    std::chrono::milliseconds connect_timeout{10'000};
    // Of telnet.
    std::string on_close = "auto";  // "auto", "leave" or "reconnect"
    std::chrono::milliseconds redial_max{30'000};
    std::string login_template_file;  // empty: players log in themselves
    bool accounts = true;
    // Of grpc and grpcs.
    std::string login = "world";  // or "gateway", "world-accounts"
    std::string key;              // shared with the world; empty: none, or in a file
    std::string key_file;
    bool allow_plain_key = false;
    std::string tls_ca;  // files in PEM
    std::string tls_certificate;
    std::string tls_key;
    std::chrono::milliseconds keepalive{310'000};
    friend bool operator==(const World&, const World&) = default;
  };

  struct Store {
    std::string url = "sqlite";  // "memory", "sqlite", "sqlite:PATH", "postgresql://..." or "postgres://..."
    bool required = true;
    std::uint32_t max_connections = 3;
    std::uint32_t backlog_rows = 100'000;
    std::size_t backlog_bytes = std::size_t{64} * 1024 * 1024;
    std::string gateway;  // empty: this machine's name
    friend bool operator==(const Store&, const Store&) = default;
  };

  struct Accounts {
    std::size_t hash_bytes = std::size_t{64} * 1024 * 1024;
    std::uint32_t hash_workers = 2;
    std::uint32_t per_hour_per_address = 10;
    friend bool operator==(const Accounts&, const Accounts&) = default;
  };

  struct Resume {
    bool codes = true;
    std::string gmcp_tokens = "encrypted";  // "off", "encrypted" or "plain"
    std::size_t scrollback_bytes = 64 * 1024;
    std::size_t memory_bytes = std::size_t{64} * 1024 * 1024;
    std::uint32_t queue_commands = 100;
    std::size_t queue_bytes = 64 * 1024;
    std::chrono::milliseconds queue_age{15 * 60'000};
    std::string send_word = "send";      // one word
    std::string cancel_word = "cancel";  // one word
    friend bool operator==(const Resume&, const Resume&) = default;
  };

  struct Web {
    // Each is "scheme://host", "scheme://host:port" or "*"; lower case, no path.
    std::vector<std::string> allowed_origins;
    // Each is a host name without port, or "*".
    std::vector<std::string> hosts;
    std::chrono::milliseconds ping{25'000};  // 0: none
    friend bool operator==(const Web&, const Web&) = default;
  };

  struct Limits {
    std::size_t line_bytes = 4096;
    std::size_t subnegotiation_bytes = 16 * 1024;
    std::uint32_t negotiations_per_minute = 200;
    std::uint32_t lines_per_second = 20;
    std::uint32_t lines_burst = 80;
    std::uint32_t connections = 20'000;
    std::uint32_t connections_per_address = 50;
    std::uint32_t unauthenticated_per_address = 20;
    std::uint32_t new_per_second_per_address = 5;
    std::uint32_t new_burst_per_address = 20;
    // "ADDRESS/BITS", no bits set behind the prefix.
    std::vector<std::string> exempt_networks{"127.0.0.0/8", "::1/128"};
    std::chrono::milliseconds login_deadline{60'000};
    std::chrono::milliseconds negotiation_quiet{500};
    std::chrono::milliseconds negotiation_deadline{2'000};
    std::chrono::milliseconds http_head_deadline{10'000};
    std::size_t output_bytes = 256 * 1024;
    std::chrono::milliseconds slow_reader_deadline{30'000};
    std::chrono::milliseconds hold{15 * 60'000};
    friend bool operator==(const Limits&, const Limits&) = default;
  };

  struct Log {
    std::string level = "info";  // "error", "warning", "info" or "debug"
    friend bool operator==(const Log&, const Log&) = default;
  };

  Server server;
  Listen listen;
  Telnet telnet;
  World world;
  Store store;
  Accounts accounts;
  Resume resume;
  Web web;
  Limits limits;
  Log log;
  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace wyld::config
