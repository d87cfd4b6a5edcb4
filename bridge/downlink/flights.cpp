#include "bridge/downlink/flights.h"

#include <algorithm>

#include "bridge/downlink/json_lookup.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::TimePoint;

Flights::Number Flights::add(Flight flight) {
  const auto number = next_++;
  if (!flight.correlation.empty()) by_correlation_.emplace(flight.correlation, number);
  if (!flight.reply_topic.empty()) by_topic_.emplace(flight.reply_topic, number);
  if (flight.due != TimePoint::max()) due_.emplace(flight.due, number);
  flights_.emplace(number, std::move(flight));
  return number;
}

Flight* Flights::find(Number number) {
  const auto place = flights_.find(number);
  return place == flights_.end() ? nullptr : &place->second;
}

void Flights::set_due(Number number, TimePoint due) {
  auto& flight = flights_.at(number);
  due_.erase({flight.due, number});
  flight.due = due;
  if (due != TimePoint::max()) due_.emplace(due, number);
}

Flight Flights::take(Number number) {
  auto node = flights_.extract(number);
  Flight flight = std::move(node.mapped());
  due_.erase({flight.due, number});
  by_correlation_.erase(flight.correlation);
  const auto [first, last] = by_topic_.equal_range(flight.reply_topic);
  const auto place =
      std::find_if(first, last, [&](const auto& each) { return each.second == number; });
  if (place != last) by_topic_.erase(place);
  return flight;
}

std::optional<Flights::Number> Flights::match(const MqttReply& reply) const {
  if (!reply.correlation.empty()) {
    const auto place = by_correlation_.find(reply.correlation);
    if (place == by_correlation_.end()) return std::nullopt;
    if (flights_.at(place->second).reply_topic != reply.topic) return std::nullopt;
    return place->second;
  }
  std::optional<Number> oldest;
  const auto [first, last] = by_topic_.equal_range(reply.topic);
  for (auto place = first; place != last; ++place) {
    if (!fits(flights_.at(place->second), reply)) continue;
    oldest = std::min(oldest.value_or(place->second), place->second);
  }
  return oldest;
}

bool Flights::fits(const Flight& flight, const MqttReply& reply) const {
  if (flight.reply_id.empty()) return flight.topic_is_its_own;
  if (!webpubsub::is_valid_json(reply.payload)) return false;
  JsonLookup lookup;
  lookup.add(flight.reply_id);
  return lookup.find(reply.payload).front().text == flight.id;
}

std::optional<Flights::Number> Flights::overdue(TimePoint now) const {
  if (due_.empty() || due_.begin()->first > now) return std::nullopt;
  return due_.begin()->second;
}

TimePoint Flights::next_due() const {
  return due_.empty() ? TimePoint::max() : due_.begin()->first;
}

std::optional<Flights::Number> Flights::first() const {
  if (flights_.empty()) return std::nullopt;
  return flights_.begin()->first;
}

}  // namespace gateway
