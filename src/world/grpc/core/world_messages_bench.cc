// Our own reading and writing of the messages that are many, beside the code that protoc generates for them.
// One item is one event or command; `allocations` are those of one item.

#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "world/grpc/core/commands.h"
#include "world/grpc/core/frames.h"
#include "world/grpc/core/wire.h"
#include "wyldgate/world/v1/world.pb.h"

namespace {

// Of this thread, in the whole program.
thread_local std::uint64_t allocations = 0;

}  // namespace

// Not inlined: the compiler would take free() for the wrong partner of new.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const block = std::malloc(bytes == 0 ? 1 : bytes)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t /*bytes*/) noexcept { std::free(block); }

namespace wyld::grpc_world {
namespace {

namespace proto = ::wyldgate::world::v1;

constexpr std::string_view kLine = "say The lamp above the door flickers twice.";
constexpr std::string_view kText =
    "The lamp above the door flickers twice, and the room is dark for a moment.\n";
constexpr std::string_view kPrompt = "<100hp 80mp 93mv> ";

SessionId id_of(std::uint64_t number) {
  SessionId id;
  id.bytes[6] = 0x70;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

std::string_view bytes_of(const SessionId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// How the generated messages live.
enum class Life : std::uint8_t { kFresh, kReused, kArena };

// A message for each run: made anew, cleared, or on an arena whose first block stays.
template <typename Message>
class Messages {
 public:
  explicit Messages(Life life) : life_(life) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block_.get();
    options.initial_block_size = kBlockBytes;
    arena_ = std::make_unique<google::protobuf::Arena>(options);
  }
  Message& next() {
    switch (life_) {
      case Life::kFresh:
        own_ = std::make_unique<Message>();
        return *own_;
      case Life::kReused:
        if (!own_) own_ = std::make_unique<Message>();
        own_->Clear();
        return *own_;
      case Life::kArena:
        break;
    }
    arena_->Reset();
    return *google::protobuf::Arena::CreateMessage<Message>(arena_.get());
  }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{128} * 1024;
  Life life_;
  std::unique_ptr<char[]> block_ = std::make_unique<char[]>(kBlockBytes);
  std::unique_ptr<google::protobuf::Arena> arena_;
  std::unique_ptr<Message> own_;
};

class AllocationCount {
 public:
  explicit AllocationCount(benchmark::State& state) : state_(state) {}
  ~AllocationCount() {
    const auto items = static_cast<double>(state_.iterations()) * static_cast<double>(state_.range(0));
    state_.counters["allocations"] = static_cast<double>(allocations - before_) / items;
    state_.SetItemsProcessed(state_.iterations() * state_.range(0));
  }
  AllocationCount(const AllocationCount&) = delete;
  AllocationCount& operator=(const AllocationCount&) = delete;

 private:
  benchmark::State& state_;
  const std::uint64_t before_ = allocations;
};

// --- lines of players, to the world: a ConnectRequest with so many of them ---

void encode_by_hand(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::string frame;
  std::string out;
  const AllocationCount counting(state);
  for (auto _ : state) {
    out.clear();
    for (std::uint64_t i = 0; i < count; ++i) {
      frame.clear();
      put_input(frame, kLine, false, 1000 + i);
      put_event(out, id_of(i), 2000 + i, frame);
    }
    benchmark::DoNotOptimize(out.data());
  }
}

void encode_generated(benchmark::State& state, Life life) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::string out;
  Messages<proto::ConnectRequest> messages(life);
  const AllocationCount counting(state);
  for (auto _ : state) {
    proto::ConnectRequest& request = messages.next();
    for (std::uint64_t i = 0; i < count; ++i) {
      proto::SessionEvent& event = *request.add_events();
      const SessionId id = id_of(i);
      event.set_session_id(id.bytes.data(), id.bytes.size());
      event.set_sequence(2000 + i);
      proto::Input& input = *event.mutable_input();
      input.set_line(kLine.data(), kLine.size());
      input.set_line_number(1000 + i);
    }
    if (!request.SerializeToString(&out)) return state.SkipWithError("it was not written");
    benchmark::DoNotOptimize(out.data());
  }
}

// --- what the world says: a ConnectResponse with so many commands, every other one a prompt ---

std::string response(std::uint64_t count) {
  proto::ConnectResponse response;
  for (std::uint64_t i = 0; i < count; ++i) {
    proto::SessionCommand& command = *response.add_commands();
    command.set_session_id(std::string(bytes_of(id_of(i))));
    command.set_sequence(2000 + i);
    if (i % 2 == 0) {
      command.mutable_output()->set_text(std::string(kText));
    } else {
      command.mutable_prompt()->set_text(std::string(kPrompt));
    }
  }
  return response.SerializeAsString();
}

std::uint64_t text_bytes(std::uint64_t count) {
  return (count + 1) / 2 * kText.size() + count / 2 * kPrompt.size();
}

void decode_by_hand(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const std::string bytes = response(count);
  const AllocationCount counting(state);
  for (auto _ : state) {
    std::uint64_t read = 0;
    wire::Reader reader(bytes);
    for (wire::Field field; reader.next(field);) {
      const std::optional<Command> command = read_command(field.bytes);
      if (!command) return state.SkipWithError("a command was not read");
      benchmark::DoNotOptimize(command->id);
      if (const auto text = read_text(command->body)) read += text->size();
    }
    if (read != text_bytes(count)) return state.SkipWithError("not everything was read");
  }
}

void decode_generated(benchmark::State& state, Life life) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const std::string bytes = response(count);
  Messages<proto::ConnectResponse> messages(life);
  const AllocationCount counting(state);
  for (auto _ : state) {
    std::uint64_t read = 0;
    proto::ConnectResponse& response = messages.next();
    if (!response.ParseFromString(bytes)) return state.SkipWithError("it was not read");
    for (const proto::SessionCommand& command : response.commands()) {
      SessionId id;
      if (command.session_id().size() != id.bytes.size()) return state.SkipWithError("an id was not read");
      std::memcpy(id.bytes.data(), command.session_id().data(), id.bytes.size());
      benchmark::DoNotOptimize(id);
      read += command.has_output() ? command.output().text().size() : command.prompt().text().size();
    }
    if (read != text_bytes(count)) return state.SkipWithError("not everything was read");
  }
}

void sizes(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(1)->Arg(64); }
BENCHMARK(encode_by_hand)->Name("world_messages/encode/by_hand")->Apply(sizes);
BENCHMARK_CAPTURE(encode_generated, fresh, Life::kFresh)
    ->Name("world_messages/encode/generated_fresh")
    ->Apply(sizes);
BENCHMARK_CAPTURE(encode_generated, reused, Life::kReused)
    ->Name("world_messages/encode/generated_reused")
    ->Apply(sizes);
BENCHMARK_CAPTURE(encode_generated, arena, Life::kArena)
    ->Name("world_messages/encode/generated_arena")
    ->Apply(sizes);
BENCHMARK(decode_by_hand)->Name("world_messages/decode/by_hand")->Apply(sizes);
BENCHMARK_CAPTURE(decode_generated, fresh, Life::kFresh)
    ->Name("world_messages/decode/generated_fresh")
    ->Apply(sizes);
BENCHMARK_CAPTURE(decode_generated, reused, Life::kReused)
    ->Name("world_messages/decode/generated_reused")
    ->Apply(sizes);
BENCHMARK_CAPTURE(decode_generated, arena, Life::kArena)
    ->Name("world_messages/decode/generated_arena")
    ->Apply(sizes);

}  // namespace
}  // namespace wyld::grpc_world
