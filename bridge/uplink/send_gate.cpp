#include "bridge/uplink/send_gate.h"

#include <charconv>
#include <string>
#include <utility>

namespace gateway {

using webpubsub::steady_now;

namespace {

constexpr std::string_view kKey = "governor/day";
constexpr std::chrono::seconds kRememberEvery{10};
constexpr std::chrono::seconds kSameComplaint{1};

std::int64_t unix_seconds() { return webpubsub::unix_milliseconds(webpubsub::wall_now()) / 1'000; }

std::size_t index(const Batch& batch) { return static_cast<std::size_t>(batch.priority); }

}  // namespace

SendGate::SendGate(webpubsub::net::EventLoop& loop, RateLimits limits, State* memory,
                   std::function<void()> released)
    : governor_(limits, steady_now()),
      limits_(limits),
      memory_(memory),
      released_(std::move(released)),
      timer_(loop, [this] {
        held_from_ = kPriorities;
        released_();
      }) {
  recall();
}

SendGate::~SendGate() { remember(); }

void SendGate::set_limits(RateLimits limits) {
  if (limits == limits_) return;
  limits_ = limits;
  governor_.set_limits(limits, steady_now());
  if (held_from_ < kPriorities) timer_.start_at(steady_now());
}

bool SendGate::may_leave(const Batch& batch) {
  if (index(batch) >= held_from_) return false;
  const auto now = steady_now();
  if (governor_.allows(batch.priority, batch.bytes.size(), now, unix_seconds())) return true;
  held_from_ = index(batch);
  timer_.start_at(governor_.when(batch.priority, batch.bytes.size(), now));
  return false;
}

void SendGate::left(const Batch& batch) {
  const auto now = steady_now();
  governor_.spend(batch.bytes.size(), now, unix_seconds());
  if (limits_.daily_billing_units > 0 && now >= remembered_ + kRememberEvery) remember();
}

bool SendGate::throttled() {
  const auto now = steady_now();
  if (throttled_ > 0 && now < throttled_at_ + kSameComplaint) return false;
  throttled_at_ = now;
  ++throttled_;
  governor_.throttled(now);
  return true;
}

GateFigures SendGate::figures() const {
  return {.frame_rate = governor_.frame_rate(),
          .billed_today = governor_.used_today(),
          .held_from = held_from_,
          .throttled = throttled_};
}

void SendGate::recall() {
  if (recalled_ || memory_ == nullptr || !memory_->usable()) return;
  recalled_ = true;
  const auto text = memory_->get(kKey);
  if (!text) return;
  std::int64_t day = 0;
  std::uint64_t used = 0;
  const auto* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, day);
  if (error != std::errc{} || at == end) return;
  if (std::from_chars(at + 1, end, used).ec != std::errc{}) return;
  governor_.restore(day, used);
}

// A store that takes nothing at the moment takes it the next time.
void SendGate::remember() {
  remembered_ = steady_now();
  recall();
  if (!recalled_ || limits_.daily_billing_units == 0) return;
  static_cast<void>(memory_->put(
      kKey, std::to_string(governor_.day()) + " " + std::to_string(governor_.used_today())));
}

}  // namespace gateway
