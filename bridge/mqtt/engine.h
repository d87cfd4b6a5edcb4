// The MQTT side as the rest of the bridge sees it, whichever library does the work.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "bridge/figures.h"
#include "bridge/mqtt/options.h"
#include "net/event_loop.h"

namespace gateway {

/// Links by what they are for.
enum class MqttLinkKind : std::uint8_t {
  Common = 1,
  Blocking = 2,  // of rules whose messages the broker keeps while there is no room for them
  Both = Common | Blocking,
};

/// A message as it arrived. The views are valid during the call.
struct MqttMessage {
  std::string_view topic{};
  std::string_view payload{};
  std::uint8_t qos = 0;
  bool retained = false;
  bool duplicate = false;
  std::string_view correlation_data{};       // MQTT 5: of what asked for this; empty for none
  std::string_view response_topic{};         // MQTT 5: where an answer is wanted; empty for none
  bool claimed = false;                      // some receiver has use for it, whatever others say
  MqttLinkKind link = MqttLinkKind::Common;  // that it came by
};

enum class MqttTaken : std::uint8_t {
  Yes,
  Last,  // but no more is to come by this link: it pauses, see MqttEngine::pause()
};

/// Where messages go, on a thread of the engine's own. The engine acknowledges a QoS 1 message
/// when on_message() returns, and all its links wait meanwhile: copy, push, return.
class MqttReceiver {
 public:
  virtual ~MqttReceiver() = default;
  virtual MqttTaken on_message(const MqttMessage& message) noexcept = 0;
};

struct MqttConnected {
  MqttVersion version = MqttVersion::V5;  // the one agreed on
  bool session_present = false;
};

/// What happens to the link, on the loop's thread.
class MqttLinkListener {
 public:
  virtual ~MqttLinkListener() = default;
  /// Connected, and every subscription answered: refused ones were told before.
  virtual void on_mqtt_connected(const MqttConnected& connected) = 0;
  /// A connection, or an attempt at one, ended; the next attempt starts after `retry_in`.
  virtual void on_mqtt_disconnected(const webpubsub::Error& why,
                                    std::chrono::milliseconds retry_in) = 0;
  /// The receiver, or pause(), asked for it: the connection is ended until resume().
  virtual void on_mqtt_paused() {}
  /// The broker does not let us subscribe to `filter`.
  virtual void on_subscription_refused(std::string_view filter, const webpubsub::Error& why) = 0;
};

struct MqttSubscription {
  std::string filter{};
  std::uint8_t qos = 0;   // the highest wanted
  bool retained = true;   // whether what the broker has kept is to come
  bool no_local = false;  // what we publish ourselves does not come; MQTT 3.1.1 knows neither
  bool operator==(const MqttSubscription&) const = default;
};

struct MqttPublication {
  std::string topic{};
  std::string payload{};
  std::uint8_t qos = 0;
  bool retain = false;
  // Of MQTT 5; not sent with MQTT 3.1.1.
  std::chrono::seconds expiry{0};  // the broker gives it up after this; 0: never
  std::string response_topic{};    // where to reply
  std::string correlation_data{};  // what the reply is to carry
  std::vector<std::pair<std::string, std::string>> user_properties{};
};

struct MqttCounters {
  std::uint64_t connects = 0;     // that succeeded
  std::uint64_t disconnects = 0;  // of an open connection
  std::uint64_t failed_connects = 0;
  std::uint64_t published = 0;  // accepted by the broker, or sent at QoS 0
  std::uint64_t publish_failures = 0;
};

/// Used on the loop's thread. Keeps itself connected and subscribed from start() to stop().
class MqttEngine {
 public:
  virtual ~MqttEngine() = default;  // ends at once; no callback afterwards

  virtual void start() = 0;
  /// Disconnects from the broker; `done` runs when that is over, at most a few seconds later.
  /// Messages may arrive until then.
  virtual void stop(webpubsub::Completion done) = 0;
  virtual bool is_connected() const = 0;

  /// Stays disconnected, or disconnects, until resume(): the broker keeps what comes in the
  /// session. Told by on_mqtt_paused(). Messages that are on their way still arrive.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Asks for what is new here and, once the broker has answered, gives up what is not here any
  /// more; the rest stays untouched. Without a connection the next one does it.
  virtual void set_subscriptions(std::vector<MqttSubscription> subscriptions) = 0;
  /// The broker's session may hold these filters from an earlier process, which nobody else gives
  /// up. Before start(), or as soon as it is known.
  virtual void remember_subscriptions(std::vector<std::string> filters) = 0;
  /// Connects by these from now on: at once if it was waiting for its next attempt or if
  /// `reconnect`, which ends an open connection first; else the next time.
  /// Errors: those of make_paho_engine(); then nothing has changed.
  virtual webpubsub::Result<void> set_options(MqttOptions options, bool reconnect) = 0;

  /// `done` gets success when the broker has taken the message (QoS 0: when it was sent), else
  /// why not: Unavailable when the link went away first (it may arrive all the same, even after a
  /// reconnect), Unauthorized when the broker refuses.
  virtual webpubsub::Offer publish(MqttPublication publication, webpubsub::Completion done) = 0;

  virtual MqttCounters counters() const = 0;

  /// When the engine's threads last proved that they work, connected or not: what a watchdog looks
  /// at. Asks them for the next proof, so it is to be called every now and then.
  virtual webpubsub::TimePoint last_sign_of_life() = 0;
  /// When a message or an answer of the broker came last, on whatever connection. While one is
  /// open that is not long ago: a broker that is silent is probed, and given up without an answer.
  virtual webpubsub::TimePoint last_heard() const = 0;
  /// How many publications wait for their outcome, and since when the oldest does.
  virtual Unanswered unanswered() const = 0;
};

/// Whether they can be used at all. Errors: InvalidArgument for a broker address or TLS file that
/// cannot, or a missing client id.
webpubsub::Result<void> check_mqtt_options(const MqttOptions& options);

/// The engine on Paho. `receiver`, `listener`, `loop` and `log` must outlive it.
/// Errors: InvalidArgument for a broker address or TLS file that cannot be used.
webpubsub::Result<std::unique_ptr<MqttEngine>> make_paho_engine(
    webpubsub::net::EventLoop& loop, MqttOptions options,
    std::vector<MqttSubscription> subscriptions, MqttReceiver& receiver, MqttLinkListener& listener,
    webpubsub::Log& log);

}  // namespace gateway
