#include "bridge/uplink/intake.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/clock.h"

namespace gateway {

struct Intake::Header {
  std::int64_t time;
  std::uint32_t rule;
  std::uint32_t topic_size;
  std::uint32_t payload_size;
  std::uint32_t response_topic_size;
  std::uint32_t correlation_size;
  std::uint8_t qos;
  bool retained;
};

namespace {
constexpr std::size_t kKeptBytes = 512 * 1024;  // a buffer that a burst made larger is given back
}

Intake::Intake(RouteTable routes, std::size_t rules, Limits limits, std::function<void()> wake)
    : wake_(std::move(wake)),
      matching_(make_table(std::move(routes), {})),
      limits_(limits),
      routes_(matching_),
      counts_(rules) {}

std::shared_ptr<const Intake::Table> Intake::make_table(RouteTable routes,
                                                        std::vector<SpoolQueue*> queues) {
  const bool durable =
      std::any_of(queues.begin(), queues.end(), [](const auto* queue) { return queue != nullptr; });
  return std::make_shared<const Table>(Table{std::move(routes), std::move(queues), durable});
}

void Intake::set_routes(RouteTable routes, std::size_t rules, std::vector<SpoolQueue*> queues,
                        const std::function<void(const Reading&)>& take) {
  auto table = make_table(std::move(routes), std::move(queues));
  webpubsub::TimePoint arrived;
  {
    // In one go: not a reading may meet the rules of the other table.
    const std::lock_guard lock(mutex_);
    arrived = swap_buffers();
    routes_ = std::move(table);
    if (counts_.size() < rules) counts_.resize(rules);
  }
  give(arrived, take);
  empty_draining();
}

void Intake::set_queues(std::vector<SpoolQueue*> queues) {
  auto table = make_table(routes_->routes, std::move(queues));  // only this thread replaces it
  const std::lock_guard lock(mutex_);
  routes_ = std::move(table);
}

void Intake::set_max_bytes(std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  limits_.max_bytes = max_bytes;
}

IntakeCounts Intake::take_counts(std::uint32_t rule) {
  const std::lock_guard lock(mutex_);
  return std::exchange(counts_[rule], {});
}

void Intake::on_message(const MqttMessage& message) noexcept {
  matching_->routes.match(message.topic, matched_);
  const auto time = webpubsub::unix_milliseconds(webpubsub::wall_now());
  stored_.clear();
  bool stored = store(message, time);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (matching_ != routes_) {  // replaced meanwhile
      matching_ = routes_;
      matching_->routes.match(message.topic, matched_);
      stored = store(message, time) || stored;
    }
    ++messages_;
    if (matched_.empty() && !message.claimed) ++unmatched_;
    const auto before = buffer_.size();
    for (const auto rule : matched_) {
      if (!is_stored(rule)) append(rule, time, message);
    }
    const auto after = buffer_.size();
    if (before == 0 && after > 0) burst_began_ = webpubsub::steady_now();
    stored_any_ = stored_any_ || stored;
    const bool first = armed_ && (after > 0 || stored);
    wake = first || (before < limits_.high_water && after >= limits_.high_water);
    if (first) armed_ = false;
  }
  if (wake) wake_();
}

/// Outside the lock, as a rule: the disk may take its time. Should the routes be replaced
/// meanwhile, what was stored is where its rule, which is known by its name, will find it. Answers
/// whether any was.
bool Intake::store(const MqttMessage& message, std::int64_t time) {
  if (!matching_->durable || message.payload.size() > limits_.max_payload) return false;
  bool any = false;
  for (const auto rule : matched_) {
    auto* queue = matching_->queue(rule);
    if (queue == nullptr || is_stored(rule)) continue;
    const auto kept =
        queue->append(message.topic, message.payload, time, message.qos, message.retained);
    if (kept != SpoolQueue::Append::Unusable) stored_.push_back(queue);
    any = any || kept == SpoolQueue::Append::Stored;
  }
  return any;
}

bool Intake::is_stored(std::uint32_t rule) const {
  const auto* queue = matching_->queue(rule);
  return queue != nullptr && std::find(stored_.begin(), stored_.end(), queue) != stored_.end();
}

void Intake::append(std::uint32_t rule, std::int64_t time, const MqttMessage& message) {
  auto& counts = counts_[rule];
  ++counts.received;
  if (message.payload.size() > limits_.max_payload) {
    ++counts.too_large;
    return;
  }
  const auto start = buffer_.size();
  const std::array parts{message.topic, message.payload, message.response_topic,
                         message.correlation_data};
  auto size = sizeof(Header);
  for (const auto& part : parts) size += part.size();
  if (draining_bytes_ + start + size > limits_.max_bytes) {
    ++counts.full;
    return;
  }
  // Once, to the end: what grows by copying takes twice of what it has.
  if (start + size > kKeptBytes) buffer_.reserve(limits_.max_bytes);
  ++counts.waiting;
  const Header header{time,
                      rule,
                      static_cast<std::uint32_t>(message.topic.size()),
                      static_cast<std::uint32_t>(message.payload.size()),
                      static_cast<std::uint32_t>(message.response_topic.size()),
                      static_cast<std::uint32_t>(message.correlation_data.size()),
                      message.qos,
                      message.retained};
  const auto* bytes = reinterpret_cast<const char*>(&header);
  buffer_.insert(buffer_.end(), bytes, bytes + sizeof(header));
  for (const auto& part : parts) buffer_.insert(buffer_.end(), part.begin(), part.end());
}

void Intake::drain(const std::function<void(const Reading&)>& take) {
  webpubsub::TimePoint arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived = swap_buffers();
  }
  give(arrived, take);
  empty_draining();
}

void Intake::empty_draining() {
  if (draining_.capacity() > kKeptBytes) {
    std::vector<char>().swap(draining_);
  } else {
    draining_.clear();
  }
  const std::lock_guard lock(mutex_);
  draining_bytes_ = 0;
}

/// Under the lock. Answers when what is to be drained began to arrive.
webpubsub::TimePoint Intake::swap_buffers() {
  draining_.swap(buffer_);
  draining_bytes_ = draining_.size();
  for (auto& each : counts_) each.waiting = 0;
  stored_any_ = false;
  return burst_began_;
}

void Intake::give(webpubsub::TimePoint arrived,
                  const std::function<void(const Reading&)>& take) const {
  for (std::size_t at = 0; at < draining_.size();) {
    Header header{};
    std::memcpy(&header, draining_.data() + at, sizeof(header));
    at += sizeof(header);
    const auto part = [&](std::uint32_t size) {
      const std::string_view text(draining_.data() + at, size);
      at += size;
      return text;
    };
    const auto topic = part(header.topic_size);
    const auto payload = part(header.payload_size);
    const auto response_topic = part(header.response_topic_size);
    const auto correlation = part(header.correlation_size);
    take({.rule = header.rule,
          .time = header.time,
          .arrived = arrived,
          .topic = topic,
          .payload = payload,
          .qos = header.qos,
          .retained = header.retained,
          .response_topic = response_topic,
          .correlation = correlation});
  }
}

bool Intake::arm() {
  const std::lock_guard lock(mutex_);
  armed_ = buffer_.empty() && !stored_any_;
  return armed_;
}

std::vector<IntakeCounts> Intake::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::uint64_t Intake::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::uint64_t Intake::unmatched() const {
  const std::lock_guard lock(mutex_);
  return unmatched_;
}

std::size_t Intake::bytes() const {
  const std::lock_guard lock(mutex_);
  return buffer_.size();
}

std::optional<webpubsub::TimePoint> Intake::oldest() const {
  const std::lock_guard lock(mutex_);
  if (buffer_.empty()) return std::nullopt;
  return burst_began_;
}

}  // namespace gateway
