#include "world/demo/link.h"

#include <algorithm>
#include <utility>

namespace wyld::demo {
namespace {

// Under which key a session keeps the name that its player has chosen.
constexpr std::string_view kNameNote = "name";

void say(const Effect& effect, session::WorldEvents& events) {
  switch (effect.kind) {
    case Effect::Kind::kText:
    case Effect::Kind::kPrompted:
      if (effect.to.size() == 1) {
        events.on_output(effect.to.front(), effect.text);
      } else {
        events.on_output_to(effect.to, effect.text);
      }
      if (effect.kind == Effect::Kind::kText) return;
      for (const session::SessionHandle session : effect.to) events.on_prompt(session);
      return;
    case Effect::Kind::kSideChannel:
      for (const session::SessionHandle session : effect.to) {
        events.on_side_channel(session, effect.package, effect.text);
      }
      return;
    case Effect::Kind::kEntered:
      for (const session::SessionHandle session : effect.to) events.on_entered(session);
      return;
    case Effect::Kind::kLeft:
      for (const session::SessionHandle session : effect.to) events.on_left(session, effect.text);
      return;
    case Effect::Kind::kNamed:
      for (const session::SessionHandle session : effect.to) events.on_note(session, kNameNote, effect.text);
      return;
    case Effect::Kind::kEdit:
      for (const session::SessionHandle session : effect.to) {
        events.on_edit(session, effect.edit, "Your note", effect.text);
      }
      return;
  }
}

}  // namespace

DemoLink::DemoLink(SharedWorld& shared, std::uint8_t shard, session::WorldEvents& events, ShardMail mail,
                   Clock clock)
    : shared_(shared), shard_(shard), events_(events), mail_(std::move(mail)), clock_(std::move(clock)) {
  shared_.add_shard(shard, events);
}

template <typename Work>
void DemoLink::act(Work&& work) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with([&](World& world) { work(world, now, outbox); });
  deliver(std::move(outbox));
}

void DemoLink::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  std::string_view name = player.account;
  if (name.empty() && player.returning && player.metadata != nullptr) {
    const auto note = player.metadata->find(std::string(kNameNote));
    if (note != player.metadata->end()) name = note->second;
  }
  act([&](World& world, TimePoint now, Outbox& out) {
    if (player.account.empty() && !name.empty()) {
      world.attach_again(session, player.capabilities, name, now, out);
    } else {
      world.attach(session, player.capabilities, name, now, out);
    }
  });
}

void DemoLink::connection_lost(session::SessionHandle session) {
  act([&](World& world, TimePoint now, Outbox& out) { world.connection_lost(session, now, out); });
}

void DemoLink::connection_restored(session::SessionHandle session, const session::PlayerInfo& player) {
  act([&](World& world, TimePoint now, Outbox& out) {
    world.connection_restored(session, player.capabilities, now, out);
  });
}

void DemoLink::detach(session::SessionHandle session, session::DetachReason reason) {
  act([&](World& world, TimePoint now, Outbox& out) { world.detach(session, reason, now, out); });
}

void DemoLink::input(session::SessionHandle session, std::uint64_t, std::string_view line, bool) {
  act([&](World& world, TimePoint now, Outbox& out) { world.input(session, line, now, out); });
}

void DemoLink::interrupt(session::SessionHandle session) {
  act([&](World& world, TimePoint now, Outbox& out) { world.interrupt(session, now, out); });
}

void DemoLink::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) {
  act([&](World& world, TimePoint now, Outbox& out) {
    world.capabilities_changed(session, capabilities, now, out);
  });
}

void DemoLink::edited(session::SessionHandle session, std::uint64_t edit, bool cancelled,
                      std::string_view text) {
  act([&](World& world, TimePoint now, Outbox& out) {
    world.edited(session, edit, cancelled, text, now, out);
  });
}

// The world never asks for keys, listens to no side channel, and says little enough not to need pausing:
// what exceeds a slow reader's bound is dropped by the session, which tells the player.
void DemoLink::characters(session::SessionHandle, std::string_view) {}
void DemoLink::side_channel(session::SessionHandle, std::string_view, std::string_view) {}
void DemoLink::pause(session::SessionHandle) {}
void DemoLink::resume(session::SessionHandle) {}

void DemoLink::deliver(Outbox outbox) {
  Outbox own;
  std::vector<Outbox> others;  // one per shard
  for (Effect& effect : outbox) {
    if (effect.shard == shard_) {
      own.push_back(std::move(effect));
      continue;
    }
    auto theirs =
        std::ranges::find(others, effect.shard, [](const Outbox& box) { return box.front().shard; });
    if (theirs == others.end()) theirs = others.emplace(theirs);
    theirs->push_back(std::move(effect));
  }
  // Others first: while our own are told, they may act and say more.
  for (Outbox& theirs : others) {
    const std::uint8_t shard = theirs.front().shard;
    const std::uint64_t count = theirs.size();
    const bool posted = mail_(shard, [&events = shared_.events_of(shard), theirs = std::move(theirs)] {
      for (const Effect& effect : theirs) say(effect, events);
    });
    if (!posted) shared_.count_dropped(count);
  }
  for (const Effect& effect : own) say(effect, events_);
}

}  // namespace wyld::demo
