// The MQTT control thread: keeps one connection alive and subscribed.
//
// Paho's connect, subscribe, publish and disconnect wait while a message callback runs anywhere in
// the process. So they are called here and nowhere else, and the loop is told by events.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/inbox.h"
#include "base/result.h"
#include "bridge/mqtt/broker_address.h"
#include "bridge/mqtt/control_queue.h"
#include "bridge/mqtt/engine.h"
#include "bridge/mqtt/options.h"
#include "bridge/mqtt/paho_client.h"
#include "bridge/mqtt/tls_trace.h"

namespace gateway {

// What the loop is told.
struct LinkConnected {
  MqttConnected connected{};
  std::uint64_t attempt = 0;
};
struct LinkLost {
  webpubsub::Error why;
  std::chrono::milliseconds retry_in{};
};
struct LinkFilterRefused {
  std::string filter{};
  webpubsub::Error why;
};
struct LinkPublished {
  std::uint64_t id = 0;
  webpubsub::Result<void> result{};
};
struct LinkVersionRefused {};  // MQTT 3.1.1 is tried next
struct LinkStopped {};
using LinkEvent = std::variant<LinkConnected, LinkLost, LinkFilterRefused, LinkPublished,
                               LinkVersionRefused, LinkStopped>;

struct LinkSetup {
  MqttOptions options{};
  BrokerAddress broker{};
  std::vector<MqttSubscription> subscriptions{};
};

/// Held by a shared_ptr.
class PahoLink final : private PahoListener, public std::enable_shared_from_this<PahoLink> {
 public:
  PahoLink(LinkSetup setup, MqttReceiver& receiver, webpubsub::Inbox<LinkEvent>& events);

  /// The control thread's work; returns after close().
  void run();

  // For the loop's thread; none of them waits for the network.
  void start() { queue_.push(Start{}); }
  void stop() { queue_.push(Stop{}); }
  /// `attempt` is the one of the LinkConnected the caller acts upon.
  void publish(std::uint64_t id, std::uint64_t attempt, MqttPublication publication) {
    queue_.push(Publish{id, attempt, std::move(publication)});
  }
  /// Ends run() soon. When this returns, receiver and events are touched no more.
  void close();
  /// Whether run() has ended within `patience`.
  bool wait_closed(std::chrono::milliseconds patience);

 private:
  struct Start {};
  struct Stop {};
  struct Close {};
  struct Publish {
    std::uint64_t id = 0;
    std::uint64_t attempt = 0;
    MqttPublication publication{};
  };
  struct ConnectDone {
    std::uint64_t attempt = 0;
    ConnectOutcome outcome{};
  };
  struct Ended {
    std::uint64_t attempt = 0;
    int code = 0;
  };
  struct Subscribed {
    std::uint64_t attempt = 0;
    std::vector<int> codes{};
  };
  struct Disconnected {
    std::uint64_t attempt = 0;
  };
  using Command =
      std::variant<Start, Stop, Close, Publish, ConnectDone, Ended, Subscribed, Disconnected>;

  enum class State : std::uint8_t {
    Idle,
    Waiting,      // for the next attempt
    Connecting,   // for the broker's CONNACK
    Subscribing,  // for its SUBACKs
    Connected,
    Stopping,  // for our DISCONNECT to leave
    Closed,
  };

  // PahoListener: on Paho's threads.
  void on_message(const MqttMessage& message) noexcept override;
  void on_connect_outcome(std::uint64_t attempt, ConnectOutcome outcome) noexcept override;
  void on_ended(std::uint64_t attempt, int code) noexcept override;
  void on_subscribed(std::uint64_t attempt, std::vector<int> codes) noexcept override;
  void on_published(std::uint64_t id, webpubsub::Result<void> result) noexcept override;
  void on_disconnected(std::uint64_t attempt) noexcept override;

  // The rest: on the control thread.
  void handle(Start);
  void handle(Stop);
  void handle(Close);
  void handle(Publish command);
  void handle(const ConnectDone& command);
  void handle(Ended command);
  void handle(const Subscribed& command);
  void handle(Disconnected command);
  void handle_deadline();

  void begin_attempt();
  MqttVersion choose_version();
  bool prepare_client(MqttVersion version);
  void drop_client();
  void connect_failed(const ConnectOutcome& outcome);
  void subscribe_next();
  void become_connected();
  void retry_later(webpubsub::Error why);
  void become_idle();
  webpubsub::Error no_connection(const ConnectOutcome& outcome) const;
  void emit(LinkEvent event);

  const LinkSetup setup_;
  ControlQueue<Command> queue_;

  // Control thread only.
  State state_ = State::Idle;
  std::optional<webpubsub::TimePoint> deadline_{};
  std::uint64_t attempt_ = 0;
  webpubsub::Backoff backoff_;
  webpubsub::TimePoint connected_at_{};
  std::optional<webpubsub::TimePoint> v5_refused_at_{};
  unsigned v5_dropped_ = 0;  // attempts in a row that the broker ended at our CONNECT
  bool session_present_ = false;
  bool subscribed_ = false;        // every filter was accepted since this process started
  bool any_refused_ = false;       // in this round
  std::size_t next_filter_ = 0;    // first one not answered yet
  std::size_t asked_filters_ = 0;  // how many the SUBSCRIBE under way holds
  std::optional<TlsTrace> tls_trace_{};
  std::unique_ptr<PahoClient> client_{};

  // The gate: closed, nothing of the loop's is touched any more.
  std::mutex gate_;
  bool open_ = true;
  MqttReceiver& receiver_;
  webpubsub::Inbox<LinkEvent>& events_;
  bool closed_ = false;  // run() has ended
  std::condition_variable closed_changed_;
};

}  // namespace gateway
