#pragma once
// The JSON form of a session on a WebSocket, subprotocol "v1.json.wyldgate".
// docs/protocols/websocket-json.md is its page.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/capabilities.h"

namespace wyld::ws::json {

inline constexpr std::string_view kSubprotocol = "v1.json.wyldgate";

// What a client may say; one object a text message.
struct ClientHello {  // {"type":"hello","client":"..","version":"..","columns":80,"rows":24,"gmcp":["Room
                      // 1"],"screen_reader":false}
  std::string client;
  std::string version;
  WindowSize window;
  bool gmcp = false;          // the key was present
  std::string gmcp_supports;  // JSON array of strings, as given (bounded)
  bool screen_reader = false;
};

// Receives one decoded message. Views expire when the callback returns.
class ClientEvents {
 public:
  virtual void on_hello(const ClientHello& hello) = 0;
  virtual void on_line(std::string_view line) = 0;  // {"type":"line","text":".."}
  virtual void on_size(WindowSize window) = 0;      // {"type":"size","columns":..,"rows":..}
  virtual void on_gmcp(std::string_view package,
                       std::string_view body) = 0;        // {"type":"gmcp","package":"..","data":..}
  virtual void on_ping_message(std::string_view id) = 0;  // {"type":"ping","id":..}; raw JSON of id
  // Not of this form; `what` is a literal fit to send back to the developer of the client.
  virtual void on_malformed(const char* what) = 0;

 protected:
  ~ClientEvents() = default;
};

struct Limits {
  std::size_t line_bytes_max = 4096;
  std::size_t gmcp_bytes_max = 16 * 1024;
};

// Decodes one text message (valid UTF-8). Unknown types are ignored, so that clients may be newer than
// the gateway; control characters are removed from lines; a '\n' inside makes several lines.
void decode(std::string_view message, const Limits& limits, ClientEvents& events);

// What the gateway says; each appends one JSON object (not yet a frame).
void append_hello(std::string_view session_id, std::string_view world, std::string_view version,
                  std::string& out);
void append_text(std::string_view utf8,
                 std::string& out);           // {"type":"text","text":".."}; ANSI inside, '\n' line ends
void append_prompt(std::string& out);         // {"type":"prompt"}: the unfinished line is a prompt
void append_echo(bool on, std::string& out);  // {"type":"echo","on":false}: password mode
void append_gmcp(std::string_view package, std::string_view body,
                 std::string& out);  // {"type":"gmcp","package":"..","data":..}
void append_notice(std::string_view text,
                   std::string& out);  // {"type":"notice","text":".."}: the gateway's own words
void append_pong(std::string_view id, std::string& out);  // {"type":"pong","id":..}
// Last message: {"type":"bye","reason":"shutdown","text":"..","retry":true}.
void append_bye(std::string_view reason, std::string_view text, bool retry, std::string& out);
void append_error(std::string_view text,
                  std::string& out);  // {"type":"error","text":".."}: a message was not understood

}  // namespace wyld::ws::json
