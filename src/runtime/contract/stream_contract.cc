#include "runtime/contract/stream_contract.h"

#include <cerrno>
#include <chrono>
#include <utility>

namespace wyld::runtime::contract {
namespace {

using namespace std::chrono_literals;

constexpr int kTurnsMax = 1000;
constexpr Duration kTurn = 10ms;
// More than any system takes from us while its peer does not read.
constexpr std::size_t kTooMuch = 16 * 1024 * 1024;

// Tells the bytes apart, so that one lost or doubled is seen.
std::string pattern(std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return out;
}

}  // namespace

void StreamContract::open() {
  stream_ = std::make_unique<Stream>(network_->loop(), network_->accepted(), events_);
  ASSERT_TRUE(stream_->open());
}

void StreamContract::write(Stream& stream, std::string_view bytes) {
  stream.write([bytes](std::string& out) { out += bytes; });
}

void StreamContract::run_until(Loop& loop, const std::function<bool()>& done) {
  for (int turn = 0; turn < kTurnsMax && !done(); ++turn) loop.run_once(kTurn);
  EXPECT_TRUE(done());
}

std::string StreamContract::heard_by_peer(Loop& loop, std::size_t bytes) {
  std::string heard;
  for (int turn = 0; turn < kTurnsMax && heard.size() < bytes; ++turn) {
    loop.run_once(kTurn);
    heard += network_->heard();
  }
  return heard;
}

TEST_P(StreamContract, HandsOverWhatArrives) {
  open();
  network_->say("hello");
  run_until(network_->loop(), [&] { return events_.received == "hello"; });
  EXPECT_TRUE(stream_->connected());
}

TEST_P(StreamContract, APeerThatDoesNotReadGetsEverythingOnceItDoes) {
  open();
  const std::string big = pattern(kTooMuch);
  stream_->tell_when_drained();
  write(*stream_, big);
  for (int turn = 0; turn < 5; ++turn) network_->loop().run_once(kTurn);
  EXPECT_GT(stream_->queued_bytes(), 0U);
  EXPECT_EQ(events_.drained, 0);
  EXPECT_TRUE(heard_by_peer(network_->loop(), big.size()) == big);
  EXPECT_EQ(stream_->queued_bytes(), 0U);
  EXPECT_EQ(events_.drained, 1) << "told once";
}

TEST_P(StreamContract, PausedReadingLeavesTheBytesToTheSystem) {
  open();
  stream_->pause_reading();
  network_->say("later");
  for (int turn = 0; turn < 5; ++turn) network_->loop().run_once(kTurn);
  EXPECT_EQ(events_.received, "");
  stream_->resume_reading();
  run_until(network_->loop(), [&] { return events_.received == "later"; });
}

TEST_P(StreamContract, APeerThatHangsUpIsNoticedWhilePausedIfThatIsWanted) {
  open();
  stream_->pause_reading(Stream::PeersEnd::kNoticed);
  network_->say("unread");
  network_->loop().run_once(kTurn);
  EXPECT_EQ(events_.ended, 0);
  network_->end_output();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.error, 0);
  EXPECT_EQ(events_.received, "");
  EXPECT_TRUE(stream_->closed());
}

TEST_P(StreamContract, OtherwiseThePeersEndComesAfterWhatItSaid) {
  open();
  stream_->pause_reading();
  network_->say("last words");
  network_->end_output();
  for (int turn = 0; turn < 5; ++turn) network_->loop().run_once(kTurn);
  EXPECT_EQ(events_.ended, 0);
  stream_->resume_reading();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.received, "last words");
  EXPECT_EQ(events_.error, 0);
}

TEST_P(StreamContract, APeerThatEndsItsOutputStillReads) {
  open();
  stream_->pause_reading();
  network_->end_output();
  network_->loop().run_once(kTurn);
  write(*stream_, "still here");
  EXPECT_EQ(heard_by_peer(network_->loop(), 10), "still here");
}

TEST_P(StreamContract, ThePeersEndIsToldOnce) {
  open();
  network_->say("last words");
  network_->close();
  run_until(network_->loop(), [&] { return stream_->closed(); });
  for (int turn = 0; turn < 3; ++turn) network_->loop().run_once(kTurn);
  EXPECT_EQ(events_.received, "last words");
  EXPECT_EQ(events_.ended, 1);
}

TEST_P(StreamContract, WhatIsWrittenToAPeerThatHasGoneEndsTheConnection) {
  open();
  stream_->pause_reading();
  network_->close();
  network_->loop().run_once(kTurn);
  write(*stream_, "to nobody");
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_TRUE(events_.error == ECONNRESET || events_.error == EPIPE) << events_.error;
}

TEST_P(StreamContract, AResetComesAfterWhatHasArrived) {
  open();
  stream_->pause_reading();
  network_->say("arrived");
  for (int turn = 0; turn < 50; ++turn) network_->loop().run_once(kTurn);
  network_->reset();
  stream_->resume_reading();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.received, "arrived");
  EXPECT_EQ(events_.error, ECONNRESET);
}

TEST_P(StreamContract, AResetEndsAStreamThatIsNotRead) {
  open();
  stream_->pause_reading();
  network_->reset();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.error, ECONNRESET);
  EXPECT_FALSE(stream_->connected());
}

TEST_P(StreamContract, ClosingWritesEverythingFirstAndWaitsForThePeer) {
  open();
  const std::string big = pattern(kTooMuch);
  write(*stream_, big);
  stream_->close_after_flush(1h);
  write(*stream_, "never sent");
  network_->say("unread input must not destroy the farewell");
  EXPECT_TRUE(heard_by_peer(network_->loop(), big.size()) == big);
  for (int turn = 0; turn < kTurnsMax && !network_->end_heard(); ++turn) {
    network_->loop().run_once(kTurn);
    EXPECT_EQ(network_->heard(), "");
  }
  EXPECT_TRUE(network_->end_heard());
  EXPECT_EQ(events_.received, "") << "input is dropped while closing";
  network_->close();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_TRUE(stream_->closed());
}

TEST_P(StreamContract, APeerThatNeverEndsIsCutAtTheDeadline) {
  open();
  write(*stream_, "bye");
  stream_->close_after_flush(50ms);
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.error, ETIMEDOUT);
  EXPECT_TRUE(stream_->closed());
}

TEST_P(StreamContract, OutputIsUnconfirmedUntilThePeersSystemHasIt) {
  open();
  const std::string big = pattern(kTooMuch);
  write(*stream_, big);
  network_->loop().run_once(0ms);
  EXPECT_GE(stream_->unconfirmed_bytes(), stream_->queued_bytes());
  EXPECT_GT(stream_->unconfirmed_bytes(), 0U);
  EXPECT_TRUE(heard_by_peer(network_->loop(), big.size()) == big);
  run_until(network_->loop(), [&] { return stream_->unconfirmed_bytes() == 0; });
  EXPECT_EQ(stream_->waiting_bytes(), 0U);
}

TEST_P(StreamContract, WhatAResetHasLostStaysUnconfirmed) {
  open();
  write(*stream_, pattern(kTooMuch));
  for (int turn = 0; turn < 5; ++turn) network_->loop().run_once(kTurn);
  const std::size_t queued = stream_->queued_bytes();
  std::size_t unconfirmed = 0;
  events_.at_end = [&] { unconfirmed = stream_->unconfirmed_bytes(); };
  network_->reset();
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_GT(unconfirmed, queued) << "the system has emptied its own queue, but its count stays";
}

// What was written before the tags begin, as a page before its WebSocket, is not counted as delivery of them.
TEST_P(StreamContract, TellsUpToWhichTagEverythingHasArrived) {
  open();
  const std::string page = pattern(4000);
  write(*stream_, page);
  ASSERT_EQ(heard_by_peer(network_->loop(), page.size()), page);
  run_until(network_->loop(), [&] { return stream_->unconfirmed_bytes() == 0; });
  EXPECT_EQ(stream_->delivered_tag(), 0U);
  stream_->begin_tags(50);
  EXPECT_EQ(stream_->delivered_tag(), 50U);

  write(*stream_, "a short line");
  stream_->note_tag(60);
  EXPECT_EQ(stream_->delivered_tag(), 50U) << "it has not left";
  EXPECT_EQ(heard_by_peer(network_->loop(), 12), "a short line");
  run_until(network_->loop(), [&] { return stream_->delivered_tag() == 60; });
  const std::string big = pattern(kTooMuch);
  write(*stream_, big);
  stream_->note_tag(61);
  for (int turn = 0; turn < 5; ++turn) network_->loop().run_once(kTurn);
  EXPECT_EQ(stream_->delivered_tag(), 60U) << "a part is not the whole";
  EXPECT_TRUE(heard_by_peer(network_->loop(), big.size()) == big);
  run_until(network_->loop(), [&] { return stream_->delivered_tag() == 61; });
  EXPECT_EQ(stream_->unconfirmed_bytes(), 0U);
}

TEST_P(StreamContract, ThePeersOwnWordTakesThePlaceOfItsSystems) {
  open();
  stream_->begin_tags(50);
  stream_->confirm_by_peer(stream_->position());
  write(*stream_, "a short line");
  stream_->note_tag(60);
  const std::uint64_t position = stream_->position();
  EXPECT_EQ(heard_by_peer(network_->loop(), 12), "a short line");
  run_until(network_->loop(), [&] { return stream_->unconfirmed_bytes() == 0; });
  EXPECT_EQ(stream_->delivered_tag(), 50U) << "its system has it, but the peer has not said so";
  stream_->confirm_by_peer(position - 1);
  EXPECT_EQ(stream_->delivered_tag(), 50U) << "a part is not the whole";
  stream_->confirm_by_peer(position);
  EXPECT_EQ(stream_->delivered_tag(), 60U);

  Stream::Released socket = stream_->release();
  stream_.reset();
  Recorder there;
  Stream second(network_->other_loop(), std::move(socket.fd), there);
  second.take_counts(socket);
  ASSERT_TRUE(second.open());
  second.begin_tags(60);
  write(second, "more");
  second.note_tag(64);
  EXPECT_EQ(heard_by_peer(network_->other_loop(), 4), "more");
  run_until(network_->other_loop(), [&] { return second.unconfirmed_bytes() == 0; });
  EXPECT_EQ(second.delivered_tag(), 60U) << "it goes on after a move";
}

TEST_P(StreamContract, WhatIsAddedBeforeAFlushLeavesWithIt) {
  open();
  events_.at_flush = [&] { write(*stream_, " and its question"); };
  write(*stream_, "a line");
  stream_->tell_before_flush();
  EXPECT_EQ(heard_by_peer(network_->loop(), 23), "a line and its question");
  write(*stream_, "next");
  EXPECT_EQ(heard_by_peer(network_->loop(), 4), "next") << "told once";
}

TEST_P(StreamContract, AStreamReleasedToAnotherLoopLosesNothing) {
  open();
  const std::string big = pattern(kTooMuch);
  write(*stream_, big);
  for (int turn = 0; turn < 3; ++turn) network_->loop().run_once(kTurn);
  const std::size_t unconfirmed = stream_->unconfirmed_bytes();
  stream_->pause_reading();
  network_->say("said on the way");
  Stream::Released socket = stream_->release();
  EXPECT_TRUE(stream_->closed());
  stream_.reset();

  Recorder there;
  Stream second(network_->other_loop(), std::move(socket.fd), there);
  second.take_counts(socket);
  ASSERT_TRUE(second.open());
  write(second, socket.unwritten);
  EXPECT_LE(second.unconfirmed_bytes(), unconfirmed);
  EXPECT_GT(second.unconfirmed_bytes(), 0U);
  EXPECT_TRUE(heard_by_peer(network_->other_loop(), big.size()) == big);
  run_until(network_->other_loop(), [&] { return there.received == "said on the way"; });
  run_until(network_->other_loop(), [&] { return second.unconfirmed_bytes() == 0; });
  EXPECT_EQ(events_.ended, 0);
  network_->close();
  run_until(network_->other_loop(), [&] { return there.ended == 1; });
}

TEST_P(StreamContract, ASocketThatIsDroppedOnTheWayIsClosed) {
  open();
  {
    const Stream::Released dropped = stream_->release();
  }
  for (int turn = 0; turn < kTurnsMax && !network_->end_heard(); ++turn) {
    network_->loop().run_once(kTurn);
    EXPECT_EQ(network_->heard(), "");
  }
  EXPECT_TRUE(network_->end_heard());
}

TEST_P(StreamContract, WhatIsWrittenWhileConnectingLeavesWhenConnected) {
  Stream stream(network_->loop(), network_->connecting(), events_);
  ASSERT_TRUE(stream.open_connecting(1h));
  write(stream, "early");
  EXPECT_EQ(heard_by_peer(network_->loop(), 5), "early");
  run_until(network_->loop(), [&] { return stream.unconfirmed_bytes() == 0; });
}

// The system counts the SYN of the side that connects: it is not a byte of ours.
TEST_P(StreamContract, TheFirstByteOfAConnectingStreamIsUnconfirmedUntilItArrives) {
  Stream stream(network_->loop(), network_->connecting(), events_);
  ASSERT_TRUE(stream.open_connecting(1h));
  write(stream, pattern(kTooMuch));
  run_until(network_->loop(), [&] { return stream.waiting_bytes() > stream.queued_bytes(); });
  const std::size_t before = stream.waiting_bytes();
  const std::size_t unconfirmed = stream.unconfirmed_bytes();
  const std::size_t after = stream.waiting_bytes();
  EXPECT_LE(unconfirmed, before);
  EXPECT_GE(unconfirmed, after);
}

TEST_P(StreamContract, ARefusedConnectionIsAnEndWithItsErrno) {
  Stream stream(network_->loop(), network_->refused(), events_);
  ASSERT_TRUE(stream.open_connecting(1h));
  run_until(network_->loop(), [&] { return events_.ended == 1; });
  EXPECT_EQ(events_.error, ECONNREFUSED);
}

}  // namespace wyld::runtime::contract
