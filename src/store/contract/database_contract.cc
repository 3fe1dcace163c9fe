#include "store/contract/database_contract.h"

#include <algorithm>
#include <array>
#include <thread>

#include "store/migrations.h"

namespace wyld::store::contract {
namespace {

using session::State;

// What went wrong, for messages.
template <typename T>
std::string trouble(const Outcome<T>& outcome) {
  return outcome ? "" : outcome.error().message;
}

std::vector<std::string> all_migrations() {
  std::vector<std::string> names;
  names.reserve(kMigrationNames.size());
  for (std::size_t i = 0; i < kMigrationNames.size(); ++i)
    names.push_back(std::to_string(i + 1) + ' ' + std::string(kMigrationNames[i]));
  return names;
}

}  // namespace

std::unique_ptr<Database> DatabaseContract::open(bool migrated) {
  std::unique_ptr<Database> database = place_->make();
  const Outcome<void> connected = database->connect();
  EXPECT_TRUE(connected) << trouble(connected);
  if (migrated) {
    const auto applied = database->migrate();
    EXPECT_TRUE(applied) << trouble(applied);
  }
  return database;
}

GatewayIdentity DatabaseContract::claim(Database& database, std::string_view name, std::string_view held) {
  const Outcome<GatewayIdentity> claimed = database.claim(name, held);
  EXPECT_TRUE(claimed) << trouble(claimed);
  return claimed.value_or(GatewayIdentity{});
}

std::vector<std::string> DatabaseContract::stored(Database& database, const GatewayIdentity& gateway) {
  const Outcome<Rows> rows = database.load(gateway);
  EXPECT_TRUE(rows) << trouble(rows);
  return described(rows.value_or(Rows{}));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DatabaseContract);

TEST_P(DatabaseContract, BeforeConnectingEverythingIsUnreachable) {
  const std::unique_ptr<Database> database = place_->make();
  EXPECT_EQ(database->ping().error().fault, Fault::kUnreachable);
  EXPECT_EQ(database->schema().error().fault, Fault::kUnreachable);
  EXPECT_EQ(database->commit({"host", "host"}, {}).error().fault, Fault::kUnreachable);
  EXPECT_EQ(database->find_elsewhere({"host", "host"}, {}, at_second(0)).error().fault, Fault::kUnreachable);
  database->disconnect();
  EXPECT_TRUE(database->connect());
  EXPECT_TRUE(database->connect());
  EXPECT_TRUE(database->ping());
  database->disconnect();
  EXPECT_EQ(database->ping().error().fault, Fault::kUnreachable);
}

TEST_P(DatabaseContract, MigrationsAreAppliedOnceAndKept) {
  std::unique_ptr<Database> database = open(false);
  SchemaState state = database->schema().value();
  EXPECT_EQ(state.stored, 0U);
  EXPECT_EQ(state.wanted, kMigrationNames.size());
  EXPECT_EQ(state.pending, all_migrations());
  EXPECT_EQ(database->migrate().value(), all_migrations());
  EXPECT_EQ(database->migrate().value(), std::vector<std::string>{});
  database = open(false);
  state = database->schema().value();
  EXPECT_EQ(state.stored, state.wanted);
  EXPECT_TRUE(state.pending.empty());
}

TEST_P(DatabaseContract, GatewaysThatStartAtOnceMigrateOnce) {
  std::array<std::vector<std::string>, 4> applied;
  {
    std::vector<std::jthread> threads;
    threads.reserve(applied.size());
    for (std::vector<std::string>& mine : applied)
      threads.emplace_back([&] {
        const std::unique_ptr<Database> database = open(false);
        auto done = database->migrate();
        EXPECT_TRUE(done) << trouble(done);
        if (done) mine = std::move(*done);
      });
  }
  std::vector<std::string> together;
  for (const std::vector<std::string>& mine : applied)
    together.insert(together.end(), mine.begin(), mine.end());
  std::ranges::sort(together);
  EXPECT_EQ(together, all_migrations());
}

TEST_P(DatabaseContract, EachGatewayGetsAnInstanceOfItsOwn) {
  const auto one = open();
  const auto two = open();
  const auto three = open();
  EXPECT_EQ(claim(*one, "host").instance, "host");
  EXPECT_EQ(claim(*two, "host").instance, "host-2");
  EXPECT_EQ(claim(*three, "other").instance, "other");
  EXPECT_EQ(claim(*three, "other").name, "other");
  one->disconnect();
  ASSERT_TRUE(one->connect());
  EXPECT_EQ(claim(*one, "host").instance, "host");
}

TEST_P(DatabaseContract, AnInstanceIsHeldAsLongAsItsConnection) {
  const auto one = open();
  const auto two = open();
  const auto three = open();
  claim(*one, "host");
  claim(*two, "host");
  two->disconnect();
  ASSERT_TRUE(two->connect());
  EXPECT_EQ(claim(*two, "host", "host-2").instance, "host-2");
  const auto taken = three->claim("host", "host-2");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().fault, Fault::kUnreachable);
  two->disconnect();
  ASSERT_TRUE(three->connect());
  EXPECT_EQ(claim(*three, "host", "host-2").instance, "host-2");
}

TEST_P(DatabaseContract, NamesThatLookLikeInstancesDoNotCollide) {
  const auto one = open();
  const auto two = open();
  const auto three = open();
  claim(*one, "host");
  EXPECT_EQ(claim(*two, "host").instance, "host-2");
  EXPECT_EQ(claim(*three, "host-2").instance, "host-2-2");
}

TEST_P(DatabaseContract, ACommitWritesReplacesAndRemoves) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  EXPECT_TRUE(database->commit(gateway, {}));
  EXPECT_TRUE(database->commit(gateway, {.rows = difficult_rows(), .removals = {}}));
  EXPECT_EQ(stored(*database, gateway), described(difficult_rows()));
  session::SessionRow changed = session_row(0, State::kEditing);
  changed.details = details("Ada", {{"a", "b"}});
  const Batch batch{.rows = {changed, session_row(100)}, .removals = {session_id(1), session_id(999)}};
  Rows expected = difficult_rows();
  expected[0] = changed;
  expected[1] = session_row(100);
  // An answer that was lost is no reason to fear the repetition.
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(database->commit(gateway, batch));
    EXPECT_EQ(stored(*database, gateway), described(expected));
  }
  EXPECT_EQ(stored(*open(), gateway), described(expected));
}

TEST_P(DatabaseContract, ABatchWithARowThatIsRefusedLeavesNothing) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  Batch batch{.rows = {session_row(1), session_row(2), session_row(3)}, .removals = {}};
  batch.rows[1].details = details("", {{"note", "\xff"}});
  const Outcome<void> refused = database->commit(gateway, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kRejected) << refused.error().message;
  EXPECT_TRUE(stored(*database, gateway).empty());
  batch.rows[1].details = nullptr;
  EXPECT_TRUE(database->commit(gateway, batch));
  EXPECT_EQ(stored(*database, gateway), described(batch.rows));
}

TEST_P(DatabaseContract, ABatchThatIsRefusedLeavesCommandsAndScrollbackAlone) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  const Rows before{with_parts(session_row(1), commands({"a", "b"}), scrollback({"one"})),
                    with_parts(session_row(2), commands({"c"}), scrollback({"two"}))};
  EXPECT_TRUE(database->commit(gateway, {.rows = before, .removals = {}}));
  const Batch batch{.rows = {with_parts(session_row(1), commands({"d"}), scrollback({}, false)),
                             with_parts(session_row(3), commands({"e", "\xff"}), scrollback({"three"}))},
                    .removals = {session_id(2)}};
  const Outcome<void> refused = database->commit(gateway, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kRejected) << refused.error().message;
  EXPECT_EQ(stored(*database, gateway), described(before));
}

TEST_P(DatabaseContract, TwoCommandsOfOneSequenceAreRefused) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  auto twice = std::make_shared<std::vector<session::QueuedCommand>>(*commands({"a", "b"}));
  twice->back().sequence = twice->front().sequence;
  const Outcome<void> refused =
      database->commit(gateway, {.rows = {with_parts(session_row(1), twice, nullptr)}, .removals = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kRejected) << refused.error().message;
  EXPECT_TRUE(stored(*database, gateway).empty());
}

TEST_P(DatabaseContract, CommandsAndScrollbackFollowTheirSessionToAnotherGateway) {
  const auto one = open();
  const auto two = open();
  const GatewayIdentity first = claim(*one, "host");
  const GatewayIdentity second = claim(*two, "host");
  const Rows rows{with_parts(session_row(1), commands({"a"}), scrollback({"one"})),
                  with_parts(session_row(2), commands({"b"}), scrollback({"two"}))};
  EXPECT_TRUE(one->commit(first, {.rows = rows, .removals = {}}));
  EXPECT_TRUE(two->commit(second, {.rows = {session_row(2)}, .removals = {}}));
  EXPECT_EQ(stored(*one, first), described({rows[0]}));
  EXPECT_EQ(stored(*one, second), described({rows[1]}));
}

TEST_P(DatabaseContract, AdoptingBringsBackCommandsAndScrollback) {
  auto database = open();
  GatewayIdentity gateway = claim(*database, "host");
  Rows rows{with_parts(session_row(1, State::kDisconnected), difficult_commands(), difficult_scrollback()),
            with_parts(session_row(2), commands({"b"}), nullptr),
            with_parts(session_row(3, State::kClosed), commands({"c"}), scrollback({"three"}))};
  EXPECT_TRUE(database->commit(gateway, {.rows = rows, .removals = {}}));
  database = open();
  gateway = claim(*database, "host");
  const Outcome<Rows> adopted = database->adopt(gateway, at_second(1'000));
  ASSERT_TRUE(adopted) << trouble(adopted);
  rows.pop_back();
  rows[1].session.state = State::kDisconnected;
  rows[1].session.last_activity = at_second(1'000);
  EXPECT_EQ(described(*adopted), described(rows));
  EXPECT_EQ(stored(*database, gateway), described(rows));
}

TEST_P(DatabaseContract, ScrollbackOfThousandsOfSessionsFitsInOneCommit) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  Batch batch;
  for (std::uint64_t number = 0; number < 2'000; ++number)
    batch.rows.push_back(with_parts(session_row(number), commands({"look", "north"}),
                                    scrollback(std::vector<std::string>(10, std::string(300, 'x')))));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(database->commit(gateway, batch));
    EXPECT_EQ(stored(*database, gateway), described(batch.rows));
  }
}

TEST_P(DatabaseContract, ThousandsOfRowsFitInOneCommit) {
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  Batch batch;
  for (std::uint64_t number = 0; number < 5'000; ++number) batch.rows.push_back(session_row(number));
  EXPECT_TRUE(database->commit(gateway, batch));
  EXPECT_EQ(stored(*database, gateway), described(batch.rows));
  for (const session::SessionRow& row : batch.rows) batch.removals.push_back(row.session.id);
  batch.rows.clear();
  EXPECT_TRUE(database->commit(gateway, batch));
  EXPECT_TRUE(stored(*database, gateway).empty());
}

TEST_P(DatabaseContract, ASessionBelongsToTheGatewayThatWroteItLast) {
  const auto one = open();
  const auto two = open();
  const GatewayIdentity first = claim(*one, "host");
  const GatewayIdentity second = claim(*two, "host");
  EXPECT_TRUE(one->commit(first, {.rows = {session_row(1), session_row(2)}, .removals = {}}));
  EXPECT_TRUE(two->commit(second, {.rows = {session_row(2, State::kEditing)}, .removals = {session_id(1)}}));
  EXPECT_EQ(stored(*one, first), described({session_row(1)}));
  EXPECT_EQ(stored(*one, second), described({session_row(2, State::kEditing)}));
  // A late removal by the former holder does no harm.
  EXPECT_TRUE(one->commit(first, {.rows = {}, .removals = {session_id(2)}}));
  EXPECT_EQ(stored(*one, second), described({session_row(2, State::kEditing)}));
}

TEST_P(DatabaseContract, SeveralConnectionsMayWriteAtOnce) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kCommits = 50;
  const auto database = open();
  const GatewayIdentity gateway = claim(*database, "host");
  Rows expected;
  for (std::uint64_t number = 0; number < kThreads * kCommits; ++number)
    expected.push_back(session_row(number));
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (std::uint64_t thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        const auto mine = open();
        for (std::uint64_t i = 0; i < kCommits; ++i) {
          const auto done =
              mine->commit(gateway, {.rows = {session_row(i * kThreads + thread)}, .removals = {}});
          EXPECT_TRUE(done) << trouble(done);
        }
      });
  }
  EXPECT_EQ(stored(*database, gateway), described(expected));
}

TEST_P(DatabaseContract, AdoptingHoldsWhatAFormerProcessLeft) {
  auto database = open();
  GatewayIdentity gateway = claim(*database, "host");
  Rows rows;
  for (std::size_t state = 0; state < session::kStateCount; ++state)
    rows.push_back(session_row(state, static_cast<State>(state)));
  EXPECT_TRUE(database->commit(gateway, {.rows = rows, .removals = {}}));
  const auto other = open();
  const GatewayIdentity others = claim(*other, "host");
  EXPECT_TRUE(
      other->commit(others, {.rows = {session_row(50), session_row(51, State::kClosed)}, .removals = {}}));

  database = open();
  gateway = claim(*database, "host");
  EXPECT_EQ(gateway.instance, "host");
  const Outcome<Rows> adopted = database->adopt(gateway, at_second(1'000, 7));
  ASSERT_TRUE(adopted) << trouble(adopted);
  Rows expected;
  for (session::SessionRow row : rows) {
    if (row.session.state == State::kClosed) continue;
    if (session::is_live(row.session.state)) row.session.last_activity = at_second(1'000, 7);
    row.session.state = State::kDisconnected;
    expected.push_back(row);
  }
  EXPECT_EQ(described(*adopted), described(expected));
  EXPECT_EQ(stored(*database, gateway), described(expected));
  EXPECT_EQ(stored(*database, others), described({session_row(50), session_row(51, State::kClosed)}));
  EXPECT_EQ(described(database->adopt(gateway, at_second(2'000)).value()), described(expected));
}

// Two processes that overlapped at a restart were two instances of one name.
TEST_P(DatabaseContract, AdoptingTakesWhatInstancesOfTheNameLeftThatNoProcessHolds) {
  auto one = open();
  auto two = open();
  auto three = open();
  auto other = open();
  GatewayIdentity first = claim(*one, "host");
  const GatewayIdentity second = claim(*two, "host");
  const GatewayIdentity third = claim(*three, "host");
  const GatewayIdentity others = claim(*other, "host-4");
  EXPECT_EQ(third.instance, "host-3");
  EXPECT_TRUE(one->commit(first, {.rows = {session_row(1, State::kDisconnected)}, .removals = {}}));
  EXPECT_TRUE(
      two->commit(second, {.rows = {session_row(2), session_row(3, State::kClosed)}, .removals = {}}));
  EXPECT_TRUE(three->commit(third, {.rows = {session_row(4, State::kDisconnected)}, .removals = {}}));
  EXPECT_TRUE(other->commit(others, {.rows = {session_row(5, State::kDisconnected)}, .removals = {}}));
  one->disconnect();
  two->disconnect();
  other->disconnect();

  ASSERT_TRUE(one->connect());
  first = claim(*one, "host");
  EXPECT_EQ(first.instance, "host");
  const Outcome<Rows> adopted = one->adopt(first, at_second(1'000));
  ASSERT_TRUE(adopted) << trouble(adopted);
  session::SessionRow was_live = session_row(2, State::kDisconnected);
  was_live.session.last_activity = at_second(1'000);
  EXPECT_EQ(described(*adopted), described({session_row(1, State::kDisconnected), was_live}));
  EXPECT_EQ(stored(*one, second), described({}));
  EXPECT_EQ(stored(*one, third), described({session_row(4, State::kDisconnected)})) << "is held";
  EXPECT_EQ(stored(*one, others), described({session_row(5, State::kDisconnected)})) << "another name";
  // Nothing is left locked.
  ASSERT_TRUE(two->connect());
  EXPECT_EQ(claim(*two, "host").instance, "host-2");
}

TEST_P(DatabaseContract, FindsSessionsThatOtherGatewaysHoldByTheFamilyOfTheirTokens) {
  using Families = std::vector<session::ResumeFamily>;
  auto one = open();
  const GatewayIdentity mine = claim(*one, "host");
  const auto session = [](std::uint64_t number, State state) {
    return with_keys(session_row(number, state), keys(static_cast<std::uint8_t>(number)));
  };
  const auto family = [](std::uint8_t number) { return keys(number).family; };
  const auto find = [&](Database& database, const GatewayIdentity& gateway, const Families& wanted) {
    Outcome<Families> found = database.find_elsewhere(gateway, wanted, at_second(100));
    EXPECT_TRUE(found) << trouble(found);
    std::ranges::sort(*found);
    return found.value_or(Families{});
  };
  const auto sorted = [](Families families) {
    std::ranges::sort(families);
    return families;
  };
  const Families all{family(1), family(2), family(103), family(104), family(5), family(6)};
  EXPECT_TRUE(one->commit(mine, {.rows = {session(1, State::kPlaying)}, .removals = {}}));
  EXPECT_EQ(find(*one, mine, all), Families{}) << "nobody else has ever been here";

  auto two = open();
  const GatewayIdentity theirs = claim(*two, "other");
  EXPECT_TRUE(two->commit(theirs, {.rows = {session(2, State::kPlaying),  // however long it has said nothing
                                            session(103, State::kDisconnected), session(104, State::kEditing),
                                            session(5, State::kDisconnected),  // held for too long
                                            session(6, State::kClosed), session_row(107)},
                                   .removals = {}}));
  EXPECT_EQ(find(*one, mine, all), sorted({family(2), family(103), family(104)}));
  EXPECT_EQ(find(*one, mine, {family(104), family(99), {}}), Families{family(104)});
  EXPECT_EQ(find(*two, theirs, all), Families{family(1)});
  two->disconnect();
  EXPECT_EQ(find(*one, mine, all), sorted({family(2), family(103), family(104)}))
      << "its next process will have them";
}

TEST_P(DatabaseContract, AnAccountIsAddedOnceAndItsAdditionMayBeRepeated) {
  const auto database = open();
  const session::Account ada = account("Ada", "hash with its own salt");
  EXPECT_EQ(database->add_account(ada).value(), true);
  EXPECT_EQ(database->add_account(ada).value(), true);
  EXPECT_EQ(database->add_account(account("ADA", "another hash")).value(), false);
  EXPECT_EQ(open()->find_account("ada").value(), ada);
  EXPECT_EQ(database->set_password_hash("aDa", "new").value(), true);
  EXPECT_EQ(database->set_password_hash("grace", "new").value(), false);
  EXPECT_EQ(database->find_account("Ada").value()->password_hash, "new");
  EXPECT_EQ(database->find_account("grace").value(), std::nullopt);
}

TEST_P(DatabaseContract, FailuresOfAllConnectionsAreCountedTogether) {
  const auto one = open();
  const auto two = open();
  EXPECT_EQ(one->add_failure("k", at_second(1), at_second(0)).value().count, 1U);
  EXPECT_EQ(two->add_failure("k", at_second(2, 5), at_second(0)).value().count, 2U);
  EXPECT_EQ(one->failures("k").value(), (session::LoginFailures{2, at_second(2, 5)}));
  EXPECT_TRUE(two->clear_failures("k"));
  EXPECT_EQ(one->failures("k").value(), session::LoginFailures{});
}

}  // namespace wyld::store::contract
