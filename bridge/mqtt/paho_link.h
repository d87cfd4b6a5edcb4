// The MQTT control thread: keeps one connection alive and subscribed.
//
// Paho's connect, subscribe, publish and disconnect wait while a message callback runs anywhere in
// the process. So they are called here and nowhere else, and the loop is told by events.

#pragma once

#include <atomic>
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
#include "bridge/mqtt/held_subscriptions.h"
#include "bridge/mqtt/link_liveness.h"
#include "bridge/mqtt/options.h"
#include "bridge/mqtt/paho_client.h"
#include "bridge/mqtt/tls_trace.h"
#include "bridge/mqtt/version_choice.h"

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
struct LinkPaused {};
struct LinkAsked {
  bool agrees = false;  // the library sees the connection as we do
};
using LinkEvent = std::variant<LinkConnected, LinkLost, LinkFilterRefused, LinkPublished,
                               LinkVersionRefused, LinkStopped, LinkPaused, LinkAsked>;

struct LinkTarget {
  MqttOptions options{};
  BrokerAddress broker{};
};

/// Held by a shared_ptr.
class PahoLink final : private PahoListener, public std::enable_shared_from_this<PahoLink> {
 public:
  PahoLink(LinkTarget target, std::vector<MqttSubscription> subscriptions, MqttReceiver& receiver,
           webpubsub::Inbox<LinkEvent>& events);

  /// The control thread's work; returns after close().
  void run();

  // For the loop's thread; none of them waits for the network.
  void start() { queue_.push(Start{}); }
  void stop() { queue_.push(Stop{}); }
  void pause() { queue_.push(Pause{}); }
  void resume() { queue_.push(Resume{}); }
  /// Answered with LinkAsked once the library's lock could be had.
  void ask() { queue_.push(Ask{}); }
  void set_subscriptions(std::vector<MqttSubscription> subscriptions) {
    queue_.push(Want{std::move(subscriptions)});
  }
  void remember_subscriptions(std::vector<std::string> filters) {
    queue_.push(Remember{std::move(filters)});
  }
  /// For the next connection, which `reconnect` brings about. A wait for it ends at once.
  void set_target(LinkTarget target, bool reconnect) {
    queue_.push(Aim{std::move(target), reconnect});
  }
  /// `attempt` is the one of the LinkConnected the caller acts upon.
  void publish(std::uint64_t id, std::uint64_t attempt, MqttPublication publication) {
    queue_.push(Publish{id, attempt, std::move(publication)});
  }
  /// When a message or an answer came last, by any connection.
  webpubsub::TimePoint last_heard() const noexcept { return heard_; }
  /// Ends run() soon.
  void close();
  /// Whether run() has ended within `patience`. When this returns, receiver and events are touched
  /// no more.
  bool wait_closed(std::chrono::milliseconds patience);

 private:
  struct Start {};
  struct Stop {};
  struct Pause {};
  struct Resume {};
  struct Ask {};
  struct Close {};
  struct Want {
    std::vector<MqttSubscription> subscriptions{};
  };
  struct Remember {
    std::vector<std::string> filters{};
  };
  struct Aim {
    LinkTarget target{};
    bool reconnect = false;
  };
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
  struct Unsubscribed {
    std::uint64_t attempt = 0;
    bool done = false;
  };
  struct Answered {};  // of publications, while that is waited for
  struct Disconnected {
    std::uint64_t attempt = 0;
  };
  using Command =
      std::variant<Start, Stop, Pause, Resume, Ask, Close, Want, Remember, Aim, Publish,
                   ConnectDone, Ended, Subscribed, Unsubscribed, Answered, Disconnected>;

  enum class State : std::uint8_t {
    Idle,
    Waiting,      // for the next attempt
    Connecting,   // for the broker's CONNACK
    Subscribing,  // for its SUBACKs
    Connected,
    Finishing,  // for the answers to our publications, before we disconnect
    Stopping,   // for our DISCONNECT to leave
    Paused,     // for resume()
    Closed,
  };

  // PahoListener: on Paho's threads.
  void on_message(const MqttMessage& message) noexcept override;
  void on_connect_outcome(std::uint64_t attempt, ConnectOutcome outcome) noexcept override;
  void on_ended(std::uint64_t attempt, int code) noexcept override;
  void on_subscribed(std::uint64_t attempt, std::vector<int> codes) noexcept override;
  void on_unsubscribed(std::uint64_t attempt, bool done) noexcept override;
  void on_published(std::uint64_t id, webpubsub::Result<void> result) noexcept override;
  void on_disconnected(std::uint64_t attempt) noexcept override;
  void on_probe_answered() noexcept override;
  void on_publication_answered() noexcept override;

  // The rest: on the control thread.
  void handle(Start);
  void handle(Stop);
  void handle(Pause);
  void handle(Resume);
  void handle(Ask);
  void handle(Close);
  void handle(Want command);
  void handle(const Remember& command);
  void handle(Aim command);
  void handle(Publish command);
  void handle(const ConnectDone& command);
  void handle(Ended command);
  void handle(const Subscribed& command);
  void handle(Unsubscribed command);
  void handle(Answered);
  void handle(Disconnected command);
  void handle_deadline();
  void tell_pause();
  LinkLiveness::Signs signs() const;
  void begin_watch();
  std::optional<webpubsub::TimePoint> wake_at() const;
  void look_for_life();
  void give_up(const std::string& why);

  void begin_attempt();
  bool prepare_client();
  void drop_client();
  void connect_failed(const ConnectOutcome& outcome);
  void reconcile();
  void become_connected();
  void disconnect();
  void retry_later(webpubsub::Error why);
  void become_idle();
  webpubsub::Error no_connection(const ConnectOutcome& outcome) const;
  void emit(LinkEvent event);

  LinkTarget target_;  // control thread only
  ControlQueue<Command> queue_;

  // Control thread only.
  State state_ = State::Idle;
  std::optional<webpubsub::TimePoint> deadline_{};
  std::uint64_t attempt_ = 0;
  webpubsub::Backoff backoff_;
  webpubsub::TimePoint connected_at_{};
  LinkLiveness liveness_{};
  VersionChoice version_{};
  bool session_present_ = false;
  HeldSubscriptions subscriptions_;
  bool aimed_anew_ = false;             // client_ was made for another target
  bool go_on_ = false;                  // once disconnected, connect again
  bool paused_ = false;                 // until resume(), whatever the state
  bool untold_pause_ = false;           // until the connection has ended
  bool stops_ = false;                  // or has stopped: no time to pause
  std::atomic<bool> finishing_{false};  // for Paho's threads: state_ is Finishing
  std::atomic<bool> no_more_{false};    // the receiver said so, on this connection
  // By Paho's threads: anything, and the answer to a publication.
  std::atomic<webpubsub::TimePoint> heard_{webpubsub::TimePoint()};
  std::atomic<webpubsub::TimePoint> answered_{webpubsub::TimePoint()};
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
