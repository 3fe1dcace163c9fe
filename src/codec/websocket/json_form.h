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

// A place in a session's output. Both numbers stay below 2^53, so that every client can hold them.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

// {"token":"..","epoch":3,"offset":81920}: the session to come back to, and what was seen of it.
struct ResumeRequest {
  std::string token;  // a secret: 1 to 128 of A-Z a-z 0-9 _ -
  Position seen = {};
};

// What a client may say; one object a text message.
struct ClientHello {  // {"type":"hello","client":"..","version":"..","columns":80,"rows":24,"gmcp":["Room
                      // 1"],"screen_reader":false,"resume":{..}}
  std::string client;
  std::string version;
  WindowSize window;
  bool gmcp = false;          // the key was present
  std::string gmcp_supports;  // JSON array of strings, as given (bounded)
  bool screen_reader = false;
  std::optional<ResumeRequest> resume;
};

// Receives one decoded message. Views expire when the callback returns.
class ClientEvents {
 public:
  virtual void on_hello(const ClientHello& hello) = 0;
  // {"type":"line","text":".."}, or with "secret":true, which says that the input was masked.
  virtual void on_line(std::string_view line, bool secret) = 0;
  virtual void on_size(WindowSize window) = 0;  // {"type":"size","columns":..,"rows":..}
  virtual void on_gmcp(std::string_view package,
                       std::string_view body) = 0;        // {"type":"gmcp","package":"..","data":..}
  virtual void on_ping_message(std::string_view id) = 0;  // {"type":"ping","id":..}; raw JSON of id
  virtual void on_token_kept() {}                         // {"type":"token_kept"}: the last one is stored
  virtual void on_code_wanted() {}                        // {"type":"code"}
  // {"type":"edited","edit":7,"text":".."} with '\n' line ends, or
  // {"type":"edited","edit":7,"cancelled":true}, which has no text.
  virtual void on_edited(std::uint64_t /*edit*/, bool /*cancelled*/, std::string_view /*text*/) {}
  // Not of this form; `what` is a literal fit to send back to the developer of the client.
  virtual void on_malformed(const char* what) = 0;

 protected:
  ~ClientEvents() = default;
};

struct Limits {
  std::size_t line_bytes_max = 4096;
  std::size_t gmcp_bytes_max = 16 * 1024;
  // Of an edited text. The message that carries it is bounded besides (DecoderOptions).
  std::size_t edit_bytes_max = 64 * 1024;
};

// Decodes one text message (valid UTF-8). Unknown types are ignored, so that clients may be newer than
// the gateway; control characters are removed from lines and edited texts; a '\n' inside makes several
// lines. A token is never part of what on_malformed() says.
void decode(std::string_view message, const Limits& limits, ClientEvents& events);

// The answer to a ResumeRequest.
enum class ResumeResult : std::uint8_t {
  kResumed,
  kResumedWithGap,
  kGone,  // for good; the connection goes on as a new session
  kBusy,  // try again later
};

struct ResumeAnswer {
  ResumeResult result = ResumeResult::kGone;
  bool final = true;                          // asking again with this token makes no sense
  std::string_view session = {};              // UUID; empty unless resumed
  Position start = {};                        // of the output that follows
  std::uint64_t lines = 0;                    // of it are a replay
  std::uint64_t bytes = 0;                    // of it are a replay
  std::optional<std::uint64_t> missing = {};  // bytes; empty: nobody knows
  std::string_view since = {};  // RFC 3339 time of the first missing output; empty: unknown or none
  std::string_view text = {};   // a sentence fit to show
};

// What the gateway says; each appends one JSON object (not yet a frame).

// `start`: where the numbering of the output that follows begins. `line_bytes_max`: the longest line that
// is taken; 0 leaves it out.
void append_hello(std::string_view session_id, std::string_view world, std::string_view version,
                  std::string& out, Position start = {}, std::size_t line_bytes_max = 0);
void append_text(std::string_view utf8,
                 std::string& out);    // {"type":"text","text":".."}; ANSI inside, '\n' line ends
void append_prompt(std::string& out);  // {"type":"prompt"}: the unfinished line is a prompt
// Who shows what is typed: the client, nobody because it is a secret, or the world, which is none.
enum class Echo : std::uint8_t { kClient, kNobody, kWorld };
void append_echo(Echo echo, std::string& out);
void append_gmcp(std::string_view package, std::string_view body,
                 std::string& out);  // {"type":"gmcp","package":"..","data":..}
void append_notice(std::string_view text,
                   std::string& out);  // {"type":"notice","text":".."}: the gateway's own words
void append_pong(std::string_view id, std::string& out);  // {"type":"pong","id":..}
// Last message: {"type":"bye","reason":"shutdown","text":"..","retry":true}.
void append_bye(std::string_view reason, std::string_view text, bool retry, std::string& out);
void append_error(std::string_view text,
                  std::string& out);  // {"type":"error","text":".."}: a message was not understood

// Coming back.
void append_resumed(const ResumeAnswer& answer, std::string& out);  // {"type":"resumed","result":"gone",..}
void append_replayed(std::string& out);  // {"type":"replayed"}: what comes after is new
// {"type":"position","epoch":3,"offset":81920}: output was skipped; what follows starts here.
void append_position(Position start, std::string& out);
void append_token(std::string_view token, std::string& out);  // {"type":"token","token":".."}
void append_code(std::string_view code, std::string& out);    // {"type":"code","code":"7KQ2-M9XP-4DTH"}

// The world.
void append_world(bool here, std::string_view text,
                  std::string& out);  // {"type":"world","here":false,"text":".."}
void append_waiting(std::uint64_t count,
                    std::string& out);  // {"type":"waiting","count":3}: commands that wait for the world
// {"type":"edit","edit":7,"title":"..","text":".."}: asks the player to edit a text.
void append_edit(std::uint64_t edit, std::string_view title, std::string_view text, std::string& out);
void append_edit_closed(std::uint64_t edit,
                        std::string& out);  // {"type":"edit_closed","edit":7}: nobody waits for it any more

}  // namespace wyld::ws::json
