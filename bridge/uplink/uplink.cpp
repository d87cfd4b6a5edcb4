#include "bridge/uplink/uplink.h"

#include <algorithm>

namespace gateway {

using webpubsub::Completion;
using webpubsub::LogLevel;
using webpubsub::Offer;
using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

// The process-wide ceiling, shared out: what arrives, what is being batched, what waits.
std::size_t inbox_share(const UplinkOptions& options) { return options.max_bytes / 4; }
std::size_t batch_share(const UplinkOptions& options) { return options.max_bytes / 4; }
std::size_t outbox_share(const UplinkOptions& options) { return options.max_bytes / 4; }

constexpr auto kOfflineRound = std::chrono::milliseconds(50);
constexpr std::size_t kLiveWindow = 1024;

std::string_view words_for(DropReason reason) {
  switch (reason) {
    case DropReason::Malformed:
      return "its payload is not what its rule says, or its topic is not UTF-8";
    case DropReason::InvalidGroup:
      return "its topic fills the group's template with what is no group name";
    default:
      return "it does not fit into one message of the service";
  }
}

RouteTable make_routes(const std::vector<RuleOptions>& rules) {
  std::vector<TopicFilter> filters;
  filters.reserve(rules.size());
  for (const auto& rule : rules) filters.push_back(rule.topic.filter());
  return RouteTable(filters);
}

std::vector<RuleLine> make_lines(std::vector<RuleOptions> rules, const std::string& gateway_id,
                                 BufferPool& buffers) {
  std::vector<RuleLine> lines;
  lines.reserve(rules.size());
  for (auto& rule : rules) {
    lines.emplace_back(static_cast<std::uint32_t>(lines.size()), std::move(rule), gateway_id,
                       buffers);
  }
  return lines;
}

}  // namespace

Uplink::Uplink(webpubsub::net::EventLoop& loop, const std::string& gateway_id,
               std::vector<RuleOptions> rules, UplinkOptions options, webpubsub::Client& client,
               webpubsub::Log& log)
    : loop_(loop),
      client_(client),
      log_(log),
      options_(options),
      routes_(make_routes(rules)),
      waker_(loop, [this] { come_round(); }),
      intake_(routes_, rules.size(), {.max_bytes = inbox_share(options)},
              [this] { waker_.wake(); }),
      timer_(loop, [this] { come_round(); }),
      pacer_(options.pace, steady_now()),
      live_({outbox_share(options), options.max_batches, kLiveWindow}, outbox_events(), buffers_),
      acknowledged_({outbox_share(options), options.max_batches, options.window}, outbox_events(),
                    buffers_),
      settled_(rules.size()),
      self_(std::make_shared<Uplink*>(this)) {
  lines_ = make_lines(std::move(rules), gateway_id, buffers_);
  static_cast<void>(intake_.arm());
}

Uplink::~Uplink() { *self_ = nullptr; }

std::vector<MqttSubscription> Uplink::subscriptions() const {
  std::vector<PlannedSubscription> wanted;
  for (const auto& line : lines_) {
    wanted.push_back({line.options().topic.filter(), line.options().qos});
  }
  std::vector<MqttSubscription> result;
  for (const auto& each : plan_subscriptions(std::move(wanted))) {
    result.push_back({each.filter.text(), each.qos});
  }
  return result;
}

Outbox::Events Uplink::outbox_events() {
  return {
      .send = [this](const Batch& batch, Completion done) { return offer(batch, std::move(done)); },
      .forwarded =
          [this](const Batch& batch) {
            auto& rule = settled_[batch.rule];
            rule.forwarded += batch.samples;
            rule.bytes += batch.bytes.size();
            ++rule.frames;
            if (flushed_) send_soon();
          },
      .dropped =
          [this](const Batch& batch, DropReason reason) {
            settled_[batch.rule].dropped[static_cast<std::size_t>(reason)] += batch.samples;
            log_.burst(steady_now(), LogLevel::Error, "uplink.dropped",
                       "readings were dropped on their way to the service",
                       {{"rule", lines_[batch.rule].options().name},
                        {"reason", std::string(to_string(reason))},
                        {"count", std::to_string(batch.samples)}});
          },
      .put_back = [this](const webpubsub::Error&) { ++frames_resent_; },
      .ready = [this] { send_soon(); }};
}

Offer Uplink::offer(const Batch& batch, Completion done) {
  const auto& rule = lines_[batch.rule].options();
  return client_.send_to_group(
      batch.group, batch.type, batch.bytes,
      {.no_echo = rule.no_echo, .acknowledged = rule.send == SendMode::Acknowledged},
      std::move(done));
}

// One round: what arrived goes into batches, batches that may leave go to the outbox, and what
// the link takes goes to the link.
void Uplink::come_round() {
  drain();
  const auto now = steady_now();
  close_batches(now);
  pass_on_closed();
  send();
  schedule(now);
  check_flushed();
}

void Uplink::drain() {
  took_any_ = false;
  const auto now = steady_now();
  intake_.drain([&](const Reading& reading) {
    took_any_ = true;
    auto& line = lines_[reading.rule];
    const auto dropped = line.take(reading.topic, reading.payload, reading.time, now, closed_);
    if (dropped) {
      log_.burst(now, LogLevel::Warning, "uplink.bad_reading",
                 "a reading cannot be forwarded: " + std::string(words_for(*dropped)),
                 {{"rule", line.options().name},
                  {"topic", std::string(reading.topic)},
                  {"reason", std::string(to_string(*dropped))}});
    }
    // A burst closes many batches at once: pass them on before they pile up.
    if (closed_.size() >= 64) pass_on_closed();
  });
}

void Uplink::close_batches(TimePoint now) {
  const auto frames = open_batches();
  if (frames == 0) return;
  const bool crowded = open_bytes() > batch_share(options_);
  if (flushed_ || crowded || (online_ && pacer_.allows(frames, now))) {
    for (auto& line : lines_) line.close_all(closed_);
    last_flush_ = frames;
  } else if (online_) {
    for (auto& line : lines_) line.close_due(now, closed_);
  }  // Offline there is no hurry: batches fill up, so that fewer frames wait.
}

void Uplink::pass_on_closed() {
  if (closed_.empty()) return;
  pacer_.spend(closed_.size(), steady_now());
  for (auto& batch : closed_) {
    if (!online_ || batch.opened < online_since_) batch.mark_late();
    const bool waits_for_ack = lines_[batch.rule].options().send == SendMode::Acknowledged;
    (waits_for_ack ? acknowledged_ : live_).push(std::move(batch));
  }
  closed_.clear();
}

void Uplink::send() {
  if (!online_) return;
  live_.send();
  acknowledged_.send();
}

void Uplink::send_soon() {
  if (send_is_due_) return;
  send_is_due_ = true;
  loop_.defer([self = self_] {
    if (*self == nullptr) return;
    (*self)->send_is_due_ = false;
    (*self)->send();
    (*self)->check_flushed();
  });
}

// Calm: ask to be woken for the next message. Busy: come round by the timer, as often as the pace
// has frames to give, and let messages gather meanwhile without a wake-up for each.
void Uplink::schedule(TimePoint now) {
  const auto open = open_batches();
  const bool busy = took_any_ && (!online_ || !pacer_.allows(1, now));
  if (!busy && (open == 0 || !online_)) {
    if (intake_.arm()) {
      timer_.cancel();
    } else {
      timer_.start_at(now);
    }
    return;
  }
  auto next = now + kOfflineRound;
  if (online_) {
    next = std::min(next, pacer_.when(std::max(open, last_flush_), now));
    for (const auto& line : lines_) next = std::min(next, line.next_due());
  }
  timer_.start_at(next);
}

void Uplink::on_link_up() {
  online_ = true;
  online_since_ = steady_now();
  come_round();
}

void Uplink::on_link_down() { online_ = false; }

void Uplink::on_link_drain() { send_soon(); }

void Uplink::flush(std::function<void()> done) {
  flushed_ = std::move(done);
  come_round();
}

void Uplink::check_flushed() {
  if (!flushed_ || !live_.empty() || !acknowledged_.empty()) return;
  std::exchange(flushed_, nullptr)();
}

void Uplink::give_up() {
  drain();
  for (auto& line : lines_) line.close_all(closed_);
  pass_on_closed();
  live_.drop_all(DropReason::Stopped);
  acknowledged_.drop_all(DropReason::Stopped);
}

std::size_t Uplink::open_batches() const {
  std::size_t count = 0;
  for (const auto& line : lines_) count += line.open_batches();
  return count;
}

std::size_t Uplink::open_bytes() const {
  std::size_t bytes = 0;
  for (const auto& line : lines_) bytes += line.open_bytes();
  return bytes;
}

UplinkCounts Uplink::counts() const {
  UplinkCounts result;
  const auto intake = intake_.counts();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto rule = settled_[i];
    rule.rule = lines_[i].options().name;
    rule.received = intake[i].received;
    for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
      rule.dropped[reason] += lines_[i].dropped()[reason];
    }
    rule.dropped[static_cast<std::size_t>(DropReason::InboxFull)] += intake[i].full;
    rule.dropped[static_cast<std::size_t>(DropReason::TooLarge)] += intake[i].too_large;
    rule.pending = intake[i].waiting + lines_[i].open_samples();
    result.topic_cache_resets += lines_[i].cache_resets();
    result.rules.push_back(std::move(rule));
  }
  live_.add_pending(result.rules);
  acknowledged_.add_pending(result.rules);
  result.messages = intake_.messages();
  result.unmatched = intake_.unmatched();
  result.frames_resent = frames_resent_;
  result.inbox_bytes = intake_.bytes();
  result.inbox_max_bytes = inbox_share(options_);
  result.batch_bytes = open_bytes();
  result.outbox_batches = live_.batches() + acknowledged_.batches();
  result.outbox_bytes = live_.bytes() + acknowledged_.bytes();
  result.outbox_max_batches = 2 * options_.max_batches;
  result.outbox_max_bytes = 2 * outbox_share(options_);
  return result;
}

}  // namespace gateway
