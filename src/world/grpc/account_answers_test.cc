#include "world/grpc/account_answers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "base/utf8.h"
#include "wyldgate/world/v1/account.pb.h"

namespace wyld::grpc_world {
namespace {

using namespace std::chrono_literals;
namespace proto = ::wyldgate::world::v1;
using session::AccountAnswer;
using Verdict = session::AccountVerdict;

AccountAnswer name_answer(proto::NameStatus status, const std::string& message = {}) {
  proto::CheckNameResponse response;
  response.set_status(status);
  response.set_message(message);
  return read_name_answer(response.SerializeAsString());
}

AccountAnswer accepted_as(const std::string& account) {
  proto::LogInResponse response;
  response.set_accepted(true);
  response.set_account(account);
  return read_login_answer(response.SerializeAsString());
}

TEST(AccountAnswers, OfNames) {
  EXPECT_EQ(name_answer(proto::NAME_STATUS_FREE).verdict, Verdict::kAccepted);
  EXPECT_EQ(name_answer(proto::NAME_STATUS_TAKEN).verdict, Verdict::kNameTaken);
  EXPECT_EQ(name_answer(proto::NAME_STATUS_TAKEN).message, "") << "the dialogue has its own words";
  EXPECT_EQ(name_answer(proto::NAME_STATUS_REFUSED, "One syllable.").message, "One syllable.");
  EXPECT_NE(name_answer(proto::NAME_STATUS_REFUSED).message, "");
  EXPECT_EQ(name_answer(proto::NAME_STATUS_UNSPECIFIED).verdict, Verdict::kUnavailable);
  EXPECT_EQ(name_answer(static_cast<proto::NameStatus>(9)).verdict, Verdict::kUnavailable);
}

TEST(AccountAnswers, OfLogins) {
  EXPECT_EQ(accepted_as("Ada").verdict, Verdict::kAccepted);
  EXPECT_EQ(accepted_as("Ada").name, "Ada");
  EXPECT_EQ(accepted_as(std::string(kAccountBytesMax, 'a')).verdict, Verdict::kAccepted);

  proto::LogInResponse response;
  response.set_message("Ada is banned.");
  AccountAnswer answer = read_login_answer(response.SerializeAsString());
  EXPECT_EQ(answer.verdict, Verdict::kRefused);
  EXPECT_EQ(answer.message, "Ada is banned.");
  response.mutable_wait()->set_seconds(1);
  response.mutable_wait()->set_nanos(500'000'000);
  answer = read_login_answer(response.SerializeAsString());
  EXPECT_EQ(answer.verdict, Verdict::kWait);
  EXPECT_EQ(answer.wait, 1500ms);
  response.mutable_wait()->set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read_login_answer(response.SerializeAsString()).wait, kWaitMax);
  response.mutable_wait()->set_seconds(0);
  response.mutable_wait()->set_nanos(1);
  EXPECT_EQ(read_login_answer(response.SerializeAsString()).wait, 1ms) << "never shorter than the world said";
  response.mutable_wait()->set_nanos(0);
  EXPECT_EQ(read_login_answer(response.SerializeAsString()).verdict, Verdict::kRefused) << "no wait";
  EXPECT_EQ(read_login_answer("").verdict, Verdict::kRefused) << "everything at its default";
}

TEST(AccountAnswers, AWaitThatIsNoDurationIsNoAnswer) {
  for (const auto& [seconds, nanos] : {std::pair{-1, 0}, {0, -1}, {1, -1}, {0, 1'000'000'000}}) {
    proto::LogInResponse response;
    response.mutable_wait()->set_seconds(seconds);
    response.mutable_wait()->set_nanos(nanos);
    EXPECT_EQ(read_login_answer(response.SerializeAsString()).verdict, Verdict::kUnavailable)
        << seconds << " s, " << nanos << " ns";
  }
}

TEST(AccountAnswers, AnAccountNobodyCouldShowIsNoAnswer) {
  for (const std::string& account :
       {std::string(), std::string("A\nda"), std::string("A\x1b[2Jda"), std::string("A\x7f"),
        std::string("A\xC2\x9B"), std::string(kAccountBytesMax + 1, 'a')}) {
    EXPECT_EQ(accepted_as(account).verdict, Verdict::kUnavailable) << account;
  }
  EXPECT_EQ(accepted_as("\xC3\x84nne").name, "\xC3\x84nne");
}

TEST(AccountAnswers, OfNewAccounts) {
  proto::CreateAccountResponse response;
  response.set_message("Not today.");
  AccountAnswer answer = read_create_answer(response.SerializeAsString(), "Ada");
  EXPECT_EQ(answer.verdict, Verdict::kNameTaken);
  EXPECT_EQ(answer.message, "Not today.");
  response.set_created(true);
  answer = read_create_answer(response.SerializeAsString(), "Ada");
  EXPECT_EQ(answer.verdict, Verdict::kAccepted);
  EXPECT_EQ(answer.name, "Ada");
}

TEST(AccountAnswers, ReasonsArePlainAndShort) {
  EXPECT_EQ(name_answer(proto::NAME_STATUS_TAKEN, "\x1b[31mred").message, "");
  EXPECT_EQ(name_answer(proto::NAME_STATUS_TAKEN, std::string(kReasonBytesMax + 1, 'x')).message,
            std::string(kReasonBytesMax, 'x'));
  std::string many = "x";
  while (many.size() <= kReasonBytesMax) many += "\xC3\xA4";
  const std::string cut = name_answer(proto::NAME_STATUS_TAKEN, many).message;
  EXPECT_EQ(cut.size(), kReasonBytesMax - 1);
  EXPECT_TRUE(is_valid_utf8(cut));
}

TEST(AccountAnswers, WhatCannotBeReadIsNoAnswer) {
  for (const std::string_view bytes : {"\xff", "\x12\x05xy", "\x12\x01\xff"}) {
    EXPECT_EQ(read_name_answer(bytes).verdict, Verdict::kUnavailable);
    EXPECT_EQ(read_login_answer(bytes).verdict, Verdict::kUnavailable);
    EXPECT_EQ(read_create_answer(bytes, "Ada").verdict, Verdict::kUnavailable);
  }
}

// A message may be cut short by whoever wrote it.
TEST(AccountAnswers, CutAnywhereTheyAreNoWorseThanRefused) {
  proto::LogInResponse response;
  response.set_account("Ada");
  response.set_message("why");
  response.mutable_wait()->set_nanos(300'000'000);
  const std::string bytes = response.SerializeAsString();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_NE(read_login_answer(std::string_view(bytes).substr(0, cut)).verdict, Verdict::kAccepted) << cut;
  }
}

}  // namespace
}  // namespace wyld::grpc_world
