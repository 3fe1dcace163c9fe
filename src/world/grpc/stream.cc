#include "world/grpc/stream.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "runtime/random.h"
#include "world/grpc/channel.h"

namespace wyld::grpc_world {
namespace {

constexpr const char* kConnect = "/wyldgate.world.v1.WorldService/Connect";
const std::chrono::system_clock::time_point kForEver = std::chrono::system_clock::time_point::max();

std::string random_text() {
  const auto seed = runtime::random_seed();
  return fmt::format("{:016x}{:016x}", seed[0], seed[1]);
}

}  // namespace

GrpcWorld::Stream::Call::Call(const GrpcWorldOptions& options)
    : channel(make_channel(options)), stub(channel) {
  if (!options.key.empty()) context.AddMetadata("authorization", "Bearer " + options.key);
}

GrpcWorld::Stream::Stream(GrpcWorldOptions options, std::size_t shard_count, ShardMail mail)
    : options_(std::move(options)),
      mail_(std::move(mail)),
      process_id_(random_text()),
      links_(shard_count, nullptr),
      inbound_(shard_count),
      redial_(options_.pause_first, options_.pause_last, runtime::random_seed()[0]),
      congested_(shard_count, false) {
  adopt_grpc_log();
}

GrpcWorld::Stream::~Stream() {
  stop(std::chrono::milliseconds(0));
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void GrpcWorld::Stream::start() {
  WYLD_CHECK(!thread_.joinable() && std::ranges::count(links_, nullptr) == 0);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "wyld-world");
}

void GrpcWorld::Stream::stop(std::chrono::milliseconds grace) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) stop_at_ = std::chrono::system_clock::now() + grace;
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

bool GrpcWorld::Stream::connected() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

std::shared_ptr<grpc::Channel> GrpcWorld::Stream::connection() const {
  const std::scoped_lock lock(mutex_);
  return connection_;
}

void GrpcWorld::Stream::run() {
  for (;;) {
    if (attempt()) redial_.start_over();
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
    }
    pause(redial_.next());
  }
}

void GrpcWorld::Stream::pause(std::chrono::milliseconds length) {
  const Time until = std::chrono::system_clock::now() + length;
  for (;;) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::TIMEOUT) return;
    on_tag(static_cast<Tag>(reinterpret_cast<std::uintptr_t>(tag)), ok);
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
  }
}

bool GrpcWorld::Stream::attempt() {
  call_ = std::make_unique<Call>(options_);
  count(Counter::kUpstreamConnects);
  const Time give_up = std::chrono::system_clock::now() + options_.connect_timeout;
  call_->stream = call_->stub.PrepareCall(&call_->context, kConnect, &queue_);
  call_->stream->StartCall(tag_of(Tag::kStarted));
  while (!is_over()) {
    const Time until = next_deadline(give_up);
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::TIMEOUT) {
      on_tag(static_cast<Tag>(reinterpret_cast<std::uintptr_t>(tag)), ok);
    } else if (until == ask_again_at_) {
      ask_statistics();
    } else if (until != gather_until_) {
      refuse({.error = fmt::format("no answer within {} ms", options_.connect_timeout.count()),
              .advice = "is the world running, and does world.url name its address?",
              .lasting = false});
    }
    if (gather_until_ <= std::chrono::system_clock::now()) stop_gathering();
    check_stopping();
  }
  report_end();
  const bool fine = ended_well();
  call_.reset();
  return fine;
}

// A world that greeted us and broke is dialled at once: it is being restarted. One that sent us away, or that
// we cannot follow, would do so again; unless it took its time.
bool GrpcWorld::Stream::ended_well() const {
  if (call_->opened == Time{}) return false;
  const bool sent_away = call_->cancelled_by_us || call_->status.error_code() == grpc::StatusCode::ABORTED;
  return !sent_away || std::chrono::system_clock::now() - call_->opened > 2 * options_.pause_last;
}

// Every completion has come, and nobody else is inside the call.
bool GrpcWorld::Stream::is_over() {
  for (;; std::this_thread::yield()) {
    const std::scoped_lock lock(mutex_);
    if (!call_->finished || call_->reading || writing_ || call_->closing) return false;
    if (call_->properties.reader || call_->statistics.reader) return false;
    // A write may be done before the Write() of the shard has returned; that is a matter of instructions.
    if (handing_over_ == 0) return true;
  }
}

GrpcWorld::Stream::Time GrpcWorld::Stream::next_deadline(Time give_up) const {
  Time until = kForEver;
  if (!call_->cancelled_by_us && !call_->finishing) {
    const std::scoped_lock lock(mutex_);
    if (stopping_) until = stop_at_;
    if (call_->phase != Phase::kOpen) until = std::min(until, give_up);
  }
  return std::min({until, gather_until_, ask_again_at_});
}

void GrpcWorld::Stream::on_tag(Tag tag, bool ok) {
  switch (tag) {
    case Tag::kStarted:
      return ok ? greet() : end_call();
    case Tag::kRead:
      call_->reading = false;
      return on_read(ok);
    case Tag::kWritten:
      return on_written(ok);
    case Tag::kWritesDone:
      call_->closing = false;
      return;
    case Tag::kFinished:
      call_->finished = true;
      return;
    case Tag::kProperties:
      return on_properties(ok);
    case Tag::kStatistics:
      return on_statistics(ok);
    case Tag::kWake: {
      {
        const std::scoped_lock lock(mutex_);
        wake_waits_ = false;
      }
      if (call_ && call_->phase == Phase::kOpen && read_waits_.load()) begin_read();
      return;
    }
  }
}

void GrpcWorld::Stream::greet() {
  call_->phase = Phase::kGreeting;
  {
    const std::scoped_lock lock(mutex_);
    writing_ = true;
  }
  const grpc::Slice hello(make_hello(options_, process_id_));
  call_->stream->Write(grpc::ByteBuffer(&hello, 1), tag_of(Tag::kWritten));
  begin_read();
}

void GrpcWorld::Stream::open() {
  grpc::Slice message;
  if (!call_->incoming.TrySingleSlice(&message).ok())
    static_cast<void>(call_->incoming.DumpToSingleSlice(&message));
  const Heading heading = routes_.split(bytes_of(message), {});
  if (heading.malformed || !heading.has_hello) {
    return refuse({"the first message of the world's is no hello", "is this a world of Wyldgate?"});
  }
  Refusal refusal;
  if (!accept_hello(heading.hello, options_, call_->world, refusal)) return refuse(std::move(refusal));
  call_->phase = Phase::kOpen;
  call_->opened = std::chrono::system_clock::now();
  last_refusal_.clear();
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    connection_ = call_->channel;
    number = ++number_;
  }
  log(LogLevel::kInfo, "world_connected",
      {{"world", options_.url}, {"name", call_->world.name}, {"program", call_->world.program}});
  for (std::size_t shard = 0; shard < links_.size(); ++shard) {
    tell(static_cast<std::uint8_t>(shard), [number](GrpcLink& link) { link.stream_up(number); });
  }
  call_->questions = ::wyldgate::world::v1::WorldService::NewStub(call_->channel);
  ask_properties();
  ask_statistics();
}

void GrpcWorld::Stream::refuse(Refusal refusal) {
  if (!std::exchange(call_->cancelled_by_us, true)) call_->refusal = std::move(refusal);
  call_->context.TryCancel();
}

// Nothing comes any more: the status is asked for, once.
void GrpcWorld::Stream::end_call() {
  if (std::exchange(call_->finishing, true)) return;
  call_->phase = Phase::kEnding;
  {
    const std::scoped_lock lock(mutex_);
    open_ = false;
    connection_.reset();
    if (std::exchange(gathering_, false)) writing_ = false;
    pending_.clear();
    pending_bytes_ = 0;
    congested_.assign(links_.size(), false);
  }
  read_waits_ = false;
  gather_until_ = ask_again_at_ = Time::max();
  if (call_->properties.context) call_->properties.context->TryCancel();
  if (call_->statistics.context) call_->statistics.context->TryCancel();
  call_->stream->Finish(&call_->status, tag_of(Tag::kFinished));
}

void GrpcWorld::Stream::report_end() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
  }
  const bool stood = call_->opened != Time{};
  count(stood ? Counter::kUpstreamLosses : Counter::kUpstreamFailures);
  Refusal refusal = call_->refusal;
  bool refused = refusal.lasting && !stood;
  if (!call_->cancelled_by_us) {
    refusal.error = call_->status.ok() ? "the world has ended the stream" : call_->status.error_message();
    explain(call_->status.error_code(), refusal);
    refused = refusal.lasting;
  }
  tell_away(refused ? options_.name + " cannot take its players back yet; your commands wait for it."
                    : away_text(options_));
  // The same trouble is told once, and not every five seconds.
  if (!stood && std::exchange(last_refusal_, refusal.error) == refusal.error) return;
  log(refused ? LogLevel::kError : LogLevel::kWarning,
      stood     ? "world_lost"
      : refused ? "world_refused"
                : "world_unreachable",
      {{"world", options_.url}, {"error", refusal.error}, {"advice", refusal.advice}});
}

// The last words are written, then the world ends its side; until stop_at_.
void GrpcWorld::Stream::check_stopping() {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_ || writing_) return;
    if (open_ && !call_->cancelled_by_us) {
      open_ = false;
      call_->closing = true;  // from here on nothing is written
      call_->stream->WritesDone(tag_of(Tag::kWritesDone));
      return;
    }
  }
  if (call_->phase != Phase::kOpen) refuse({});
}

}  // namespace wyld::grpc_world
