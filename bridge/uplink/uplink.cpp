#include "bridge/uplink/uplink.h"

#include <algorithm>

namespace gateway {

using webpubsub::LogLevel;
using webpubsub::steady_now;
using webpubsub::TimePoint;
using namespace std::chrono_literals;

namespace {

constexpr auto kOfflineRound = std::chrono::milliseconds(50);
// Read from disk before what is fresh has a turn, and ready to be sent at most: what is live waits
// behind it in the socket.
constexpr SpoolQueue::Amount kFedAtOnce{2'000, 512 * 1024};
constexpr std::size_t kBriefly = 64;                // batches on their way
constexpr std::chrono::milliseconds kStampStep{1};  // of the store's clock
constexpr std::size_t kMostDurableBytes = 1024 * 1024;

std::string_view words_for(DropReason reason) {
  switch (reason) {
    case DropReason::Malformed:
      return "its payload is not what its rule says, or its topic is not UTF-8";
    case DropReason::NoFields:
      return "nothing of what its rule selects is in it";
    case DropReason::Unconvertible:
      return "a field is not what its rule's conversion needs";
    case DropReason::JqFailed:
      return "its rule's jq program failed on it, took too long or too much memory, or got no "
             "process";
    case DropReason::TooMany:
      return "it holds more readings than a message may";
    case DropReason::Late:
      return "the window it belongs to was told already";
    case DropReason::WindowFull:
      return "its rule's windows hold as many keys as they may";
    case DropReason::InvalidGroup:
      return "it fills the group's template with what is no group name";
    default:
      return "it does not fit into one message of the service";
  }
}

}  // namespace

Uplink::Uplink(webpubsub::net::EventLoop& loop, const std::string& gateway_id,
               std::vector<RuleOptions> rules, UplinkOptions options, webpubsub::Client& client,
               webpubsub::Log& log, Store* store)
    : loop_(loop),
      client_(&client),
      log_(log),
      options_(options),
      lines_(buffers_),
      waker_(loop, [this] { come_round(); }),
      intake_(RouteTable(std::vector<RouteTable::Route>{}), 0, {.max_bytes = options.share()},
              [this] { waker_.wake(); }),
      timer_(loop, [this] { come_round(); }),
      retry_timer_(loop, [this] { send_soon(); }),
      pacer_(options.effective_pace(), steady_now()),
      streams_(log),
      live_({options.share(), options.max_batches, Outbox::kLiveWindow}, outbox_events(), buffers_),
      acknowledged_({options.share(), options.max_batches, options.window}, outbox_events(),
                    buffers_),
      durable_({options.max_bytes, options.max_batches, options.window}, outbox_events(), buffers_),
      feed_(store, lines_),
      waiting_(lines_, options.share(),
               [this](std::uint32_t rule, DropReason reason, std::uint64_t readings) {
                 drop_waiting(rule, reason, readings);
               }),
      store_(store),
      gate_(loop, options.rate_limit, store == nullptr ? nullptr : &store->state(),
            [this] { on_gate_open(); }),
      queue_drain_(loop, {lines_, waiting_, {&live_, &acknowledged_, &durable_}, store},
                   [this] { on_drain_changed(); }),
      self_(std::make_shared<Uplink*>(this)) {
  buffers_.set_max_bytes(options.spare());
  lines_.set_requester([this](const DeviceRequest& request) {
    if (request_) request_(request);
  });
  feed_.set_pauses([this](std::uint32_t rule) { return durable_.pauses(rule); });
  set_rules(gateway_id, std::move(rules));
  static_cast<void>(intake_.arm());
}

Uplink::~Uplink() { *self_ = nullptr; }

void Uplink::set_client(webpubsub::Client& client) { client_ = &client; }

// What a rule wants to be dropped is told by its counts alone.
void Uplink::drop_waiting(std::uint32_t rule, DropReason reason, std::uint64_t readings) {
  lines_.settled(rule).dropped[static_cast<std::size_t>(reason)] += readings;
  const bool wanted = reason == DropReason::Offline || reason == DropReason::Superseded ||
                      reason == DropReason::Purged;
  if (wanted) return;
  log_.burst(steady_now(), LogLevel::Warning, "uplink.dropped",
             "readings were dropped while the service was away",
             {{"rule", lines_.name(rule)},
              {"reason", std::string(to_string(reason))},
              {"count", std::to_string(readings)}});
}

// One round: what arrived goes into batches, batches that may leave go to the outbox, and what
// the link takes goes to the link.
void Uplink::come_round() {
  drain();
  const auto now = steady_now();
  const bool trims_on = feed_.trim(now);
  waiting_.expire(now);
  if (!trims_on) feed(now);
  feed_waiting(now);
  tell_windows(now);
  close_batches(now);
  pass_on_closed();
  send();
  schedule(now);
  if (trims_on) timer_.start_at(now);
  go_on_purging();
  check_flushed();
}

void Uplink::drain() {
  took_any_ = false;
  const auto now = steady_now();
  intake_.drain([&](const Reading& reading) {
    took_any_ = true;
    take(reading, now);
  });
  intake_.drain_noted([&](std::uint32_t rule, std::string_view topic) {
    if (auto* line = lines_.line(rule)) line->note_seen(topic, now);
  });
}

// Offline, and while enough is on its way, what is on disk stays there.
void Uplink::feed(TimePoint now) {
  if (!online_ || flushed_ || !has_room()) return;
  const bool any = feed_.feed(
      kFedAtOnce, now, [&](const Reading& reading) { take(reading, now); }, closed_);
  took_any_ = took_any_ || any;
}

// What is in memory leaves at the end as well: nothing of it would be left.
void Uplink::feed_waiting(TimePoint now) {
  if (!online_ || waiting_.empty() || !has_live_room()) return;
  const bool any = waiting_.feed(
      now, flushed_ != nullptr, gate_.held_from(),
      [&](const Reading& reading) { take(reading, now); }, closed_);
  took_any_ = took_any_ || any;
}

/// When the waiting ones are to be looked at.
TimePoint Uplink::next_waiting(TimePoint now) const {
  const auto expiry = waiting_.next_expiry();
  if (!online_ || !has_live_room()) return expiry;
  const auto next = waiting_.next(now, gate_.held_from());
  const bool at_once = flushed_ && next != TimePoint::max();  // without regard to rates
  return std::min(expiry, at_once ? now : next);
}

bool Uplink::has_live_room() const {
  return live_.batches() < Outbox::kLiveWindow &&
         acknowledged_.active_batches() < 2 * options_.window &&
         lines_.open_bytes() < options_.share();
}

bool Uplink::has_room() const {
  return durable_.active_batches() < 2 * options_.window &&
         durable_.active_bytes() < kMostDurableBytes && lines_.open_bytes() < options_.share();
}

// While nobody watches, this is all that watching costs.
void Uplink::take(const Reading& reading, TimePoint now) {
  if (trace_.traces(reading.rule)) [[unlikely]] {
    take_traced(reading, now);
  } else {
    go_on(reading, now);
  }
}

void Uplink::go_on(const Reading& reading, TimePoint now) {
  // Its line is there: only rules in effect are routed to.
  if (waiting_.take_in(reading, online_)) return;
  const auto dropped = lines_.take(reading, now, closed_);
  if (dropped) {
    log_.burst(now, LogLevel::Warning, "uplink.bad_reading",
               "a reading cannot be forwarded: " + std::string(words_for(*dropped)),
               {{"rule", lines_.name(reading.rule)},
                {"topic", std::string(reading.topic)},
                {"reason", std::string(to_string(*dropped))}});
  }
  // A burst closes many batches at once: pass them on before they pile up.
  if (closed_.size() >= 64) pass_on_closed();
}

void Uplink::close_batches(TimePoint now) {
  const auto frames = lines_.open_batches();
  if (frames == 0) return;
  if (flushed_ || lines_.open_bytes() > options_.share()) {
    lines_.close_all(closed_);
    last_flush_ = frames;
  }
  if (!online_) return;  // there is no hurry: batches fill up, so that fewer frames wait
  const auto calm = lines_.calm_batches();
  if (calm > 0 && !gate_.holds() && pacer_.allows(calm, now)) {
    lines_.close_calm(closed_);
    last_flush_ = calm;
  }
  lines_.close_due(now, closed_);
}

void Uplink::pass_on_closed() {
  if (closed_.empty()) return;
  pacer_.spend(closed_.size(), steady_now());
  for (auto& batch : closed_) {
    if (!online_ || batch.opened < online_since_) batch.mark_late();
    const bool stored = !batch.spooled.empty();
    if (batch.arrived < online_since_ - (stored ? kStampStep : 0ms)) batch.mark_late();
    if (stored) {
      feed_.note(batch);
      durable_.push(std::move(batch));
      continue;
    }
    auto& outbox = batch.acknowledged ? acknowledged_ : live_;
    // What waits keeps no room to grow.
    if (!online_ || outbox.batches() > kBriefly) batch.bytes.shrink_to_fit();
    outbox.push(std::move(batch));
  }
  closed_.clear();
}

/// Acknowledgements made room for more of what is on disk.
void Uplink::feed_on() {
  const auto now = steady_now();
  const bool from_disk = online_ && !flushed_ && has_room() && feed_.next(now) <= now;
  if (from_disk || next_waiting(now) <= now) timer_.start_at(now);
}

// Calm: ask to be woken for the next message. Busy: come round by the timer, as often as the pace
// has frames to give, and let messages gather meanwhile without a wake-up for each.
void Uplink::schedule(TimePoint now) {
  const auto open = lines_.calm_batches();
  const bool busy = took_any_ && (!online_ || !pacer_.allows(1, now));
  const bool feeds = online_ && !flushed_ && has_room();
  const auto fed = std::min(feeds ? feed_.next(now) : TimePoint::max(), next_waiting(now));
  if (!busy && (open == 0 || !online_)) {
    const auto due = online_ ? lines_.next_due() : TimePoint::max();
    const auto next = intake_.arm() ? std::min({fed, due, lines_.next_window()}) : now;
    if (next == TimePoint::max()) {
      timer_.cancel();
    } else {
      timer_.start_at(next);
    }
    return;
  }
  auto next = std::min(now + kOfflineRound, fed);
  if (online_) {
    if (!gate_.holds()) next = std::min(next, pacer_.when(std::max(open, last_flush_), now));
    next = std::min({next, lines_.next_due(), lines_.next_window()});
  }
  timer_.start_at(next);
}

void Uplink::on_link_up() {
  online_ = true;
  online_since_ = steady_now();
  feed_.on_link_up();
  streams_.forget_refusals();
  for (auto* outbox : {&live_, &acknowledged_, &durable_}) outbox->end_pauses();
  come_round();
}

void Uplink::on_link_down(const webpubsub::Error& why) {
  online_ = false;
  if (why.code == webpubsub::Errc::ResourceExhausted) on_throttled();
}

void Uplink::on_link_drain() { send_soon(); }

void Uplink::flush(std::function<void()> done) {
  flushed_ = std::move(done);
  come_round();
}

bool Uplink::is_idle() const {
  return waiting_.empty() && live_.empty() && acknowledged_.empty() && durable_.empty();
}

void Uplink::check_flushed() {
  if (!flushed_ || !is_idle()) return;
  streams_.end_all(*client_);
  std::exchange(flushed_, nullptr)();
}

void Uplink::give_up() {
  drain();
  lines_.finish_windows(steady_now(), closed_);
  lines_.close_all(closed_);
  pass_on_closed();
  waiting_.drop_all(DropReason::Stopped);
  live_.drop_all(DropReason::Stopped);
  acknowledged_.drop_all(DropReason::Stopped);
  durable_.abandon([this](const Batch& batch) { kept_[batch.rule] += batch.samples; });
  static_cast<void>(feed_.commit());
}

}  // namespace gateway
