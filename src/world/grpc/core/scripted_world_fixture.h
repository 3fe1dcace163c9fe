#pragma once
// The other side of the conversation, with the generated code: a world that echoes, remembers, forgets.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/session_id.h"
#include "wyldgate/world/v1/world.pb.h"

namespace wyld::grpc_world::testing {

namespace proto = ::wyldgate::world::v1;

inline std::string id_bytes(const SessionId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// Keeps the contract of session.proto as a careful world does: what it has taken it remembers for as long as
// its commands. It answers the line "x" with "<x>\n", and notes what it is told.
class ScriptedWorld {
 public:
  struct Session {
    std::uint64_t last_event = 0;
    std::uint64_t last_line = 0;
    std::uint64_t last_command = 0;
    std::deque<proto::SessionCommand> unacknowledged;
    std::vector<std::string> lines;
    std::vector<std::string> log;  // everything but lines: "attach", "detach 1", "presence", ...
    proto::Attach attach;
    bool attached = false;  // on this stream
    int doubled = 0;        // events that came although they had been taken
  };

  // What one message of the gateway's is answered with; empty: nothing.
  std::string take(const std::string& bytes) {
    proto::ConnectRequest request;
    valid = valid && request.ParseFromString(bytes);
    proto::ConnectResponse response;
    for (const proto::SessionEvent& event : request.events()) take(event, response);
    for (const proto::Acknowledgement& acknowledgement : request.acknowledgements()) {
      const auto found = sessions.find(acknowledgement.session_id());
      if (found != sessions.end()) drop_acknowledged(found->second, acknowledgement.sequence());
    }
    for (auto& [id, command] : said_) *response.add_commands() = command;
    said_.clear();
    if (response.ByteSizeLong() == 0) return {};
    return response.SerializeAsString();
  }

  // Says something of its own accord; comes with the next answer.
  void say(const SessionId& id, proto::SessionCommand command) {
    Session& session = sessions[id_bytes(id)];
    command.set_session_id(id_bytes(id));
    command.set_sequence(++session.last_command);
    session.unacknowledged.push_back(command);
    if (session.attached) said_.emplace_back(id_bytes(id), command);
  }

  void cut() {
    for (auto& [id, session] : sessions) session.attached = false;
    said_.clear();
  }
  // All that a world without a database has after its restart.
  void forget_everything() {
    for (auto& [id, session] : sessions) {
      session.last_event = session.last_line = session.last_command = 0;
      session.unacknowledged.clear();
    }
    cut();
  }

  Session& of(const SessionId& id) { return sessions[id_bytes(id)]; }

  std::map<std::string, Session> sessions;
  bool acknowledges = true;
  bool valid = true;  // every message could be parsed

 private:
  void take(const proto::SessionEvent& event, proto::ConnectResponse& response) {
    Session& session = sessions[event.session_id()];
    if (event.has_attach()) {
      valid = valid && event.sequence() == 0;
      session.attach = event.attach();
      session.log.emplace_back(event.attach().returning() ? "attach returning" : "attach");
      session.attached = true;
      session.last_command = std::max(session.last_command, event.attach().last_command());
      drop_acknowledged(session, event.attach().last_command());
      proto::SessionCommand& attached = *response.add_commands();
      attached.set_session_id(event.session_id());
      attached.mutable_attached()->set_last_event(session.last_event);
      attached.mutable_attached()->set_last_line(session.last_line);
      for (const proto::SessionCommand& command : session.unacknowledged) *response.add_commands() = command;
      return;
    }
    valid = valid && session.attached && event.sequence() != 0;
    if (event.sequence() <= session.last_event) {
      ++session.doubled;
    } else {
      session.last_event = event.sequence();
      happen(event, session, response);
    }
    if (!acknowledges) return;
    proto::Acknowledgement& acknowledgement = *response.add_acknowledgements();
    acknowledgement.set_session_id(event.session_id());
    acknowledgement.set_sequence(session.last_event);
  }

  void happen(const proto::SessionEvent& event, Session& session, proto::ConnectResponse& response) {
    switch (event.event_case()) {
      case proto::SessionEvent::kInput: {
        session.lines.push_back(event.input().line());
        if (event.input().secret()) session.log.emplace_back("secret");
        session.last_line = event.input().line_number();
        proto::SessionCommand& echo = *response.add_commands();
        echo.set_session_id(event.session_id());
        echo.set_sequence(++session.last_command);
        echo.mutable_output()->set_text("<" + event.input().line() + ">\n");
        session.unacknowledged.push_back(echo);
        return;
      }
      case proto::SessionEvent::kDetach:
        return session.log.push_back("detach " + std::to_string(event.detach().reason()));
      case proto::SessionEvent::kPresence:
        return session.log.push_back(event.presence().connected()
                                         ? "presence back from " + event.presence().address()
                                         : "presence lost");
      case proto::SessionEvent::kFlow:
        return session.log.push_back(event.flow().paused() ? "paused" : "resumed");
      case proto::SessionEvent::kCapabilities:
        return session.log.push_back("capabilities " + std::to_string(event.capabilities().columns()));
      case proto::SessionEvent::kSideChannel:
        return session.log.push_back(event.side_channel().package() + " " +
                                     event.side_channel().value().ShortDebugString());
      case proto::SessionEvent::kInterrupt:
        return session.log.push_back("interrupt");
      case proto::SessionEvent::kEdited:
        return session.log.push_back("edited " + std::to_string(event.edited().edit_id()) + " " +
                                     event.edited().text());
      default:
        valid = false;
    }
  }

  static void drop_acknowledged(Session& session, std::uint64_t number) {
    while (!session.unacknowledged.empty() && session.unacknowledged.front().sequence() <= number) {
      session.unacknowledged.pop_front();
    }
  }

  std::vector<std::pair<std::string, proto::SessionCommand>> said_;
};

}  // namespace wyld::grpc_world::testing
