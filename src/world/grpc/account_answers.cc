#include "world/grpc/account_answers.h"

#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/counters.h"
#include "base/utf8.h"
#include "wyldgate/world/v1/account.pb.h"

namespace wyld::grpc_world {
namespace {

namespace proto = ::wyldgate::world::v1;
using session::AccountAnswer;
using session::AccountVerdict;

AccountAnswer malformed() {
  count(Counter::kMalformedInput);
  return no_answer();
}

template <typename Message>
bool read(std::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// At most kWaitMax; nothing when it is negative, or not a Duration as its definition says.
std::optional<std::chrono::milliseconds> read_wait(const google::protobuf::Duration& wait) {
  if (wait.seconds() < 0 || wait.nanos() < 0 || wait.nanos() > 999'999'999) return std::nullopt;
  const auto seconds = std::min<std::int64_t>(wait.seconds(), std::chrono::seconds(kWaitMax).count());
  const auto whole = std::chrono::seconds(seconds) + std::chrono::nanoseconds(wait.nanos());
  return std::min<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(whole), kWaitMax);
}

// Letters of any script; nothing that moves a cursor, rings a bell or begins a new line. C1 controls are two
// bytes of UTF-8, the first of which is C2.
bool is_plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

// A sentence for the player; one that is not plain is left out, and the gateway says its own.
std::string reason(std::string text) {
  if (!is_plain(text)) {
    count(Counter::kMalformedInput);
    return {};
  }
  if (text.size() > kReasonBytesMax) {
    text.resize(kReasonBytesMax);
    text.resize(text.size() - incomplete_utf8_tail_bytes(text));
  }
  return text;
}

}  // namespace

AccountAnswer no_answer() {
  count(Counter::kLoginsUnavailable);
  return {.verdict = AccountVerdict::kUnavailable, .name = {}};
}

AccountAnswer read_name_answer(std::string_view bytes) {
  proto::CheckNameResponse response;
  if (!read(bytes, response)) return malformed();
  switch (response.status()) {
    case proto::NAME_STATUS_FREE:
      return {.verdict = AccountVerdict::kAccepted, .name = {}};
    case proto::NAME_STATUS_TAKEN:
    case proto::NAME_STATUS_REFUSED: {
      std::string message = reason(std::move(*response.mutable_message()));
      if (message.empty() && response.status() == proto::NAME_STATUS_REFUSED) {
        message = "That name is not available. Please choose another.";
      }
      return {.verdict = AccountVerdict::kNameTaken, .name = {}, .message = std::move(message)};
    }
    default:
      return malformed();
  }
}

AccountAnswer read_login_answer(std::string_view bytes) {
  proto::LogInResponse response;
  if (!read(bytes, response)) return malformed();
  if (response.accepted()) {
    std::string& account = *response.mutable_account();
    const bool usable = !account.empty() && account.size() <= kAccountBytesMax && is_plain(account);
    if (!usable) return malformed();
    return {.verdict = AccountVerdict::kAccepted, .name = std::move(account)};
  }
  const std::optional<std::chrono::milliseconds> wait = read_wait(response.wait());
  if (!wait) return malformed();
  if (wait->count() > 0) {
    count(Counter::kLoginsDelayed);
    return {.verdict = AccountVerdict::kWait, .wait = *wait, .name = {}};
  }
  count(Counter::kLoginsRefused);
  return {.verdict = AccountVerdict::kRefused,
          .name = {},
          .message = reason(std::move(*response.mutable_message()))};
}

AccountAnswer read_create_answer(std::string_view bytes, std::string_view name) {
  proto::CreateAccountResponse response;
  if (!read(bytes, response)) return malformed();
  if (response.created()) return {.verdict = AccountVerdict::kAccepted, .name = std::string(name)};
  return {.verdict = AccountVerdict::kNameTaken,
          .name = {},
          .message = reason(std::move(*response.mutable_message()))};
}

}  // namespace wyld::grpc_world
