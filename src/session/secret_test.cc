#include "session/secret.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace wyld::session {
namespace {

// A place whose bytes can be read when what lived there is gone.
struct Place {
  alignas(Secret) unsigned char bytes[sizeof(Secret)] = {};
  [[nodiscard]] bool holds(std::string_view text) const {
    return std::string_view(reinterpret_cast<const char*>(bytes), sizeof bytes).find(text) !=
           std::string_view::npos;
  }
};

TEST(Secret, LeavesNothingBehindWhenItEnds) {
  Place place;
  auto* const secret = new (place.bytes) Secret("correct horse");
  EXPECT_EQ(secret->view(), "correct horse");
  EXPECT_TRUE(place.holds("correct horse"));
  std::destroy_at(secret);
  EXPECT_FALSE(place.holds("horse"));
}

TEST(Secret, LeavesNothingBehindWhenItMoves) {
  Place from;
  auto* const first = new (from.bytes) Secret("correct horse");
  Secret second(std::move(*first));
  EXPECT_FALSE(from.holds("horse"));
  EXPECT_EQ(second.view(), "correct horse");
  Place to;
  auto* const third = new (to.bytes) Secret("a longer one than what follows");
  *third = std::move(second);
  EXPECT_EQ(third->view(), "correct horse");
  EXPECT_FALSE(to.holds("follows"));
  std::destroy_at(third);
  std::destroy_at(first);
}

TEST(Secret, CutsWhatNoPasswordCanBe) {
  EXPECT_EQ(Secret(std::string(1000, 'x')).view().size(), Secret::kBytesMax);
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, WipesWhatWasTyped) {
  std::string line = "a line that is too long for the string's own place";
  const std::string_view before(line.data(), line.size());
  wipe(line);
  EXPECT_TRUE(line.empty());
  EXPECT_EQ(before.find("long"), std::string_view::npos) << "the block is still the string's";
}

}  // namespace
}  // namespace wyld::session
