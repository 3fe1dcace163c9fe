// Whatever a client sends: what reaches the session is clean and within its limits. Whatever the game
// sends: what reaches the client is valid JSON that holds the same text.

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/utf8.h"
#include "base/visible_text.h"
#include "codec/websocket/json_form.h"

namespace {

using namespace wyld::ws::json;

constexpr Limits kLimits{.line_bytes_max = 64, .gmcp_bytes_max = 256, .edit_bytes_max = 128};
constexpr std::uint64_t kWholeEnd = std::uint64_t{1} << 53;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_clean(std::string_view text) {
  require(wyld::is_valid_utf8(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    require(c >= 0x20 && c != 0x7F);
    require(c != 0xC2 || static_cast<unsigned char>(text[i + 1]) >= 0xA0);
  }
}

class Judge final : public ClientEvents {
 public:
  void on_hello(const ClientHello& hello) override {
    require_clean(hello.client);
    require_clean(hello.version);
    require(hello.client.size() <= wyld::kCapabilityTextBytesMax);
    require(hello.window.columns <= 1000 && hello.window.rows <= 1000);
    require(hello.gmcp_supports.size() <= kLimits.gmcp_bytes_max);
    require(!hello.gmcp || (hello.gmcp_supports.front() == '[' && hello.gmcp_supports.back() == ']'));
    if (hello.resume) {
      require(!hello.resume->token.empty() && hello.resume->token.size() <= 128);
      require(std::all_of(hello.resume->token.begin(), hello.resume->token.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '-';
      }));
      require(hello.resume->seen.epoch < kWholeEnd && hello.resume->seen.offset < kWholeEnd);
    }
  }
  void on_line(std::string_view line, bool /*secret*/) override {
    require_clean(line);
    std::string scratch;
    require(wyld::visible_text(line, scratch).data() == line.data());
    require(line.size() <= line_bytes_max);
  }
  void on_size(wyld::WindowSize window) override { require(window.columns <= 1000 && window.rows <= 1000); }
  void on_gmcp(std::string_view package, std::string_view data) override {
    require(!package.empty() && package.size() <= 128 && data.size() <= kLimits.gmcp_bytes_max);
    // What goes back as data must come out of a decoder as the same bytes.
    if (!data.empty() && depth < 1) {
      std::string again;
      append_gmcp(package, data, again);
      Judge inner;
      inner.depth = depth + 1;
      decode(again, kLimits, inner);
      require(inner.body == data);
    }
    body = data;
  }
  void on_ping_message(std::string_view id) override { require(id.size() <= 64); }
  void on_edited(std::uint64_t edit, bool cancelled, std::string_view text) override {
    require(edit < kWholeEnd && text.size() <= edit_bytes_max && (!cancelled || text.empty()));
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      require_clean(text.substr(begin, end - begin));
      begin = end + 1;
    }
    edited = text;
  }
  void on_malformed(const char* what) override { malformed = what; }

  int depth = 0;
  std::string body;
  std::string edited;
  std::size_t line_bytes_max = kLimits.line_bytes_max;
  std::size_t edit_bytes_max = kLimits.edit_bytes_max;
  const char* malformed = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  const auto copy = std::make_unique<char[]>(bytes);
  std::copy_n(data, bytes, copy.get());
  const std::string_view input(copy.get(), bytes);
  Judge judge;
  decode(input, kLimits, judge);

  // The same bytes as text of the game, read back through the decoder as if a client had said it.
  std::string said;
  append_text(input, said);
  require(wyld::is_valid_utf8(said));
  said.replace(said.find("text"), 4, "line");
  Judge reader;
  reader.line_bytes_max = 3 * bytes;  // a lone byte becomes U+FFFD
  decode(said, {.line_bytes_max = 3 * bytes, .gmcp_bytes_max = 0}, reader);
  require(reader.malformed == nullptr);

  // The same bytes as a text to edit, sent back as they came.
  std::string edit;
  append_edit(7, input, input, edit);
  require(wyld::is_valid_utf8(edit));
  edit.replace(edit.find("edit"), 4, "edited");
  Judge editor;
  editor.edit_bytes_max = 3 * bytes;
  decode(edit, {.line_bytes_max = 0, .gmcp_bytes_max = 0, .edit_bytes_max = 3 * bytes}, editor);
  require(editor.malformed == nullptr);
  require(editor.edited.size() <= 3 * bytes);
  return 0;
}
