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
constexpr std::size_t kMostNoted = 10'000;      // as many as there are devices at most
constexpr std::size_t kLongestNoted = 1024;     // topic: the rest of it is no name of a device
}  // namespace

Intake::Intake(RouteTable routes, std::size_t rules, Limits limits, std::function<void()> wake)
    : wake_(std::move(wake)),
      matching_(make_table(std::move(routes), {}, {})),
      limits_(limits),
      routes_(matching_),
      counts_(rules) {}

std::shared_ptr<const Intake::Table> Intake::make_table(RouteTable routes,
                                                        std::vector<SpoolQueue*> queues,
                                                        std::vector<MqttLinkKind> links) {
  const bool blocking = std::any_of(links.begin(), links.end(),
                                    [](auto link) { return link != MqttLinkKind::Common; });
  const bool durable = blocking || std::any_of(queues.begin(), queues.end(),
                                               [](const auto* queue) { return queue != nullptr; });
  return std::make_shared<const Table>(
      Table{std::move(routes), std::move(queues), std::move(links), durable, blocking});
}

void Intake::set_routes(RouteTable routes, std::size_t rules, std::vector<SpoolQueue*> queues,
                        const std::function<void(const Reading&)>& take,
                        std::vector<MqttLinkKind> links) {
  auto table = make_table(std::move(routes), std::move(queues), std::move(links));
  webpubsub::TimePoint arrived;
  {
    // In one go: not a reading may meet the rules of the other table.
    const std::lock_guard lock(mutex_);
    arrived = swap_buffers();
    routes_ = std::move(table);
    noted_.clear();
    if (counts_.size() < rules) counts_.resize(rules);
  }
  give(arrived, take);
  empty_draining();
}

void Intake::set_queues(std::vector<SpoolQueue*> queues) {
  // Only this thread replaces it.
  auto table = make_table(routes_->routes, std::move(queues), routes_->links);
  const std::lock_guard lock(mutex_);
  routes_ = std::move(table);
}

void Intake::set_links(std::vector<MqttLinkKind> links) {
  auto table = make_table(routes_->routes, routes_->queues, std::move(links));
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

/// A topic that rules of both links match comes by both, and by each to its own rules.
void Intake::match(const MqttMessage& message) {
  matching_->routes.match(message.topic, matched_);
  if (!matching_->blocking && message.link == MqttLinkKind::Common) return;
  const auto link = static_cast<unsigned>(message.link);
  std::erase_if(matched_, [&](std::uint32_t rule) {
    return (static_cast<unsigned>(matching_->link(rule)) & link) == 0;
  });
}

MqttTaken Intake::on_message(const MqttMessage& message) noexcept {
  taken_ = MqttTaken::Yes;
  match(message);
  const auto time = webpubsub::unix_milliseconds(webpubsub::wall_now());
  stored_.clear();
  bool stored = store(message, time);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (matching_ != routes_) {  // replaced meanwhile
      matching_ = routes_;
      match(message);
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
    if (notes_ && stored && !message.retained) note(message.topic);
    const bool first = armed_ && (after > 0 || stored);
    wake = first || (before < limits_.high_water && after >= limits_.high_water);
    if (first) armed_ = false;
  }
  if (wake) wake_();
  return taken_;
}

/// Outside the lock, as a rule: the disk may take its time. Should the routes be replaced
/// meanwhile, what was stored is where its rule, which is known by its name, will find it. Answers
/// whether any was.
bool Intake::store(const MqttMessage& message, std::int64_t time) {
  if (!matching_->durable || message.payload.size() > limits_.max_payload) return false;
  bool any = false;
  for (const auto rule : matched_) {
    using Append = SpoolQueue::Append;
    auto* queue = matching_->queue(rule);
    if (is_stored(rule)) continue;
    const auto kept = queue == nullptr ? Append::Unusable
                                       : queue->append(message.topic, message.payload, time,
                                                       message.qos, message.retained);
    const bool has_it = kept == Append::Stored || kept == Append::StoredLast;
    if (has_it || kept == Append::Full) stored_.push_back(queue);
    any = any || has_it;
    const bool blocks = matching_->link(rule) == MqttLinkKind::Blocking;
    if (blocks && kept != Append::Stored) taken_ = MqttTaken::Last;
  }
  return any;
}

bool Intake::is_stored(std::uint32_t rule) const {
  const auto* queue = matching_->queue(rule);
  return queue != nullptr && std::find(stored_.begin(), stored_.end(), queue) != stored_.end();
}

/// Under the lock, of a message at hand.
void Intake::note(std::string_view topic) {
  for (const auto rule : matched_) {
    if (!is_stored(rule) || noted_.size() >= kMostNoted || topic.size() > kLongestNoted) continue;
    noted_key_.assign(reinterpret_cast<const char*>(&rule), sizeof(rule));
    noted_key_ += topic;
    noted_.insert(noted_key_);
  }
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

void Intake::note_stored(bool on) {
  const std::lock_guard lock(mutex_);
  notes_ = on;
  noted_.clear();
}

void Intake::drain_noted(
    const std::function<void(std::uint32_t rule, std::string_view topic)>& take) {
  std::unordered_set<std::string> noted;
  {
    const std::lock_guard lock(mutex_);
    if (noted_.empty()) return;
    noted.swap(noted_);
  }
  for (const std::string_view key : noted) {
    std::uint32_t rule = 0;
    std::memcpy(&rule, key.data(), sizeof(rule));
    take(rule, key.substr(sizeof(rule)));
  }
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
