#pragma once
// The inside of Server: gRPC's callbacks on one side, Sessions on the other. Not for worlds to include.

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "wyldgate/world/account_calls.h"
#include "wyldgate/world/server.h"
#include "wyldgate/world/v1/world.grpc.pb.h"

namespace wyldgate::world {

// One Connect() call. At most one read and one write are under way; what its sessions have to say meanwhile
// waits in Sessions, and leaves in one message when the write is done.
//
// Owner    itself, from Connect() to OnDone().
// Thread   gRPC's; every member is guarded by the service's lock.
class Stream final : public grpc::ServerBidiReactor<v1::ConnectRequest, v1::ConnectResponse> {
 public:
  // What gRPC calls. All of it goes to the service.
  class Owner {
   public:
    virtual void on_read(Stream& stream, bool ok) = 0;
    virtual void on_write(Stream& stream, bool ok) = 0;
    virtual void on_cancel(Stream& stream) = 0;
    virtual void on_done(Stream& stream) = 0;

   protected:
    ~Owner() = default;
  };

  Stream(Owner& owner, grpc::CallbackServerContext& call) : context(call), owner_(owner) {}

  void OnReadDone(bool ok) override { owner_.on_read(*this, ok); }
  void OnWriteDone(bool ok) override { owner_.on_write(*this, ok); }
  void OnCancel() override { owner_.on_cancel(*this); }
  void OnDone() override { owner_.on_done(*this); }

  grpc::CallbackServerContext& context;
  StreamId id = 0;  // 0: the gateway has not said hello
  std::string gateway;
  v1::ConnectRequest request;
  v1::ConnectResponse response;
  bool writes = false;
  std::optional<grpc::Status> end;  // decided; Finish() is called when nothing is being written

 private:
  Owner& owner_;
};

class Server::Service final : public v1::WorldService::CallbackService, private Stream::Owner {
 public:
  Service(Handler& handler, ServerOptions options, SequenceStore* store);
  ~Service();

  [[nodiscard]] std::optional<std::string> start();
  [[nodiscard]] int port() const { return port_; }
  void turn(const std::function<void(Sessions&)>& work);
  [[nodiscard]] std::optional<std::string> wait();
  void stop();

 private:
  grpc::ServerBidiReactor<v1::ConnectRequest, v1::ConnectResponse>* Connect(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetProperties(grpc::CallbackServerContext* context,
                                          const v1::GetPropertiesRequest*,
                                          v1::GetPropertiesResponse* response) override;
  grpc::ServerUnaryReactor* GetStatistics(grpc::CallbackServerContext* context,
                                          const v1::GetStatisticsRequest*,
                                          v1::GetStatisticsResponse* response) override;

  void on_read(Stream& stream, bool ok) override;
  void on_write(Stream& stream, bool ok) override;
  void on_cancel(Stream& stream) override;
  void on_done(Stream& stream) override;

  // The lock is held in all of these.
  void greet(Stream& stream);
  void end(Stream& stream, grpc::Status status);
  void write(Stream& stream);
  void write_all();
  void fail(std::string what);

  [[nodiscard]] bool allows(const grpc::ServerContextBase& context) const;
  [[nodiscard]] std::shared_ptr<grpc::ServerCredentials> credentials() const;

  Handler& handler_;
  const ServerOptions options_;
  const std::string process_id_;
  int port_ = 0;
  std::unique_ptr<AccountCalls> account_calls_;  // null: no AccountService
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Sessions sessions_;
  std::set<Stream*> streams_;
  std::map<std::string, Stream*> by_gateway_;
  bool stopping_ = false;
  std::optional<std::string> failure_;
};

}  // namespace wyldgate::world
