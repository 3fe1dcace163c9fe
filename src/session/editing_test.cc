#include "session/editing.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::session {
namespace {

TEST(Editing, AClientWithAnEditorAnswersByTheWorldsNumber) {
  Editing editing(7, "A note", "one\n");
  editing.client_edits();
  EXPECT_FALSE(editing.by_lines());
  EXPECT_EQ(editing.text(), "one\n");
  EXPECT_TRUE(editing.is_answered_by(7));
  EXPECT_FALSE(editing.is_answered_by(6)) << "an edit before this one";
}

TEST(Editing, WhoeverEditsByLinesIsNotAnsweredForByAClient) {
  Editing editing(7, "A note", "one\n");
  EXPECT_NE(editing.edit_by_lines().find("A note"), std::string::npos);
  EXPECT_TRUE(editing.by_lines());
  EXPECT_FALSE(editing.is_answered_by(7));
}

TEST(Editing, WhatWasTypedByLinesSurvivesAChangeOfClients) {
  Editing editing(7, "A note", "one\n");
  (void)editing.edit_by_lines();
  EXPECT_EQ(editing.line("two").outcome, LineEditor::Outcome::kGoesOn);
  EXPECT_EQ(editing.text(), "one\ntwo\n");
  EXPECT_NE(editing.edit_by_lines().find("two"), std::string::npos) << "the next client has no editor either";
  EXPECT_EQ(editing.text(), "one\ntwo\n");
  editing.client_edits();
  EXPECT_NE(editing.edit_by_lines().find("two"), std::string::npos) << "and back from one that has";
}

TEST(Editing, TheBoundIsKeptOnBothSides) {
  EXPECT_TRUE(Editing::accepts(std::string(LineEditor::kBytesMax, 'x')));
  EXPECT_FALSE(Editing::accepts(std::string(LineEditor::kBytesMax + 1, 'x')));
}

}  // namespace
}  // namespace wyld::session
