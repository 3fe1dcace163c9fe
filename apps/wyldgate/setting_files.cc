#include "wyldgate/setting_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <variant>

#include "base/redact_url.h"
#include "runtime/fd.h"
#include "world/telnet_game/login_script.h"
#include "wyldgate/make_grpc_world.h"

namespace wyld {
namespace {

struct NamedFile {
  std::string_view section;
  std::string_view key;
  bool is_secret;
};

// login_template_file refuses by itself to be read by everybody.
constexpr std::array<NamedFile, 4> kFiles{{{"world", "key_file", true},
                                           {"world", "tls_key", true},
                                           {"world", "tls_ca", false},
                                           {"world", "tls_certificate", false}}};

std::string text_of(const config::Row& row, config::Settings settings) {
  return *std::get<std::string*>(row.slot(settings));
}

const config::Source& source_of(const config::Row& row, const config::Loaded& loaded) {
  return loaded.sources[static_cast<std::size_t>(&row - config::table().data())];
}

// Whether a byte of it can be read.
Status can_read(const std::string& path) {
  const runtime::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail(ErrorCode::kSystem, "open", errno);
  char byte = 0;
  if (::read(fd.get(), &byte, 1) < 0 && errno != EAGAIN) return fail(ErrorCode::kSystem, "read", errno);
  return {};
}

bool everybody_can_read(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && (found.st_mode & S_IROTH) != 0;
}

bool is_secret_in_file(const config::Row& row, const config::Loaded& loaded) {
  if (source_of(row, loaded).kind != config::Source::Kind::kFile) return false;
  if (!row.is_secret && !row.has_password) return false;
  const std::string text = text_of(row, loaded.settings);
  return row.is_secret ? !text.empty() : redact_url(text) != text;
}

}  // namespace

std::vector<config::Problem> file_problems(const config::Loaded& loaded) {
  std::vector<config::Problem> problems;
  for (const NamedFile& file : kFiles) {
    const config::Row* const row = config::find_row(file.section, file.key);
    if (row == nullptr) continue;
    const std::string path = text_of(*row, loaded.settings);
    if (path.empty()) continue;
    const Status readable = can_read(path);
    if (readable) continue;
    const config::Source& source = source_of(*row, loaded);
    problems.push_back(
        {.origin = source.origin,
         .position = source.position,
         .message = fmt::format("{} {}: {}; check the name, and that the gateway's user may read it",
                                row->name(), path, std::strerror(readable.error().system_errno))});
  }
  const config::Settings::World& world = loaded.settings.world;
  if (!world.login_template_file.empty()) {
    if (const auto script = telnet_game::load_login_script(world.login_template_file); !script) {
      const config::Source& source = source_of(*config::find_row("world", "login_template_file"), loaded);
      problems.push_back({.origin = source.origin,
                          .position = source.position,
                          .message = fmt::format("world.login_template_file: {}", script.error().message)});
    }
  }
  if (problems.empty() && is_grpc_world(world.url)) {
    if (const auto checked = check_grpc_world(loaded.settings); !checked)
      problems.push_back({.origin = {}, .position = {}, .message = checked.error().message});
  }
  return problems;
}

std::vector<std::string> exposed_secrets(const config::Loaded& loaded) {
  std::vector<std::string> sentences;
  if (!loaded.file.empty() && everybody_can_read(loaded.file)) {
    for (const config::Row& row : config::table()) {
      if (!is_secret_in_file(row, loaded)) continue;
      sentences.push_back(
          fmt::format("{} holds a secret, {}, and every user of this machine can read it; run 'chmod o-r "
                      "{}', or give the "
                      "secret in {}",
                      loaded.file, row.name(), loaded.file, row.environment()));
    }
  }
  for (const NamedFile& file : kFiles) {
    const config::Row* const row = file.is_secret ? config::find_row(file.section, file.key) : nullptr;
    if (row == nullptr) continue;
    const std::string path = text_of(*row, loaded.settings);
    if (path.empty() || !everybody_can_read(path)) continue;
    sentences.push_back(
        fmt::format("{} ({}) is a secret, and every user of this machine can read it; run 'chmod o-r {}'",
                    path, row->name(), path));
  }
  return sentences;
}

}  // namespace wyld
