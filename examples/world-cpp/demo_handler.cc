#include "demo_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "session/account_name.h"

namespace {

namespace demo = wyld::demo;
namespace world = wyldgate::world;
using wyld::session::SessionHandle;

// The gateway keeps the name that a player has chosen.
constexpr const char* kNameNote = "name";

wyld::Capabilities to_capabilities(const world::v1::Capabilities& from) {
  const auto size = [](std::uint32_t cells) {
    return static_cast<std::uint16_t>(std::min<std::uint32_t>(cells, 1000));
  };
  wyld::Capabilities capabilities;
  capabilities.mtts = from.mtts();
  capabilities.window = {size(from.columns()), size(from.rows())};
  capabilities.gmcp = from.side_channel();
  return capabilities;
}

world::v1::Value to_value(const boost::json::value& json) {
  world::v1::Value value;
  switch (json.kind()) {
    case boost::json::kind::null:
      value.set_null(true);
      break;
    case boost::json::kind::bool_:
      value.set_boolean(json.get_bool());
      break;
    case boost::json::kind::double_:
      value.set_number(json.get_double());
      break;
    case boost::json::kind::int64:
      value.set_integer(json.get_int64());
      break;
    case boost::json::kind::uint64:
      value.set_number(static_cast<double>(json.get_uint64()));
      break;
    case boost::json::kind::string:
      value.set_text(json.get_string().c_str());
      break;
    case boost::json::kind::array:
      value.mutable_list();
      for (const boost::json::value& item : json.get_array())
        *value.mutable_list()->add_values() = to_value(item);
      break;
    case boost::json::kind::object:
      value.mutable_map();
      for (const auto& [name, item] : json.get_object()) {
        (*value.mutable_map()->mutable_fields())[std::string(name)] = to_value(item);
      }
      break;
  }
  return value;
}

void say(world::Session& session, const demo::Effect& effect) {
  switch (effect.kind) {
    case demo::Effect::Kind::kText:
      return session.output(effect.text);
    case demo::Effect::Kind::kPrompted:
      return session.prompt(effect.text);
    case demo::Effect::Kind::kSideChannel:
      return session.side_channel(effect.package, to_value(boost::json::parse(effect.text)));
    case demo::Effect::Kind::kEntered:
      return session.entered();
    case demo::Effect::Kind::kLeft:
      return session.disconnect(effect.text);
    case demo::Effect::Kind::kNamed:
      return session.note(kNameNote, effect.text);
    case demo::Effect::Kind::kEdit:
      return session.edit(effect.edit, "Your note", effect.text);
  }
}

}  // namespace

// What every call comes to: something is done to the world, and what it says about it is delivered.
template <typename Work>
void DemoHandler::act(Session& session, Work&& work) {
  const auto* handle = std::any_cast<SessionHandle>(&session.data);
  if (handle == nullptr) return;
  demo::Outbox outbox;
  work(*handle, std::chrono::steady_clock::now(), outbox);
  deliver(outbox);
}

void DemoHandler::attached(Session& session) { come_in(session); }

// Known to the numbers, but to the rooms only when this process has met it.
void DemoHandler::returned(Session& session) {
  if (session.data.has_value()) {
    presence(session);
  } else {
    come_in(session);
  }
}

void DemoHandler::come_in(Session& session) {
  do {
    last_slot_ = (last_slot_ + 1) & 0xFFFFFF;
  } while (by_slot_.contains(last_slot_));
  by_slot_[last_slot_] = &session;
  session.data = SessionHandle{.shard = 0, .slot = last_slot_ & 0xFFFFFF, .generation = 1};
  const auto note = session.notes().find(kNameNote);
  const bool is_named = note != session.notes().end() && wyld::session::name_problem(note->second).empty();
  act(session, [&](SessionHandle handle, demo::TimePoint now, demo::Outbox& out) {
    const wyld::Capabilities capabilities = to_capabilities(session.capabilities());
    if (session.account().empty() && is_named) {
      world_.attach_again(handle, capabilities, note->second, now, out);
    } else {
      world_.attach(handle, capabilities, session.account(), now, out);
    }
  });
}

void DemoHandler::line(Session& session, std::string_view text, bool /*secret*/) {
  act(session, [&](auto handle, auto now, auto& out) { world_.input(handle, text, now, out); });
}

void DemoHandler::interrupt(Session& session) {
  act(session, [&](auto handle, auto now, auto& out) { world_.interrupt(handle, now, out); });
}

void DemoHandler::capabilities_changed(Session& session) {
  act(session, [&](auto handle, auto now, auto& out) {
    world_.capabilities_changed(handle, to_capabilities(session.capabilities()), now, out);
  });
}

void DemoHandler::presence(Session& session) {
  act(session, [&](auto handle, auto now, auto& out) {
    if (session.connected()) {
      world_.connection_restored(handle, to_capabilities(session.capabilities()), now, out);
    } else {
      world_.connection_lost(handle, now, out);
    }
  });
}

void DemoHandler::edited(Session& session, std::uint64_t edit, bool cancelled, std::string_view text) {
  act(session,
      [&](auto handle, auto now, auto& out) { world_.edited(handle, edit, cancelled, text, now, out); });
}

void DemoHandler::detached(Session& session, world::v1::DetachReason /*reason*/) {
  act(session, [&](SessionHandle handle, auto now, auto& out) {
    by_slot_.erase(handle.slot);
    world_.detach(handle, wyld::session::DetachReason::kClosed, now, out);
  });
}

wyldgate::world::v1::GetPropertiesResponse DemoHandler::properties() {
  world::v1::GetPropertiesResponse properties;
  properties.set_banner(demo::login_banner({}));
  return properties;
}

void DemoHandler::deliver(const demo::Outbox& outbox) {
  for (const demo::Effect& effect : outbox) {
    for (const SessionHandle handle : effect.to) {
      const auto found = by_slot_.find(handle.slot);
      if (found != by_slot_.end()) say(*found->second, effect);
    }
  }
}
