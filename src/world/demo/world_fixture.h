#pragma once
// What the demo world's tests share: shards that remember what they were told.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "testing/quiet_world_events.h"
#include "world/demo/link.h"

namespace wyld::demo {

// What one session was told.
struct Heard {
  std::string text;  // output; a prompt mark is '|'
  std::vector<std::pair<std::string, std::string>> side_channel;
  bool entered = false;
  bool left = false;
  std::string farewell;
  std::map<std::string, std::string> notes;
  std::uint64_t edit = 0;  // the last that was asked for
  std::string edit_text;
};

class RememberingEvents final : public testing::QuietWorldEvents {
 public:
  void on_output(session::SessionHandle session, std::string_view utf8) override {
    ++calls;
    heard(session).text += utf8;
  }
  void on_output_to(std::span<const session::SessionHandle> sessions, std::string_view utf8) override {
    ++calls;
    for (const session::SessionHandle session : sessions) heard(session).text += utf8;
  }
  void on_prompt(session::SessionHandle session) override { heard(session).text += '|'; }
  void on_side_channel(session::SessionHandle session, std::string_view package, std::string_view body,
                       gmcp::Meaning /*meaning*/) override {
    heard(session).side_channel.emplace_back(package, body);
  }
  void on_client_echo(session::SessionHandle, bool) override { ++unexpected; }
  void on_character_mode(session::SessionHandle, bool) override { ++unexpected; }
  void on_notice(session::SessionHandle, std::string_view) override { ++unexpected; }
  void on_entered(session::SessionHandle session) override { heard(session).entered = true; }
  void on_left(session::SessionHandle session, std::string_view text) override {
    heard(session).left = true;
    heard(session).farewell = text;
  }

  void on_note(session::SessionHandle session, std::string_view key, std::string_view value) override {
    heard(session).notes[std::string(key)] = value;
  }
  void on_edit(session::SessionHandle session, std::uint64_t edit, std::string_view,
               std::string_view text) override {
    heard(session).edit = edit;
    heard(session).edit_text = text;
  }

  Heard& heard(session::SessionHandle session) { return by_slot[session.slot]; }

  std::map<std::uint32_t, Heard> by_slot;
  int calls = 0;
  int unexpected = 0;
};

// Two shards of one world, run by hand on one thread.
class TwoShards {
 public:
  explicit TwoShards(const WorldOptions& options = {}) : shared(options) {
    for (std::uint8_t shard = 0; shard < 2; ++shard) {
      links[shard] = std::make_unique<DemoLink>(
          shared, shard, events[shard],
          [this](std::uint8_t to, ShardTask work) {
            if (mailbox_full) return false;
            mailboxes[to].push_back(std::move(work));
            return true;
          },
          [this] { return now; });
    }
  }

  session::SessionHandle attach(std::uint8_t shard, const Capabilities& capabilities = {},
                                std::string_view account = {}) {
    const session::SessionHandle session{.shard = shard, .slot = next_slot++ & 0xFFFFFF, .generation = 1};
    links[shard]->attach(session, {.id = {},
                                   .address = "127.0.0.1",
                                   .capabilities = capabilities,
                                   .side_channel_hello = {},
                                   .side_channel_supports = {},
                                   .account = account});
    run_mailboxes();
    return session;
  }

  // As after a restart of the gateway: a session that was in before, under the name it has noted.
  session::SessionHandle attach_again(std::uint8_t shard, const std::map<std::string, std::string>& notes,
                                      const Capabilities& capabilities = {}) {
    const session::SessionHandle session{.shard = shard, .slot = next_slot++ & 0xFFFFFF, .generation = 1};
    links[shard]->attach(session, {.id = {},
                                   .address = "127.0.0.1",
                                   .capabilities = capabilities,
                                   .side_channel_hello = {},
                                   .side_channel_supports = {},
                                   .returning = true,
                                   .metadata = &notes});
    run_mailboxes();
    return session;
  }

  void lose(session::SessionHandle session) {
    links[session.shard]->connection_lost(session);
    run_mailboxes();
  }
  void restore(session::SessionHandle session, const Capabilities& capabilities) {
    links[session.shard]->connection_restored(session, {.id = {},
                                                        .address = "127.0.0.1",
                                                        .capabilities = capabilities,
                                                        .side_channel_hello = {},
                                                        .side_channel_supports = {}});
    run_mailboxes();
  }
  // What `session` is told when its editor is closed.
  std::string edits(session::SessionHandle session, std::uint64_t edit, bool cancelled,
                    std::string_view text) {
    heard(session).text.clear();
    links[session.shard]->edited(session, edit, cancelled, text);
    run_mailboxes();
    return take(session);
  }

  session::SessionHandle enter(std::string_view name, std::uint8_t shard = 0,
                               const Capabilities& capabilities = {}) {
    const session::SessionHandle session = attach(shard, capabilities);
    says(session, name);
    for (auto& side : events) {
      for (auto& [slot, heard] : side.by_slot) heard.text.clear();
    }
    return session;
  }

  // What `session` is told when it types `line`.
  std::string says(session::SessionHandle session, std::string_view line) {
    heard(session).text.clear();
    links[session.shard]->input(session, 1, line, false);
    run_mailboxes();
    return std::exchange(heard(session).text, {});
  }

  std::string take(session::SessionHandle session) { return std::exchange(heard(session).text, {}); }
  Heard& heard(session::SessionHandle session) { return events[session.shard].heard(session); }

  void run_mailboxes() {
    for (std::size_t shard = 0; shard < 2; ++shard) {
      for (; !mailboxes[shard].empty(); mailboxes[shard].pop_front()) mailboxes[shard].front()();
    }
  }

  SharedWorld shared;
  RememberingEvents events[2];
  std::unique_ptr<DemoLink> links[2];
  std::deque<ShardTask> mailboxes[2];
  bool mailbox_full = false;
  TimePoint now{};
  std::uint32_t next_slot = 0;
};

inline Capabilities plain_client() {
  Capabilities capabilities;
  capabilities.mtts = mtts::kUtf8;
  return capabilities;
}

inline Capabilities gmcp_client() {
  Capabilities capabilities = plain_client();
  capabilities.gmcp = true;
  return capabilities;
}

}  // namespace wyld::demo
