#include "wyldgate/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/counters.h"
#include "base/log.h"
#include "runtime/fd.h"
#include "runtime/signals.h"
#include "wyldgate/config_command.h"
#include "wyldgate/gateway.h"
#include "wyldgate/setting_files.h"

namespace wyld {
namespace {

constexpr std::chrono::milliseconds kShortPatience{200};
constexpr std::chrono::seconds kPatience{1};

LogLevel log_level(const std::string& name) {
  if (name == "error") return LogLevel::kError;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "debug") return LogLevel::kDebug;
  return LogLevel::kInfo;
}

std::string signal_name(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name == nullptr ? std::to_string(number) : std::string("SIG") + name;
}

// Whether a terminal can close under this process, and would say so by SIGHUP.
bool has_terminal() { return runtime::Fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)).valid(); }

// Without a terminal SIGHUP asks a service to read its files or its log again. There is nothing to read
// again, and nobody who sends it wants the players gone.
bool asks_to_stop(int number, bool in_terminal) {
  switch (number) {
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
    case SIGPWR:   // the power is failing
    case SIGXCPU:  // SIGKILL follows at the hard limit
      return true;
    case SIGHUP:
      return in_terminal;
    default:
      return false;
  }
}

// Passwords that players have just typed would be in a core dump, and in what a debugger of the same user
// reads.
void forbid_core_dumps() {
  if (::prctl(PR_SET_DUMPABLE, 0) != 0)
    log(LogLevel::kWarning, "core_dumps_allowed", {{"error", std::strerror(errno)}});
}

void warn_of_exposure(const config::Loaded& loaded) {
  for (const std::string& sentence : exposed_secrets(loaded))
    log(LogLevel::kWarning, "secret_exposed", {{"problem", sentence}});
  if (::geteuid() == 0) {
    log(LogLevel::kWarning, "running_as_root",
        {{"advice", "run it as a user of its own; a port below 1024 needs only CAP_NET_BIND_SERVICE"}});
  }
}

// "0.0.0.0:4000" is no address to go to; "localhost" is.
std::string as_destination(const std::string& address) {
  for (const char* const any : {"0.0.0.0:", "[::]:"}) {
    if (address.starts_with(any)) return "localhost:" + address.substr(std::string(any).size());
  }
  return address;
}

std::string as_telnet_command(const std::string& address) {
  const std::string to = as_destination(address);
  const std::size_t colon = to.rfind(':');
  std::string host = to.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return fmt::format("telnet {} {}", host, to.substr(colon + 1));
}

// What happened how often; what never happened is left out.
void log_counters() {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::kCount); ++i) {
    const auto counter = static_cast<Counter>(i);
    if (counted(counter) == 0) continue;
    log(LogLevel::kInfo, "counted",
        {{"what", std::string(counter_name(counter))}, {"times", std::to_string(counted(counter))}});
  }
}

void print_welcome(const config::Settings& settings, const Gateway& gateway) {
  std::string text = fmt::format("{} is open.\n\n", settings.server.name);
  // Every interface is two addresses, IPv4 and IPv6, that one line covers.
  const auto say_once = [&text](const std::string& line) {
    if (text.find(line) == std::string::npos) text += line;
  };
  for (const std::string& address : gateway.http_addresses())
    say_once(fmt::format("  Web     http://{}/\n", as_destination(address)));
  for (const std::string& address : gateway.telnet_addresses())
    say_once(fmt::format("  Telnet  {}\n", as_telnet_command(address)));
  text += fmt::format("  World   {}\n",
                      settings.world.url == "demo"
                          ? "demo (a small one to look around in; yours: --world telnet://HOST:PORT)"
                          : settings.world.url);
  if (!gateway.world_trouble().empty()) {
    text +=
        fmt::format("          does not answer ({}); players wait until it does\n", gateway.world_trouble());
  }
  text += fmt::format("  Store   {}\n\n", databases_of(settings).shown);
  text += "Ctrl-C stops it.\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int run(const config::Loaded& loaded) {
  const config::Settings& settings = loaded.settings;
  if (const std::vector<config::Problem> problems = file_problems(loaded); !problems.empty())
    return report_problems(problems);
  set_log_level(log_level(settings.log.level));
  if (!settings.server.core_dumps) forbid_core_dumps();
  Gateway gateway(settings);
  const bool in_terminal = has_terminal();
  bool stopping = false;
  const runtime::SignalWatcher signals([&gateway, &stopping, in_terminal](int number) {
    const std::string name = signal_name(number);
    if (!asks_to_stop(number, in_terminal)) {
      log(LogLevel::kInfo, "signal_ignored", {{"signal", name}});
      return;
    }
    // A terminal that closes may send SIGHUP twice.
    if (stopping && number != SIGHUP) {
      log(LogLevel::kWarning, "forced_exit", {{"signal", name}});
      flush_log(kShortPatience);
      ::_exit(1);
    }
    if (std::exchange(stopping, true)) return;
    log(LogLevel::kInfo, "stopping", {{"signal", name}});
    gateway.stop();
  });
  if (const Outcome<void> started = gateway.start(); !started) {
    flush_log(kPatience);
    if (gateway.stopping()) return 0;
    fmt::print(stderr, "wyldgate: {}\n", started.error().message);
    return 1;
  }
  warn_of_exposure(loaded);   // after the start: one that fails says one sentence, the reason
  flush_log(kShortPatience);  // the address is what people look for: below the log's first lines
  print_welcome(settings, gateway);
  gateway.wait();
  log_counters();
  log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace wyld
