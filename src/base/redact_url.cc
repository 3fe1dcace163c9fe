#include "base/redact_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace wyld {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::size_t kEnd = std::string_view::npos;

struct Span {
  std::size_t begin;
  std::size_t end;
};

// The two that libpq has, however they are written, and what others call the first.
bool is_secret_key(std::string_view key) {
  constexpr std::array<std::string_view, 5> kKeys{"password", "sslpassword", "passwd", "pass", "pwd"};
  return std::ranges::any_of(kKeys, [key](std::string_view known) {
    return std::ranges::equal(key, known, [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
    });
  });
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::optional<unsigned> hex(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t digit = kDigits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return digit == kEnd ? std::nullopt : std::optional(static_cast<unsigned>(digit));
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) && hex(text[i + 2])) {
      out += static_cast<char>(*hex(text[i + 1]) * 16 + *hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Where a password may begin in "host:port,[::1]:port/name", which has no "@": behind the first colon that no
// port follows. Somebody may have forgotten the host. kEnd: nowhere.
std::size_t password_without_host(std::string_view authority) {
  const std::size_t hosts_end = std::min(authority.find('/'), authority.size());
  for (std::size_t start = 0; start < hosts_end;) {
    const std::size_t end = std::min(authority.find(',', start), hosts_end);
    const std::string_view host = authority.substr(start, end - start);
    const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
    const std::size_t colon = bracket == kEnd ? kEnd : host.find(':', bracket);
    if (colon != kEnd && !is_port(host.substr(colon + 1))) return start + colon + 1;
    start = end + 1;
  }
  return kEnd;
}

// scheme://user:password@host/name?key=value&...
std::vector<Span> secrets_of_uri(std::string_view url, std::size_t authority) {
  std::vector<Span> secrets;
  // Behind a "/" too: somebody may have forgotten to escape one in the password.
  const std::size_t query = std::min(url.find('?', authority), url.size());
  std::size_t at = url.substr(0, query).rfind('@');
  // The same with a "?".
  if (at == kEnd || at < authority) at = url.rfind('@');
  if (at == kEnd || at < authority) {
    at = authority;
    if (const std::size_t password = password_without_host(url.substr(authority, query - authority));
        password != kEnd) {
      // A "?" without a "=" after it is part of the password.
      at = url.find('=', query) == kEnd ? url.size() : query;
      secrets.push_back({authority + password, at});
    }
  } else if (const std::size_t colon = url.find(':', authority); colon < at) {
    secrets.push_back({colon + 1, at});
  }

  for (std::size_t start = url.find('?', at); start != kEnd;) {
    const std::size_t end = std::min(url.find('&', ++start), url.size());
    const std::size_t equals = url.substr(0, end).find('=', start);
    if (equals != kEnd && is_secret_key(percent_decoded(url.substr(start, equals - start))))
      secrets.push_back({equals + 1, end});
    start = end == url.size() ? kEnd : end;
  }
  return secrets;
}

// Where a value that begins at `start` ends: at the next "key =", so that unquoted spaces are part of it.
std::size_t value_end(std::string_view url, std::size_t start) {
  if (start < url.size() && url[start] == '\'') {
    for (std::size_t i = start + 1; i < url.size(); ++i) {
      if (url[i] == '\\') {
        ++i;
      } else if (url[i] == '\'') {
        return i + 1;
      }
    }
    return url.size();
  }
  for (std::size_t i = start; i < url.size(); ++i) {
    if (!is_space(url[i])) continue;
    std::size_t word = i;
    while (word < url.size() && is_space(url[word])) ++word;
    std::size_t after = word;
    while (after < url.size() && is_word(url[after])) ++after;
    std::size_t equals = after;
    while (equals < url.size() && is_space(url[equals])) ++equals;
    if (after > word && equals < url.size() && url[equals] == '=') return i;
  }
  return url.size();
}

// key=value key = 'va\'lue' ...
std::vector<Span> secrets_of_pairs(std::string_view url) {
  std::vector<Span> secrets;
  std::size_t at = 0;
  while ((at = url.find('=', at)) != kEnd) {
    std::size_t key_end = at;
    while (key_end > 0 && is_space(url[key_end - 1])) --key_end;
    std::size_t key = key_end;
    while (key > 0 && !is_space(url[key - 1])) --key;
    std::size_t value = at + 1;
    while (value < url.size() && is_space(url[value])) ++value;
    const std::size_t end = value_end(url, value);
    if (is_secret_key(url.substr(key, key_end - key)) && value < end) secrets.push_back({value, end});
    at = std::max(end, at + 1);
  }
  return secrets;
}

// Whether `text` stands in `url` where it touches a secret.
bool touches(std::string_view url, std::string_view text, std::span<const Span> secrets) {
  for (std::size_t at = url.find(text); at != kEnd; at = url.find(text, at + 1)) {
    for (const Span& secret : secrets) {
      if (at < secret.end && at + text.size() > secret.begin) return true;
    }
  }
  return false;
}

// Whether `word` is one of the parts that everybody may read.
bool is_public(std::string_view redacted, std::string_view word) {
  constexpr std::string_view kDelimiters = ":/@?&=, '";
  std::size_t start = 0;
  while (start <= redacted.size()) {
    const std::size_t end = std::min(redacted.find_first_of(kDelimiters, start), redacted.size());
    if (redacted.substr(start, end - start) == word) return true;
    start = end + 1;
  }
  return false;
}

// In the order of the text.
std::vector<Span> find_secrets(std::string_view url) {
  if (url.starts_with("sqlite:")) return {};  // a path
  // A URI, even one that lacks its scheme, begins with a word and a colon.
  const std::size_t colon = url.find_first_of(":= ");
  if (colon == kEnd || url[colon] != ':') return secrets_of_pairs(url);
  const std::size_t scheme = url.find("://");
  if (scheme == colon) return secrets_of_uri(url, scheme + 3);
  return secrets_of_uri(url, 0);
}

bool hide(std::string_view quoted, std::string_view url, std::string_view redacted,
          std::span<const Span> secrets) {
  if (is_public(redacted, quoted)) return false;
  return touches(url, quoted, secrets) || std::ranges::any_of(secrets, [&](const Span& secret) {
           const std::string decoded = percent_decoded(url.substr(secret.begin, secret.end - secret.begin));
           return decoded.contains(quoted) || quoted.contains(decoded);
         });
}

}  // namespace

std::string redact_url(std::string_view url) {
  std::string out;
  std::size_t done = 0;
  for (const Span& secret : find_secrets(url)) {
    out.append(url.substr(done, secret.begin - done)).append(kHidden);
    done = secret.end;
  }
  return out.append(url.substr(done));
}

std::string redact_words(std::string_view words, std::string_view url) {
  const std::vector<Span> secrets = find_secrets(url);
  const std::string redacted = redact_url(url);
  // Quotes inside of a password make it unclear what is quoted: then all between the first and the last.
  const bool unclear = std::ranges::any_of(secrets, [url](const Span& secret) {
    return percent_decoded(url.substr(secret.begin, secret.end - secret.begin)).contains('"');
  });
  std::string out;
  std::size_t done = 0;
  for (std::size_t open = words.find('"'); open != kEnd; open = words.find('"', done)) {
    const std::size_t close = unclear ? words.rfind('"') : words.find('"', open + 1);
    if (close == kEnd || close == open) break;
    const std::string_view quoted = words.substr(open + 1, close - open - 1);
    out.append(words.substr(done, open + 1 - done));
    out.append(unclear || hide(quoted, url, redacted, secrets) ? kHidden : quoted).append(1, '"');
    done = close + 1;
  }
  return out.append(words.substr(done));
}

}  // namespace wyld
