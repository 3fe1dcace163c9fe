#pragma once
// The session side of a world link that listens to nothing; a test overrides what it is about.

#include "session/world_link.h"

namespace wyld::testing {

class QuietWorldEvents : public session::WorldEvents {
 public:
  void on_output(session::SessionHandle, std::string_view) override {}
  void on_output_to(std::span<const session::SessionHandle>, std::string_view) override {}
  void on_prompt(session::SessionHandle) override {}
  void on_side_channel(session::SessionHandle, std::string_view, std::string_view, gmcp::Meaning) override {}
  void on_client_echo(session::SessionHandle, bool) override {}
  void on_character_mode(session::SessionHandle, bool) override {}
  void on_notice(session::SessionHandle, std::string_view) override {}
  void on_entered(session::SessionHandle) override {}
  void on_input_blocked(session::SessionHandle, bool) override {}
  void on_left(session::SessionHandle, std::string_view) override {}
  void on_lost(session::SessionHandle, std::string_view) override {}
  void on_away(session::SessionHandle, std::string_view, std::span<const std::string>) override {}
  void on_back(session::SessionHandle, const session::WorldReturn&) override {}
  void on_logged_in(session::SessionHandle) override {}
  void on_input_taken(session::SessionHandle, std::uint64_t) override {}
  void on_note(session::SessionHandle, std::string_view, std::string_view) override {}
  void on_edit(session::SessionHandle, std::uint64_t, std::string_view, std::string_view) override {}

 protected:
  ~QuietWorldEvents() = default;
};

}  // namespace wyld::testing
