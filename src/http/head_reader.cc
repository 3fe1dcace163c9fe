#include "http/head_reader.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <utility>

#include "http/framing.h"

namespace wyld::http {
namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct HeadReader::Parser {
  beast::http::request_parser<beast::http::empty_body> beast;
};

HeadReader::HeadReader(std::size_t head_bytes_max) : head_bytes_max_(head_bytes_max) {}
HeadReader::~HeadReader() = default;

void HeadReader::append(std::string_view bytes) {
  buffer_.erase(0, std::exchange(at_, 0));
  buffer_ += bytes;
}

HeadReader::Outcome HeadReader::read() {
  if (std::exchange(complete_, false)) begin_head();
  if (at_ == buffer_.size()) return Outcome::kNeedMore;
  if (parser_ == nullptr) {
    parser_ = std::make_unique<Parser>();
    parser_->beast.header_limit(static_cast<std::uint32_t>(head_bytes_max_));
  }
  using HttpError = beast::http::error;
  beast::error_code error;
  const std::size_t taken =
      parser_->beast.put(beast::net::const_buffer(buffer_.data() + at_, buffer_.size() - at_), error);
  at_ += taken;
  head_bytes_ += taken;
  if (error == HttpError::need_more) return Outcome::kNeedMore;
  // The parser's own limit does not count every byte.
  if (error == HttpError::header_limit || (!error && head_bytes_ > head_bytes_max_)) return Outcome::kTooLong;
  if (error) return Outcome::kMalformed;
  complete_ = true;
  head_bytes_ = 0;
  fill_request();
  if (at_ == buffer_.size()) {
    std::string().swap(buffer_);
    at_ = 0;
  }
  return Outcome::kHead;
}

void HeadReader::begin_head() {
  request_ = {};
  parser_.reset();
}

void HeadReader::fill_request() {
  const auto& head = parser_->beast.get();
  request_.method = view(head.method_string());
  request_.target = view(head.target());
  request_.http_1_1 = head.version() >= 11;
  request_.keep_alive = head.keep_alive();
  for (const auto& field : head) request_.headers.push_back({view(field.name_string()), view(field.value())});
  request_.has_body = announces_body(request_);
}

std::string HeadReader::take_rest() {
  buffer_.erase(0, std::exchange(at_, 0));
  return std::exchange(buffer_, {});
}

}  // namespace wyld::http
