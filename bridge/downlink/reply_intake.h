// The door from the MQTT thread for what devices reply: match, copy, return.
//
// It stands in front of the uplink's: a reply may well be a reading of some rule, too.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/inbox.h"
#include "bridge/mqtt/engine.h"
#include "bridge/rules/route_table.h"
#include "net/event_loop.h"

namespace gateway {

struct MqttReply {
  std::string topic{};
  std::string payload{};
  std::string correlation{};  // empty: it carries none
};

class ReplyIntake final : public MqttReceiver {
 public:
  /// `next` gets every message. `take` runs on the loop.
  ReplyIntake(webpubsub::net::EventLoop& loop, MqttReceiver& next,
              std::function<void(MqttReply)> take);

  /// Loop thread, like all below.
  void set_filters(const std::vector<TopicFilter>& filters);
  /// Replies that were not looked at: too many at once, or too large.
  std::uint64_t refused() const noexcept { return refused_; }

  MqttTaken on_message(const MqttMessage& message) noexcept override;  // MQTT thread

 private:
  bool wants(const MqttMessage& message);
  void drain();

  MqttReceiver& next_;
  const std::function<void(MqttReply)> take_;
  std::mutex mutex_;
  std::shared_ptr<const RouteTable> filters_{};  // under mutex_; none: nobody waits for replies
  std::vector<std::uint32_t> matched_{};         // MQTT thread
  std::atomic<std::size_t> bytes_{0};            // in the inbox
  std::atomic<std::uint64_t> refused_{0};
  std::vector<MqttReply> burst_{};
  webpubsub::net::Waker waker_;
  webpubsub::Inbox<MqttReply> inbox_;
};

}  // namespace gateway
