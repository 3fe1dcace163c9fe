// Sealing and opening one record: ours with the thread's contexts, ours with contexts of its own, and
// OpenSSL's. Client and server are both of the same kind, on one thread.

#include <benchmark/benchmark.h>

#include "codec/tls/testing.h"

namespace wyld::tls {
namespace {

struct Ends {
  std::unique_ptr<RecordLayer> server;
  std::unique_ptr<RecordLayer> client;
};

Ends connect(RecordLayerKind kind, const RecordOptions& options) {
  static const auto server_context = testing::server_context();
  std::string problem;
  static const auto client_context =
      ClientContext::make({.verify = false, .ca_pem = "", .pinned_sha256 = ""}, problem);
  Handshake server(server_context);
  Handshake client(client_context, "");
  std::string to_server;
  std::string to_client;
  static_cast<void>(client.feed("", to_server));
  for (int round = 0; round < 3; ++round) {
    static_cast<void>(server.feed(std::exchange(to_server, {}), to_client));
    static_cast<void>(client.feed(std::exchange(to_client, {}), to_server));
  }
  Ends ends;
  std::string unread;
  ends.server = server.finish(kind, options, unread);
  static_cast<void>(testing::open_all(*ends.server, unread));
  ends.client = client.finish(kind, options, unread);
  static_cast<void>(testing::open_all(*ends.client, unread));
  return ends;
}

void seal(benchmark::State& state, RecordLayerKind kind, bool keep) {
  const RecordOptions options{.keep_contexts = keep};
  const Ends ends = connect(kind, options);
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!ends.server->seal(text, out)) state.SkipWithError("sealing failed");
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void seal_and_open(benchmark::State& state, RecordLayerKind kind, bool keep) {
  const RecordOptions options{.keep_contexts = keep};
  const Ends ends = connect(kind, options);
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out;
  std::size_t bytes = 0;
  for (auto _ : state) {
    out.clear();
    if (!ends.client->seal(text, out)) state.SkipWithError("sealing failed");
    std::span<char> input(out);
    for (;;) {
      const Opened opened = ends.server->open(input);
      if (opened.kind != Opened::Kind::kText) break;
      bytes += opened.text.size();
    }
  }
  if (bytes != static_cast<std::size_t>(state.iterations()) * text.size())
    state.SkipWithError("text was lost");
  state.SetItemsProcessed(state.iterations());
}

constexpr auto kOurs = RecordLayerKind::kSavable;
constexpr auto kOpenssl = RecordLayerKind::kOpenssl;
BENCHMARK_CAPTURE(seal, shared, kOurs, false)->Name("tls/seal/shared")->Arg(48)->Arg(400)->Arg(4096);
BENCHMARK_CAPTURE(seal, kept, kOurs, true)->Name("tls/seal/kept")->Arg(48)->Arg(400)->Arg(4096);
BENCHMARK_CAPTURE(seal, openssl, kOpenssl, false)->Name("tls/seal/openssl")->Arg(48)->Arg(400)->Arg(4096);
BENCHMARK_CAPTURE(seal_and_open, shared, kOurs, false)
    ->Name("tls/seal_and_open/shared")
    ->Arg(48)
    ->Arg(400)
    ->Arg(4096);
BENCHMARK_CAPTURE(seal_and_open, kept, kOurs, true)
    ->Name("tls/seal_and_open/kept")
    ->Arg(48)
    ->Arg(400)
    ->Arg(4096);
BENCHMARK_CAPTURE(seal_and_open, openssl, kOpenssl, false)
    ->Name("tls/seal_and_open/openssl")
    ->Arg(48)
    ->Arg(400)
    ->Arg(4096);

}  // namespace
}  // namespace wyld::tls
