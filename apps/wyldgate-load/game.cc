// A telnet game for load tests: answers each line with a reply of a set size in a set number of
// writes. The reply begins with the first bytes of the line, so a player can tell its own.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <unordered_map>

#include "wyldgate-load/greeting.h"
#include "wyldgate-load/net.h"
#include "wyldgate-load/roles.h"

namespace wyld::load {
namespace {

constexpr std::uint64_t kListenerTag = 0;
constexpr std::uint64_t kStopTag = 1;
constexpr std::size_t kEchoBytes = 16;
constexpr std::size_t kLineBytesMax = 4096;

struct Player {
  Fd fd;
  TelnetPeer telnet;
  std::string line;  // Begun, not ended.
  std::string held;  // Output the socket would not take.
  bool writable_watched = false;
  bool greeted = false;
};

class Game {
 public:
  explicit Game(const GameOptions& options)
      : options_(options), listener_(listen_on(options.listen)), stop_(stop_signals()) {
    filler_.assign(options.reply_bytes, '.');
    epoll_.add(listener_, EPOLLIN, kListenerTag);
    epoll_.add(stop_, EPOLLIN, kStopTag);
    fmt::print("ready {}\n", format_address(local_address(listener_)));
    std::fflush(stdout);
  }

  int run() {
    for (;;) {
      for (const epoll_event& event : epoll_.wait_forever()) {
        if (event.data.u64 == kStopTag) return 0;
        if (event.data.u64 == kListenerTag)
          accept_all();
        else
          serve(event.data.u64, event.events);
      }
    }
  }

 private:
  void accept_all() {
    while (Fd fd = accept_from(listener_)) {
      const std::uint64_t tag = next_tag_++;
      auto player = std::make_unique<Player>(
          Player{std::move(fd), TelnetPeer{TelnetPeer::Manner::kGame}, {}, {}, false, false});
      epoll_.add(player->fd, EPOLLIN, tag);
      std::string hello;
      if (options_.negotiate) hello = TelnetPeer::game_offers();
      if (!options_.greet_known) {
        hello += kGreeting;
        player->greeted = true;
      }
      send(*player, tag, hello);
      players_.emplace(tag, std::move(player));
    }
  }

  void serve(std::uint64_t tag, std::uint32_t what) {
    const auto found = players_.find(tag);
    if (found == players_.end()) return;
    Player& player = *found->second;
    bool alive = true;
    if ((what & EPOLLOUT) != 0) alive = flush(player, tag);
    if (alive && (what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) alive = read(player, tag);
    if (!alive) players_.erase(found);
  }

  bool read(Player& player, std::uint64_t tag) {
    const IoResult got = receive(player.fd, buffer_);
    if (got.state == IoState::kWouldBlock) return true;
    if (got.state == IoState::kClosed) return false;
    answers_.clear();
    std::string_view text{buffer_.data(),
                          player.telnet.strip(std::span{buffer_.data(), got.bytes}, answers_)};
    if (!player.greeted && player.telnet.client_known()) {
      answers_ += kGreeting;
      player.greeted = true;
    }
    if (!answers_.empty() && !send(player, tag, answers_)) return false;
    for (;;) {
      const std::size_t newline = text.find('\n');
      if (newline == std::string_view::npos) break;
      if (player.line.empty()) {
        if (!reply(player, tag, text.substr(0, newline))) return false;
      } else {
        player.line.append(text.substr(0, newline));
        if (!reply(player, tag, player.line)) return false;
        player.line.clear();
      }
      text.remove_prefix(newline + 1);
    }
    player.line.append(text);
    return player.line.size() <= kLineBytesMax;
  }

  bool reply(Player& player, std::uint64_t tag, std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    reply_ = filler_;
    const std::size_t echoed = std::min({line.size(), kEchoBytes, reply_.size() - 2});
    std::copy_n(line.begin(), echoed, reply_.begin());
    std::copy_n("\r\n", 2, reply_.end() - 2);
    if (options_.prompts) reply_ += "\xff\xf9";  // RFC 854 GA.
    std::string_view left = reply_;
    for (std::size_t write = options_.writes; write > 0; --write) {
      const std::size_t piece = write == 1 ? left.size() : left.size() / write;
      if (!send(player, tag, left.substr(0, piece))) return false;
      left.remove_prefix(piece);
    }
    return true;
  }

  bool send(Player& player, std::uint64_t tag, std::string_view bytes) {
    if (player.held.empty()) {
      const IoResult sent = transmit(player.fd, bytes);
      if (sent.state == IoState::kClosed) return false;
      bytes.remove_prefix(sent.bytes);
    }
    if (bytes.empty()) return true;
    player.held.append(bytes);
    watch_writable(player, tag, true);
    return true;
  }

  bool flush(Player& player, std::uint64_t tag) {
    const IoResult sent = transmit(player.fd, player.held);
    player.held.erase(0, sent.bytes);
    if (player.held.empty()) watch_writable(player, tag, false);
    return sent.state != IoState::kClosed;
  }

  void watch_writable(Player& player, std::uint64_t tag, bool on) {
    if (player.writable_watched == on) return;
    player.writable_watched = on;
    epoll_.change(player.fd, on ? EPOLLIN | EPOLLOUT : EPOLLIN, tag);
  }

  GameOptions options_;
  Fd listener_, stop_;
  Epoll epoll_;
  std::uint64_t next_tag_ = 2;
  std::unordered_map<std::uint64_t, std::unique_ptr<Player>> players_;
  std::array<char, 64 * 1024> buffer_{};
  std::string answers_, filler_, reply_;
};

}  // namespace

int run_game(const GameOptions& options) {
  if (options.reply_bytes < 2 || options.writes < 1 || options.writes > options.reply_bytes)
    die("a reply needs at least 2 bytes, and at least one byte to a write");
  if (options.greet_known && !options.negotiate) die("--greet-known needs --negotiate");
  need_descriptors(64);
  return std::make_unique<Game>(options)->run();
}

}  // namespace wyld::load
