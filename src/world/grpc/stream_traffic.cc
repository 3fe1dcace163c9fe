// What goes through the stream: pieces of the shards, and what the world has for them.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/counters.h"
#include "world/grpc/stream.h"

namespace wyld::grpc_world {
namespace {

constexpr std::size_t kPendingBytesHigh = 256 * 1024;  // then shards keep what they have
constexpr std::size_t kMessageBytesMax = 768 * 1024;   // and one piece
constexpr std::size_t kCopiedBytesMax = 1024;
constexpr auto kGather = std::chrono::milliseconds(2);
constexpr std::size_t kGatheredBytes = 16 * 1024;
constexpr auto kMailboxPause = std::chrono::milliseconds(5);

// A piece as gRPC keeps it: a large one is handed over, a small one copied.
grpc::Slice slice_of(std::string piece) {
  if (piece.size() <= kCopiedBytesMax) return grpc::Slice(piece.data(), piece.size());
  auto* const kept = new std::string(std::move(piece));
  return grpc::Slice(
      kept->data(), kept->size(), [](void* string) { delete static_cast<std::string*>(string); }, kept);
}

}  // namespace

// --- from the shards ---

bool GrpcWorld::Stream::send(std::uint8_t shard, std::uint64_t stream, std::string piece) {
  grpc::ByteBuffer message;
  {
    const std::scoped_lock lock(mutex_);
    if (!open_ || stream != number_) return true;
    pending_bytes_ += piece.size();
    pending_.push_back(std::move(piece));
    const bool worth_it = gathering_ && pending_bytes_ >= kGatheredBytes;
    if (writing_ && !worth_it) {
      if (pending_bytes_ < kPendingBytesHigh) return true;
      congested_[shard] = true;
      return false;
    }
    writing_ = true;
    gathering_ = false;
    ++handing_over_;
    message = begin_write();
  }
  call_->stream->Write(message, tag_of(Tag::kWritten));
  const std::scoped_lock lock(mutex_);
  --handing_over_;
  return true;
}

grpc::ByteBuffer GrpcWorld::Stream::begin_write() {
  const Time now = std::chrono::system_clock::now();
  busy_ = now - write_began_ < 2 * kGather;
  write_began_ = now;
  std::vector<grpc::Slice> slices;
  std::size_t bytes = 0;
  while (!pending_.empty() && (slices.empty() || bytes + pending_.front().size() <= kMessageBytesMax)) {
    bytes += pending_.front().size();
    slices.push_back(slice_of(std::move(pending_.front())));
    pending_.pop_front();
  }
  pending_bytes_ -= bytes;
  return {slices.data(), slices.size()};
}

// A message costs about the same for one event and for fifty. So the first of a while leaves at once, and
// when others follow closely they are gathered for a moment, or until there are many.
void GrpcWorld::Stream::on_written(bool ok) {
  {
    const std::scoped_lock lock(mutex_);
    if (!ok || !open_) {
      writing_ = false;
      return;
    }
    const Time end = write_began_ + kGather;
    if (busy_ && pending_bytes_ < kGatheredBytes && std::chrono::system_clock::now() < end) {
      gathering_ = true;
      gather_until_ = end;
      return;
    }
  }
  write_on();
}

void GrpcWorld::Stream::stop_gathering() {
  gather_until_ = Time::max();
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(gathering_, false)) return;  // a shard had enough for a message
  }
  write_on();
}

void GrpcWorld::Stream::write_on() {
  grpc::ByteBuffer message;
  std::vector<bool> drained(links_.size(), false);
  bool more = false;
  {
    const std::scoped_lock lock(mutex_);
    more = !pending_.empty();
    writing_ = more;
    if (more) message = begin_write();
    if (pending_bytes_ < kPendingBytesHigh / 2) drained.swap(congested_);
  }
  for (std::size_t shard = 0; shard < links_.size(); ++shard) {
    if (drained[shard]) tell(static_cast<std::uint8_t>(shard), [](GrpcLink& link) { link.drained(); });
  }
  if (more) call_->stream->Write(message, tag_of(Tag::kWritten));
}

// --- to the shards ---

void GrpcWorld::Stream::begin_read() {
  if (call_->reading || call_->finishing) return;
  read_waits_ = true;
  // A shard that works off the last of it sees `read_waits_`, or we see that it has.
  if (inbound_bytes_.load() > options_.inbound_bytes_high) return;
  read_waits_ = false;
  call_->reading = true;
  call_->stream->Read(&call_->incoming, tag_of(Tag::kRead));
}

void GrpcWorld::Stream::on_read(bool ok) {
  if (!ok) return end_call();
  if (call_->phase == Phase::kGreeting) {
    open();
  } else if (call_->phase == Phase::kOpen && !call_->cancelled_by_us) {
    // Behind what was lost nothing may be taken.
    dispatch();
    // To read on, gRPC writes (a larger window, for each message). On the same core the shard speaks first.
    std::this_thread::yield();
  }
  begin_read();
}

void GrpcWorld::Stream::dispatch() {
  auto message = std::make_shared<grpc::Slice>();
  if (!call_->incoming.TrySingleSlice(message.get()).ok() &&
      !call_->incoming.DumpToSingleSlice(message.get()).ok()) {
    return refuse(
        {"a message of the world's cannot be read", "the world is broken, or speaks something else"});
  }
  const Heading heading = routes_.split(bytes_of(*message), inbound_);
  if (heading.malformed) {
    for (Inbound& inbound : inbound_) inbound = {};
    return refuse(
        {"the world sent what is no ConnectResponse", "the world is broken, or speaks something else"});
  }
  for (std::size_t shard = 0; shard < inbound_.size(); ++shard) {
    if (inbound_[shard].empty()) continue;
    auto inbound = std::make_unique<Inbound>(std::exchange(inbound_[shard], {}));
    inbound->stream = number_;
    inbound->message = message;
    const std::size_t bytes = inbound->bytes;
    inbound_bytes_.fetch_add(bytes);
    const bool posted = mail_(static_cast<std::uint8_t>(shard),
                              [this, link = links_[shard], inbound = std::move(inbound), bytes] {
                                link->take(*inbound);
                                worked_off(bytes);
                              });
    if (posted) continue;
    // What was not taken is not acknowledged: the world says it again on the next stream.
    inbound_bytes_.fetch_sub(bytes);
    count(Counter::kMailboxFull);
    return refuse({"a shard's mailbox is full", "the gateway is overloaded; give it more cores"});
  }
  if (heading.properties_changed) ask_properties();
}

void GrpcWorld::Stream::worked_off(std::size_t bytes) {
  const std::size_t before = inbound_bytes_.fetch_sub(bytes);
  if (before - bytes <= options_.inbound_bytes_high / 2 && read_waits_.load()) wake();
}

void GrpcWorld::Stream::wake() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(wake_waits_, true)) return;
  alarm_.Set(&queue_, std::chrono::system_clock::now(), tag_of(Tag::kWake));
}

// What a shard must hear. Its mailbox is full only while it is far behind.
void GrpcWorld::Stream::tell(std::uint8_t shard, const std::function<void(GrpcLink&)>& task) {
  GrpcLink* const link = links_[shard];
  while (!mail_(shard, [link, task] { task(*link); })) {
    count(Counter::kMailboxFull);
    std::this_thread::sleep_for(kMailboxPause);
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
  }
}

void GrpcWorld::Stream::tell_away(const std::string& text) {
  for (std::size_t shard = 0; shard < links_.size(); ++shard) {
    tell(static_cast<std::uint8_t>(shard), [text](GrpcLink& link) { link.went_down(text); });
  }
}

}  // namespace wyld::grpc_world
