#pragma once
// What a Stream promises on every System, as tests that each of them passes. A test program links
// wyld_stream_contract and says
//
//   INSTANTIATE_TEST_SUITE_P(Linux, StreamContract, testing::Values(StreamNetworkFactory{...}));

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/loop.h"
#include "runtime/stream.h"

namespace wyld::runtime::contract {

// Two loops whose systems know each other's descriptors, and one connection between a descriptor of theirs
// and a peer that reads only when heard() is called.
class StreamNetwork {
 public:
  virtual ~StreamNetwork() = default;
  [[nodiscard]] virtual Loop& loop() = 0;
  [[nodiscard]] virtual Loop& other_loop() = 0;

  // Our end of a connection that the peer has made, or that we are making. One of them is called, once.
  [[nodiscard]] virtual Fd accepted() = 0;
  [[nodiscard]] virtual Fd connecting() = 0;
  [[nodiscard]] virtual Fd refused() = 0;

  virtual void say(std::string_view bytes) = 0;
  virtual void end_output() = 0;
  virtual void close() = 0;
  virtual void reset() = 0;
  // Reads what has come since the last time.
  [[nodiscard]] virtual std::string heard() = 0;
  // Whether heard() has met the end of our output.
  [[nodiscard]] virtual bool end_heard() const = 0;
};

using StreamNetworkFactory = std::function<std::unique_ptr<StreamNetwork>()>;

class StreamContract : public ::testing::TestWithParam<StreamNetworkFactory> {
 protected:
  struct Recorder final : StreamEvents {
    void on_bytes(char* data, std::size_t bytes) override { received.append(data, bytes); }
    void before_flush() override {
      if (at_flush) at_flush();
    }
    void on_drained() override { ++drained; }
    void on_end(int system_errno) override {
      ++ended;
      error = system_errno;
      if (at_end) at_end();
    }
    std::string received;
    std::function<void()> at_end;
    std::function<void()> at_flush;
    int drained = 0;
    int ended = 0;
    int error = 0;
  };

  // Opens stream_ on a connection that the peer has made.
  void open();
  static void write(Stream& stream, std::string_view bytes);
  // Runs turns until `done`.
  void run_until(Loop& loop, const std::function<bool()>& done);
  // Runs turns, the peer reading, until it has heard `bytes`; returns what it has heard.
  [[nodiscard]] std::string heard_by_peer(Loop& loop, std::size_t bytes);

  std::unique_ptr<StreamNetwork> network_ = GetParam()();
  Recorder events_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace wyld::runtime::contract
