#include "wyldgate-load/wire.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace wyld::load {
namespace {

using Kind = WebSocketPeer::Kind;

constexpr std::string_view kHello =
    R"({"type":"hello","client":"wyldgate-load","version":"1","columns":80,"rows":24})";
constexpr std::string_view kTokenKept = R"({"type":"token_kept"})";

std::string_view subprotocol(Wire::Form form) {
  switch (form) {
    case Wire::Form::kTelnetInWebSocket:
      return "telnet.mudstandards.org";
    case Wire::Form::kBinaryWebSocket:
      return "binary";
    case Wire::Form::kJson:
      return "v1.json.wyldgate";
    case Wire::Form::kTelnet:
      break;
  }
  return {};
}

std::string_view member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* found = object.if_contains(name);
  const boost::json::string* text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? std::string_view{*text} : std::string_view{};
}

}  // namespace

Wire::Wire(Form form, TelnetPeer::Manner manner) : form_(form), telnet_(manner) {
  if (form != Form::kTelnet) socket_.emplace(subprotocol(form));
}

std::string Wire::opening(std::string_view host) const {
  return socket_ ? socket_->request(host) : std::string{};
}

const std::string& Wire::trouble() const {
  return trouble_.empty() && socket_ ? socket_->trouble() : trouble_;
}

std::string_view Wire::receive(std::span<char> bytes, std::string& answers, std::string& scratch) {
  if (!socket_) return {bytes.data(), telnet_.strip(bytes, answers)};
  scratch.clear();
  std::string said;  // this client's own messages, which follow the pongs
  const bool was_open = socket_->open();
  std::string telnet_answers;
  socket_->receive({bytes.data(), bytes.size()}, answers, [&](Kind kind, std::string_view payload) {
    if (form_ == Form::kJson) {
      if (kind != Kind::kText) trouble_ = "a binary message in the JSON form";
      return on_json(payload, said, scratch);
    }
    if (kind != Kind::kBinary) trouble_ = "a text message where Telnet belongs";
    const std::size_t before = scratch.size();
    scratch.append(payload);
    scratch.resize(before + telnet_.strip(std::span{scratch}.subspan(before), telnet_answers));
  });
  if (form_ == Form::kJson && !was_open && socket_->open())
    socket_->append_message(Kind::kText, kHello, answers);
  answers += said;
  if (!telnet_answers.empty()) socket_->append_message(Kind::kBinary, telnet_answers, answers);
  return scratch;
}

void Wire::on_json(std::string_view message, std::string& answers, std::string& text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(message, error);
  if (error || !value.is_object()) {
    trouble_ = fmt::format("no JSON object: {}", message);
    return;
  }
  const boost::json::object& object = value.get_object();
  const std::string_view type = member(object, "type");
  if (type == "text") {
    for (const char byte : member(object, "text")) {
      if (byte == '\n') text.push_back('\r');
      text.push_back(byte);
    }
  } else if (type == "token") {
    socket_->append_message(Kind::kText, kTokenKept, answers);
  } else if (type == "bye" || type == "error") {
    trouble_ = fmt::format("the gateway says {}: {}", type, member(object, "text"));
  }
}

void Wire::append_line(std::string_view line, std::string& out) {
  if (!socket_) {
    out.append(line).append("\r\n");
  } else if (form_ == Form::kJson) {
    const boost::json::object message{{"type", "line"}, {"text", line}};
    socket_->append_message(Kind::kText, boost::json::serialize(message), out);
  } else {
    std::string text{line};
    text += "\r\n";
    socket_->append_message(Kind::kBinary, text, out);
  }
}

}  // namespace wyld::load
