#include "world/grpc/core/frames.h"

#include "world/grpc/core/wire.h"

namespace wyld::grpc_world {
namespace {

using wire::Nested;
using wire::put_bool;
using wire::put_bytes;
using wire::put_bytes_always;
using wire::put_uint;

// Members of the oneof in SessionEvent.
constexpr std::uint32_t kAttach = 3;
constexpr std::uint32_t kDetach = 4;
constexpr std::uint32_t kInput = 5;
constexpr std::uint32_t kSideChannel = 6;
constexpr std::uint32_t kCapabilities = 7;
constexpr std::uint32_t kPresence = 8;
constexpr std::uint32_t kEdited = 9;
constexpr std::uint32_t kInterrupt = 10;
constexpr std::uint32_t kFlow = 11;

// Fields of ConnectRequest.
constexpr std::uint32_t kEvents = 2;
constexpr std::uint32_t kAcknowledgements = 3;

std::string_view charset_text(Charset charset) noexcept {
  switch (charset) {
    case Charset::kUtf8:
      return "utf-8";
    case Charset::kLatin1:
      return "iso-8859-1";
    case Charset::kAscii:
      return "us-ascii";
  }
  return "utf-8";
}

std::string_view bytes_of(const SessionId& id) noexcept {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void put_client(std::string& out, std::uint32_t field, const ClientInfo& client) {
  const Capabilities& known = client.capabilities;
  const Nested message(out, field);
  const bool named = !known.client_name.empty();
  put_bytes(out, 1, named ? known.client_name : client.name);
  put_bytes(out, 2, named ? known.client_version : client.version);
  put_bytes(out, 3, known.terminal_type);
  put_uint(out, 4, known.mtts);
  put_uint(out, 5, known.window.columns);
  put_uint(out, 6, known.window.rows);
  put_bytes(out, 7, charset_text(known.charset));
  put_bool(out, 8, known.gmcp);
  for (const std::string& package : client.packages) put_bytes_always(out, 9, package);
  put_bool(out, 10, (known.mtts & mtts::kScreenReader) != 0);
}

}  // namespace

void put_input(std::string& out, std::string_view line, bool secret, std::uint64_t line_number) {
  const Nested message(out, kInput);
  put_bytes(out, 1, line);
  put_bool(out, 2, secret);
  put_uint(out, 3, line_number);
}

void put_attach(std::string& out, const AttachInfo& info, const ClientInfo& client, bool returning, bool held,
                const Notes* notes, std::uint64_t last_command) {
  const Nested message(out, kAttach);
  put_bytes(out, 1, info.address);
  put_bytes(out, 2, info.protocol);
  put_client(out, 3, client);
  put_bytes(out, 4, info.account);
  put_bool(out, 5, returning);
  put_bool(out, 6, held);
  if (notes != nullptr) {
    for (const auto& [key, value] : *notes) {
      const Nested entry(out, 7);
      put_bytes(out, 1, key);
      put_bytes(out, 2, value);
    }
  }
  if (info.created_milliseconds > 0) {
    const Nested created(out, 8);  // a google.protobuf.Timestamp
    put_uint(out, 1, static_cast<std::uint64_t>(info.created_milliseconds / 1000));
    put_uint(out, 2, static_cast<std::uint64_t>(info.created_milliseconds % 1000) * 1'000'000);
  }
  put_uint(out, 9, last_command);
}

void put_detach(std::string& out, session::DetachReason reason) {
  const Nested message(out, kDetach);
  switch (reason) {
    case session::DetachReason::kClosed:
      return put_uint(out, 1, 1);
    case session::DetachReason::kShutdown:
      return put_uint(out, 1, 2);
    case session::DetachReason::kExpired:
      return put_uint(out, 1, 3);
  }
}

void put_side_channel(std::string& out, std::string_view package, std::string_view value) {
  const Nested message(out, kSideChannel);
  put_bytes(out, 1, package);
  put_bytes(out, 2, value);
}

void put_capabilities(std::string& out, const ClientInfo& client) { put_client(out, kCapabilities, client); }

void put_presence_lost(std::string& out) { const Nested message(out, kPresence); }

void put_presence_back(std::string& out, const AttachInfo& info, const ClientInfo& client) {
  const Nested message(out, kPresence);
  put_bool(out, 1, true);
  put_bytes(out, 2, info.address);
  put_bytes(out, 3, info.protocol);
  put_client(out, 4, client);
}

void put_edited(std::string& out, std::uint64_t edit, bool cancelled, std::string_view text) {
  const Nested message(out, kEdited);
  put_uint(out, 1, edit);
  put_bool(out, 2, cancelled);
  put_bytes(out, 3, text);
}

void put_interrupt(std::string& out) { const Nested message(out, kInterrupt); }

void put_flow(std::string& out, bool paused) {
  const Nested message(out, kFlow);
  put_bool(out, 1, paused);
}

void put_event(std::string& out, const SessionId& id, std::uint64_t number, std::string_view frame) {
  const std::size_t number_bytes = number == 0 ? 0 : 1 + wire::varint_bytes(number);
  wire::put_tag(out, kEvents, wire::Type::kBytes);
  wire::put_varint(out, 2 + id.bytes.size() + number_bytes + frame.size());
  put_bytes_always(out, 1, bytes_of(id));
  put_uint(out, 2, number);
  out.append(frame);
}

void put_acknowledgement(std::string& out, const SessionId& id, std::uint64_t number) {
  const Nested message(out, kAcknowledgements);
  put_bytes_always(out, 1, bytes_of(id));
  put_uint(out, 2, number);
}

}  // namespace wyld::grpc_world
