#pragma once
// The demo world as a world of its own: what the gateway says is told to demo::World, and the other way
// round.

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "world/demo/world.h"
#include "wyldgate/world/handler.h"

// Who a player is, is noted with the gateway: after a restart of this world they are in again under their
// names.
//
// Owner    main().
// Thread   as Handler says.
class DemoHandler final : public wyldgate::world::Handler {
 public:
  using Session = wyldgate::world::Session;

  void attached(Session& session) override;
  void returned(Session& session) override;
  void line(Session& session, std::string_view text, bool secret) override;
  void interrupt(Session& session) override;
  void capabilities_changed(Session& session) override;
  void presence(Session& session) override;
  void edited(Session& session, std::uint64_t edit, bool cancelled, std::string_view text) override;
  void detached(Session& session, wyldgate::world::v1::DetachReason reason) override;
  wyldgate::world::v1::GetPropertiesResponse properties() override;

 private:
  template <typename Work>
  void act(Session& session, Work&& work);
  void come_in(Session& session);
  void deliver(const wyld::demo::Outbox& outbox);

  wyld::demo::World world_{wyld::demo::WorldOptions{}};
  std::unordered_map<std::uint32_t, Session*> by_slot_;
  std::uint32_t last_slot_ = 0;
};
