#include "world/grpc/hello.h"

#include <grpcpp/support/status_code_enum.h>
#include <gtest/gtest.h>

#include "wyldgate/world/v1/world.pb.h"

namespace wyld::grpc_world {
namespace {

namespace proto = ::wyldgate::world::v1;

struct Judgement {
  bool accepted = false;
  WorldIdentity world;
  Refusal refusal;
};

Judgement judge(const proto::WorldHello& hello, Login login = Login::kWorld) {
  GrpcWorldOptions options;
  options.login = login;
  Judgement judgement;
  judgement.accepted = accept_hello(hello.SerializeAsString(), options, judgement.world, judgement.refusal);
  EXPECT_EQ(judgement.accepted, judgement.refusal.error.empty());
  EXPECT_EQ(judgement.accepted, judgement.refusal.advice.empty());
  return judgement;
}

TEST(Hello, WhoLogsPlayersInMustBeAgreedOn) {
  const std::pair<proto::Login, Login> fitting[] = {
      {proto::LOGIN_UNSPECIFIED, Login::kWorld},
      {proto::LOGIN_WORLD, Login::kWorld},
      {proto::LOGIN_GATEWAY, Login::kGateway},
      {proto::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS, Login::kWorldAccounts}};
  for (const auto& [said, fits] : fitting) {
    proto::WorldHello hello;
    hello.set_version(1);
    hello.set_login(said);
    for (const Login set : {Login::kWorld, Login::kGateway, Login::kWorldAccounts}) {
      EXPECT_EQ(judge(hello, set).accepted, set == fits) << said << ' ' << static_cast<int>(set);
    }
  }
}

TEST(Hello, TheOperatorIsToldBothWaysToAgree) {
  proto::WorldHello hello;
  hello.set_version(1);
  hello.set_login(proto::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS);
  EXPECT_EQ(judge(hello).refusal.advice,
            "set world.login = \"world-accounts\", or let the world say LOGIN_WORLD");
  hello.set_login(static_cast<proto::Login>(7));
  EXPECT_EQ(judge(hello).refusal.advice, "update the gateway");
}

TEST(Hello, VersionsMustMeet) {
  for (const std::uint32_t version : {0U, 2U, 4'000'000'000U}) {
    proto::WorldHello hello;
    hello.set_version(version);
    EXPECT_FALSE(judge(hello).accepted);
    EXPECT_NE(judge(hello).refusal.error.find("version " + std::to_string(version)), std::string::npos);
  }
}

TEST(Hello, NamesAreCut) {
  proto::WorldHello hello;
  hello.set_version(1);
  hello.set_name(std::string(1000, 'x'));
  EXPECT_EQ(judge(hello).world.name.size(), 64U);
}

TEST(Hello, WhatCannotBeReadIsRefused) {
  Judgement judgement;
  EXPECT_FALSE(accept_hello("\x0a\xff", {}, judgement.world, judgement.refusal));
  EXPECT_TRUE(judgement.refusal.lasting);
}

TEST(Hello, WhatWillNotChangeByItselfIsToldFromWhatMay) {
  for (const auto& [code, lasting] :
       {std::pair(grpc::StatusCode::UNAUTHENTICATED, true),
        std::pair(grpc::StatusCode::PERMISSION_DENIED, true),
        std::pair(grpc::StatusCode::FAILED_PRECONDITION, true),
        std::pair(grpc::StatusCode::UNIMPLEMENTED, true), std::pair(grpc::StatusCode::UNAVAILABLE, false),
        std::pair(grpc::StatusCode::ABORTED, false), std::pair(grpc::StatusCode::INTERNAL, false)}) {
    Refusal refusal{.error = "said", .advice = {}};
    explain(code, refusal);
    EXPECT_EQ(refusal.lasting, lasting) << code;
    EXPECT_EQ(refusal.error, "said");
  }
}

}  // namespace
}  // namespace wyld::grpc_world
