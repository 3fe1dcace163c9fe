#include "store/postgres/process_name.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace wyld::store::postgres {
namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Field 22 of proc(5)'s stat; the program's name, field 2, may hold anything but ends with the last ")".
std::string start_time(std::string_view pid) {
  const std::string stat = contents("/proc/" + std::string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

std::string process_name(std::string_view pid) {
  std::string boot = contents("/proc/sys/kernel/random/boot_id");
  while (!boot.empty() && boot.back() == '\n') boot.pop_back();
  return boot + '/' + std::string(pid) + '/' + start_time(pid);
}

}  // namespace

std::string own_process_name() { return process_name(std::to_string(::getpid())); }

ProcessState state_of_process(std::string_view name) {
  if (name == own_process_name()) return ProcessState::kSelf;
  const std::size_t pid = name.find('/');
  const std::size_t start = name.rfind('/');
  if (pid == std::string_view::npos || pid == start ||
      name.substr(pid + 1, start - pid - 1).find_first_not_of("0123456789") != std::string_view::npos)
    return ProcessState::kUnknown;
  return name == process_name(name.substr(pid + 1, start - pid - 1)) && start + 1 < name.size()
             ? ProcessState::kRunning
             : ProcessState::kUnknown;
}

}  // namespace wyld::store::postgres
