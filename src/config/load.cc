#include "config/load.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <tuple>

#include "config/check.h"
#include "config/toml_file.h"

namespace wyld::config {
namespace {

constexpr std::string_view kPrefix = "WYLDGATE_";
constexpr std::size_t kFileProblemsMax = 100;  // a file that is something else altogether has thousands
constexpr std::string_view kConfigVariable = "WYLDGATE_CONFIG";
// What hosting platforms call it; WYLDGATE_STORE_URL goes before it.
constexpr std::string_view kDatabaseVariable = "DATABASE_URL";

// Gathers from the sources in order of precedence, lowest first.
class Loader {
 public:
  Loader() { loaded_.sources.resize(table().size()); }

  void complain(std::string origin, Position position, std::string message) {
    loaded_.problems.push_back({std::move(origin), position, std::move(message)});
  }

  void add_file(std::string_view text, std::string_view name) {
    const std::string origin(name);
    const TomlFile file = parse_toml(text);
    for (const SyntaxProblem& problem : file.problems) complain(origin, problem.position, problem.message);
    for (const Entry& entry : file.entries) {
      if (loaded_.problems.size() >= kFileProblemsMax) {
        complain(origin, entry.key_position, "more mistakes follow; these are enough to begin with");
        break;
      }
      if (entry.is_section) {
        check_section(entry, origin);
      } else {
        add_entry(entry, origin);
      }
    }
    std::ranges::sort(loaded_.problems, {}, [](const Problem& p) { return std::tie(p.position, p.message); });
  }

  void add_environment(const std::vector<std::pair<std::string, std::string>>& variables) {
    for (const auto& [name, value] : std::map<std::string, std::string>(variables.begin(), variables.end())) {
      if (name == kDatabaseVariable && value.empty()) continue;
      const bool is_ours = name.starts_with(kPrefix) || name == kDatabaseVariable;
      if (!is_ours || name == kConfigVariable) continue;
      const std::span<const Row> rows = table();
      const auto row = name == kDatabaseVariable ? std::ranges::find(rows, "store.url", &Row::name)
                                                 : std::ranges::find(rows, name, &Row::environment);
      if (row == rows.end()) {
        check_variable(name);
        continue;
      }
      std::vector<ValueProblem> problems;
      assign_text(*row, value, loaded_.settings, problems);
      for (ValueProblem& problem : problems) complain(name, {}, std::move(problem.message));
      if (problems.empty()) source(*row) = {Source::Kind::kEnvironment, name, {}};
    }
  }

  void add_flags(const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) {
      const Row* row = find_row(flag.section, flag.key);
      if (row == nullptr) {
        complain(flag.name, {}, fmt::format("stands for no setting: {}.{}", flag.section, flag.key));
        continue;
      }
      std::vector<ValueProblem> problems;
      assign_texts(*row, flag.values, loaded_.settings, problems);
      for (ValueProblem& problem : problems) complain(flag.name, {}, std::move(problem.message));
      if (problems.empty()) source(*row) = {Source::Kind::kFlag, flag.name, {}};
    }
  }

  // What no single setting can see. Said only when each setting is right by itself.
  Loaded finish() && {
    if (loaded_.problems.empty()) check_together();
    return std::move(loaded_);
  }

  Loaded& loaded() { return loaded_; }

 private:
  Source& source(const Row& row) { return loaded_.sources[static_cast<std::size_t>(&row - table().data())]; }

  void check_section(const Entry& entry, const std::string& origin) {
    std::vector<std::string_view> names;
    for (const Section& section : sections()) names.push_back(section.name);
    if (std::ranges::find(names, entry.section) != names.end()) return;
    const std::string_view near = nearest(entry.section, names);
    complain(origin, entry.key_position,
             near.empty()
                 ? fmt::format("unknown section [{}]; there are [{}]", shown(entry.section),
                               fmt::join(names, "], ["))
                 : fmt::format("unknown section [{}]; did you mean [{}]?", shown(entry.section), near));
  }

  void add_entry(const Entry& entry, const std::string& origin) {
    if (entry.section.empty()) return add_stray(entry, origin);
    std::vector<std::string_view> keys;
    for (const Row& row : table()) {
      if (row.section == entry.section) keys.push_back(row.key);
    }
    if (keys.empty()) return;  // the section is unknown, and that has been said
    const Row* row = find_row(entry.section, entry.key);
    if (row == nullptr) {
      complain(origin, entry.key_position, unknown_key(entry, keys));
      return;
    }
    std::vector<ValueProblem> problems;
    assign(*row, entry.value, loaded_.settings, problems);
    for (ValueProblem& problem : problems) {
      complain(origin, problem.position.line == 0 ? entry.value_position : problem.position,
               std::move(problem.message));
    }
    if (problems.empty()) source(*row) = {Source::Kind::kFile, origin, entry.key_position};
  }

  static std::string unknown_key(const Entry& entry, const std::vector<std::string_view>& keys) {
    const std::string start = fmt::format("unknown key {} in [{}]", in_quotes(entry.key), entry.section);
    for (const Row& row : table()) {
      if (row.key == entry.key) return fmt::format("{}; it belongs in [{}]", start, row.section);
    }
    const std::string_view near = nearest(entry.key, keys);
    if (!near.empty()) return fmt::format("{}; did you mean \"{}\"?", start, near);
    return fmt::format("{}; 'wyldgate config init -' shows every key", start);
  }

  // A key before any section.
  void add_stray(const Entry& entry, const std::string& origin) {
    for (const Section& section : sections()) {
      if (section.name == entry.key) {
        complain(origin, entry.key_position,
                 fmt::format("\"{}\" is a section; write [{}]", entry.key, entry.key));
        return;
      }
    }
    for (const Row& row : table()) {
      if (row.key == entry.key) {
        complain(origin, entry.key_position,
                 fmt::format("{} stands outside any section; put it under [{}]", in_quotes(entry.key),
                             row.section));
        return;
      }
    }
    std::vector<std::string_view> keys;
    for (const Row& row : table()) keys.push_back(row.key);
    const std::string_view near = nearest(entry.key, keys);
    complain(origin, entry.key_position,
             near.empty()
                 ? fmt::format("unknown key {} outside any section; 'wyldgate config init -' shows every key",
                               in_quotes(entry.key))
                 : fmt::format("unknown key {} outside any section; did you mean \"{}\"?",
                               in_quotes(entry.key), near));
  }

  // Variables of other purposes may share the prefix; one that names a section or nearly is a setting is not
  // theirs.
  void check_variable(const std::string& name) {
    const std::vector<std::string> known = known_variables();
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const std::string_view near = nearest(name, candidates);
    const bool in_section = std::ranges::any_of(table(), [&name](const Row& row) {
      return name.starts_with(row.environment().substr(0, kPrefix.size() + row.section.size() + 1));
    });
    // Outside the sections only a slip or two counts; WYLDGATE_HOME is nobody's mistake.
    if (!in_section && (near.empty() || edit_distance(name, near) > 2)) return;
    complain(name, {},
             near.empty() ? "unknown variable; 'wyldgate config show' lists every setting"
                          : fmt::format("unknown variable; did you mean {}?", near));
  }

  static std::vector<std::string> known_variables() {
    std::vector<std::string> names{std::string(kConfigVariable)};
    for (const Row& row : table()) names.push_back(row.environment());
    return names;
  }

  static std::string shown(std::string_view name) {
    const std::string text = in_quotes(name);
    return text.substr(1, text.size() - 2);
  }

  void check_together() {
    const Settings& settings = loaded_.settings;
    if (settings.listen.telnet.empty() && settings.listen.http.empty()) {
      complain_about("listen", "telnet",
                     "listen.telnet and listen.http are both off; nobody could play: turn one on");
    }
    for (const std::string& address : settings.listen.telnet) {
      if (std::ranges::find(settings.listen.http, address) == settings.listen.http.end()) continue;
      if (address == "0" || address.ends_with(":0")) continue;  // each gets a port of its own
      const bool http_is_given = source(*find_row("listen", "http")).kind != Source::Kind::kDefault;
      complain_about(
          "listen", http_is_given ? "http" : "telnet",
          fmt::format("listen.telnet and listen.http both want {}; give them different ports", address));
    }
  }

  void complain_about(std::string_view section, std::string_view key, std::string message) {
    const Source& where = source(*find_row(section, key));
    complain(where.origin, where.position, std::move(message));
  }

  Loaded loaded_;
};

// The content, or the sentence that says why not.
std::optional<std::string> read_file(const std::string& name, std::string& problem) {
  const auto explain = [&](int error) {
    std::string advice;
    switch (error) {
      case ENOENT:
        advice = fmt::format("check the name, or create it with 'wyldgate config init {}'", name);
        break;
      case EACCES:
      case EPERM:
        advice = fmt::format("let the user that runs wyldgate read it, as with 'chmod a+r {}'", name);
        break;
      case EISDIR:
        advice = "name a file inside it";
        break;
      default:
        advice = "check the name and the disk";
        break;
    }
    problem = fmt::format("cannot be read ({}); {}", std::strerror(error), advice);
    return std::nullopt;
  };
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return explain(errno);
  std::string content;
  // One byte more than fits, so that parse_toml notices.
  while (content.size() <= kFileBytesMax) {
    const std::size_t held = content.size();
    constexpr std::size_t kPieceBytes = 64 * 1024;
    content.resize(std::min(held + kPieceBytes, kFileBytesMax + 1));
    const ssize_t got = ::read(fd, content.data() + held, content.size() - held);
    const int error = errno;
    content.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error == EINTR) continue;
    if (got <= 0) {
      ::close(fd);
      if (got < 0) return explain(error);
      return content;
    }
  }
  ::close(fd);
  return content;
}

Loaded finish(Loader&& loader, const Inputs& inputs) {
  loader.add_environment(inputs.environment);
  loader.add_flags(inputs.flags);
  return std::move(loader).finish();
}

}  // namespace

std::string Problem::text() const {
  if (origin.empty()) return message;
  if (position.line == 0) return fmt::format("{}: {}", origin, message);
  return fmt::format("{}:{}:{}: {}", origin, position.line, position.column, message);
}

std::string Source::text() const {
  switch (kind) {
    case Kind::kDefault:
      return "default";
    case Kind::kFile:
      return fmt::format("{}:{}", origin, position.line);
    case Kind::kEnvironment:
      return fmt::format("environment {}", origin);
    case Kind::kFlag:
      return fmt::format("flag {}", origin);
  }
  return {};
}

Loaded load(const Inputs& inputs) {
  Loader loader;
  std::optional<std::string> name = inputs.file;
  for (const auto& [variable, value] : inputs.environment) {
    if (!name && variable == kConfigVariable && !value.empty()) name = value;
  }
  if (name) {
    loader.loaded().file = *name;
    std::string problem;
    if (const std::optional<std::string> content = read_file(*name, problem)) {
      loader.add_file(*content, *name);
    } else {
      loader.complain(*name, {}, problem);
    }
  }
  return finish(std::move(loader), inputs);
}

Loaded load_text(std::string_view text, std::string_view file_name, const Inputs& inputs) {
  Loader loader;
  loader.loaded().file = file_name;
  loader.add_file(text, file_name);
  return finish(std::move(loader), inputs);
}

std::vector<std::pair<std::string, std::string>> wyldgate_variables(const char* const* environ) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (; environ != nullptr && *environ != nullptr; ++environ) {
    const std::string_view text = *environ;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    if (!text.starts_with(kPrefix) && text.substr(0, equals) != kDatabaseVariable) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace wyld::config
