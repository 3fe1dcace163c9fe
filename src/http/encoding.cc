#include "http/encoding.h"

#include <array>
#include <optional>

namespace wyld::http {
namespace {

constexpr unsigned kBest = 1000;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "q=0.5" in thousandths; nothing when it is malformed.
std::optional<unsigned> weight(std::string_view parameter) {
  if (parameter.size() < 3 || !same_token(parameter.substr(0, 2), "q=")) return std::nullopt;
  const std::string_view number = parameter.substr(2);
  if (number.size() > 5 || (number[0] != '0' && number[0] != '1')) return std::nullopt;
  if (number.size() > 1 && number[1] != '.') return std::nullopt;
  unsigned thousandths = number[0] == '1' ? kBest : 0;
  unsigned digit = 100;
  for (const char c : number.substr(number.size() > 1 ? 2 : 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    thousandths += static_cast<unsigned>(c - '0') * digit;
    digit /= 10;
  }
  if (thousandths > kBest) return std::nullopt;
  return thousandths;
}

}  // namespace

std::string_view encoding_name(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::kGzip:
      return "gzip";
    case Encoding::kBrotli:
      return "br";
    default:
      return "";
  }
}

Encoding choose_encoding(const Request& request, bool has_gzip, bool has_brotli) {
  // By Encoding's value; what is not named takes the weight of "*", and plain is fine unless refused.
  std::array<std::optional<unsigned>, 3> weights;
  std::optional<unsigned> others;
  for (const std::string_view element : request.list("Accept-Encoding")) {
    const std::size_t semicolon = element.find(';');
    const std::string_view coding = trimmed(element.substr(0, semicolon));
    unsigned q = kBest;
    // One that we do not understand is not taken for a wish.
    if (semicolon != std::string_view::npos) q = weight(trimmed(element.substr(semicolon + 1))).value_or(0);
    if (same_token(coding, "identity")) weights[0] = q;
    if (same_token(coding, "gzip") || same_token(coding, "x-gzip")) weights[1] = q;
    if (same_token(coding, "br")) weights[2] = q;
    if (coding == "*") others = q;
  }
  const unsigned plain = weights[0].value_or(others.value_or(1));
  const unsigned gzip = has_gzip ? weights[1].value_or(others.value_or(0)) : 0;
  const unsigned brotli = has_brotli ? weights[2].value_or(others.value_or(0)) : 0;
  if (brotli > 0 && brotli >= gzip && brotli >= plain) return Encoding::kBrotli;
  if (gzip > 0 && gzip >= plain) return Encoding::kGzip;
  return Encoding::kIdentity;
}

}  // namespace wyld::http
