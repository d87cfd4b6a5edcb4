// Which devices are there: those whose readings come, those that fell silent, those that are gone.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "bridge/downlink/presence_options.h"

namespace gateway {

enum class DeviceState : std::uint8_t { Online, Silent, Gone };
std::string_view to_string(DeviceState state) noexcept;

struct DeviceCounters {
  std::uint64_t online = 0;
  std::uint64_t silent = 0;
  std::uint64_t gone = 0;
  std::uint64_t changes = 0;    // of state
  std::uint64_t untold = 0;     // of them, too many at once for a message each: the list has them
  std::uint64_t forgotten = 0;  // devices that made room for others
};

/// No clock and no thread. Bounded: the device that was silent longest makes room.
class DevicePresence {
 public:
  static constexpr std::size_t kMaxDevices = 10'000;

  /// `tell` takes messages, see docs/formats/device-status.md.
  DevicePresence(PresenceOptions options, std::string gateway_id,
                 std::function<void(std::string)> tell);

  /// A reading of `device` came then.
  void seen(std::string_view device, webpubsub::TimePoint heard, webpubsub::TimePoint now);
  /// Whether this message says that a device is gone; then it is.
  bool take(std::string_view topic, std::string_view payload, webpubsub::TimePoint now);
  /// Looks who fell silent. Answers when to look again; the far future when there is nobody.
  webpubsub::TimePoint look(webpubsub::TimePoint now);
  /// Tells all of them, in parts.
  void list(webpubsub::TimePoint now);

  /// The topics of take().
  std::vector<TopicFilter> filters() const;
  const DeviceCounters& counters() const noexcept { return counters_; }

 private:
  struct Device {
    std::string name{};
    DeviceState state = DeviceState::Online;
    webpubsub::TimePoint heard{};
  };
  using Devices = std::list<Device>;  // the one that was silent longest is first

  Devices::iterator add(std::string_view name, webpubsub::TimePoint heard);
  Devices::iterator place_of(webpubsub::TimePoint heard);
  void forget(Devices::iterator device);
  void change(Device& device, DeviceState state, webpubsub::TimePoint now);
  std::uint64_t& count(DeviceState state);
  void begin(std::string& json, std::string_view type) const;
  void append(std::string& json, const Device& device, webpubsub::TimePoint now) const;

  const PresenceOptions options_;
  const std::string gateway_id_;
  const std::function<void(std::string)> tell_;
  Devices devices_{};
  std::unordered_map<std::string_view, Devices::iterator> by_name_{};
  webpubsub::TokenBucket changes_;
  DeviceCounters counters_{};
};

}  // namespace gateway
