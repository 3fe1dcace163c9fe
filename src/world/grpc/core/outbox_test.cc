#include "world/grpc/core/outbox.h"

#include <gtest/gtest.h>

namespace wyld::grpc_world {
namespace {

void put(Outbox& outbox, std::string_view frame, std::uint64_t line = 0, bool secret = false) {
  outbox.begin().append(frame);
  outbox.end(line, secret);
}

// What is sent now: "1:a 2:b".
std::string send(Outbox& outbox) {
  std::string sent;
  while (outbox.something_to_send()) {
    const Outbox::Next next = outbox.send_next();
    if (!sent.empty()) sent += ' ';
    sent += std::to_string(next.number) + ":" + std::string(next.frame);
  }
  return sent;
}

TEST(Outbox, FramesAreNumberedWhenTheyAreSentAndKeepTheirNumbers) {
  Outbox outbox;
  put(outbox, "a", 1);
  put(outbox, "bb", 2);
  EXPECT_EQ(send(outbox), "1:a 2:bb");
  put(outbox, "c");
  EXPECT_EQ(send(outbox), "3:c");
  EXPECT_EQ(outbox.resume_behind(0), 0U);
  EXPECT_EQ(send(outbox), "1:a 2:bb 3:c");
  EXPECT_EQ(outbox.resume_behind(1), 1U);
  EXPECT_EQ(send(outbox), "2:bb 3:c");
  EXPECT_EQ(outbox.acknowledged(3), 2U);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0U);
  put(outbox, "d");
  EXPECT_EQ(send(outbox), "4:d");
}

TEST(Outbox, WhatWasNotSentCannotBeAcknowledged) {
  Outbox outbox;
  put(outbox, "a", 1);
  EXPECT_EQ(send(outbox), "1:a");
  put(outbox, "b", 2);
  EXPECT_EQ(outbox.acknowledged(~0ULL), 1U);
  EXPECT_EQ(outbox.count(), 1U);
  EXPECT_EQ(send(outbox), "2:b");
  EXPECT_EQ(outbox.acknowledged(1), 0U) << "again";
}

TEST(Outbox, AFormerProcessesNumbersAreGoneOnFrom) {
  Outbox outbox;
  put(outbox, "a");
  EXPECT_EQ(outbox.resume_behind(57), 0U);
  EXPECT_EQ(send(outbox), "58:a");
}

TEST(Outbox, AWorldThatClaimsMoreThanWasSentHasWhatWasSent) {
  Outbox outbox;
  put(outbox, "a", 1);
  put(outbox, "b", 2);
  EXPECT_EQ(outbox.send_next().number, 1U);
  EXPECT_EQ(outbox.resume_behind(40), 1U);
  EXPECT_EQ(send(outbox), "41:b");
}

TEST(Outbox, AWorldThatRemembersLessGetsTheRest) {
  Outbox outbox;
  for (const char* frame : {"a", "b", "c"}) put(outbox, frame);
  send(outbox);
  EXPECT_EQ(outbox.acknowledged(2), 0U);
  EXPECT_EQ(outbox.resume_behind(1), 0U);
  EXPECT_EQ(send(outbox), "3:c") << "2 was acknowledged, and is gone";
}

TEST(Outbox, SecretsCanBeTakenBack) {
  Outbox outbox;
  put(outbox, "name", 1);
  put(outbox, "swordfish", 2, true);
  put(outbox, "look", 3);
  put(outbox, "pike", 4, true);
  EXPECT_EQ(outbox.send_next().number, 1U);
  EXPECT_EQ(outbox.send_next().number, 2U);
  outbox.resume_behind(0);
  EXPECT_EQ(outbox.drop_secrets(), 2U);
  EXPECT_EQ(outbox.count(), 2U);
  EXPECT_EQ(outbox.bytes(), 8U);
  EXPECT_EQ(send(outbox), "1:name 2:look");
  EXPECT_EQ(outbox.drop_secrets(), 0U);
}

TEST(Outbox, ALongConversationKeepsWhatIsOpenOnly) {
  Outbox outbox;
  std::uint64_t line = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 3; ++i) {
      ++line;
      put(outbox, "frame " + std::to_string(line), line);
    }
    while (outbox.something_to_send()) {
      const Outbox::Next next = outbox.send_next();
      ASSERT_EQ(next.frame, "frame " + std::to_string(next.number));
    }
    if (line > 50) outbox.acknowledged(line - 50);
    ASSERT_LE(outbox.count(), 53U);
    if (round % 100 == 0) outbox.resume_behind(line > 60 ? line - 40 : 0);
  }
  EXPECT_EQ(outbox.acknowledged(line), line);
  EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace wyld::grpc_world
