// What is asked beside the stream, on the same connection: texts that players see, figures that operators do.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "world/grpc/stream.h"

namespace wyld::grpc_world {
namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;
constexpr std::size_t kStatisticsMax = 64;
constexpr std::size_t kStatisticNameBytesMax = 64;

// Whole lines for players; empty when there is too much of it.
std::string lines_of(std::string text) {
  if (text.size() > kTextBytesMax) {
    count(Counter::kMalformedInput);
    return {};
  }
  if (!text.empty() && !text.ends_with('\n')) text.push_back('\n');
  return text;
}

bool is_statistic(const std::string& name, double value) {
  return !name.empty() && name.size() <= kStatisticNameBytesMax && std::isfinite(value) &&
         std::ranges::all_of(name, [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '.');
         });
}

}  // namespace

std::string GrpcWorld::Stream::banner() const {
  const std::scoped_lock lock(mutex_);
  return banner_;
}

std::string GrpcWorld::Stream::message_of_the_day() const {
  const std::scoped_lock lock(mutex_);
  return message_of_the_day_;
}

std::map<std::string, double> GrpcWorld::Stream::statistics() const {
  const std::scoped_lock lock(mutex_);
  return statistics_;
}

std::unique_ptr<grpc::ClientContext> GrpcWorld::Stream::question_context() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + options_.call_deadline);
  if (!options_.key.empty()) context->AddMetadata("authorization", "Bearer " + options_.key);
  return context;
}

void GrpcWorld::Stream::ask_properties() {
  auto& question = call_->properties;
  if (question.reader) {
    question.again = true;
    return;
  }
  question.context = question_context();
  question.reader = call_->questions->AsyncGetProperties(question.context.get(), {}, &queue_);
  question.reader->Finish(&question.response, &question.status, tag_of(Tag::kProperties));
}

// A world need not have any: what it had before stays.
void GrpcWorld::Stream::on_properties(bool ok) {
  auto& question = call_->properties;
  question.reader.reset();
  if (ok && question.status.ok()) {
    std::string banner = lines_of(std::move(*question.response.mutable_banner()));
    std::string message = lines_of(std::move(*question.response.mutable_message_of_the_day()));
    const std::scoped_lock lock(mutex_);
    banner_ = std::move(banner);
    message_of_the_day_ = std::move(message);
  }
  if (std::exchange(question.again, false) && call_->phase == Phase::kOpen) ask_properties();
}

void GrpcWorld::Stream::ask_statistics() {
  ask_again_at_ = Time::max();
  auto& question = call_->statistics;
  question.context = question_context();
  question.reader = call_->questions->AsyncGetStatistics(question.context.get(), {}, &queue_);
  question.reader->Finish(&question.response, &question.status, tag_of(Tag::kStatistics));
}

void GrpcWorld::Stream::on_statistics(bool ok) {
  auto& question = call_->statistics;
  question.reader.reset();
  if (call_->phase == Phase::kOpen)
    ask_again_at_ = std::chrono::system_clock::now() + options_.statistics_every;
  if (!ok || !question.status.ok()) return;
  std::map<std::string, double> statistics;
  std::string text;
  for (const auto& [name, value] : question.response.statistics()) {
    if (statistics.size() < kStatisticsMax && is_statistic(name, value)) statistics.emplace(name, value);
  }
  for (const auto& [name, value] : statistics)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = statistics_.empty();
    statistics_ = std::move(statistics);
  }
  if (text.empty()) return;
  log(first ? LogLevel::kInfo : LogLevel::kDebug, "world_statistics", {{"values", std::move(text)}});
}

}  // namespace wyld::grpc_world
