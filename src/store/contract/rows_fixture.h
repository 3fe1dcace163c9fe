#pragma once
// Sessions for tests, and how to compare them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <limits>
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

// Of a session that may be resumed; no two bytes in a row are the same.
inline session::ResumeKeys keys(std::uint8_t seed) {
  session::ResumeKeys made;
  const auto fill = [&seed](auto& bytes) {
    for (std::uint8_t& byte : bytes) byte = seed += 37;
  };
  fill(made.family);
  fill(made.current);
  fill(made.previous);
  fill(made.code);
  made.previous_until = at_second(seed, 60);
  return made;
}

inline session::SessionRow with_keys(session::SessionRow row, const session::ResumeKeys& keys) {
  auto made = std::make_shared<session::SessionDetails>(row.details != nullptr ? *row.details
                                                                               : session::SessionDetails{});
  made->resume = keys;
  row.details = std::move(made);
  return row;
}

// One a line, numbered from `first` on.
inline session::CommandsPtr commands(const std::vector<std::string>& lines, std::uint64_t first = 1) {
  auto made = std::make_shared<std::vector<session::QueuedCommand>>();
  for (const std::string& line : lines) {
    made->push_back({.sequence = first,
                     .line = line,
                     .created = at_second(7, static_cast<int>(first)),
                     .in_flight = first % 3 == 0});
    ++first;
  }
  return made;
}

// A text each, from offset 1,000 on.
inline session::ScrollbackPtr scrollback(const std::vector<std::string>& texts, bool complete = true,
                                         std::uint64_t epoch = 1) {
  auto made = std::make_shared<session::Scrollback>();
  made->epoch = epoch;
  made->complete = complete;
  made->end = 1'000;
  made->confirmed = 900;
  for (const std::string& text : texts) {
    made->pieces.push_back({.kind = session::OutputKind::kText,
                            .offset = made->end,
                            .text = text,
                            .created = at_second(8, static_cast<int>(made->pieces.size()))});
    made->end += text.size();
  }
  return made;
}

inline session::SessionRow with_parts(session::SessionRow row, session::CommandsPtr commands,
                                      session::ScrollbackPtr scrollback) {
  row.commands = std::move(commands);
  row.scrollback = std::move(scrollback);
  return row;
}

// Lines as players type them, and worse.
inline session::CommandsPtr difficult_commands() {
  return commands({"look", "", " ", "say 'quotes' \"\\` $1 ?1 %s {} -- ; DROP TABLE sessions",
                   "скажи 花 \U0001F409 e\u0301", "\x01\x1b[0m\t\x7f", std::string(4'096, 'x'), "look"},
                  (std::uint64_t{1} << 62U) + 5);
}

// A piece of each kind, some without text, and text as games send it and worse.
inline session::ScrollbackPtr difficult_scrollback() {
  const auto max = std::numeric_limits<std::uint64_t>::max();
  auto made = std::make_shared<session::Scrollback>(
      *scrollback({"You see a \x1b[31mdragon\x1b[0m.\r\n", "", "花 \U0001F409\n", std::string("a\0b", 3),
                   "caf\xe9", std::string(100'000, 'x')},
                  true, max));
  made->pieces.push_back({session::OutputKind::kPrompt, made->end++, "", at_second(9)});
  made->pieces.push_back({session::OutputKind::kNotice, made->end, "The world is away.\n", at_second(10, 1)});
  made->pieces.push_back({session::OutputKind::kText, max - 1, "'\"\\", Time{}});
  made->end = max;
  made->earlier_epochs = {1, 1'750'000'000'000};
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
  add([](session::SessionRow& row) { row = with_keys(row, keys(1)); });
  add([](session::SessionRow& row) { row = with_keys(row, {.current = keys(2).current}); });
  add([](session::SessionRow& row) { row = with_keys(row, {.previous_until = at_second(0, 999'999)}); });
  add([](session::SessionRow& row) { row.commands = difficult_commands(); });
  add([](session::SessionRow& row) { row.scrollback = difficult_scrollback(); });
  add([](session::SessionRow& row) { row.scrollback = scrollback({}); });
  add([](session::SessionRow& row) {
    row = with_parts(with_keys(row, keys(3)), commands({"north"}), scrollback({"A hall.\n"}, false));
  });
  return rows;
}

// What a session is in a round of writing: every part of it says the round, and has its own number of lines.
inline session::SessionRow row_of_round(std::uint64_t number, std::uint64_t round) {
  const std::string text = std::to_string(round);
  session::SessionRow row = session_row(number);
  row.details = details(text);
  row.commands = commands(std::vector<std::string>(1 + round % 7, text), round);
  row.scrollback = scrollback(std::vector<std::string>(round % 5, text), true, round);
  return row;
}
inline std::uint64_t round_of(const session::SessionRow& row) {
  return std::stoull("0" + (row.details != nullptr ? row.details->account : ""));
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
  static const std::vector<session::QueuedCommand> kNoCommands;
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
  if (const session::ResumeKeys& keys = more.resume; keys != session::ResumeKeys{}) {
    text.append("|keys ").append(microseconds(keys.previous_until));
    const auto add_hex = [&text](const auto& bytes) {
      text.append(1, '|');
      for (const std::uint8_t byte : bytes)
        text.append(1, "0123456789abcdef"[byte / 16]).append(1, "0123456789abcdef"[byte % 16]);
    };
    add_hex(keys.family);
    add_hex(keys.current);
    add_hex(keys.previous);
    add_hex(keys.code);
  }
  if (row.commands != nullptr) text.append("|commands");
  for (const session::QueuedCommand& command : row.commands != nullptr ? *row.commands : kNoCommands)
    text.append(1, '|')
        .append(std::to_string(command.sequence))
        .append(1, ' ')
        .append(microseconds(command.created))
        .append(command.in_flight ? " in flight " : " ")
        .append(command.line);
  if (row.scrollback == nullptr) return text;
  text.append("|scrollback ").append(std::to_string(row.scrollback->epoch));
  text.append(" confirmed to ").append(std::to_string(row.scrollback->confirmed));
  for (const std::uint64_t epoch : row.scrollback->earlier_epochs)
    text.append(" and ").append(std::to_string(epoch));
  for (const session::OutputPiece& piece : row.scrollback->pieces)
    text.append(1, '|')
        .append(std::to_string(piece.offset))
        .append(1, "tpn"[static_cast<std::size_t>(piece.kind)])
        .append(microseconds(piece.created))
        .append(1, ' ')
        .append(piece.text);
  text.append(row.scrollback->complete ? "|complete " : "|and more ")
      .append(std::to_string(row.scrollback->end));
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
