// What a world says to its sessions, and how it goes and comes.
#include "base/counters.h"
#include "base/log.h"
#include "world/grpc/core/link_core.h"
#include "world/grpc/core/value.h"

#include <algorithm>
#include <utility>

namespace wyld::grpc_world {
namespace {

// As of WorldEvents::on_note().
constexpr std::size_t kNotesMax = 32;
constexpr std::size_t kNoteKeyBytesMax = 64;
constexpr std::size_t kNoteValueBytesMax = 1024;

gmcp::Meaning meaning_of(const SideChannelBody& message) noexcept {
  switch (message.kind) {
    case SideChannelKind::kEvent:
      return gmcp::Meaning::kEvent;
    case SideChannelKind::kState:
      return gmcp::Meaning::kState;
    case SideChannelKind::kStateFields:
      return gmcp::Meaning::kFields;
    case SideChannelKind::kUnspecified:
      break;
  }
  return gmcp::meaning_of(message.package);
}

}  // namespace

void LinkCore::stream_up(std::uint64_t stream) {
  stream_ = stream;
  for (Peer& peer : peers_) {
    if (peer.live) mark_dirty(peer);
  }
}

void LinkCore::stream_down(std::string_view text) {
  const bool news = away_text_ != text;
  stream_ = 0;
  away_text_ = text;
  // Attach acknowledges what has been taken; what has ended is not attached again.
  dirty_.clear();
  acknowledge_.clear();
  farewells_.clear();
  blocked_.clear();
  commands_taken_ = 0;
  events_due_ = acknowledgements_told_ = false;
  const std::string words = away_text_;  // who is told may be the cause of other words
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    if (!peer.live) continue;
    peer.dirty = peer.acknowledge = peer.state_waits = false;
    peer.phase = Phase::kAway;
    if (peer.session.generation == 0) continue;
    const session::SessionHandle session = peer.session;
    // What the player types is read again: it waits with the session.
    if (std::exchange(peer.blocked, false)) events_.on_input_blocked(session, false);
    if (find(session) != &peer || (std::exchange(peer.away_told, true) && !news)) continue;
    events_.on_away(session, words, {});
  }
}

void LinkCore::malformed() noexcept { count(Counter::kMalformedInput); }

void LinkCore::receive(const Inbound& inbound) {
  if (inbound.stream != stream_ || stream_ == 0) return;
  for (const Inbound::Item& item : inbound.items) {
    Peer* const peer = find(item.peer);
    if (peer == nullptr) continue;
    if (item.acknowledgement) {
      take_acknowledgement(*peer, item.number);
    } else {
      take_command(*peer, item);
    }
  }
  for (const Inbound::ForMany& for_many : inbound.broadcasts) take_broadcast(for_many);
  unblock();
  if (commands_taken_ > 0 && !std::exchange(acknowledgements_told_, true)) due_(Due::kAcknowledgements);
}

void LinkCore::count_taken(Peer& peer, std::uint64_t number) {
  peer.last_command = number;
  ++commands_taken_;
  if (!std::exchange(peer.acknowledge, true)) acknowledge_.push_back(peer.ref);
}

void LinkCore::take_command(Peer& peer, const Inbound::Item& item) {
  if (item.kind == CommandKind::kAttached) return take_attached(peer, item.body);
  // Nothing is said of a session before it is attached, and nothing without a number.
  if (peer.phase != Phase::kReady || item.number == 0) return malformed();
  // Not acknowledged, so the world says it again when the next process attaches the session.
  if (peer.parked) return;
  if (item.number <= peer.last_command) {
    count_taken(peer, peer.last_command);  // the acknowledgement was lost
    return;
  }
  count_taken(peer, item.number);
  const session::SessionHandle session = peer.session;
  if (session.generation == 0) return;
  switch (item.kind) {
    case CommandKind::kOutput: {
      const std::optional<std::string_view> text = read_text(item.body);
      if (!text) return malformed();
      if (!text->empty()) events_.on_output(session, *text);
      return;
    }
    case CommandKind::kPrompt: {
      const std::optional<std::string_view> text = read_text(item.body);
      if (!text) return malformed();
      if (!text->empty()) events_.on_output(session, *text);
      events_.on_prompt(session);
      return;
    }
    case CommandKind::kSideChannel:
      return take_side_channel(peer, item.body);
    case CommandKind::kEcho: {
      const std::optional<bool> on = read_echo(item.body);
      if (!on) return malformed();
      return events_.on_client_echo(session, *on);
    }
    case CommandKind::kDisconnect:
      return take_disconnect(peer, item.body);
    case CommandKind::kEdit: {
      const std::optional<EditBody> edit = read_edit(item.body);
      if (!edit) return malformed();
      return events_.on_edit(session, edit->edit, edit->title, edit->text);
    }
    case CommandKind::kNote:
      return take_note(peer, item.body);
    case CommandKind::kEntered:
      return events_.on_entered(session);
    case CommandKind::kAttached:
    case CommandKind::kUnknown:
      return;
  }
}

// Both sides compare what they have: what the world has taken is not said again, what it has not, is.
void LinkCore::take_attached(Peer& peer, std::string_view body) {
  const std::optional<Attached> attached = read_attached(body);
  if (!attached || peer.phase != Phase::kAttaching) return malformed();
  const bool met_before = peer.answered || peer.returning;
  const bool forgot = attached->last_event == 0 && (peer.outbox.ever_sent() || peer.returning);
  peer.phase = Phase::kReady;
  peer.answered = true;

  const std::size_t events = peer.outbox.count();
  const std::size_t bytes = peer.outbox.bytes();
  std::uint64_t line = peer.outbox.resume_behind(attached->last_event);
  // A password must not be said to a world that has forgotten that it asked for one.
  const std::size_t secrets = forgot ? peer.outbox.drop_secrets() : 0;
  if (met_before && !forgot) line = std::max(line, attached->last_line);
  recount(peer, events, bytes);
  peer.last_line = std::max(peer.last_line, line);
  if (peer.paused) say_flow(peer);
  if (peer.outbox.something_to_send()) mark_dirty(peer);

  const PeerRef ref = peer.ref;
  const session::SessionHandle session = peer.session;
  if (session.generation == 0) {
    // It ended while the world was away, and the world knows that already.
    if (peer.outbox.empty()) forget(peer);
    return;
  }
  took_line(peer, line);
  if (find(ref) == nullptr) return;
  const session::WorldReturn how{.takes_queue = true, .last_input = peer.last_line_taken};
  const bool was_away = std::exchange(peer.away_told, false);
  if (secrets > 0) {
    events_.on_notice(session, "Your hidden input may not have reached the game, and was not sent again.");
  }
  if (was_away && find(ref) != nullptr) events_.on_back(session, how);
  if (find(ref) != nullptr) check_blocked(peer);
}

void LinkCore::take_acknowledgement(Peer& peer, std::uint64_t number) {
  if (peer.phase != Phase::kReady) return;
  const std::size_t events = peer.outbox.count();
  const std::size_t bytes = peer.outbox.bytes();
  const std::uint64_t line = peer.outbox.acknowledged(number);
  recount(peer, events, bytes);
  if (peer.session.generation == 0) {
    if (peer.outbox.empty()) forget(peer);
    return;
  }
  if (peer.state_waits && has_room(peer)) say_waiting_state(peer);
  took_line(peer, line);
}

void LinkCore::took_line(Peer& peer, std::uint64_t line) {
  if (line <= peer.last_line_taken) return;
  peer.last_line_taken = line;
  events_.on_input_taken(peer.session, line);
}

void LinkCore::take_side_channel(Peer& peer, std::string_view body) {
  const std::optional<SideChannelBody> message = read_side_channel(body);
  std::string json;
  if (!message || !gmcp::valid_package(message->package) ||
      (!message->value.empty() && !append_json(message->value, json))) {
    malformed();
    return drop_side_channel(peer, "world", "malformed");
  }
  events_.on_side_channel(peer.session, message->package, json, meaning_of(*message));
}

void LinkCore::drop_side_channel(Peer& peer, std::string_view from, std::string_view reason) {
  if (std::exchange(peer.drop_logged, true)) return;
  const bool by_client = from == "client";
  log(by_client ? LogLevel::kInfo : LogLevel::kWarning, "side_channel_dropped",
      {{"session", peer.id.text()}, {"from", std::string(from)}, {"reason", std::string(reason)}});
}

void LinkCore::take_note(Peer& peer, std::string_view body) {
  const std::optional<NoteBody> note = read_note(body);
  if (!note) return malformed();
  if (note->value.empty()) {
    if (peer.notes) {
      if (const auto found = peer.notes->find(note->key); found != peer.notes->end())
        peer.notes->erase(found);
    }
  } else if (!note->key.empty() && note->key.size() <= kNoteKeyBytesMax &&
             note->value.size() <= kNoteValueBytesMax) {
    if (!peer.notes) peer.notes = std::make_unique<Notes>();
    const auto found = peer.notes->find(note->key);
    if (found != peer.notes->end()) {
      found->second = note->value;
    } else if (peer.notes->size() < kNotesMax) {
      peer.notes->emplace(note->key, note->value);
    }
  }
  events_.on_note(peer.session, note->key, note->value);
}

void LinkCore::take_disconnect(Peer& peer, std::string_view body) {
  const std::optional<std::string_view> farewell = read_disconnect(body);
  if (!farewell) malformed();
  const session::SessionHandle session = peer.session;
  farewells_.emplace_back(peer.id, peer.last_command);
  forget(peer);
  events_.on_left(session, farewell.value_or(std::string_view()));
}

void LinkCore::take_broadcast(const Inbound::ForMany& for_many) {
  const Broadcast& broadcast = for_many.broadcast;
  if (broadcast.text.empty()) return;
  audience_.clear();
  const auto add = [this](const Peer& peer) {
    if (peer.live && peer.phase == Phase::kReady && peer.session.generation != 0)
      audience_.push_back(peer.session);
  };
  switch (broadcast.audience) {
    case Broadcast::Audience::kNobody:
      return;
    case Broadcast::Audience::kAll:
      std::ranges::for_each(peers_, add);
      break;
    case Broadcast::Audience::kSessions:
      for (const PeerRef ref : for_many.peers) {
        if (const Peer* const peer = find(ref)) add(*peer);
      }
      break;
    case Broadcast::Audience::kNotes:
      for (const Peer& peer : peers_) {
        const bool meant = std::ranges::all_of(broadcast.notes, [&](const auto& wanted) {
          if (!peer.notes) return false;
          const auto found = peer.notes->find(wanted.first);
          return found != peer.notes->end() && found->second == wanted.second;
        });
        if (meant) add(peer);
      }
      break;
  }
  if (!audience_.empty()) events_.on_output_to(audience_, broadcast.text);
}

}  // namespace wyld::grpc_world
