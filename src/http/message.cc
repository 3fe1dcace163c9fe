#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace wyld::http {
namespace {

constexpr std::string_view kSpace = " \t";

// The page loads nothing from elsewhere. 'self' covers the WebSocket of the same host and port as well (CSP
// level 3; tests/browser plays through it).
constexpr std::string_view kPolicy =
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ";
constexpr std::string_view kEveryAnswer =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Where the authority of an absolute target begins; npos of a path.
std::size_t authority_at(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() >= scheme.size() && same_token(target.substr(0, scheme.size()), scheme))
      return scheme.size();
  }
  return std::string_view::npos;
}

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Answer";
  }
}

// RFC 9110 section 5.6.7; the names are English whatever the locale.
std::string date_now() {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(utc.tm_wday)],
                     utc.tm_mday, kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

bool same_token(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (same_token(header.name, name)) return header.value;
  }
  return {};
}

std::size_t Request::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [name](const Header& h) { return same_token(h.name, name); }));
}

std::vector<std::string_view> Request::list(std::string_view name) const {
  std::vector<std::string_view> elements;
  for (const Header& header : headers) {
    if (!same_token(header.name, name)) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      if (const std::string_view element = trimmed(rest.substr(0, end)); !element.empty()) {
        elements.push_back(element);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return elements;
}

std::string_view Request::path() const noexcept {
  const std::size_t authority = authority_at(target);
  if (authority == std::string_view::npos) return target.substr(0, target.find('?'));
  const std::size_t end = target.find_first_of("/?#", authority);
  if (end == std::string_view::npos || target[end] != '/') return "/";
  const std::string_view path = target.substr(end);
  return path.substr(0, path.find('?'));
}

std::string_view Request::authority() const noexcept {
  const std::size_t authority = authority_at(target);
  if (authority == std::string_view::npos) return header("Host");
  return target.substr(authority,
                       std::min(target.find_first_of("/?#", authority), target.size()) - authority);
}

Response text_response(unsigned status, std::string_view sentence) {
  Response response;
  response.status = status;
  response.text = sentence;
  response.text += '\n';
  return response;
}

std::string head_bytes(const Response& response, bool keep_alive, std::string_view frame_ancestors) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status);
  head += ' ';
  head += reason(response.status);
  head += "\r\nDate: ";
  head += date_now();
  head += "\r\n";
  head += kPolicy;
  head += frame_ancestors;
  head += "\r\n";
  head += kEveryAnswer;
  head += "Cache-Control: ";
  head += response.cache_control;
  head += "\r\n";
  head += response.more_headers;
  if (response.status != 304) {
    head += "Content-Type: ";
    head += response.content_type;
    head += "\r\nContent-Length: " + std::to_string(response.body().size()) + "\r\n";
  }
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace wyld::http
