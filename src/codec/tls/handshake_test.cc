#include <gtest/gtest.h>

#include <functional>

#include "codec/tls/openssl_record_layer.h"
#include "codec/tls/testing.h"

namespace wyld::tls {
namespace {

using testing::Authority;
using testing::make_certificate;
using testing::open_all;
using testing::Peer;
using testing::sealed;

const RecordOptions kOptions;

std::string fingerprint(const Authority& made) {
  std::array<unsigned char, 32> digest{};
  unsigned count = 0;
  X509_digest(made.certificate, EVP_sha256(), digest.data(), &count);
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (!hex.empty()) hex += ':';
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// --- as a server ---

TEST(ServerHandshake, CutsBetweenReadsDoNotChangeIt) {
  for (const std::size_t piece_bytes : {1, 2, 5, 6, 100}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      Peer peer(true);
      SSL_CTX_set_max_proto_version(peer.context(), version);
      peer.begin(true);
      Handshake ours(testing::server_context());
      ASSERT_TRUE(testing::shake(ours, peer, piece_bytes)) << ours.problem();
      EXPECT_EQ(ours.version(), version == TLS1_3_VERSION ? Version::kTls13 : Version::kTls12);
    }
  }
}

TEST(ServerHandshake, TextThatFollowsTheHandshakeMovesAlong) {
  for (const RecordLayerKind kind : {RecordLayerKind::kSavable, RecordLayerKind::kOpenssl}) {
    Peer peer(true);
    peer.begin(true);
    Handshake ours(testing::server_context());
    std::string to_peer;
    SSL_do_handshake(peer.ssl);
    ASSERT_EQ(ours.feed(peer.take(), to_peer), Handshake::Step::kMore);
    peer.give(to_peer);
    to_peer.clear();
    ASSERT_EQ(SSL_do_handshake(peer.ssl), 1);
    // The last flight, two records and a piece of a third in one read.
    const std::string wire =
        testing::join({peer.take(), peer.write("first"), peer.write("second"), peer.write("third")});
    ASSERT_EQ(ours.feed(std::string_view(wire).substr(0, wire.size() - 3), to_peer), Handshake::Step::kDone);
    std::string unread;
    const auto layer = ours.finish(kind, kOptions, unread);
    EXPECT_EQ(open_all(*layer, unread).text, "firstsecond");
    EXPECT_EQ(open_all(*layer, std::string_view(wire).substr(wire.size() - 3)).text, "third");
    peer.give(to_peer);  // the ticket
    peer.give(sealed(*layer, "answer"));
    EXPECT_EQ(peer.read(), "answer");
  }
}

TEST(ServerHandshake, ManyBytesAfterTheHandshakeDoNotCountAsHandshake) {
  Peer peer(true);
  peer.begin(true);
  Handshake ours(testing::server_context());
  std::string to_peer;
  SSL_do_handshake(peer.ssl);
  ASSERT_EQ(ours.feed(peer.take(), to_peer), Handshake::Step::kMore);
  peer.give(to_peer);
  ASSERT_EQ(SSL_do_handshake(peer.ssl), 1);
  std::string wire = peer.take();
  for (int i = 0; i < 20; ++i) wire += peer.write(std::string(16000, 'x'));
  ASSERT_EQ(ours.feed(wire, to_peer), Handshake::Step::kDone);
  std::string unread;
  const auto layer = ours.finish(RecordLayerKind::kSavable, kOptions, unread);
  EXPECT_EQ(open_all(*layer, unread).text.size(), 320000U);
}

TEST(ServerHandshake, EcdsaIsPreferredAndRsaIsThereForThoseWhoNeedIt) {
  for (const bool rsa_first : {false, true}) {
    std::vector<const Authority*> certificates{&testing::ecdsa_certificate(), &testing::rsa_certificate()};
    if (rsa_first) std::swap(certificates[0], certificates[1]);
    const auto context = testing::server_context(certificates);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      for (const bool only_rsa : {false, true}) {
        Peer peer(true);
        SSL_CTX_set_max_proto_version(peer.context(), version);
        // A client that would rather have RSA.
        SSL_CTX_set1_sigalgs_list(
            peer.context(), only_rsa ? "rsa_pss_rsae_sha256" : "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256");
        peer.begin(true);
        Handshake ours(context);
        ASSERT_TRUE(testing::shake(ours, peer)) << ours.problem();
        EXPECT_EQ(EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(peer.ssl))),
                  only_rsa ? EVP_PKEY_RSA : EVP_PKEY_EC);
      }
    }
  }
}

TEST(ServerHandshake, TheCertificateIsChosenByTheNameOfTheHost) {
  const Authority first = make_certificate({.names = "DNS:one.example.org"});
  const Authority second = make_certificate({.names = "DNS:two.example.org,DNS:*.games.example.org"});
  const Authority exact = make_certificate({.names = "DNS:best.games.example.org"});
  const auto context = testing::server_context({&first, &second, &exact});
  struct Row {
    const char* host;
    const Authority* expected;
  };
  for (const Row& row :
       {Row{"", &first}, Row{"one.example.org", &first}, Row{"TWO.example.org", &second},
        Row{"a.games.example.org", &second}, Row{"best.games.example.org", &exact},
        Row{"a.b.games.example.org", &first}, Row{"games.example.org", &first}, Row{"unknown.net", &first}}) {
    Peer peer(true);
    peer.begin(true);
    if (*row.host != 0) SSL_ctrl(peer.ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, const_cast<char*>(row.host));
    Handshake ours(context);
    ASSERT_TRUE(testing::shake(ours, peer)) << row.host;
    EXPECT_EQ(X509_cmp(SSL_get0_peer_certificate(peer.ssl), row.expected->certificate), 0) << row.host;
    EXPECT_EQ(ours.server_name(), row.host);
  }
}

TEST(ServerHandshake, OnlyHttp11IsAgreedOn) {
  struct Row {
    std::string offered;
    const char* expected;
  };
  for (const Row& row :
       {Row{"\x02h2\x08http/1.1", "http/1.1"}, Row{"\x02h2", ""}, Row{"\x06telnet", ""}, Row{"", ""}}) {
    Peer peer(true);
    if (!row.offered.empty())
      SSL_CTX_set_alpn_protos(peer.context(), reinterpret_cast<const unsigned char*>(row.offered.data()),
                              static_cast<unsigned>(row.offered.size()));
    peer.begin(true);
    Handshake ours(testing::server_context());
    ASSERT_TRUE(testing::shake(ours, peer));
    EXPECT_EQ(ours.alpn(), row.expected);
  }
}

TEST(ServerHandshake, OldVersionsAndWeakSuitesAreRefused) {
  const auto refuse = [](auto&& prepare) {
    Peer peer(true);
    SSL_CTX_set_security_level(peer.context(), 0);
    prepare(peer.context());
    peer.begin(true);
    Handshake ours(testing::server_context());
    EXPECT_FALSE(testing::shake(ours, peer));
    EXPECT_FALSE(ours.problem().empty());
    std::string unread;
    EXPECT_EQ(ours.finish(RecordLayerKind::kSavable, kOptions, unread), nullptr);
    SSL_do_handshake(peer.ssl);
    EXPECT_EQ(SSL_get_error(peer.ssl, -1), SSL_ERROR_SSL) << "no alert for the client";
  };
  refuse([](SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  refuse([](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256");
  });
}

struct Resumption {
  bool resumed;
  bool newest_key;  // of the ticket that the client has then
};
// Connects twice, and does `between` in the meantime. TLS 1.3 tickets arrive with the first text.
Resumption connect_twice(int version, const std::shared_ptr<TicketKeys>& tickets,
                         const std::function<void()>& between) {
  ServerOptions options;
  options.certificates.push_back(testing::for_server(testing::ecdsa_certificate()));
  std::string problem;
  SSL_SESSION* session = nullptr;
  Resumption result{};
  for (int round = 0; round < 2; ++round) {
    // A context of its own, as after new certificates.
    const auto context = ServerContext::make(options, tickets, problem);
    Peer peer(true);
    SSL_CTX_set_max_proto_version(peer.context(), version);
    SSL_CTX_set_session_cache_mode(peer.context(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    static int tickets_seen;
    tickets_seen = 0;
    SSL_CTX_sess_set_new_cb(peer.context(), [](SSL*, SSL_SESSION*) { return ++tickets_seen, 0; });
    peer.begin(true);
    if (session != nullptr) SSL_set_session(peer.ssl, session);
    Handshake ours(context);
    EXPECT_TRUE(testing::shake(ours, peer)) << ours.problem();
    result.resumed = ours.resumed();
    std::string unread;
    const auto layer = ours.finish(RecordLayerKind::kSavable, kOptions, unread);
    peer.give(sealed(*layer, "welcome"));
    EXPECT_EQ(peer.read(), "welcome");
    EXPECT_EQ(open_all(*layer, peer.write("hello")).text, "hello");
    EXPECT_LE(tickets_seen, 1);
    // A ticket begins with the name of its key.
    const unsigned char* ticket = nullptr;
    std::size_t ticket_bytes = 0;
    SSL_SESSION_get0_ticket(SSL_get0_session(peer.ssl), &ticket, &ticket_bytes);
    TicketKeys::Key newest;
    result.newest_key = ticket_bytes > newest.name.size() && tickets->newest(newest) &&
                        std::equal(newest.name.begin(), newest.name.end(), ticket);
    if (round == 0) {
      session = SSL_get1_session(peer.ssl);
      // OpenSSL spoils the session of a connection that was cut.
      SSL_set_shutdown(peer.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
      between();
    }
  }
  SSL_SESSION_free(session);
  return result;
}

TEST(Tickets, ResumeUntilTheirKeyIsGone) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto tickets = std::make_shared<TicketKeys>();
    EXPECT_TRUE(connect_twice(version, tickets, [] {}).resumed);
    // With an older key: resumed, and given a ticket of the new one.
    const Resumption older = connect_twice(version, tickets, [&] { tickets->rotate(); });
    EXPECT_TRUE(older.resumed);
    EXPECT_TRUE(older.newest_key);
    const Resumption gone = connect_twice(version, tickets, [&] {
      for (std::size_t i = 0; i < TicketKeys::kKept; ++i) tickets->rotate();
    });
    EXPECT_FALSE(gone.resumed);
    EXPECT_TRUE(gone.newest_key);
  }
}

TEST(ServerHandshake, GarbageFailsWithAReasonAndWithinItsBound) {
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string("look\r\n"), std::string(100, '\xFF'),
        std::string(100, '\0'), std::string("\x16\3\1\xFF\xFF") + std::string(70000, 'x'),
        std::string("\x16\3\1\0\4\1\xFF\xFF\xFF", 9),
        std::string("\x80\x2E\1\0\2\0\x15\0\0\0\x10", 11) + std::string(40, 'x')}) {
    for (const std::size_t piece : {std::size_t{1}, garbage.size()}) {
      Handshake ours(testing::server_context());
      std::string out;
      Handshake::Step step = Handshake::Step::kMore;
      for (std::size_t at = 0; at < garbage.size() && step == Handshake::Step::kMore; at += piece)
        step = ours.feed(std::string_view(garbage).substr(at, piece), out);
      if (step == Handshake::Step::kMore)
        continue;  // OpenSSL waits for the rest of a message: the deadline ends it
      EXPECT_EQ(step, Handshake::Step::kFailed);
      EXPECT_FALSE(ours.problem().empty());
      EXPECT_LE(ours.problem().size(), 256U);
      EXPECT_EQ(ours.feed("more", out), Handshake::Step::kFailed);
    }
  }
  // A hello that never ends.
  Handshake ours(testing::server_context());
  std::string out;
  std::string record = "\x16\3\1\x40" + std::string(1, '\0');
  std::size_t fed = 0;
  Handshake::Step step = ours.feed(record + "\1\1\xFF\xFF" + std::string(16380, 'x'), out);
  while (step == Handshake::Step::kMore && fed < 1000000) {
    step = ours.feed(record + std::string(16384, 'x'), out);
    fed += 16389;
  }
  EXPECT_EQ(step, Handshake::Step::kFailed);
  EXPECT_LE(fed, Handshake::kBytesMax + 16389);
}

TEST(ServerHandshake, AnyChangedByteOfAHelloIsSurvived) {
  Peer peer(true);
  peer.begin(true);
  SSL_do_handshake(peer.ssl);
  const std::string hello = peer.take();
  for (std::size_t at = 0; at < hello.size(); ++at) {
    std::string changed = hello;
    changed[at] = static_cast<char>(changed[at] + 1);
    Handshake ours(testing::server_context());
    std::string out;
    EXPECT_NE(ours.feed(changed, out), Handshake::Step::kDone);
  }
}

TEST(ServerContext, WrongFilesAreRefusedWithTheirNumber) {
  const Authority expired = make_certificate({.days_from = -20, .days_until = -10});
  struct Row {
    Certificate certificate;
    const char* problem;
  };
  const Certificate good = testing::for_server(testing::ecdsa_certificate());
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHjME4GCSqGSIb3DQEFDTBB\n-----END ENCRYPTED PRIVATE "
      "KEY-----\n";
  for (const Row& row :
       {Row{{"", good.key_pem, {}}, "no certificate in PEM form"},
        Row{{"rubbish", good.key_pem, {}}, "no certificate in PEM form"},
        Row{{good.chain_pem, "", {}}, "the key is not one in PEM form"},
        Row{{good.chain_pem, encrypted, {}}, "or it is encrypted"},
        Row{{good.chain_pem, testing::rsa_certificate().key_pem(), {}}, "does not belong to the certificate"},
        Row{{good.chain_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
             good.key_pem,
             {}},
            "cannot be read to its end"}}) {
    std::string problem;
    EXPECT_EQ(ServerContext::make({.certificates = {good, row.certificate}}, std::make_shared<TicketKeys>(),
                                  problem),
              nullptr);
    EXPECT_TRUE(has(problem, "certificate 2: ") && has(problem, row.problem)) << problem;
  }
  std::string problem;
  EXPECT_EQ(ServerContext::make({}, std::make_shared<TicketKeys>(), problem), nullptr);
  EXPECT_EQ(problem, "there is no certificate");
  // An expired one still serves: players are told by their clients, the operator by valid_until().
  const auto old = ServerContext::make({.certificates = {testing::for_server(expired)}},
                                       std::make_shared<TicketKeys>(), problem);
  ASSERT_NE(old, nullptr);
  EXPECT_LT(old->valid_until().at(0), std::chrono::system_clock::now());
}

TEST(ServerContext, AChainEndsWithItsFirstCertificateToExpire) {
  const Authority root = make_certificate({.days_until = 5, .authority = true});
  const Authority leaf = make_certificate({.days_until = 60, .signer = &root});
  Certificate chain = testing::for_server(leaf);
  chain.chain_pem += root.certificate_pem();
  std::string problem;
  const auto context =
      ServerContext::make({.certificates = {chain}}, std::make_shared<TicketKeys>(), problem);
  ASSERT_NE(context, nullptr) << problem;
  const auto left = context->valid_until().at(0) - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours(24 * 4));
  EXPECT_LT(left, std::chrono::hours(24 * 6));
}

// --- as a client ---

struct Trust {
  ClientOptions options;
  const char* host;
  const Authority* certificate;
  const char* problem;  // "" if it is trusted
};

TEST(ClientHandshake, TrustsWhatItWasToldTo) {
  const Authority root = make_certificate({.authority = true});
  const Authority good =
      make_certificate({.names = "DNS:game.example.org,IP:192.0.2.7,IP:2001:db8::7", .signer = &root});
  const Authority wild = make_certificate({.names = "DNS:*.example.org", .signer = &root});
  const Authority expired = make_certificate(
      {.names = "DNS:game.example.org", .days_from = -20, .days_until = -10, .signer = &root});
  const Authority self_signed = make_certificate({.names = "DNS:game.example.org"});
  ClientOptions ours{.trust_system = false, .ca_pem = root.certificate_pem(), .pinned_sha256 = ""};
  ClientOptions system{.ca_pem = "", .pinned_sha256 = ""};
  ClientOptions none{.verify = false, .ca_pem = "", .pinned_sha256 = ""};
  ClientOptions pinned{.ca_pem = "", .pinned_sha256 = fingerprint(self_signed)};
  ClientOptions pinned_expired{.ca_pem = "", .pinned_sha256 = fingerprint(expired)};
  for (const Trust& row :
       {Trust{ours, "game.example.org", &good, ""}, Trust{ours, "GAME.example.org", &good, ""},
        Trust{ours, "192.0.2.7", &good, ""}, Trust{ours, "2001:db8::7", &good, ""},
        Trust{ours, "other.example.org", &wild, ""},
        Trust{ours, "other.example.org", &good, "ostname mismatch"},
        Trust{ours, "192.0.2.8", &good, "IP address mismatch"},
        Trust{ours, "example.org", &wild, "ostname mismatch"},
        Trust{ours, "game.example.org", &expired, "expired"},
        Trust{ours, "game.example.org", &self_signed, "self-signed"},
        Trust{system, "game.example.org", &good, "unable to get"},
        Trust{system, "game.example.org", &self_signed, "self-signed"}, Trust{none, "anything", &expired, ""},
        Trust{pinned, "whatever", &self_signed, ""}, Trust{pinned, "game.example.org", &good, "rejected"},
        Trust{pinned_expired, "game.example.org", &expired, ""}}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      std::string problem;
      const auto context = ClientContext::make(row.options, problem);
      ASSERT_NE(context, nullptr) << problem;
      Peer peer(false);
      SSL_CTX_set_max_proto_version(peer.context(), version);
      peer.present(*row.certificate);
      peer.begin(false);
      Handshake client(context, row.host);
      EXPECT_EQ(testing::shake(client, peer), *row.problem == 0) << row.host << ": " << client.problem();
      EXPECT_TRUE(has(client.problem(), row.problem)) << client.problem();
      if (*row.problem != 0) continue;
      EXPECT_TRUE(client.problem().empty()) << client.problem();
      std::string unread;
      const auto layer = client.finish(RecordLayerKind::kSavable, kOptions, unread);
      peer.give(sealed(*layer, "look"));
      EXPECT_EQ(peer.read(), "look");
      EXPECT_EQ(open_all(*layer, unread + peer.write("You see nothing.")).text, "You see nothing.");
    }
  }
}

TEST(ClientHandshake, ANameIsSentAndANumberIsNot) {
  std::string problem;
  const auto context = ClientContext::make({.verify = false, .ca_pem = "", .pinned_sha256 = ""}, problem);
  for (const char* const host : {"game.example.org", "192.0.2.7", "::1"}) {
    Peer peer(false);
    peer.present(testing::ecdsa_certificate());
    peer.begin(false);
    Handshake client(context, host);
    ASSERT_TRUE(testing::shake(client, peer));
    const char* const sent = SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name);
    EXPECT_EQ(std::string(sent != nullptr ? sent : "none"), *host == 'g' ? host : "none");
  }
}

TEST(ClientHandshake, ASuiteThatIsNotOursKeepsOpenssl) {
  std::string problem;
  Peer peer(false);
  peer.only({TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256"});
  peer.present(testing::ecdsa_certificate());
  peer.begin(false);
  Handshake client(ClientContext::make({.verify = false, .ca_pem = "", .pinned_sha256 = ""}, problem), "");
  ASSERT_TRUE(testing::shake(client, peer)) << client.problem();
  std::string unread;
  const auto layer = client.finish(RecordLayerKind::kSavable, kOptions, unread);
  ASSERT_NE(layer, nullptr);
  EXPECT_FALSE(layer->movable());
  peer.give(sealed(*layer, "look"));
  EXPECT_EQ(peer.read(), "look");
  EXPECT_EQ(open_all(*layer, peer.write("nothing")).text, "nothing");
}

TEST(ClientContext, WrongOptionsAreRefused) {
  std::string problem;
  EXPECT_EQ(ClientContext::make({.ca_pem = "", .pinned_sha256 = "12:34"}, problem), nullptr);
  EXPECT_TRUE(has(problem, "64 hexadecimal digits")) << problem;
  EXPECT_EQ(ClientContext::make({.ca_pem = "", .pinned_sha256 = std::string(64, 'g')}, problem), nullptr);
  EXPECT_EQ(ClientContext::make({.ca_pem = "rubbish", .pinned_sha256 = ""}, problem), nullptr);
  EXPECT_TRUE(has(problem, "cannot be read to its end")) << problem;
}

}  // namespace
}  // namespace wyld::tls
