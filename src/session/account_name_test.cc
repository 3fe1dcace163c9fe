#include "session/account_name.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

TEST(AccountName, OfTwoToSixteenLettersIsFine) {
  for (const std::string_view name : {"Al", "alice", "O'Brien", "Jean-Luc", "Abcdefghijklmnop", "d'A-b"}) {
    EXPECT_EQ(name_problem(name), "") << name;
  }
}

TEST(AccountName, OutsideTheRulesIsRefusedWithASentence) {
  for (const std::string_view name :
       {"", "A", "Abcdefghijklmnopq", "two words", "x1", "'Al", "Al'", "-Al", "Al-", "A''l", "A'-l",
        "J\xC3\xA9", "look", "QUIT", "New", "Someone", "no-one", "a\x1b[m", "me"}) {
    EXPECT_TRUE(name_problem(name).ends_with('.')) << name;
  }
}

TEST(AccountName, ComparesWithoutCase) {
  EXPECT_TRUE(same_name("alice", "ALICE"));
  EXPECT_FALSE(same_name("alice", "alicia"));
  EXPECT_FALSE(same_name("alice", "alic"));
  EXPECT_EQ(name_key("O'Brien-Z"), "o'brien-z");
}

TEST(AccountPassword, HasBoundsAndIsNotTheName) {
  EXPECT_NE(password_problem(std::string(kPasswordBytesMin - 1, 'x'), "Alice"), "");
  EXPECT_EQ(password_problem(std::string(kPasswordBytesMin, 'x'), "Alice"), "");
  EXPECT_EQ(password_problem(std::string(kPasswordBytesMax, 'x'), "Alice"), "");
  EXPECT_NE(password_problem(std::string(kPasswordBytesMax + 1, 'x'), "Alice"), "");
  EXPECT_NE(password_problem("hildegard", "Hildegard"), "");
  EXPECT_EQ(password_problem("hildegard1", "Hildegard"), "");
}

TEST(AccountEmail, IsCheckedLightly) {
  for (const std::string_view email : {"a@b", "ada.l+mud@example.org", "\"a@b\"@c", "j\xC3\xA9@x.y"}) {
    EXPECT_EQ(email_problem(email), "") << email;
  }
  for (const std::string_view email : {"ada", "@b", "a@", "a b@c", "a@b\n", "a@\x7f"}) {
    EXPECT_NE(email_problem(email), "") << email;
  }
  EXPECT_EQ(email_problem(std::string(kEmailBytesMax - 2, 'a') + "@b"), "");
  EXPECT_NE(email_problem(std::string(kEmailBytesMax - 1, 'a') + "@b"), "");
}

}  // namespace
}  // namespace wyld::session
