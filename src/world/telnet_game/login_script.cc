#include "world/telnet_game/login_script.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "base/utf8.h"
#include "runtime/fd.h"
#include "session/account_name.h"

namespace wyld::telnet_game {
namespace {

constexpr std::string_view kAccount = "account";
constexpr std::string_view kSecret = "secret";
constexpr std::string_view kSecretOf = "secret:";
constexpr long kTimeoutMax = 300;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// The first word of `text`, which is cut to what follows.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text = trimmed(text.substr(word.size()));
  return word;
}

// The next reference in `text` from `at` on: what stands before it, its name, and where to go on.
struct Reference {
  std::size_t begin = 0;
  std::string_view name;
  std::size_t end = 0;
};

std::optional<Reference> next_reference(std::string_view text, std::size_t at) {
  const std::size_t begin = text.find("${", at);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t close = text.find('}', begin);
  if (close == std::string_view::npos) return Reference{begin, {}, text.size()};
  return Reference{begin, text.substr(begin + 2, close - begin - 2), close + 1};
}

}  // namespace

class LoginScript::Parser {
 public:
  Outcome<void> run(std::string_view text) {
    if (text.size() > kFileBytesMax) return misconfigured("is larger than 256 KiB");
    if (!is_valid_utf8(text)) return misconfigured("is not UTF-8");
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t stop = std::min(text.find('\n'), text.size());
      if (const Outcome<void> done = line(trimmed(text.substr(0, stop))); !done)
        return misconfigured("line " + std::to_string(number) + ": " + done.error().message);
      text.remove_prefix(std::min(stop + 1, text.size()));
    }
    std::ranges::sort(script_.secrets_, {}, [](const Named& named) { return session::name_key(named.name); });
    return check();
  }

  LoginScript script_;

 private:
  Outcome<void> line(std::string_view text) {
    if (text.empty() || text.front() == '#') return {};
    const std::string_view word = take_word(text);
    if (word == "expect" || word == "send") return step(word == "send", text);
    if (word == "success") return answer(script_.success_, text);
    if (word == "failure") return answer(script_.failure_, text);
    if (word == "timeout") return timeout(text);
    if (word == "run") return run_when(text);
    if (word == "secret") return secret(text);
    return misconfigured("no such word; there are expect, send, success, failure, timeout, run and secret");
  }

  Outcome<void> step(bool send, std::string_view text) {
    std::string value;
    if (Outcome<void> done = quoted(text, value, /*may_be_empty=*/send); !done) return done;
    if (script_.steps_.size() == kStepsMax) return misconfigured("there are more than 32 steps");
    if (Outcome<void> done = references(value, send); !done) return done;
    script_.steps_.push_back({send, std::move(value)});
    return {};
  }

  static Outcome<void> answer(std::vector<std::string>& texts, std::string_view text) {
    std::string value;
    if (Outcome<void> done = quoted(text, value); !done) return done;
    if (texts.size() == kTextsMax) return misconfigured("there are more than 16 of these");
    if (Outcome<void> done = references(value, /*secrets=*/false); !done) return done;
    texts.push_back(std::move(value));
    return {};
  }

  Outcome<void> timeout(std::string_view text) {
    long seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = error == std::errc{} && end == text.data() + text.size() - 1 && text.back() == 's';
    if (!whole || seconds < 1 || seconds > kTimeoutMax)
      return misconfigured("write a timeout of 1s to 300s, as in: timeout 20s");
    script_.timeout_ = std::chrono::seconds(seconds);
    return {};
  }

  Outcome<void> run_when(std::string_view text) {
    if (text != "always" && text != "on-return") return misconfigured("write: run always, or: run on-return");
    script_.always_ = text == "always";
    return {};
  }

  Outcome<void> secret(std::string_view text) {
    const std::string_view name = take_word(text);
    if (name.empty() || name.size() > kTextBytesMax || name.find_first_of("\"{}") != std::string_view::npos) {
      return misconfigured("write: secret NAME \"VALUE\"");
    }
    std::string value;
    Outcome<void> done = quoted(text, value);
    if (done && script_.secrets_.size() == kSecretsMax)
      done = misconfigured("there are more than 2000 secrets");
    const bool twice = std::ranges::any_of(
        script_.secrets_, [&](const Named& known) { return session::same_name(known.name, name); });
    if (done && twice)
      done = misconfigured("there is a secret of this name already; names are compared without case");
    if (done) script_.secrets_.push_back({std::string(name), session::Secret(value)});
    session::wipe(value);
    return done;
  }

  // `"text"` with \" and \\ inside, nothing behind it.
  static Outcome<void> quoted(std::string_view text, std::string& value, bool may_be_empty = false) {
    constexpr const char* kHow = "write the text in double quotes, with \\\" and \\\\ for those characters";
    if (text.size() < 2 || text.front() != '"') return misconfigured(kHow);
    value.reserve(text.size());  // a secret leaves no copies behind
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') {
        ++at;
        if (at == text.size() || (text[at] != '"' && text[at] != '\\')) return misconfigured(kHow);
      }
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x20 || byte == 0x7F) return misconfigured("a control character stands in the text");
      value += text[at];
    }
    if (at + 1 != text.size()) return misconfigured(kHow);
    if (value.empty() && !may_be_empty) return misconfigured("the text is empty");
    if (value.size() > kTextBytesMax) return misconfigured("the text has more than 250 bytes");
    return {};
  }

  static Outcome<void> references(std::string_view text, bool secrets) {
    std::size_t at = 0;
    while (const std::optional<Reference> found = next_reference(text, at)) {
      const bool of_secret =
          found->name == kSecret || (found->name.starts_with(kSecretOf) && found->name != kSecretOf);
      if (of_secret && !secrets) return misconfigured("a secret may be sent, and nothing else");
      if (!of_secret && found->name != kAccount) {
        return misconfigured("behind \"${\" stands account}, secret} or secret:NAME}");
      }
      at = found->end;
    }
    return {};
  }

  // A line that a player may type in the place of `sent`.
  static std::string any_line_for(std::string_view sent) {
    std::string line;
    std::size_t at = 0;
    while (const std::optional<Reference> found = next_reference(sent, at)) {
      line += sent.substr(at, found->begin - at);
      line += 'x';
      at = found->end;
    }
    line += sent.substr(at);
    return line;
  }

  // What no single line can see.
  Outcome<void> check() {
    const bool sends = std::ranges::any_of(script_.steps_, &Step::send);
    if (!sends) return misconfigured("nothing is sent; add: send \"TEXT\"");
    if (script_.success_.empty()) {
      return misconfigured(
          "no text says that the login has succeeded; without one, what players typed could go into a "
          "password prompt, and no account can be learnt: add: success \"TEXT\"");
    }
    const bool teaches = std::ranges::any_of(script_.steps_, [](const Step& step) {
      return step.send && !account_in(step.text, any_line_for(step.text)).empty();
    });
    if (script_.needs_account() && !teaches) {
      return misconfigured(
          "it uses ${account} or ${secret}, but the gateway learns a player's account only where a line "
          "sends it, with nothing but text before it: add: send \"${account}\"");
    }
    for (const Step& step : script_.steps_) {
      std::size_t at = 0;
      while (const std::optional<Reference> found = next_reference(step.text, at)) {
        if (found->name.starts_with(kSecretOf) && script_.value(found->name, {}) == std::nullopt) {
          return misconfigured("a step sends a secret that no line defines; add: secret NAME \"VALUE\"");
        }
        at = found->end;
      }
    }
    return {};
  }
};

Outcome<LoginScript> LoginScript::parse(std::string_view text) {
  Parser parser;
  if (Outcome<void> parsed = parser.run(text); !parsed) return fail(std::move(parsed.error()));
  return std::move(parser.script_);
}

bool LoginScript::needs_account() const {
  const auto needs = [](std::string_view text) {
    std::size_t at = 0;
    while (const std::optional<Reference> found = next_reference(text, at)) {
      if (!found->name.starts_with(kSecretOf)) return true;
      at = found->end;
    }
    return false;
  };
  return std::ranges::any_of(steps_, needs, &Step::text) || std::ranges::any_of(success_, needs) ||
         std::ranges::any_of(failure_, needs);
}

bool LoginScript::asks_for_the_name_alone() const {
  return std::ranges::any_of(steps_, [](const Step& step) { return step.send && step.text == "${account}"; });
}

std::string_view LoginScript::account_in(std::string_view sent, std::string_view typed) {
  const std::optional<Reference> found = next_reference(sent, 0);
  if (!found || found->name != kAccount || !typed.starts_with(sent.substr(0, found->begin))) return {};
  typed.remove_prefix(found->begin);
  const std::string_view rest = sent.substr(found->end);
  if (rest.empty()) return typed;
  // Up to the text that follows; a name does not contain it.
  const std::size_t next = std::min(rest.find("${"), rest.size());
  if (next == 0) return {};
  const std::size_t end = typed.find(rest.substr(0, next));
  return end == std::string_view::npos ? std::string_view{} : typed.substr(0, end);
}

const session::Secret* LoginScript::secret(std::string_view name) const {
  const auto key = [](const Named& named) { return session::name_key(named.name); };
  const auto found = std::ranges::lower_bound(secrets_, session::name_key(name), {}, key);
  return found != secrets_.end() && session::same_name(found->name, name) ? &found->value : nullptr;
}

std::optional<std::string_view> LoginScript::value(std::string_view reference,
                                                   std::string_view account) const {
  if (reference == kAccount) return account.empty() ? std::nullopt : std::optional(account);
  const std::string_view name = reference == kSecret ? account : reference.substr(kSecretOf.size());
  const session::Secret* const found = secret(name);
  return found == nullptr ? std::nullopt : std::optional(found->view());
}

bool LoginScript::serves(std::string_view account) const {
  constexpr std::size_t kAccountBytesMax = 64;
  const bool plain = std::ranges::none_of(account, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (!plain || account.size() > kAccountBytesMax) return false;
  const auto complete = [&](std::string_view text) {
    std::size_t at = 0;
    while (const std::optional<Reference> found = next_reference(text, at)) {
      if (!value(found->name, account)) return false;
      at = found->end;
    }
    return true;
  };
  return std::ranges::all_of(steps_, complete, &Step::text) && std::ranges::all_of(success_, complete) &&
         std::ranges::all_of(failure_, complete);
}

std::string LoginScript::expand(std::string_view text, std::string_view account) const {
  std::string out;
  out.reserve(kTextBytesMax * 4);  // grows seldom: each growth leaves a copy behind
  std::size_t at = 0;
  while (const std::optional<Reference> found = next_reference(text, at)) {
    out += text.substr(at, found->begin - at);
    out += value(found->name, account).value_or(std::string_view{});
    at = found->end;
  }
  out += text.substr(at);
  return out;
}

Outcome<std::shared_ptr<const LoginScript>> load_login_script(const std::string& path) {
  const auto trouble = [&](const std::string& text) {
    return misconfigured("login template " + path + " " + text);
  };
  const auto cannot = [&](int error) {
    return trouble("cannot be read (" + std::string(std::strerror(error)) +
                   "); check the name, and that the user that runs wyldgate may read it");
  };
  const runtime::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return cannot(errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return cannot(errno);
  if (!S_ISREG(status.st_mode)) return trouble("is no file");
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return trouble("holds secrets, and others may read or change it; run: chmod 600 " + path);
  }
  std::string text(LoginScript::kFileBytesMax + 1, '\0');
  std::size_t held = 0;
  while (held < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + held, text.size() - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot(errno);
    if (got == 0) break;
    held += static_cast<std::size_t>(got);
  }
  Outcome<LoginScript> script = LoginScript::parse(std::string_view(text).substr(0, held));
  session::wipe(text);
  if (!script) return trouble(script.error().message);
  return std::make_shared<const LoginScript>(std::move(*script));
}

}  // namespace wyld::telnet_game
