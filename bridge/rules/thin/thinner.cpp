#include "bridge/rules/thin/thinner.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gateway {

using webpubsub::TimePoint;

namespace {

Value value_in(const Sample& sample, std::string_view name) {
  const auto* field = sample.find(name);
  return field == nullptr ? Value{} : field->value;
}

/// 0, false, null and absent are four values; 1 and 1.0 are one.
bool same(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  if (a.text == b.text) return true;
  const auto number = as_number(a);
  return number && number == as_number(b);
}

bool moved(const Deadband& band, const Value& before, const Value& now) {
  const auto a = as_number(before);
  const auto b = as_number(now);
  if (!a || !b) return !same(before, now);
  const auto width = band.percent ? std::abs(*a) * band.width / 100 : band.width;
  return std::abs(*b - *a) > width;
}

}  // namespace

bool passes(ThinReason reason) noexcept {
  return reason == ThinReason::First || reason == ThinReason::Overdue ||
         reason == ThinReason::Moved || reason == ThinReason::Due;
}

std::string_view to_string(ThinReason reason) noexcept {
  switch (reason) {
    case ThinReason::First:
      return "forwarded: the first of its key";
    case ThinReason::Overdue:
      return "forwarded: max_interval has passed";
    case ThinReason::Moved:
      return "forwarded: changed";
    case ThinReason::Due:
      return "forwarded: due";
    case ThinReason::TooSoon:
      return "left out: min_interval has not passed";
    case ThinReason::Skipped:
      return "left out: not the one of every so many";
    case ThinReason::Unmoved:
      return "left out: unchanged";
  }
  return "unknown";
}

bool remember_alike(const ThinOptions& a, const ThinOptions& b) {
  return a.per == b.per && a.on_change == b.on_change &&
         std::equal(a.deadband.begin(), a.deadband.end(), b.deadband.begin(), b.deadband.end(),
                    [](const Deadband& x, const Deadband& y) { return x.field == y.field; });
}

Thinner::Thinner(ThinOptions options, const RuleTopics& topics)
    : options_(std::move(options)), key_(options_.per, topics) {}

void Thinner::succeed(Thinner& old) {
  if (!remember_alike(options_, old.options_)) return;
  states_ = std::move(old.states_);  // by_key_ points into it
  by_key_ = std::move(old.by_key_);
  unsaved_ = true;
}

ThinReason Thinner::decide(const MessageView& message, const Sample& sample, TimePoint now,
                           Arena& arena) {
  bool is_new = false;
  auto& state = state_for(key_.of(message, arena), is_new);
  const auto waited = now - state.forwarded;
  ++state.seen;
  const auto reason = [&] {
    const bool watches = !options_.deadband.empty() || !options_.on_change.empty();
    if (is_new) return ThinReason::First;
    if (options_.max_interval.count() > 0 && waited >= options_.max_interval) {
      return ThinReason::Overdue;
    }
    if (waited < options_.min_interval) return ThinReason::TooSoon;
    if (state.seen < options_.every) return ThinReason::Skipped;
    if (!watches) return ThinReason::Due;
    return has_moved(state, sample) ? ThinReason::Moved : ThinReason::Unmoved;
  }();
  if (passes(reason)) remember(state, sample, now);
  return reason;
}

void Thinner::note(const MessageView& message, const Sample& sample, TimePoint now, Arena& arena) {
  bool is_new = false;
  remember(state_for(key_.of(message, arena), is_new), sample, now);
}

Thinner::State& Thinner::state_for(std::string_view key, bool& is_new) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    states_.splice(states_.begin(), states_, found->second);
    return states_.front();
  }
  is_new = true;
  if (states_.size() == kMaxKeys) {
    by_key_.erase(states_.back().key);
    states_.pop_back();
  }
  states_.push_front({.key = std::string(key)});
  by_key_.emplace(states_.front().key, states_.begin());
  return states_.front();
}

bool Thinner::has_moved(const State& state, const Sample& sample) const {
  std::size_t index = 0;
  for (const auto& band : options_.deadband) {
    if (moved(band, state.values[index++].view(), value_in(sample, band.field))) return true;
  }
  for (const auto& field : options_.on_change) {
    if (!same(state.values[index++].view(), value_in(sample, field))) return true;
  }
  return false;
}

void Thinner::remember(State& state, const Sample& sample, TimePoint now) {
  unsaved_ = true;
  state.forwarded = now;
  state.seen = 0;
  state.values.resize(options_.deadband.size() + options_.on_change.size());
  std::size_t index = 0;
  for (const auto& band : options_.deadband) {
    state.values[index++].assign(value_in(sample, band.field));
  }
  for (const auto& field : options_.on_change) {
    state.values[index++].assign(value_in(sample, field));
  }
}

}  // namespace gateway
