#include "http/upgrade.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"

namespace wyld::http {
namespace {

struct Form {
  std::string_view name;
  session::Protocol protocol;
};
// In the gateway's order of preference.
constexpr std::array<Form, 2> kForms = {
    Form{ws::json::kSubprotocol, session::Protocol::kWebSocketJson},
    Form{"telnet.mudstandards.org", session::Protocol::kWebSocketTelnet},
};

bool has_token(const Request& request, std::string_view header, std::string_view token) {
  const std::vector<std::string_view> elements = request.list(header);
  return std::any_of(elements.begin(), elements.end(),
                     [token](std::string_view e) { return same_token(e, token); });
}

// Base64 of exactly 16 bytes: 22 digits, of which the last carries two bits, and two '='.
bool is_key(std::string_view key) noexcept {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && std::all_of(key.begin(), key.begin() + 22, is_digit) &&
         std::string_view("AQgw").find(key[21]) != std::string_view::npos && key.substr(22) == "==";
}

bool is_allowed_origin(const Request& request, const std::vector<std::string>& allowed) {
  if (request.count("Origin") == 0) return true;  // not a browser
  if (request.count("Origin") > 1) return false;
  const std::string_view origin = request.header("Origin");
  return is_own_origin(origin, request.authority()) ||
         std::any_of(allowed.begin(), allowed.end(),
                     [origin](const std::string& a) { return a == "*" || same_token(a, origin); });
}

}  // namespace

bool is_own_origin(std::string_view origin, std::string_view host) noexcept {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos || host.empty()) return false;
  const std::string_view scheme = origin.substr(0, colon);
  const bool secure = same_token(scheme, "https");
  if (!secure && !same_token(scheme, "http")) return false;
  // Either side may name the scheme's own port or leave it out.
  const auto without_default_port = [secure](std::string_view authority) {
    const std::string_view port = secure ? ":443" : ":80";
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return authority;
  };
  return same_token(without_default_port(origin.substr(colon + 3)), without_default_port(host));
}

std::variant<AcceptedUpgrade, Response> judge_upgrade(const Request& request,
                                                      const std::vector<std::string>& allowed_origins) {
  if (request.method != "GET") {
    Response response = text_response(405, "A WebSocket is opened with GET.");
    response.more_headers = "Allow: GET\r\n";
    return response;
  }
  if (!request.http_1_1 || !has_token(request, "Upgrade", "websocket") ||
      !has_token(request, "Connection", "upgrade")) {
    return text_response(
        400, "This address is a WebSocket: open it with a WebSocket client, or play at / in a browser.");
  }
  if (request.has_body) return text_response(400, "A WebSocket request has no body.");
  if (request.count("Sec-WebSocket-Version") != 1 || request.header("Sec-WebSocket-Version") != "13") {
    Response response = text_response(426, "Only WebSocket version 13 (RFC 6455) is supported.");
    response.more_headers = "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n";
    response.close = true;
    return response;
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (request.count("Sec-WebSocket-Key") != 1 || !is_key(key)) {
    return text_response(400, "Sec-WebSocket-Key must be sent once and be the base64 form of 16 bytes.");
  }
  if (!is_allowed_origin(request, allowed_origins)) {
    return text_response(403, "Pages of this origin may not connect here, unless the operator allows it.");
  }

  AcceptedUpgrade accepted;
  accepted.head =
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      ws::accept_key(key) + "\r\n";
  if (request.count("Sec-WebSocket-Protocol") > 0) {
    const std::vector<std::string_view> offered = request.list("Sec-WebSocket-Protocol");
    const auto* const form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& f) {
      return std::find(offered.begin(), offered.end(), f.name) != offered.end();
    });
    if (form == kForms.end()) {
      return text_response(400,
                           "None of the offered subprotocols is spoken here. Offer v1.json.wyldgate or "
                           "telnet.mudstandards.org, or send no Sec-WebSocket-Protocol.");
    }
    accepted.protocol = form->protocol;
    accepted.head += "Sec-WebSocket-Protocol: ";
    accepted.head += form->name;
    accepted.head += "\r\n";
  }
  accepted.head += "\r\n";
  return accepted;
}

}  // namespace wyld::http
