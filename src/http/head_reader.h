#pragma once
// Request heads out of a stream of bytes. The parser is Boost.Beast's; nothing else sees it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace wyld::http {

// Collects what a client sends and takes one head after the other from it. Never reads a body.
//
// Errors   malformed or too long heads are outcomes; after one of these nothing more can be read.
// Memory   the last head, and what was appended and not read: at most another head and what one read brings.
class HeadReader {
 public:
  explicit HeadReader(std::size_t head_bytes_max);
  ~HeadReader();
  HeadReader(const HeadReader&) = delete;
  HeadReader& operator=(const HeadReader&) = delete;

  void append(std::string_view bytes);
  enum class Outcome : unsigned char { kNeedMore, kHead, kTooLong, kMalformed };
  // Reads the next head from what was appended.
  [[nodiscard]] Outcome read();
  // After kHead. Its views last until the next read().
  [[nodiscard]] const Request& request() const noexcept { return request_; }

  // Something has come of a head that is not complete, or of one that was not read yet.
  [[nodiscard]] bool has_more() const noexcept { return head_bytes_ > 0 || at_ < buffer_.size(); }
  // What came after the last head.
  [[nodiscard]] std::string take_rest();

 private:
  struct Parser;
  void begin_head();
  void fill_request();

  const std::size_t head_bytes_max_;
  std::unique_ptr<Parser> parser_;  // of the last head, or of one that is not complete
  Request request_;
  std::string buffer_;
  std::size_t at_ = 0;          // in buffer_, what comes next
  std::size_t head_bytes_ = 0;  // of a head that is not complete, before `at_`
  bool complete_ = false;       // the last head; the next one begins at `at_`
};

}  // namespace wyld::http
