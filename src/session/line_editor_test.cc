#include "session/line_editor.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using Outcome = LineEditor::Outcome;

TEST(LineEditor, LinesAreAddedAndSaved) {
  LineEditor editor("A note", "first\nsecond");
  EXPECT_NE(editor.greeting().find("A note"), std::string::npos);
  EXPECT_NE(editor.greeting().find("2: second\n"), std::string::npos);
  EXPECT_EQ(editor.line("third").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.line(".save").outcome, Outcome::kSaved);
  EXPECT_EQ(editor.text(), "first\nsecond\nthird\n");
}

TEST(LineEditor, ADotIsWrittenAsTwo) {
  LineEditor editor("", "");
  EXPECT_EQ(editor.line("..save").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.line("...").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.text(), ".save\n..\n");
}

TEST(LineEditor, ChangesAreNotDroppedUnasked) {
  LineEditor unchanged("", "x\n");
  EXPECT_EQ(unchanged.line(".quit").outcome, Outcome::kCancelled);
  LineEditor editor("", "x\n");
  EXPECT_EQ(editor.line("y").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.line(".quit").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.line("z").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.line(".quit").outcome, Outcome::kGoesOn) << "asked anew";
  EXPECT_EQ(editor.line(".quit").outcome, Outcome::kCancelled);
}

TEST(LineEditor, RemovesLines) {
  LineEditor editor("", "a\nb\nc\n");
  EXPECT_EQ(editor.line(".delete 2").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.text(), "a\nc\n");
  for (const char* wrong :
       {".delete", ".delete 0", ".delete 3", ".delete x", ".delete 1x", ".delete 99999999999999999999"})
    EXPECT_FALSE(editor.line(wrong).say.empty()) << wrong;
  EXPECT_EQ(editor.text(), "a\nc\n");
  EXPECT_EQ(editor.line(".clear").outcome, Outcome::kGoesOn);
  EXPECT_EQ(editor.text(), "");
  EXPECT_FALSE(editor.line(".what").say.empty());
}

TEST(LineEditor, IsBounded) {
  LineEditor editor("", "");
  const std::string line(1023, 'x');
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(editor.line(line).say.empty());
  EXPECT_FALSE(editor.line("one more").say.empty());
  EXPECT_EQ(editor.text().size(), LineEditor::kBytesMax);
}

}  // namespace
}  // namespace wyld::session
