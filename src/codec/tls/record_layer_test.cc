// The record layers against OpenSSL: every suite, both sides, every cut.

#include <gtest/gtest.h>

#include <tuple>

#include "codec/tls/openssl_record_layer.h"
#include "codec/tls/testing.h"

namespace wyld::tls {
namespace {

using testing::open_all;
using testing::OpenedText;
using testing::Peer;
using testing::sealed;
using testing::SuiteName;

constexpr archive::TimePoint kNow{std::chrono::hours(1)};
const RecordOptions kShared;
const RecordOptions kKept{.keep_contexts = true};

// A finished handshake, and OpenSSL at the other end of it.
struct Pair {
  std::unique_ptr<Peer> peer;
  std::unique_ptr<RecordLayer> layer;
  std::string unread;

  SavableRecordLayer& savable() { return dynamic_cast<SavableRecordLayer&>(*layer); }
};

struct PairOptions {
  bool client = false;  // whether we are
  RecordLayerKind kind = RecordLayerKind::kSavable;
  const RecordOptions* options = &kShared;
  int fragment_code = 0;  // of max_fragment_length
};

Pair connect(const SuiteName& suite, const PairOptions& options = {}) {
  static const auto server = testing::server_context();
  Pair pair;
  pair.peer = std::make_unique<Peer>(!options.client);
  pair.peer->only(suite);
  std::unique_ptr<Handshake> ours;
  if (options.client) {
    const bool rsa = std::string_view(suite.name).find("-RSA-") != std::string_view::npos;
    pair.peer->present(rsa ? testing::rsa_certificate() : testing::ecdsa_certificate());
    std::string problem;
    ours = std::make_unique<Handshake>(
        ClientContext::make({.verify = false, .ca_pem = "", .pinned_sha256 = ""}, problem), "");
  } else {
    if (options.fragment_code > 0)
      SSL_CTX_set_tlsext_max_fragment_length(pair.peer->context(),
                                             static_cast<std::uint8_t>(options.fragment_code));
    ours = std::make_unique<Handshake>(server);
  }
  pair.peer->begin(!options.client);
  EXPECT_TRUE(testing::shake(*ours, *pair.peer)) << suite.name << ": " << ours->problem();
  EXPECT_EQ(ours->suite_name(), suite.name);
  pair.layer = ours->finish(options.kind, *options.options, pair.unread);
  EXPECT_NE(pair.layer, nullptr);
  EXPECT_EQ(dynamic_cast<SavableRecordLayer*>(pair.layer.get()) != nullptr,
            options.kind == RecordLayerKind::kSavable);
  const OpenedText early = open_all(*pair.layer, pair.unread);
  EXPECT_EQ(early.text, "");
  return pair;
}

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

// Saved, wiped, and loaded by another object.
std::unique_ptr<RecordLayer> moved(std::unique_ptr<RecordLayer> from,
                                   const RecordOptions& options = kShared) {
  auto& old = dynamic_cast<SavableRecordLayer&>(*from);
  EXPECT_TRUE(old.movable());
  old.freeze();
  const Result<archive::Buffer> bytes = archive::save(old, kNow);
  old.wipe();
  EXPECT_TRUE(bytes.has_value());
  auto fresh = std::make_unique<SavableRecordLayer>(options);
  std::string problem;
  EXPECT_TRUE(archive::load(bytes->view(), kNow, *fresh, &problem)) << problem;
  fresh->take_over();
  return fresh;
}

class EverySuite : public ::testing::TestWithParam<std::tuple<int, bool, RecordLayerKind>> {
 protected:
  static const SuiteName& suite() {
    return testing::all_suites()[static_cast<std::size_t>(std::get<0>(GetParam()))];
  }
  static Pair connect_this(const RecordOptions& options = kShared) {
    return connect(suite(),
                   {.client = std::get<1>(GetParam()), .kind = std::get<2>(GetParam()), .options = &options});
  }
};
INSTANTIATE_TEST_SUITE_P(
    Suites, EverySuite,
    ::testing::Combine(::testing::Range(0, 12), ::testing::Bool(),
                       ::testing::Values(RecordLayerKind::kSavable, RecordLayerKind::kOpenssl)),
    [](const auto& parameter) {
      std::string name = testing::all_suites()[static_cast<std::size_t>(std::get<0>(parameter.param))].name;
      std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
      return name + (std::get<1>(parameter.param) ? "Client" : "Server") +
             (std::get<2>(parameter.param) == RecordLayerKind::kSavable ? "Ours" : "Openssl");
    });

TEST_P(EverySuite, TextOfEverySizeArrivesInBothDirections) {
  for (const RecordOptions* const options : {&kShared, &kKept}) {
    Pair pair = connect_this(*options);
    for (const std::size_t bytes : {1, 2, 15, 16, 17, 48, 400, 4096, 16383, 16384, 16385, 50000}) {
      const std::string text = pattern(bytes);
      pair.peer->give(sealed(*pair.layer, text));
      EXPECT_EQ(pair.peer->read(), text) << bytes;
      EXPECT_EQ(open_all(*pair.layer, pair.peer->write(text)).text, text) << bytes;
    }
    EXPECT_STREQ(pair.layer->problem(), "");
  }
}

TEST_P(EverySuite, CutsBetweenReadsDoNotChangeTheText) {
  Pair pair = connect_this();
  const std::string probe =
      testing::join({pair.peer->write("look"), pair.peer->write("say hello, everybody")});
  EXPECT_EQ(open_all(*pair.layer, probe).text, "looksay hello, everybody");
  for (std::size_t cut = 0; cut <= probe.size(); ++cut) {
    const std::string wire =
        testing::join({pair.peer->write("look"), pair.peer->write("say hello, everybody")});
    const OpenedText first = open_all(*pair.layer, std::string_view(wire).substr(0, cut));
    const OpenedText second = open_all(*pair.layer, std::string_view(wire).substr(cut));
    EXPECT_EQ(first.text + second.text, "looksay hello, everybody") << "cut at byte " << cut;
  }
  std::string text;
  for (const char byte : pair.peer->write("byte by byte")) text += open_all(*pair.layer, {&byte, 1}).text;
  EXPECT_EQ(text, "byte by byte");
}

TEST_P(EverySuite, CloseNotifyGoesBothWays) {
  Pair pair = connect_this();
  SSL_shutdown(pair.peer->ssl);
  EXPECT_FALSE(pair.layer->peer_closed());
  // What follows the peer's end is ignored.
  EXPECT_EQ(open_all(*pair.layer, pair.peer->take() + "anything").end, Opened::Kind::kClosed);
  EXPECT_TRUE(pair.layer->peer_closed());
  EXPECT_EQ(open_all(*pair.layer, "more").end, Opened::Kind::kClosed);
  // Our direction is still open.
  std::string out = sealed(*pair.layer, "farewell");
  pair.layer->close(out);
  pair.peer->give(out);
  EXPECT_EQ(pair.peer->read(), "farewell");
  EXPECT_EQ(pair.peer->last_error, SSL_ERROR_ZERO_RETURN);
  out.clear();
  pair.layer->close(out);
  EXPECT_EQ(out, "");
  EXPECT_FALSE(pair.layer->seal("late", out));
  EXPECT_EQ(out, "");
}

TEST_P(EverySuite, AChangedBitReleasesNoText) {
  const std::size_t bytes = connect_this().peer->write("secret").size();
  for (std::size_t at = 0; at < bytes; at += std::get<1>(GetParam()) ? 7 : 3) {
    Pair pair = connect_this();
    std::string wire = pair.peer->write("secret");
    ASSERT_EQ(wire.size(), bytes);
    if (at == 3 || at == 4) continue;  // the length: then more bytes are expected
    wire[at] = static_cast<char>(wire[at] ^ 0x40);
    const OpenedText opened = open_all(*pair.layer, wire);
    EXPECT_EQ(opened.text, "") << at;
    EXPECT_EQ(opened.end, Opened::Kind::kFailed) << at;
    EXPECT_STRNE(pair.layer->problem(), "");
    std::string out;
    EXPECT_FALSE(pair.layer->seal("no", out));
    pair.layer->close(out);
    pair.peer->give(out);
    EXPECT_EQ(pair.peer->read(), "");
    EXPECT_EQ(pair.peer->last_error, SSL_ERROR_SSL) << "the peer has not got an alert, byte " << at;
    EXPECT_FALSE(pair.layer->movable());
  }
}

// --- moves ---

TEST(SavableRecordLayer, MovesAtEveryByteOfAConversation) {
  for (const SuiteName& suite : testing::all_suites()) {
    const bool tls13 = suite.version == TLS1_3_VERSION;
    Pair pair = connect(suite);
    const auto wire = [&] {
      std::string out = pair.peer->write("look");
      if (tls13) {
        SSL_key_update(pair.peer->ssl, SSL_KEY_UPDATE_REQUESTED);
        out += pair.peer->write("north");
      }
      return out;
    };
    const std::string expected = tls13 ? "looknorth" : "look";
    const std::size_t bytes = wire().size();
    pair = connect(suite);
    for (std::size_t cut = 0; cut <= bytes; ++cut) {
      const std::string sent = wire();
      std::string text = open_all(*pair.layer, std::string_view(sent).substr(0, cut)).text;
      pair.layer = moved(std::move(pair.layer), cut % 2 == 0 ? kShared : kKept);
      text += open_all(*pair.layer, std::string_view(sent).substr(cut)).text;
      EXPECT_EQ(text, expected) << suite.name << " cut at byte " << cut;
      pair.layer = moved(std::move(pair.layer));
      pair.peer->give(sealed(*pair.layer, "You go north."));
      EXPECT_EQ(pair.peer->read(), "You go north.") << suite.name;
    }
  }
}

TEST(SavableRecordLayer, MovesAfterThePeerHasClosed) {
  Pair pair = connect(testing::all_suites()[0]);
  SSL_shutdown(pair.peer->ssl);
  EXPECT_EQ(open_all(*pair.layer, pair.peer->take()).end, Opened::Kind::kClosed);
  pair.layer = moved(std::move(pair.layer));
  EXPECT_TRUE(pair.layer->peer_closed());
  pair.peer->give(sealed(*pair.layer, "farewell"));
  EXPECT_EQ(pair.peer->read(), "farewell");
}

TEST(SavableRecordLayer, AMoveThatFailedIsTakenBack) {
  Pair pair = connect(testing::all_suites()[1]);
  SavableRecordLayer& layer = pair.savable();
  layer.freeze();
  ASSERT_TRUE(archive::save(layer, kNow));
  EXPECT_FALSE(layer.movable());
  layer.take_back();
  pair.peer->give(sealed(layer, "still here"));
  EXPECT_EQ(pair.peer->read(), "still here");
}

TEST(SavableRecordLayerDeathTest, OnlyOneOwnerCanUseTheKeys) {
  Pair pair = connect(testing::all_suites()[0]);
  SavableRecordLayer& old = pair.savable();
  EXPECT_DEATH(static_cast<void>(archive::save(old, kNow)), "kFrozen");
  old.freeze();
  const Result<archive::Buffer> bytes = archive::save(old, kNow);
  std::string out;
  std::span<char> none;
  EXPECT_DEATH(static_cast<void>(old.seal("x", out)), "kLive");
  EXPECT_DEATH(static_cast<void>(old.open(none)), "kLive");
  EXPECT_DEATH(old.close(out), "kLive");
  EXPECT_DEATH(old.take_over(), "kLoaded");
  SavableRecordLayer fresh(kShared);
  EXPECT_DEATH(static_cast<void>(fresh.seal("x", out)), "kLive");
  ASSERT_TRUE(archive::load(bytes->view(), kNow, fresh));
  EXPECT_DEATH(static_cast<void>(fresh.seal("x", out)), "kLive");
  EXPECT_DEATH(static_cast<void>(archive::load(bytes->view(), kNow, fresh)), "kDead");
  EXPECT_DEATH(fresh.take_back(), "kFrozen");
  old.wipe();
  EXPECT_DEATH(old.take_back(), "kFrozen");
}

TEST(SavableRecordLayer, AnArchiveHidesItsKeysAndIsSmall) {
  for (const SuiteName& suite : testing::all_suites()) {
    Pair pair = connect(suite);
    pair.savable().freeze();
    const Result<archive::Buffer> bytes = archive::save(pair.savable(), kNow);
    ASSERT_TRUE(bytes);
    EXPECT_LE(bytes->size(), 160U) << suite.name;
    const std::string outline = archive::outline(bytes->view());
    EXPECT_NE(outline.find("secret"), std::string::npos);
    EXPECT_EQ(outline.find('"'), std::string::npos) << outline;
  }
  EXPECT_LE(sizeof(SavableRecordLayer), 304U);
}

TEST(SavableRecordLayer, DamagedArchivesChangeNothing) {
  Pair pair = connect(testing::all_suites()[3]);
  open_all(*pair.layer, pair.peer->write("half a record").substr(0, 9));
  pair.savable().freeze();
  const Result<archive::Buffer> bytes = archive::save(pair.savable(), kNow);
  const std::string whole(bytes->view());
  std::size_t refused = 0;
  for (std::size_t count = 0; count < whole.size(); ++count) {
    SavableRecordLayer fresh(kShared);
    if (!archive::load(whole.substr(0, count), kNow, fresh)) ++refused;
    SavableRecordLayer changed(kShared);
    std::string damaged = whole;
    damaged[count] = static_cast<char>(damaged[count] ^ 0x01);
    static_cast<void>(archive::load(damaged, kNow, changed));
  }
  // Cut after whole fields, all of which are needed, or it ends with a record in part that is not.
  EXPECT_GE(refused, whole.size() - 1);
  SavableRecordLayer intact(kShared);
  EXPECT_TRUE(archive::load(whole, kNow, intact));
}

// --- key updates ---

TEST(KeyUpdate, BothKindsFromThePeer) {
  for (std::size_t i = 0; i < 3; ++i) {
    Pair pair = connect(testing::all_suites()[i]);
    for (const int kind :
         {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
      SSL_key_update(pair.peer->ssl, kind);
      EXPECT_EQ(open_all(*pair.layer, pair.peer->write("new key")).text, "new key");
      const std::string out = sealed(*pair.layer, "answer");
      // With a request, our KeyUpdate comes before the text: 5 + 5 + 1 + 16 bytes.
      EXPECT_EQ(out.size(), (kind == SSL_KEY_UPDATE_REQUESTED ? 27U : 0U) + 5 + 6 + 1 + 16);
      pair.peer->give(out);
      EXPECT_EQ(pair.peer->read(), "answer");
    }
  }
}

TEST(KeyUpdate, ManyRequestsGetOneAnswer) {
  Pair pair = connect(testing::all_suites()[0]);
  std::string wire;
  for (int i = 0; i < 20; ++i) {
    SSL_key_update(pair.peer->ssl, SSL_KEY_UPDATE_REQUESTED);
    wire += pair.peer->write("x");
  }
  EXPECT_EQ(open_all(*pair.layer, wire).text, std::string(20, 'x'));
  const std::string out = sealed(*pair.layer, "answer");
  EXPECT_EQ(out.size(), 27U + 28U);
  pair.peer->give(out);
  EXPECT_EQ(pair.peer->read(), "answer");
}

TEST(KeyUpdate, OursComesLongBeforeTheKeyIsUsedUp) {
  for (const bool keep : {false, true}) {
    const RecordOptions often{.keep_contexts = keep, .key_update_records = 4};
    for (std::size_t i = 0; i < 3; ++i) {
      Pair pair = connect(testing::all_suites()[i], {.client = i == 1, .options = &often});
      std::size_t updates = 0;
      for (int line = 0; line < 40; ++line) {
        const std::string out = sealed(*pair.layer, "line");
        if (out.size() > 26) ++updates;
        pair.peer->give(out);
        EXPECT_EQ(pair.peer->read(), "line");
        EXPECT_EQ(open_all(*pair.layer, pair.peer->write("answer")).text, "answer");
        if (line == 20) pair.layer = moved(std::move(pair.layer), often);
      }
      EXPECT_GE(updates, 9U);
      EXPECT_STREQ(pair.layer->problem(), "");
    }
  }
  EXPECT_LT(RecordOptions{}.key_update_records, std::uint64_t{1} << 24);
}

TEST(KeyUpdate, APeerThatOnlySendsIsAskedToo) {
  const RecordOptions often{.key_update_records = 4};
  Pair pair = connect(testing::all_suites()[0], {.options = &often});
  for (int i = 0; i < 10; ++i) open_all(*pair.layer, pair.peer->write("x"));
  const std::string first = sealed(*pair.layer, "one");
  EXPECT_GT(first.size(), 27U);
  // Asked once; the peer answers with its next text.
  EXPECT_LT(sealed(*pair.layer, "two").size(), 27U);
  pair.peer->give(first);
  EXPECT_EQ(pair.peer->read(), "one");
  const std::string answer = pair.peer->write("y");
  EXPECT_GT(answer.size(), 27U);
  EXPECT_EQ(open_all(*pair.layer, answer).text, "y");
}

TEST(KeyUpdate, OneOnDemand) {
  Pair pair = connect(testing::all_suites()[2]);
  pair.savable().request_key_update();
  pair.peer->give(sealed(*pair.layer, "fresh"));
  EXPECT_EQ(pair.peer->read(), "fresh");
  EXPECT_EQ(open_all(*pair.layer, pair.peer->write("as well")).text, "as well");
}

TEST(Tls12, AKeyThatIsUsedUpEndsTheConnection) {
  const RecordOptions few{.tls12_bytes_max = 640};
  Pair pair = connect(testing::all_suites()[3], {.options = &few});
  std::string out;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(pair.layer->seal("a line, which counts as 64 bytes", out));
  EXPECT_FALSE(pair.layer->seal("one more", out));
  EXPECT_STRNE(pair.layer->problem(), "");
  pair.layer->close(out);
  pair.peer->give(out);
  EXPECT_EQ(pair.peer->read().size(), 320U);
  EXPECT_EQ(pair.peer->last_error, SSL_ERROR_ZERO_RETURN);
}

TEST(RecordLayer, AClientsFragmentLengthIsKept) {
  for (const std::size_t suite : {0, 3}) {
    for (const int code : {1, 2, 3, 4}) {
      Pair pair = connect(testing::all_suites()[suite], {.fragment_code = code});
      const std::string text = pattern(10000);
      const std::string out = sealed(*pair.layer, text);
      const std::size_t length =
          std::size_t{static_cast<unsigned char>(out[3])} << 8 | static_cast<unsigned char>(out[4]);
      EXPECT_LE(length, (std::size_t{256} << code) + 24);
      pair.peer->give(out);
      EXPECT_EQ(pair.peer->read(), text);
    }
  }
}

TEST(RecordLayer, RequestsToRenegotiateAreRefused) {
  for (const std::size_t suite : {3, 4, 7}) {
    Pair pair = connect(testing::all_suites()[suite]);
    SSL_clear_options(pair.peer->ssl, SSL_OP_NO_RENEGOTIATION);
    ASSERT_EQ(SSL_renegotiate(pair.peer->ssl), 1);
    SSL_do_handshake(pair.peer->ssl);
    EXPECT_EQ(open_all(*pair.layer, pair.peer->take()).end, Opened::Kind::kFailed);
    EXPECT_STREQ(pair.layer->problem(), "the peer wants to renegotiate");
    std::string out;
    pair.layer->close(out);
    pair.peer->give(out);
    EXPECT_EQ(pair.peer->read(), "");
    EXPECT_EQ(pair.peer->last_error, SSL_ERROR_SSL);
  }
}

TEST(RecordLayer, AClientIgnoresAHelloRequest) {
  Pair pair = connect(testing::all_suites()[3], {.client = true});
  SSL_clear_options(pair.peer->ssl, SSL_OP_NO_RENEGOTIATION);
  ASSERT_EQ(SSL_renegotiate(pair.peer->ssl), 1);
  SSL_do_handshake(pair.peer->ssl);
  const std::string request = pair.peer->take();
  ASSERT_FALSE(request.empty());
  EXPECT_EQ(open_all(*pair.layer, request).end, Opened::Kind::kMore);
  EXPECT_STREQ(pair.layer->problem(), "");
}

TEST(RecordLayer, AnIdleLayerKeepsNoBuffer) {
  Pair pair = connect(testing::all_suites()[0]);
  const std::string wire = pair.peer->write(pattern(16000));
  open_all(*pair.layer, std::string_view(wire).substr(0, 9000));
  EXPECT_EQ(open_all(*pair.layer, std::string_view(wire).substr(9000)).text, pattern(16000));
  pair.savable().freeze();
  EXPECT_LE(archive::save(pair.savable(), kNow)->size(), 160U);
}

}  // namespace
}  // namespace wyld::tls
