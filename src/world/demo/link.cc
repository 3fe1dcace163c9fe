#include "world/demo/link.h"

#include <algorithm>
#include <utility>

namespace wyld::demo {
namespace {

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
  }
}

}  // namespace

DemoLink::DemoLink(SharedWorld& shared, std::uint8_t shard, session::WorldEvents& events, PostToShard post,
                   Clock clock)
    : shared_(shared), shard_(shard), events_(events), post_(std::move(post)), clock_(std::move(clock)) {}

void DemoLink::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with(
      [&](World& world) { world.attach(session, player.capabilities, player.account, now, outbox); });
  deliver(std::move(outbox));
}

void DemoLink::detach(session::SessionHandle session, session::DetachReason reason) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with([&](World& world) { world.detach(session, reason, now, outbox); });
  deliver(std::move(outbox));
}

void DemoLink::input(session::SessionHandle session, std::uint64_t, std::string_view line, bool) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with([&](World& world) { world.input(session, line, now, outbox); });
  deliver(std::move(outbox));
}

void DemoLink::interrupt(session::SessionHandle session) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with([&](World& world) { world.interrupt(session, now, outbox); });
  deliver(std::move(outbox));
}

void DemoLink::capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) {
  Outbox outbox;
  const TimePoint now = clock_();
  shared_.with([&](World& world) { world.capabilities_changed(session, capabilities, now, outbox); });
  deliver(std::move(outbox));
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
    const bool posted = post_(shard, [theirs = std::move(theirs)](session::WorldEvents& events) {
      for (const Effect& effect : theirs) say(effect, events);
    });
    if (!posted) shared_.count_dropped(count);
  }
  for (const Effect& effect : own) say(effect, events_);
}

}  // namespace wyld::demo
