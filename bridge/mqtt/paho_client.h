// One client of Paho, for one version of MQTT, with its traps closed.
//
// Made for one owner thread (PahoLink's); what happens is told on Paho's threads, under Paho's
// process-wide lock: a listener may only note it down and return. Exceptions end here.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bridge/mqtt/broker_address.h"
#include "bridge/mqtt/engine.h"
#include "bridge/mqtt/options.h"

namespace gateway {

/// How an attempt to connect ended.
struct ConnectOutcome {
  bool connected = false;
  bool session_present = false;
  int code = 0;        // what the broker answered; negative when it did not
  std::string text{};  // of the library
};

class PahoListener {
 public:
  virtual ~PahoListener() = default;
  virtual void on_message(const MqttMessage& message) noexcept = 0;
  virtual void on_connect_outcome(std::uint64_t attempt, ConnectOutcome outcome) noexcept = 0;
  /// The open connection of `attempt` ended; `code` is the broker's reason, 0 when it gave none.
  virtual void on_ended(std::uint64_t attempt, int code) noexcept = 0;
  /// One code for each filter asked for: the granted QoS, or why not (0x80 and above). Empty: no
  /// answer came.
  virtual void on_subscribed(std::uint64_t attempt, std::vector<int> codes) noexcept = 0;
  /// Whether the broker has given up the filters it was asked to.
  virtual void on_unsubscribed(std::uint64_t attempt, bool done) noexcept = 0;
  virtual void on_published(std::uint64_t id, webpubsub::Result<void> result) noexcept = 0;
  virtual void on_disconnected(std::uint64_t attempt) noexcept = 0;
  virtual void on_probe_answered() noexcept = 0;
  /// Of QoS 1 or 2, whatever the answer was: before on_published().
  virtual void on_publication_answered() noexcept = 0;
};

class PahoClient {
 public:
  /// Errors: Internal, with what the library says. `listener` must outlive it.
  static webpubsub::Result<std::unique_ptr<PahoClient>> create(const MqttOptions& options,
                                                               const BrokerAddress& broker,
                                                               MqttVersion version,
                                                               PahoListener& listener);
  ~PahoClient();  // waits for Paho's lock, and as the last one of the process for its threads
  PahoClient(const PahoClient&) = delete;
  PahoClient& operator=(const PahoClient&) = delete;

  MqttVersion version() const noexcept { return version_; }

  /// Each is answered through the listener, unless it is answered with an error here.
  webpubsub::Result<void> connect(std::uint64_t attempt);
  webpubsub::Result<void> subscribe(std::span<const MqttSubscription> subscriptions);
  webpubsub::Result<void> unsubscribe(std::span<const std::string> filters);
  webpubsub::Result<void> publish(std::uint64_t id, MqttPublication publication);
  webpubsub::Result<void> disconnect(std::chrono::milliseconds timeout);
  /// Asks the broker to give up a subscription that there is not, which any broker has to answer
  /// (MQTT 3.1.1, 3.10.4) and no permission is needed for.
  webpubsub::Result<void> probe();

  /// What the library says, and no sooner than it says anything: waits for its lock.
  bool is_connected() const;

  /// Publications not answered yet, those of earlier connections among them: the library sends
  /// them again when a session is resumed.
  std::size_t unanswered() const;
  /// Whether some of them are of QoS 1 or 2: others no broker answers.
  bool awaits_acknowledgement() const;

  /// Whether a publication met a broken connection just as it was being sent. The library then
  /// has freed it and still means to send it again (eclipse-paho/paho.mqtt.c#1621): this client
  /// must neither connect again nor be destroyed.
  bool is_broken() const;
  /// Destroys `client`, or if it is broken leaves it to the library for the rest of the process,
  /// together with `listener`, which it may call once more. A broken one costs some kilobytes.
  static void discard(std::unique_ptr<PahoClient> client, std::shared_ptr<void> listener);

 private:
  class Impl;
  PahoClient(MqttVersion version, std::unique_ptr<Impl> impl);
  MqttVersion version_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
