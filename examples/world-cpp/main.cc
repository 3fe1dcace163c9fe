// The demo world in a process of its own, to show what a world on the C++ library looks like.
#include <pthread.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "demo_handler.h"
#include "file_accounts.h"
#include "wyldgate/world/file_store.h"
#include "wyldgate/world/server.h"

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file && !text.empty()) return text;
  std::fprintf(stderr, "%s cannot be read, or is empty.\n", path.c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  wyldgate::world::ServerOptions options;
  options.name = "demo";
  options.program = "world-cpp";
  std::string key_file, state, accounts_file, tls_certificate, tls_key, tls_ca;
  CLI::App app{"The demo world, for gateways with --world grpc://HOST:PORT"};
  app.add_option("--listen", options.listen, "The address to listen on, HOST:PORT; port 0 picks a free one")
      ->capture_default_str();
  app.add_option("--key-file", key_file, "A file with the key that gateways must know");
  app.add_option(
      "--state", state,
      "A file that keeps the sessions, so that nothing is lost or doubled if the process is killed");
  app.add_option("--accounts", accounts_file,
                 "A file for the players' accounts, for gateways with world.login = \"world-accounts\"");
  app.add_option("--tls-certificate", tls_certificate, "The certificate, a PEM file");
  app.add_option("--tls-key", tls_key, "Its private key, a PEM file");
  app.add_option("--tls-ca", tls_ca, "A PEM file; gateways must present a certificate signed by this CA");
  app.add_flag("--reflection", options.reflection, "Serve gRPC reflection, for tools such as grpcurl");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!key_file.empty()) options.key = contents(key_file);
  while (!options.key.empty() && std::isspace(static_cast<unsigned char>(options.key.back())))
    options.key.pop_back();
  if (!tls_certificate.empty()) options.tls_certificate = contents(tls_certificate);
  if (!tls_key.empty()) options.tls_key = contents(tls_key);
  if (!tls_ca.empty()) options.tls_ca = contents(tls_ca);

  sigset_t signals;  // waited for by a thread of their own; all others inherit that they are blocked
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::unique_ptr<wyldgate::world::FileStore> store;
  if (!state.empty()) store = std::make_unique<wyldgate::world::FileStore>(state);
  std::unique_ptr<FileAccounts> accounts;
  if (!accounts_file.empty()) {
    accounts = std::make_unique<FileAccounts>(accounts_file);
    if (const auto trouble = accounts->open()) return std::fprintf(stderr, "%s\n", trouble->c_str()), 1;
    options.accounts = accounts.get();
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  DemoHandler handler;
  wyldgate::world::Server server(handler, std::move(options), store.get());
  if (const auto trouble = server.start()) {
    std::fprintf(stderr, "%s\n", trouble->c_str());
    return 1;
  }
  std::printf("demo listens on %s:%d\n", host.c_str(), server.port());
  std::fflush(stdout);
  std::thread stopper([&] {
    int number = 0;
    sigwait(&signals, &number);
    server.stop();
  });
  const auto failure = server.wait();
  if (failure) {
    std::fprintf(stderr, "The world stops: %s\n", failure->c_str());
    ::kill(::getpid(), SIGTERM);  // for the stopper
  }
  stopper.join();
  return failure ? 1 : 0;
}
