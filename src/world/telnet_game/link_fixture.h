#pragma once
// What the link's tests share: a game of real sockets, and a session side that writes down what it is told.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/socket.h"
#include "testing/quiet_world_events.h"
#include "world/telnet_game/link.h"

namespace wyld::telnet_game {

using namespace std::chrono_literals;
using session::SessionHandle;

// One player's log: output as it came, everything else in angle brackets. Of several players, by slot.
struct RecordingEvents final : testing::QuietWorldEvents {
  void on_output(SessionHandle who, std::string_view utf8) override { log(who) += utf8; }
  void on_output_to(std::span<const SessionHandle> all, std::string_view utf8) override {
    for (const SessionHandle who : all) log(who) += utf8;
  }
  void on_prompt(SessionHandle who) override { log(who) += "<prompt>"; }
  void on_side_channel(SessionHandle who, std::string_view package, std::string_view body,
                       gmcp::Meaning) override {
    log(who) += "<" + std::string(package) + " " + std::string(body) + ">";
  }
  void on_client_echo(SessionHandle who, bool on) override { log(who) += on ? "<echo on>" : "<echo off>"; }
  void on_character_mode(SessionHandle who, bool on) override {
    log(who) += on ? "<characters on>" : "<characters off>";
  }
  void on_notice(SessionHandle who, std::string_view text) override {
    log(who) += "<notice " + std::string(text) + ">";
  }
  void on_entered(SessionHandle who) override { log(who) += "<entered>"; }
  void on_input_blocked(SessionHandle who, bool blocked) override {
    EXPECT_NE(input_blocked[who.slot], blocked) << "told twice";
    input_blocked[who.slot] = blocked;
  }
  void on_lost(SessionHandle who, std::string_view text) override {
    log(who) += "<lost " + std::string(text) + ">";
  }
  void on_left(SessionHandle who, std::string_view text) override {
    log(who) += "<left " + std::string(text) + ">";
  }
  void on_away(SessionHandle who, std::string_view text, std::span<const std::string> unsure) override {
    log(who) += "<away " + std::string(text.substr(0, text.find(" You stay")));
    for (const std::string& line : unsure) log(who) += " [" + line + "]";
    log(who) += ">";
  }
  void on_back(SessionHandle who, const session::WorldReturn& how) override {
    EXPECT_FALSE(how.takes_queue);
    EXPECT_EQ(how.last_input, 0U);
    log(who) += "<back>";
  }
  void on_note(SessionHandle, std::string_view key, std::string_view value) override {
    notes[std::string(key)] = value;
  }
  void on_logged_in(SessionHandle who) override { log(who) += "<logged in>"; }

  std::string& log(SessionHandle who) { return logs[who.slot]; }
  std::map<std::uint32_t, std::string> logs;
  std::map<std::uint32_t, bool> input_blocked;
  std::map<std::string, std::string> notes;
};

// The game's end of one connection.
struct GameEnd {
  runtime::Fd fd;
  std::string heard;
  bool ended = false;

  void say(std::string_view bytes) const {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  const std::string& listen() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) ended = true;
      if (got <= 0) return heard;
      heard.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // As the system of a process that crashed with unread input, or of a machine that was switched off.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    fd.reset();
  }
};

class TelnetGame : public ::testing::Test {
 protected:
  TelnetGame() : loop_(*runtime::Loop::create()) {
    open_game();
    options_.addresses = {address_};
    options_.name = "Test";
    // As short as a test can be, but long enough for what happens in one turn.
    options_.redial_first = 10ms;
    options_.redial_max = 40ms;
    options_.settle = 20ms;
    options_.ask_every = 20ms;
    options_.patience = 30ms;
    options_.trial = 20ms;
    options_.steady = 0ms;
  }

  void make_link() { link_ = std::make_unique<TelnetGameLink>(*loop_, events_, options_); }
  void attach() { attach(player_); }
  void attach(SessionHandle who, bool returning = false) {
    link_->attach(who, {.id = {},
                        .address = "203.0.113.7",
                        .capabilities = capabilities_,
                        .side_channel_hello = hello_,
                        .side_channel_supports = supports_,
                        .account = account_,
                        .returning = returning,
                        .metadata = &metadata_});
  }
  [[nodiscard]] static SessionHandle player(std::uint32_t slot) {
    return {.shard = 0, .slot = slot & 0xFFFFFFU, .generation = 1};
  }

  // The game's process goes and comes, on the same port.
  void open_game() {
    const auto any = runtime::parse_listen_address("127.0.0.1:0")->front();
    auto socket = runtime::listen_tcp(address_.storage_bytes == 0 ? any : address_, false);
    ASSERT_TRUE(socket.has_value()) << socket.error().message();
    listener_ = std::move(*socket);
    address_ = *runtime::local_address(listener_.get());
  }
  void close_game() {
    listener_.reset();
    game_.fd.reset();
  }
  [[nodiscard]] bool waiting() {
    runtime::SocketAddress peer;
    GameEnd end{.fd = std::move(*runtime::accept_tcp(listener_.get(), peer)), .heard = {}};
    if (!end.fd.valid()) return false;
    arrived_.push_back(std::move(end));
    return true;
  }
  [[nodiscard]] GameEnd accept_one() {
    until([this] { return waiting(); });
    GameEnd end = std::move(arrived_.front());
    arrived_.erase(arrived_.begin());
    return end;
  }
  void accept() { game_ = accept_one(); }

  template <typename Done>
  void until(Done&& done) {
    while (!done()) loop_->run_once(5ms);
  }
  void pass(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) loop_->run_once(2ms);
  }
  void say(std::string_view bytes) { game_.say(bytes); }
  const std::string& heard() { return game_.listen(); }
  [[nodiscard]] const std::string& log() { return events_.log(player_); }
  [[nodiscard]] bool told(std::string_view text) { return log().find(text) != std::string::npos; }

  std::unique_ptr<runtime::Loop> loop_;
  runtime::SocketAddress address_;
  runtime::Fd listener_;
  GameEnd game_;
  std::vector<GameEnd> arrived_;
  RecordingEvents events_;
  TelnetGameOptions options_;
  std::unique_ptr<TelnetGameLink> link_;
  SessionHandle player_ = player(2);
  Capabilities capabilities_;
  std::string hello_;
  std::string supports_;
  std::string account_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace wyld::telnet_game
