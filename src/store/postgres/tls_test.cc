// Encrypted connections, asked for by the URL.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "store/contract/rows_fixture.h"
#include "store/postgres/cluster_fixture.h"

namespace wyld::store::postgres {
namespace {

using ::testing::HasSubstr;

// A server that lets in only who encrypts, with a certificate for 127.0.0.1 that signs itself.
class PostgresTls : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = testing::PostgresCluster::create();
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    const std::string data = server_->folder() + "/data";
    ASSERT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
                           " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout " +
                           data + "/server.key -out " + certificate() + " 2>/dev/null")
                              .c_str()),
              0);
    struct stat owner{};
    ASSERT_EQ(::stat(data.c_str(), &owner), 0);
    for (const std::string& file : {data + "/server.key", certificate()}) {
      ASSERT_EQ(::chown(file.c_str(), owner.st_uid, owner.st_gid), 0);
      ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    }
    std::ofstream(data + "/pg_hba.conf")
        << "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
    ASSERT_EQ(server_->sql("ALTER SYSTEM SET ssl = on"), "");
    ASSERT_TRUE(server_->stop());
    const auto started = server_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  [[nodiscard]] std::string certificate() const { return server_->folder() + "/data/server.crt"; }
  [[nodiscard]] std::string refusal(const std::string& options) const {
    PostgresDatabase database(options_for(server_->url() + options));
    const Outcome<void> connected = database.connect();
    if (connected) return "";
    EXPECT_EQ(connected.error().fault, Fault::kMisconfigured);
    return connected.error().message;
  }

  std::unique_ptr<testing::PostgresCluster> server_;
};

TEST_F(PostgresTls, TheUrlSaysHowTheServerIsTrusted) {
  PostgresDatabase database(
      options_for(server_->url() + "?sslmode=verify-full&sslrootcert=" + certificate()));
  const Outcome<void> connected = database.connect();
  ASSERT_TRUE(connected) << connected.error().message;
  ASSERT_TRUE(database.migrate());
  contract::Rows rows;
  for (std::uint64_t number = 0; number < 2'000; ++number) rows.push_back(contract::session_row(number));
  EXPECT_TRUE(database.commit({"host", "host"}, {.rows = rows, .removals = {}}));
  EXPECT_EQ(server_->sql("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                         " WHERE application_name = 'wyldgate'"),
            "t");
  EXPECT_EQ(contract::described(database.load({"host", "host"}).value()), contract::described(rows));
}

TEST_F(PostgresTls, WhatKeepsItFromBeingTrustedIsTold) {
  EXPECT_THAT(refusal("?sslmode=disable"), HasSubstr("no encryption. Add sslmode=require to the URL"));
  EXPECT_THAT(refusal("?sslmode=verify-full&sslrootcert=/nowhere/root.crt"),
              HasSubstr("root certificate file \"/nowhere/root.crt\" does not exist"));
  const std::string other = server_->folder() + "/data/other.crt";
  ASSERT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
                         " -subj /CN=other -keyout /dev/null -out " +
                         other + " 2>/dev/null")
                            .c_str()),
            0);
  EXPECT_THAT(refusal("?sslmode=verify-ca&sslrootcert=" + other),
              HasSubstr("certificate verify failed. Name the file with the certificate"));
  EXPECT_EQ(refusal("?sslmode=require"), "");
}

}  // namespace
}  // namespace wyld::store::postgres
