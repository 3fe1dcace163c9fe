// wyldgate-load: the other side of the gateway, for measuring it.
#include <sched.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "wyldgate-load/net.h"
#include "wyldgate-load/roles.h"

namespace {

using namespace wyld::load;

// Keeps this program to one core, so that it does not disturb the one under test.
void pin_to(int core) {
  if (core < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) die_errno("sched_setaffinity");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Load for Wyldgate: games, players and crowds that measure what they see."};
  app.require_subcommand(1);
  int core = -1;
  app.add_option("--core", core, "Run on this core only");

  std::string address;
  bool silent = false;
  Wire::Form form = Wire::Form::kTelnet;
  const std::map<std::string, Wire::Form> websocket_forms{{"telnet", Wire::Form::kTelnetInWebSocket},
                                                          {"binary", Wire::Form::kBinaryWebSocket},
                                                          {"json", Wire::Form::kJson}};

  GameOptions game;
  CLI::App* game_command = app.add_subcommand("game", "A telnet game that answers every line");
  game_command->add_option("--listen", address, "ADDRESS:PORT; port 0 picks one, printed when ready")
      ->required();
  game_command->add_option("--reply-bytes", game.reply_bytes, "Bytes of a reply, CRLF included")
      ->capture_default_str();
  game_command->add_option("--writes", game.writes, "write() calls a reply leaves in")->capture_default_str();
  game_command->add_flag("--negotiate", game.negotiate, "Offer EOR and GMCP, ask for TTYPE and NAWS");
  game_command->add_flag("--greet-known", game.greet_known,
                         "Greet once it was told terminal type and window; needs --negotiate");
  game_command->add_flag("--prompts", game.prompts, "End each reply with IAC GA");

  const auto add_client = [&](CLI::App* command) {
    command->add_option("--connect", address, "ADDRESS:PORT of the gateway")->required();
    command->add_flag("--silent", silent, "Never answer telnet offers, as a raw socket would");
    command
        ->add_option("--websocket", form,
                     "Speak WebSocket: telnet or json, the gateway's two forms; binary, websockify's")
        ->transform(CLI::CheckedTransformer(websocket_forms));
  };

  PlayersOptions players;
  CLI::App* players_command = app.add_subcommand("players", "Players that type lines and wait for replies");
  add_client(players_command);
  players_command->add_option("--connections", players.connections)->capture_default_str();
  players_command->add_option("--ramp", players.ramp, "Connections opened at a time")->capture_default_str();
  players_command->add_option("--line-bytes", players.line_bytes, "CRLF included")->capture_default_str();
  players_command->add_option("--reply-bytes", players.reply_bytes, "What the game was told")
      ->capture_default_str();
  players_command->add_option("--round-trips", players.round_trips, "Measured; 0: use --seconds")
      ->capture_default_str();
  players_command->add_option("--seconds", players.seconds, "Measured, with --round-trips 0");
  players_command->add_option("--warmup", players.warmup, "Round trips before")->capture_default_str();
  players_command->add_option("--inflight", players.inflight, "Closed loop: lines out at once; 0: all");
  players_command->add_option("--rate", players.rate, "Open loop: lines a second over all connections");
  players_command->add_option("--subject-pid", players.subject, "Report the CPU time of this process");
  players_command->add_flag("--step", players.step,
                            "Wait for a line on standard input around the measured part");
  players_command->add_option("--give-up", players.give_up_seconds, "Seconds without any reply")
      ->capture_default_str();

  IdleOptions idle;
  CLI::App* idle_command = app.add_subcommand("idle", "Connections that do nothing until told to stop");
  add_client(idle_command);
  idle_command->add_option("--connections", idle.connections)->capture_default_str();
  idle_command->add_option("--enter", idle.name_prefix, "Enter the world under PREFIX and letters");
  idle_command->add_option("--quiet", idle.quiet_seconds, "Seconds of silence that count as settled")
      ->capture_default_str();

  SetupOptions setup;
  CLI::App* setup_command =
      app.add_subcommand("setup", "Connections that are opened, greeted and closed again, at a rate");
  add_client(setup_command);
  setup_command->add_option("--connections", setup.connections, "Measured")->capture_default_str();
  setup_command->add_option("--warmup", setup.warmup, "Connections before")->capture_default_str();
  setup_command->add_option("--rate", setup.rate, "Opened and later closed, each second")
      ->capture_default_str();
  setup_command->add_option("--burst", setup.burst, "Of these, at once")->capture_default_str();
  setup_command->add_option("--quiet", setup.quiet_seconds, "Seconds of silence that count as settled")
      ->capture_default_str();
  setup_command->add_option("--subject-pid", setup.subject, "Report the CPU time of this process");
  setup_command->add_flag("--step", setup.step, "Wait for a line on standard input around the measured part");

  BroadcastOptions broadcast;
  CLI::App* broadcast_command =
      app.add_subcommand("broadcast", "One shouts, all hear: time to the last byte");
  add_client(broadcast_command);
  broadcast_command->add_option("--listeners", broadcast.listeners)->capture_default_str();
  broadcast_command->add_option("--rounds", broadcast.rounds)->capture_default_str();
  broadcast_command->add_option("--warmup", broadcast.warmup)->capture_default_str();
  broadcast_command->add_option("--command", broadcast.command, "What speaks to everyone")
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    constexpr int kUsage = 2;
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  pin_to(core);
  const TelnetPeer::Manner manner = silent ? TelnetPeer::Manner::kSilent : TelnetPeer::Manner::kClient;
  if (game_command->parsed()) {
    game.listen = parse_address(address);
    return run_game(game);
  }
  if (players_command->parsed()) {
    players.connect = parse_address(address);
    players.form = form;
    players.manner = manner;
    return run_players(players);
  }
  if (idle_command->parsed()) {
    idle.connect = parse_address(address);
    idle.form = form;
    idle.manner = manner;
    return run_idle(idle);
  }
  if (setup_command->parsed()) {
    setup.connect = parse_address(address);
    setup.form = form;
    setup.manner = manner;
    return run_setup(setup);
  }
  broadcast.connect = parse_address(address);
  broadcast.form = form;
  broadcast.manner = manner;
  return run_broadcast(broadcast);
}
