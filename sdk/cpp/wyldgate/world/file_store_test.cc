#include "wyldgate/world/file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "wyldgate/world/test_world.h"

namespace wyldgate::world {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

journal::Turn turn_with(std::uint64_t last_event) {
  journal::Turn turn;
  turn.add_sessions()->set_session_id(session_id('a'));
  turn.mutable_sessions(0)->set_last_event(last_event);
  return turn;
}

class FileStoreTest : public testing::Test {
 protected:
  FileStoreTest() {
    std::string name = "/tmp/wyldgate-store-XXXXXX";
    folder = mkdtemp(name.data());
    path = folder + "/state";
  }
  ~FileStoreTest() override { std::filesystem::remove_all(folder); }

  std::string contents() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(std::string_view bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  // What a new process finds: the numbers of turn_with().
  std::vector<std::uint64_t> load(FileStore& store) {
    std::vector<std::uint64_t> numbers;
    error = store.load([&](journal::Turn&& turn) { numbers.push_back(turn.sessions(0).last_event()); });
    return numbers;
  }
  std::vector<std::uint64_t> load() {
    FileStore store(path);
    return load(store);
  }

  std::string folder;
  std::string path;
  std::optional<std::string> error;
};

TEST_F(FileStoreTest, WhatWasAppendedIsThereInOrder) {
  {
    FileStore store(path);
    EXPECT_THAT(load(store), IsEmpty());
    for (const std::uint64_t number : {1, 2, 3}) EXPECT_EQ(store.append(turn_with(number)), std::nullopt);
  }
  EXPECT_THAT(load(), ElementsAre(1, 2, 3));
  EXPECT_EQ(error, std::nullopt);
}

TEST_F(FileStoreTest, CutAnywhereTheWholeTurnsBeforeAreThereAndWritingGoesOn) {
  std::vector<std::size_t> ends = {kJournalMagic.size()};
  {
    FileStore store(path);
    (void)load(store);
    for (const std::uint64_t number : {1, 2, 3}) {
      ASSERT_EQ(store.append(turn_with(number)), std::nullopt);
      ends.push_back(contents().size());
    }
  }
  const std::string whole = contents();
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    write(std::string_view(whole).substr(0, cut));
    std::size_t expected = 0;
    while (expected + 1 < ends.size() && ends[expected + 1] <= cut) ++expected;
    {
      FileStore store(path);
      EXPECT_EQ(load(store).size(), expected) << "cut at byte " << cut;
      EXPECT_EQ(error, std::nullopt) << "cut at byte " << cut;
      ASSERT_EQ(store.append(turn_with(9)), std::nullopt);
    }
    EXPECT_EQ(load().size(), expected + 1) << "cut at byte " << cut;
  }
}

TEST_F(FileStoreTest, RoomThatWasNeverWrittenIsNoDamage) {
  {
    FileStore store(path);
    (void)load(store);
    ASSERT_EQ(store.append(turn_with(1)), std::nullopt);
  }
  write(contents() + std::string(5000, '\0'));
  EXPECT_THAT(load(), ElementsAre(1));
  EXPECT_EQ(error, std::nullopt);
}

TEST_F(FileStoreTest, DamageInTheMiddleIsSaid) {
  {
    FileStore store(path);
    (void)load(store);
    for (const std::uint64_t number : {1, 2}) ASSERT_EQ(store.append(turn_with(number)), std::nullopt);
  }
  std::string bytes = contents();
  bytes[kJournalMagic.size() + 12] ^= 1;
  write(bytes);
  (void)load();
  EXPECT_EQ(error, path + ": It is damaged in the middle.");
  write("something else altogether");
  (void)load();
  EXPECT_EQ(error, path + ": It is no journal of this version.");
}

TEST_F(FileStoreTest, ARewrittenFileHoldsTheNewTurnsOnly) {
  {
    FileStore store(path, 100);
    (void)load(store);
    std::uint64_t number = 0;
    while (!store.is_long()) ASSERT_EQ(store.append(turn_with(++number)), std::nullopt);
    const std::vector<journal::Turn> turns = {turn_with(50), journal::Turn()};
    ASSERT_EQ(store.rewrite(turns), std::nullopt);
    EXPECT_FALSE(store.is_long());
    ASSERT_EQ(store.append(turn_with(51)), std::nullopt);
  }
  EXPECT_THAT(load(), ElementsAre(50, 51)) << "a turn without content leaves nothing behind";
  EXPECT_EQ(error, std::nullopt);
}

TEST_F(FileStoreTest, ASecondProcessIsRefused) {
  FileStore first(path);
  (void)load(first);
  EXPECT_EQ(error, std::nullopt);
  (void)load();
  EXPECT_EQ(error, path + " is in use by another process.");
}

TEST_F(FileStoreTest, AFolderThatIsNotThereIsSaid) {
  FileStore store(folder + "/no/state");
  (void)load(store);
  EXPECT_EQ(error, folder + "/no/state: cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace wyldgate::world
