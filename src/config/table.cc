#include "config/table.h"

#include <algorithm>
#include <array>

#include "config/check.h"

namespace wyld::config {
namespace {

using std::string_view;

constexpr std::uint64_t kSecond = 1'000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kKiB = 1'024;
constexpr std::uint64_t kMiB = 1'024 * kKiB;

template <auto kSection, auto kMember>
Slot slot(Settings& settings) {
  return &(settings.*kSection.*kMember);
}

#define WYLD_SLOT(section, Section, key) slot<&Settings::section, &Settings::Section::key>

std::vector<Row> make_server() {
  return {
      {.section = "server",
       .key = "name",
       .type = Type::kText,
       .slot = WYLD_SLOT(server, Server, name),
       .check = check_name,
       .help = "The gateway's name, in its farewell to the players when it stops and in its first line when "
               "it starts. "
               "Set it to your site's name."},
      {.section = "server",
       .key = "shards",
       .type = Type::kCount,
       .slot = WYLD_SLOT(server, Server, shards),
       .min = 0,
       .max = 64,
       .unit = "shards",
       .help = "How many event loops carry the players, each on its own thread; 0 is one for each core. "
               "Lower it to leave cores to a game on the same machine."},
      {.section = "server",
       .key = "drain_timeout",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(server, Server, drain_timeout),
       .min = 0,
       .max = 10 * kMinute,
       .help = "How long a stopping gateway waits for farewells to reach the players before it closes their "
               "connections. Raise it if players have slow connections."},
      {.section = "server",
       .key = "state_directory",
       .type = Type::kText,
       .slot = WYLD_SLOT(server, Server, state_directory),
       .check = check_path,
       .example = R"("/var/lib/wyldgate")",
       .help = "Where the gateway keeps its files. Empty is the usual place on this system: "
               "$STATE_DIRECTORY under systemd, else $XDG_STATE_HOME/wyldgate or ~/.local/state/wyldgate. "
               "Two gateways on one machine may share it or have one each."},
      {.section = "server",
       .key = "core_dumps",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(server, Server, core_dumps),
       .help = "Whether a crash may leave a core dump, and a debugger of the same user may look inside. A "
               "dump contains the players' latest input, passwords included: turn this on only to "
               "investigate a crash, and keep the dump private."},
  };
}

std::vector<Row> make_listen() {
  return {
      {.section = "listen",
       .key = "telnet",
       .type = Type::kList,
       .slot = WYLD_SLOT(listen, Listen, telnet),
       .check = check_address,
       .may_be_off = true,
       .example = R"([":4000", "[::1]:4001"])",
       .help = "Addresses for Telnet players: PORT or :PORT is every interface, HOST:PORT one of them, "
               "[IPV6]:PORT too; \"off\" is none. By default only this machine can connect; write \":4000\" "
               "to admit everybody."},
      {.section = "listen",
       .key = "http",
       .type = Type::kList,
       .slot = WYLD_SLOT(listen, Listen, http),
       .check = check_address,
       .may_be_off = true,
       .example = R"("127.0.0.1:8080")",
       .help =
           "Addresses for the play page, its WebSocket and the health checks, written like those for Telnet. "
           "Keep it local when a web server with a certificate stands in front."},
  };
}

std::vector<Row> make_telnet() {
  return {
      {.section = "telnet",
       .key = "tls_in_front",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(telnet, Telnet, tls_in_front),
       .help = "Whether players reach every address of listen.telnet through TLS that ends in front of the "
               "gateway, as in HAProxy or stunnel. The gateway then treats these connections as encrypted. "
               "Leave it off if any of the addresses can be reached without TLS."},
      {.section = "telnet",
       .key = "proxy_in_front",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(telnet, Telnet, proxy_in_front),
       .help =
           "Whether a proxy, such as HAProxy in TCP mode, relays connections to listen.telnet. The gateway "
           "then asks clients themselves what they have received, because the proxy confirms output that "
           "it may still lose; a player whose client does not answer is told on reconnecting that some "
           "output may be missing. telnet.tls_in_front implies it."},
      {.section = "telnet",
       .key = "charset",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(telnet, Telnet, charset),
       .choices = {"auto", "utf-8", "iso-8859-1", "us-ascii"},
       .help = "The charset of telnet clients that do not say theirs. With \"auto\" a client that refuses "
               "CHARSET "
               "gets what it would get without the gateway: world.charset, and the game is told of the "
               "refusal; a client that does not answer gets UTF-8. Any other value applies to both kinds, "
               "and the game is asked to write it for them."},
  };
}

std::vector<Row> make_world() {
  return {
      {.section = "world",
       .key = "url",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, url),
       .check = check_world,
       .example = R"("telnet://127.0.0.1:2860")",
       .help =
           "The game behind the gateway: \"demo\" is the small built-in one, \"telnet://HOST:PORT\" any "
           "telnet game, with one connection to it for each player, \"grpc://HOST:PORT\" a world that "
           "speaks Wyldgate's own protocol, over one connection for all of them; \"grpcs://HOST:PORT\" is "
           "the same with TLS."},
      {.section = "world",
       .key = "name",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, name),
       .check = check_world_name,
       .help = "The game's name for players, in the page's heading and in messages about the game. Empty is "
               "\"Demo world\" or \"The game\"; its address is never shown to players."},
      {.section = "world",
       .key = "charset",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(world, World, charset),
       .choices = {"utf-8", "iso-8859-1", "us-ascii"},
       .help = "The game's charset until it negotiates another one. Set it to \"iso-8859-1\" when accented "
               "letters from an older game arrive broken; that includes the quotes and letters of "
               "Windows-1252. Other charsets are not translated."},
      {.section = "world",
       .key = "send_address",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(world, World, send_address),
       .choices = {"off", "new-environ"},
       .help =
           "Whether the game is told a player's network address, and how: \"new-environ\" answers its "
           "NEW-ENVIRON request with IPADDRESS. Turn it on when the game bans or logs by address, and only "
           "for a game you trust with it."},
      {.section = "world",
       .key = "announce_proxy",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(world, World, announce_proxy),
       .help = "Whether the terminal type told to the game carries MTTS's PROXY bit (128), which says that "
               "many players "
               "come from one address. Turn it on for games that treat such players specially."},
      {.section = "world",
       .key = "connect_timeout",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(world, World, connect_timeout),
       .min = 100,
       .max = 5 * kMinute,
       .help = "How long an attempt to reach the game may take. Lower it to notice a dead game sooner."},
      {.section = "world",
       .key = "on_close",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(world, World, on_close),
       .choices = {"auto", "leave", "reconnect"},
       .help =
           "The meaning of a connection that a telnet game closes in good order: \"leave\", the "
           "player "
           "has left; \"reconnect\", the game is about to come back, and the player waits for it. \"auto\" "
           "lets the gateway guess. A connection that breaks is always made again."},
      {.section = "world",
       .key = "redial_max",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(world, World, redial_max),
       .min = kSecond,
       .max = kHour,
       .help = "The longest pause between attempts to reach a telnet game that is away; the first attempts "
               "follow each other sooner. Lower it to notice sooner that a game is back."},
      {.section = "world",
       .key = "login_template_file",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, login_template_file),
       .check = check_path,
       .example = R"("/etc/wyldgate/login.template")",
       .help = "A file that says how to log a player in to a telnet game that has come back; it may hold "
               "secrets, so only its owner and group may read it. Empty: players log in themselves. See "
               "docs/design/world-restarts.md."},
      {.section = "world",
       .key = "accounts",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(world, World, accounts),
       .help =
           "Whether players of the demo world log in to accounts that the gateway keeps; without them a name "
           "is enough. A telnet game always runs its own login; for a gRPC world see world.login."},
      {.section = "world",
       .key = "login",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(world, World, login),
       .choices = {"world", "gateway", "world-accounts"},
       .help = "Whether the players of a gRPC world log in to the world itself, or to the gateway, which "
               "then keeps the accounts and tells the world who is playing. With world-accounts the gateway "
               "asks for name and "
               "password, "
               "and the world keeps the accounts. The world must declare the same, or it is refused."},
      {.section = "world",
       .key = "key",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, key),
       .check = check_key,
       .is_secret = true,
       .help = "A secret that a gRPC world shares with its gateways; it refuses gateways that do not know "
               "it. Prefer WYLDGATE_WORLD_KEY or world.key_file to this setting."},
      {.section = "world",
       .key = "key_file",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, key_file),
       .check = check_path,
       .example = R"("/etc/wyldgate/world.key")",
       .help = "A file with that secret in its first line."},
      {.section = "world",
       .key = "allow_plain_key",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(world, World, allow_plain_key),
       .help =
           "Whether the secret may travel without TLS to another machine. Turn it on only where nobody else "
           "can listen, such as inside a VPN."},
      {.section = "world",
       .key = "tls_ca",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, tls_ca),
       .check = check_path,
       .example = R"("/etc/wyldgate/world-ca.pem")",
       .help =
           "A file with the certificates (PEM) that vouch for a \"grpcs://\" world; empty is the system's "
           "own authorities."},
      {.section = "world",
       .key = "tls_certificate",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, tls_certificate),
       .check = check_path,
       .example = R"("/etc/wyldgate/gateway.pem")",
       .help = "A file with the certificate that the gateway shows to a \"grpcs://\" world, for worlds that "
               "admit only gateways they know (mutual TLS)."},
      {.section = "world",
       .key = "tls_key",
       .type = Type::kText,
       .slot = WYLD_SLOT(world, World, tls_key),
       .check = check_path,
       .example = R"("/etc/wyldgate/gateway.key")",
       .help = "A file with the private key of that certificate."},
      {.section = "world",
       .key = "keepalive",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(world, World, keepalive),
       .min = 10 * kSecond,
       .max = kHour,
       .help = "How long the connection to a gRPC world may be silent before the gateway sends a keepalive. "
               "By default gRPC servers hang up on keepalives more often than every five minutes; lower it "
               "only together with the server's bound, for networks that drop idle connections."},
  };
}

std::vector<Row> make_store() {
  return {
      {.section = "store",
       .key = "url",
       .type = Type::kText,
       .slot = WYLD_SLOT(store, Store, url),
       .check = check_store,
       .has_password = true,
       .example = R"("postgresql://wyldgate:secret@db.example.org/wyldgate?sslmode=verify-full")",
       .help = "Where sessions and accounts are kept: \"sqlite\" is one file in the state directory, "
               "\"sqlite:PATH\" another file, \"postgresql://...\" a PostgreSQL server with any of libpq's "
               "options, \"memory\" nowhere, so that they end with the gateway. DATABASE_URL in the "
               "environment sets "
               "it too."},
      {.section = "store",
       .key = "required",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(store, Store, required),
       .help = "Whether the gateway refuses to start without its database. Turn it off to start anyway and "
               "keep trying: players can play, and writes wait."},
      {.section = "store",
       .key = "max_connections",
       .type = Type::kCount,
       .slot = WYLD_SLOT(store, Store, max_connections),
       .min = 2,
       .max = 64,
       .unit = "connections",
       .help = "The number of connections to a PostgreSQL server: one reads, the others write. Two "
               "writers keep most servers busy; raise it for a server far away."},
      {.section = "store",
       .key = "backlog_rows",
       .type = Type::kCount,
       .slot = WYLD_SLOT(store, Store, backlog_rows),
       .min = 100,
       .max = 10'000'000,
       .unit = "rows",
       .help = "How many sessions may wait to be written while the database is away. Beyond it new players "
               "are refused with a message; the others keep playing."},
      {.section = "store",
       .key = "backlog_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(store, Store, backlog_bytes),
       .min = kMiB,
       .max = 2 * 1'024 * kMiB,
       .help = "The same bound in memory."},
      {.section = "store",
       .key = "gateway",
       .type = Type::kText,
       .slot = WYLD_SLOT(store, Store, gateway),
       .check = check_world_name,
       .help =
           "The name by which this gateway finds its own sessions in a database that several gateways share; "
           "empty is the machine's host name. Set it if that name changes at each start, as in containers."},
  };
}

std::vector<Row> make_accounts() {
  return {
      {.section = "accounts",
       .key = "hash_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(accounts, Accounts, hash_bytes),
       .min = 8 * kKiB,
       .max = 2 * 1'024 * kMiB,
       .help = "The memory that one check of a password takes (argon2id). More makes passwords in a stolen "
               "database harder to guess, and logins slower."},
      {.section = "accounts",
       .key = "hash_workers",
       .type = Type::kCount,
       .slot = WYLD_SLOT(accounts, Accounts, hash_workers),
       .min = 1,
       .max = 64,
       .unit = "threads",
       .help =
           "How many passwords are checked at once; they use at most this many times accounts.hash_bytes. "
           "Raise "
           "it when many players log in together."},
      {.section = "accounts",
       .key = "per_hour_per_address",
       .type = Type::kCount,
       .slot = WYLD_SLOT(accounts, Accounts, per_hour_per_address),
       .min = 1,
       .max = 1'000'000,
       .unit = "accounts",
       .help =
           "How many new accounts one address (of IPv6: one /64) may make within an hour, whether the "
           "gateway or the world keeps them. Addresses in limits.exempt_networks are not limited. Raise it "
           "for a school or a convention."},
  };
}

std::vector<Row> make_resume() {
  return {
      {.section = "resume",
       .key = "codes",
       .type = Type::kFlag,
       .slot = WYLD_SLOT(resume, Resume, codes),
       .help = "Whether players whose client cannot keep a token are shown a code after they have logged in, "
               "with which they can reconnect from any client: `resume CODE`. Turn it off if that line "
               "disturbs the game; their sessions then end with their connections."},
      {.section = "resume",
       .key = "gmcp_tokens",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(resume, Resume, gmcp_tokens),
       .choices = {"off", "encrypted", "plain"},
       .help = "Where Telnet clients with GMCP Char.Login 2, such as Mudlet, are given a token with which "
               "they reconnect by themselves: \"encrypted\", on connections that are known to be encrypted "
               "(telnet.tls_in_front); \"plain\", everywhere, so that anyone who can listen on a player's "
               "network can steal the session; \"off\", nowhere, and Char.Login belongs to the game. Where "
               "tokens are given, these clients also send name and password by GMCP instead of typing them."},
      {.section = "resume",
       .key = "scrollback_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(resume, Resume, scrollback_bytes),
       .min = 1 * kKiB,
       .max = 16 * kMiB,
       .help = "How much of a session's latest output (scrollback) is kept for a player who reconnects. "
               "Older output is lost, and the player is told how much."},
      {.section = "resume",
       .key = "memory_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(resume, Resume, memory_bytes),
       .min = kMiB,
       .max = 4'095 * kMiB,
       .help = "How much output is kept for all sessions together. When it is full, the oldest is dropped "
               "first."},
      {.section = "resume",
       .key = "queue_commands",
       .type = Type::kCount,
       .slot = WYLD_SLOT(resume, Resume, queue_commands),
       .min = 0,
       .max = 10'000,
       .unit = "commands",
       .help = "How many commands of one player are kept while the game is away. 0: none."},
      {.section = "resume",
       .key = "queue_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(resume, Resume, queue_bytes),
       .min = 1 * kKiB,
       .max = 16 * kMiB,
       .help = "The same bound in bytes."},
      {.section = "resume",
       .key = "queue_age",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(resume, Resume, queue_age),
       .min = 1000,
       .max = 24 * kHour,
       .help = "How long a command waits before it is dropped and the player is told. Lower it for games "
               "where old commands do harm."},
      {.section = "resume",
       .key = "send_word",
       .type = Type::kText,
       .slot = WYLD_SLOT(resume, Resume, send_word),
       .check = check_word,
       .help = "The word a player types to send the waiting commands, once back in the game. The gateway "
               "takes it only while commands wait."},
      {.section = "resume",
       .key = "cancel_word",
       .type = Type::kText,
       .slot = WYLD_SLOT(resume, Resume, cancel_word),
       .check = check_word,
       .help = "The word a player types to drop the waiting commands."},
  };
}

std::vector<Row> make_web() {
  return {
      {.section = "web",
       .key = "allowed_origins",
       .type = Type::kList,
       .slot = WYLD_SLOT(web, Web, allowed_origins),
       .check = check_origin,
       .example = R"(["https://play.example.org"])",
       .help =
           "Web sites, besides the gateway's own page, whose pages may open its WebSocket and show the play "
           "page "
           "in a frame, each as scheme://host[:port]; \"*\" is any. Add the site that embeds the play page."},
      {.section = "web",
       .key = "hosts",
       .type = Type::kList,
       .slot = WYLD_SLOT(web, Web, hosts),
       .check = check_page_host,
       .example = R"(["play.example.org"])",
       .help =
           "The names under which players reach the play page, without port; numeric addresses and "
           "\"localhost\" always work. Other names are refused, because otherwise anybody could point a host "
           "name at this gateway, and their page could play as whoever visits it (DNS rebinding). \"*\" is "
           "every name; use it only if a web server in front checks the name."},
      {.section = "web",
       .key = "ping",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(web, Web, ping),
       .min = 0,
       .max = kHour,
       .help = "How often a WebSocket is pinged (keepalive), a fifth more or less. A connection that does "
               "not answer two pings in a row is closed, and its session waits for the player. Keep it well "
               "below the idle timeout of a web server in front, often 60 s. \"0s\" is never."},
  };
}

std::vector<Row> make_input_limits() {
  return {
      {.section = "limits",
       .key = "line_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(limits, Limits, line_bytes),
       .min = 256,
       .max = kMiB,
       .help = "The longest line a player may send. Raise it when builders paste long descriptions."},
      {.section = "limits",
       .key = "subnegotiation_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(limits, Limits, subnegotiation_bytes),
       .min = 512,
       .max = 16 * kMiB,
       .help = "The longest Telnet subnegotiation, GMCP messages among them, that a player may send; a "
               "longer one is skipped and logged. A game may send 1 MiB, or this if it is more: raise it for "
               "a game that sends larger messages."},
      {.section = "limits",
       .key = "negotiations_per_minute",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, negotiations_per_minute),
       .min = 20,
       .max = 100'000,
       .unit = "option requests",
       .help =
           "How many Telnet option requests a client may make in a minute before its connection is closed."},
      {.section = "limits",
       .key = "lines_per_second",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, lines_per_second),
       .min = 1,
       .max = 100'000,
       .unit = "lines a second",
       .help = "The rate limit: how many lines a second a player may send over time. Raise it for games "
               "where scripts walk long routes."},
      {.section = "limits",
       .key = "lines_burst",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, lines_burst),
       .min = 1,
       .max = 1'000'000,
       .unit = "lines",
       .help = "How many lines a player may send at once after a quiet moment. Raise it if pasted text "
               "arrives too slowly."},
  };
}

std::vector<Row> make_connection_limits() {
  return {
      {.section = "limits",
       .key = "connections",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, connections),
       .min = 1,
       .max = 1'000'000,
       .unit = "connections",
       .help = "How many connections the whole gateway takes; each needs a file descriptor, two with a "
               "telnet game. "
               "Raise it together with the limit of open files (ulimit -n)."},
      {.section = "limits",
       .key = "connections_per_address",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, connections_per_address),
       .min = 1,
       .max = 1'000'000,
       .unit = "connections",
       .help =
           "How many connections one address (a /64 network in IPv6) may have; detached sessions count too. "
           "Raise it if a school or a club plays from one address."},
      {.section = "limits",
       .key = "unauthenticated_per_address",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, unauthenticated_per_address),
       .min = 1,
       .max = 1'000'000,
       .unit = "connections",
       .help = "How many of them may be waiting at the login. Lower it if password guessers use many "
               "connections."},
      {.section = "limits",
       .key = "new_per_second_per_address",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, new_per_second_per_address),
       .min = 1,
       .max = 100'000,
       .unit = "connections a second",
       .help = "How many connections a second one address may open over time. Lower it during a flood from "
               "few addresses."},
      {.section = "limits",
       .key = "new_burst_per_address",
       .type = Type::kCount,
       .slot = WYLD_SLOT(limits, Limits, new_burst_per_address),
       .min = 1,
       .max = 1'000'000,
       .unit = "connections",
       .help = "How many connections one address may open at once after a quiet moment."},
      {.section = "limits",
       .key = "exempt_networks",
       .type = Type::kList,
       .slot = WYLD_SLOT(limits, Limits, exempt_networks),
       .check = check_network,
       .example = R"(["127.0.0.0/8", "::1/128", "10.0.0.0/8"])",
       .help =
           "Networks, as ADDRESS/BITS, to which the bounds per address do not apply. Add the one your web "
           "server or "
           "load balancer connects from; set it to [] to exempt nobody."},
  };
}

std::vector<Row> make_time_limits() {
  return {
      {.section = "limits",
       .key = "login_deadline",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, login_deadline),
       .min = kSecond,
       .max = kHour,
       .help =
           "How long a player may take to log in; a new account gets as long again for each question. Waits "
           "that the gateway imposes, such as the check of a password or a delay after failed logins, do not "
           "count. Raise it if new players create their characters before they count as logged in."},
      {.section = "limits",
       .key = "negotiation_quiet",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, negotiation_quiet),
       .min = 0,
       .max = 10 * kSecond,
       .help = "How long a client must have been silent about Telnet options before the greeting goes out. "
               "Raise it if clients with slow connections are greeted without colour or size."},
      {.section = "limits",
       .key = "negotiation_deadline",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, negotiation_deadline),
       .min = 0,
       .max = kMinute,
       .help = "The latest time for the greeting, even if negotiation has not finished. A client that "
               "negotiates later is still understood."},
      {.section = "limits",
       .key = "http_head_deadline",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, http_head_deadline),
       .min = 100,
       .max = 5 * kMinute,
       .help = "How long the whole head of a web request may take. Lower it if slow requests are used to "
               "occupy connections."},
      {.section = "limits",
       .key = "output_bytes",
       .type = Type::kBytes,
       .slot = WYLD_SLOT(limits, Limits, output_bytes),
       .min = 4 * kKiB,
       .max = 64 * kMiB,
       .help = "How much output is queued for a client that reads slowly; while the queue is full, the game "
               "is not read for this player (backpressure). Raise it when large maps or logs are sent at "
               "once; memory may reach this times "
               "the number of slow clients."},
      {.section = "limits",
       .key = "slow_reader_deadline",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, slow_reader_deadline),
       .min = kSecond,
       .max = kHour,
       .help = "A client whose output queue stays full this long is disconnected. Raise it for players whose "
               "connections stall for long, as on trains."},
      {.section = "limits",
       .key = "hold",
       .type = Type::kDuration,
       .slot = WYLD_SLOT(limits, Limits, hold),
       .min = 0,
       .max = 24 * kHour,
       .help = "How long a session is kept without a connection before it is removed. Raise it for players "
               "who are linkdead for long."},
  };
}

std::vector<Row> make_log() {
  return {
      {.section = "log",
       .key = "level",
       .type = Type::kChoice,
       .slot = WYLD_SLOT(log, Log, level),
       .choices = {"error", "warning", "info", "debug"},
       .help = "The least important events that are logged. Set it to \"debug\" to see what each client "
               "negotiated; what players type is never logged."},
  };
}

#undef WYLD_SLOT

std::string upper(string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

}  // namespace

std::string Row::name() const { return std::string(section) + "." + std::string(key); }

std::string Row::environment() const { return "WYLDGATE_" + upper(section) + "_" + upper(key); }

std::span<const Row> table() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (auto make :
         {make_server, make_listen, make_telnet, make_world, make_store, make_accounts, make_resume, make_web,
          make_input_limits, make_connection_limits, make_time_limits, make_log}) {
      for (Row& row : make()) all.push_back(std::move(row));
    }
    return all;
  }();
  return rows;
}

std::span<const Section> sections() {
  static constexpr std::array<Section, 10> kSections{{
      {"server", "The gateway itself."},
      {"listen", "Where players connect. At least one of the two must be on."},
      {"telnet", "Facts about Telnet connections that the gateway cannot find out by itself."},
      {"world", "The game."},
      {"store", "The database, in which sessions and accounts survive a restart."},
      {"accounts", "Passwords of accounts that the gateway keeps."},
      {"resume",
       "Players who lose their connection, and games that go away. limits.hold says how long sessions are "
       "kept."},
      {"web", "The play page and its WebSocket."},
      {"limits",
       "Bounds for one player, for one address and for all together. Every refusal is counted under its own "
       "name."},
      {"log", "The gateway's log."},
  }};
  return kSections;
}

const Row* find_row(std::string_view section, std::string_view key) {
  for (const Row& row : table()) {
    if (row.section == section && row.key == key) return &row;
  }
  return nullptr;
}

}  // namespace wyld::config
