#include "bridge/downlink/device_presence.h"

#include <algorithm>
#include <utility>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

constexpr std::size_t kMaxName = 256;
constexpr std::size_t kListBytes = 64 * 1024;
constexpr double kChangesPerSecond = 50;
constexpr int kGoneAfterTimeouts = 10;
constexpr std::string_view kCapture = "device";

}  // namespace

std::string_view to_string(DeviceState state) noexcept {
  switch (state) {
    case DeviceState::Online:
      return "online";
    case DeviceState::Silent:
      return "silent";
    case DeviceState::Gone:
      break;
  }
  return "gone";
}

DevicePresence::DevicePresence(PresenceOptions options, std::string gateway_id,
                               std::function<void(std::string)> tell)
    : options_(std::move(options)),
      gateway_id_(std::move(gateway_id)),
      tell_(std::move(tell)),
      changes_(kChangesPerSecond, TimePoint{}) {}

void DevicePresence::seen(std::string_view name, TimePoint heard, TimePoint now) {
  // What waited on disk for long does not tell that its device is there.
  if (options_.device_timeout.count() == 0 || now >= heard + options_.device_timeout) return;
  const auto place = by_name_.find(name);
  if (place == by_name_.end()) {
    if (name.empty() || name.size() > kMaxName) return;
    auto& device = *add(name, heard);
    change(device, DeviceState::Online, now);
    return;
  }
  auto& device = *place->second;
  if (heard <= device.heard) return;
  devices_.splice(place_of(heard), devices_, place->second);
  device.heard = heard;
  if (device.state != DeviceState::Online) change(device, DeviceState::Online, now);
}

bool DevicePresence::take(std::string_view topic, std::string_view payload, TimePoint now) {
  for (const auto& gone : options_.device_gone) {
    if (!gone.topic.filter().matches(topic)) continue;
    if (!gone.payload.empty() && gone.payload != payload) continue;
    std::vector<std::string_view> values;
    gone.topic.capture(topic, values);
    const auto& names = gone.topic.variables();
    const auto at = std::find(names.begin(), names.end(), kCapture) - names.begin();
    const auto name = values[static_cast<std::size_t>(at)];
    auto place = by_name_.find(name);
    if (place == by_name_.end()) {
      if (name.empty() || name.size() > kMaxName || !webpubsub::is_valid_utf8(name)) return true;
      add(name, now);
      place = by_name_.find(name);
    }
    if (place->second->state != DeviceState::Gone) change(*place->second, DeviceState::Gone, now);
    return true;
  }
  return false;
}

TimePoint DevicePresence::look(TimePoint now) {
  auto next = TimePoint::max();
  const auto timeout = options_.device_timeout;
  for (auto device = devices_.begin(); device != devices_.end();) {
    const auto here = device++;
    const auto gone_at = here->heard + kGoneAfterTimeouts * timeout;
    if (now >= gone_at) {
      if (here->state != DeviceState::Gone) change(*here, DeviceState::Gone, now);
      forget(here);
      continue;
    }
    next = std::min(next, gone_at);
    if (here->state != DeviceState::Online) continue;
    if (now < here->heard + timeout) {
      next = std::min(next, here->heard + timeout);
      break;  // those that follow were heard later
    }
    change(*here, DeviceState::Silent, now);
  }
  return next;
}

void DevicePresence::list(TimePoint now) {
  std::string json;
  for (const auto& device : devices_) {
    if (json.empty()) {
      begin(json, "device-list");
      json += ",\"devices\":[";
    } else {
      json += ',';
    }
    append(json, device, now);
    if (json.size() < kListBytes) continue;
    tell_(std::exchange(json, {}) + "]}");
  }
  if (!json.empty()) tell_(json + "]}");
}

std::vector<TopicFilter> DevicePresence::filters() const {
  std::vector<TopicFilter> filters;
  filters.reserve(options_.device_gone.size());
  for (const auto& gone : options_.device_gone) filters.push_back(gone.topic.filter());
  return filters;
}

/// Nearly always the end: only what waited comes late.
DevicePresence::Devices::iterator DevicePresence::place_of(TimePoint heard) {
  auto after = devices_.end();
  while (after != devices_.begin() && std::prev(after)->heard > heard) --after;
  return after;
}

DevicePresence::Devices::iterator DevicePresence::add(std::string_view name, TimePoint heard) {
  if (devices_.size() >= kMaxDevices) {
    forget(devices_.begin());
    ++counters_.forgotten;
  }
  const auto device = devices_.insert(place_of(heard), {.name = std::string(name), .heard = heard});
  by_name_.emplace(device->name, device);
  ++count(device->state);
  return device;
}

void DevicePresence::forget(Devices::iterator device) {
  --count(device->state);
  by_name_.erase(device->name);
  devices_.erase(device);
}

void DevicePresence::change(Device& device, DeviceState state, TimePoint now) {
  --count(device.state);
  device.state = state;
  ++count(state);
  ++counters_.changes;
  if (!changes_.take(now)) {
    ++counters_.untold;
    return;
  }
  std::string json;
  begin(json, "device-status");
  json += ',';
  std::string members;
  append(members, device, now);
  json += std::string_view(members).substr(1);  // beside the others, and with their end
  tell_(std::move(json));
}

std::uint64_t& DevicePresence::count(DeviceState state) {
  switch (state) {
    case DeviceState::Online:
      return counters_.online;
    case DeviceState::Silent:
      return counters_.silent;
    case DeviceState::Gone:
      break;
  }
  return counters_.gone;
}

void DevicePresence::begin(std::string& json, std::string_view type) const {
  json += "{\"type\":\"";
  json += type;
  json += "\",\"v\":1,\"gateway\":";
  webpubsub::append_json_string(json, gateway_id_);
}

void DevicePresence::append(std::string& json, const Device& device, TimePoint now) const {
  json += "{\"device\":";
  webpubsub::append_json_string(json, device.name);
  json += ",\"state\":\"";
  json += to_string(device.state);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - device.heard).count();
  json += "\",\"heard_s_ago\":" + std::to_string(std::max<std::int64_t>(age, 0)) + "}";
}

}  // namespace gateway
