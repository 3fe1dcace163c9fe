#include "store/postgres/session_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "store/postgres/sql.h"
#include "store/row_json.h"
#include "store/row_parts.h"

namespace wyld::store::postgres {
namespace {

Result<Parameters> session_columns(const GatewayIdentity& gateway,
                                   const std::vector<session::SessionRow>& rows) {
  static const session::SessionDetails kNothing;
  const std::size_t count = rows.size();
  Array ids(Type::kUuid, count);
  Array protocols(Type::kText, count);
  Array states(Type::kText, count);
  Array addresses(Type::kText, count);
  Array accounts(Type::kText, count);
  Array created(Type::kTimestamptz, count);
  Array last_activity(Type::kTimestamptz, count);
  Array capabilities(Type::kJsonb, count);
  Array metadata(Type::kJsonb, count);
  Array families(Type::kBytea, count);
  Array current(Type::kBytea, count);
  Array previous(Type::kBytea, count);
  Array previous_until(Type::kTimestamptz, count);
  Array codes(Type::kBytea, count);
  for (const session::SessionRow& row : rows) {
    const session::SessionSnapshot& session = row.session;
    const session::SessionDetails& details = row.details != nullptr ? *row.details : kNothing;
    const Result<std::string> capabilities_text = capabilities_json(details.capabilities);
    if (!capabilities_text) return fail(capabilities_text.error());
    const Result<std::string> metadata_text = metadata_json(details.metadata);
    if (!metadata_text) return fail(metadata_text.error());
    ids.add(session.id);
    protocols.add(session::protocol_name(session.protocol));
    states.add(session::state_name(session.state));
    addresses.add(session.address.view());
    accounts.add_or_null(details.account);
    created.add(session.created);
    last_activity.add(session.last_activity);
    capabilities.add_json(*capabilities_text);
    metadata.add_json(*metadata_text);
    families.add_or_null(key_bytes(details.resume.family));
    current.add_or_null(key_bytes(details.resume.current));
    previous.add_or_null(key_bytes(details.resume.previous));
    previous_until.add_or_null(details.resume.previous_until);
    codes.add_or_null(key_bytes(details.resume.code));
  }
  Parameters parameters;
  parameters.add(std::move(ids)).add(gateway.instance).add(std::move(protocols)).add(std::move(states));
  parameters.add(std::move(addresses)).add(std::move(accounts)).add(std::move(created));
  parameters.add(std::move(last_activity)).add(std::move(capabilities)).add(std::move(metadata));
  parameters.add(std::move(families)).add(std::move(current)).add(std::move(previous));
  parameters.add(std::move(previous_until)).add(std::move(codes));
  return parameters;
}

Parameters id_column(const std::vector<SessionId>& ids) {
  Array column(Type::kUuid, ids.size());
  for (const SessionId& id : ids) column.add(id);
  return std::move(Parameters().add(std::move(column)));
}

// Commands of several sessions, one after another.
struct CommandRows {
  std::vector<SessionId> sessions;  // who has them replaced, by none perhaps
  std::vector<std::pair<SessionId, const session::QueuedCommand*>> rows;

  explicit CommandRows(const std::vector<session::SessionRow>& written) {
    for (const session::SessionRow& row : written) {
      if (row.commands == nullptr) continue;
      sessions.push_back(row.session.id);
      for (const session::QueuedCommand& command : *row.commands) rows.emplace_back(row.session.id, &command);
    }
  }

  [[nodiscard]] Parameters columns() const {
    Array ids(Type::kUuid, rows.size());
    Array sequences(Type::kBigint, rows.size());
    Array lines(Type::kText, rows.size());
    Array created(Type::kTimestamptz, rows.size());
    Array in_flight(Type::kBigint, rows.size());
    for (const auto& [id, command] : rows) {
      ids.add(id);
      sequences.add(command->sequence);
      lines.add(command->line);
      created.add(command->created);
      in_flight.add(std::uint64_t{command->in_flight});
    }
    Parameters parameters;
    parameters.add(std::move(ids)).add(std::move(sequences)).add(std::move(lines)).add(std::move(created));
    parameters.add(std::move(in_flight));
    return parameters;
  }
};

struct ScrollbackRows {
  struct Row {
    SessionId id;
    std::uint64_t number;
    ScrollbackLine line;
  };
  std::vector<SessionId> sessions;
  std::vector<Row> rows;

  explicit ScrollbackRows(const std::vector<session::SessionRow>& written) {
    for (const session::SessionRow& row : written) {
      if (row.scrollback == nullptr) continue;
      sessions.push_back(row.session.id);
      std::uint64_t number = 0;
      for (const ScrollbackLine& line : lines_of(*row.scrollback))
        rows.push_back({row.session.id, ++number, line});
    }
  }

  [[nodiscard]] Parameters columns() const {
    Array ids(Type::kUuid, rows.size());
    Array numbers(Type::kBigint, rows.size());
    Array epochs(Type::kBigint, rows.size());
    Array positions(Type::kBigint, rows.size());
    Array kinds(Type::kText, rows.size());
    Array texts(Type::kBytea, rows.size());
    Array created(Type::kTimestamptz, rows.size());
    for (const Row& row : rows) {
      ids.add(row.id);
      numbers.add(row.number);
      epochs.add(row.line.epoch);
      positions.add(row.line.position);
      kinds.add(row.line.kind);
      texts.add(row.line.text);
      created.add(row.line.created);
    }
    Parameters parameters;
    parameters.add(std::move(ids)).add(std::move(numbers)).add(std::move(epochs)).add(std::move(positions));
    parameters.add(std::move(kinds)).add(std::move(texts)).add(std::move(created));
    return parameters;
  }
};

}  // namespace

Result<BatchStatements> BatchStatements::of(const GatewayIdentity& gateway, const Batch& batch) {
  BatchStatements made;
  std::vector<Part>& parts = made.parts_;
  if (!batch.rows.empty()) {
    Result<Parameters> columns = session_columns(gateway, batch.rows);
    if (!columns) return fail(columns.error());
    parts.push_back({kWriteSessions, "write_sessions", std::move(*columns)});
  }
  const CommandRows commands(batch.rows);
  if (!commands.sessions.empty())
    parts.push_back({kClearCommands, "clear_commands", id_column(commands.sessions)});
  if (!commands.rows.empty()) parts.push_back({kWriteCommands, "write_commands", commands.columns()});
  const ScrollbackRows scrollback(batch.rows);
  if (!scrollback.sessions.empty())
    parts.push_back({kClearScrollback, "clear_scrollback", id_column(scrollback.sessions)});
  if (!scrollback.rows.empty()) parts.push_back({kWriteScrollback, "write_scrollback", scrollback.columns()});
  if (!batch.removals.empty()) {
    Parameters removals = id_column(batch.removals);
    removals.add(gateway.instance);
    parts.push_back({kRemoveSessions, "remove_sessions", std::move(removals)});
  }
  return made;
}

void BatchStatements::append_to(std::vector<Statement>& statements) const {
  for (const Part& part : parts_)
    statements.push_back({.sql = part.sql, .parameters = &part.parameters, .name = part.name});
}

std::vector<session::SessionRow> rows_of(const PGresult& sessions, const PGresult& commands,
                                         const PGresult& scrollback, UnreadableRows& unreadable) {
  std::vector<session::SessionRow> rows;
  rows.reserve(static_cast<std::size_t>(PQntuples(&sessions)));
  for (int i = 0; i < PQntuples(&sessions); ++i) {
    const SessionId id = id_at(sessions, i, 0);
    const std::optional<session::Protocol> protocol = parse_protocol(text_at(sessions, i, 1));
    const std::optional<session::State> state = parse_state(text_at(sessions, i, 2));
    Result<session::DetailsPtr> details = parse_details({.account = text_at(sessions, i, 4),
                                                         .capabilities = text_at(sessions, i, 7),
                                                         .metadata = text_at(sessions, i, 8),
                                                         .resume_family = text_at(sessions, i, 9),
                                                         .resume_current = text_at(sessions, i, 10),
                                                         .resume_previous = text_at(sessions, i, 11),
                                                         .resume_previous_until = time_at(sessions, i, 12),
                                                         .resume_code = text_at(sessions, i, 13)});
    if (!protocol || !state || !details) {
      unreadable.add("sessions", id);
      continue;
    }
    rows.push_back({.session = {.id = id,
                                .protocol = *protocol,
                                .state = *state,
                                .address = text_at(sessions, i, 3),
                                .created = time_at(sessions, i, 5),
                                .last_activity = time_at(sessions, i, 6),
                                .handle = {}},
                    .details = std::move(*details)});
  }
  PartsReader parts(rows);
  for (int i = 0; i < PQntuples(&commands); ++i)
    parts.add(id_at(commands, i, 0), {.sequence = static_cast<std::uint64_t>(bigint_at(commands, i, 1)),
                                      .line = std::string(text_at(commands, i, 2)),
                                      .created = time_at(commands, i, 3),
                                      .in_flight = bool_at(commands, i, 4)});
  for (int i = 0; i < PQntuples(&scrollback); ++i) {
    const SessionId id = id_at(scrollback, i, 0);
    if (!parts.add(id, {.epoch = static_cast<std::uint64_t>(bigint_at(scrollback, i, 1)),
                        .kind = text_at(scrollback, i, 3),
                        .position = static_cast<std::uint64_t>(bigint_at(scrollback, i, 2)),
                        .text = text_at(scrollback, i, 4),
                        .created = time_at(scrollback, i, 5)}))
      unreadable.add("session_scrollback", id);
  }
  parts.drop_scrollback(unreadable.sessions());
  return rows;
}

}  // namespace wyld::store::postgres
