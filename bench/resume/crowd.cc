#include "bench/resume/crowd.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <utility>

#include "runtime/socket.h"

namespace wyld::bench {
namespace {

constexpr std::string_view kRequest =
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: v1.json.wyldgate\r\n\r\n";
// Nobody answers so late, not even on a busy machine.
constexpr int kSilenceMs = 120'000;

// The first byte of a whole frame (RFC 6455 section 5.2).
constexpr unsigned char kTextFrame = 0x81;
constexpr unsigned char kPingFrame = 0x89;
constexpr unsigned char kPongFrame = 0x8A;

// A frame from a client, which must be masked (RFC 6455 section 5.3).
std::string frame_of(std::string_view payload, unsigned char kind = kTextFrame) {
  constexpr std::array<unsigned char, 4> kMask = {0x37, 0xfa, 0x21, 0x3d};
  std::string frame(1, static_cast<char>(kind));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80U | payload.size());
  } else {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(payload.size() >> 8U);
    frame += static_cast<char>(payload.size());
  }
  frame.append(reinterpret_cast<const char*>(kMask.data()), kMask.size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask[i % kMask.size()]);
  return frame;
}

struct Frame {
  unsigned char kind = 0;
  std::string_view payload;
};

// The first whole frame, which is taken off `bytes`. False: there is none.
bool take_frame(std::string_view& bytes, Frame& frame) {
  if (bytes.size() < 2) return false;
  std::size_t length = static_cast<unsigned char>(bytes[1]);
  std::size_t head = 2;
  if (length >= 126) {
    head += length == 126 ? 2 : 8;
    if (bytes.size() < head) return false;
    length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8U | static_cast<unsigned char>(bytes[i]);
  }
  if (bytes.size() - head < length) return false;
  frame = {.kind = static_cast<unsigned char>(bytes[0]), .payload = bytes.substr(head, length)};
  bytes.remove_prefix(head + length);
  return true;
}

std::uint64_t number_at(const boost::json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}

}  // namespace

std::string numbered_line(std::uint64_t number) {
  return fmt::format("{:09} The bell in the tower strikes, and every door in the town is open.\n", number);
}

Crowd::Crowd(const runtime::SocketAddress& address, std::size_t count)
    : address_(address), epoll_(::epoll_create1(EPOLL_CLOEXEC)), clients_(count) {
  if (!epoll_.valid()) fail("needs epoll");
}

Crowd::~Crowd() = default;

void Crowd::fail(std::string trouble) {
  if (trouble_.empty()) trouble_ = std::move(trouble);
}

void Crowd::connect(bool ask_at_once) {
  ask_at_once_ = ask_at_once;
  for (Client& client : clients_) {
    client.begun = Clock::now();
    auto fd = runtime::connect_tcp(address_);
    if (!fd) return fail("needs sockets: " + fd.error().message());
    client.fd = std::move(*fd);
    client.stage = Stage::kConnecting;
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.ptr = &client}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.fd.get(), &event) != 0) return fail("needs epoll");
  }
}

void Crowd::await_open() { await(Stage::kOpen); }
void Crowd::await_back() { await(Stage::kBack); }
void Crowd::await_tokens() { await(Stage::kToken); }

void Crowd::ask() {
  for (Client& client : clients_) ask(client);
}

void Crowd::drop() {
  for (Client& client : clients_) {
    client.fd = {};
    client.stage = Stage::kGone;
    client.unread.clear();
  }
}

bool Crowd::heard_up_to(std::uint64_t number) const noexcept {
  return std::ranges::all_of(clients_, [number](const Client& client) { return client.next == number; });
}

std::vector<double> Crowd::seconds_back() const {
  std::vector<double> seconds;
  seconds.reserve(clients_.size());
  for (const Client& client : clients_)
    seconds.push_back(std::chrono::duration<double>(client.back - client.begun).count());
  return seconds;
}

void Crowd::await(Stage stage) {
  awaited_ = stage;
  missing_ = static_cast<std::size_t>(
      std::ranges::count_if(clients_, [stage](const Client& client) { return client.stage < stage; }));
  std::array<epoll_event, 256> events;
  while (missing_ > 0 && trouble_.empty()) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kSilenceMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return fail("the gateway said nothing any more");
    for (int i = 0; i < ready && trouble_.empty(); ++i)
      on_ready(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
}

void Crowd::reach(Client& client, Stage stage) {
  if (client.stage < awaited_ && stage >= awaited_) --missing_;
  client.stage = stage;
}

void Crowd::on_ready(Client& client) {
  if (client.stage == Stage::kConnecting) {
    if (runtime::connect_error(client.fd.get()) != 0) return fail("a client could not connect");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event);
    reach(client, Stage::kUpgrading);
    return send(client, kRequest);
  }
  std::array<char, 32 * 1024> buffer;
  const ssize_t bytes = ::recv(client.fd.get(), buffer.data(), buffer.size(), 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0) return fail("a connection was lost");
  client.unread.append(buffer.data(), static_cast<std::size_t>(bytes));
  on_bytes(client);
}

void Crowd::on_bytes(Client& client) {
  if (client.stage == Stage::kUpgrading) {
    const std::size_t end = client.unread.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (!client.unread.starts_with("HTTP/1.1 101 ")) return fail("the web door refused a client");
    client.unread.erase(0, end + 4);
    reach(client, Stage::kOpen);
    if (ask_at_once_) ask(client);
  }
  std::string_view rest = client.unread;
  for (Frame frame; trouble_.empty() && take_frame(rest, frame);) {
    if (frame.kind == kPingFrame) {
      send(client, frame_of(frame.payload, kPongFrame));
    } else {
      on_message(client, frame.payload);
    }
  }
  client.unread.erase(0, client.unread.size() - rest.size());
}

void Crowd::on_message(Client& client, std::string_view message) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(message, error);
  if (error || !value.is_object()) return fail("a message was no JSON object");
  const boost::json::object& object = value.get_object();
  const std::string_view type = object.at("type").get_string();
  if (type == "text") return on_text(client, object.at("text").get_string());
  if (type == "hello") {
    if (client.token.empty()) {
      client.epoch = number_at(object, "epoch");
      client.offset = number_at(object, "offset");
    }
  } else if (type == "resumed") {
    if (object.at("result").get_string() != "resumed") return fail("somebody was not let back whole");
    client.epoch = number_at(object, "epoch");
    if (number_at(object, "offset") != client.offset) return fail("a replay began at the wrong place");
  } else if (type == "replayed") {
    client.back = Clock::now();
    reach(client, Stage::kBack);
  } else if (type == "token") {
    client.token = object.at("token").get_string();
    send_message(client, R"({"type":"token_kept"})");
    reach(client, Stage::kToken);
  } else {
    fail(fmt::format("somebody was told \"{}\"", type));
  }
}

void Crowd::on_text(Client& client, std::string_view text) {
  client.offset += text.size();
  client.partial += text;
  std::string_view rest = client.partial;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    std::uint64_t number = 0;
    const std::string_view line = rest.substr(0, end);
    std::from_chars(line.begin(), line.end(), number);
    if (number != client.next || end + 1 != kNumberedLineBytes)
      return fail("a line is missing, or came twice");
    ++client.next;
  }
  client.partial.erase(0, client.partial.size() - rest.size());
}

void Crowd::send(Client& client, std::string_view bytes) {
  // So little always fits into an empty socket.
  if (::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    fail("a client could not speak");
  }
}

void Crowd::send_message(Client& client, std::string_view message) { send(client, frame_of(message)); }

void Crowd::ask(Client& client) {
  std::string hello = R"({"type":"hello","client":"wyldgate-bench","version":"1","columns":80,"rows":24)";
  if (!client.token.empty()) {
    hello += fmt::format(R"(,"resume":{{"token":"{}","epoch":{},"offset":{}}})", client.token, client.epoch,
                         client.offset);
  }
  hello += '}';
  reach(client, Stage::kAsked);
  send_message(client, hello);
}

}  // namespace wyld::bench
