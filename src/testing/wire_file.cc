#include "testing/wire_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace wyld::testing {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

unsigned hex_value(char digit) {
  if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit - 'A' + 'a');
  const std::size_t value = kHexDigits.find(digit);
  if (value == std::string_view::npos) throw std::runtime_error(std::string("no hex digit: ") + digit);
  return static_cast<unsigned>(value);
}

char hex_byte(std::string_view text, std::size_t index) {
  if (index + 2 > text.size()) throw std::runtime_error("half a hex byte at the end");
  return static_cast<char>(hex_value(text[index]) << 4U | hex_value(text[index + 1]));
}

// Reads a quoted text whose opening quote is at `index`; leaves `index` after the closing one.
void read_quoted(std::string_view text, std::size_t& index, std::string& bytes) {
  for (++index; index < text.size() && text[index] != '"'; ++index) {
    if (text[index] != '\\') {
      bytes.push_back(text[index]);
      continue;
    }
    if (++index == text.size()) break;
    switch (text[index]) {
      case 'r':
        bytes.push_back('\r');
        break;
      case 'n':
        bytes.push_back('\n');
        break;
      case 't':
        bytes.push_back('\t');
        break;
      case 'e':
        bytes.push_back('\x1B');
        break;
      case 'x':
        bytes.push_back(hex_byte(text, index + 1));
        index += 2;
        break;
      default:
        bytes.push_back(text[index]);
        break;
    }
  }
  if (index >= text.size()) throw std::runtime_error("a quote is not closed");
  ++index;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

WireStep parse_step(std::string_view line) {
  const std::string_view rest = trim(line.substr(1));
  switch (line[0]) {
    case '=':
      return {WireStepKind::kEvent, {}, std::string(rest)};
    case '!':
      return {WireStepKind::kCommand, {}, std::string(rest)};
    case '?':
      return {WireStepKind::kCheck, {}, std::string(rest)};
    default:
      break;
  }
  if (line.size() < 2 || line[1] != '>') throw std::runtime_error("no mark at the beginning");
  std::vector<std::string> reads = parse_wire_bytes(line.substr(2));
  if (line[0] == 'C' || line[0] == 'S') return {WireStepKind::kPeer, std::move(reads), {}};
  if (line[0] == 'G' && reads.size() == 1) return {WireStepKind::kGateway, std::move(reads), {}};
  throw std::runtime_error("no such mark, or '|' in what the gateway sends");
}

}  // namespace

std::string WireCase::peer_bytes() const {
  std::string bytes;
  for (const WireStep& step : steps) {
    if (step.kind != WireStepKind::kPeer) continue;
    for (const std::string& read : step.reads) bytes += read;
  }
  return bytes;
}

std::vector<std::string> parse_wire_bytes(std::string_view text) {
  std::vector<std::string> reads(1);
  for (std::size_t index = 0; index < text.size();) {
    switch (text[index]) {
      case ' ':
      case '\t':
        ++index;
        break;
      case '|':
        reads.emplace_back();
        ++index;
        break;
      case '#':
        return reads;
      case '"':
        read_quoted(text, index, reads.back());
        break;
      default:
        reads.back().push_back(hex_byte(text, index));
        index += 2;
        break;
    }
  }
  return reads;
}

std::vector<WireCase> load_wire_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::vector<WireCase> cases;
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    const std::string_view text = trim(line);
    if (text.empty() || text[0] == '#') continue;
    if (text.starts_with("==")) {
      cases.push_back({std::string(trim(text.substr(2))), {}});
      continue;
    }
    if (cases.empty()) cases.push_back({std::filesystem::path(path).stem().string(), {}});
    try {
      WireStep step = parse_step(text);
      step.line = number;
      cases.back().steps.push_back(std::move(step));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return cases;
}

std::vector<std::string> wire_files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".wire") names.push_back(entry.path().string());
  }
  if (names.empty()) throw std::runtime_error(directory + ": no .wire file");
  std::sort(names.begin(), names.end());
  return names;
}

std::string to_wire_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (!text.empty()) text.push_back(' ');
    text.push_back(kHexDigits[value >> 4U]);
    text.push_back(kHexDigits[value & 15U]);
  }
  return text;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      result += {'\\', byte};
    } else if (byte == '\r') {
      result += "\\r";
    } else if (byte == '\n') {
      result += "\\n";
    } else if (value < 0x20 || value == 0x7F) {
      result += {'\\', 'x', kHexDigits[value >> 4U], kHexDigits[value & 15U]};
    } else {
      result.push_back(byte);
    }
  }
  return result + '"';
}

}  // namespace wyld::testing
