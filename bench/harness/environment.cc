#include "bench/harness/environment.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

namespace wyld::bench {
namespace {

std::string or_unknown(std::string text) { return text.empty() ? "unknown" : text; }

std::string read_whole(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string compiler() {
#if defined(__clang__)
  return __VERSION__;
#elif defined(__GNUC__)
  return std::string("GCC ") + __VERSION__;
#else
  return "unknown";
#endif
}

}  // namespace

std::string processor_from_cpuinfo(std::string_view cpuinfo) {
  constexpr std::string_view kKey = "model name";
  const std::size_t key = cpuinfo.find(kKey);
  if (key == std::string_view::npos) return "unknown";
  const std::size_t colon = cpuinfo.find(':', key);
  const std::size_t end = cpuinfo.find('\n', key);
  if (colon == std::string_view::npos || colon > end) return "unknown";
  std::string_view name = cpuinfo.substr(colon + 1, end == std::string_view::npos ? end : end - colon - 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return or_unknown(std::string(name));
}

Environment read_environment(const BuildFacts& build) {
  Environment environment;
  environment.commit = or_unknown(build.commit);
  environment.compiler = compiler();
  environment.build_type = or_unknown(build.build_type);
  environment.flags = or_unknown(build.flags);
  environment.processor = processor_from_cpuinfo(read_whole("/proc/cpuinfo"));
  environment.processors = sysconf(_SC_NPROCESSORS_ONLN);
  environment.memory_bytes = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  utsname names{};
  if (uname(&names) == 0) {
    environment.host = names.nodename;
    environment.system = fmt::format("{} {} {}", names.sysname, names.release, names.machine);
  }
  environment.host = or_unknown(environment.host);
  environment.system = or_unknown(environment.system);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  environment.date =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  return environment;
}

bool same_machine(const Environment& first, const Environment& second) {
  const auto memory = static_cast<double>(first.memory_bytes);
  const auto other = static_cast<double>(second.memory_bytes);
  return first.host == second.host && first.processor == second.processor &&
         first.processors == second.processors && std::abs(memory - other) <= 0.02 * memory;
}

std::string build_differences(const Environment& first, const Environment& second) {
  std::vector<std::string_view> parts;
  if (first.compiler != second.compiler) parts.emplace_back("compiler");
  if (first.build_type != second.build_type) parts.emplace_back("build type");
  if (first.flags != second.flags) parts.emplace_back("flags");
  if (first.system != second.system) parts.emplace_back("kernel");
  std::string text;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    if (index > 0) text += index + 1 == parts.size() ? " and " : ", ";
    text += parts[index];
  }
  return text;
}

}  // namespace wyld::bench
