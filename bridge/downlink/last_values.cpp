#include "bridge/downlink/last_values.h"

#include <algorithm>
#include <utility>

namespace gateway {

void LastValues::on_forwarded(const ForwardedReading& reading, std::int64_t now) {
  key_.assign(reading.rule);
  key_ += ' ';
  key_ += reading.topic;
  const auto found = by_key_.find(std::string_view(key_));
  if (found == by_key_.end()) {
    insert({.key = key_,
            .group = std::string(reading.group),
            .payload = std::string(reading.payload),
            .time = reading.time,
            .unsaved = true},
           true);
    make_room();
    return;
  }
  auto& value = *found->second;
  // Late ones, from a spool or a device's own memory, are not how things stand. A time to come is
  // the mistake of some clock, and would keep all that follows out.
  if (reading.time < value.time && value.time <= now) return;
  bytes_ -= value.bytes();
  value.group.assign(reading.group);
  value.payload.assign(reading.payload);
  value.time = reading.time;
  value.unsaved = true;
  bytes_ += value.bytes();
  values_.splice(values_.end(), values_, found->second);
  if (bytes_ > limits_.max_bytes) make_room();
}

void LastValues::set_limits(Limits limits) {
  limits_ = limits;
  make_room();
}

void LastValues::restore(LastValue value) {
  if (value.key.find(' ') == std::string::npos || by_key_.contains(value.key)) return;
  insert(std::move(value), false);
  make_room();
}

void LastValues::keep_rules(const std::vector<std::string>& rules) {
  for (auto value = values_.begin(); value != values_.end();) {
    const auto next = std::next(value);
    if (std::find(rules.begin(), rules.end(), value->rule()) == rules.end()) erase(value);
    value = next;
  }
}

void LastValues::each(std::uint64_t after, const std::function<bool(LastValue&)>& take) {
  for (auto place = by_number_.upper_bound(after); place != by_number_.end(); ++place) {
    if (!take(*place->second)) return;
  }
}

void LastValues::insert(LastValue value, bool latest) {
  value.number = next_++;
  bytes_ += value.bytes();
  const auto place = values_.insert(latest ? values_.end() : values_.begin(), std::move(value));
  by_key_.emplace(place->key, place);
  by_number_.emplace(place->number, place);
}

void LastValues::erase(Values::iterator value) {
  if (forgotten_) forgotten_(value->key);
  bytes_ -= value->bytes();
  by_key_.erase(value->key);
  by_number_.erase(value->number);
  values_.erase(value);
}

void LastValues::make_room() {
  while (!values_.empty() && (values_.size() > limits_.max_topics || bytes_ > limits_.max_bytes)) {
    erase(values_.begin());
  }
}

}  // namespace gateway
