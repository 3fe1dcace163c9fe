#include "http/refusal.h"

#include <utility>

#include "http/framing.h"
#include "http/host.h"
#include "http/site.h"

namespace wyld::http {
namespace {

constexpr std::size_t kFieldsMax = 100;

Refusal refusal(Response response, std::string_view unknown_host = {}) {
  response.close = true;
  return {.response = std::move(response), .unknown_host = unknown_host};
}

// A health check names us as it likes, and says nothing about anybody. HTTP/1.0 without Host is no browser.
std::optional<Refusal> host_refusal(const Request& request, const std::vector<std::string>& hosts) {
  const std::string_view authority = request.authority();
  if (is_health_path(local_path(request.path())) || (!request.http_1_1 && authority.empty())) return {};
  const std::string_view host = host_of(authority);
  if (host.empty()) {
    return refusal(text_response(400, "Host must be a name or an address, with a port or without."));
  }
  if (!is_known_host(host, hosts)) return refusal(unknown_host_response(host), host);
  return {};
}

// Full is our trouble, too many is theirs.
Response crowded_response(const Error& why) {
  Response response = text_response(why.code == ErrorCode::kUnavailable ? 503 : 429, why.what);
  response.more_headers = "Retry-After: 5\r\n";
  return response;
}

}  // namespace

std::optional<Refusal> refusal_of(const Request& request, const std::vector<std::string>& hosts,
                                  const Error* not_admitted) {
  if (request.headers.size() > kFieldsMax) {
    return refusal(text_response(431, "The request has too many header fields."));
  }
  if (const std::string_view objection = framing_objection(request); !objection.empty()) {
    return refusal(text_response(400, objection));
  }
  if (request.count("Host") > 1 || (request.http_1_1 && request.count("Host") == 0)) {
    return refusal(text_response(400, "A request has exactly one Host header."));
  }
  if (std::optional<Refusal> refused = host_refusal(request, hosts)) return refused;
  const std::string_view path = local_path(request.path());
  if (not_admitted != nullptr && !is_health_path(path) && path != kWebSocketPath) {
    return refusal(crowded_response(*not_admitted));
  }
  return {};
}

}  // namespace wyld::http
