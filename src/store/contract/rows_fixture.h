#pragma once
// Sessions for tests, and how to compare them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/account_store.h"
#include "session/session_record.h"

namespace wyld::store::contract {

using Rows = std::vector<session::SessionRow>;
using Time = std::chrono::system_clock::time_point;

// Databases keep microseconds.
inline Time at_second(std::int64_t second, std::int64_t microseconds = 0) {
  return Time(std::chrono::seconds(1'700'000'000 + second) + std::chrono::microseconds(microseconds));
}

// Ids as they are made, by time and otherwise random, but the same in every run.
inline SessionId session_id(std::uint64_t number) {
  SessionId id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(number >> (40 - 8 * i));
  id.bytes[6] = 0x70;
  std::uint64_t low = (number + 1) * 0x9E3779B97F4A7C15U;
  low ^= low >> 29;
  std::memcpy(id.bytes.data() + 8, &low, sizeof(low));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

inline session::SessionRow session_row(std::uint64_t number,
                                       session::State state = session::State::kPlaying) {
  return {.session = {.id = session_id(number),
                      .protocol = static_cast<session::Protocol>(number % session::kProtocolCount),
                      .state = state,
                      .address = "203.0.113." + std::to_string(number % 256),
                      .created = at_second(static_cast<std::int64_t>(number)),
                      .last_activity = at_second(static_cast<std::int64_t>(number), 1),
                      .handle = {}},
          .details = nullptr};
}

inline session::DetailsPtr details(std::string account, std::map<std::string, std::string> metadata = {}) {
  auto made = std::make_shared<session::SessionDetails>();
  made->account = std::move(account);
  made->metadata = std::move(metadata);
  return made;
}

// One of each kind of difficulty.
inline Rows difficult_rows() {
  Rows rows;
  for (std::size_t state = 0; state < session::kStateCount; ++state)
    for (std::size_t protocol = 0; protocol < session::kProtocolCount; ++protocol) {
      rows.push_back(session_row(rows.size(), static_cast<session::State>(state)));
      rows.back().session.protocol = static_cast<session::Protocol>(protocol);
    }
  const auto add = [&rows](auto&& change) {
    rows.push_back(session_row(rows.size()));
    change(rows.back());
  };
  for (const char* const address : {"", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "::1", "fe80::1%eth0"})
    add([&](session::SessionRow& row) { row.session.address = address; });
  for (const Time time : {Time{}, Time(std::chrono::microseconds(-1)), at_second(0, 1), at_second(0, 999'999),
                          Time(std::chrono::seconds(4'102'444'800))})
    add([&](session::SessionRow& row) { row.session.created = row.session.last_activity = time; });
  add([](session::SessionRow& row) { row.details = details("Ada"); });
  add([](session::SessionRow& row) {
    std::map<std::string, std::string> metadata{{"", ""},
                                                {"quotes", "'\"`\\/ {}[],: $1 ?1 %s"},
                                                {"controls", "\x01\x1b[0m\r\n\t\x7f"},
                                                {"ключ", "花 \U0001F409 \u00e9 e\u0301"}};
    while (metadata.size() < 64) metadata["key " + std::to_string(metadata.size())] = std::string(200, 'x');
    row.details = details("Ж'); DROP TABLE sessions; --", std::move(metadata));
  });
  add([](session::SessionRow& row) {
    auto made = std::make_shared<session::SessionDetails>();
    made->capabilities = {.client_name = "MUDLET",
                          .client_version = "4.17",
                          .terminal_type = "XTERM-256COLOR",
                          .mtts = 2'349,
                          .window = {.columns = 211, .rows = 57},
                          .charset = Charset::kLatin1,
                          .charset_agreed = true,
                          .gmcp = true};
    row.details = std::move(made);
  });
  return rows;
}

inline session::Account account(std::string name,
                                std::string hash = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA") {
  return {.name = std::move(name),
          .password_hash = std::move(hash),
          .email = "ada@example.org",
          .created = at_second(5, 123'456)};
}

// All of a row as one line, so that a difference is readable. Details that say nothing equal none.
inline std::string describe_row(const session::SessionRow& row) {
  static const session::SessionDetails kNothing;
  const session::SessionDetails& more = row.details != nullptr ? *row.details : kNothing;
  const auto microseconds = [](Time time) {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
  };
  const session::SessionSnapshot& session = row.session;
  const Capabilities& can = more.capabilities;
  std::string text = session.id.text();
  for (const std::string& part :
       {std::string(session::protocol_name(session.protocol)),
        std::string(session::state_name(session.state)), session.address.text(),
        microseconds(session.created), microseconds(session.last_activity), more.account, can.client_name,
        can.client_version, can.terminal_type, std::to_string(can.mtts), std::to_string(can.window.columns),
        std::to_string(can.window.rows), std::to_string(static_cast<int>(can.charset)),
        std::to_string(can.charset_agreed), std::to_string(can.gmcp)})
    text.append(1, '|').append(part);
  for (const auto& [key, value] : more.metadata) text.append(1, '|').append(key).append(1, '=').append(value);
  return text;
}

// Rows in an order of their own, for comparison.
inline std::vector<std::string> described(const Rows& rows) {
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const session::SessionRow& row : rows) lines.push_back(describe_row(row));
  std::ranges::sort(lines);
  return lines;
}

}  // namespace wyld::store::contract
