#include "wyldgate/config_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "config/write.h"
#include "wyldgate/setting_files.h"

namespace wyld {
namespace {

// 0, or the errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int print(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return kExitOk;
  fmt::print(stderr, "wyldgate: cannot write to standard output ({})\n", std::strerror(error));
  return kExitFailed;
}

int cannot_write(const std::string& path, int error, std::string_view advice) {
  fmt::print(stderr, "wyldgate: cannot write {} ({}); {}\n", path, std::strerror(error), advice);
  return kExitFailed;
}

}  // namespace

int report_problems(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) fmt::print(stderr, "{}\n", problem.text());
  return kExitConfiguration;
}

int config_init(const std::string& path, bool force) {
  const std::string content = config::default_file();
  if (path == "-") return print(content);
  const int creation = force ? O_TRUNC : O_EXCL;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | creation, 0644);
  if (fd < 0) {
    if (errno == EEXIST) return cannot_write(path, EEXIST, "give another name, or --force to replace it");
    return cannot_write(path, errno, "give a file in a directory that you may write to");
  }
  const int error = write_all(fd, content);
  if (::close(fd) != 0 || error != 0) {
    return cannot_write(path, error != 0 ? error : errno, "check the disk; the file is not complete");
  }
  return print(fmt::format("{}: written; start with 'wyldgate run --config {}'\n", path, path));
}

int config_check(const config::Inputs& inputs) {
  const config::Loaded loaded = config::load(inputs);
  if (!loaded.ok()) return report_problems(loaded.problems);
  if (const std::vector<config::Problem> problems = file_problems(loaded); !problems.empty())
    return report_problems(problems);
  for (const std::string& sentence : exposed_secrets(loaded))
    fmt::print(stderr, "wyldgate: warning: {}\n", sentence);
  return print(fmt::format("{}: ok\n", loaded.file.empty() ? "defaults and environment" : loaded.file));
}

int config_show(const config::Inputs& inputs) {
  const config::Loaded loaded = config::load(inputs);
  if (!loaded.ok()) return report_problems(loaded.problems);
  return print(config::effective_file(loaded));
}

}  // namespace wyld
