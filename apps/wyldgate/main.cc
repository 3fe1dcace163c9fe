// The command line of wyldgate.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/redact_url.h"
#include "config/load.h"
#include "config/value.h"
#include "wyldgate/config_command.h"
#include "wyldgate/db_command.h"
#include "wyldgate/run.h"
#include "wyldgate/version.h"

namespace {

using wyld::config::Inputs;

// What the flags of `run` and `config show` said.
struct Given {
  std::string file;
  std::vector<std::string> telnet;
  std::vector<std::string> http;
  std::string world;
  std::string store;
  std::string log_level;
  std::string init_path = "wyldgate.toml";
  bool force = false;
};

void add_config_flag(CLI::App& command, Given& given) {
  command.add_option("--config", given.file, "Read settings from FILE (default: $WYLDGATE_CONFIG, or none)")
      ->type_name("FILE");
}

void add_store_flags(CLI::App& command, Given& given) {
  add_config_flag(command, given);
  command
      .add_option("--store", given.store,
                  "The database: sqlite, sqlite:PATH, postgresql://USER@HOST/DATABASE or memory")
      ->type_name("URL");
}

void add_setting_flags(CLI::App& command, Given& given) {
  add_store_flags(command, given);
  command
      .add_option("--telnet", given.telnet,
                  "Where Telnet players connect: HOST:PORT, PORT or off; may be repeated")
      ->type_name("ADDR")
      ->expected(1)
      ->take_all();
  command.add_option("--http", given.http, "Where the play page is: HOST:PORT, PORT or off; may be repeated")
      ->type_name("ADDR")
      ->expected(1)
      ->take_all();
  command.add_option("--world", given.world, "The game: demo, telnet://HOST:PORT or grpc://HOST:PORT")
      ->type_name("URL");
  command.add_option("--log-level", given.log_level, "How much to log: error, warning, info or debug")
      ->type_name("LEVEL");
}

// Only flags that were given: an empty value is a value.
Inputs inputs_of(const CLI::App& command, const Given& given) {
  const auto has = [&command](const char* name) {
    const CLI::Option* option = command.get_option_no_throw(name);
    return option != nullptr && option->count() > 0;
  };
  Inputs inputs;
  inputs.environment = wyld::config::wyldgate_variables(environ);
  if (has("--config")) inputs.file = given.file;
  if (has("--telnet")) inputs.flags.push_back({"--telnet", "listen", "telnet", given.telnet});
  if (has("--http")) inputs.flags.push_back({"--http", "listen", "http", given.http});
  if (has("--world")) inputs.flags.push_back({"--world", "world", "url", {given.world}});
  if (has("--store")) inputs.flags.push_back({"--store", "store", "url", {given.store}});
  if (has("--log-level")) inputs.flags.push_back({"--log-level", "log", "level", {given.log_level}});
  return inputs;
}

constexpr const char* kExamples = R"(Examples:
  wyldgate run                                     the demo world, for this machine only
  wyldgate run --world telnet://127.0.0.1:2860     in front of a game
  wyldgate run --telnet :4000 --http off           Telnet only, reachable from everywhere
  wyldgate run --store postgresql://wyldgate@localhost/wyldgate
  wyldgate config init && wyldgate run --config wyldgate.toml

Every setting is also an environment variable, for example WYLDGATE_LOG_LEVEL=debug.
Exit codes: 0 ok, 1 failed, 2 wrong usage, 78 wrong configuration.)";

// One sentence and where to read on, instead of the library's own words where ours help more.
int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  std::string message = error.what();
  // "--world: 1 required URL missing"
  constexpr std::string_view kBefore = ": 1 required ", kAfter = " missing";
  if (const std::size_t at = message.find(kBefore); at != std::string::npos && message.ends_with(kAfter)) {
    message.resize(message.size() - kAfter.size());
    message.replace(at, kBefore.size(), " needs a value: ");
  }
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::vector<std::string> extras = command->remaining();
  const std::string path = command == &app ? "wyldgate"
                           : command->get_parent() == &app
                               ? "wyldgate " + command->get_name()
                               : "wyldgate " + command->get_parent()->get_name() + " " + command->get_name();
  if (!extras.empty()) {
    const bool is_flag = extras.front().starts_with('-');
    std::vector<std::string> names;
    if (is_flag) {
      for (const CLI::Option* option : command->get_options()) {
        if (option->nonpositional()) names.push_back("--" + option->get_lnames().front());
      }
    } else {
      for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
      }
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    // What was given in the wrong place may be a URL with a password.
    const std::string extra =
        is_flag ? extras.front().substr(0, extras.front().find('=')) : wyld::redact_url(extras.front());
    const std::string_view near = wyld::config::nearest(extra, candidates);
    message = fmt::format("unknown {} '{}'",
                          is_flag         ? "flag"
                          : names.empty() ? "argument"
                                          : "command",
                          extra);
    if (!near.empty()) message += fmt::format(" (did you mean '{}'?)", near);
  }
  fmt::print(stderr, "wyldgate: {}; see '{} --help'\n", message, path);
  return wyld::kExitUsage;
}

// "help run" and "config help" ask for what "run --help" and "config --help" print.
std::vector<std::string> with_help_as_flag(const CLI::App& app, std::vector<std::string> arguments) {
  if (arguments.size() > 1 && arguments[1] == "help" && (arguments[0] == "config" || arguments[0] == "db"))
    std::swap(arguments[0], arguments[1]);
  if (arguments.empty() || arguments[0] != "help") return arguments;
  arguments.erase(arguments.begin());
  const bool is_known =
      arguments.empty() || arguments[0].starts_with('-') ||
      !app.get_subcommands([&](const CLI::App* command) { return command->get_name() == arguments[0]; })
           .empty();
  if (is_known) arguments.emplace_back("--help");  // else the parser says what is wrong
  return arguments;
}

int dispatch(int argc, char** argv) {
  CLI::App app{"Wyldgate carries players to text worlds over Telnet and the web.", "wyldgate"};
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("-V,--version", wyld::version_line(), "Print the version and exit");
  app.require_subcommand(0, 1);
  Given given;

  CLI::App* run = app.add_subcommand("run", "Start the gateway");
  add_setting_flags(*run, given);
  CLI::App* config = app.add_subcommand("config", "Write, check or show the configuration");
  config->require_subcommand(0, 1);
  CLI::App* init = config->add_subcommand("init", "Write a file that explains every setting");
  init->add_option("PATH", given.init_path,
                   "The file to write, or '-' for standard output (default: wyldgate.toml)")
      ->type_name(" ");
  init->add_flag("--force", given.force, "Overwrite an existing file");
  CLI::App* check =
      config->add_subcommand("check", "Check the file, the environment and the files they name");
  add_config_flag(*check, given);
  CLI::App* show = config->add_subcommand("show", "Print the settings in force and where each comes from");
  add_setting_flags(*show, given);
  CLI::App* db = app.add_subcommand("db", "Show or migrate the database's schema");
  db->require_subcommand(0, 1);
  CLI::App* migrate = db->add_subcommand("migrate", "Apply pending migrations");
  add_store_flags(*migrate, given);
  CLI::App* status = db->add_subcommand("status", "Show which migrations are applied and which are pending");
  add_store_flags(*status, given);
  CLI::App* version = app.add_subcommand("version", "Print the version");
  app.add_subcommand("help", "Print the help of a command, as in 'wyldgate help run'");
  app.footer(kExamples);  // after the subcommands, which would inherit it

  try {
    std::vector<std::string> arguments = with_help_as_flag(app, {argv + std::min(argc, 1), argv + argc});
    std::ranges::reverse(arguments);  // as the library wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) return report_usage(app, error);
    return app.exit(error);
  }

  if (*run) {
    const wyld::config::Loaded loaded = wyld::config::load(inputs_of(*run, given));
    return loaded.ok() ? wyld::run(loaded) : wyld::report_problems(loaded.problems);
  }
  if (*init) return wyld::config_init(given.init_path, given.force);
  if (*check) return wyld::config_check(inputs_of(*check, given));
  if (*show) return wyld::config_show(inputs_of(*show, given));
  if (*migrate || *status) {
    const wyld::config::Loaded loaded = wyld::config::load(inputs_of(*migrate ? *migrate : *status, given));
    if (!loaded.ok()) return wyld::report_problems(loaded.problems);
    return *migrate ? wyld::db_migrate(loaded.settings) : wyld::db_status(loaded.settings);
  }
  if (*version) {
    fmt::print("{}\n", wyld::version_line());
    return wyld::kExitOk;
  }
  fmt::print(stderr, "{}", app.help());  // of `config` when that was given
  return wyld::kExitUsage;
}

// Whoever started us may have closed these. A socket or a database must not get their numbers: what is
// printed would go into it.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) std::ignore = ::open("/dev/null", O_RDWR);  // takes the lowest free number
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  try {
    return dispatch(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "wyldgate: {}\n", error.what());
    return wyld::kExitFailed;
  }
}
