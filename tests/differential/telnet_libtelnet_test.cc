// The same bytes through our decoder and through libtelnet 0.21: the same events, but for the differences
// in the table below, which docs/protocols/telnet.md explains.

#include <gtest/gtest.h>
#include <libtelnet.h>

#include <random>

#include "codec/telnet/decoder.h"
#include "testing/source_dir.h"
#include "testing/wire_file.h"

namespace wyld::telnet {
namespace {

using Events = std::vector<std::string>;

constexpr std::size_t kPayloadBytesMax = 16 * 1024;

std::string number(unsigned value) { return std::to_string(value); }

class EventList {
 public:
  void data(std::string_view bytes) {
    if (events.empty() || !events.back().starts_with("data ")) events.emplace_back("data ");
    events.back() += testing::to_wire_text(bytes) + ' ';
  }
  void add(std::string event) { events.push_back(std::move(event)); }
  Events events;
};

// --- Ours. What libtelnet does otherwise is written in its way here; each has a row:
//
//  | input                      | ours                        | libtelnet                              |
//  |----------------------------|-----------------------------|----------------------------------------|
//  | IAC and an undefined byte  | error, both dropped         | an IAC event with that byte            |
//  | IAC SE outside of one      | error, dropped              | an IAC event with SE                   |
//  | SB without its IAC SE      | error, payload dropped      | warning, payload delivered             |
//  | IAC SB IAC ...             | error, no option            | option 255, then data                  |
//  | an oversized payload       | swallowed up to IAC SE      | the rest arrives as text               |
//
// The first three are compared; the last two are kept out of the streams, because libtelnet's way of reading
// on makes everything after them differ, and have tests of their own below.
class OurEvents final : public DecoderSink, public EventList {
 public:
  void on_data(std::string_view bytes) override { data(bytes); }
  void on_command(Command command) override { add("command " + number(static_cast<unsigned>(command))); }
  void on_negotiation(Command verb, std::uint8_t option) override {
    add("negotiation " + number(static_cast<unsigned>(verb)) + ' ' + number(option));
  }
  void on_subnegotiation(std::uint8_t option, std::string_view payload) override {
    add("subnegotiation " + number(option) + ' ' + testing::to_wire_text(payload));
  }
  void on_decode_error(DecodeError error) override {
    add(error == DecodeError::kSubnegotiationUnended ? "unended" : "dropped");
  }
};

class TheirEvents final : public EventList {
 public:
  TheirEvents() : telnet_(telnet_init(kNoOptions, &TheirEvents::on_event, TELNET_FLAG_PROXY, this)) {}
  ~TheirEvents() { telnet_free(telnet_); }
  TheirEvents(const TheirEvents&) = delete;
  TheirEvents& operator=(const TheirEvents&) = delete;

  void feed(std::string_view bytes) { telnet_recv(telnet_, bytes.data(), bytes.size()); }

 private:
  static constexpr telnet_telopt_t kNoOptions[] = {{-1, 0, 0}};

  static void on_event(telnet_t*, telnet_event_t* event, void* user) {
    static_cast<TheirEvents*>(user)->take(*event);
  }

  void negotiation(Command verb, const telnet_event_t& event) {
    add("negotiation " + number(static_cast<unsigned>(verb)) + ' ' + number(event.neg.telopt));
  }

  void take(const telnet_event_t& event) {
    switch (event.type) {
      case TELNET_EV_DATA:
        data({event.data.buffer, event.data.size});
        break;
      case TELNET_EV_IAC: {
        const unsigned command = event.iac.cmd;
        const bool known = command >= static_cast<unsigned>(Command::kEndOfFile) && command != 240;
        add(known ? "command " + number(command) : std::string("dropped"));
        break;
      }
      case TELNET_EV_WILL:
        negotiation(Command::kWill, event);
        break;
      case TELNET_EV_WONT:
        negotiation(Command::kWont, event);
        break;
      case TELNET_EV_DO:
        negotiation(Command::kDo, event);
        break;
      case TELNET_EV_DONT:
        negotiation(Command::kDont, event);
        break;
      case TELNET_EV_SUBNEGOTIATION:
        add("subnegotiation " + number(event.sub.telopt) + ' ' +
            testing::to_wire_text({event.sub.buffer, event.sub.size}));
        break;
      case TELNET_EV_WARNING:
        warning(event.error.msg);
        break;
      default:
        break;  // what it parses out of payloads besides, and what it would send
    }
  }

  // It warns of a byte it does not expect after IAC in a subnegotiation, and delivers what it has. Other
  // warnings are about payloads, which our decoder does not read.
  void warning(std::string_view message) {
    if (message.starts_with("unexpected byte after IAC inside SB")) add("warning");
  }

  telnet_t* telnet_;
};

// libtelnet reports a broken subnegotiation as a warning and its payload; ours is the error alone.
Events in_our_way(const Events& theirs) {
  Events events;
  for (std::size_t index = 0; index < theirs.size(); ++index) {
    if (theirs[index] != "warning") {
      events.push_back(theirs[index]);
      continue;
    }
    events.emplace_back("unended");
    if (index + 1 < theirs.size() && theirs[index + 1].starts_with("subnegotiation ")) ++index;
  }
  return events;
}

void expect_same(std::string_view bytes, std::size_t piece_bytes, const std::string& what) {
  OurEvents ours;
  Decoder decoder(DecoderOptions{.subnegotiation_bytes_max = kPayloadBytesMax});
  TheirEvents theirs;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    decoder.feed(bytes.substr(at, piece_bytes), ours);
    theirs.feed(bytes.substr(at, piece_bytes));
  }
  ASSERT_EQ(ours.events, in_our_way(theirs.events)) << what << ": " << testing::to_wire_text(bytes);
}

TEST(TelnetAgainstLibtelnet, RecordedStreamsGiveTheSameEvents) {
  std::size_t streams = 0;
  for (const char* directory : {"player", "game"}) {
    for (const std::string& path :
         testing::wire_files_in(testing::source_dir() + "/tests/wire/" + directory)) {
      for (const testing::WireCase& it : testing::load_wire_file(path)) {
        const std::string bytes = it.peer_bytes();
        if (bytes.find("\xFF\xFA\xFF") != std::string::npos) continue;  // the fourth row
        ++streams;
        for (const std::size_t piece_bytes :
             {std::size_t{1}, std::size_t{3}, std::size_t{64}, std::size_t{4096}}) {
          ASSERT_NO_FATAL_FAILURE(expect_same(bytes, piece_bytes, path + ", " + it.name));
        }
      }
    }
  }
  EXPECT_GT(streams, 50U);
}

// Tokens rather than bytes, so that most of a stream means something.
std::string random_stream(std::mt19937& random) {
  const auto next = [&random](unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random);
  };
  const auto any_byte = [&] { return static_cast<char>(next(256)); };
  std::string bytes;
  for (unsigned tokens = next(40); tokens > 0; --tokens) {
    switch (next(8)) {
      case 0:
        bytes += {'\xFF', static_cast<char>(0xFB + next(4)), any_byte()};
        break;
      case 1:
      case 2: {
        // Options whose payload libtelnet would read as well stay out: it may then report something else.
        bytes += {'\xFF', '\xFA', static_cast<char>(100 + next(90))};
        for (unsigned payload = next(20); payload > 0; --payload) {
          const char byte = any_byte();
          bytes += byte;
          if (byte == '\xFF') bytes += next(8) == 0 ? static_cast<char>(0xF1 + next(14)) : byte;
        }
        bytes += "\xFF\xF0";
        break;
      }
      case 3:
        bytes += "\xFF\xFF";
        break;
      case 4:
        bytes += {'\xFF', any_byte()};
        break;
      case 5:
        bytes += {any_byte(), any_byte()};
        break;
      default:
        for (unsigned letters = next(30); letters > 0; --letters) bytes += static_cast<char>(0x20 + next(95));
        bytes += "\r\n";
        break;
    }
  }
  return bytes;
}

TEST(TelnetAgainstLibtelnet, RandomStreamsGiveTheSameEvents) {
  unsigned compared = 0;
  for (unsigned seed = 1; seed <= 20'000; ++seed) {
    std::mt19937 random(seed);
    const std::string bytes = random_stream(random);
    const std::size_t piece_bytes = 1U + seed % 50U;
    // MCCP2 would switch libtelnet to reading zlib; the fourth row of the table.
    if (bytes.find("\xFF\xFA\x56") != std::string::npos || bytes.find("\xFF\xFA\xFF") != std::string::npos)
      continue;
    ++compared;
    ASSERT_NO_FATAL_FAILURE(expect_same(bytes, piece_bytes, "seed " + std::to_string(seed)));
  }
  EXPECT_GT(compared, 10'000U);
}

TEST(TelnetAgainstLibtelnet, ASubnegotiationWithoutOptionIsAnErrorOnlyHere) {
  const std::string_view bytes = "\xFF\xFA\xFF\xF0look";
  OurEvents ours;
  Decoder().feed(bytes, ours);
  TheirEvents theirs;
  theirs.feed(bytes);
  EXPECT_EQ(ours.events, (Events{"dropped", "data 6c 6f 6f 6b "}));
  EXPECT_NE(ours.events, in_our_way(theirs.events));
}

TEST(TelnetAgainstLibtelnet, OnlyThereAnOversizedPayloadTurnsIntoText) {
  const std::string bytes = "\xFF\xFA\xC9" + std::string(20'000, 'x') + "\xFF\xF0";
  OurEvents ours;
  Decoder(DecoderOptions{.subnegotiation_bytes_max = kPayloadBytesMax}).feed(bytes, ours);
  TheirEvents theirs;
  theirs.feed(bytes);
  EXPECT_EQ(ours.events, Events{"dropped"});
  bool leaked = false;
  for (const std::string& event : theirs.events) leaked = leaked || event.starts_with("data ");
  EXPECT_TRUE(leaked);
}

}  // namespace
}  // namespace wyld::telnet
