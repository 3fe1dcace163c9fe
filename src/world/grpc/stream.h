#pragma once
// The stream itself; only for grpc_world.cc and stream.cc, which are the ones to know gRPC.

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "world/grpc/core/routes.h"
#include "world/grpc/grpc_world.h"
#include "world/grpc/hello.h"
#include "world/grpc/link.h"
#include "world/grpc/redial.h"
#include "wyldgate/world/v1/world.grpc.pb.h"

namespace wyld::grpc_world {

// Dials, reads, dials again. Its thread is the only one to wait on the completion queue; whoever has
// something to write begins the write, and what comes meanwhile goes out with the next.
class GrpcWorld::Stream {
 public:
  Stream(GrpcWorldOptions options, std::size_t shard_count, ShardMail mail);
  ~Stream();

  void add_link(std::uint8_t shard, GrpcLink& link) { links_[shard] = &link; }
  void start();
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] const GrpcWorldOptions& options() const noexcept { return options_; }
  [[nodiscard]] Routes& routes() noexcept { return routes_; }
  [[nodiscard]] std::size_t shard_count() const noexcept { return links_.size(); }
  [[nodiscard]] bool connected() const;
  [[nodiscard]] std::string banner() const;
  [[nodiscard]] std::string message_of_the_day() const;
  [[nodiscard]] std::map<std::string, double> statistics() const;
  // For questions beside the stream; null: no stream stands.
  [[nodiscard]] std::shared_ptr<grpc::Channel> connection() const;
  [[nodiscard]] bool send(std::uint8_t shard, std::uint64_t stream, std::string piece);

 private:
  using Time = std::chrono::system_clock::time_point;  // what completion queues wait for

  enum class Tag : std::uintptr_t {
    kStarted = 1,
    kRead,
    kWritten,
    kWritesDone,
    kFinished,
    kProperties,
    kStatistics,
    kWake
  };
  enum class Phase : std::uint8_t { kDialling, kGreeting, kOpen, kEnding };

  // A call beside the stream; `reader` is there while it is out.
  template <typename Response>
  struct Question {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
    Response response;
    grpc::Status status;
    bool again = false;  // ask once more when it is answered
  };

  // One attempt, from the dial to the last completion.
  struct Call {
    explicit Call(const GrpcWorldOptions& options);
    std::shared_ptr<grpc::Channel> channel;
    grpc::GenericStub stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::ByteBuffer incoming;
    grpc::Status status;
    Phase phase = Phase::kDialling;
    bool reading = false;
    bool closing = false;  // our side; the completion is still to come
    bool finishing = false;
    bool finished = false;
    bool cancelled_by_us = false;  // with `refusal` as the reason
    Refusal refusal;
    WorldIdentity world;
    Time opened{};

    std::unique_ptr<::wyldgate::world::v1::WorldService::Stub> questions;
    Question<::wyldgate::world::v1::GetPropertiesResponse> properties;
    Question<::wyldgate::world::v1::GetStatisticsResponse> statistics;
  };

  static void* tag_of(Tag tag) noexcept { return reinterpret_cast<void*>(tag); }  // NOLINT: a tag is a number
  static std::string_view bytes_of(const grpc::Slice& slice) noexcept {
    return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
  }

  void run();
  bool attempt();  // true: the pauses between attempts begin anew
  [[nodiscard]] bool ended_well() const;
  [[nodiscard]] bool is_over();
  [[nodiscard]] Time next_deadline(Time give_up) const;
  void pause(std::chrono::milliseconds length);
  void on_tag(Tag tag, bool ok);
  void greet();
  void open();
  void refuse(Refusal refusal);
  void end_call();
  void report_end();
  void check_stopping();

  // stream_questions.cc:
  [[nodiscard]] std::unique_ptr<grpc::ClientContext> question_context() const;
  void ask_properties();
  void on_properties(bool ok);
  void ask_statistics();
  void on_statistics(bool ok);

  // stream_traffic.cc, with send():
  [[nodiscard]] grpc::ByteBuffer begin_write();  // under mutex_
  void on_written(bool ok);
  void stop_gathering();
  void write_on();
  void begin_read();
  void on_read(bool ok);
  void dispatch();
  void wake();
  void worked_off(std::size_t bytes);
  void tell(std::uint8_t shard, const std::function<void(GrpcLink&)>& task);
  void tell_away(const std::string& text);

  const GrpcWorldOptions options_;
  const ShardMail mail_;
  const std::string process_id_;
  Routes routes_;
  std::vector<GrpcLink*> links_;
  std::vector<Inbound> inbound_;

  grpc::CompletionQueue queue_;
  grpc::Alarm alarm_;
  std::thread thread_;
  std::unique_ptr<Call> call_;  // of the thread; its `stream` may be written to while writing_
  Redial redial_;
  std::string last_refusal_;
  bool wake_waits_ = false;  // the alarm's completion is still to come; guarded by mutex_

  mutable std::mutex mutex_;                   // guards what follows
  std::uint64_t number_ = 0;                   // of the stream
  bool open_ = false;                          // it takes pieces
  std::shared_ptr<grpc::Channel> connection_;  // while open_
  bool writing_ = false;                       // a write is on its way, or
  bool gathering_ = false;                     // the next begins at gather_until_, or when enough has come
  int handing_over_ = 0;  // shards inside Write(), which may return after the write is done
  Time write_began_{};
  bool busy_ = false;                // writes follow one another closely
  Time gather_until_ = Time::max();  // of the thread: the next write begins then
  Time ask_again_at_ = Time::max();  // of the thread: the world's statistics
  std::deque<std::string> pending_;
  std::size_t pending_bytes_ = 0;
  std::vector<bool> congested_;  // shards that wait for drained()
  bool stopping_ = false;
  Time stop_at_{};
  std::string banner_;
  std::string message_of_the_day_;
  std::map<std::string, double> statistics_;
  std::atomic<std::size_t> inbound_bytes_ = 0;
  std::atomic<bool> read_waits_ = false;  // for shards to work off what there is
};

}  // namespace wyld::grpc_world
