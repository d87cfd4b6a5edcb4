#include "bridge/downlink/reply_intake.h"

#include <utility>

namespace gateway {

namespace {

constexpr std::size_t kMaxReplies = 10'000;
constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
// Correlation data longer than any of ours is nobody's, however it goes on.
constexpr std::size_t kMostCorrelation = 64;

std::size_t size_of(const MqttReply& reply) {
  return reply.topic.size() + reply.payload.size() + reply.correlation.size();
}

}  // namespace

ReplyIntake::ReplyIntake(webpubsub::net::EventLoop& loop, MqttReceiver& next,
                         std::function<void(MqttReply)> take)
    : next_(next),
      take_(std::move(take)),
      waker_(loop, [this] { drain(); }),
      inbox_(kMaxReplies, [this] { waker_.wake(); }) {}

void ReplyIntake::set_filters(const std::vector<TopicFilter>& filters) {
  auto table = filters.empty() ? nullptr : std::make_shared<const RouteTable>(filters);
  const std::lock_guard lock(mutex_);
  filters_ = std::move(table);
}

bool ReplyIntake::wants(const MqttMessage& message) {
  std::shared_ptr<const RouteTable> filters;
  {
    const std::lock_guard lock(mutex_);
    filters = filters_;
  }
  if (!filters) return false;
  filters->match(message.topic, matched_);
  return !matched_.empty();
}

MqttTaken ReplyIntake::on_message(const MqttMessage& message) noexcept {
  auto passed_on = message;
  // What a broker has kept is no answer to anything asked now.
  if (wants(message) && !message.retained) {
    passed_on.claimed = true;
    const auto correlation = message.correlation_data.substr(0, kMostCorrelation);
    const auto size = message.topic.size() + message.payload.size() + correlation.size();
    const bool fits = bytes_.load() + size <= kMaxBytes;
    if (fits) bytes_ += size;
    if (!fits || !inbox_.push({.topic = std::string(message.topic),
                               .payload = std::string(message.payload),
                               .correlation = std::string(correlation)})) {
      if (fits) bytes_ -= size;
      ++refused_;
    }
  }
  return next_.on_message(passed_on);
}

void ReplyIntake::drain() {
  inbox_.drain(burst_);
  for (auto& reply : burst_) {
    bytes_ -= size_of(reply);
    take_(std::move(reply));
  }
  burst_.clear();
}

}  // namespace gateway
