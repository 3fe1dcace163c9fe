#include "store/sqlite/session_rows.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/row_json.h"
#include "store/row_parts.h"
#include "store/unreadable_rows.h"

namespace wyld::store::sqlite {
namespace {

Trouble trouble(const Connection& connection, Fault fault, std::string_view words) {
  return {fault, connection.path() + ": " + std::string(words)};
}

// Calls `take` with the query for each row that `sql` finds of `gateway`; false: it cannot be read.
template <typename Take>
Outcome<void> for_each(Connection& connection, Sql sql, std::string_view table,
                       const GatewayIdentity& gateway, UnreadableRows& unreadable, Take&& take) {
  Outcome<Query> query = connection.query(sql);
  if (!query) return std::unexpected(query.error());
  query->bind(gateway.instance);
  while (true) {
    const Outcome<bool> more = query->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const std::optional<SessionId> id = query->id(0);
    if (!id || !take(*id, *query)) unreadable.add(table, id);
  }
}

bool take_session(const SessionId& id, const Query& query, std::vector<session::SessionRow>& rows) {
  const std::optional<session::Protocol> protocol = parse_protocol(query.text(1));
  const std::optional<session::State> state = parse_state(query.text(2));
  Result<session::DetailsPtr> details = parse_details({.account = query.text(4),
                                                       .capabilities = query.text(7),
                                                       .metadata = query.text(8),
                                                       .resume_family = query.text(9),
                                                       .resume_current = query.text(10),
                                                       .resume_previous = query.text(11),
                                                       .resume_previous_until = query.time(12),
                                                       .resume_code = query.text(13)});
  if (!protocol || !state || !details) return false;
  rows.push_back({.session = {.id = id,
                              .protocol = *protocol,
                              .state = *state,
                              .address = query.text(3),
                              .created = query.time(5),
                              .last_activity = query.time(6),
                              .handle = {}},
                  .details = std::move(*details)});
  return true;
}

Outcome<void> write_session(Query& query, const Connection& connection, const GatewayIdentity& gateway,
                            const session::SessionRow& row) {
  static const session::SessionDetails kNothing;
  const session::SessionDetails& details = row.details != nullptr ? *row.details : kNothing;
  const Result<std::string> capabilities = capabilities_json(details.capabilities);
  const Result<std::string> metadata = metadata_json(details.metadata);
  if (!capabilities || !metadata)
    return std::unexpected(
        trouble(connection, Fault::kRejected, (capabilities ? metadata : capabilities).error().what));
  const session::SessionSnapshot& session = row.session;
  const session::ResumeKeys& keys = details.resume;
  return query.bind(session.id)
      .bind(gateway.instance)
      .bind(session::protocol_name(session.protocol))
      .bind(session::state_name(session.state))
      .bind(session.address.view())
      .bind_text_or_null(details.account)
      .bind(session.created)
      .bind(session.last_activity)
      .bind(*capabilities)
      .bind(*metadata)
      .bind_bytes_or_null(key_bytes(keys.family))
      .bind_bytes_or_null(key_bytes(keys.current))
      .bind_bytes_or_null(key_bytes(keys.previous))
      .bind_time_or_null(keys.previous_until)
      .bind_bytes_or_null(key_bytes(keys.code))
      .run();
}

Outcome<void> clear(Connection& connection, Sql sql, const SessionId& id) {
  Outcome<Query> query = connection.query(sql);
  if (!query) return std::unexpected(query.error());
  return query->bind(id).run();
}

Outcome<void> write_commands(Connection& connection, const SessionId& id,
                             const std::vector<session::QueuedCommand>& commands) {
  if (Outcome<void> cleared = clear(connection, Sql::kClearCommands, id); !cleared) return cleared;
  Outcome<Query> query = connection.query(Sql::kWriteCommand);
  if (!query) return std::unexpected(query.error());
  for (const session::QueuedCommand& command : commands) {
    query->bind(id).bind(static_cast<std::int64_t>(command.sequence)).bind(command.line);
    query->bind(command.created).bind(std::int64_t{command.in_flight});
    if (Outcome<void> written = query->run(); !written) return written;
  }
  return {};
}

Outcome<void> write_scrollback(Connection& connection, const SessionId& id,
                               const session::Scrollback& scrollback) {
  if (Outcome<void> cleared = clear(connection, Sql::kClearScrollback, id); !cleared) return cleared;
  Outcome<Query> query = connection.query(Sql::kWriteScrollback);
  if (!query) return std::unexpected(query.error());
  std::int64_t number = 0;
  for (const ScrollbackLine& line : lines_of(scrollback)) {
    query->bind(id).bind(++number).bind(static_cast<std::int64_t>(line.epoch));
    query->bind(static_cast<std::int64_t>(line.position)).bind(line.kind).bind_bytes(line.text);
    if (Outcome<void> written = query->bind(line.created).run(); !written) return written;
  }
  return {};
}

}  // namespace

Outcome<void> write_batch(Connection& connection, const GatewayIdentity& gateway, const Batch& batch) {
  Outcome<Query> writing = connection.query(Sql::kWriteSession);
  if (!writing) return std::unexpected(writing.error());
  for (const session::SessionRow& row : batch.rows) {
    const SessionId& id = row.session.id;
    Outcome<void> written = write_session(*writing, connection, gateway, row);
    if (written && row.commands != nullptr) written = write_commands(connection, id, *row.commands);
    if (written && row.scrollback != nullptr) written = write_scrollback(connection, id, *row.scrollback);
    if (!written) return written;
  }
  Outcome<Query> removing = connection.query(Sql::kRemoveSession);
  if (!removing) return std::unexpected(removing.error());
  for (const SessionId& id : batch.removals)
    if (Outcome<void> removed = removing->bind(id).bind(gateway.instance).run(); !removed) return removed;
  return {};
}

Outcome<std::vector<session::SessionRow>> read_rows(Connection& connection, const GatewayIdentity& gateway) {
  std::vector<session::SessionRow> rows;
  UnreadableRows unreadable(connection.path());
  Outcome<void> read =
      for_each(connection, Sql::kLoadSessions, "sessions", gateway, unreadable,
               [&](const SessionId& id, const Query& query) { return take_session(id, query, rows); });
  PartsReader parts(rows);
  const auto take_command = [&](const SessionId& id, const Query& query) {
    parts.add(id, {.sequence = static_cast<std::uint64_t>(query.integer(1)),
                   .line = std::string(query.text(2)),
                   .created = query.time(3),
                   .in_flight = query.integer(4) != 0});
    return true;
  };
  const auto take_line = [&](const SessionId& id, const Query& query) {
    return parts.add(id, {.epoch = static_cast<std::uint64_t>(query.integer(1)),
                          .kind = query.text(3),
                          .position = static_cast<std::uint64_t>(query.integer(2)),
                          .text = query.text(4),
                          .created = query.time(5)});
  };
  if (read)
    read = for_each(connection, Sql::kLoadCommands, "session_commands", gateway, unreadable, take_command);
  if (read)
    read = for_each(connection, Sql::kLoadScrollback, "session_scrollback", gateway, unreadable, take_line);
  if (!read) return std::unexpected(std::move(read.error()));
  parts.drop_scrollback(unreadable.sessions());
  unreadable.report();
  return rows;
}

}  // namespace wyld::store::sqlite
