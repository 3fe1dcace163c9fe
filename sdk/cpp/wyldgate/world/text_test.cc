#include "wyldgate/world/text.h"

#include <gtest/gtest.h>

namespace wyldgate::world {
namespace {

TEST(Text, GoodTextStaysAsItIs) {
  for (const char* text :
       {"", "plain", "gr\xC3\xBC\xC3\x9F", "\xE6\x97\xA5", "\xF0\x9F\x90\x8D", "\xEF\xBF\xBD"}) {
    EXPECT_EQ(well_formed(text), text);
  }
}

TEST(Text, EveryWrongByteBecomesOneMark) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(well_formed("a\xff"
                        "b"),
            "a" + mark + "b");
  EXPECT_EQ(well_formed("\xC3"), mark);
  EXPECT_EQ(well_formed("\xC0\x80"), mark + mark) << "overlong";
  EXPECT_EQ(well_formed("\xED\xA0\x80"), mark + mark + mark) << "a surrogate";
  EXPECT_EQ(well_formed("\xF4\x90\x80\x80"), mark + mark + mark + mark) << "beyond Unicode";
  EXPECT_EQ(well_formed("\xE6\x97"), mark + mark) << "cut short";
}

TEST(Text, PiecesEndBetweenCharacters) {
  const std::string_view text =
      "a\xE6\x97\xA5"
      "b";
  EXPECT_EQ(first_piece(text, 10), text);
  EXPECT_EQ(first_piece(text, 4), "a\xE6\x97\xA5");
  EXPECT_EQ(first_piece(text, 3), "a");
  EXPECT_EQ(first_piece(text, 1), "a");
}

}  // namespace
}  // namespace wyldgate::world
