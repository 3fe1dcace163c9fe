#include "store/elsewhere.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <optional>

namespace wyld::store {
namespace {

using session::ResumeFamily;

ResumeFamily family(std::uint16_t number) {
  ResumeFamily made{};
  made[0] = 1;
  made[14] = static_cast<std::uint8_t>(number >> 8);
  made[15] = static_cast<std::uint8_t>(number);
  return made;
}

// A database that knows some families, and answers when it is let.
class ElsewhereTest : public ::testing::Test {
 protected:
  Elsewhere::Ask ask() {
    return [this](std::span<const ResumeFamily> families) -> Result<Elsewhere::Families> {
      std::unique_lock lock(mutex_);
      questions_.push_back(families.size());
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      if (away_) return fail(ErrorCode::kUnavailable, "away");
      Elsewhere::Families found;
      std::ranges::copy_if(families, std::back_inserter(found), [this](const ResumeFamily& one) {
        return std::ranges::find(known_, one) != known_.end();
      });
      return found;
    };
  }
  Elsewhere::Done told(std::size_t which) {
    return [this, which](const Status& status) {
      const std::lock_guard lock(mutex_);
      if (answers_.size() <= which) answers_.resize(which + 1);
      answers_[which] = status ? ErrorCode::kAlreadyExists : status.error().code;
      ++answered_;
      changed_.notify_all();
    };
  }
  void wait_for_answers(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answered_ >= count; });
  }
  void wait_for_question() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !questions_.empty(); });
  }
  void let(bool answer) {
    const std::lock_guard lock(mutex_);
    held_ = !answer;
    changed_.notify_all();
  }

  static constexpr ErrorCode kFound = ErrorCode::kAlreadyExists;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool away_ = false;
  Elsewhere::Families known_;
  std::vector<std::size_t> questions_;  // how many families each asked for
  std::vector<ErrorCode> answers_;
  std::size_t answered_ = 0;
};

TEST_F(ElsewhereTest, WhatIsWantedDuringAQuestionIsOneMore) {
  known_ = {family(2), family(3)};
  let(false);
  Elsewhere elsewhere(ask(), std::chrono::milliseconds(0));
  elsewhere.find(family(1), told(0));
  wait_for_question();
  for (std::uint16_t i = 2; i <= 10; ++i) elsewhere.find(family(i), told(i - 1U));
  let(true);
  wait_for_answers(10);
  EXPECT_EQ(questions_, (std::vector<std::size_t>{1, 9}));
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(answers_[i], i == 1 || i == 2 ? kFound : ErrorCode::kNotFound) << i;
}

TEST_F(ElsewhereTest, ADatabaseThatIsAwayHasNotSaidNo) {
  known_ = {family(1)};
  away_ = true;
  Elsewhere elsewhere(ask(), std::chrono::milliseconds(0));
  elsewhere.find(family(1), told(0));
  wait_for_answers(1);
  EXPECT_EQ(answers_[0], ErrorCode::kUnavailable);
}

TEST_F(ElsewhereTest, AtTheBoundAllAreAskedForAndOneBeyondIsNot) {
  let(false);
  Elsewhere elsewhere(ask(), std::chrono::milliseconds(0));
  elsewhere.find(family(0), told(0));
  wait_for_question();
  for (std::uint16_t i = 1; i <= Elsewhere::kWaitingMax; ++i) elsewhere.find(family(i), told(i));
  EXPECT_EQ(answered_, 0U);
  elsewhere.find(family(1), told(Elsewhere::kWaitingMax + 1));
  EXPECT_EQ(answered_, 1U) << "at once";
  EXPECT_EQ(answers_[Elsewhere::kWaitingMax + 1], ErrorCode::kUnavailable);
  let(true);
  wait_for_answers(Elsewhere::kWaitingMax + 2);
  EXPECT_EQ(questions_, (std::vector<std::size_t>{1, Elsewhere::kWaitingMax}));
}

TEST_F(ElsewhereTest, AtTheEndEverybodyIsTold) {
  let(false);
  std::optional<Elsewhere> elsewhere;
  elsewhere.emplace(ask(), std::chrono::hours(1));
  elsewhere->find(family(1), told(0));
  wait_for_question();
  elsewhere->find(family(2), told(1));
  std::thread closing([&] { elsewhere->close(); });
  wait_for_answers(1);
  EXPECT_EQ(answers_[1], ErrorCode::kUnavailable) << "it will not be asked for";
  let(true);
  closing.join();
  EXPECT_EQ(answers_[0], ErrorCode::kNotFound) << "the question under way is waited for";
  elsewhere->find(family(3), told(2));
  EXPECT_EQ(answers_[2], ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace wyld::store
